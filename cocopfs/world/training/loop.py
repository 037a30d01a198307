"""The training loop: seeded by the step, checkpointed, resumable to the same weights."""

from __future__ import annotations

import math
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from cocopfs.engine.commit import commit
from cocopfs.world.seeds import generator

_WARM_UP = 200
_SAVE_EVERY = 120.0  # seconds

Losses = Mapping[str, Tensor]
Net = TypeVar("Net", bound=nn.Module)


def device() -> torch.device:
    """A GPU, where there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def seeded(course: Course, build: Callable[[], Net]) -> Net:
    """A network whose first weights depend on the course's name alone."""
    torch.manual_seed(zlib.crc32(course.name.encode()))
    return build()


def half() -> torch.autocast:
    """Convolutions in bfloat16, which both kinds of device do twice as fast."""
    return torch.autocast(device().type, torch.bfloat16)


@dataclass(frozen=True)
class Course:
    """name: of the checkpoint. average: decay of the weights' running mean, which is the result."""

    name: str
    steps: int
    rate: float
    decay: float = 1e-4
    average: float = 0.999


def train(
    course: Course,
    net: Net,
    losses: Callable[[int, np.random.Generator], Losses],
    folder: Path,
    report: Callable[[str], None],
) -> Net:
    """Fit the network by AdamW with a cosine schedule; returns it with its averaged weights.

    losses: of a step, by name, to be summed; draws its batch from the generator alone, which
    depends on course and step: an interrupted training ends in the weights of an undisturbed one.
    folder: `NAME.pt` in it is read where it is there, and written every two minutes.
    """
    torch.set_flush_denormal(True)
    net.to(device())
    optimizer = torch.optim.AdamW(
        net.parameters(), lr=course.rate, weight_decay=course.decay, betas=(0.9, 0.98)
    )
    mean = {name: value.detach().clone() for name, value in net.state_dict().items()}
    path, start = folder / f"{course.name}.pt", 0
    if path.is_file():
        state = torch.load(path, map_location=device(), weights_only=True)
        start, mean = state["step"], state["mean"]
        net.load_state_dict(state["net"])
        optimizer.load_state_dict(state["optimizer"])
    net.train()
    saved, shown, sums, count = time.monotonic(), time.monotonic(), dict[str, float](), 0
    for step in range(start, course.steps):
        for group in optimizer.param_groups:
            group["lr"] = course.rate * _schedule(step, course.steps)
        torch.manual_seed(step)
        found = losses(step, generator(0, "pack", course.name, "step", step))
        total = torch.stack(list(found.values())).sum()
        optimizer.zero_grad(set_to_none=True)
        total.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimizer.step()
        _average(mean, net, min(course.average, (step + 1) / (step + 10)))
        for name, value in found.items():
            sums[name] = sums.get(name, 0.0) + value.item()
        count += 1
        now, last = time.monotonic(), step + 1 == course.steps
        if now - shown > 20 or last:
            said = "  ".join(f"{name} {value / count:.4f}" for name, value in sums.items())
            report(
                f"{course.name} {step + 1}/{course.steps}  {said}  {count / (now - shown):.1f}/s"
            )
            shown, sums, count = now, {}, 0
        if now - saved > _SAVE_EVERY or last:
            state = {
                "step": step + 1,
                "mean": mean,
                "net": net.state_dict(),
                "optimizer": optimizer.state_dict(),
            }
            commit(path, partial(torch.save, state))
            saved = time.monotonic()
    net.load_state_dict(mean)
    net.cpu().eval()
    return net


def load(course: Course, net: Net, folder: Path) -> Net:
    """The network with the averaged weights of its checkpoint, however far that is."""
    state = torch.load(folder / f"{course.name}.pt", map_location="cpu", weights_only=True)
    net.load_state_dict(state["mean"])
    net.eval()
    return net


def _schedule(step: int, steps: int) -> float:
    warm = min(1.0, (step + 1) / _WARM_UP)
    return warm * (0.5 + 0.5 * math.cos(math.pi * step / steps)) + 1e-3


@torch.no_grad()
def _average(mean: dict[str, Any], net: nn.Module, decay: float) -> None:
    for name, value in net.state_dict().items():
        if value.dtype.is_floating_point:
            mean[name].lerp_(value, 1 - decay)
        else:
            mean[name].copy_(value)
