"""The swapper without weights, on real photographs and portraits."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from cocopfs import records
from cocopfs.faces.blend import blend
from cocopfs.faces.poses import choose, mirrored
from cocopfs.faces.swapped import FaceTooSmallToSwap, SwappedFace

Picture = NDArray[np.uint8]
Found = tuple[Picture, records.Face]

WOMEN, MEN = ("n000106", "n007241", "n008937"), ("n005123", "n005815")
# Photographs of one grown person whose face is large enough, and whom to put into them.
PHOTOS = {
    "train2017/000000084533.jpg": WOMEN,
    "train2017/000000551757.jpg": WOMEN,
    "train2017/000000030752.jpg": MEN,
    "train2017/000000214704.jpg": MEN,
    "val2017/000000109313.jpg": MEN,
    "val2017/000000153797.jpg": MEN,
    "val2017/000000552775.jpg": MEN,
}
# The sharpest frontal portrait of each is kept as the reference and drives nothing.
REFERENCES = {
    "n000106": "0003_01",
    "n005123": "0002_01",
    "n005815": "0002_01",
    "n007241": "0004_01",
    "n008937": "0004_01",
}


class Networks:
    """insightface's own detector and recogniser: the judges of a swap."""

    def __init__(self, folder: Path) -> None:
        # insightface's dependencies deprecate things on import
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from insightface.model_zoo import model_zoo
            from insightface.utils import face_align

        cpu = ["CPUExecutionProvider"]
        self._align = face_align
        self._detector: Any = model_zoo.get_model(str(folder / "det_500m.onnx"), providers=cpu)
        self._detector.prepare(-1, input_size=(640, 640), det_thresh=0.5)
        self._recogniser: Any = model_zoo.get_model(str(folder / "rec_mbf.onnx"), providers=cpu)
        self._recogniser.prepare(-1)

    def faces(self, picture: Picture) -> list[records.Face]:
        boxes, points = self._detector.detect(picture)
        return [
            records.Face(
                records.Box(float(x), float(y), float(right - x), float(bottom - y)),
                tuple(float(v) for v in marks.ravel()),
                float(score),
            )
            for (x, y, right, bottom, score), marks in zip(boxes, points, strict=True)
        ]

    def embedding(self, picture: Picture, face: records.Face) -> NDArray[np.float32]:
        with warnings.catch_warnings():  # insightface warns of its own next version
            warnings.simplefilter("ignore")
            crop = self._align.norm_crop(picture, face.points, 112)
        vector: NDArray[np.float32] = self._recogniser.get_feat(crop).ravel()
        return vector / np.linalg.norm(vector)


@pytest.fixture(scope="module")
def networks(real_small: Path) -> Networks:
    return Networks(real_small / "insightface" / "models" / "real-small")


@pytest.fixture(scope="module")
def find(networks: Networks) -> Callable[[Path], Found]:
    """A file's picture and the surest face in it."""

    def found(path: Path) -> Found:
        picture = np.asarray(cv2.imread(str(path)), np.uint8)
        return picture, max(networks.faces(picture), key=lambda face: face.score)

    return found


@pytest.fixture(scope="module")
def photo(find: Callable[[Path], Found], photos: Path) -> Found:
    return find(photos / "astronaut.png")


@pytest.fixture(scope="module")
def portrait(find: Callable[[Path], Found], vggface2_mini: Path) -> Found:
    return find(vggface2_mini / "train" / "n008937" / "0002_01.jpg")


def swap(
    photo: Found,
    portrait: Found,
    mirrored: bool = False,
    grey: bool = False,
    poisson: bool = False,
) -> SwappedFace:
    return blend(*photo, *portrait, mirrored=mirrored, grey=grey, poisson=poisson)


def moved(face: records.Face, dx: float, dy: float) -> records.Face:
    box = replace(face.box, x=face.box.x + dx, y=face.box.y + dy)
    points = face.points.astype(np.float64) + np.array([dx, dy])
    return records.Face(box, tuple(points.ravel().tolist()), face.score)


def scaled(found: Found, factor: float) -> Found:
    picture, face = found
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    picture = np.asarray(
        cv2.resize(picture, None, fx=factor, fy=factor, interpolation=way), np.uint8
    )
    points = (face.points.astype(np.float64) + 0.5) * factor - 0.5
    sides = (face.box.x, face.box.y, face.box.width, face.box.height)
    box = records.Box(*(side * factor for side in sides))
    return picture, records.Face(box, tuple(points.ravel().tolist()), face.score)


