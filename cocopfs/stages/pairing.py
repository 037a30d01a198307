"""Which identities a photograph gets: drawn by lot, every identity used equally often."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np
from numpy.typing import NDArray

from cocopfs.recipe import MatchPart
from cocopfs.records import (
    Gender,
    ItemKind,
    MatchIdentity,
    MatchPhoto,
    MatchRule,
    Pairing,
    Reason,
    Rejection,
    Split,
)
from cocopfs.stages.counted import counted
from cocopfs.stages.splits import (
    Stratum,
    identity_splits,
    lot,
    photo_split,
    require_distinct,
    stratum,
)

_STAGE = "match"


def pair(
    photos: Sequence[MatchPhoto],
    identities: Sequence[MatchIdentity],
    settings: MatchPart,
    seed: int,
    needed: int = 1,
) -> tuple[list[Pairing], list[Rejection]]:
    """Give each photo min(identities_per_photo, n) different identities of its own split and
    stratum, n being how many there are.

    needed: so many identities a photo must keep in the end (`judge.min_identities`, at most
    identities_per_photo). One that gets fewer can never be complete, and is rejected before
    anything is swapped for it. That is all photos of a split and stratum or none, since n is
    theirs, so nobody else's pairings depend on it.

    A stratum is what `settings.by` asks photo and identity to share; an identity that lacks one of
    these attributes is in none. Within a split and stratum the uses of two identities differ by at
    most one, and depend on nothing outside of it.

    With the fallback "gender", a photo whose stratum has too few gets the rest from the other
    identities of its gender and split, those used least so far first. Gender and split are never
    crossed.

    Every photo comes out once, in pairings (sorted by photo and class id) or in rejections (sorted
    by photo id). The same for any order of the input; no chance but that of sha256(seed, item).
    Raises ValueError when a photo id or a class id comes twice.
    """
    photos = sorted(photos, key=lambda photo: photo.photo_id)
    require_distinct([photo.photo_id for photo in photos])
    gallery = _index(identities, settings, seed)
    splits = {
        photo.photo_id: photo_split(photo.subset, photo.photo_id, settings.splits, seed)
        for photo in photos
    }
    in_order = sorted(photos, key=lambda photo: lot("photo", seed, photo.photo_id))
    known = [photo for photo in in_order if None not in stratum(photo, settings.by)]
    exact = _draw_exact(known, splits, gallery, settings, seed)
    others: dict[int, list[int]] = {}
    if "gender" in settings.fallback:
        others = _draw_fallback(known, splits, gallery, settings, seed, exact)
    rule = rule_of(settings)
    pairings, rejections = [], []
    for photo in photos:
        split = splits[photo.photo_id]
        drawn = [(number, rule) for number in exact.get(photo.photo_id, ())]
        drawn += [(number, MatchRule.GENDER) for number in others.get(photo.photo_id, ())]
        if len(drawn) < max(needed, 1):
            rejections.append(_rejection(photo, split, gallery, settings, needed if drawn else 0))
            continue
        for number, how in sorted(drawn):
            pairings.append(Pairing(photo.photo_id, gallery.ids[number], split, how))
    return pairings, rejections


@dataclass(frozen=True, slots=True)
class _Gallery:
    """The identities by number, in the order of their class ids, and where they may serve."""

    ids: list[str]
    by_split: dict[Split, list[int]]
    by_gender: dict[tuple[Split, Gender], list[int]]
    by_stratum: dict[tuple[Split, Stratum], list[int]]


def _index(identities: Sequence[MatchIdentity], settings: MatchPart, seed: int) -> _Gallery:
    ordered = sorted(identities, key=lambda identity: identity.class_id)
    splits = identity_splits(ordered, settings, seed)
    ids = [identity.class_id for identity in ordered]
    gallery = _Gallery(ids, defaultdict(list), defaultdict(list), defaultdict(list))
    for number, identity in enumerate(ordered):
        split = splits[identity.class_id]
        shared = stratum(identity, settings.by)
        gallery.by_split[split].append(number)
        if identity.gender is not None:
            gallery.by_gender[split, identity.gender].append(number)
        if None not in shared:
            gallery.by_stratum[split, shared].append(number)
    return gallery


def _draw_exact(
    photos: list[MatchPhoto],
    splits: dict[int, Split],
    gallery: _Gallery,
    settings: MatchPart,
    seed: int,
) -> dict[int, list[int]]:
    """Identities of the photos' own strata, by photo id. Photos come in the order of their lots."""
    groups: dict[tuple[Split, Stratum], list[int]] = defaultdict(list)
    for photo in photos:
        groups[splits[photo.photo_id], stratum(photo, settings.by)].append(photo.photo_id)
    drawn: dict[int, list[int]] = {}
    for key, group in groups.items():
        members = gallery.by_stratum.get(key, [])
        hands = _deal(members, gallery.ids, settings.identities_per_photo, len(group), seed)
        drawn |= zip(group, hands, strict=True)
    return drawn


