"""The trained weights in a dataset's folder, for searches and other galleries."""

from __future__ import annotations

from pathlib import Path

import safetensors
import safetensors.torch

from cocopfs.baseline.clip import Clip
from cocopfs.baseline.id_clip import IdClip
from cocopfs.engine.commit import commit_bytes
from cocopfs.errors import UsageError

_FORMAT = "cocopfs id-clip 1"


def save_weights(path: Path, model: IdClip, face: str) -> None:
    """What was learned, as safetensors; the frozen CLIP is only named, by its digest."""
    told = {"format": _FORMAT, "clip": model.clip.digest, "face": face}
    commit_bytes(path, safetensors.torch.save(model.state(), metadata=told))


def load_weights(path: Path, clip: Clip) -> IdClip:
    """Raises UsageError where there are none, or they were fitted to another CLIP."""
    try:
        with safetensors.safe_open(path, "pt") as file:
            told = file.metadata() or {}
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, safetensors.SafetensorError) as error:
        raise UsageError(
            f"there is no trained Id-CLIP in {path}: {error}",
            hint="cocopfs train-baseline DIR trains one",
        ) from error
    if told.get("format") != _FORMAT or told.get("clip") != clip.digest:
        raise UsageError(
            f"{path} was fitted to another CLIP than the one at hand",
            expected=f"the checkpoint with digest {told.get('clip')}",
            hint="give the same --set baseline.clip=... as for the training",
        )
    try:
        model = IdClip(clip, state["translator.0"].shape[1], len(state["prompts"]))
        model.load(state)
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise UsageError(f"{path} holds no Id-CLIP: {error}") from error
    return model
