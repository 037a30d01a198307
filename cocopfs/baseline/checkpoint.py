"""How far a training is, as one file that is either whole or not there."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from cocopfs.engine.commit import commit


@dataclass(frozen=True, slots=True)
class Validated:
    """A look at the validation set: after how many steps, the mean loss of those since the last
    look, t2i R@1, 5, 10 and 50 in percent, and their sum, by which the best is chosen."""

    step: int
    loss: float
    recalls: tuple[float, float, float, float]

    @property
    def total(self) -> float:
        return sum(self.recalls)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """After `step` steps. losses: of the steps since the last look. best: the weights at the look
    with the highest sum, the earliest of equals; empty before the first."""

    fingerprint: str
    step: int
    weights: Mapping[str, Tensor]
    optimizer: Mapping[str, Any]
    losses: tuple[float, ...]
    looks: tuple[Validated, ...]
    best: Mapping[str, Tensor]


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    state = {
        "fingerprint": checkpoint.fingerprint,
        "step": checkpoint.step,
        "weights": dict(checkpoint.weights),
        "optimizer": dict(checkpoint.optimizer),
        "losses": list(checkpoint.losses),
        "looks": [[look.step, look.loss, list(look.recalls)] for look in checkpoint.looks],
        "best": dict(checkpoint.best),
    }
    commit(path, partial(torch.save, state))


def read_checkpoint(path: Path, fingerprint: str) -> Checkpoint | None:
    """None where there is none, a damaged one, or one of another training. Nothing is unpickled but
    tensors and plain values."""
    if not path.is_file():
        return None
    try:
        with zipfile.ZipFile(path) as parts:  # torch reads past their checksums
            if parts.testzip() is not None:
                return None
        return _read(path, fingerprint)
    except Exception:  # whatever torch raises for a damaged file
        return None


def _read(path: Path, fingerprint: str) -> Checkpoint | None:
    state = torch.load(path, map_location="cpu", weights_only=True)
    if state["fingerprint"] != fingerprint:
        return None
    return Checkpoint(
        fingerprint=fingerprint,
        step=state["step"],
        weights=state["weights"],
        optimizer=state["optimizer"],
        losses=tuple(state["losses"]),
        looks=tuple(
            Validated(step, loss, (first[0], first[1], first[2], first[3]))
            for step, loss, first in state["looks"]
        ),
        best=state["best"],
    )
