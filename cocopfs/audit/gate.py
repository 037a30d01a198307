"""What the gate refused swaps for: by figure, and by group."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cocopfs.audit.dataset import GateFacts
from cocopfs.audit.strata import kinds
from cocopfs.audit.tried import GATED, Tried
from cocopfs.records import Reason


@dataclass(frozen=True, slots=True)
class Failure:
    """How often the swaps tried fail a figure. The build names the first that fails, in the gate's
    order: `first` counts those. A limit with `only` 0 refuses nobody whom the others let pass."""

    reason: str
    figure: str
    fails: int
    only: int  # of them: those that fail nothing else
    first: int


@dataclass(frozen=True, slots=True)
class Refusals:
    """What became of the swaps to one group, or in one kind of photograph: `reasons` are the first
    figures that failed, and those that went with their photograph."""

    label: str
    kind: bool  # a kind of photograph, not a group of identities
    judged: int
    accepted: int
    reasons: Mapping[str, int]


def failures(tried: Tried) -> list[Failure]:
    """A row for every figure that some swap fails, in the gate's order."""
    alone = tried.failed.sum(axis=1) == 1
    first = Counter(tried.first())
    return [
        Failure(
            reason.value,
            GATED[reason],
            int(tried.failed[:, place].sum()),
            int((tried.failed[:, place] & alone).sum()),
            first[reason],
        )
        for place, reason in enumerate(GATED)
        if tried.failed[:, place].any()
    ]


def refusals(
    gate: Sequence[GateFacts], labels: Sequence[str], tried: Tried | None
) -> list[Refusals]:
    """A row a group, as the manifest counts them, then the kinds of photographs where the swaps
    tried are known. labels: of the groups, in the manifest's order."""
    rows = [
        Refusals(label, False, row.judged, row.accepted, row.rejected)
        for label, row in zip(labels, gate, strict=True)
    ]
    if tried is None:
        return rows
    first, published = tried.first(), tried.published
    for kind in kinds(tried.samples):
        chosen = kind.of(tried.samples)
        if chosen.any():
            reasons = Counter(
                (reason or Reason.CONTEXT_INCOMPLETE).value
                for reason, there, mine in zip(first, published, chosen, strict=True)
                if mine and not there
            )
            accepted = int((chosen & published).sum())
            rows.append(Refusals(kind.label, True, int(chosen.sum()), accepted, dict(reasons)))
    return rows


def reasons_of(rows: Sequence[Refusals]) -> list[str]:
    """The reasons that occur, in the gate's order, then those that are no figure's."""
    found = {reason for row in rows for reason, count in row.reasons.items() if count}
    order = [reason.value for reason in GATED]
    return [r for r in order if r in found] + sorted(found - set(order))
