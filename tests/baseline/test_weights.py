"""The trained weights in a file: there and back, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from cocopfs.errors import UsageError
from tests.baseline.checkpoints import write_checkpoint

torch = pytest.importorskip("torch", reason="torch is not installed: make test-full installs it")
pytest.importorskip("transformers")

import safetensors.torch  # noqa: E402

from cocopfs.baseline.clip import Clip, load_clip  # noqa: E402
from cocopfs.baseline.id_clip import IdClip  # noqa: E402
from cocopfs.baseline.weights import load_weights, save_weights  # noqa: E402


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    return load_clip(write_checkpoint(tmp_path_factory.mktemp("clip")))


def test_there_and_back(clip: Clip, tmp_path: Path) -> None:
    model = IdClip(clip, 12, 3, seed=5, scale="learned")
    save_weights(tmp_path / "w.safetensors", model, "reference")
    found = load_weights(tmp_path / "w.safetensors", clip)
    assert found.state().keys() == model.state().keys()
    for name, value in model.state().items():
        assert torch.equal(found.state()[name], value), name


def test_weights_of_another_clip(clip: Clip, tmp_path: Path) -> None:
    other = load_clip(write_checkpoint(tmp_path / "other", seed=1))
    save_weights(tmp_path / "w.safetensors", IdClip(other, 12), "reference")
    with pytest.raises(UsageError, match="fitted to another CLIP"):
        load_weights(tmp_path / "w.safetensors", clip)


@pytest.mark.parametrize("data", [b"", b"no weights", b"\xff" * 100])
def test_files_that_hold_no_weights(clip: Clip, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "w.safetensors").write_bytes(data)
    with pytest.raises(UsageError, match="no trained Id-CLIP"):
        load_weights(tmp_path / "w.safetensors", clip)


@pytest.mark.parametrize("change", ["missing", "flat", "scalar", "narrow", "foreign"])
def test_weights_of_something_else(clip: Clip, tmp_path: Path, change: str) -> None:
    state = IdClip(clip, 12, 3).state()
    if change == "missing":
        del state["translator.0"]
    elif change == "flat":
        state["translator.0"] = state["translator.0"].flatten()
    elif change == "scalar":
        state["prompts"] = torch.tensor(1.0)
    elif change == "narrow":
        state["translator.2"] = state["translator.2"][:3].clone()
    else:
        state["foreign"] = torch.zeros(3)
    told = {"format": "cocopfs id-clip 1", "clip": clip.digest}
    safetensors.torch.save_file(state, tmp_path / "w.safetensors", metadata=told)
    with pytest.raises(UsageError, match="holds no Id-CLIP"):
        load_weights(tmp_path / "w.safetensors", clip)
