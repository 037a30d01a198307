"""The tables of an audit, as texts for people."""

from __future__ import annotations

from typing import Any

import numpy as np

from cocopfs.audit.examine import Audit, Summary
from cocopfs.audit.figures import describe
from cocopfs.audit.groups import Group, label_of
from cocopfs.audit.ratings import Agreement
from cocopfs.audit.wording import UNKNOWN, bounded, number, with_interval
from cocopfs.records import Threshold

_MOST_USED = 8


def figure_row(name: str, row: Summary) -> dict[str, str]:
    figure = describe(name)
    limit = "" if row.limit is None else f"{'min' if figure.bad == 'low' else 'max'} {row.limit:g}"
    spread = ("median", "p5", "p95", "lowest", "highest")
    return {
        "label": f"{figure.label}, {figure.unit}" if figure.unit else figure.label,
        "meaning": figure.meaning,
        "n": f"{row.mean.n:,}",
        "mean": with_interval(row.mean, figure.decimals, share=figure.flag),
        "limit": limit,
        **{
            key: "" if figure.flag else number(getattr(row, key), figure.decimals) for key in spread
        },
    }


def group_row(group: Group) -> dict[str, Any]:
    def decided(name: str) -> str:
        return with_interval(group.figures.get(name))

    return {
        "label": group.label,
        "total": group.total,
        "enrolled": UNKNOWN if group.enrolled is None else f"{group.enrolled:,}",
        "used": f"{group.used:,}",
        "tried": UNKNOWN if group.tried is None else f"{group.tried:,}",
        "samples": f"{group.samples:,}",
        "passed": with_interval(group.passed, share=True),
        "verified": with_interval(group.verified, share=True),
        "similarity": decided("similarity"),
        "residual": decided("residual_similarity"),
        "margin": decided("margin"),
    }


def opinion_tables(audit: Audit) -> list[dict[str, Any]]:
    found = [("the recogniser that drives the swaps", audit.driver)]
    if audit.judge is not None:
        found.append(("the judge", audit.judge))
    return [
        {
            "who": who,
            "rows": [
                _threshold_row(row, overall=place == 0)
                for place, row in enumerate(opinion.thresholds)
            ],
        }
        for who, opinion in found
        if opinion.thresholds
    ]


def _threshold_row(row: Threshold, *, overall: bool) -> dict[str, Any]:
    tar2 = row.tar_at_1e2, row.tar_at_1e2_low, row.tar_at_1e2_high
    tar3 = row.tar_at_1e3, row.tar_at_1e3_low, row.tar_at_1e3_high
    threshold = bounded(row.threshold, row.threshold_low, row.threshold_high, 3)
    if row.threshold is None and row.far_bound is not None:
        threshold = f"above {number(row.impostor_highest)}: FAR < {row.far_bound:.2g}"
    return {
        "label": "all" if overall else label_of(row.gender, row.ethnicity),
        "total": overall,
        "identities": f"{row.identities:,}",
        "genuine": f"{row.genuine_pairs:,} ({number(row.genuine_mean, 2)})",
        "impostor": f"{row.impostor_pairs:,} ({number(row.impostor_mean, 2)})",
        "eer": bounded(row.eer, row.eer_low, row.eer_high, share=True),
        "tar2": bounded(*tar2, share=True),
        "tar3": bounded(*tar3, share=True),
        "threshold": threshold,
    }


def judge_facts(audit: Audit) -> dict[str, Any] | None:
    if audit.judgement is None or audit.judge is None:
        return None
    labels = {
        "judge_similarity": "similarity to the source",
        "judge_residual_similarity": "similarity to the original",
        "judge_margin": "margin",
        "judge_reference_similarity": "similarity to the reference portrait",
        "judge_retrieved": "retrieved: nearest of all sources",
    }
    rows = [
        (label, with_interval(found, 3, share=name == "judge_retrieved"))
        for name, label in labels.items()
        if (found := audit.judge_figures.get(name)) is not None
    ]
    if audit.judge.verified is not None:
        rows.append(
            (f"verified at FAR {audit.far:g}", with_interval(audit.judge.verified, share=True))
        )
    return {
        "name": audit.judgement.name,
        "sha256": audit.judgement.sha256,
        "independent": audit.judgement.independent,
        "rows": rows,
    }


def usage_facts(audit: Audit) -> dict[str, Any]:
    counts = audit.usage
    used = [count for count in counts.values() if count]
    names = dict(zip(audit.samples.texts("identity"), audit.samples.texts("name"), strict=True))
    most = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_MOST_USED]
    return {
        "identities": f"{len(counts):,}",
        "unused": f"{len(counts) - len(used):,}",
        "mean": number(float(np.mean(used)), 1) if used else UNKNOWN,
        "most": [
            {"identity": identity, "name": names.get(identity) or "", "samples": count}
            for identity, count in most
            if count
        ],
        "splits": [
            {"name": split, **{key: f"{value:,}" for key, value in facts.items()}}
            for split, facts in audit.dataset.manifest.splits.items()
        ],
    }


def pack_facts(audit: Audit) -> dict[str, Any]:
    pack = audit.dataset.manifest.pack
    return {
        "name": pack.name,
        "digest": pack.digest,
        "files": [
            {"role": role, "sha256": file.sha256, "licence": file.licence or "unknown"}
            for role, file in pack.files.items()
        ],
    }


def rating_facts(audit: Audit) -> dict[str, Any] | None:
    ratings = audit.ratings
    if ratings is None:
        return None

    def agreed(found: Agreement | None) -> str:
        if found is None:
            return "one rater: no agreement to measure"
        kappa = "undefined, nobody varied" if found.kappa is None else f"{found.kappa:.2f}"
        return f"{found.kind}’s κ {kappa}, {found.raters} raters, {found.items} items"

    return {
        "raters": len(ratings.raters),
        "marks": ratings.marks,
        "unknown": ratings.unknown,
        "rates": [
            ("swaps marked “real”", with_interval(ratings.swaps_real, share=True)),
            ("originals marked “real”", with_interval(ratings.originals_real, share=True)),
            ("swaps marked “same person”", with_interval(ratings.swaps_same, share=True)),
            (
                "originals marked “same person”",
                with_interval(ratings.originals_same, share=True),
            ),
        ],
        "agreement": [
            ("real or fake", agreed(ratings.agreement_real)),
            ("same person", agreed(ratings.agreement_same)),
        ],
        "correlations": [
            {
                "label": describe(row.figure).label,
                "real": number(row.real, 2),
                "same": number(row.same, 2),
            }
            for row in ratings.correlations
            if row.real is not None or row.same is not None
        ],
        "swaps": ratings.correlations[0].swaps if ratings.correlations else 0,
    }
