"""Training of the gender and ethnicity networks: one trunk, two heads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from cocopfs.faces.attributes import network_classes
from cocopfs.records import Ethnicity, Gender
from cocopfs.world.training.loop import Course, Losses, device, half, load, seeded, train
from cocopfs.world.training.material import Use, read_material
from cocopfs.world.training.nets import TRAITS, Attribute, Trunk

COURSE = Course("attributes", steps=4000, rate=2e-3, decay=2e-3)
_BATCH = 96


class _Trainee(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.trunk = Trunk().to(memory_format=torch.channels_last)
        self.gender, self.group = nn.Linear(TRAITS, 2), nn.Linear(TRAITS, 6)


def train_attributes(
    folder: Path, material: Path, report: Callable[[str], None]
) -> tuple[Attribute, Attribute]:
    trainee = seeded(COURSE, _Trainee)
    found = [
        read_material(material, Use.TRAIN, kind) for kind in ("portraits", "targets", "scenes")
    ]
    smalls, genders, groups = (
        np.concatenate([one[name] for one in found]) for name in ("small", "gender", "group")
    )
    # Portraits show few people often, the others many once.
    weights = np.concatenate([np.full(len(one["small"]), 1 / len(found)) for one in found])
    weights[: len(found[0]["small"])] *= 0.7
    weights /= weights.sum()

    def losses(_step: int, rng: np.random.Generator) -> Losses:
        items = np.sort(rng.choice(len(smalls), _BATCH, p=weights))
        with half():
            read = trainee.trunk(_varied(smalls[items], rng).to(device()))
            gender, group = trainee.gender(read), trainee.group(read)
        truth = [torch.from_numpy(labels[items]).to(device()) for labels in (genders, groups)]
        return {
            "gender": F.cross_entropy(gender.float(), truth[0], label_smoothing=0.02),
            "group": F.cross_entropy(group.float(), truth[1], label_smoothing=0.02),
        }

    train(COURSE, trainee, losses, folder, report)
    return _both(trainee)


def load_attributes(folder: Path) -> tuple[Attribute, Attribute]:
    return _both(load(COURSE, _Trainee(), folder))


def _both(trainee: _Trainee) -> tuple[Attribute, Attribute]:
    """The two networks, their classes in DeepFace's order."""
    genders, groups = network_classes()
    gender = _ordered(trainee.gender, [list(Gender).index(one) for one in genders])
    group = _ordered(trainee.group, [list(Ethnicity).index(one) for one in groups])
    return Attribute(trainee.trunk, gender), Attribute(trainee.trunk, group)


def _ordered(head: nn.Linear, order: list[int]) -> nn.Linear:
    found = nn.Linear(head.in_features, len(order))
    with torch.no_grad():
        found.weight.copy_(head.weight[order])
        found.bias.copy_(head.bias[order])
    return found


def _varied(smalls: NDArray[np.uint8], rng: np.random.Generator) -> Tensor:
    """Mirrored or not, in another light and a few pixels aside; black stays black."""
    n = len(smalls)
    mirrored = rng.random(n) < 0.5
    smalls[mirrored] = smalls[mirrored, :, ::-1]
    down, across = rng.integers(-4, 5, 2)
    x = torch.from_numpy(np.roll(smalls, (down, across), (1, 2))).permute(0, 3, 1, 2).float() / 255
    gain = rng.normal(1, 0.08, (n, 1, 1, 1)) * rng.normal(1, 0.015, (n, 3, 1, 1))
    varied = (x * torch.from_numpy(gain).float()).clamp(0, 1)
    return varied.contiguous(memory_format=torch.channels_last)
