"""The model card tells what was measured, also where it falls short, and is of this very pack."""

from __future__ import annotations

import numpy as np
import pytest

from cocopfs import resources
from cocopfs.faces.pack import CLIP
from cocopfs.world.embedded import PACK
from cocopfs.world.training.measure import Figure, area_under_roc
from cocopfs.world.training.model_card import render_model_card


def test_a_missed_aim_is_told() -> None:
    figures = [
        Figure("detector", "recall", 0.995, 0.99),
        Figure("detector", "landmark error", 0.071, 0.06, below=True),
        Figure("swapper", "untouched", 21.9),
    ]
    card = render_model_card(figures, {"detector.onnx": 1234})
    assert "| recall | 0.995 | ≥ 0.99: reached |" in card
    assert "| landmark error | 0.071 | ≤ 0.06: **missed** |" in card
    assert "| untouched | 21.9 |  |" in card
    assert "| `detector.onnx` | 1,234 |" in card


def test_the_card_is_of_the_pack_that_is_here() -> None:
    card = (resources.DATA_CARDS / "drawn-world-pack.md").read_text("utf-8")
    for path in (*PACK.glob("*.onnx"), *(PACK / CLIP).iterdir()):
        name = path.relative_to(PACK).as_posix()
        assert f"| `{name}` | {path.stat().st_size:,} |" in card


def test_the_area_under_the_roc_is_scikit_learns() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(0)
    genuine = np.round(rng.normal(1, 1, 300), 1).astype(np.float32)  # with ties
    impostor = np.round(rng.normal(0, 1, 500), 1).astype(np.float32)
    labels = np.r_[np.ones(300), np.zeros(500)]
    expected = metrics.roc_auc_score(labels, np.r_[genuine, impostor])
    assert area_under_roc(genuine, impostor) == pytest.approx(expected, abs=1e-12)