def on_frame(swapped: SwappedFace) -> NDArray[np.float32]:
    """The mask's opacity at every pixel of the picture."""
    opacity = np.zeros(swapped.picture.shape[:2], np.float32)
    mask = swapped.mask
    height, width = mask.opacity.shape
    opacity[mask.y : mask.y + height, mask.x : mask.x + width] = mask.opacity
    return opacity


@pytest.mark.parametrize("poisson", [False, True])
def test_nothing_changes_outside_the_mask(photo: Found, portrait: Found, poisson: bool) -> None:
    before = photo[0].copy()
    swapped = swap(photo, portrait, poisson=poisson)
    outside = on_frame(swapped) == 0
    assert (swapped.picture[outside] == before[outside]).all()
    assert (photo[0] == before).all()
    # Brows to chin, not the whole head: the mask stays near the detected box.
    assert on_frame(swapped).sum() < 1.1 * photo[1].box.width * photo[1].box.height


def test_the_mask_is_feathered_and_opaque_on_the_features(photo: Found, portrait: Found) -> None:
    opacity = on_frame(swap(photo, portrait))
    for x, y in np.round(photo[1].points).astype(int):
        assert opacity[y, x] == 1
    steps = max(abs(np.diff(opacity, axis=axis)).max() for axis in (0, 1))
    assert steps < 0.35


@pytest.mark.parametrize("poisson", [False, True])
def test_same_bytes_each_time(photo: Found, portrait: Found, poisson: bool) -> None:
    first, second = (swap(photo, portrait, poisson=poisson) for _ in range(2))
    assert first.picture.tobytes() == second.picture.tobytes()
    assert first.mask.opacity.tobytes() == second.mask.opacity.tobytes()


@pytest.mark.parametrize("poisson", [False, True])
def test_a_grey_photo_stays_exactly_grey(photo: Found, portrait: Found, poisson: bool) -> None:
    grey = np.dstack([np.asarray(cv2.cvtColor(photo[0], cv2.COLOR_BGR2GRAY), np.uint8)] * 3)
    swapped = swap((grey, photo[1]), portrait, grey=True, poisson=poisson).picture
    assert (np.ptp(swapped, axis=2) == 0).all()
    assert (swapped != grey).any()


def test_a_tinted_photo_keeps_its_tint(photo: Found, portrait: Found) -> None:
    grey = cv2.cvtColor(photo[0], cv2.COLOR_BGR2GRAY).astype(np.float32)
    sepia = np.dstack([grey * 0.6, grey * 0.8, grey]).astype(np.uint8)
    swapped = swap((sepia, photo[1]), portrait)
    face = on_frame(swapped) > 0.9
    blue, green, red = swapped.picture[face].astype(np.float64).mean(axis=0)
    assert blue / red == pytest.approx(0.6, abs=0.03)
    assert green / red == pytest.approx(0.8, abs=0.03)


def test_the_photo_keeps_its_skin_tone(photo: Found, portrait: Found) -> None:
    """A dark-skinned identity in a photo of light skin: the face must fit the neck."""
    swapped = swap(photo, portrait)
    face = on_frame(swapped) > 0.5
    lab, original = (
        cv2.cvtColor(x.astype(np.float32) / 255, cv2.COLOR_BGR2LAB)[face]
        for x in (swapped.picture, photo[0])
    )
    difference = np.median(lab, axis=0) - np.median(original, axis=0)
    assert np.linalg.norm(difference) < 5  # the portrait's skin is 31 away


@pytest.mark.parametrize(("dx", "dy"), [(1, 0), (1003, 517)])
def test_the_place_in_the_frame_does_not_matter(
    photo: Found, portrait: Found, dx: int, dy: int
) -> None:
    picture, face = photo
    height, width = picture.shape[:2]
    canvas = np.full((height + dy + 5, width + dx + 9, 3), 77, np.uint8)
    canvas[dy : dy + height, dx : dx + width] = picture
    expected = swap(photo, portrait)
    found = swap((canvas, moved(face, dx, dy)), portrait)
    assert (found.picture[dy : dy + height, dx : dx + width] == expected.picture).all()
    assert (found.mask.x - dx, found.mask.y - dy) == (expected.mask.x, expected.mask.y)
    assert (found.mask.opacity == expected.mask.opacity).all()


def test_a_face_swapped_for_itself_hardly_changes(photo: Found) -> None:
    swapped = swap(photo, photo)
    inside = on_frame(swapped) > 0
    change = abs(swapped.picture.astype(int) - photo[0].astype(int))[inside].mean()
    assert change < 1.5  # grey levels


def test_a_mirrored_portrait_is_the_same_as_its_mirror_image(photo: Found, portrait: Found) -> None:
    picture, face = portrait
    turned = np.ascontiguousarray(picture[:, ::-1])
    points = mirrored(face.points.astype(np.float64), picture.shape[1])
    image = records.Face(face.box, tuple(points.ravel().tolist()), face.score)
    expected = swap(photo, (turned, image)).picture
    assert (swap(photo, portrait, mirrored=True).picture == expected).all()


