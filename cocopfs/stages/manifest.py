"""What the dataset is, in one reproducible value."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from math import fsum
from typing import Any

import msgspec

import cocopfs
from cocopfs.engine.fingerprint import digest
from cocopfs.engine.stage import Stage
from cocopfs.engine.store import Upstream, output_digest
from cocopfs.publish.tombstones import Removals, changes_of
from cocopfs.recipe import Recipe
from cocopfs.records import (
    EnrichedCaptions,
    Ethnicity,
    Gender,
    Identity,
    ItemKind,
    Pairing,
    Photo,
    Reason,
    Rejection,
    Split,
    SwapSummary,
    Threshold,
    Verdict,
)
from cocopfs.sources.consent import needs_consent, read_consent
from cocopfs.sources.origin import photographs_origin
from cocopfs.stages.account import account, check_samples
from cocopfs.stages.enroll import gallery_index, gallery_origin
from cocopfs.stages.pipeline import Materials
from cocopfs.stages.select import index
from cocopfs.stages.stack import describe_stack


def build_manifest(
    recipe: Recipe,
    materials: Materials,
    stages: Sequence[Stage],
    upstream: Upstream,
    rejections: Sequence[Rejection],
    removals: Removals | None = None,
) -> dict[str, Any]:
    """All that made the dataset and what came of it: no times, no host, no absolute path. (The
    changelog has days.)

    Raises AccountError when a photo or an identity is in neither the dataset nor the rejections.
    """
    samples = list(upstream.read("judge", Verdict))
    check_samples(upstream, samples, rejections)
    facts = {
        "cocopfs": cocopfs.__version__,
        "recipe": recipe.model_dump(mode="json", exclude={"baseline"}),
        "recipe_digest": recipe.digest,
        "pack": {
            "name": materials.pack.name,
            "digest": materials.pack.digest,
            "files": {
                file.role: {"sha256": file.digest, "bytes": file.size, "licence": file.licence}
                for file in materials.pack.files
            },
        },
        "stack": describe_stack(recipe, materials, stages),
        "sources": _sources(recipe, materials, upstream),
        "stages": {
            name: {
                "items": stage.items,
                "rows": stage.rows,
                "rejections": stage.rejected,
                "digest": output_digest(stage),
            }
            for name, stage in upstream.stages.items()
        },
        **changes_of(removals),
        "photos": account(
            ItemKind.PHOTO,
            "select",
            upstream,
            {str(row.photo_id) for row in samples},
            rejections,
        ),
        "identities": account(
            ItemKind.IDENTITY,
            "enroll",
            upstream,
            {row.class_id for row in upstream.read("enroll", Identity)},
            rejections,
        ),
        "splits": _splits(upstream, samples),
        "licences": _licences(upstream, {row.photo_id for row in samples}),
        "rejections": _reasons(rejections),
        "figures": _figures(upstream, {row.sample_id for row in samples}),
        "swap_calls": _swap_calls(upstream),
        "gate": _gate(upstream, rejections),
        "thresholds": _thresholds(upstream),
        "prefix_reasons": dict(
            Counter(
                reason
                for row in upstream.read("caption", EnrichedCaptions)
                for reason in row.prefix_reasons
                if reason
            )
        ),
        "caption_forms": dict(
            Counter(
                form for row in upstream.read("caption", EnrichedCaptions) for form in row.forms
            )
        ),
    }
    plain: dict[str, Any] = msgspec.to_builtins(facts)
    return plain


def _sources(recipe: Recipe, materials: Materials, upstream: Upstream) -> dict[str, Any]:
    coco = index(materials.coco, recipe.select.subsets)
    gallery = gallery_index(materials.vggface2, recipe.enroll.portraits_per_identity)
    photos = [[row.item, row.file_digest] for row in upstream.read("select", Photo)]
    portraits = [
        [portrait.portrait_id, portrait.file_digest]
        for row in upstream.read("enroll", Identity)
        for portrait in (*row.sources, row.reference)
    ]
    origin = gallery_origin(materials.vggface2, gallery)
    consent = {}
    if needs_consent(origin):
        consent["consent"] = read_consent(
            materials.vggface2, (row.class_id for row in upstream.read("enroll", Identity))
        )
    return {
        "coco": {
            "origin": photographs_origin(materials.coco, (row.coco_url for row in coco.photos)),
            "annotations": dict(coco.annotation_files),
            "limit": materials.limit,
            "selected_photos": len(photos),
            "selected_digest": digest(photos),
        },
        "gallery": {
            "origin": origin,
            **consent,
            "list": list(gallery.list_file) if gallery.list_file else None,
            "enrolled_portraits": len(portraits),
            "enrolled_digest": digest(portraits),
        },
    }


def _splits(upstream: Upstream, samples: Sequence[Verdict]) -> dict[str, dict[str, int]]:
    split_of = {row.sample_id: row.split for row in upstream.read("match", Pairing)}
    by_split: dict[Split, list[Verdict]] = defaultdict(list)
    for sample in samples:
        by_split[split_of[sample.sample_id]].append(sample)
    files = Counter(shard.shard.split("-")[0] for shard in upstream.stages["write"].shards)
    return {
        split: {
            "rows": len(by_split[split]),
            "photos": len({row.photo_id for row in by_split[split]}),
            "identities": len({row.class_id for row in by_split[split]}),
            "shards": files[split],
        }
        for split in Split
        if by_split[split]
    }


def _licences(upstream: Upstream, published: set[int]) -> list[dict[str, Any]]:
    """How many of the published photographs are under which licence."""
    counts = Counter(
        row.licence for row in upstream.read("select", Photo) if row.photo_id in published
    )
    return [
        {"id": each.licence_id, "name": each.name, "url": each.url, "photos": photos}
        for each, photos in sorted(counts.items(), key=lambda item: item[0].licence_id)
    ]


def _reasons(rejections: Iterable[Rejection]) -> dict[str, dict[str, int]]:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for rejection in rejections:
        found[rejection.kind][rejection.reason] += 1
    return {kind: dict(reasons) for kind, reasons in found.items()}


def _gate(upstream: Upstream, rejections: Iterable[Rejection]) -> list[dict[str, Any]]:
    """How `judge` treated the identities of each gender × ethnicity, so that its own bias is seen:
    a row a group that had a swap, nulls first."""
    reasons = {
        row.item: row.reason
        for row in rejections
        if row.stage == "judge" and row.kind is ItemKind.SAMPLE
    }
    people = {
        row.class_id: (row.gender, row.ethnicity) for row in upstream.read("enroll", Identity)
    }
    groups: dict[tuple[Gender | None, Ethnicity | None], Counter[Reason | None]]
    groups = defaultdict(Counter)
    for swap in upstream.read("swap", SwapSummary):
        groups[people[swap.class_id]][reasons.get(swap.sample_id)] += 1
    return gate_rows(groups)


def gate_rows(
    groups: Mapping[tuple[Gender | None, Ethnicity | None], Counter[Reason | None]],
) -> list[dict[str, Any]]:
    """The manifest's rows of what became of each group's swaps: by reason, None for accepted."""
    return [
        {
            "gender": gender,
            "ethnicity": ethnicity,
            "judged": counts.total(),
            "accepted": counts[None],
            "rejected": {reason: count for reason, count in counts.items() if reason is not None},
        }
        for (gender, ethnicity), counts in sorted(
            groups.items(), key=lambda item: tuple(value or "" for value in item[0])
        )
    ]


def _thresholds(upstream: Upstream) -> list[dict[str, Any]]:
    """From which similarity on `judge` took a swap for its identity, a row a group, nulls first;
    null where the group has too few impostor pairs, and then similarity gated nothing."""
    told = ("gender", "ethnicity", "identities", "impostor_pairs", "far", "threshold")
    return [
        {name: getattr(row, name) for name in told}
        for row in sorted(
            upstream.read("calibrate", Threshold),
            key=lambda row: (row.gender or "", row.ethnicity or ""),
        )
    ]


def _swap_calls(upstream: Upstream) -> dict[str, int]:
    """How many swaps the network made in calls for many faces, and in calls for one: which of them
    it can is found out on the machine, and they may differ by the stack's tolerance."""
    batched = [row.batched for row in upstream.read("swap", SwapSummary)]
    return {"many_faces": batched.count(True), "one_face": batched.count(False)}


def _figures(upstream: Upstream, accepted: set[str]) -> dict[str, dict[str, float]]:
    """Mean, lowest and highest of every figure over the accepted swaps of which it was measured."""
    values: dict[str, list[float]] = defaultdict(list)
    for row in upstream.read("swap", SwapSummary):
        if row.sample_id in accepted:
            for name, value in asdict(row.figures).items():
                if value is not None:
                    values[name].append(float(value))
    return {
        name: {"mean": fsum(found) / len(found), "lowest": min(found), "highest": max(found)}
        for name, found in values.items()
    }
