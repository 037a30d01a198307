"""Portraits: a person in front of a background, as a camera may have taken it."""

from __future__ import annotations

import numpy as np
import pytest

from cocopfs.world.camera import photograph
from cocopfs.world.person import draw_person
from cocopfs.world.portrait import draw_portrait, draw_studio_portrait
from cocopfs.world.pose import View
from cocopfs.world.seeds import generator


@pytest.mark.parametrize("size", [112, 160, 224])
def test_a_portrait_shows_the_whole_face(size: int) -> None:
    portrait = draw_portrait(draw_person(generator(1)), 3, size)
    assert portrait.picture.shape == (size, size, 3)
    assert portrait.picture.dtype == np.uint8
    assert ((portrait.landmarks > 0.15 * size) & (portrait.landmarks < 0.85 * size)).all()
    assert 0.08 < portrait.face_mask.mean() < 0.5
    border = np.concatenate(
        [portrait.face_mask[[0, -1]].ravel(), portrait.face_mask[:, [0, -1]].ravel()]
    )
    assert not border.any()


def test_a_smaller_portrait_shows_the_same_scene() -> None:
    person = draw_person(generator(1))
    small, large = (draw_studio_portrait(person, View(), 3, size) for size in (100, 200))
    np.testing.assert_allclose(small.landmarks * 2 + 0.5, large.landmarks, atol=0.6)


def test_portraits_of_one_person_differ_in_pose_and_light() -> None:
    person = draw_person(generator(2))
    views = [draw_portrait(person, seed).view for seed in range(20)]
    assert np.std([view.yaw for view in views]) > 0.1
    assert len({view.light_azimuth for view in views}) == 20


def test_the_camera_only_degrades() -> None:
    portrait = draw_studio_portrait(draw_person(generator(1)), View(), 1)
    for seed in range(8):
        taken = photograph(portrait.picture, generator(seed))
        assert taken.shape == portrait.picture.shape
        assert np.abs(taken.astype(int) - portrait.picture).mean() < 8
