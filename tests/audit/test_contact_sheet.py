"""The sheet shows one scene with different people first, then samples of all photos."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from cocopfs.audit.contact_sheet import Originals, contact_sheet, draw, draw_scene
from tests.material import Material
from tests.whole_build.trial import samples


def test_the_scene_is_of_one_photo_with_as_many_people_as_there_are(trial: Path) -> None:
    shown = draw_scene(trial, 5)
    of_photo = Counter(row.coco_image_id for row in samples(trial))
    (photo,) = {row.coco_image_id for row in shown}
    assert len(shown) == of_photo[photo] == max(of_photo.values()) > 1
    assert len({row.identity for row in shown}) == len(shown)
    assert draw_scene(trial, 5) == shown
    assert len(draw_scene(trial, 2)) == 2


def test_every_photo_comes_once_before_one_comes_twice(trial: Path) -> None:
    photos = {row.coco_image_id for row in samples(trial)}
    assert {row.coco_image_id for row in draw(trial, len(photos))} == photos


def test_the_scene_is_a_row_of_its_own(trial: Path, material: Material) -> None:
    originals = Originals(material.coco, material.vggface2)
    row, header = 324, 36
    assert contact_sheet(trial, originals, 3).shape[0] == 4 * row + 2 * header
