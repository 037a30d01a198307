"""What a card tells of an audit: figures, groups and promises out of `audit/audit.json`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

import msgspec

from cocopfs.publish.dataset import Published, rows_digest

AUDIT = "audit/audit.json"
_MEASURED = ("similarity", "residual_similarity", "margin", "landmark_error", "outside_psnr")


class AuditSummary(TypedDict):
    """Texts for tables, as the card's template takes them."""

    samples: int
    figures: Sequence[Mapping[str, str]]
    verification: Sequence[Mapping[str, str]]
    groups: Sequence[Mapping[str, str]]
    in_colour: bool  # whether the groups' rows tell of colour photographs alone
    strata: Sequence[Mapping[str, str]]
    checks: Sequence[Mapping[str, Any]]
    left_out: Sequence[str]


class _Interval(msgspec.Struct, frozen=True):
    mean: float | None
    low: float | None
    high: float | None


class _Figure(msgspec.Struct, frozen=True):
    mean: _Interval
    lowest: float | None
    highest: float | None


class _Group(msgspec.Struct, frozen=True):
    gender: str | None
    ethnicity: str | None
    total: bool
    tried: int | None
    passed: _Interval | None
    figures: dict[str, _Interval]
    passed_in_colour: _Interval | None = None
    still_original: _Interval | None = None


class _Stratum(msgspec.Struct, frozen=True):
    label: str
    tried: int | None
    passed: _Interval | None
    samples: int
    still_original: _Interval | None


class _Check(msgspec.Struct, frozen=True):
    promise: str
    broken: int


class _Threshold(msgspec.Struct, frozen=True):
    eer: float | None
    tar_at_1e2: float | None
    tar_at_1e3: float | None


class _Dataset(msgspec.Struct, frozen=True):
    rows: str = ""


class _Judge(msgspec.Struct, frozen=True):
    independent: bool
    verified: _Interval | None = None
    still_original: _Interval | None = None


class _Audit(msgspec.Struct, frozen=True):
    dataset: _Dataset
    samples: int
    figures: dict[str, _Figure]
    groups: list[_Group]
    checks: list[_Check]
    left_out: list[str]
    thresholds: list[_Threshold] = []
    verified: _Interval | None = None  # of the swaps tried
    still_original: _Interval | None = None  # of the samples
    strata: list[_Stratum] = []
    judge: _Judge | None = None


def read_audit(dataset: Published) -> AuditSummary | None:
    """The audit in the dataset's folder; None where there is none of these very rows."""
    try:
        data = (dataset.root / AUDIT).read_bytes()
        audit = msgspec.json.decode(data, type=_Audit)
    except (OSError, msgspec.MsgspecError):
        return None
    if audit.dataset.rows != rows_digest(dataset.files):
        return None
    return _summary(audit)


def _summary(audit: _Audit) -> AuditSummary:
    return {
        "samples": audit.samples,
        "figures": [
            {
                "name": name.replace("_", " "),
                "mean": _number(figure.mean.mean),
                "interval": f"{_number(figure.mean.low)} to {_number(figure.mean.high)}",
                "lowest": _number(figure.lowest),
                "highest": _number(figure.highest),
            }
            for name in _MEASURED
            if (figure := audit.figures.get(name)) is not None
        ],
        "verification": _verification(audit),
        "groups": [
            {
                "label": _label(group),
                "tried": "unknown" if group.tried is None else str(group.tried),
                "passed": _share(group.passed),
                "in_colour": _share(group.passed_in_colour),
                "similarity": _number(getattr(group.figures.get("similarity"), "mean", None)),
                "still_original": _share(group.still_original),
            }
            for group in audit.groups
        ],
        "in_colour": any(group.passed_in_colour is not None for group in audit.groups),
        "strata": [
            {
                "label": stratum.label,
                "tried": "unknown" if stratum.tried is None else str(stratum.tried),
                "passed": _share(stratum.passed),
                "samples": str(stratum.samples),
                "still_original": _share(stratum.still_original),
            }
            for stratum in audit.strata
        ],
        "checks": [{"promise": each.promise, "broken": each.broken} for each in audit.checks],
        "left_out": audit.left_out,
    }


def _label(group: _Group) -> str:
    if group.total:
        return f"{group.gender}, all" if group.gender else "all"
    return f"{group.gender or 'unknown'}, {group.ethnicity or 'unknown'}"


def _verification(audit: _Audit) -> list[dict[str, str]]:
    """How well the recogniser tells people apart, and what it says of the swaps."""
    rows: list[dict[str, str]] = []
    if audit.thresholds:
        overall = audit.thresholds[0]
        for question, value in (
            ("equal error rate of the recogniser on the portraits", overall.eer),
            ("its true accept rate at FAR 1e-2", overall.tar_at_1e2),
            ("its true accept rate at FAR 1e-3", overall.tar_at_1e3),
        ):
            if value is not None:
                rows.append({"question": question, "answer": f"{value:.1%}"})
    for question, share in (
        ("all swaps tried that it takes for the new person, at the recipe's FAR", audit.verified),
        ("samples that it takes for the original person too", audit.still_original),
    ):
        if share is not None:
            rows.append({"question": question, "answer": _share(share)})
    if audit.judge is not None:
        who = "an independent recogniser" if audit.judge.independent else "the same recogniser"
        for question, share in (
            (f"samples that {who} takes for the new person", audit.judge.verified),
            (f"samples that {who} takes for the original person", audit.judge.still_original),
        ):
            if share is not None:
                rows.append({"question": question, "answer": _share(share)})
    return rows


def _share(interval: _Interval | None) -> str:
    if interval is None or interval.mean is None:
        return "unknown"
    if interval.low is None or interval.high is None:
        return f"{interval.mean:.1%}"
    return f"{interval.mean:.1%} ({interval.low:.1%} to {interval.high:.1%})"


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3f}"
