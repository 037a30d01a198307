"""Pages to be looked at."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from cocopfs.world.pages import PAGES, faces_page, identity_page, scenes_page

DOCS = Path(__file__).parents[2] / "docs"


def test_pages_are_the_same_each_time() -> None:
    assert faces_page(5).shape == identity_page(5).shape == (800, 1600, 3)
    assert faces_page(5).tobytes() == faces_page(5).tobytes()


def test_a_page_of_scenes_shows_different_ones() -> None:
    page = scenes_page(2)
    assert page.shape == (1200, 1600, 3)
    tiles = page.reshape(5, 240, 5, 320, 3).transpose(0, 2, 1, 3, 4).reshape(25, -1)
    assert len({tile.tobytes() for tile in tiles}) == 25


@pytest.mark.parametrize("name", PAGES)
def test_the_documentation_shows_what_is_drawn_now(name: str) -> None:
    """Draw it again: python -m cocopfs.world.pages docs"""
    shown = cv2.imread(str(DOCS / name))
    assert shown is not None
    height, width = shown.shape[:2]
    drawn = cv2.resize(PAGES[name](1), (width, height), interpolation=cv2.INTER_AREA)
    # JPEG moves a level or two; another seed moves forty.
    assert np.abs(drawn.astype(int) - shown).mean() < 4
