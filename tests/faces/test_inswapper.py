"""A swap is what insightface's INSwapper gives, at a fraction of the pixels."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import onnx
import pytest
from insightface.model_zoo.inswapper import INSwapper
from insightface.utils import face_align
from numpy.typing import NDArray

from cocopfs.errors import UsageError
from cocopfs.faces.align import align
from cocopfs.faces.inswapper import Inswapper, cut_out, open_inswapper, paste_back
from cocopfs.faces.mask import MIN_OPACITY, inswapper_mask
from cocopfs.faces.paste import lay_over
from cocopfs.faces.recogniser import Recogniser
from cocopfs.faces.swapped import FaceTooSmallToSwap, SwappedFace
from tests.faces import graphs

Picture = NDArray[np.uint8]
Points = NDArray[np.float32]

LEVEL = np.asarray(face_align.arcface_dst, np.float64)
EYES = float(LEVEL[1, 0] - LEVEL[0, 0])


@pytest.fixture(scope="module")
def swapper_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "inswapper_128.onnx"
    graphs.write_inswapper(path, seed=0)
    return path


@pytest.fixture(scope="module")
def swapper(swapper_file: Path) -> Inswapper:
    return open_inswapper(swapper_file, "cpu", 1, 512)


@pytest.fixture(scope="module")
def reference(swapper_file: Path) -> INSwapper:
    return INSwapper(str(swapper_file))


def _noise(width: int, height: int) -> Picture:
    return np.random.default_rng(width).integers(0, 256, (height, width, 3), np.uint8)


@pytest.fixture(scope="module")
def photo(photos: Path) -> Picture:
    """A real portrait, enlarged to the size of a camera's picture."""
    picture = cv2.imread(str(photos / "astronaut.png"))
    assert picture is not None
    return np.asarray(cv2.resize(picture, (1733, 1301)), np.uint8)


def _points(centre: tuple[float, float], eyes: float, degrees: float = 0) -> Points:
    """Landmarks of a face about that point, with that many pixels between its eyes."""
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return np.asarray((LEVEL - LEVEL.mean(axis=0)) * (eyes / EYES) @ turn + centre, np.float32)


def _random_faces(width: int, height: int, count: int) -> Iterator[Points]:
    """Faces of any tilt and size, anywhere in the frame and a little outside."""
    rng = np.random.default_rng(0)
    for number in range(count):
        centre = rng.uniform(-0.08, 1.08, 2) * (width, height)
        eyes = np.exp(rng.uniform(np.log(5), np.log(width / 2)))
        degrees = 0 if number % 4 == 0 else rng.uniform(-180, 180)
        points = _points((centre[0], centre[1]), eyes, degrees)
        yield points + rng.normal(0, eyes * 0.03, (5, 2)).astype(np.float32)


def _embedding(seed: int) -> NDArray[np.float32]:
    vector = np.random.default_rng(seed).standard_normal(512).astype(np.float32)
    return vector / np.linalg.norm(vector)


def _reference_swap(
    reference: INSwapper, picture: Picture, points: Points, embedding: NDArray[np.float32]
) -> NDArray[np.int16]:
    target, source = SimpleNamespace(kps=points), SimpleNamespace(normed_embedding=embedding)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        return np.asarray(reference.get(picture, target, source), np.int16)


def _untouched_outside(picture: Picture, swapped: SwappedFace) -> bool:
    mask = swapped.mask
    height, width = mask.opacity.shape
    same = (swapped.picture == picture).all(axis=2)
    same[mask.y : mask.y + height, mask.x : mask.x + width] |= mask.opacity > 0
    return bool(same.all())


def _check_equal(swapper: Inswapper, reference: INSwapper, picture: Picture, count: int) -> int:
    """How many of `count` random faces were swapped; every one as the reference does it."""
    before, swapped_faces, height, width = picture.copy(), 0, *picture.shape[:2]
    for number, points in enumerate(_random_faces(width, height, count)):
        try:
            swapped = swapper.swap(picture, points, _embedding(number))
        except FaceTooSmallToSwap:
            continue
        swapped_faces += 1
        expected = _reference_swap(reference, picture, points, _embedding(number))
        assert np.abs(swapped.picture - expected).max() <= 1, points
        assert (swapped.picture != picture).any()
        assert _untouched_outside(picture, swapped)
    assert (picture == before).all()
    return swapped_faces


def test_equal_to_insightface_anywhere_in_a_small_picture(
    swapper: Inswapper, reference: INSwapper
) -> None:
    assert _check_equal(swapper, reference, _noise(640, 480), 60) >= 40


def test_equal_to_insightface_in_a_large_photograph(
    swapper: Inswapper, reference: INSwapper, photo: Picture
) -> None:
    assert _check_equal(swapper, reference, photo, 15) >= 8


def test_equal_to_insightface_in_large_noise(swapper: Inswapper, reference: INSwapper) -> None:
    assert _check_equal(swapper, reference, _noise(1500, 1100), 15) >= 8


