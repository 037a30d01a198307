"""Whom a removal is about, and what of it the dataset holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from cocopfs.errors import UsageError
from cocopfs.publish.tombstones import Removals, Tombstones, plain_name
from cocopfs.records import Identity, ItemKind, Reason, Rejection
from cocopfs.removal.published import Row
from cocopfs.stages.naming import Naming

_MOST_BYTES = 10_000_000


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for. `identities` are class ids or published ids."""

    identities: tuple[str, ...] = ()
    images: tuple[int, ...] = ()
    names: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.identities or self.images or self.names)


@dataclass(frozen=True, slots=True)
class Subjects:
    """Whom the request means. `identities` are class ids, those of the names among them; `people`
    are the enrolled ones; `unknown_names` are in nobody's entry."""

    identities: tuple[str, ...]
    photos: tuple[int, ...]
    names: tuple[str, ...]
    people: tuple[Identity, ...]
    unknown_names: tuple[str, ...]


def read_names(path: Path) -> tuple[str, ...]:
    """The names of a file, one a line; empty lines and lines that begin with # do not count."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError(f"it has more than {_MOST_BYTES} bytes")
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, ValueError) as error:
        raise UsageError(
            f"--names {path} cannot be read: {error}", expected="UTF-8 text, a name a line"
        ) from error
    names = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    if not names:
        raise UsageError(f"--names {path} holds no name", expected="UTF-8 text, a name a line")
    return tuple(dict.fromkeys(names))


def find_subjects(
    request: Request,
    people: Sequence[Identity],
    rejections: Sequence[Rejection],
    rows: Mapping[str, Sequence[Row]],
    naming: Naming,
    tombstones: Tombstones,
) -> Subjects:
    """Whom the request means in a dataset.

    Raises UsageError for an id that neither the dataset nor its tombstones know: most likely a slip
    of the pen. A name that nobody has is no error: its bearer shall not come in later either.
    """
    by_id = {row.class_id: row for row in people}
    by_id |= {naming.identity(row.class_id): row for row in people}
    listed = {row.item for row in rejections if row.kind is ItemKind.IDENTITY}
    wanted: dict[str, None] = {}
    for identity in request.identities:
        if identity in by_id:
            wanted[by_id[identity].class_id] = None
        elif naming.identity(identity) in listed or tombstones.identity(identity):
            wanted[identity] = None
        elif identity in listed:
            raise UsageError(
                f"--identity {identity} was rejected at its enrolment, so its class id is in no "
                "file of the dataset",
                expected="its class id: the name of its folder in the gallery",
            )
        else:
            raise _unknown("--identity", identity, "class ids and published ids")
    photos = {row.photo_id for file in rows.values() for row in file}
    photos |= set(_photos_of(rejections))
    for image in request.images:
        if image not in photos and not tombstones.photo(image):
            raise _unknown("--image", str(image), "COCO image ids")
    asked = {plain_name(name) for name in request.names}
    found = [row for row in people if plain_name(row.name) in asked]
    wanted |= {row.class_id: None for row in found}
    known = {plain_name(row.name) for row in found}
    return Subjects(
        identities=tuple(wanted),
        photos=tuple(dict.fromkeys(request.images)),
        names=request.names,
        people=tuple(by_id[class_id] for class_id in wanted if class_id in by_id),
        unknown_names=tuple(name for name in request.names if plain_name(name) not in known),
    )


def with_tombstones(
    before: Removals, key: bytes, subjects: Subjects, naming: Naming
) -> tuple[Removals, Tombstones]:
    """The removals with the subjects among them. An identity is marked under its class id and
    under its published id, so that both are known again."""
    mark = Tombstones(key).mark
    ids = {one for each in subjects.identities for one in (each, naming.identity(each))}
    identities = {*before.identities, *(mark("identity", one) for one in ids)}
    photos = {*before.photos, *(mark("photo", str(photo)) for photo in subjects.photos)}
    names = {*before.names, *(mark("name", plain_name(name)) for name in subjects.names)}
    after = msgspec.structs.replace(
        before,
        identities=tuple(sorted(identities)),
        photos=tuple(sorted(photos)),
        names=tuple(sorted(names)),
    )
    stones = Tombstones(key, frozenset(identities), frozenset(photos), frozenset(names))
    return after, stones


def _photos_of(rejections: Iterable[Rejection]) -> Iterable[int]:
    for row in rejections:
        if row.kind is ItemKind.PHOTO and row.reason is not Reason.REMOVED:
            yield int(row.item)


def _unknown(option: str, value: str, expected: str) -> UsageError:
    return UsageError(
        f"{option} {value}: this dataset knows nothing of it",
        expected=f"{expected} of this dataset",
        hint="--names FILE also keeps people out who are not in the dataset yet",
    )
