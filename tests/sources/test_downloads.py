"""What is missing of a download is seen before a build starts."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from cocopfs.errors import UsageError
from cocopfs.sources.downloads import CocoSubset, look_at_coco, look_at_gallery


@pytest.fixture
def coco(tmp_path: Path) -> Path:
    """Ten pictures that are all there."""
    (tmp_path / "annotations").mkdir()
    (tmp_path / "val2017").mkdir()
    images = [{"id": number, "file_name": f"{number:012d}.jpg"} for number in range(10)]
    for kind in ("captions", "instances"):
        path = tmp_path / "annotations" / f"{kind}_val2017.json"
        path.write_text(json.dumps({"images": images, "annotations": []}))
    for image in images:
        (tmp_path / "val2017" / str(image["file_name"])).write_bytes(b"jpeg")
    return tmp_path


def look(root: Path) -> dict[str, CocoSubset]:
    return {subset.name: subset for subset in look_at_coco(root)}


def test_a_whole_subset(coco: Path) -> None:
    assert look(coco) == {"val2017": CocoSubset("val2017", 10, 0, (), 0, 5000)}


def test_missing_and_empty_pictures_are_counted_and_named(coco: Path) -> None:
    for number in range(5):
        (coco / "val2017" / f"{number:012d}.jpg").unlink()
    (coco / "val2017" / f"{7:012d}.jpg").write_bytes(b"")
    found = look(coco)["val2017"]
    assert (found.missing, found.empty) == (5, 1)
    assert found.first_missing == tuple(f"{number:012d}.jpg" for number in range(3))


def test_annotations_that_are_not_there_are_named(coco: Path) -> None:
    (coco / "annotations" / "instances_val2017.json").unlink()
    assert "instances_val2017.json is missing" in (look(coco)["val2017"].problem or "")
    (coco / "annotations" / "instances_val2017.json").write_text("{}")
    (coco / "annotations" / "captions_val2017.json").write_text('{"images": [')
    assert "cannot be read" in (look(coco)["val2017"].problem or "")
    shutil.rmtree(coco / "annotations")
    assert "missing" in (look(coco)["val2017"].problem or "")


def test_symlinks_out_of_the_folder_are_what_a_build_will_not_follow(
    coco: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    picture = coco / "val2017" / f"{3:012d}.jpg"
    shutil.move(picture, elsewhere / "3.jpg")
    picture.symlink_to(elsewhere / "3.jpg")
    (coco / "val2017" / f"{4:012d}.jpg").unlink()
    (coco / "val2017" / f"{4:012d}.jpg").symlink_to(f"{5:012d}.jpg")
    found = look(coco)["val2017"]
    assert (found.outside, found.missing, found.empty) == (1, 0, 0)
    shutil.move(coco / "annotations", elsewhere / "annotations")
    (coco / "annotations").symlink_to(elsewhere / "annotations")
    found = look(coco)["val2017"]
    assert "annotations/instances_val2017.json is a symlink" in (found.problem or "")
    assert "inside" in found.remedy


def test_an_empty_folder_lacks_both_subsets(tmp_path: Path) -> None:
    assert {name: subset.problem is not None for name, subset in look(tmp_path).items()} == {
        "train2017": True,
        "val2017": True,
    }


def test_the_real_sample_is_whole(coco_mini: Path) -> None:
    assert all(
        subset.problem is None and not subset.missing and subset.listed
        for subset in look_at_coco(coco_mini)
    )
    with pytest.raises(UsageError, match="not a folder"):
        list(look_at_coco(coco_mini / "no"))


def test_vggface2_is_known_by_its_list(vggface2_mini: Path) -> None:
    found = look_at_gallery(vggface2_mini)
    assert found.is_vggface2
    assert found.listed == 9131
    assert found.without_folder == 9126
    assert found.consent is None
    assert [(part.name, part.folders, part.whole) for part in found.parts] == [("train", 5, 8631)]


def test_a_gallery_of_ones_own(tmp_path: Path) -> None:
    for name in ("anna", "ben"):
        (tmp_path / name).mkdir()
    (tmp_path / "anna" / "1.png").write_bytes(b"png")
    (tmp_path / "identities.csv").write_text("id,name,gender\nanna,Anna,f\ncarla,Carla,f\n")
    found = look_at_gallery(tmp_path)
    (part,) = found.parts
    assert part.empty == ("ben",)
    assert (found.listed, found.without_folder) == (2, 1)
    assert found.consent is not None
    assert found.consent.open == 2
    with pytest.raises(UsageError, match="not a folder"):
        look_at_gallery(tmp_path / "no")
