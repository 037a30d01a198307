"""A label can be read, and hides nothing but the lower edge."""

from __future__ import annotations

import numpy as np
import pytest

from cocopfs.publish.label import with_label


@pytest.mark.parametrize(("width", "height"), [(300, 300), (640, 480), (60, 200), (16, 9), (1, 1)])
def test_only_the_lower_edge_changes(width: int, height: int) -> None:
    picture = np.full((height, width, 3), 180, np.uint8)
    labelled = with_label(picture)
    assert labelled.shape == picture.shape
    assert (picture == 180).all(), "the picture itself was painted on"
    band = min(max(height // 11, 12), height)
    assert (labelled[: height - band] == 180).all()
    assert (labelled[height - band :] != 180).all(axis=2).mean() > 0.9


def test_the_text_stands_out() -> None:
    labelled = with_label(np.full((300, 300, 3), 255, np.uint8))
    band = labelled[300 - 27 :]
    assert band.max() > 240
    assert 0.03 < (band > 200).mean() < 0.4
