"""Is the dataset fit for use? One sentence, and every reason for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cocopfs.audit.bootstrap import Interval
from cocopfs.audit.wording import with_interval
from cocopfs.baseline.shown import OTHERS, Shown

_EXACT = 1e-9  # what sums of shares are rounded by is less
_WELL_ABOVE = 2.0  # times chance
_FEW = "there are too few test photos to tell"
_MOST_WRONG = 0.1  # of a split's pictures; of the drawn world's splits 0.03 at most were seen


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
class WrongFaces:
    """Queries with the face of somebody who is in none of the photo's swaps, the same for all of
    them.

    found, chance: id@5 and the mean of 1/n of these queries; null where there are none. apart:
    photos whose swaps are all of one gender and yet are asked for in different words. left_out:
    photos of several genders whose words follow these, so that they cannot be judged.
    """

    found: float | None
    chance: float | None
    apart: int
    left_out: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the verdict rests on; all shares but those of `shown` are id@5 on the test split.

    chance: the mean of 1/n over the queries. text_only: CLIP on the original caption.
    oracle: cosine of reference portrait and swapped face. pad, id_clip: differences to text_only.
    leaks: what the splits share, in words; none where they share nothing. shown: of every split.
    """

    chance: float
    text_only: float
    wrong: WrongFaces
    oracle: Interval
    pad: Interval
    id_clip: Interval
    leaks: Sequence[str]
    shown: Sequence[Shown]


def judge(evidence: Evidence) -> Verdict:
    """The verdict does not depend on which of CLIP-PAD and Id-CLIP is ahead."""
    checks = (
        _leaks(evidence),
        *_unswapped(evidence.shown),
        _elsewhere(evidence.shown),
        _text_only(evidence),
        _wrong(evidence.wrong),
        _oracle(evidence),
        _learnt("CLIP-PAD", evidence.pad),
        _learnt("Id-CLIP", evidence.id_clip),
    )
    broken = [check for check in checks if not check.holds]
    if not broken:
        sentence = (
            "The dataset is sound: its splits share nobody, its pictures show whom their rows "
            "name, neither the caption alone nor a wrong face tells an identity, and faces of "
            "people never seen in training are found."
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


def _unswapped(found: Sequence[Shown]) -> Iterator[Check]:
    """None where no original could be read: the pictures are then judged by `_elsewhere` alone."""
    shares = {split.split: split.unswapped for split in found if split.unswapped.n}
    if shares:
        worst, share = _worst(shares)
        yield Check(
            f"the pictures show no original faces (no split has surely more than {_MOST_WRONG:.0%} "
            "that are nearer to the photo's own person than to its row's identity and "
            f"{OTHERS} others drawn by seed)",
            not _surely_too_many(share),
            _listed(shares),
            f"the pictures still show the original faces: {share.mean:.0%} of {worst} are nearer "
            "to the photo's own person than to any identity that they were compared with, as "
            "unswapped copies are",
        )


def _elsewhere(found: Sequence[Shown]) -> Check:
    shares = {split.split: split.elsewhere for split in found}
    worst, share = _worst(shares)
    return Check(
        f"the pictures show whom their rows name (no split has surely more than {_MOST_WRONG:.0%} "
        f"that are nearer to the reference of one of {OTHERS} other identities, drawn by seed for "
        "each picture, than to their own; all others where a split has fewer)",
        not _surely_too_many(share),
        _listed(shares),
        f"the pictures show other people than their rows say: {share.mean:.0%} of {worst} are "
        "nearer to another identity's reference than to their own, as when identities are shuffled",
    )


def _surely_too_many(share: Interval) -> bool:
    """Not where there are too few photographs for an interval: one picture of five tells nothing,
    and the demands on the test split fail there anyway."""
    return share.low is not None and share.low > _MOST_WRONG


def _worst(shares: Mapping[str, Interval]) -> tuple[str, Interval]:
    return max(shares.items(), key=lambda item: -1.0 if item[1].low is None else item[1].low)


def _listed(shares: Mapping[str, Interval]) -> str:
    return ", ".join(
        f"{split} {with_interval(share, share=True)} of {share.n}"
        + (" (too few photos to tell)" if share.low is None else "")
        for split, share in shares.items()
    )


def _wrong(wrong: WrongFaces) -> Check:
    demand = (
        "the face of somebody who is not in the photo picks by chance (id@5 is the mean of 1/n)"
    )
    if wrong.found is None or wrong.chance is None:
        why = "no test photo could be asked for with the face of somebody who is not in it"
        return Check(demand, False, "nobody was asked", why)
    said = f"id@5 {wrong.found:.6f}, mean of 1/n {wrong.chance:.6f}"
    if wrong.left_out:
        said += f"; {wrong.left_out} photos of several genders, whose words differ, left out"
    return Check(
        demand,
        abs(wrong.found - wrong.chance) < _EXACT and not wrong.apart,
        said,
        f"the words of {wrong.apart} test photos differ between swaps of one gender, so that they "
        "tell the identity without its face"
        if wrong.apart
        else "a face that is not in the photo tells its swaps apart, which it cannot: rows of one "
        f"photo differ in more than the face ({said})",
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
