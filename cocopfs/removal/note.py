"""What stands at the moment of a removal, read off the published folder alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cocopfs.publish.standing import Standing, StandingPhoto, making
from cocopfs.publish.tombstones import Tombstones
from cocopfs.quality.calibration import calibrate
from cocopfs.records import Identity, ItemKind, Reason, Rejection
from cocopfs.removal.published import Row, read_columns, split_of
from cocopfs.stages.naming import Naming


@dataclass
class _Photo:
    people: list[str] = field(default_factory=list)
    judged: int = 0
    good: int = 0
    reason: str = ""
    detail: str = ""


def note_standing(
    out: Path,
    facts: Mapping[str, Any],
    people: Sequence[Identity],
    rows: Mapping[str, Sequence[Row]],
    rejections: Sequence[Rejection],
    tombstones: Tombstones,
    naming: Naming,
    before: Standing | None,
) -> Standing:
    """What the others keep.

    people, rows (by data file) and rejections are those before the removal; tombstones, those after
    it; before: what stood at the last removal, if there was one.
    """
    made_by = making(
        facts["recipe"],
        {role: entry["sha256"] for role, entry in facts["pack"]["files"].items()},
        facts["sources"]["coco"]["limit"],
    )
    if before is not None and before.made_by != made_by:
        before = None  # the dataset was built anew since, by other rules
    class_ids = {naming.identity(row.class_id): row.class_id for row in people}
    photos: dict[int, _Photo] = defaultdict(_Photo)
    _remember(photos, before)
    for row in (row for file in rows.values() for row in file):
        _pair(photos[row.photo_id], row.identity, class_ids, tombstones, judged=True, good=True)
    for rejection in rejections:
        if rejection.kind is ItemKind.SAMPLE:
            photo_id, identity = rejection.item.split("_", maxsplit=1)
            good = rejection.reason is Reason.CONTEXT_INCOMPLETE
            judged = rejection.stage == "judge"
            photo = photos[int(photo_id)]
            _pair(photo, identity, class_ids, tombstones, judged=judged, good=good)
        elif _unmatched(rejection):
            photo = photos[int(rejection.item)]
            photo.reason, photo.detail = rejection.reason, rejection.detail
    left = tuple(sorted(row.class_id for row in people if not _is_gone(row, tombstones)))
    number = {class_id: place for place, class_id in enumerate(left)}
    far = facts["recipe"]["calibrate"]["far"]
    return Standing(
        made_by=made_by,
        identities=left,
        photos=tuple(
            StandingPhoto(
                photo_id,
                tuple(sorted(number[class_id] for class_id in photo.people)),
                photo.judged,
                photo.good,
                photo.reason,
                photo.detail,
            )
            for photo_id, photo in sorted(photos.items())
            if not tombstones.photo(photo_id)
        ),
        thresholds=before.thresholds if before is not None else tuple(calibrate(people, far)),
        names=_pseudonyms(out, rows, class_ids, tombstones) if naming.key is not None else {},
        files=_files(rows, tombstones),
        needed=facts["recipe"]["judge"]["min_identities"],
    )


def _unmatched(row: Rejection) -> bool:
    photo = row.kind is ItemKind.PHOTO and row.stage == "match"
    return photo and row.reason is not Reason.REMOVED


def _remember(photos: dict[int, _Photo], before: Standing | None) -> None:
    """Those who left earlier are in no list any more."""
    for photo in before.photos if before is not None else ():
        photos[photo.photo_id] = _Photo(judged=photo.judged, good=photo.good)


def _pair(
    photo: _Photo,
    identity: str,
    class_ids: Mapping[str, str],
    tombstones: Tombstones,
    *,
    judged: bool,
    good: bool,
) -> None:
    if tombstones.identity(identity):
        photo.judged += judged
        photo.good += good
    else:
        photo.people.append(class_ids[identity])


def _is_gone(row: Identity, tombstones: Tombstones) -> bool:
    return tombstones.identity(row.class_id, row.name)


def _pseudonyms(
    out: Path,
    rows: Mapping[str, Sequence[Row]],
    class_ids: Mapping[str, str],
    tombstones: Tombstones,
) -> dict[str, str]:
    """The names under which the others went out, by class id."""
    names: dict[str, str] = {}
    for file in rows:
        table = read_columns(out, file, ["identity", "name"])
        names |= dict(zip(table["identity"].to_pylist(), table["name"].to_pylist(), strict=True))
    return {
        class_ids[identity]: name
        for identity, name in sorted(names.items())
        if not tombstones.identity(identity)
    }


def _files(rows: Mapping[str, Sequence[Row]], tombstones: Tombstones) -> dict[str, tuple[int, ...]]:
    """Rows of each data file after the removal, by split; a split without rows has no files."""
    sizes: dict[str, list[int]] = defaultdict(list)
    for name in sorted(rows):
        sizes[split_of(name)].append(sum(not row.gone(tombstones) for row in rows[name]))
    totals = Counter({split: sum(found) for split, found in sizes.items()})
    return {split: tuple(found) for split, found in sizes.items() if totals[split]}
