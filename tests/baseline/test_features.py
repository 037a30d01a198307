"""Features do not depend on batches, and those of frozen towers are computed once."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: pip install 'cocopfs[train]'")
pytest.importorskip("transformers", reason="transformers is not installed: cocopfs[train]")

from cocopfs.baseline.clip import Clip, load_clip  # noqa: E402
from cocopfs.baseline.features import (  # noqa: E402
    cached_image_features,
    image_features,
    text_features,
)
from cocopfs.baseline.id_clip import IdClip  # noqa: E402
from tests.baseline.checkpoints import write_checkpoint  # noqa: E402


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    return load_clip(write_checkpoint(tmp_path_factory.mktemp("clip")))


def crops_of(clip: Clip, count: int) -> Any:
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (count, clip.side, clip.side, 3), np.uint8)


def test_pictures_of_a_frozen_tower_are_encoded_once(
    clip: Clip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cocopfs.baseline.features._CHUNK", 4)
    crops = crops_of(clip, 10)
    first = cached_image_features(clip, crops, tmp_path / "kept")
    np.testing.assert_allclose(first, image_features(clip, crops), atol=1e-6)
    files = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "kept").iterdir()}
    assert len(files) == 3
    again = cached_image_features(clip, crops, tmp_path / "kept")
    np.testing.assert_array_equal(again, first)
    changed = crops.copy()
    changed[9, 0, 0, 0] ^= 1
    cached_image_features(clip, changed, tmp_path / "kept")
    after = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "kept").iterdir()}
    assert files.items() < after.items()
    assert len(after) == 4  # the chunk that changed


def test_another_checkpoint_has_features_of_its_own(clip: Clip, tmp_path: Path) -> None:
    other = load_clip(write_checkpoint(tmp_path / "other", seed=1))
    crops = crops_of(clip, 3)
    first = cached_image_features(clip, crops, tmp_path / "kept")
    assert np.abs(cached_image_features(other, crops, tmp_path / "kept") - first).max() > 1e-3
    shutil.rmtree(tmp_path / "kept")
    np.testing.assert_array_equal(cached_image_features(clip, crops, tmp_path / "kept"), first)


def test_texts_come_back_in_their_order_whatever_their_length(clip: Clip) -> None:
    model = IdClip(clip, 16)
    texts = ["a man riding a wave on a surfboard", "[TOK]", "a dog and a cat", "a", "a [TOK] cat"]
    faces = np.random.default_rng(0).normal(size=(5, 16)).astype(np.float32)
    faces /= np.linalg.norm(faces, axis=1, keepdims=True)
    found = text_features(model, texts, faces, batch=2)
    for number, text in enumerate(texts):
        alone = text_features(model, [text], faces[number : number + 1])[0]
        np.testing.assert_allclose(found[number], alone, atol=1e-6)
    plain = text_features(clip, ["a", "a dog and a cat"])
    np.testing.assert_allclose(plain, found[[3, 2]], atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)


def test_faces_and_a_translator_come_together(clip: Clip) -> None:
    with pytest.raises(ValueError, match="come together"):
        text_features(IdClip(clip, 16), ["a dog"])
    with pytest.raises(ValueError, match="come together"):
        text_features(clip, ["a dog"], np.zeros((1, 16), np.float32))
    with pytest.raises(ValueError, match="no face is given"):
        text_features(clip, ["[TOK]"])


def test_prompts_change_the_pictures_and_patches_do_not(clip: Clip) -> None:
    crops, model = crops_of(clip, 5), IdClip(clip, 16, 5)
    prompted = image_features(model, crops, batch=2)
    assert np.abs(prompted - image_features(clip, crops)).max() > 1e-3
    patches = clip.embed_patches(clip.scale(crops)).numpy()
    np.testing.assert_allclose(image_features(model, crops, patches), prompted, atol=1e-6)
    assert image_features(model, crops[:0]).shape == (0, clip.dim)
