"""Terms of a dataset's materials: shown by `build`, acknowledged before anything is exported."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from cocopfs.engine.commit import commit_bytes
from cocopfs.errors import UsageError
from cocopfs.sources.origin import VGGFACE2, Origin

TERMS = "private/terms.json"
FREE = {"Apache-2.0", "MIT", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "CC BY 4.0"}
_VGGFACE2 = (
    "VGGFace2 shows real people who were not asked. It was published for research; the rights in "
    "the portraits are their owners', and the laws on biometric data of where you are apply to you."
)


@dataclass(frozen=True, slots=True)
class Term:
    """What somebody who hands a dataset on has to have read. `subject`: of what."""

    subject: str
    text: str

    @property
    def digest(self) -> str:
        """Changes with what is told, and then it must be read again."""
        return hashlib.sha256(f"{self.subject}\0{self.text}".encode()).hexdigest()


class _Accepted(msgspec.Struct, frozen=True):
    date: str
    terms: tuple[str, ...]  # digests


def terms_of(
    gallery: Origin, pack_name: str, files: Iterable[tuple[str, str | None]]
) -> list[Term]:
    """The terms of a gallery and of a pack's networks; none of what is free or invented.

    files: role and licence of each network, null where nothing tells it.
    """
    terms = []
    if gallery == VGGFACE2:
        terms.append(Term(f"VGGFace2, {gallery.url}", _VGGFACE2))
    bound: dict[str, list[str]] = {}
    for role, licence in files:
        if licence not in FREE:
            bound.setdefault(licence or "", []).append(role)
    for licence, roles in sorted(bound.items()):
        subject = f"the pack {pack_name}: {', '.join(sorted(roles))}"
        told = f"Their licence is: {licence}." if licence else _UNKNOWN
        terms.append(Term(subject, told))
    return terms


_UNKNOWN = (
    "Nothing in the pack tells their licence. The networks of insightface's model zoo and those "
    "made from them are for non-commercial research only; where they came from tells what holds."
)


def terms_of_dataset(facts: Mapping[str, Any]) -> list[Term]:
    """The terms of a built dataset, by its manifest."""
    gallery = msgspec.convert(facts["sources"]["gallery"]["origin"], Origin)
    files = facts["pack"]["files"].items()
    return terms_of(gallery, facts["pack"]["name"], ((role, f["licence"]) for role, f in files))


def open_terms(out: Path, facts: Mapping[str, Any]) -> list[Term]:
    """The terms that nobody has acknowledged for this dataset yet."""
    try:
        data = (out / TERMS).read_bytes()
        accepted = set(msgspec.json.decode(data, type=_Accepted).terms)
    except (OSError, msgspec.MsgspecError):
        accepted = set()
    return [term for term in terms_of_dataset(facts) if term.digest not in accepted]


def accept_terms(out: Path, facts: Mapping[str, Any], date: str) -> list[Term]:
    """Note in `private/` that the dataset's terms were acknowledged; which ones."""
    terms = terms_of_dataset(facts)
    told = _Accepted(date, tuple(term.digest for term in terms))
    commit_bytes(out / TERMS, msgspec.json.encode(told) + b"\n")
    return terms


def require_handing_on(out: Path, facts: Mapping[str, Any]) -> None:
    """Raises UsageError where a dataset may not be exported yet: terms that nobody acknowledged,
    or real people in a gallery of one's own without a word of their consent."""
    left = open_terms(out, facts)
    if left:
        raise UsageError(
            f"the terms of {'; '.join(term.subject for term in left)} were not acknowledged",
            expected="somebody who has read them",
            hint=f"cocopfs models accept {out}",
        )
    consent = facts["sources"]["gallery"].get("consent")
    if consent is not None and consent["open"]:
        raise UsageError(
            f"{consent['open']} identities of the gallery have no line in consent.csv",
            expected="a line for each: identity, basis, date (see docs/own-identities.md)",
            hint="write it into the gallery's folder, then give the build's command again",
        )
