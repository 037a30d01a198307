"""Which photographs may be handed on in changed form by anybody, for any use."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any

import pyarrow.parquet as pq

from cocopfs.publish.dataset import Published
from cocopfs.publish.front_matter import free_licence
from cocopfs.publish.terms import FREE
from cocopfs.records import Sample, Split

_CREATIVE_COMMONS = re.compile(
    r"https?://(?:www\.)?creativecommons\.org/(?:licenses/([a-z-]+)|publicdomain/)", re.IGNORECASE
)
# What COCO says of photographs without a Creative Commons licence.
_NO_RIGHTS = re.compile(
    r"https?://(?:www\.)?(?:flickr\.com/commons/usage|usa\.gov/)", re.IGNORECASE
)


class Refusal(StrEnum):
    """Why a photograph stays out of a redistributable export; the first that applies."""

    NO_DERIVATIVES = "NoDerivs"
    NON_COMMERCIAL = "NonCommercial"
    UNKNOWN = "unknown licence"


def refusal(licence_url: str) -> Refusal | None:
    """Why a photograph under that licence is left out; None where it may be handed on.

    Told by the licence's address, for ids and names differ from file to file. BY and BY-SA stay
    in: what is made of a BY-SA photograph is to be handed on under BY-SA, with attribution. An
    address that is not known says nothing, and then nothing is allowed.
    """
    found = _CREATIVE_COMMONS.match(licence_url)
    if found is None:
        return None if _NO_RIGHTS.match(licence_url) else Refusal.UNKNOWN
    terms = set((found[1] or "").lower().split("-"))
    if "nd" in terms:
        return Refusal.NO_DERIVATIVES
    return Refusal.NON_COMMERCIAL if "nc" in terms else None


def redistributable_part(dataset: Published) -> Published:
    """The dataset's rows whose photographs may be handed on, as a dataset. Its facts count those
    rows, and tell under "redistributable" what was left out, by reason: rows and photographs.
    (Figures, the gate and the rejections are still the whole dataset's.)

    All rows count where nobody is real and one free licence holds for everything: the photographs'
    licences are then invented like the rest, and no reason to leave anything out.
    Counted from a few columns; no picture is read.
    """
    if free_licence(dataset.facts) in FREE:
        return replace(dataset, facts={**dataset.facts, "redistributable": []})
    left: dict[Split, list[tuple[int, str]]] = {}
    licences: dict[tuple[int, str, str], set[int]] = defaultdict(set)
    rows_out: Counter[Refusal] = Counter()
    photos_out: dict[Refusal, set[int]] = defaultdict(set)
    for split in dataset.splits:
        kept = left.setdefault(split, [])
        for photo, identity, licence in _rows(dataset, split):
            why = refusal(licence[2])
            if why is None:
                kept.append((photo, identity))
                licences[licence].add(photo)
            else:
                rows_out[why] += 1
                photos_out[why].add(photo)
    facts = {
        **dataset.facts,
        "splits": {
            str(split): {
                **dataset.facts["splits"][split],
                "rows": len(rows),
                "photos": len({photo for photo, _ in rows}),
                "identities": len({identity for _, identity in rows}),
            }
            for split, rows in left.items()
            if rows
        },
        "licences": [
            {"id": number, "name": name, "url": url, "photos": len(photos)}
            for (number, name, url), photos in sorted(licences.items())
        ],
        "redistributable": [
            {"reason": str(why), "rows": count, "photos": len(photos_out[why])}
            for why, count in sorted(rows_out.items())
        ],
    }
    return replace(dataset, facts=facts, keeps=_may_go)


def _may_go(row: Sample) -> bool:
    return refusal(row.licence_url) is None


def left_out(facts: Mapping[str, Any]) -> str | None:
    """In one sentence what `redistributable_part` left out; None for a dataset that is whole."""
    found = facts.get("redistributable")
    if found is None:
        return None
    if not found:
        return "only photographs that may be handed on: all of them may"
    told = ", ".join(
        f"{each['photos']} ({each['rows']} rows) for {each['reason']}" for each in found
    )
    return f"only photographs that may be handed on; left out: {told}"


def _rows(dataset: Published, split: Split) -> Iterable[tuple[int, str, tuple[int, str, str]]]:
    columns = ["coco_image_id", "identity", "licence", "licence_name", "licence_url"]
    for name in dataset.data(split):
        table = pq.read_table(dataset.path(name), columns=columns, partitioning=None)
        for row in table.to_pylist():
            licence = (row["licence"], row["licence_name"], row["licence_url"])
            yield row["coco_image_id"], row["identity"], licence
