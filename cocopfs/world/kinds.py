"""The kinds of photographs in the drawn world, and what selection makes of each."""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import StrEnum

from cocopfs.records import Reason


class Kind(StrEnum):
    """`refusal`: the reason for which `select` refuses such a photo; None: it is accepted."""

    PLAIN = "plain"
    GREY = "grey"
    ROTATED = "rotated"  # stored turned, with an EXIF orientation
    POSTER = "poster"  # a second face outside the person's box
    NO_PERSON = "no person"
    TWO_PEOPLE = "two people"
    CROWD = "crowd"
    TURNED_AWAY = "turned away"
    HIDDEN_FACE = "hidden face"  # something is held before it
    TINY_FACE = "tiny face"
    CUT_FACE = "cut face"  # by the upper edge of the picture
    CHILD = "child"  # a caption names a minor
    NO_DERIVATIVES = "no derivatives"  # the licence
    TRUNCATED = "truncated"  # the file ends too early

    @property
    def refusal(self) -> Reason | None:
        return _REFUSALS.get(self)


_REFUSALS = {
    Kind.NO_PERSON: Reason.NO_PERSON,
    Kind.TWO_PEOPLE: Reason.SEVERAL_PEOPLE,
    Kind.CROWD: Reason.CROWD,
    Kind.TURNED_AWAY: Reason.NO_FACE,
    Kind.HIDDEN_FACE: Reason.NO_FACE,
    Kind.TINY_FACE: Reason.FACE_TOO_SMALL,
    Kind.CUT_FACE: Reason.NO_FACE,
    Kind.CHILD: Reason.MINOR,
    Kind.NO_DERIVATIVES: Reason.LICENCE,
    Kind.TRUNCATED: Reason.UNREADABLE,
}

SHARES: Mapping[Kind, float] = {
    Kind.TRUNCATED: 0.004,
    Kind.NO_PERSON: 0.040,
    Kind.TWO_PEOPLE: 0.050,
    Kind.CROWD: 0.020,
    Kind.TURNED_AWAY: 0.020,
    Kind.HIDDEN_FACE: 0.020,
    Kind.TINY_FACE: 0.025,
    Kind.CUT_FACE: 0.016,
    Kind.CHILD: 0.030,
    Kind.NO_DERIVATIVES: 0.025,
    Kind.POSTER: 0.040,
    Kind.GREY: 0.050,
    Kind.ROTATED: 0.040,
    Kind.PLAIN: 0.620,
}
"""How many of all photos are of each kind."""

_GOLDEN = (math.sqrt(5) - 1) / 2


def kind_of(photo_id: int, shares: Mapping[Kind, float] = SHARES) -> Kind:
    """The kind of a photo by its id alone: any run of ids has every kind in about its share.

    A truncated file is a fault and not a matter of rules, so the world is laid out such that small
    ones have none.
    """
    place = (photo_id * _GOLDEN + _START) % 1 * sum(shares.values())
    for kind, share in shares.items():
        place -= share
        if place < 0:
            return kind
    return list(shares)[-1]


# Chosen so that the first truncated file, at the default shares, comes late.
_START = 0.003
