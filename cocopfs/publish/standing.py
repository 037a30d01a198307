"""What the others keep when somebody is taken out: pairings, thresholds, pseudonyms, files.

A build without the person would match, calibrate and name everybody anew, and change rows of people
who had nothing to do with it. So a removal notes what stood, and later builds of the same making
keep it; the person's own data is needed for none of that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from cocopfs.records import Reason, Threshold

# What decides who is photographed, enrolled and matched.
_PARTS = ("seed", "select", "describe", "enroll", "match", "calibrate")
_ROLES = ("detector", "recogniser", "gender", "ethnicity", "age")


class StandingPhoto(msgspec.Struct, frozen=True, array_like=True):
    """A photograph that was matched: its identities that are left, as numbers in
    `Standing.identities`, and how many of its swaps left after `judge` had seen them, how many of
    those as good ones. `reason` and `detail`: why `match` gave it nobody."""

    photo_id: int
    identities: tuple[int, ...]
    judged: int = 0
    good: int = 0
    reason: str = ""
    detail: str = ""


class Standing(msgspec.Struct, frozen=True):
    """identities: class ids, sorted. names: their pseudonyms, by class id; empty for real names.
    files: rows of each data file by split. made_by: see `making`. needed: identities that a photo
    had to get, `judge.min_identities` then; 1 before `match` asked for them."""

    made_by: dict[str, Any]
    identities: tuple[str, ...]
    photos: tuple[StandingPhoto, ...]
    thresholds: tuple[Threshold, ...]
    names: dict[str, str]
    files: dict[str, tuple[int, ...]]
    needed: int = 1

    def holds_for(self, made_by: Mapping[str, Any], needed: int) -> bool:
        """Whether a build of that making, whose photos need so many identities, may keep the
        pairings. Settings that were not known when they were noted do not count. Where fewer are
        needed now, photos that were refused for that have no pairings to keep; where more are,
        `judge` sees to it."""
        noted = {key: value for key, value in self.made_by.items() if key != "calibrate"}
        refused = any(photo.reason == Reason.TOO_FEW_IDENTITIES for photo in self.photos)
        if refused and needed < self.needed:
            return False
        return _within(noted, made_by) and _age_floors(noted) == _age_floors(made_by)


@dataclass(frozen=True, slots=True)
class Vacancy:
    """Swaps of a photograph that left with somebody: so many had come to `judge`, and so many of
    these were good."""

    photo_id: int
    judged: int
    good: int


def making(
    recipe: Mapping[str, Any], pack_files: Mapping[str, str], limit: int | None
) -> dict[str, Any]:
    """What photographs, identities, pairings and thresholds hang on.

    recipe: as plain JSON values. pack_files: sha256 by role. limit: photographs looked at.
    """
    return {
        **{part: recipe[part] for part in _PARTS},
        "models": {role: pack_files[role] for role in _ROLES if role in pack_files},
        "limit": limit,
    }


def vacancies(standing: Standing) -> dict[int, Vacancy]:
    """By photograph; those that lost nobody are not in it."""
    return {
        photo.photo_id: Vacancy(photo.photo_id, photo.judged, photo.good)
        for photo in standing.photos
        if photo.judged
    }


def file_sizes(standing: Standing | None, split: str, rows: int, most: int) -> list[int]:
    """Rows of each data file of a split: as they stood, where that adds up; else `most` each."""
    sizes = list(standing.files.get(split, ())) if standing is not None else []
    if sizes and sum(sizes) == rows and max(sizes) <= most:
        return sizes
    return [min(most, rows - start) for start in range(0, rows, most)]


def same_people(standing: Standing, class_ids: Iterable[str]) -> bool:
    return list(standing.identities) == sorted(class_ids)


def _age_floors(made_by: Mapping[str, Any]) -> list[int | None]:
    """A recipe tells them only where it has them, so that one more is no unknown setting."""
    return [made_by[part].get("min_age") for part in ("select", "enroll")]


def _within(noted: Any, now: Any) -> bool:
    if isinstance(noted, Mapping) and isinstance(now, Mapping):
        return all(_within(value, now.get(key)) for key, value in noted.items())
    return bool(noted == now)
