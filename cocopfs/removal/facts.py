"""The manifest of what is left, from the rows that are left; what made them stays as it was."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields
from math import fsum
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from cocopfs.captions.enrich import enrich
from cocopfs.captions.template import CaptionTemplate, load_template
from cocopfs.engine.fingerprint import digest
from cocopfs.errors import UsageError
from cocopfs.faces.roles import Role
from cocopfs.publish.tombstones import Removals, changes_of
from cocopfs.recipe import Recipe
from cocopfs.records import (
    Caption,
    CaptionForm,
    Figures,
    Gender,
    Identity,
    ItemKind,
    Reason,
    Rejection,
)
from cocopfs.removal.published import read_columns, split_of
from cocopfs.stages.manifest import gate_rows
from cocopfs.stages.naming import Naming

_FIGURES = tuple(field.name for field in fields(Figures))
_LICENCE = ("licence", "licence_name", "licence_url")
_COLUMNS = [
    "coco_image_id",
    "identity",
    "gender",
    "name",
    "captions",
    "caption_forms",
    *_LICENCE,
    *_FIGURES,
]


def facts_after(
    out: Path,
    facts: Mapping[str, Any],
    files: Iterable[str],
    people: Sequence[Identity],
    rejections: Sequence[Rejection],
    removals: Removals,
    naming: Naming,
) -> dict[str, Any]:
    """The facts of the manifest `facts` as they are after a removal.

    files: the data files that are left. people, rejections: those that are left. The digests under
    "stages" and those of COCO are still the build's: they tell what the rows were made of.
    """
    left = _Left(facts)
    for name in files:
        left.add(out, name)
    portraits = [
        [portrait.portrait_id, portrait.file_digest]
        for row in people
        for portrait in (*row.sources, row.reference)
    ]
    gallery = facts["sources"]["gallery"] | {
        "enrolled_portraits": len(portraits),
        "enrolled_digest": digest(portraits),
    }
    reasons: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rejections:
        reasons[row.kind][row.reason] += 1
    return {
        **facts,
        **changes_of(removals),
        "recipe": _in_order(facts["recipe"], Recipe),
        "pack": facts["pack"] | {"files": _by_role(facts["pack"]["files"])},
        "sources": facts["sources"] | {"gallery": gallery},
        "photos": _account(facts["photos"]["read"], len(left.photos)),
        "identities": _account(facts["identities"]["read"], len(people)),
        "splits": left.splits(),
        "licences": left.licences(),
        "rejections": {kind: dict(found) for kind, found in reasons.items()},
        "figures": left.figures(),
        "gate": _gate(left, people, rejections, naming),
        "prefix_reasons": dict(left.reasons) if left.reasons_known else facts["prefix_reasons"],
        "caption_forms": dict(left.forms),
    }


def _in_order(values: Mapping[str, Any], model: type[BaseModel]) -> dict[str, Any]:
    """A recipe as a build has it: a manifest's fields are sorted by name, which reads badly on the
    card. Fields that this version does not know come last."""
    known = [name for name in model.model_fields if name in values]
    ordered = {name: values[name] for name in (*known, *values)}
    for name in known:
        part = model.model_fields[name].annotation
        if isinstance(part, type) and issubclass(part, BaseModel):
            ordered[name] = _in_order(values[name], part)
    return ordered


def _by_role(files: Mapping[str, Any]) -> dict[str, Any]:
    return {str(role): files[role] for role in (*Role, *files) if role in files}


def _account(read: int, kept: int) -> dict[str, int]:
    return {"read": read, "kept": kept, "rejected": read - kept}


class _Left:
    """What the rows that are left add up to, a file at a time."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        self.photos: set[int] = set()
        self.per_split: dict[str, list[tuple[int, str]]] = defaultdict(list)
        self.shards: Counter[str] = Counter()
        self.forms: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self._values: dict[str, list[float]] = defaultdict(list)
        self._licences: dict[tuple[int, str, str], set[int]] = defaultdict(set)
        self._seed = facts["recipe"]["seed"]
        self._template: CaptionTemplate | None = None
        with suppress(UsageError):  # a file of somebody's own that is not at hand
            self._template = load_template(facts["recipe"]["caption"]["template"])

    @property
    def reasons_known(self) -> bool:
        return self._template is not None

    def add(self, out: Path, name: str) -> None:
        split = split_of(name)
        self.shards[split] += 1
        table = read_columns(out, name, _COLUMNS)
        for figure in _FIGURES:
            found = table[figure].drop_null().to_pylist()
            self._values[figure].extend(float(value) for value in found)
        for row in table.select(_COLUMNS[: -len(_FIGURES)]).to_pylist():
            self.photos.add(row["coco_image_id"])
            self.per_split[split].append((row["coco_image_id"], row["identity"]))
            licence = (row["licence"], row["licence_name"], row["licence_url"])
            self._licences[licence].add(row["coco_image_id"])
            self.forms.update(row["caption_forms"])
            self._count_reasons(row)

    def _count_reasons(self, row: Mapping[str, Any]) -> None:
        """They are in no column, but the caption decides them."""
        if self._template is None:
            return
        gender = Gender(row["gender"]) if row["gender"] else None
        for text, form in zip(row["captions"], row["caption_forms"], strict=True):
            if form == CaptionForm.PREFIX:
                caption = Caption(0, text)
                reason = enrich(caption, row["name"], self._template, self._seed, gender).reason
                self.reasons.update([str(reason)] if reason else [])

    def splits(self) -> dict[str, dict[str, int]]:
        return {
            split: {
                "rows": len(rows),
                "photos": len({photo for photo, _ in rows}),
                "identities": len({identity for _, identity in rows}),
                "shards": self.shards[split],
            }
            for split, rows in self.per_split.items()
        }

    def licences(self) -> list[dict[str, Any]]:
        return [
            {"id": licence, "name": name, "url": url, "photos": len(photos)}
            for (licence, name, url), photos in sorted(
                self._licences.items(), key=lambda item: item[0][0]
            )
        ]

    def figures(self) -> dict[str, dict[str, float]]:
        return {
            name: {"mean": fsum(found) / len(found), "lowest": min(found), "highest": max(found)}
            for name, found in self._values.items()
            if found
        }


def _gate(
    left: _Left, people: Sequence[Identity], rejections: Sequence[Rejection], naming: Naming
) -> list[dict[str, Any]]:
    """As a build counts it: swaps that came to `judge`, by the group of their identity."""
    groups = {naming.identity(row.class_id): (row.gender, row.ethnicity) for row in people}
    counted: dict[Any, Counter[Reason | None]] = defaultdict(Counter)
    for rows in left.per_split.values():
        for _, identity in rows:
            counted[groups[identity]][None] += 1
    for row in rejections:
        if row.kind is ItemKind.SAMPLE and row.stage == "judge":
            counted[groups[row.item.split("_", maxsplit=1)[1]]][row.reason] += 1
    return gate_rows(counted)
