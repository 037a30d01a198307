"""Promises of the dataset that can be checked on its rows alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from cocopfs.audit.samples import Samples


@dataclass(frozen=True, slots=True)
class Check:
    """A promise, and how many items break it; `shown` names the first of them."""

    promise: str
    broken: int
    shown: tuple[str, ...]


def check_samples(samples: Samples) -> list[Check]:
    """What must hold between the rows, whatever the recipe."""
    ids = [name or "" for name in samples.texts("sample_id")]
    splits = [name or "" for name in samples.texts("split")]
    photos = [str(number) for number in samples.table["coco_image_id"].to_pylist()]
    identities = [name or "" for name in samples.texts("identity")]
    sources = set(samples.texts("source_portrait")) - {None}
    references = set(samples.texts("reference_portrait")) - {None}
    return [
        _check("every sample id comes once", _repeated(ids)),
        _check(
            "no photograph gets an identity twice", _repeated(zip(photos, identities, strict=True))
        ),
        _check("no photograph is in two splits", _in_several(zip(photos, splits, strict=True))),
        _check("no identity is in two splits", _in_several(zip(identities, splits, strict=True))),
        _check("no reference portrait drives a swap", map(str, sources & references)),
        _check("gender is never crossed", _crossed(samples, ids)),
    ]


def _check(promise: str, broken: Iterable[object]) -> Check:
    found = sorted(str(item) for item in broken)
    return Check(promise, len(found), tuple(found[:5]))


def _repeated(items: Iterable[object]) -> set[object]:
    seen: set[object] = set()
    twice: set[object] = set()
    for item in items:
        (twice if item in seen else seen).add(item)
    return {" in ".join(reversed(item)) if isinstance(item, tuple) else item for item in twice}


def _in_several(pairs: Iterable[tuple[str, str]]) -> set[str]:
    homes: dict[str, set[str]] = defaultdict(set)
    for item, home in pairs:
        homes[item].add(home)
    return {item for item, found in homes.items() if len(found) > 1}


def _crossed(samples: Samples, ids: list[str]) -> set[str]:
    """Where both genders are known and the rule shares them, they are equal."""
    columns = (samples.texts(name) for name in ("gender", "original_gender", "match_rule"))
    return {
        sample_id
        for sample_id, gender, original, rule in zip(ids, *columns, strict=True)
        if gender and original and (rule or "").startswith("gender") and gender != original
    }
