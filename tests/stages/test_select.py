"""Which photographs `select` takes, and in which coordinates it describes them."""

from __future__ import annotations

import io
from dataclasses import astuple
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from cocopfs.captions.template import load_template
from cocopfs.engine.stage import Result
from cocopfs.engine.store import Store, Upstream
from cocopfs.faces.models import open_models
from cocopfs.faces.pack import Role, open_pack
from cocopfs.recipe import SelectPart
from cocopfs.records import Box, Photo, Reason
from cocopfs.stages.select import Select, share_inside
from tests.material import Material, edit

PHOTO = 84533  # 640 x 428, in colour
ANNOTATIONS = Path("annotations", "instances_val2017.json")


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        (Box(10, 10, 5, 5), 1.0),
        (Box(-5, 0, 10, 10), 0.5),
        (Box(-5, -5, 10, 10), 0.25),
        (Box(200, 0, 10, 10), 0.0),
        (Box(0, 0, 0, 0), 0.0),
        (Box(-50, -50, 200, 200), 0.25),
    ],
)
def test_the_share_of_a_face_in_the_persons_box(inner: Box, expected: float) -> None:
    assert share_inside(inner, Box(0, 0, 100, 100)) == pytest.approx(expected)


def select(material: Material, **part: Any) -> Result:
    settings = SelectPart(**{"exclude_licences": (), **part})
    template = load_template("natural")
    stage = Select(settings, "natural", template.digest, {}, material.coco, limit=None)
    models = open_models(open_pack(material.pack, [Role.DETECTOR]), "cpu", 1, 640)
    (shard,) = stage.shards(Upstream(Store(material.coco), {}))
    return stage.process(shard, models)


def selected(result: Result) -> dict[int, Photo]:
    return {photo.photo_id: photo for photo in result.rows}


def reasons(result: Result) -> dict[int, Reason]:
    return {int(row.item): row.reason for row in result.rejections}


def path_of(material: Material, photo: int = PHOTO) -> Path:
    return material.coco / "val2017" / f"{photo:012d}.jpg"


def person(content: Any, photo: int = PHOTO) -> Any:
    """The photo's one person annotation."""
    (found,) = (
        row
        for row in content["annotations"]
        if row["image_id"] == photo and row["category_id"] == 1
    )
    return found


def test_a_photo_is_taken_with_its_face(small: Material) -> None:
    photo = selected(select(small))[PHOTO]
    assert photo.face.score > 0.5
    assert photo.face.inter_ocular > 10
    assert share_inside(photo.face.box, photo.person_box) > 0.9
    assert not photo.grey
    assert len(photo.captions) >= 5


def test_an_exif_rotated_photo_is_described_upright(small: Material) -> None:
    """Stored lying on its side with EXIF orientation 6, and annotated in the stored frame, as COCO
    does it: the record is that of the upright photo."""
    plain = selected(select(small))[PHOTO]
    path = path_of(small)
    with Image.open(path) as picture:
        upright_size = picture.size
        lying = picture.transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6
    lying.save(path, quality=98, subsampling=0, exif=exif)

    def change(content: Any) -> None:
        (image,) = (row for row in content["images"] if row["id"] == PHOTO)
        image["width"], image["height"] = lying.size
        annotation = person(content)
        x, y, width, height = annotation["bbox"]
        annotation["bbox"] = [y, upright_size[0] - x - width, height, width]

    edit(small.coco / ANNOTATIONS, change)
    rotated = selected(select(small))[PHOTO]
    assert (rotated.width, rotated.height) == upright_size
    assert astuple(rotated.person_box) == pytest.approx(astuple(plain.person_box))
    assert rotated.face.points == pytest.approx(plain.face.points, abs=1.0)


@pytest.mark.parametrize("mode", ["L", "CMYK", "RGBA", "P", "I;16"])
def test_every_kind_of_picture_is_read(small: Material, mode: str) -> None:
    path = path_of(small)
    with Image.open(path) as picture:
        if mode == "I;16":
            grey = picture.convert("I").point(lambda value: value * 257)
            converted = grey.convert("I;16")
        else:
            converted = picture.convert(mode)
    buffer = io.BytesIO()
    converted.save(buffer, "JPEG" if mode in ("L", "CMYK") else "PNG")
    path.write_bytes(buffer.getvalue())
    photo = selected(select(small))[PHOTO]
    assert photo.grey == (mode in ("L", "I;16"))
    assert photo.face.inter_ocular > 10


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda content: person(content).update(iscrowd=1), Reason.CROWD),
        (lambda content: person(content).update(category_id=18), Reason.NO_PERSON),
        (
            lambda content: content["annotations"].append({**person(content), "id": 999_999_999}),
            Reason.SEVERAL_PEOPLE,
        ),
        (lambda content: person(content).update(bbox=[10, 10, 0, 50]), Reason.BAD_ANNOTATION),
        (lambda content: person(content).update(bbox=[0, 0, 30, 30]), Reason.NO_FACE),
        (
            lambda content: [image.update(width=17) for image in content["images"]],
            Reason.SIZE_MISMATCH,
        ),
    ],
    ids=["crowd", "no person", "two people", "empty box", "face elsewhere", "another size"],
)
def test_the_annotation_decides(small: Material, change: Any, reason: Reason) -> None:
    edit(small.coco / ANNOTATIONS, change)
    assert reasons(select(small))[PHOTO] == reason


@pytest.mark.parametrize(
    "caption", ["A little girl on a motorcycle.", "Two KIDS watch.", "The baby's toy", "a boy"]
)
def test_one_word_of_a_minor_in_any_caption_is_enough(small: Material, caption: str) -> None:
    def change(content: Any) -> None:
        last = [row for row in content["annotations"] if row["image_id"] == PHOTO][-1]
        last["caption"] = caption

    edit(small.coco / "annotations" / "captions_val2017.json", change)
    assert reasons(select(small))[PHOTO] == Reason.MINOR


def test_a_photo_without_captions_is_left_out(small: Material) -> None:
    def change(content: Any) -> None:
        content["annotations"] = [row for row in content["annotations"] if row["image_id"] != PHOTO]

    edit(small.coco / "annotations" / "captions_val2017.json", change)
    assert reasons(select(small))[PHOTO] == Reason.NO_CAPTION


def test_licences_and_sizes_are_the_recipes(small: Material) -> None:
    photos = selected(select(small))
    licence = photos[PHOTO].licence.licence_id
    assert reasons(select(small, exclude_licences=(licence,)))[PHOTO] == Reason.LICENCE
    assert reasons(select(small, min_inter_ocular=60.0))[PHOTO] == Reason.FACE_TOO_SMALL
    assert reasons(select(small, max_pixels=1000))[PHOTO] == Reason.TOO_MANY_PIXELS
