"""The tables of the baseline, for the page and the terminal alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from cocopfs.audit.bootstrap import Interval
from cocopfs.audit.wording import UNKNOWN, percent
from cocopfs.baseline.published import ENTITY_ONLY, IN_CONTEXT
from cocopfs.baseline.results import EntityMethod, Method, Results
from cocopfs.baseline.retrieval import RECALLS


@dataclass(frozen=True, slots=True)
class Line:
    label: str
    cells: tuple[str, ...]
    note: str = ""
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Content:
    """A table: its headings, the first of them over the labels, and its lines."""

    head: tuple[str, ...]
    rows: tuple[Line, ...]


def methods_table(found: Iterable[Method], first: str = "method") -> Content:
    rows = list(found)
    to_text = any(row.image_to_text for row in rows)
    head = [first, "id@5", *(f"t2i R@{k}" for k in RECALLS)]
    head += [f"i2t R@{k}" for k in RECALLS] if to_text else []
    return Content(
        tuple(head),
        tuple(
            Line(
                row.label,
                (
                    _share(row.pick),
                    *(_share(row.text_to_image.get(k)) for k in RECALLS),
                    *(_share(row.image_to_text.get(k)) for k in (RECALLS if to_text else ())),
                ),
                row.note,
                row.key == "id-clip",
            )
            for row in rows
        ),
    )


def short_methods_table(found: Iterable[Method]) -> Content:
    """As `methods_table`, as wide as a terminal: intervals of id@5 alone."""
    return Content(
        ("method; R@k: t2i", "id@5 [95 %]", *(f"R@{k}" for k in RECALLS)),
        tuple(
            Line(
                row.label,
                (
                    _share(row.pick),
                    *(percent(row.text_to_image[k].mean) for k in RECALLS),
                ),
                strong=row.key == "id-clip",
            )
            for row in found
        ),
    )


def seeds_table(results: Results) -> Content:
    """What each training gave, and how far they lie apart (standard deviation, n - 1)."""
    return Content(
        ("method", "id@5, mean ± sd", "of each seed", "t2i R@1, mean ± sd", "of each seed"),
        tuple(
            Line(
                row.label,
                (*_spread(row.pick_of_seeds), *_spread(row.first_of_seeds)),
                strong=row.key == "id-clip",
            )
            for row in results.methods
            if row.pick_of_seeds
        ),
    )


def differences_table(results: Results) -> Content:
    return Content(
        ("", "id@5", "t2i R@1"),
        tuple(
            Line(row.label, (_points(row.pick), _points(row.first))) for row in results.differences
        ),
    )


def controls_table(results: Results) -> Content:
    return Content(
        ("control", "found", "in a sound dataset"),
        tuple(
            Line(row.label, (_share(row.found), row.expected), row.note) for row in results.controls
        ),
    )


def entities_table(found: Iterable[EntityMethod]) -> Content:
    return Content(
        ("method", *(f"kmin-R@{k}" for k in RECALLS), "mAP@10", "mAP@10, reference's"),
        tuple(
            Line(
                row.label,
                (
                    *(_share(row.kmin.get(k)) for k in RECALLS),
                    _share(row.average_precision),
                    _share(row.average_precision_reference),
                ),
                strong=row.key == "id-clip",
            )
            for row in found
        ),
    )


def transfer_table(results: Results) -> Content:
    within = any(row.text_to_image for row in results.transfer)
    head = ["method", *(f"kmin-R@{k}" for k in RECALLS), "mAP@10"]
    head += [f"t2i R@{k}" for k in RECALLS] if within else []
    return Content(
        tuple(head),
        tuple(
            Line(
                row.label,
                (
                    *(_share(row.kmin.get(k)) for k in RECALLS),
                    _share(row.average_precision),
                    *(_share(row.text_to_image.get(k)) for k in (RECALLS if within else ())),
                ),
            )
            for row in results.transfer
        ),
    )


def short_transfer_table(results: Results) -> Content:
    """As `transfer_table`, as wide as a terminal: means alone."""
    return Content(
        ("outside photos", f"kmin-R@{RECALLS[0]}", *(f"R@{k}" for k in RECALLS[1:]), "mAP@10")
        + (("t2i R@1",) if any(row.text_to_image for row in results.transfer) else ()),
        tuple(
            Line(
                row.label,
                (
                    *(percent(row.kmin[k].mean) for k in RECALLS),
                    percent(row.average_precision.mean),
                    *(percent(found.mean) for k, found in row.text_to_image.items() if k == 1),
                ),
            )
            for row in results.transfer
        ),
    )


def groups_table(results: Results) -> Content:
    keys = list(dict.fromkeys(key for group in results.groups for key in group.picks))
    labels = {row.key: row.label for row in results.methods}
    return Content(
        ("rows by", "rows", *(labels.get(key, key) for key in keys)),
        tuple(
            Line(
                f"{group.by}: {group.label}",
                (f"{group.rows}", *(_share(group.picks.get(key)) for key in keys)),
            )
            for group in results.groups
        ),
    )


def splits_table(results: Results) -> Content:
    kinds = ("rows", "photos", "identities")
    return Content(
        ("split", *kinds),
        tuple(
            Line(split, tuple(f"{counts[kind]:,}" for kind in kinds))
            for split, counts in results.counts.items()
        ),
    )


def published_tables() -> dict[str, Content]:
    """The reference's own figures, in the columns of this run's."""
    return {
        "in_context": Content(
            ("published", f"t2i R@{RECALLS[0]}", *(f"R@{k}" for k in RECALLS[1:])),
            tuple(
                Line(f"{row.query}, {prompts}", tuple(f"{value:.1f}%" for value in values))
                for row in IN_CONTEXT
                for prompts, values in (("no VPT", row.clip_pad), ("VPT 5", row.id_clip))
            ),
        ),
        "entities": Content(
            (
                "published",
                f"kmin-R@{RECALLS[0]}",
                *(f"R@{k}" for k in RECALLS[1:]),
                "mAP@10, reference's",
            ),
            tuple(
                Line(
                    row.method,
                    tuple(f"{value:.1f}%" for value in (*row.kmin, row.average_precision)),
                )
                for row in ENTITY_ONLY
            ),
        ),
    }


def _share(found: Interval | None) -> str:
    """A share, and its interval in brackets without another two signs for per cent."""
    if found is None:
        return UNKNOWN
    if found.low is None or found.high is None:
        return percent(found.mean)
    return f"{percent(found.mean)} [{100 * found.low:.1f}, {100 * found.high:.1f}]"


def _spread(found: Sequence[float]) -> tuple[str, str]:
    mean = percent(fmean(found))
    each = ", ".join(percent(value) for value in found)
    return (f"{mean} ± {100 * stdev(found):.1f}" if len(found) > 1 else mean), each


def _points(found: Interval) -> str:
    """A difference of shares, in points of a hundred, with its sign."""
    if found.mean is None:
        return UNKNOWN
    if found.low is None or found.high is None:
        return f"{100 * found.mean:+.1f}"
    return f"{100 * found.mean:+.1f} [{100 * found.low:+.1f}, {100 * found.high:+.1f}]"