@pytest.mark.parametrize("centre", [(0, 240), (640, 240), (320, 0), (320, 480), (10, 10)])
@pytest.mark.parametrize("eyes", [8, 60, 500])
def test_equal_to_insightface_where_the_frame_cuts_the_face(
    swapper: Inswapper, reference: INSwapper, centre: tuple[float, float], eyes: float
) -> None:
    picture, points = _noise(640, 480), _points(centre, eyes, 12)
    swapped = swapper.swap(picture, points, _embedding(1))
    expected = _reference_swap(reference, picture, points, _embedding(1))
    assert np.abs(swapped.picture - expected).max() <= 1


def test_a_face_as_large_as_the_picture(swapper: Inswapper, reference: INSwapper) -> None:
    picture = _noise(90, 100)
    for eyes in (30, 60, 400, 4000):
        points = _points((45, 50), eyes)
        swapped = swapper.swap(picture, points, _embedding(2))
        expected = _reference_swap(reference, picture, points, _embedding(2))
        assert np.abs(swapped.picture - expected).max() <= 1


def test_the_mask_is_where_the_picture_changed(swapper: Inswapper) -> None:
    picture = _noise(640, 480)
    swapped = swapper.swap(picture, _points((300, 200), 50), _embedding(3))
    mask = swapped.mask
    assert mask.opacity.dtype == np.float32
    assert mask.opacity.min() >= 0
    assert mask.opacity.max() == pytest.approx(1)
    height, width = mask.opacity.shape
    middle = mask.opacity[height // 4 : -height // 4, width // 4 : -width // 4]
    assert middle.min() == pytest.approx(1)
    # the aligned square measures 128 / 35 of the distance between the eyes
    assert 150 < width < 190
    assert mask.x < 300 - 70
    assert mask.x + width > 300 + 70


@pytest.mark.parametrize("eyes", [1, 2, 3, 4])
def test_a_tiny_face_is_refused_with_the_figure(swapper: Inswapper, eyes: float) -> None:
    with pytest.raises(FaceTooSmallToSwap, match=r"mean opacity over the face is 0\.|outside"):
        swapper.swap(_noise(640, 480), _points((300, 200), eyes), _embedding(4))


def test_faces_of_six_pixels_are_swapped(swapper: Inswapper) -> None:
    """Refusal begins where the mask loses its middle, and no later."""
    for shift in np.linspace(0, 1, 9):
        points = _points((300 + shift, 200 - shift), 6)
        assert (
            swapper.swap(_noise(640, 480), points, _embedding(4)).mask.opacity.max() > MIN_OPACITY
        )


@pytest.mark.parametrize("centre", [(-300, 200), (940, 200), (300, -300), (300, 900), (9e6, 9e6)])
def test_a_face_outside_the_frame_is_refused(
    swapper: Inswapper, centre: tuple[float, float]
) -> None:
    with pytest.raises(FaceTooSmallToSwap, match=r"outside the frame|mean opacity"):
        swapper.swap(_noise(640, 480), _points(centre, 50), _embedding(4))


def test_pasting_the_aligned_face_itself_changes_little(photo: Picture) -> None:
    points = _points((760, 300), 60)
    crop, matrix = align(photo, points, 128)
    mask = inswapper_mask(photo.shape[0], photo.shape[1], matrix)
    swapped = lay_over(photo, crop, matrix, mask)
    difference = np.abs(swapped.picture.astype(np.int16) - photo)
    assert difference.mean() < 1
    assert swapped.mask is mask


def test_swaps_of_one_face_are_the_same_one_by_one_and_together(swapper: Inswapper) -> None:
    picture, points = _noise(640, 480), _points((300, 200), 50, 20)
    embeddings = np.stack([_embedding(seed) for seed in range(3)])
    together = list(swapper.swap_each(picture, points, embeddings))
    assert len(together) == 3
    for embedding, swapped in zip(embeddings, together, strict=True):
        alone = swapper.swap(picture, points, embedding)
        np.testing.assert_array_equal(swapped.picture, alone.picture)
    assert (together[0].picture != together[1].picture).any()


def test_the_latent_is_the_mapped_embedding(swapper: Inswapper, reference: INSwapper) -> None:
    latent = swapper.latent(_embedding(5))
    expected = _embedding(5) @ reference.emap
    assert latent.shape == (1, 512)
    assert latent.dtype == np.float32
    np.testing.assert_allclose(latent[0], expected / np.linalg.norm(expected), atol=1e-6)


def test_a_real_face_drives_a_swap_through_a_recogniser(
    tmp_path: Path, swapper: Inswapper, photo: Picture
) -> None:
    graphs.write_recogniser(tmp_path / "rec.onnx", 512, seed=1)
    recogniser = Recogniser(tmp_path / "rec.onnx", "cpu", 1)
    source, _ = align(photo, _points((760, 300), 60), 112)
    (embedding,) = recogniser.embed([source], 1)
    swapped = swapper.swap(photo, _points((760, 300), 60), embedding)
    assert (swapped.picture != photo).any()


@pytest.mark.parametrize("batch", [1, 2, 4, 100])
def test_several_faces_in_one_call_are_as_good_as_one_by_one(
    swapper: Inswapper, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    pictures = [_noise(640, 480), _noise(500, 400), _noise(300, 300)]
    places = [_points((300, 200), 50), _points((200, 200), 80, 20), _points((150, 150), 40)]
    embeddings = [
        [_embedding(number) for number in numbers] for numbers in ([1, 2, 3], [4], [5, 6])
    ]
    calls = []
    run = swapper.network.run

    def counted(*arguments: Any) -> Any:
        calls.append(len(arguments[1]))
        return run(*arguments)

    monkeypatch.setattr(swapper.network, "run", counted)
    targets = [cut_out(*one) for one in zip(pictures, places, strict=True)]
    made = swapper.make(targets, [swapper.latents(each) for each in embeddings], batch)
    assert calls == {1: [1] * 6, 2: [2] * 3, 4: [4, 2], 100: [6]}[batch]
    assert [len(one) for one in made] == [3, 1, 2]
    for picture, points, target, sources, faces in zip(
        pictures, places, targets, embeddings, made, strict=True
    ):
        for source, face in zip(sources, faces, strict=True):
            expected = swapper.swap(picture, points, source).picture
            assert (paste_back(picture, target, face).picture == expected).all()


def test_all_identities_of_a_face_take_one_call(
    swapper: Inswapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[Any] = []
    run = swapper.network.run

    def counted(*arguments: Any) -> Any:
        calls.append(arguments)
        return run(*arguments)

    monkeypatch.setattr(swapper.network, "run", counted)
    sources = np.stack([_embedding(number) for number in range(5)])
    swapped = list(swapper.swap_each(_noise(640, 480), _points((300, 200), 50), sources))
    assert len(swapped) == 5
    assert len({one.picture.tobytes() for one in swapped}) == 5
    assert [len(targets) for targets, _, _ in calls] == [1]
    assert list(swapper.swap_each(_noise(640, 480), _points((300, 200), 50), sources[:0])) == []


def test_on_a_cpu_a_picture_goes_alone_and_on_cuda_as_many_as_fit(
    swapper: Inswapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = [5, 5, 3, 12, 1, 1, 5, 5]
    assert list(swapper.groups(counts, 10)) == [range(n, n + 1) for n in range(8)]
    monkeypatch.setattr(swapper.network, "_provider", "cuda")
    together = [(group.start, group.stop) for group in swapper.groups(counts, 10)]
    assert together == [(0, 2), (2, 3), (3, 4), (4, 7), (7, 8)]
    assert list(swapper.groups([], 10)) == []


def test_nothing_is_printed(capsys: pytest.CaptureFixture[str], swapper_file: Path) -> None:
    open_inswapper(swapper_file, "cpu", 1, 512)
    assert capsys.readouterr() == ("", "")


def test_embeddings_of_another_length_are_refused(swapper_file: Path) -> None:
    with pytest.raises(
        UsageError, match=r"takes embeddings of 512 numbers, .* gives 128"
    ) as caught:
        open_inswapper(swapper_file, "cpu", 1, 128)
    assert "swap.swapper=blend" in str(caught.value.hint)


def test_another_network_is_refused(tmp_path: Path) -> None:
    graphs.write_recogniser(tmp_path / "rec.onnx", 512, seed=1)
    with pytest.raises(UsageError, match=r"rec\.onnx cannot be the swapper"):
        open_inswapper(tmp_path / "rec.onnx", "cpu", 1, 512)


def test_a_graph_whose_emap_was_moved_is_refused(swapper_file: Path, tmp_path: Path) -> None:
    model = onnx.load(swapper_file)
    model.graph.initializer.insert(0, model.graph.initializer.pop())
    onnx.save(model, tmp_path / "moved.onnx")
    with pytest.raises(UsageError, match=r"moved\.onnx .* last initializer is float32 \[1\]"):
        open_inswapper(tmp_path / "moved.onnx", "cpu", 1, 512)


def test_the_stand_in_listens_to_both_of_its_inputs(swapper_file: Path) -> None:
    """Or the comparisons above would show nothing."""
    session: Any = INSwapper(str(swapper_file)).session
    rng = np.random.default_rng(0)
    targets = rng.random((2, 1, 3, 128, 128), np.float32)
    sources = [_embedding(0)[None], _embedding(1)[None]]
    first, other_target, other_source = (
        session.run(None, {"target": target, "source": source})[0]
        for target, source in (
            (targets[0], sources[0]),
            (targets[1], sources[0]),
            (targets[0], sources[1]),
        )
    )
    assert 0 <= first.min() < 0.2
    assert 0.8 < first.max() <= 1
    assert np.abs(first - other_target).mean() > 0.05
    assert np.abs(first - other_source).mean() > 0.02
