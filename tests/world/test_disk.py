"""A drawn world on disk is a COCO snapshot and a VGGFace2 gallery."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from pycocotools.coco import COCO

from cocopfs.errors import UsageError
from cocopfs.records import Reason
from cocopfs.sources.coco import read_coco
from cocopfs.sources.pictures import PictureError, read_picture, upright_box
from cocopfs.sources.vggface2 import read_gallery
from cocopfs.world.coco_format import CATEGORIES, LICENCES
from cocopfs.world.disk import (
    World,
    WorldSize,
    class_id,
    draw_world,
    identity_name,
    require_empty,
)
from cocopfs.world.kinds import Kind, kind_of
from cocopfs.world.truth import identity, photo_scene

SEED, PHOTOS, IDENTITIES, PORTRAITS = 7, 24, 12, 3
EVERY_KIND = dict.fromkeys(Kind, 1.0)
MANY_PIXELS = 10**7


def write(folder: Path, workers: int) -> World:
    size = WorldSize(PHOTOS, IDENTITIES, PORTRAITS)
    return draw_world(folder, size, SEED, workers, EVERY_KIND)


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return write(tmp_path_factory.mktemp("world") / "one", workers=1)


def kinds() -> dict[int, Kind]:
    return {photo_id: kind_of(photo_id, EVERY_KIND) for photo_id in range(1, PHOTOS + 1)}


def ids_of(kind: Kind) -> list[int]:
    return [photo_id for photo_id, other in kinds().items() if other is kind]


# --- bytes ----------------------------------------------------------------------------------------


def test_the_same_bytes_again_and_with_more_workers(world: World, tmp_path: Path) -> None:
    write(tmp_path / "two", workers=2)
    assert digests(tmp_path / "two") == digests(world.coco.parent)


def test_a_larger_world_holds_the_smaller_one(world: World, tmp_path: Path) -> None:
    larger = draw_world(tmp_path / "w", WorldSize(PHOTOS + 2, 1, 1), SEED, 1, EVERY_KIND)
    small, large = digests(world.coco), digests(larger.coco)
    pictures = {name for name in small if name.endswith(".jpg")}
    assert len(pictures) == PHOTOS
    assert {name: large[name] for name in pictures} == {name: small[name] for name in pictures}


def test_a_folder_that_is_not_empty_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("precious")
    with pytest.raises(UsageError, match="not empty"):
        require_empty(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


# --- COCO -----------------------------------------------------------------------------------------


# pycocotools' compiled half does not know NumPy 2's copy keyword.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_cocos_own_tools_read_it(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    for subset in ("train2017", "val2017"):
        coco = COCO(str(world.coco / "annotations" / f"instances_{subset}.json"))
        assert {entry["name"] for entry in coco.loadCats(coco.getCatIds())} == {
            entry["name"] for entry in CATEGORIES
        }
        for annotation in coco.loadAnns(coco.getAnnIds()):
            mask = coco.annToMask(annotation)
            rows, columns = np.nonzero(mask)
            x, y, width, height = annotation["bbox"]
            assert mask.sum() == pytest.approx(annotation["area"], rel=0.2, abs=40)
            assert abs(columns.min() - x) <= 2
            assert abs(rows.min() - y) <= 2
            assert abs(np.ptp(columns) + 1 - width) <= 3
            assert abs(np.ptp(rows) + 1 - height) <= 3
        captions = COCO(str(world.coco / "annotations" / f"captions_{subset}.json"))
        assert all(len(captions.getAnnIds(image)) == 5 for image in captions.getImgIds())
    assert capsys.readouterr().out  # pycocotools talks


def test_categories_and_licences_are_cocos(coco_mini: Path) -> None:
    real = json.loads((coco_mini / "annotations" / "instances_val2017.json").read_text("utf-8"))
    assert list(CATEGORIES) == real["categories"]
    assert list(LICENCES) == real["licenses"]


def test_images_have_every_field_of_cocos(world: World, coco_mini: Path) -> None:
    name = Path("annotations") / "instances_val2017.json"
    real, ours = (json.loads((root / name).read_text("utf-8")) for root in (coco_mini, world.coco))
    assert set(ours) == set(real)
    assert {tuple(sorted(image)) for image in ours["images"]} == {tuple(sorted(real["images"][0]))}
    assert {tuple(sorted(entry)) for entry in ours["annotations"]} == {
        tuple(sorted(real["annotations"][0]))
    }


def test_our_reader_reads_it(world: World) -> None:
    photos = read_coco(world.coco, None).photos
    assert [photo.photo_id for photo in photos] == list(range(1, PHOTOS + 1))
    for photo in photos:
        assert photo.subset == ("val2017" if photo.photo_id % 3 == 0 else "train2017")
        assert photo.file_name == f"{photo.photo_id:012d}.jpg"
        assert len(photo.captions) == 5


def test_every_kind_is_there_and_looks_its_part(world: World) -> None:
    photos = {photo.photo_id: photo for photo in read_coco(world.coco, None).photos}
    assert set(kinds().values()) == set(Kind)
    for photo_id, kind in kinds().items():
        photo = photos[photo_id]
        expected = {Kind.NO_PERSON: 0, Kind.TWO_PEOPLE: 2, Kind.CROWD: 2}.get(kind, 1)
        assert len(photo.person_boxes) == expected, kind
        assert photo.crowd == (kind is Kind.CROWD)
        assert (photo.licence.licence_id in (3, 6)) == (kind is Kind.NO_DERIVATIVES)


def test_pictures_are_what_was_drawn(world: World) -> None:
    photos = {photo.photo_id: photo for photo in read_coco(world.coco, None).photos}
    for photo_id, kind in kinds().items():
        if kind is Kind.TRUNCATED:
            continue
        photo = photos[photo_id]
        file = f"{photo.subset}/{photo.file_name}"
        picture = read_picture(world.coco, file, MANY_PIXELS)
        scene = photo_scene(SEED, photo_id, EVERY_KIND)
        assert picture.pixels.shape == scene.picture.shape
        assert np.abs(picture.pixels.astype(int) - scene.picture).mean() < 3
        assert picture.grey == (kind is Kind.GREY)
        assert (picture.stored_width, picture.stored_height) == (photo.width, photo.height)


def test_boxes_of_turned_pictures_lie_in_the_stored_frame(world: World) -> None:
    photos = {photo.photo_id: photo for photo in read_coco(world.coco, None).photos}
    orientations = set()
    for photo_id in ids_of(Kind.ROTATED):
        photo, scene = photos[photo_id], photo_scene(SEED, photo_id, EVERY_KIND)
        picture = read_picture(world.coco, f"{photo.subset}/{photo.file_name}", MANY_PIXELS)
        orientations.add(picture.orientation)
        upright = upright_box(photo.person_boxes[0], picture, photo.width, photo.height)
        assert upright == scene.people[0].box
        assert photo.person_boxes[0] != upright
    assert orientations
    assert orientations <= {3, 6, 8}


def test_opencv_turns_them_upright_too(world: World) -> None:
    for photo_id in ids_of(Kind.ROTATED):
        subset = "val2017" if photo_id % 3 == 0 else "train2017"
        picture = cv2.imread(str(world.coco / subset / f"{photo_id:012d}.jpg"))
        assert picture is not None
        assert picture.shape == photo_scene(SEED, photo_id, EVERY_KIND).picture.shape


def test_the_truncated_file_cannot_be_read(world: World) -> None:
    for photo_id in ids_of(Kind.TRUNCATED):
        subset = "val2017" if photo_id % 3 == 0 else "train2017"
        with pytest.raises(PictureError) as refused:
            read_picture(world.coco, f"{subset}/{photo_id:012d}.jpg", MANY_PIXELS)
        assert refused.value.reason is Reason.UNREADABLE


# --- VGGFace2 -------------------------------------------------------------------------------------


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for folder in (tmp_path / "file", tmp_path / "file" / "world"):
        with pytest.raises(UsageError, match="cannot be made, or is no folder"):
            require_empty(folder)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_our_reader_reads_the_gallery(world: World) -> None:
    gallery = read_gallery(world.vggface2, 16)
    assert gallery.list_file is not None
    assert not gallery.folders_not_listed
    assert gallery.listed_without_folder == 0
    for number, found in enumerate(gallery.identities, start=1):
        assert found.class_id == class_id(number)
        assert found.name == identity_name(SEED, number)
        assert found.gender is identity(SEED, number).gender
        assert len(found.portraits) == PORTRAITS
    assert len(gallery.identities) == IDENTITIES


def test_the_list_has_vggface2s_original_form(world: World) -> None:
    header, first, *_ = (world.vggface2 / "identity_meta.csv").read_text("utf-8").splitlines()
    assert header == "Class_ID, Name, Sample_Num, Flag, Gender"
    name = identity_name(SEED, 1).replace(" ", "_")
    letter = identity(SEED, 1).gender.value[0]
    assert first == f'n000001, "{name}", {PORTRAITS}, 1, {letter}'


def test_names_are_as_awkward_as_real_ones() -> None:
    names = [identity_name(SEED, number) for number in range(1, 301)]
    assert len(set(names)) > 290
    assert any("'" in name for name in names)
    assert any(not name.isascii() for name in names)
    assert any(". " in name for name in names)
    assert any(" van " in name or " de la " in name for name in names)
    assert all(name.isprintable() and name == name.strip() for name in names)
