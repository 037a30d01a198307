"""COCO's annotation files are read as pycocotools reads them, and what is wrong is named."""

from __future__ import annotations

import contextlib
import gc
import hashlib
import json
import pickle
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pycocotools.coco import COCO

from cocopfs.errors import UsageError
from cocopfs.records import AnnotatedPhoto, Box, Caption, Licence
from cocopfs.sources.coco import read_coco

Content = dict[str, Any]


@dataclass(frozen=True)
class Snapshot:
    """A COCO folder whose files a test may spoil."""

    root: Path

    def write(self, subset: str, instances: Content, captions: Content) -> None:
        (self.root / subset).mkdir(parents=True)
        (self.root / "annotations").mkdir(exist_ok=True)
        self.file("instances", subset).write_text(json.dumps(instances))
        self.file("captions", subset).write_text(json.dumps(captions))

    def file(self, kind: str, subset: str = "val2017") -> Path:
        return self.root / "annotations" / f"{kind}_{subset}.json"

    def edit(self, kind: str, change: Callable[[Content], Any], subset: str = "val2017") -> None:
        content = json.loads(self.file(kind, subset).read_text())
        change(content)
        self.file(kind, subset).write_text(json.dumps(content))

    def only(self) -> AnnotatedPhoto:
        (photo,) = read_coco(self.root, None).photos
        return photo

    def refusal(self, subsets: tuple[str, ...] | None = None) -> str:
        with pytest.raises(UsageError) as refused:
            read_coco(self.root, subsets)
        return str(refused.value)


def one_image(image_id: int = 7) -> tuple[Content, Content]:
    instances = {
        "images": [
            {"id": image_id, "file_name": "7.jpg", "width": 640, "height": 480, "license": 4}
        ],
        "annotations": [
            {
                "id": 70,
                "image_id": image_id,
                "category_id": 1,
                "bbox": [1.5, 2, 30, 40.25],
                "iscrowd": 0,
            }
        ],
        "categories": [{"id": 1, "name": "person"}, {"id": 2, "name": "bicycle"}],
        "licenses": [{"id": 4, "name": "Attribution", "url": "http://licence/"}],
    }
    captions = {"annotations": [{"id": 700, "image_id": image_id, "caption": "A person."}]}
    return instances, captions


@pytest.fixture
def snapshot(tmp_path: Path) -> Snapshot:
    """One image with one person and one caption."""
    made = Snapshot(tmp_path / "coco")
    made.write("val2017", *one_image())
    return made


# --- what is read ---------------------------------------------------------------------------------


@pytest.mark.parametrize("subset", ["train2017", "val2017"])
def test_every_image_is_what_pycocotools_says(coco_mini: Path, subset: str) -> None:
    with contextlib.redirect_stdout(None):
        instances = COCO(coco_mini / "annotations" / f"instances_{subset}.json")
        captions = COCO(coco_mini / "annotations" / f"captions_{subset}.json")
    licences = {each["id"]: each for each in instances.dataset["licenses"]}
    (person,) = instances.getCatIds(catNms=["person"])
    photos = read_coco(coco_mini, [subset]).photos
    assert [photo.photo_id for photo in photos] == sorted(instances.getImgIds())
    for photo in photos:
        (image,) = instances.loadImgs(photo.photo_id)
        people = instances.loadAnns(instances.getAnnIds(photo.photo_id, person))
        people.sort(key=lambda each: each["id"])
        texts = captions.loadAnns(captions.getAnnIds(photo.photo_id))
        texts.sort(key=lambda each: each["id"])
        licence = licences[image["license"]]
        assert photo == AnnotatedPhoto(
            photo_id=image["id"],
            subset=subset,
            file_name=image["file_name"],
            width=image["width"],
            height=image["height"],
            licence=Licence(licence["id"], licence["name"], licence["url"]),
            coco_url=image["coco_url"],
            flickr_url=image["flickr_url"],
            captions=tuple(Caption(each["id"], each["caption"]) for each in texts),
            person_boxes=tuple(Box(*each["bbox"]) for each in people),
            crowd=any(each["iscrowd"] for each in people),
        )


def test_the_sample_has_what_the_comparison_needs(coco_mini: Path) -> None:
    photos = read_coco(coco_mini, None).photos
    assert len(photos) == 159
    assert any(photo.crowd for photo in photos)
    assert {len(photo.person_boxes) for photo in photos} >= {0, 1, 2, 10}


def test_without_a_choice_every_subset_with_annotations_is_read(coco_mini: Path) -> None:
    coco = read_coco(coco_mini, None)
    assert {photo.subset for photo in coco.photos} == {"train2017", "val2017"}
    ids = [photo.photo_id for photo in coco.photos]
    assert ids == sorted(ids)
    assert coco == read_coco(coco_mini, ["val2017", "train2017", "val2017"])


def test_the_annotation_files_are_named_with_their_sha256(coco_mini: Path) -> None:
    assert read_coco(coco_mini, ["val2017"]).annotation_files == {
        name: hashlib.sha256((coco_mini / name).read_bytes()).hexdigest()
        for name in (
            "annotations/instances_val2017.json",
            "annotations/captions_val2017.json",
        )
    }


