"""`cocopfs remove`: tombstones first, then the files, the manifest last.

Killed before the tombstones are written, the folder is the old dataset; from then on it has no
manifest (but for a moment) until it is the new one, and `finish` goes on from there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from cocopfs.engine.commit import commit_bytes, sweep_partials, sync_folder
from cocopfs.engine.lock import only_build
from cocopfs.errors import IncompleteError, UsageError
from cocopfs.publish.dataset import MANIFEST
from cocopfs.publish.folder import EMBEDDINGS, cards_of, encode_manifest, entry_of
from cocopfs.publish.tombstones import (
    Change,
    Removals,
    Tombstones,
    keep_key,
    read_removals,
    tombstones_of,
    write_removals,
)
from cocopfs.records import ItemKind, Rejection
from cocopfs.removal.facts import facts_after
from cocopfs.removal.note import note_standing
from cocopfs.removal.published import (
    IDENTITIES,
    REJECTIONS,
    Row,
    all_rows,
    enrolled,
    naming_of,
    rejections,
)
from cocopfs.removal.purge import UNFINISHED, leftovers, purge
from cocopfs.removal.request import Request, Subjects, find_subjects, with_tombstones
from cocopfs.removal.returned import find_returned
from cocopfs.removal.rewrite import (
    rewrite_data,
    rewrite_embeddings,
    rewrite_identities,
    rewrite_rejections,
)
from cocopfs.removal.traces import Needles, Trace, find_traces
from cocopfs.stages.naming import Naming
from cocopfs.stages.out_folder import make_writable, read_manifest, sweep


@dataclass(frozen=True, slots=True)
class Removed:
    """What a removal did. `left_behind`: what still may show them, where nothing was purged;
    `traces`: where they were found after a purge."""

    version: int
    rows: int
    identities: int
    photos: int
    files_written: int
    unknown_names: tuple[str, ...]
    purged: tuple[str, ...]
    left_behind: tuple[str, ...]
    traces: tuple[Trace, ...]


def remove(out: Path, request: Request, *, purge_too: bool, today: date) -> Removed:
    """Take identities and photographs out of a dataset, for good: later builds and exports of this
    folder leave them out. With `purge_too`, take away whatever else in the folder shows them, and
    search what is left.

    Raises UsageError where the folder holds no dataset, or the request names what it does not know.
    """
    if read_removals(out) is None and read_manifest(out) is None:
        raise UsageError(
            f"{out} holds no complete dataset",
            expected="a folder that `cocopfs build` has finished",
            hint=f"cocopfs build RECIPE --out {out} ... finishes it",
        )
    make_writable(out)
    with only_build(out / "work"):
        sweep(out)
        if not request:
            if not (purge_too or is_unfinished(out)):
                raise UsageError(
                    "nobody to remove was named", expected="--identity, --image or --names"
                )
            done = _finish(out, purge_too=purge_too)
            back = find_returned(out, tombstones_of(out, read_removals(out)))
            return replace(done, traces=tuple(back) if purge_too else ())
        if is_unfinished(out):
            _finish(out, purge_too=False)
        return _remove(out, request, purge_too=purge_too, today=today)


def is_unfinished(out: Path) -> bool:
    """Whether a removal was begun that has not reached the manifest: the folder then holds the old
    dataset, or an incomplete one, and may not be handed on. Cheap."""
    removals = read_removals(out)
    if removals is None:
        return False
    if (out / UNFINISHED).is_file():
        return True
    facts = read_manifest(out)
    if facts is None:
        return False  # a build that has not ended, which leaves them out by itself
    return int(facts.get("dataset_version", 1)) < removals.version or removals.purge


def finish(out: Path) -> bool:
    """Bring a removal to its end that was interrupted; False where there is none."""
    if not is_unfinished(out):
        return False
    make_writable(out)
    with only_build(out / "work"):
        sweep(out)
        _finish(out, purge_too=False)
    return True


def _remove(out: Path, request: Request, *, purge_too: bool, today: date) -> Removed:
    facts = _facts(out)
    before = read_removals(out) or Removals()
    naming = naming_of(out, facts)
    people, refused = enrolled(out), rejections(out)
    rows = dict(all_rows(out, facts))
    subjects = find_subjects(
        request, people, refused, rows, naming, tombstones_of(out, read_removals(out))
    )
    key = keep_key(out)
    after, tombstones = with_tombstones(before, key, subjects, naming)
    needles = Needles.of(subjects, naming, rows)
    identities, photos = _accounted(subjects, refused, rows, tombstones, before, naming)
    leaving = [row for file in rows.values() for row in file if row.gone(tombstones)]
    change = Change(
        version=before.version + 1,
        date=today.isoformat(),
        identities=len(identities),
        photos=len(photos),
        rows=len(leaving),
    )
    concerned = bool(leaving or identities or photos)
    if concerned:
        after = msgspec.structs.replace(
            after,
            accounted_identities=tuple(sorted({*before.accounted_identities, *identities})),
            accounted_photos=tuple(sorted({*before.accounted_photos, *photos})),
            changes=(*before.changes, change),
            standing=note_standing(
                out, facts, people, rows, refused, tombstones, naming, before.standing
            ),
        )
    after = msgspec.structs.replace(after, purge=before.purge or purge_too)
    write_removals(out, after)
    done = _finish(out, purge_too=purge_too)
    traces: list[Trace] = []
    if purge_too:
        traces = [*find_traces(out, needles), *find_returned(out, tombstones)]
    return Removed(
        version=after.version,
        rows=len(leaving),
        identities=len(identities),
        photos=len(photos),
        files_written=done.files_written,
        unknown_names=subjects.unknown_names,
        purged=done.purged,
        left_behind=done.left_behind,
        traces=tuple(dict.fromkeys(traces)),
    )


def _accounted(
    subjects: Subjects,
    refused: Sequence[Rejection],
    rows: Mapping[str, Sequence[Row]],
    tombstones: Tombstones,
    before: Removals,
    naming: Naming,
) -> tuple[list[str], list[str]]:
    """Marks of those subjects that the dataset's account has in it, and has not lost yet."""
    listed = {row.item for row in refused if row.kind is ItemKind.IDENTITY}
    there = {row.class_id for row in subjects.people}
    there |= {one for one in subjects.identities if naming.identity(one) in listed}
    identities = {tombstones.mark("identity", class_id) for class_id in there}
    read = {str(row.photo_id) for file in rows.values() for row in file}
    read |= {row.item for row in refused if row.kind is ItemKind.PHOTO}
    photos = {
        tombstones.mark("photo", str(photo)) for photo in subjects.photos if str(photo) in read
    }
    return (
        sorted(identities - set(before.accounted_identities)),
        sorted(photos - set(before.accounted_photos)),
    )


