"""COCO's own format: JPEG files, captions, and the person with box and face.

Each swapped picture is an image of its own with a new integer id. Fields that begin with
`original_` lead to the photograph that it was made of.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from cocopfs.publish.exports.json_list import JsonList, open_lists
from cocopfs.publish.exports.output import Output
from cocopfs.publish.exports.view import View
from cocopfs.publish.exports.webdataset import key_of
from cocopfs.publish.front_matter import title
from cocopfs.records import Sample, Split

LANDMARKS = (
    "eye_on_the_left",
    "eye_on_the_right",
    "nose",
    "mouth_on_the_left",
    "mouth_on_the_right",
)
"""Left and right are the picture's, not the person's as in COCO's own keypoints."""

_PERSON = {
    "id": 1,
    "name": "person",
    "supercategory": "person",
    "keypoints": LANDMARKS,
    "skeleton": [],
}


def write_coco(view: View, out: Output, done: Callable[[], None]) -> None:
    """`images/<split>/<sample id>.jpg`, `annotations/captions_<split>.json` with the names written
    in, and `annotations/person_keypoints_<split>.json` with the person's box, the face's box and
    the face's landmarks as keypoints (of the original face, which is where the new one lies).

    Image ids are counted through all splits from 1 on. There are no segmentations.
    """
    counters = _Counters()
    for split in view.dataset.splits:
        _write_split(view, split, out, counters, done)


@dataclass
class _Counters:
    image: int = 0
    caption: int = 0


def _write_split(
    view: View, split: Split, out: Output, counters: _Counters, done: Callable[[], None]
) -> None:
    head = _head(view, split)
    with ExitStack() as stack:
        captions_images, captions = stack.enter_context(
            open_lists(out, f"annotations/captions_{split}.json", head, ("images", "annotations"))
        )
        people_images, people = stack.enter_context(
            open_lists(
                out,
                f"annotations/person_keypoints_{split}.json",
                {**head, "categories": [_PERSON]},
                ("images", "annotations"),
            )
        )
        for row in view.samples(split):
            counters.image += 1
            file_name = f"{key_of(row.sample_id)}.jpg"
            out.write(f"images/{split}/{file_name}", row.image.bytes)
            image = _image(row, counters.image, file_name)
            captions_images.append(image)
            people_images.append(image)
            _add_captions(row, captions, counters)
            people.append(_person(row, counters.image))
            done()


def _head(view: View, split: Split) -> dict[str, Any]:
    return {
        "info": {
            "description": f"{title(view.facts)}, {split}: photographs with swapped faces",
            "version": view.facts["cocopfs"],
            "contributor": "made by cocopfs; see README.md and LICENSES.md",
        },
        "licenses": [
            {"id": each["id"], "name": each["name"], "url": each["url"]}
            for each in view.facts["licences"]
        ],
    }


def _image(row: Sample, image_id: int, file_name: str) -> dict[str, Any]:
    return {
        "id": image_id,
        "file_name": file_name,
        "width": row.width,
        "height": row.height,
        "license": row.licence,
        "sample_id": row.sample_id,
        "synthetic": True,
        "identity": row.identity,
        "name": row.name,
        "original_image_id": row.coco_image_id,
        "original_file_name": row.file_name,
        "original_coco_url": row.coco_url,
        "original_flickr_url": row.flickr_url,
    }


def _add_captions(row: Sample, captions: JsonList, counters: _Counters) -> None:
    """`caption` has the name in place of the person; the other styles stand beside it."""
    columns = (
        row.captions_in_place,
        row.captions_in_parentheses,
        row.captions_in_place_tok,
        row.captions_in_parentheses_tok,
        row.captions,
        row.caption_forms,
    )
    names = (
        *("caption", "caption_in_parentheses", "caption_in_place_tok"),
        *("caption_in_parentheses_tok", "original_caption", "caption_form"),
    )
    for texts in zip(*columns, strict=True):
        counters.caption += 1
        told = dict(zip(names, texts, strict=True))
        captions.append({"id": counters.caption, "image_id": counters.image, **told})


def _person(row: Sample, image_id: int) -> dict[str, Any]:
    points = (
        *(row.left_eye_x, row.left_eye_y, row.right_eye_x, row.right_eye_y, row.nose_x, row.nose_y),
        *(row.left_mouth_x, row.left_mouth_y, row.right_mouth_x, row.right_mouth_y),
    )
    keypoints: list[float] = []
    for x, y in zip(points[::2], points[1::2], strict=True):
        keypoints += [x, y, 2]  # 2: labelled and visible
    return {
        "id": image_id,
        "image_id": image_id,
        "category_id": 1,
        "iscrowd": 0,
        "bbox": [row.person_x, row.person_y, row.person_width, row.person_height],
        "area": row.person_width * row.person_height,
        "keypoints": keypoints,
        "num_keypoints": len(LANDMARKS),
        "face_bbox": [row.face_x, row.face_y, row.face_width, row.face_height],
        "identity": row.identity,
        "name": row.name,
        "gender": row.gender,
        "ethnicity": row.ethnicity,
    }