def test_any_split_name_will_do(tmp_path: Path) -> None:
    snapshot = Snapshot(tmp_path)
    snapshot.write("train2014", *one_image(1))
    snapshot.write("my holiday", *one_image(2))
    photos = read_coco(tmp_path, None).photos
    assert [(photo.photo_id, photo.subset) for photo in photos] == [
        (1, "train2014"),
        (2, "my holiday"),
    ]


def test_the_order_inside_the_files_does_not_matter(coco_mini: Path, tmp_path: Path) -> None:
    snapshot = Snapshot(tmp_path)
    kinds = ("instances", "captions")
    instances, captions = (
        json.loads((coco_mini / "annotations" / f"{kind}_val2017.json").read_text())
        for kind in kinds
    )
    snapshot.write("val2017", instances, captions)
    straight = read_coco(tmp_path, None)

    def shuffle(content: Content) -> None:
        for part in ("images", "annotations", "categories", "licenses"):
            random.Random(part).shuffle(content.get(part, []))

    for kind in kinds:
        snapshot.edit(kind, shuffle)
    shuffled = read_coco(tmp_path, None)
    assert shuffled.photos == straight.photos
    assert shuffled.annotation_files != straight.annotation_files


def test_persons_are_told_by_the_category_name_not_its_number(snapshot: Snapshot) -> None:
    def renumber(content: Content) -> None:
        content["categories"] = [{"id": 1, "name": "bicycle"}, {"id": 40, "name": "person"}]
        content["annotations"].append(
            {"id": 71, "image_id": 7, "category_id": 40, "bbox": [5, 6, 7, 8], "iscrowd": 1}
        )

    snapshot.edit("instances", renumber)
    assert snapshot.only().person_boxes == (Box(5, 6, 7, 8),)
    assert snapshot.only().crowd


def test_an_image_without_captions_or_people_is_kept(snapshot: Snapshot) -> None:
    for kind in ("instances", "captions"):
        snapshot.edit(kind, lambda content: content["annotations"].clear())
    photo = snapshot.only()
    assert (photo.captions, photo.person_boxes, photo.crowd) == ((), (), False)


@pytest.mark.parametrize(
    ("licence", "expected"),
    [(4, Licence(4, "Attribution", "http://licence/")), (9, Licence(9, "unknown", ""))],
)
def test_a_licence_that_the_file_does_not_explain_is_unknown(
    snapshot: Snapshot, licence: int, expected: Licence
) -> None:
    snapshot.edit("instances", lambda content: content["images"][0].update(license=licence))
    assert snapshot.only().licence == expected


def test_an_image_without_a_licence_has_number_0(snapshot: Snapshot) -> None:
    snapshot.edit("instances", lambda content: content["images"][0].pop("license"))
    assert snapshot.only().licence == Licence(0, "unknown", "")


@pytest.mark.parametrize("box", [[1, 2, 0, 4], [1, 2, -3, 4], [-1e30, 9e99, 1e-300, 4]])
def test_an_absurd_box_is_carried_for_select_to_reject(
    snapshot: Snapshot, box: list[float]
) -> None:
    snapshot.edit("instances", lambda content: content["annotations"][0].update(bbox=box))
    assert snapshot.only().person_boxes == (Box(*box),)


def test_an_index_crosses_process_borders(coco_mini: Path) -> None:
    coco = read_coco(coco_mini, None)
    assert pickle.loads(pickle.dumps(coco)) == coco


# --- what is refused ------------------------------------------------------------------------------


def test_a_folder_without_annotations_is_told_what_is_expected(tmp_path: Path) -> None:
    assert "annotations/instances_" in Snapshot(tmp_path).refusal()
    missing = Snapshot(tmp_path / "nowhere").refusal()
    assert "nowhere" in missing
    assert "is not a folder" in missing


@pytest.mark.parametrize("kind", ["instances", "captions"])
def test_a_missing_file_is_named(snapshot: Snapshot, kind: str) -> None:
    snapshot.file(kind).unlink()
    refusal = snapshot.refusal(("val2017",))
    assert f"{kind}_val2017.json is missing" in refusal
    assert "next:" in refusal


def test_a_file_that_cannot_be_read_is_named(snapshot: Snapshot) -> None:
    snapshot.file("captions").unlink()
    snapshot.file("captions").mkdir()
    refusal = snapshot.refusal()
    assert f"{snapshot.root} cannot be read" in refusal
    assert "captions_val2017.json" in refusal


def test_an_annotation_file_that_is_a_symlink_to_elsewhere_is_refused(
    snapshot: Snapshot, tmp_path: Path
) -> None:
    snapshot.file("captions").rename(tmp_path / "elsewhere.json")
    snapshot.file("captions").symlink_to(tmp_path / "elsewhere.json")
    assert f"{snapshot.file('captions')} is a symlink" in snapshot.refusal()


def test_a_missing_picture_folder_is_named(snapshot: Snapshot) -> None:
    (snapshot.root / "val2017").rmdir()
    assert str(snapshot.root / "val2017") in snapshot.refusal()


