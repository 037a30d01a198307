"""The pairings that stood when somebody was taken out: a later build does not draw them again."""

from __future__ import annotations

from collections.abc import Sequence

from cocopfs.publish.standing import Standing, same_people
from cocopfs.recipe import MatchPart
from cocopfs.records import (
    ItemKind,
    MatchIdentity,
    MatchPhoto,
    MatchRule,
    Pairing,
    Reason,
    Rejection,
)
from cocopfs.stages.pairing import rule_of
from cocopfs.stages.splits import photo_split, stratum

LEFT = "everybody whose face it got was taken out"


def stands(
    standing: Standing, photos: Sequence[MatchPhoto], identities: Sequence[MatchIdentity]
) -> bool:
    """Whether the photographs and identities are those that were matched then, but for the ones
    that were taken out. Else everybody is matched anew."""
    then = {photo.photo_id for photo in standing.photos}
    return then == {photo.photo_id for photo in photos} and same_people(
        standing, (identity.class_id for identity in identities)
    )


def replay(
    standing: Standing,
    photos: Sequence[MatchPhoto],
    identities: Sequence[MatchIdentity],
    settings: MatchPart,
    seed: int,
) -> tuple[list[Pairing], list[Rejection]]:
    """What `pair` gave then, without those that were taken out; sorted as it sorts.

    A photograph that lost everybody is rejected as `removed`.
    """
    by_id = {photo.photo_id: photo for photo in photos}
    people = {identity.class_id: identity for identity in identities}
    pairings, rejections = [], []
    for then in sorted(standing.photos, key=lambda photo: photo.photo_id):
        photo = by_id[then.photo_id]
        split = photo_split(photo.subset, photo.photo_id, settings.splits, seed)
        for class_id in sorted(standing.identities[number] for number in then.identities):
            alike = stratum(photo, settings.by) == stratum(people[class_id], settings.by)
            rule = rule_of(settings) if alike else MatchRule.GENDER
            pairings.append(Pairing(photo.photo_id, class_id, split, rule))
        if not then.identities:
            reason = Reason(then.reason) if then.reason else Reason.REMOVED
            detail = then.detail if then.reason else LEFT
            rejections.append(Rejection(ItemKind.PHOTO, photo.item, "match", reason, detail))
    return pairings, rejections
