"""The tables of an audit, as texts for people."""

from __future__ import annotations

from typing import Any

import numpy as np

from cocopfs.audit.examine import Audit
from cocopfs.audit.figures import describe
from cocopfs.audit.gate import reasons_of
from cocopfs.audit.groups import Group, label_of
from cocopfs.audit.ratings import Agreement
from cocopfs.audit.strata import Stratum
from cocopfs.audit.wording import UNKNOWN, bounded, limit_of, number, with_interval
from cocopfs.records import Threshold

_MOST_USED = 8


def figure_row(audit: Audit, name: str) -> dict[str, str]:
    figure, row = describe(name), audit.figures[name]
    spread = ("median", "p5", "p95", "lowest", "highest")
    return {
        "label": f"{figure.label}, {figure.unit}" if figure.unit else figure.label,
        "meaning": figure.meaning,
        "n": f"{row.mean.n:,}",
        "mean": with_interval(row.mean, figure.decimals, share=figure.flag),
        "tried": with_interval(row.tried, figure.decimals, share=figure.flag),
        "limit": limit_of(audit, name),
        **{
            key: "" if figure.flag else number(getattr(row, key), figure.decimals) for key in spread
        },
    }


def group_row(group: Group) -> dict[str, Any]:
    return {
        "label": group.label,
        "total": group.total,
        "enrolled": UNKNOWN if group.enrolled is None else f"{group.enrolled:,}",
        "used": f"{group.used:,}",
        "tried": UNKNOWN if group.tried is None else f"{group.tried:,}",
        "passed": with_interval(group.passed, share=True),
        "in_colour": with_interval(group.passed_in_colour, share=True),
        "verified": with_interval(group.verified, share=True),
        "tried_similarity": with_interval(group.tried_figures.get("similarity")),
        "samples": f"{group.samples:,}",
        "similarity": with_interval(group.figures.get("similarity")),
        "still_original": with_interval(group.still_original, share=True),
    }


def stratum_row(stratum: Stratum) -> dict[str, Any]:
    return {
        "label": stratum.label,
        "tried": UNKNOWN if stratum.tried is None else f"{stratum.tried:,}",
        "passed": with_interval(stratum.passed, share=True),
        "verified": with_interval(stratum.verified, share=True),
        "tried_similarity": with_interval(stratum.tried_similarity),
        "samples": f"{stratum.samples:,}",
        "similarity": with_interval(stratum.similarity),
        "still_original": with_interval(stratum.still_original, share=True),
    }


def failure_rows(audit: Audit) -> list[dict[str, str]] | None:
    """None where the swaps tried are not known."""
    if audit.failures is None:
        return None
    return [
        {
            "label": describe(row.figure).label,
            "limit": limit_of(audit, row.figure),
            "fails": f"{row.fails:,}",
            "only": f"{row.only:,}",
            "first": f"{row.first:,}",
        }
        for row in audit.failures
    ]


def refusal_table(audit: Audit) -> dict[str, Any] | None:
    """Reasons by group; None where the manifest counts no gate."""
    reasons = reasons_of(audit.refusals)
    if not audit.refusals:
        return None
    return {
        "reasons": [reason.replace("_", " ") for reason in reasons],
        "rows": [
            {
                "label": row.label,
                "kind": row.kind,
                "judged": f"{row.judged:,}",
                "accepted": f"{row.accepted:,}",
                "counts": [str(row.reasons.get(reason, 0) or "") for reason in reasons],
            }
            for row in audit.refusals
        ],
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
        "judge_verified": f"verified at FAR {audit.far:g}",
        "judge_still_original": "still verified as the original person",
    }
    shares = {"judge_retrieved", "judge_verified", "judge_still_original"}
    rows = [
        (label, with_interval(found, 3, share=name in shares))
        for name, label in labels.items()
        if (found := audit.judge_figures.get(name)) is not None
    ]
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
        "rated": ratings.items,
        "marks": ratings.marks,
        "unknown": ratings.unknown,
        "rates": [
            ("swaps marked “real”", with_interval(ratings.swaps_real, share=True)),
            ("originals marked “real”", with_interval(ratings.originals_real, share=True)),
            ("swaps “same”, own portrait (TAR)", with_interval(ratings.tar, share=True)),
            ("swaps “same”, foreign portrait (FAR)", with_interval(ratings.far, share=True)),
            ("d-prime of the two", with_interval(ratings.d_prime)),
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
        "own": ratings.correlations[0].own if ratings.correlations else 0,
    }
