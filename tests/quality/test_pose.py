"""The pose of a head from five landmarks."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from cocopfs.quality.pose import HeadPose, head_pose, pose_difference
from cocopfs.world.head import build_surface, landmarks
from cocopfs.world.person import Person
from cocopfs.world.pose import View, draw_view
from cocopfs.world.truth import identity

CALM = 0.8  # as people look in the drawn world's photographs


def seen(person: Person, view: View, scale: float = 40.0) -> NDArray[np.float32]:
    """The true landmarks (5, 2) of a drawn head, in pixels; scale: pixels a head unit."""
    points = landmarks(person, view, build_surface(person, view)) @ view.rotation.T
    return np.asarray(points[:, :2] * scale + 200, np.float32)


def test_poses_are_the_drawn_worlds_true_ones() -> None:
    errors = []
    for seed in (1, 2, 3):
        random = np.random.default_rng(seed)
        for number in range(1, 61):
            view = draw_view(random, CALM)
            found = head_pose(seen(identity(seed, number), view))
            true = np.degrees([view.yaw, view.pitch, view.roll])
            errors.append(np.abs(np.subtract(found, true)))
    yaw, pitch, roll = np.mean(errors, axis=0)
    assert np.mean(errors) < 3
    assert yaw < 1.5
    assert roll < 0.5
    # Five points cannot tell pitch from the length of a nose.
    assert pitch < 8


@pytest.mark.parametrize("name", ["yaw", "pitch", "roll"])
def test_a_turn_has_its_angle_and_its_sign(name: str) -> None:
    place = HeadPose._fields.index(name)
    people = [identity(1, number) for number in range(1, 13)]
    for degrees in (-20, 20):
        turned = View(**{name: math.radians(degrees)})
        change = np.mean(
            [np.subtract(head_pose(seen(p, turned)), head_pose(seen(p, View()))) for p in people],
            axis=0,
        )
        # A nose is deeper or flatter than the average one: the angle is the smaller or larger.
        assert change[place] == pytest.approx(degrees, abs=5)
        assert np.abs(np.delete(change, place)).max() < 3


def test_neither_place_nor_size_counts() -> None:
    person, view = identity(1, 2), View(yaw=0.3, pitch=-0.1, roll=0.2)
    points = seen(person, view).astype(np.float64)
    moved = head_pose(points * 3 + 1000)
    assert tuple(moved) == pytest.approx(tuple(head_pose(points)), abs=1e-3)


def test_the_mirror_image_looks_the_other_way() -> None:
    points = seen(identity(1, 2), View(yaw=0.3, roll=0.2))
    mirrored = (points * [-1, 1])[[1, 0, 2, 4, 3]]
    pose, other = head_pose(points), head_pose(mirrored)
    assert tuple(other) == pytest.approx((-pose.yaw, pose.pitch, -pose.roll), abs=1e-3)


def test_a_difference_of_poses_is_the_short_way_round() -> None:
    assert pose_difference(HeadPose(1, 2, 3), HeadPose(1, 2, 3)) == 0
    assert pose_difference(HeadPose(3, 0, 4), HeadPose(0, 0, 0)) == 5
    assert pose_difference(HeadPose(0, 179, 0), HeadPose(0, -179, 0)) == 2


def test_one_point_is_no_face() -> None:
    with pytest.raises(ValueError, match="not the landmarks of a face"):
        head_pose(np.full((5, 2), 7, np.float32))