@pytest.mark.parametrize("edge", ["left", "right", "top", "bottom"])
@pytest.mark.parametrize("poisson", [False, True])
def test_a_face_cut_by_the_frame(photo: Found, portrait: Found, edge: str, poisson: bool) -> None:
    picture, face = photo
    nose_x, nose_y = (int(v) for v in face.points[2])
    cut, dx, dy = {
        "left": (picture[:, nose_x:], nose_x, 0),
        "right": (picture[:, :nose_x], 0, 0),
        "top": (picture[nose_y:], 0, nose_y),
        "bottom": (picture[:nose_y], 0, 0),
    }[edge]
    swapped = swap((cut, moved(face, -dx, -dy)), portrait, poisson=poisson)
    opacity = on_frame(swapped)
    assert swapped.picture.shape == cut.shape
    assert (swapped.picture[opacity == 0] == cut[opacity == 0]).all()
    assert (swapped.picture != cut).any()
    # The face goes on beyond the frame, so it does not fade at it.
    border = {"left": opacity[:, 0], "right": opacity[:, -1], "top": opacity[0]}
    assert border.get(edge, opacity[-1]).max() == 1


def test_a_face_outside_the_frame_is_refused(photo: Found, portrait: Found) -> None:
    picture, face = photo
    with pytest.raises(FaceTooSmallToSwap, match="outside the frame"):
        swap((picture, moved(face, 5000, 0)), portrait)
    with pytest.raises(FaceTooSmallToSwap, match="frame"):
        swap((picture, moved(face, 0, -float(face.points[:, 1].max()) - 25)), portrait)


def test_a_tiny_face_is_refused_and_a_small_one_is_not(photo: Found, portrait: Found) -> None:
    size = photo[1].inter_ocular
    with pytest.raises(FaceTooSmallToSwap, match="scale is"):
        swap(scaled(photo, 2.5 / size), portrait)
    small = scaled(photo, 8 / size)
    assert (swap(small, portrait).picture != small[0]).any()


@pytest.mark.parametrize("factor", [0.2, 0.5, 2.0, 5.0])
def test_a_swap_looks_the_same_at_every_scale(
    networks: Networks, photo: Found, portrait: Found, factor: float
) -> None:
    other = scaled(photo, factor)
    swapped = swap(other, portrait).picture
    vector = networks.embedding(swapped, other[1])
    assert float(vector @ networks.embedding(*portrait)) > 0.6
    assert float(vector @ networks.embedding(*other)) < 0.3


def test_a_blurred_photo_gets_a_blurred_face(photo: Found, portrait: Found) -> None:
    picture, face = scaled(photo, 0.5)
    blurred = np.asarray(cv2.GaussianBlur(picture, (0, 0), 2), np.uint8)
    sharp, soft = swap((picture, face), portrait), swap((blurred, face), portrait)
    inside = on_frame(soft) > 0.9
    fine = [cv2.Laplacian(x.picture, cv2.CV_32F)[inside].std() for x in (sharp, soft)]
    assert fine[1] < 0.5 * fine[0]


def test_real_swaps_look_like_the_identity(
    networks: Networks, find: Callable[[Path], Found], coco_mini: Path, vggface2_mini: Path
) -> None:
    portraits = {
        class_id: [
            find(path)
            for path in sorted((vggface2_mini / "train" / class_id).glob("*.jpg"))
            if path.stem not in (REFERENCES[class_id], "0125_01")  # nobody finds a face in that
        ]
        for class_id in REFERENCES
    }
    to_source, to_original = [], []
    for name, class_ids in PHOTOS.items():
        picture, face = find(coco_mini / name)
        for class_id in class_ids:
            sources = [x for x in portraits[class_id] if x[1].inter_ocular >= 24]
            choice = choose(face, [x[1] for x in sources])
            source = sources[choice.index]
            swapped = swap((picture, face), source, mirrored=choice.mirrored).picture
            again = networks.faces(swapped)
            away = [float(np.linalg.norm(x.points - face.points, axis=1).mean()) for x in again]
            assert min(away) < 0.1 * face.box.height, (name, class_id)
            vector = networks.embedding(swapped, again[int(np.argmin(away))])
            to_source.append(float(vector @ networks.embedding(*source)))
            to_original.append(float(vector @ networks.embedding(picture, face)))
    assert len(to_source) == 16
    assert np.mean(to_source) >= 0.55
    assert np.mean(to_source) - np.mean(to_original) >= 0.4
