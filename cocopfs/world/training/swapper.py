"""Training of the swapper: targets, identities' embeddings, and how it truly looks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from cocopfs.world.training.loop import Course, Losses, device, half, load, seeded, train
from cocopfs.world.training.material import AMOUNTS, RECOGNISED, Use, read_material
from cocopfs.world.training.nets import Recogniser, Swapper
from cocopfs.world.training.recogniser import embed

COURSE = Course("swapper", steps=19000, rate=1.2e-3, decay=1e-4)
_BATCH = 8
_IDENTITY = 0.03  # weight; with much more of it faces smear
_RIDGE = 0.05  # of the mean variance of an embedding's directions


def train_swapper(
    folder: Path, material: Path, recogniser: Recogniser, report: Callable[[str], None]
) -> Swapper:
    pairs = Pairs(material, Use.TRAIN)
    gallery, _ = gallery_latents(material, recogniser)
    gallery = gallery.to(device())
    judge = recogniser.requires_grad_(False).to(device(), memory_format=torch.channels_last)
    net = seeded(COURSE, Swapper).to(memory_format=torch.channels_last)
    weight = _importance().to(device())

    def losses(step: int, rng: np.random.Generator) -> Losses:
        items = np.sort(rng.integers(0, len(pairs), _BATCH))
        before, after, owners = pairs.batch(items)
        light = torch.from_numpy(
            rng.normal(1, 0.08, (_BATCH, 1, 1, 1)) * rng.normal(1, 0.025, (_BATCH, 3, 1, 1))
        ).float()
        light = light.to(device())
        before, after = (before * light).clamp(0, 1), (after * light).clamp(0, 1)
        sitting = rng.integers(0, gallery.shape[1], _BATCH)
        with half():
            raw = net(before, gallery[owners, sitting])
        made = raw.float()
        off = (made - after) * weight
        found = {
            "pixels": off.abs().mean() + 4 * off.square().mean(),
            "edges": 0.7 * _edges(off),
        }
        if step % 2 == 0:
            with half():
                seen, face = _look(judge, made)
                with torch.no_grad():
                    true, goal = _look(judge, after)
            near = [(a.float() - b.float()).abs().mean() for a, b in zip(seen, true, strict=True)]
            found["features"] = 0.15 * torch.stack(near).sum()
            found["identity"] = _IDENTITY * (1 - (face.float() * goal.float()).sum(1).mean())
        return found

    return train(COURSE, net, losses, folder, report)


def load_swapper(folder: Path) -> Swapper:
    return load(COURSE, Swapper(), folder)


class Pairs:
    """Photographs with the same ones as if another face had been there."""

    def __init__(self, material: Path, use: Use) -> None:
        found = [read_material(material, use, kind) for kind in ("targets", "scenes")]
        self._before = np.concatenate([one["crop"] for one in found])
        self._after = np.concatenate(
            [one["swapped"].reshape(-1, *one["swapped"].shape[2:]) for one in found]
        )
        counts = [one["swapped"].shape[1] for one in found for _ in one["crop"]]
        self.targets = np.repeat(np.arange(len(counts)), counts)
        self.sources = np.concatenate([one["source"].ravel() for one in found])

    def __len__(self) -> int:
        return len(self.sources)

    def batch(self, items: NDArray[np.int64]) -> tuple[Tensor, Tensor, Tensor]:
        """(n, 3, 128, 128) float32 RGB in [0, 1] before and after, and (n,) the sources."""
        pair = [
            (torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 255)
            .contiguous(memory_format=torch.channels_last)
            .to(device())
            for pixels in (self._before[self.targets[items]], self._after[items])
        ]
        return pair[0], pair[1], torch.from_numpy(self.sources[items])


def whitening(embeddings: Tensor) -> Tensor:
    """(d, d) float32, what the pack's emap is: turns unit embeddings (n, d) into ones that are
    spread alike in all directions, so that the swapper sees what sets faces apart."""
    values, vectors = torch.linalg.eigh(
        embeddings.double().T @ embeddings.double() / len(embeddings)
    )
    floor = _RIDGE * values.mean()
    return (
        vectors @ torch.diag((values + floor).rsqrt()) @ vectors.T * values.mean().sqrt()
    ).float()


def gallery_latents(material: Path, recogniser: nn.Module) -> tuple[Tensor, Tensor]:
    """What the swapper takes for each portrait, (identities, portraits, 512), and the emap."""
    amount = AMOUNTS[Use.TRAIN]
    portraits = read_material(material, Use.TRAIN, "portraits")["crop"]
    embeddings = embed(recogniser, portraits)
    emap = whitening(embeddings)
    latents = F.normalize(embeddings @ emap)
    return latents.reshape(amount.identities, amount.portraits, -1), emap


def _importance() -> Tensor:
    """(1, 1, 128, 128): the inner face counts more, and most of all eyes and mouth."""
    y, x = torch.meshgrid(torch.arange(128.0), torch.arange(128.0), indexing="ij")
    face = torch.exp(-0.5 * (((x - 64) / 26) ** 2 + ((y - 68) / 30) ** 2))
    eyes = torch.exp(-0.5 * (((x - 64).abs() - 18) / 9) ** 2 - 0.5 * ((y - 49) / 8) ** 2)
    mouth = torch.exp(-0.5 * ((x - 64) / 14) ** 2 - 0.5 * ((y - 92) / 8) ** 2)
    weight = 0.12 + face + 0.8 * eyes + 0.4 * mouth
    return (weight / weight.mean())[None, None]


def _edges(off: Tensor) -> Tensor:
    """L1 of the gradients' difference, at two scales."""
    half = F.avg_pool2d(off, 2)
    return sum(
        (scale * (part.diff(dim=2).abs().mean() + part.diff(dim=3).abs().mean()))
        for part, scale in ((off, 1.0), (half, 0.5))
    )


def _look(judge: Recogniser, pictures: Tensor) -> tuple[list[Tensor], Tensor]:
    """What the recogniser sees on its way, and the embedding."""
    x = (pictures[:, :, *RECOGNISED].clamp(0, 1) * 255 - 127.5) / 127.5
    early = judge.early(x)
    middle = judge.middle(early)
    return [early, middle], F.normalize(judge.end(judge.late(middle)).float())
