"""Invented names for identities: the same key and identity give the same name."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cocopfs.captions.template import NAMES_FILE
from cocopfs.errors import UsageError
from cocopfs.records import Gender

_DRAWS = 1000  # in vain so often only where the names run out


def pseudonyms(
    identities: Mapping[str, Gender | None], key: bytes, taken: Collection[str]
) -> dict[str, str]:
    """A name of its own for every identity, by class id.

    The given name agrees with the gender; for none, it serves both. No pseudonym is one of `taken`
    (accents and case do not count), so nobody in the gallery is named by mistake. HMAC-SHA256 of
    the class id draws, so that without the key nobody gets from a pseudonym to its class id by
    trying all. Of two identities that draw the same name, the later in the order of class ids
    draws again.
    key: at least 16 bytes. Raises UsageError for a short key or where the names run out.
    """
    if len(key) < 16:
        raise UsageError(f"the key has {len(key)} bytes", expected="at least 16")
    names = _names(NAMES_FILE)
    used = {_plain(name) for name in taken}
    found = {}
    for class_id in sorted(identities):
        name = _first_free(class_id, names.given(identities[class_id]), names, key, used)
        used.add(_plain(name))
        found[class_id] = name
    return found


def _first_free(
    class_id: str, given: tuple[str, ...], names: Names, key: bytes, used: set[str]
) -> str:
    for attempt in range(_DRAWS):
        digest = hmac.digest(key, f"pseudonym\0{class_id}\0{attempt}".encode(), hashlib.sha256)
        first, start, end = (int.from_bytes(digest[i : i + 8]) for i in (0, 8, 16))
        surname = (
            names.surname_starts[start % len(names.surname_starts)]
            + names.surname_ends[end % len(names.surname_ends)]
        )
        name = f"{given[first % len(given)]} {surname}"
        if _plain(name) not in used:
            return name
    raise UsageError(
        f"no name is left for identity {class_id}",
        expected=f"more names in {NAMES_FILE}, or fewer identities",
    )


def _plain(name: str) -> str:
    """ "Zélia_Duncan" and "zelia duncan" are one name."""
    letters = unicodedata.normalize("NFKD", name.replace("_", " ")).casefold()
    return " ".join("".join(c for c in letters if not unicodedata.combining(c)).split())


# --- the lists ------------------------------------------------------------------------------------


class Names(BaseModel):
    """See `templates/captions/names.yaml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    female: tuple[str, ...] = Field(min_length=1)
    male: tuple[str, ...] = Field(min_length=1)
    either: tuple[str, ...] = Field(min_length=1)
    surname_starts: tuple[str, ...] = Field(min_length=1)
    surname_ends: tuple[str, ...] = Field(min_length=1)

    def given(self, gender: Gender | None) -> tuple[str, ...]:
        if gender is None:
            return self.either
        return self.female if gender is Gender.FEMALE else self.male


@cache
def _names(path: Path) -> Names:
    try:
        return Names.model_validate(yaml.safe_load(path.read_text("utf-8")))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise UsageError(f"the list of names {path} cannot be used: {error}") from error