@pytest.mark.parametrize("subset", ["../coco/val2017", "val2017/..", "/etc", "..", ""])
def test_a_subset_that_is_no_folder_of_the_snapshot_is_refused(
    snapshot: Snapshot, subset: str
) -> None:
    assert repr(subset) in snapshot.refusal((subset,))


def test_a_picture_folder_that_is_a_symlink_to_elsewhere_is_refused(
    snapshot: Snapshot, tmp_path: Path
) -> None:
    (snapshot.root / "val2017").rename(tmp_path / "elsewhere")
    (snapshot.root / "val2017").symlink_to(tmp_path / "elsewhere")
    assert "symlink" in snapshot.refusal()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda text: text[:-20], "truncated"),
        (lambda text: text[:0], "truncated"),
        (lambda text: text.replace("70", "NaN", 1), "(byte "),
        (lambda text: text + "x", "trailing characters (byte "),
        (lambda text: text.replace("7.jpg", "\\ud800.jpg"), "surrogate"),
        (lambda text: text[:-1] + ', "info": ' + "[" * 100_000 + "]" * 100_000 + "}", "recursion"),
    ],
    ids=["cut", "empty", "NaN", "trailing", "surrogate", "nested"],
)
def test_broken_json_is_named_with_its_place(
    snapshot: Snapshot, spoil: Callable[[str], str], said: str
) -> None:
    file = snapshot.file("instances")
    file.write_text(spoil(file.read_text()))
    refusal = snapshot.refusal()
    assert f"{file} is not valid JSON" in refusal
    assert said in refusal


def test_a_file_that_is_not_utf8_is_refused(snapshot: Snapshot) -> None:
    file = snapshot.file("captions")
    file.write_bytes(file.read_bytes().replace(b"A person.", b"A pers\xf8n."))
    assert f"{file} is not valid JSON" in snapshot.refusal()


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda content: content.pop("images"), "images"),
        (lambda content: content["images"][0].update(id="7"), "$.images[0].id"),
        (lambda content: content["images"][0].update(id=2**63), "$.images[0].id"),
        (lambda content: content["images"][0].pop("file_name"), "file_name"),
        (lambda content: content["annotations"][0].update(bbox=[1, 2, 3]), "bbox"),
        (lambda content: content["annotations"][0].update(bbox=None), "bbox"),
        (lambda content: content.update(categories={"1": "person"}), "categories"),
    ],
)
def test_a_wrong_structure_is_named_with_its_place(
    snapshot: Snapshot, change: Callable[[Content], Any], where: str
) -> None:
    snapshot.edit("instances", change)
    refusal = snapshot.refusal()
    assert str(snapshot.file("instances")) in refusal
    assert where in refusal


def test_a_number_beyond_floating_point_is_refused(snapshot: Snapshot) -> None:
    file = snapshot.file("instances")
    file.write_text(file.read_text().replace("40.25", "1e999"))
    assert "$.annotations[0].bbox[3]" in snapshot.refusal()


def test_a_file_without_the_category_person_is_refused(snapshot: Snapshot) -> None:
    snapshot.edit("instances", lambda content: content["categories"].pop(0))
    assert "no category named person (found: bicycle)" in snapshot.refusal()


def test_an_image_listed_twice_is_refused(snapshot: Snapshot) -> None:
    snapshot.edit("instances", lambda content: content["images"].append(content["images"][0]))
    assert "image 7 is listed twice in val2017" in snapshot.refusal()


def test_an_image_in_two_subsets_is_refused_and_both_are_named(snapshot: Snapshot) -> None:
    snapshot.write("val2014", *one_image())
    refusal = snapshot.refusal()
    assert "image 7 is listed in both val2014 and val2017" in refusal
    assert "--set select.subsets=[val2014]" in refusal


@pytest.mark.parametrize(
    ("kind", "what"), [("captions", "captions"), ("instances", "person annotations")]
)
def test_annotations_without_images_are_counted_and_shown(
    snapshot: Snapshot, kind: str, what: str
) -> None:
    def multiply(content: Content) -> None:
        (first,) = content["annotations"]
        content["annotations"] += [first | {"image_id": number} for number in range(999, 990, -1)]

    snapshot.edit(kind, multiply)
    refusal = snapshot.refusal()
    assert f"{kind}_val2017.json has {what} of 9 images" in refusal
    assert "991, 992, 993, 994, 995, ..." in refusal
    assert "next:" in refusal


def test_files_that_list_nothing_are_refused(snapshot: Snapshot) -> None:
    snapshot.edit("captions", lambda content: content["annotations"].clear())
    snapshot.edit("instances", lambda content: content.update(images=[], annotations=[]))
    assert "list no images" in snapshot.refusal()


def test_reading_leaves_the_garbage_collector_as_it_was(snapshot: Snapshot) -> None:
    read_coco(snapshot.root, None)
    assert gc.isenabled()
    snapshot.file("captions").unlink()
    snapshot.refusal()
    assert gc.isenabled()
