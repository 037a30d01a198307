"""How bodies stand and sit: where the joints are, in head units from the head's centre.

The hand that holds something is the *main* hand, on the side of positive x; a mirrored pen draws
the same stance the other way round.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

Joint = tuple[float, float]

SOLE = 0.36  # from the ankle to the ground


@dataclass(frozen=True, slots=True)
class Stance:
    main_hand: Joint = (1.75, 5.35)
    other_hand: Joint = (-1.75, 5.35)
    hips: Joint = (0.0, 5.5)
    feet: tuple[Joint, Joint] = ((-0.68, 10.4), (0.68, 10.4))
    knees: tuple[Joint, Joint] | None = None  # None: as the legs' lengths have it, bent outwards
    underfoot: float = 0.0  # height of what is stood on

    @property
    def ground(self) -> float:
        """y of the ground below the feet."""
        return max(foot[1] for foot in self.feet) + SOLE

    def shortened(self, factor: float) -> Stance:
        """The same stance of a shorter body under the same head."""

        def short(joint: Joint) -> Joint:
            return joint[0] * factor, 1.2 + (joint[1] - 1.2) * factor

        left, right = self.feet
        return Stance(
            short(self.main_hand),
            short(self.other_hand),
            short(self.hips),
            (short(left), short(right)),
            (short(self.knees[0]), short(self.knees[1])) if self.knees else None,
            self.underfoot,
        )

    def jittered(self, rng: np.random.Generator) -> Stance:
        """The same stance as another person would take it."""
        shifts = rng.normal(0, 0.08, 4)
        return replace(
            self,
            main_hand=(self.main_hand[0] + shifts[0], self.main_hand[1] + shifts[1]),
            other_hand=(self.other_hand[0] + shifts[2], self.other_hand[1] + shifts[3]),
        )


_SEATED = Stance(
    main_hand=(0.95, 5.3),
    other_hand=(-0.95, 5.3),
    hips=(0.0, 5.2),
    feet=((-0.95, 8.35), (0.95, 8.35)),
    knees=((-0.92, 5.95), (0.92, 5.95)),
)

STANCES: Mapping[str, Stance] = {
    "standing": Stance(),
    "hand on hip": Stance(other_hand=(-1.25, 4.75)),
    "waving": Stance(main_hand=(2.5, 0.6)),
    "holding out": Stance(main_hand=(2.75, 3.75)),
    "holding up": Stance(main_hand=(2.0, 3.0)),
    "to the mouth": Stance(main_hand=(0.75, 1.5), other_hand=(-1.6, 5.1)),
    "beside the head": Stance(main_hand=(2.1, 0.55), other_hand=(-1.25, 4.75)),
    "to the ear": Stance(main_hand=(1.0, 0.45), other_hand=(-1.6, 5.1)),
    "at the chest": Stance(main_hand=(1.0, 3.7), other_hand=(-1.65, 5.2)),
    "both at the chest": Stance(main_hand=(0.85, 3.6), other_hand=(-0.85, 3.6)),
    "both in front": Stance(main_hand=(0.75, 4.5), other_hand=(-0.75, 4.5)),
    "at a table": Stance(main_hand=(1.15, 4.45), other_hand=(-1.15, 4.45)),
    "carrying": Stance(main_hand=(1.9, 4.6)),
    "pulling": Stance(main_hand=(2.05, 5.3)),
    "leading": Stance(main_hand=(2.1, 4.5)),
    "swinging": Stance(
        main_hand=(2.75, 1.75), other_hand=(-1.9, 3.9), feet=((-1.0, 10.2), (1.0, 10.4))
    ),
    "batting": Stance(
        main_hand=(1.75, 2.55), other_hand=(1.45, 2.95), feet=((-1.2, 10.2), (1.2, 10.2))
    ),
    "throwing": Stance(
        main_hand=(2.9, 2.1), other_hand=(-1.9, 3.4), feet=((-1.05, 10.2), (1.05, 10.3))
    ),
    "flying a kite": Stance(main_hand=(2.3, 1.6), other_hand=(-1.25, 4.75)),
    "balancing": Stance(
        main_hand=(3.15, 2.9),
        other_hand=(-3.15, 3.3),
        hips=(-0.15, 5.2),
        feet=((-1.75, 8.75), (1.75, 8.75)),
        underfoot=0.7,
    ),
    "poles": Stance(
        main_hand=(2.2, 4.3),
        other_hand=(-2.2, 4.3),
        hips=(0.0, 5.3),
        feet=((-0.75, 9.7), (0.75, 9.7)),
    ),
    "seated": _SEATED,
    "seated, reading": replace(_SEATED, main_hand=(0.85, 3.9), other_hand=(-0.85, 3.9)),
    "seated, holding": replace(_SEATED, main_hand=(1.55, 3.7)),
    "seated, at the ear": replace(_SEATED, main_hand=(1.0, 0.45)),
    # Astride something seen from its side: the leg of positive x is the near one.
    "riding": Stance(
        main_hand=(1.75, 4.35),
        other_hand=(1.05, 4.6),
        hips=(0.0, 5.3),
        feet=((-0.3, 8.6), (0.35, 8.75)),
        knees=((0.3, 6.9), (0.95, 6.9)),
    ),
    "cycling": Stance(
        main_hand=(1.95, 5.0),
        other_hand=(1.55, 5.15),
        hips=(-0.45, 5.3),
        feet=((0.2, 9.0), (0.75, 8.0)),
        knees=((0.5, 7.4), (1.35, 6.5)),
    ),
    "motorcycling": Stance(
        main_hand=(2.15, 4.05),
        other_hand=(1.75, 4.2),
        hips=(-0.3, 5.2),
        feet=((0.2, 8.0), (0.75, 8.05)),
        knees=((1.0, 6.4), (1.5, 6.35)),
    ),
}


def two_bones(start: Joint, end: Joint, upper: float, lower: float, outwards: float) -> Joint:
    """The elbow or knee between two joints. outwards: the sign of x to which it had better bend;
    of two solutions the lower one counts too. What is too far is reached with a straight limb."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    reach = max(math.hypot(dx, dy), 1e-6)
    along = (upper**2 - lower**2 + reach**2) / (2 * reach)
    if reach >= upper + lower:
        share = upper / (upper + lower)
        return start[0] + dx * share, start[1] + dy * share
    aside = math.sqrt(max(upper**2 - along**2, 0.0))
    middle = start[0] + dx / reach * along, start[1] + dy / reach * along
    candidates = [
        (middle[0] - sign * dy / reach * aside, middle[1] + sign * dx / reach * aside)
        for sign in (-1, 1)
    ]
    return max(candidates, key=lambda joint: 1.4 * joint[1] + outwards * joint[0])
