"""Which examples stand in a batch together: partly hard ones, which only the identity tells apart.

InfoNCE learns from what a batch lets it confuse. Random batches are told apart by the scene alone;
the same photograph with other identities can only be told apart by the face. The rest of a batch is
random, or the scene would be forgotten.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]


def epoch_batches(
    contexts: NDArray[np.integer],
    identities: NDArray[np.integer],
    batch_size: int,
    hard_fraction: float,
    seed: int,
    epoch: int,
) -> list[Rows]:
    """The batches of an epoch: row numbers, every row once.

    contexts, identities: (n,) of each example, as numbers. There are ceil(n / batch_size)
    batches of nearly equal sizes, none above `batch_size`. No batch holds two examples of one
    context and identity, for each would be the other's false negative; where copies make that
    impossible there are more batches, smaller ones, at the end.

    About `hard_fraction` of each batch is hard: the swaps of one photograph, then those of another
    photograph that shares an identity with the first, and so on, as far as the epoch has any left.

    The same for the same seed and epoch, whatever was drawn before. Raises ValueError for a batch
    size under 1 or a share outside of 0 to 1.
    """
    if batch_size < 1 or not 0 <= hard_fraction <= 1:
        raise ValueError(f"batches of {batch_size} with a hard share of {hard_fraction}")
    count = len(contexts)
    if count == 0:
        return []
    random = np.random.default_rng([seed, epoch])
    sizes = [len(part) for part in np.array_split(np.arange(count), -(-count // batch_size))]
    pool = _Pool(contexts, identities, random)
    batches = [_hard_part(pool, round(hard_fraction * size)) for size in sizes]
    rest = deque(row for row in pool.order if row not in pool.used)
    for batch, size in zip(batches, sizes, strict=True):
        _fill(pool, batch, size, rest)
    while rest:  # copies of one context and identity, more than there are batches
        batches.append([])
        _fill(pool, batches[-1], batch_size, rest)
    # Later batches found fewer hard examples: their order must not follow the epoch.
    shuffled = [batches[number] for number in random.permutation(len(sizes))]
    return [
        np.array(random.permutation(batch), np.int64)
        for batch in [*shuffled, *batches[len(sizes) :]]
        if batch
    ]


class _Pool:
    """The examples of an epoch that are in no batch yet, in random order."""

    def __init__(
        self,
        contexts: NDArray[np.integer],
        identities: NDArray[np.integer],
        random: np.random.Generator,
    ) -> None:
        self.contexts, self.identities = contexts.tolist(), identities.tolist()
        self.order: list[int] = random.permutation(len(contexts)).tolist()
        self.used: set[int] = set()
        self._of_context: dict[int, list[int]] = {}
        self._of_identity: dict[int, list[int]] = {}
        for row in self.order:
            self._of_context.setdefault(self.contexts[row], []).append(row)
            self._of_identity.setdefault(self.identities[row], []).append(row)
        self._next = 0

    def pair(self, row: int) -> tuple[int, int]:
        return self.contexts[row], self.identities[row]

    def anchor(self) -> int | None:
        """Any example that is left."""
        while self._next < len(self.order) and self.order[self._next] in self.used:
            self._next += 1
        return self.order[self._next] if self._next < len(self.order) else None

    def same_context(self, row: int) -> Sequence[int]:
        return self._left(self._of_context, self.contexts[row])

    def same_identity(self, row: int) -> Sequence[int]:
        return self._left(self._of_identity, self.identities[row])

    def _left(self, groups: dict[int, list[int]], key: int) -> Sequence[int]:
        groups[key] = [row for row in groups[key] if row not in self.used]
        return groups[key]


def _hard_part(pool: _Pool, size: int) -> list[int]:
    """At most `size` examples: groups of one context, each of which shares an identity with the one
    before it. A group takes at most half of the part, so that there are two."""
    batch: list[int] = []
    pairs: set[tuple[int, int]] = set()
    most = max(2, size // 2)
    first = pool.anchor()
    while first is not None and len(batch) < size:
        group: list[int] = []
        for row in [first, *pool.same_context(first)]:
            if pool.pair(row) in pairs or len(group) == min(most, size - len(batch)):
                continue
            group.append(row)
            pairs.add(pool.pair(row))
            pool.used.add(row)
        if not group:  # a copy of what is there already
            break
        batch += group
        contexts = {pool.contexts[row] for row in batch}
        first = next(
            (
                other
                for row in group
                for other in pool.same_identity(row)
                if pool.contexts[other] not in contexts
            ),
            None,
        )
        if first is None:
            first = pool.anchor()
    return batch


def _fill(pool: _Pool, batch: list[int], size: int, rest: deque[int]) -> None:
    """Fill a batch from the front of `rest`, in which copies of what it holds are put off."""
    pairs = {pool.pair(row) for row in batch}
    put_off: list[int] = []
    while rest and len(batch) < size:
        row = rest.popleft()
        if pool.pair(row) in pairs:
            put_off.append(row)
            continue
        pairs.add(pool.pair(row))
        batch.append(row)
    rest.extendleft(reversed(put_off))
