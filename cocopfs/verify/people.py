"""Whom the dataset shows: the published rows against `private/`, and nothing of it outside."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from cocopfs.audit.materials import portraits_of
from cocopfs.records import Identity
from cocopfs.verify.evidence import IDENTITIES, Evidence
from cocopfs.verify.finding import Check, Finding, check, not_tried

_COLUMNS = ("sample_id", "identity", "name", "source_portrait", "reference_portrait")
_TELLING = 5  # letters from which on an id found in a text is no chance


def gallery_agrees(evidence: Evidence) -> list[Check]:
    """Identity, portraits, gender and name of each row are those that were enrolled."""
    promise = "identities and portraits are those of private/"
    if evidence.identities is None:
        return [not_tried(promise, f"{IDENTITIES} is not there, or is no list of identities")]
    if evidence.naming is None:
        return [not_tried(promise, "private/pseudonyms.key is not there")]
    rows = len(evidence.contents.samples)
    return [check(promise, rows, _disagreeing(evidence, evidence.identities))]


def _disagreeing(evidence: Evidence, identities: Sequence[Identity]) -> Iterator[Finding]:
    naming = evidence.naming
    assert naming is not None
    enrolled = {naming.identity(row.class_id): row for row in identities}
    for row in identities:
        sources = {portrait.portrait_id for portrait in row.sources}
        if row.reference.portrait_id in sources:
            yield Finding(f"identity {row.class_id}", "its reference is one of its sources")
    samples = evidence.contents.samples
    columns = (*_COLUMNS, "gender", "ethnicity")
    for sample_id, identity, name, source, reference, gender, ethnicity in zip(
        *(samples.texts(column) for column in columns), strict=True
    ):
        person = enrolled.get(identity or "")
        if person is None:
            yield Finding(str(sample_id), f"identity {identity!r} is not in {IDENTITIES}")
            continue
        sources = {naming.portrait(portrait.portrait_id) for portrait in person.sources}
        if source not in sources:
            yield Finding(str(sample_id), f"{source!r} is no source of its identity")
        if reference != naming.portrait(person.reference.portrait_id):
            yield Finding(str(sample_id), f"{reference!r} is not the reference of its identity")
        if (gender, ethnicity) != (person.gender, person.ethnicity):
            yield Finding(str(sample_id), f"{gender}, {ethnicity} are not its identity's")
        if naming.key is None and name != person.name:
            yield Finding(str(sample_id), f"its name is {name!r}, its identity's {person.name!r}")


def no_real_id_published(evidence: Evidence) -> list[Check]:
    """With pseudonyms: no class id, name or portrait of `private/` in what is published.

    Rows are compared column by column. The other files are searched for class ids and portraits of
    five letters or more and for names of two words or more: shorter ones turn up by chance.
    """
    promise = "nothing published tells who the identities are"
    if not evidence.dataset.pseudonymous:
        return []
    if evidence.identities is None:
        return [not_tried(promise, f"{IDENTITIES} is not there, or is no list of identities")]
    others = [
        name
        for name in evidence.dataset.manifest.files
        if not name.startswith(("data/", "private/"))
    ]
    tried = len(evidence.contents.samples) + len(others) + 1
    return [check(promise, tried, _telling(evidence, evidence.identities, others))]


def _telling(
    evidence: Evidence, identities: Sequence[Identity], others: Sequence[str]
) -> Iterator[Finding]:
    secret = {row.class_id for row in identities} | {row.name for row in identities}
    secret |= {portrait.portrait_id for row in identities for portrait in portraits_of(row)}
    samples = evidence.contents.samples
    sample_ids = samples.texts("sample_id")
    for column in _COLUMNS:
        for sample_id, value in zip(sample_ids, samples.texts(column), strict=True):
            text = (value or "").partition("_")[2] if column == "sample_id" else value
            folder = (text or "").split("/")[0]
            if text in secret or folder in secret:
                yield Finding(str(sample_id), f"{column} is {value!r}")
    words = [
        word
        for word in sorted(secret, key=len, reverse=True)
        if len(word) >= _TELLING and (" " in word or any(map(str.isdigit, word)) or "/" in word)
    ]
    if not words:
        return
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, words))})(?!\w)")
    for name in ("manifest.json", *others):
        try:
            text = _text(evidence, name)
        except OSError:
            continue  # told as a damaged file
        if found := pattern.search(text):
            yield Finding(name, f"says {found[0]!r}")


def _text(evidence: Evidence, name: str) -> str:
    """A file's text; a table's is all its cells'."""
    if name == "rejections.parquet":
        rows = evidence.rejections or ()
        return "\n".join(f"{row.item}\n{row.detail}" for row in rows)
    return (evidence.dataset.root / name).read_text("utf-8", errors="replace")
