"""What verification says: promises, and what breaks them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Final

KEPT: Final = 1000  # findings of one promise; all are counted


@dataclass(frozen=True, slots=True)
class Finding:
    """A file or an item that breaks a promise, and how. `remedy`: what mends it, where that is not
    to get the file anew."""

    subject: str
    what: str
    remedy: str | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """A promise, of how many things it was tried, and what breaks it.

    `broken` counts all findings; `findings` holds the first KEPT of them. `left_out` says why the
    promise could not be tried, or not in full.
    """

    promise: str
    tried: int
    broken: int
    findings: tuple[Finding, ...]
    left_out: str | None = None


def check(
    promise: str, tried: int, findings: Iterable[Finding], left_out: str | None = None
) -> Check:
    """A check of findings that may be many: all are counted, the first are kept."""
    found = iter(findings)
    kept = tuple(islice(found, KEPT))
    return Check(promise, tried, len(kept) + sum(1 for _ in found), kept, left_out)


def not_tried(promise: str, why: str) -> Check:
    """A check that could not be made."""
    return Check(promise, 0, 0, (), why)
