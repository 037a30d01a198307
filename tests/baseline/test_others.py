"""Others are drawn as by lot, never the row's own, and the same in any order."""

from __future__ import annotations

import numpy as np
import pytest

from cocopfs.baseline.others import draw_others

ROWS, PEOPLE, MOST = 5000, 120, 30
PHOTO = np.arange(ROWS) // 5
OWN = np.arange(ROWS) % PEOPLE
DRAWN = draw_others(OWN, PHOTO, PEOPLE, MOST)


@pytest.mark.parametrize("most", [1, 30, 118])
def test_each_once_and_nobodys_own(most: int) -> None:
    drawn = draw_others(OWN, PHOTO, PEOPLE, most)
    assert drawn.shape == (ROWS, most)
    assert (drawn != OWN[:, None]).all()
    assert (np.diff(np.sort(drawn, axis=1), axis=1) > 0).all()
    assert drawn.min() == 0
    assert drawn.max() == PEOPLE - 1


@pytest.mark.parametrize("people", [1, 2, 50, 100])
def test_all_others_where_there_are_not_more(people: int) -> None:
    own = OWN % people
    drawn = draw_others(own, PHOTO, people, 99)
    assert all(
        sorted([*row, mine]) == list(range(people))
        for row, mine in zip(drawn.tolist(), own.tolist(), strict=True)
    )


def test_everybody_is_drawn_as_often() -> None:
    counts = np.bincount(DRAWN.ravel(), minlength=PEOPLE)
    expected = ROWS * MOST / PEOPLE
    spread = np.sqrt(expected * (1 - MOST / (PEOPLE - 1)))
    assert (np.abs(counts - expected) < 5 * spread).all()


def test_pairs_are_drawn_as_often() -> None:
    """As sets by lot, not as neighbours in a list."""
    member = np.zeros((ROWS, PEOPLE))
    np.put_along_axis(member, DRAWN, 1, axis=1)
    together = (member.T @ member)[np.triu_indices(PEOPLE, 1)]
    expected = ROWS * MOST * (MOST - 1) / (PEOPLE * (PEOPLE - 1))
    assert (np.abs(together - expected) < 6 * np.sqrt(expected)).all()


def test_rows_depend_on_photo_and_identity_alone() -> None:
    order = np.random.default_rng(0).permutation(ROWS)[: ROWS // 2]
    assert (draw_others(OWN[order], PHOTO[order], PEOPLE, MOST) == DRAWN[order]).all()
    assert len(np.unique(np.sort(DRAWN, axis=1), axis=0)) == ROWS, "no two rows' are the same"
