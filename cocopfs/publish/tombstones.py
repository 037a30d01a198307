"""Who was taken out of a dataset: keyed hashes, which tell nobody who asked without their key."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from cocopfs.engine.commit import commit_bytes
from cocopfs.errors import UsageError
from cocopfs.publish.standing import Standing
from cocopfs.records import ItemKind, Reason, Rejection

TOMBSTONES = "private/tombstones.json"
KEY = "private/tombstones.key"
CHANGELOG = "CHANGELOG.md"
_KEY_BYTES = 32
_SHOWN = 16  # digits of a mark in rejections.parquet


class Change(msgspec.Struct, frozen=True):
    """A removal as everybody may know it: an entry of the dataset's changelog."""

    version: int
    date: str  # YYYY-MM-DD
    identities: int
    photos: int
    rows: int  # that left the dataset


class Removals(msgspec.Struct, frozen=True):
    """`private/tombstones.json`. `identities`, `photos` and `names` are marks: keyed hashes of ids
    (class ids, and published ids where those are pseudonyms), COCO image ids and names.

    accounted_identities, accounted_photos: marks of those that the dataset knew, as members or as
    rejections, so that its account still adds up. standing: what the others keep; null before
    somebody left a finished dataset. purge: a removal with `--purge` was begun and has not ended.
    """

    identities: tuple[str, ...] = ()
    photos: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    accounted_identities: tuple[str, ...] = ()
    accounted_photos: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    standing: Standing | None = None
    purge: bool = False

    @property
    def version(self) -> int:
        """The dataset's: 1, and one more for each removal that changed it."""
        return 1 + len(self.changes)


@dataclass(frozen=True, slots=True)
class Tombstones:
    """Tells of an id or a name whether it was taken out; without a key, of nobody."""

    key: bytes = b""
    identities: frozenset[str] = frozenset()
    photos: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()

    def identity(self, class_id: str, name: str | None = None) -> bool:
        """Whether an identity was taken out, by its id or by its name."""
        if self.identities and self.mark("identity", class_id) in self.identities:
            return True
        if name is None or not self.names:
            return False
        return self.mark("name", plain_name(name)) in self.names

    def photo(self, photo_id: int | str) -> bool:
        return bool(self.photos) and self.mark("photo", str(photo_id)) in self.photos

    def mark(self, what: str, value: str) -> str:
        """64 hex digits: HMAC-SHA256 of what it is and the value."""
        return hmac.digest(self.key, f"{what}\0{value}".encode(), hashlib.sha256).hex()


NOBODY = Tombstones()


def plain_name(name: str) -> str:
    """One form for "Zélia_Duncan", " Zélia Duncan" and "ZÉLIA DUNCAN"."""
    text = unicodedata.normalize("NFC", name.replace("_", " ")).casefold()
    return " ".join(text.split())


def read_removals(out: Path) -> Removals | None:
    """What was taken out of a dataset; null where nothing ever was.

    Raises UsageError for a broken file: going on without it would bring people back.
    """
    path = out / TOMBSTONES
    try:
        return msgspec.json.decode(path.read_bytes(), type=Removals)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, msgspec.MsgspecError) as error:
        raise UsageError(
            f"{path} cannot be read: {error}",
            expected="the file that `cocopfs remove` wrote",
            hint="bring it back from a copy: without it, people who were taken out would come back",
        ) from error


def tombstones_of(out: Path, removals: Removals | None) -> Tombstones:
    """The removals of that dataset with their key. Raises UsageError where the key is gone."""
    if removals is None or not (removals.identities or removals.photos or removals.names):
        return NOBODY
    return Tombstones(
        read_key(out),
        frozenset(removals.identities),
        frozenset(removals.photos),
        frozenset(removals.names),
    )


def read_key(out: Path) -> bytes:
    path = out / KEY
    try:
        key = bytes.fromhex(path.read_text("ascii").strip())
    except (OSError, ValueError) as error:
        raise UsageError(
            f"the key of the tombstones, {path}, is gone or broken",
            expected=f"{2 * _KEY_BYTES} hexadecimal digits",
            hint="bring it back from a copy: without it nobody can tell who was taken out",
        ) from error
    if len(key) < _KEY_BYTES:
        raise UsageError(f"the key in {path} has {len(key)} bytes", expected=f"{_KEY_BYTES}")
    return key


def keep_key(out: Path) -> bytes:
    """The key of a dataset's tombstones, drawn at the first removal."""
    path = out / KEY
    if path.is_file() or (out / TOMBSTONES).is_file():
        return read_key(out)
    key = secrets.token_bytes(_KEY_BYTES)
    commit_bytes(path, f"{key.hex()}\n".encode())
    path.chmod(0o600)
    return key


def write_removals(out: Path, removals: Removals) -> None:
    commit_bytes(out / TOMBSTONES, msgspec.json.encode(removals) + b"\n")


def removed_rows(identities: Iterable[str], photos: Iterable[str]) -> list[Rejection]:
    """What `rejections.parquet` says of those who were taken out, given their marks: that they
    were, not who."""
    return [
        *_rows(ItemKind.IDENTITY, "enroll", identities),
        *_rows(ItemKind.PHOTO, "select", photos),
    ]


def changes_of(removals: Removals | None) -> dict[str, Any]:
    """The part of a manifest that tells of removals: the dataset's version and its changes."""
    changes = removals.changes if removals is not None else ()
    return {"dataset_version": 1 + len(changes), "changes": msgspec.to_builtins(changes)}


def _rows(kind: ItemKind, stage: str, marks: Iterable[str]) -> list[Rejection]:
    return [
        Rejection(kind, mark[:_SHOWN], stage, Reason.REMOVED, "taken out of the dataset")
        for mark in marks
    ]


def changelog(changes: Iterable[Mapping[str, Any]]) -> str:
    """The dataset's `CHANGELOG.md`, the newest version first; `changes` as in a manifest."""
    lines = ["# Changes of this dataset", ""]
    for change in described_changes(changes):
        lines += [
            f"## Version {change['version']}, {change['date']}",
            "",
            f"{change['text']} All other rows are as they were. "
            "Whoever has a copy of an earlier version should replace it by this one.",
            "",
        ]
    lines += ["## Version 1", "", "The dataset as it was built.", ""]
    return "\n".join(lines)


def described_changes(changes: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each change with its `text`, the newest first."""
    return [
        {"version": change.version, "date": change.date, "text": _described(change)}
        for change in reversed(msgspec.convert(list(changes), list[Change]))
    ]


def _described(change: Change) -> str:
    who = _counted(change.identities, "identity", "identities")
    which = _counted(change.photos, "photograph", "photographs")
    taken = " and ".join(part for part in (who, which) if part) or "nobody who had a row"
    rows = _counted(change.rows, "row", "rows") or "no row"
    return f"{taken} left the dataset on request, with {rows}."


def _counted(count: int, one: str, several: str) -> str:
    return "" if count == 0 else f"{count} {one if count == 1 else several}"
