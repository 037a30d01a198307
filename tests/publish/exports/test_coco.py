"""pycocotools opens the export as it opens COCO."""

from __future__ import annotations

from pathlib import Path

import cv2
from pycocotools.coco import COCO

from tests.publish.exports.making import make
from tests.publish.published import SIZE, rows


def test_pycocotools_opens_captions_and_people(dataset: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    make(dataset, "coco", out)
    ids: list[int] = []
    for split, expected in rows().items():
        captions = COCO(out / "annotations" / f"captions_{split}.json")
        people = COCO(out / "annotations" / f"person_keypoints_{split}.json")
        (person,) = people.getCatIds(catNms=["person"])
        found = captions.getImgIds()
        assert found == people.getImgIds(catIds=[person])
        ids += found
        for image_id, row in zip(found, expected, strict=True):
            (image,) = captions.loadImgs(image_id)
            assert image["sample_id"] == row.sample_id
            assert image["original_image_id"] == row.coco_image_id
            assert image["original_file_name"] == row.file_name
            assert image["license"] in {each["id"] for each in captions.dataset["licenses"]}
            picture = out / "images" / split / image["file_name"]
            assert picture.read_bytes() == row.image.bytes
            pixels = cv2.imread(str(picture))
            assert pixels is not None
            assert pixels.shape == (SIZE[1], SIZE[0], 3)
            told = captions.loadAnns(captions.getAnnIds(imgIds=[image_id]))
            assert [each["caption"] for each in told] == list(row.captions_in_place)
            assert [each["original_caption"] for each in told] == list(row.captions)
            (box,) = people.loadAnns(people.getAnnIds(imgIds=[image_id], catIds=[person]))
            assert box["bbox"] == [row.person_x, row.person_y, row.person_width, row.person_height]
            assert box["keypoints"][:3] == [row.left_eye_x, row.left_eye_y, 2]
            assert box["face_bbox"][3] == row.face_height
            names = people.loadCats([person])[0]["keypoints"]
            assert box["num_keypoints"] == len(names) == len(box["keypoints"]) / 3
    assert ids == list(range(1, 11)), "image ids are new, and of all splits together"
