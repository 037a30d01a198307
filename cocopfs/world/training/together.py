"""Parts of a network's work at the same time, each in a thread of its own.

Threads inside an operation wait for each other at every one of them, which on a busy machine takes
longer than the work; these meet twice a step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import torch
from torch import Tensor, nn

Work = Callable[[], Tensor]


class Together:
    """Runs some works that use one module's parameters, forward and backward."""

    def __init__(self, module: nn.Module, threads: int) -> None:
        self._parameters = tuple(module.parameters())
        # What is set for one thread holds for no other.
        self._pool = ThreadPoolExecutor(
            threads, initializer=torch.set_flush_denormal, initargs=(True,)
        )

    def run(self, works: Sequence[Work]) -> tuple[Tensor, ...]:
        """What each gives; gradients flow to the parameters."""
        found: tuple[Tensor, ...] = _Parts.apply(self._pool, works, *self._parameters)
        return found


class _Parts(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, pool: ThreadPoolExecutor, works: Sequence[Work], *parameters: Tensor
    ) -> tuple[Tensor, ...]:
        ctx.pool, ctx.parameters = pool, parameters
        ctx.made = list(pool.map(_with_gradients, works))
        return tuple(made.detach() for made in ctx.made)

    @staticmethod
    def backward(ctx: Any, *arrived: Tensor) -> tuple[Tensor | None, ...]:
        def back(pair: tuple[Tensor, Tensor]) -> tuple[Tensor | None, ...]:
            made, gradient = pair
            return torch.autograd.grad(made, ctx.parameters, gradient, allow_unused=True)

        parts = list(ctx.pool.map(back, zip(ctx.made, arrived, strict=True)))
        del ctx.made
        return None, None, *(_sum(column) for column in zip(*parts, strict=True))


def _with_gradients(work: Work) -> Tensor:
    with torch.enable_grad():
        return work()


def _sum(column: Sequence[Tensor | None]) -> Tensor | None:
    there = [part for part in column if part is not None]
    return torch.stack(there).sum(0) if there else None