def _facts(out: Path) -> dict[str, Any]:
    facts = read_manifest(out)
    if facts is None:
        raise IncompleteError(
            f"the dataset in {out} is not complete", hint="cocopfs build with the same options"
        )
    return facts


def _finish(out: Path, *, purge_too: bool) -> Removed:
    """From the tombstones alone: whatever an earlier attempt has done already stays done."""
    removals = read_removals(out) or Removals()
    written, manifest = 0, None
    facts = read_manifest(out)
    if facts is None or int(facts.get("dataset_version", 1)) < removals.version:
        if facts is not None:
            (out / MANIFEST).replace(out / UNFINISHED)
            sync_folder(out)
        written, manifest = _rewrite(out, removals)
    purging = purge_too or removals.purge
    gone = purge(out) if purging else []
    if manifest is not None:
        commit_bytes(out / MANIFEST, manifest)
    (out / UNFINISHED).unlink(missing_ok=True)
    if removals.purge:
        write_removals(out, msgspec.structs.replace(removals, purge=False))
    left = () if purging else tuple(leftovers(out))
    return Removed(removals.version, 0, 0, 0, written, (), tuple(gone), left, ())


def _rewrite(out: Path, removals: Removals) -> tuple[int, bytes]:
    """All files without those who were taken out. How many data files were written, and the
    manifest to come."""
    before = _unfinished_facts(out)
    tombstones = tombstones_of(out, removals)
    sweep_partials(out / "data")
    naming = naming_of(out, before)
    files, left = rewrite_data(out, before, tombstones)
    written = sum(entry != before["files"][name] for name, entry in files.items())
    rows = [row for file in left.values() for row in file]
    files[REJECTIONS], refused = rewrite_rejections(out, removals, tombstones, rows)
    if EMBEDDINGS in before["files"]:
        files[EMBEDDINGS] = rewrite_embeddings(out, tombstones)
    files[IDENTITIES], people = rewrite_identities(out, tombstones)
    facts = facts_after(out, before, left, people, refused, removals, naming)
    del facts["files"]
    cards = cards_of(facts, files)
    for path, content in cards.items():
        commit_bytes(out / path, content)
        files[path] = entry_of(content)
    return written, encode_manifest({**facts, "files": files})


def _unfinished_facts(out: Path) -> dict[str, Any]:
    try:
        data = (out / UNFINISHED).read_bytes()
        facts: dict[str, Any] = msgspec.json.decode(data, type=dict[str, Any])
    except (OSError, msgspec.MsgspecError) as error:
        raise IncompleteError(
            f"the dataset in {out} is not complete, and its manifest is gone",
            hint="cocopfs build with the same options makes it again, without those who left",
        ) from error
    return facts
