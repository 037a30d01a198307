"""Which portrait drives a blend: the one that looks the same way."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from cocopfs import records
from cocopfs.faces.poses import Choice, choose, mirrored


def face_of(points: NDArray[np.float64]) -> records.Face:
    return records.Face(records.Box(0, 0, 0, 0), tuple(points.ravel().tolist()), 1.0)


FRONTAL = np.array([[100, 100], [160, 100], [130, 135], [106, 165], [154, 165]], np.float64)
TO_THE_LEFT = np.array([[100, 100], [150, 100], [108, 135], [104, 165], [142, 165]], np.float64)


def test_the_portrait_that_looks_the_same_way_is_chosen() -> None:
    portraits = [face_of(FRONTAL), face_of(TO_THE_LEFT)]
    assert choose(face_of(TO_THE_LEFT), portraits) == Choice(1, mirrored=False, distance=0)
    assert choose(face_of(FRONTAL), portraits).index == 0


def test_a_portrait_that_looks_the_other_way_is_mirrored() -> None:
    turned = mirrored(TO_THE_LEFT, 640)
    choice = choose(face_of(turned), [face_of(FRONTAL), face_of(TO_THE_LEFT)])
    assert (choice.index, choice.mirrored) == (1, True)
    assert choice.distance < 0.5  # the template itself is not quite symmetric


def test_place_size_and_roll_are_no_pose() -> None:
    angle = np.deg2rad(30)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    rolled = face_of(0.5 * TO_THE_LEFT @ turn.T + (300, 20))
    choice = choose(rolled, [face_of(FRONTAL), face_of(TO_THE_LEFT)])
    assert (choice.index, choice.mirrored) == (1, False)
    assert choice.distance < 0.1


def test_a_portrait_too_small_to_fill_the_face_gives_way() -> None:
    large, small = face_of(FRONTAL), face_of(FRONTAL / 8)
    nearly = FRONTAL + np.array([[0, 0], [0, 0], [3, 0], [0, 0], [0, 0]])
    assert choose(large, [small, face_of(nearly)]).index == 1
    assert choose(small, [small, face_of(nearly)]).index == 0


def test_there_must_be_a_portrait() -> None:
    with pytest.raises(ValueError, match="no portrait"):
        choose(face_of(FRONTAL), [])