def _deal(
    members: list[int], ids: list[str], wanted: int, times: int, seed: int
) -> Iterator[list[int]]:
    """`times` hands of min(wanted, n) different members each.

    Round after round all n members are dealt out, each round in an order of its own, so that at
    any time all have been dealt m or m + 1 times. A hand that a round's end cuts in two takes from
    the next round the first that it does not hold yet; the ones passed over stay in front. There
    are always enough: it holds h of them, so the new round has n - h others.
    """
    size = min(wanted, len(members))
    rounds = count()
    rest: list[int] = []
    for _ in range(times):
        hand, rest = rest[:size], rest[size:]
        if len(hand) < size:
            purpose = f"round {next(rounds)}"
            fresh = sorted(members, key=lambda one: lot(purpose, seed, ids[one]))
            taken = [one for one in fresh if one not in hand][: size - len(hand)]
            hand += taken
            rest = [one for one in fresh if one not in taken]
        yield hand


def _draw_fallback(
    photos: list[MatchPhoto],
    splits: dict[int, Split],
    gallery: _Gallery,
    settings: MatchPart,
    seed: int,
    exact: dict[int, list[int]],
) -> dict[int, list[int]]:
    """Identities of the photo's gender from outside its stratum, for photos that have too few.

    Photos come in the order of their lots; each takes the identities with the fewest uses of any
    kind so far, of equals those that come first in an order of the photo's own.
    """
    uses = np.zeros(len(gallery.ids), np.int64)
    np.add.at(uses, [number for hand in exact.values() for number in hand], 1)
    lots = np.array([_number(lot("identity", seed, one)) for one in gallery.ids], np.uint64)
    pools: dict[tuple[Split, Gender, Stratum], NDArray[np.int64]] = {}
    drawn: dict[int, list[int]] = {}
    for photo in photos:
        missing = settings.identities_per_photo - len(exact[photo.photo_id])
        if not missing or photo.gender is None:
            continue
        split, shared = splits[photo.photo_id], stratum(photo, settings.by)
        pool = pools.get((split, photo.gender, shared))
        if pool is None:
            same_gender = gallery.by_gender.get((split, photo.gender), [])
            pool = np.setdiff1d(same_gender, gallery.by_stratum.get((split, shared), []))
            pool = pools[split, photo.gender, shared] = pool.astype(np.int64)
        order = _shuffle(lots[pool], _number(lot("fallback", seed, photo.photo_id)))
        taken = _least(pool, uses[pool], order, missing)
        uses[taken] += 1
        drawn[photo.photo_id] = [int(number) for number in taken]
    return drawn


def _least(
    pool: NDArray[np.int64], uses: NDArray[np.int64], order: NDArray[np.uint64], wanted: int
) -> NDArray[np.int64]:
    """The `wanted` (or all) members of a pool with the fewest uses, of equals the first in order.

    Only those that tie for the last places are sorted: pools are large and photos many.
    """
    if len(pool) <= wanted:
        return pool
    most = np.partition(uses, wanted - 1)[wanted - 1]
    fewer = pool[uses < most]
    equal = np.flatnonzero(uses == most)
    places = wanted - len(fewer)
    if places < len(equal):
        equal = equal[np.argpartition(order[equal], places - 1)[:places]]
    return np.concatenate([fewer, pool[equal]])


def _shuffle(lots: NDArray[np.uint64], salt: int) -> NDArray[np.uint64]:
    """Other lots for the same items, by a salt: the finaliser of SplitMix64 (Steele, Lea and Flood
    2014), a bijection, as one sha256 for each photo and identity would take minutes."""
    mixed = lots ^ np.uint64(salt)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def _number(digest: bytes) -> int:
    return int.from_bytes(digest[:8], "big")


def rule_of(settings: MatchPart) -> MatchRule:
    """The rule of a pairing that needed no fallback."""
    if "ethnicity" in settings.by:
        return MatchRule.GENDER_ETHNICITY
    return MatchRule.GENDER if "gender" in settings.by else MatchRule.ANY


def _rejection(
    photo: MatchPhoto, split: Split, gallery: _Gallery, settings: MatchPart, needed: int
) -> Rejection:
    """Why a photo gets nobody, or fewer than the `needed`; 0 for nobody."""
    found = [f"split {split} has {counted(len(gallery.by_split[split]), 'identity')}"]
    reason = Reason.TOO_FEW_IDENTITIES if needed else Reason.NO_IDENTITY
    if "gender" in settings.by:
        if photo.gender is None:
            reason, found = Reason.GENDER_UNCERTAIN, ["its gender is not known"]
        else:
            alike = len(gallery.by_gender.get((split, photo.gender), []))
            found.append(f"{alike} of them {photo.gender}")
    if "ethnicity" in settings.by and reason is not Reason.GENDER_UNCERTAIN:
        if photo.ethnicity is None:
            reason, found = Reason.ETHNICITY_UNCERTAIN, ["its ethnicity is not known"]
        else:
            alike = len(gallery.by_stratum.get((split, stratum(photo, settings.by)), []))
            found.append(f"{alike} {photo.gender} and {photo.ethnicity}")
    detail = ", ".join(found) + (f"; a photo needs {needed}" if needed else "")
    return Rejection(ItemKind.PHOTO, photo.item, _STAGE, reason, detail)
