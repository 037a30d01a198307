"""Training of the recogniser: portraits and true swaps of an identity lie together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from cocopfs.world.training.loop import Course, Losses, device, half, load, seeded, train
from cocopfs.world.training.material import (
    AMOUNTS,
    RECOGNISED,
    Use,
    read_material,
    training_identity,
)
from cocopfs.world.training.nets import Recogniser
from cocopfs.world.training.traits import KIND_COUNT, STEP_COUNT, traits_of

COURSE = Course("recogniser", steps=3200, rate=2e-3, decay=1e-3)
_BATCH = 128
_SCALE, _MARGIN = 32.0, 0.3  # of ArcFace (Deng et al. 2019)
_LENGTH = 16.0  # of an embedding for the heads that read traits


class _Trainee(nn.Module):
    """The recogniser, the identities' directions, and a head that reads traits.

    Traits keep in the embedding what a swapper must draw, and make it smooth in what a face is.
    """

    def __init__(self, identities: int) -> None:
        super().__init__()
        self.net = Recogniser().to(memory_format=torch.channels_last)
        self.directions = nn.Parameter(torch.randn(identities, 512) * 0.05)
        self.reader = nn.Linear(512, STEP_COUNT + KIND_COUNT)


def train_recogniser(folder: Path, material: Path, report: Callable[[str], None]) -> Recogniser:
    count = AMOUNTS[Use.TRAIN].identities
    trainee = seeded(COURSE, lambda: _Trainee(count))
    traits = torch.from_numpy(
        np.stack([traits_of(training_identity(Use.TRAIN, number)) for number in range(count)])
    ).to(device())
    portraits, portrait_owners = _portraits(material)
    swaps, swap_owners = true_swaps(material, Use.TRAIN)

    def losses(step: int, rng: np.random.Generator) -> Losses:
        first = np.sort(rng.integers(0, len(portraits), _BATCH // 2))
        second = np.sort(rng.integers(0, len(swaps), _BATCH // 2))
        crops = np.concatenate([portraits[first], swaps[second]])
        owners = np.concatenate([portrait_owners[first], swap_owners[second]])
        owners = torch.from_numpy(owners).to(device())
        with half():
            raw = trainee.net(_varied(crops, rng).to(device()))
        unit = F.normalize(raw.float())
        cosines = unit @ F.normalize(trainee.directions).T
        ramp = min(1.0, step / (0.3 * COURSE.steps))
        angle = torch.acos(cosines.clamp(-1 + 1e-6, 1 - 1e-6))
        own = F.one_hot(owners, count).bool()
        harder = torch.where(own, torch.cos(angle + _MARGIN * ramp), cosines)
        read, true = trainee.reader(unit * _LENGTH), traits[owners]
        return {
            "identity": F.cross_entropy(_SCALE * harder, owners),
            "traits": 1.5 * F.mse_loss(read[:, :STEP_COUNT], true[:, :STEP_COUNT]),
            "kinds": 2.0
            * F.binary_cross_entropy_with_logits(read[:, STEP_COUNT:], true[:, STEP_COUNT:]),
        }

    train(COURSE, trainee, losses, folder, report)
    return trainee.net


def load_recogniser(folder: Path) -> Recogniser:
    return load(COURSE, _Trainee(AMOUNTS[Use.TRAIN].identities), folder).net


def true_swaps(material: Path, use: Use) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """(n, 128, 128, 3) uint8 RGB and whose inner faces they show, of targets, then of scenes."""
    found = [read_material(material, use, kind) for kind in ("targets", "scenes")]
    crops = [one["swapped"].reshape(-1, *one["swapped"].shape[2:]) for one in found]
    return np.concatenate(crops), np.concatenate([one["source"].ravel() for one in found])


def _portraits(material: Path) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    found = read_material(material, Use.TRAIN, "portraits")
    return found["crop"], found["identity"]


def embed(net: nn.Module, crops: NDArray[np.uint8]) -> Tensor:
    """(n, 512) embeddings of unit length of (n, 128, 128, 3) uint8 RGB aligned faces."""
    with torch.no_grad():
        parts = [
            F.normalize(net(prepare(part))) for part in np.array_split(crops, len(crops) // 256 + 1)
        ]
    return torch.cat(parts)


def prepare(crops: NDArray[np.uint8]) -> Tensor:
    """What the recogniser sees of (n, 128, 128, 3) uint8 RGB aligned faces."""
    inner = np.ascontiguousarray(crops[:, *RECOGNISED])
    x = torch.from_numpy(inner).permute(0, 3, 1, 2).float()
    return ((x - 127.5) / 127.5).contiguous(memory_format=torch.channels_last)


def _varied(crops: NDArray[np.uint8], rng: np.random.Generator) -> Tensor:
    """In another light, and a pixel or two aside."""
    n = len(crops)
    down, across = rng.integers(-3, 4, 2)
    x = prepare(np.roll(crops, (down, across), (1, 2)))
    gain = rng.normal(1, 0.12, (n, 1, 1, 1)) * rng.normal(1, 0.03, (n, 3, 1, 1))
    shift = rng.normal(0, 0.06, (n, 1, 1, 1))
    varied = x * torch.from_numpy(gain).float() + torch.from_numpy(shift).float()
    return varied.contiguous(memory_format=torch.channels_last)
