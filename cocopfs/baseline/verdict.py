"""Is the dataset fit for use? One sentence, and every reason for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cocopfs.audit.bootstrap import Interval

_EXACT = 1e-9  # what sums of shares are rounded by is less
_WELL_ABOVE = 2.0  # times chance
_FEW = "there are too few test photos to tell"


@dataclass(frozen=True, slots=True)
class Check:
    """One demand on a sound dataset: whether it holds, and with which numbers. `reason` says what a
    broken one means."""

    demand: str
    holds: bool
    found: str
    reason: str


@dataclass(frozen=True, slots=True)
class Verdict:
    sound: bool
    sentence: str
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the verdict rests on; all shares are id@5 on the test split.

    chance: the mean of 1/n over the queries. text_only: CLIP on the original caption.
    wrong: the difference between queries with the face of somebody outside the photo and chance.
    oracle: cosine of reference portrait and swapped face. pad, id_clip: differences to text_only.
    leaks: what the splits share, in words; none where they share nothing.
    unswapped: share of the rows whose face is nearer to the original's than to anybody's reference;
    null without the originals. elsewhere: share of the rows whose face is nearer to the reference
    of another identity of the split than to its own's.
    """

    chance: float
    text_only: float
    wrong: Interval
    oracle: Interval
    pad: Interval
    id_clip: Interval
    leaks: Sequence[str]
    unswapped: float | None
    elsewhere: float


def judge(evidence: Evidence) -> Verdict:
    """The verdict does not depend on which of CLIP-PAD and Id-CLIP is ahead."""
    checks = (
        _leaks(evidence),
        _text_only(evidence),
        _wrong(evidence),
        _oracle(evidence),
        _learnt("CLIP-PAD", evidence.pad),
        _learnt("Id-CLIP", evidence.id_clip),
    )
    broken = [check for check in checks if not check.holds]
    if not broken:
        sentence = (
            "The dataset is sound: its splits share nobody, the caption alone tells no identity, a "
            "wrong face finds nobody, and faces of people never seen in training are found."
        )
        return Verdict(True, sentence, checks)
    reasons = "; ".join(check.reason for check in broken)
    return Verdict(False, f"The dataset is not sound: {reasons}.", checks)


def _leaks(evidence: Evidence) -> Check:
    said = "; ".join(evidence.leaks)
    return Check(
        "train, validation and test share no identity and no photo, and no reference drives a swap",
        not evidence.leaks,
        said or "nothing is shared",
        f"its splits leak: {said}",
    )


def _text_only(evidence: Evidence) -> Check:
    off = evidence.text_only - evidence.chance
    return Check(
        "the caption alone picks by chance among a photo's swaps (id@5 is the mean of 1/n)",
        abs(off) < _EXACT,
        f"id@5 {evidence.text_only:.6f}, mean of 1/n {evidence.chance:.6f}",
        "the caption alone tells the swaps of a photo apart, which it cannot: rows of one photo "
        "differ in more than the face",
    )


def _wrong(evidence: Evidence) -> Check:
    low, high = evidence.wrong.low, evidence.wrong.high
    return Check(
        "the face of somebody who is not in the photo picks by chance",
        low is not None and high is not None and low <= _EXACT and high >= -_EXACT,
        f"id@5 minus chance {_shown(evidence.wrong)}",
        "faces of people who are not in the photo do not pick by chance among its swaps "
        f"(off by {_shown(evidence.wrong)})"
        if low is not None
        else f"{_FEW} what a wrong face does"
        if evidence.wrong.n
        else "every identity of the test split is in every photo, so that no face is a wrong one",
    )


def _oracle(evidence: Evidence) -> Check:
    low, chance = evidence.oracle.low, evidence.chance
    # Where photos have one or two swaps, twice chance is out of anybody's reach.
    needed = min(_WELL_ABOVE * chance, (1 + chance) / 2)
    said = _shown(evidence.oracle)
    return Check(
        "the reference portrait and the swapped face show one person to the recogniser (id@5 of "
        f"the face alone is surely above {needed:.3f}; chance is {chance:.3f})",
        low is not None and low >= needed and chance < 1,
        f"id@5 {said}",
        _why_the_oracle_fails(evidence, said),
    )


def _why_the_oracle_fails(evidence: Evidence, said: str) -> str:
    if evidence.chance >= 1:
        return "no test photo has two swaps, and so nobody can be picked among them"
    if evidence.oracle.low is None:
        return f"{_FEW} whether its faces are those of their identities"
    if evidence.unswapped is not None and evidence.unswapped > 0.5:
        return (
            f"the pictures still show the original faces: {evidence.unswapped:.0%} are nearer to "
            "the photo's own person than to any identity of the split, as unswapped copies are"
        )
    if evidence.elsewhere > 0.5:
        return (
            f"the pictures show other people than their rows say: {evidence.elsewhere:.0%} of the "
            "faces are nearer to another identity's reference, as when identities are shuffled"
        )
    return f"the swapped faces are hardly those of their identities (face oracle's id@5 {said})"


def _learnt(name: str, above: Interval) -> Check:
    return Check(
        f"{name} picks better than the caption alone",
        above.low is not None and above.low > _EXACT,
        f"id@5 above CLIP's by {_shown(above)}",
        f"{name} learns no identities from it (id@5 above CLIP's by {_shown(above)})"
        if above.low is not None
        else f"{_FEW} whether {name} learns identities",
    )


def _shown(found: Interval) -> str:
    if found.mean is None:
        return "unknown"
    if found.low is None or found.high is None:
        return f"{found.mean:.3f} (too few photos for an interval)"
    return f"{found.mean:.3f} [{found.low:.3f}, {found.high:.3f}]"
