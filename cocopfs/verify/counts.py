"""Whether the dataset's files say what its manifest says of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from math import fsum, isclose
from typing import Any

import numpy as np

from cocopfs.records import Figures, ItemKind
from cocopfs.verify.contents import DATA_NAME
from cocopfs.verify.evidence import Evidence
from cocopfs.verify.finding import Check, Finding, check, not_tried

_MANIFEST = "manifest.json"


def counts_match(evidence: Evidence) -> list[Check]:
    """Rows, photographs, identities, rejections, figures: counted again."""
    promises = (
        "manifest.json describes itself, and names its files in order",
        "the rows are as many as manifest.json says, and their figures",
        "every photograph is in the dataset or among the rejections",
    )
    checks = [check(promises[0], len(evidence.dataset.files), _itself(evidence))]
    if not evidence.contents.whole:
        why = "files below data/ are damaged"
        return [*checks, not_tried(promises[1], why), not_tried(promises[2], why)]
    rows = len(evidence.contents.samples)
    part = (
        "figures and caption forms are told of the whole dataset" if _left_out(evidence) else None
    )
    checks.append(check(promises[1], rows, _rows(evidence), part))
    if evidence.rejections is None:
        return [*checks, not_tried(promises[2], "rejections.parquet cannot be read")]
    return [*checks, check(promises[2], evidence.dataset.manifest.photos.read, _account(evidence))]


def _itself(evidence: Evidence) -> Iterator[Finding]:
    manifest = evidence.dataset.manifest
    if evidence.recipe is not None and evidence.recipe.digest != manifest.recipe_digest:
        yield Finding(_MANIFEST, "recipe_digest is not the digest of its recipe")
    numbers: dict[str, list[int]] = {}
    totals: dict[str, set[int]] = {}
    for file in evidence.dataset.files:
        named = DATA_NAME.fullmatch(file.name)
        if named is None:
            yield Finding(file.name, "is not called as a file of the dataset")
            continue
        numbers.setdefault(named[1], []).append(int(named[2]))
        totals.setdefault(named[1], set()).add(int(named[3]))
    for split, found in sorted(numbers.items()):
        if found != list(range(len(found))) or totals[split] != {len(found)}:
            yield Finding(f"data/{split}-*", f"{len(found)} files, not numbered through")
        if split not in manifest.splits:
            yield Finding(_MANIFEST, f"lists files of {split}, which is none of its splits")


def _rows(evidence: Evidence) -> Iterator[Finding]:
    manifest, samples = evidence.dataset.manifest, evidence.contents.samples
    splits = np.array([name or "" for name in samples.texts("split")], object)
    photos = np.array(samples.table["coco_image_id"].to_pylist(), object)
    people = np.array([name or "" for name in samples.texts("identity")], object)
    files = Counter(
        named[1] for file in evidence.dataset.files if (named := DATA_NAME.fullmatch(file.name))
    )
    for split in sorted({*manifest.splits, *splits}):
        here = splits == split
        found = {
            "rows": int(here.sum()),
            "photos": len(set(photos[here])),
            "identities": len(set(people[here])),
            "shards": files[split],
        }
        said = manifest.splits.get(split, {})
        yield from _differing(f"splits.{split}", {k: said.get(k, 0) for k in found}, found)
    kept = {"photos": len(set(photos)) + _left_out(evidence)}
    yield from _differing("kept", {"photos": manifest.photos.kept}, kept)
    if not _left_out(evidence):
        yield from _figures(evidence)


def _figures(evidence: Evidence) -> Iterator[Finding]:
    manifest, samples = evidence.dataset.manifest, evidence.contents.samples
    forms = dict(evidence.contents.tally.forms)
    yield from _differing("caption_forms", manifest.caption_forms, forms)
    for name in Figures.__dataclass_fields__:
        values = samples.values(name)
        known = values[~np.isnan(values)]
        told = manifest.figures.get(name)
        if not known.size or told is None:
            if known.size or told is not None:
                yield Finding(_MANIFEST, f"figures.{name} is there, or the column, but not both")
            continue
        found_figures = {
            "mean": fsum(known) / known.size,
            "lowest": float(known.min()),
            "highest": float(known.max()),
        }
        yield from _differing(f"figures.{name}", told, found_figures)


def _account(evidence: Evidence) -> Iterator[Finding]:
    manifest, rejections = evidence.dataset.manifest, evidence.rejections or ()
    reasons: dict[str, Counter[str]] = {}
    for row in rejections:
        reasons.setdefault(row.kind, Counter())[row.reason] += 1
    for kind in sorted({*reasons, *manifest.rejections}):
        found = {str(reason): count for reason, count in reasons.get(kind, Counter()).items()}
        yield from _differing(f"rejections.{kind}", manifest.rejections.get(kind, {}), found)
    photos = {str(photo) for photo in evidence.contents.samples.table["coco_image_id"].to_pylist()}
    refused = {row.item for row in rejections if row.kind is ItemKind.PHOTO}
    for item in sorted(photos & refused):
        yield Finding(f"photo {item}", "is in the dataset and among the rejections")
    here = len(photos) + _left_out(evidence)
    if here + len(refused) != manifest.photos.read:
        yield Finding(
            "rejections.parquet",
            f"{here} photographs are in the dataset and {len(refused)} were left out, "
            f"of {manifest.photos.read} that were read",
        )
    samples = {name or "" for name in evidence.contents.samples.texts("sample_id")}
    for item in sorted(samples & {row.item for row in rejections if row.kind is ItemKind.SAMPLE}):
        yield Finding(f"sample {item}", "is in the dataset and among the rejections")


def _left_out(evidence: Evidence) -> int:
    """Photographs of the dataset that an export of what may be handed on does not hold."""
    return sum(each.photos for each in evidence.dataset.manifest.redistributable)


def _differing(where: str, said: dict[str, Any], found: dict[str, Any]) -> Iterator[Finding]:
    for name in sorted({*said, *found}):
        one, other = said.get(name, 0), found.get(name, 0)
        if one != other and not isclose(one, other, rel_tol=1e-9, abs_tol=1e-12):
            yield Finding(_MANIFEST, f"{where}.{name} is {one}, the files say {other}")
