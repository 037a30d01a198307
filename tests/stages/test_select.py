"""Which photos `select` takes, apart from what needs a network."""

from __future__ import annotations

import pytest

from cocopfs.records import Box
from cocopfs.stages.select import share_inside


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
