"""Bodies: torso, limbs, clothes and hands below a drawn head."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from cocopfs.records import Gender
from cocopfs.world.canvas import Pattern
from cocopfs.world.clothes import Lower, Outfit, Sleeves
from cocopfs.world.colours import PAINTS, shade
from cocopfs.world.outlines import steps
from cocopfs.world.pen import Pen
from cocopfs.world.person import Person
from cocopfs.world.stances import Joint, Stance, two_bones

_UPPER_ARM, _FOREARM = 1.8, 1.72
_THIGH, _SHIN = 2.48, 2.45
_FORESHORTENED = 0.72  # of an arm's reach: a bone longer than that points out of the picture


@dataclass(frozen=True)
class Figure:
    """A body that is drawn in layers, so that things can come between them: `draw_legs`,
    `draw_torso`, `draw_arms`, then the head, then what the hands hold, then `draw_grip`.

    pen: origin at the head's centre, unit: head units. skin: linear RGB.
    """

    pen: Pen
    person: Person
    outfit: Outfit
    stance: Stance
    skin: NDArray[np.float32]
    build: float = 1.0  # factor of the body's width
    limbs: float = 1.0  # factor of the limbs' length

    # --- measures ---------------------------------------------------------------------------------

    @property
    def _man(self) -> bool:
        return self.person.gender is Gender.MALE

    @property
    def _shoulder(self) -> float:
        return (1.84 if self._man else 1.60) * self.build

    @cached_property
    def _top(self) -> NDArray[np.float32]:
        return np.asarray(PAINTS[self.outfit.top_colour], np.float32)

    @cached_property
    def _lower(self) -> NDArray[np.float32]:
        return np.asarray(PAINTS[self.outfit.lower_colour], np.float32)

    @cached_property
    def _pattern(self) -> Pattern | None:
        if self.outfit.pattern is None or self.outfit.jacket:
            return None
        step = max(0.42 * self.pen.unit, 5.0)
        return Pattern(self.outfit.pattern, PAINTS[self.outfit.pattern_colour], step)

    @property
    def main_hand(self) -> Joint:
        return self.stance.main_hand

    @property
    def other_hand(self) -> Joint:
        return self.stance.other_hand

    # --- legs -------------------------------------------------------------------------------------

    def draw_shadow(self) -> None:
        """Where the feet touch the ground."""
        left, right = self.stance.feet
        middle, spread = (left[0] + right[0]) / 2, abs(right[0] - left[0]) / 2
        self.pen.shadow(middle, self.stance.ground, spread + 1.0, 0.42, 0.55)

    def draw_legs(self) -> None:
        for side in (-1, 1):
            self.draw_leg(side)
        if self.outfit.lower in (Lower.SKIRT, Lower.DRESS):
            self._draw_skirt()

    def draw_leg(self, side: int) -> None:
        """side: -1 or 1, the sign of x."""
        foot = self.stance.feet[(side + 1) // 2]
        hip = self.stance.hips[0] + side * 0.56 * self.build, self.stance.hips[1]
        knee = (
            self.stance.knees[(side + 1) // 2]
            if self.stance.knees
            else two_bones(hip, foot, self.limbs * _THIGH, self.limbs * _SHIN, side)
        )
        bare = self.outfit.lower is not Lower.TROUSERS
        wide = self.build
        if bare:
            self.pen.limb(knee, foot, 0.37 * wide, 0.22, self.skin)
            self.pen.limb(hip, knee, 0.56 * wide, 0.38 * wide, self.skin, shadow=0.1)
        self._draw_shoe(foot, side)
        if not bare:
            self.pen.limb(knee, foot, 0.45 * wide, 0.33, self._lower)
            self.pen.limb(hip, knee, 0.64 * wide, 0.46 * wide, self._lower, shadow=0.1)
        elif self.outfit.lower is Lower.SHORTS:
            hem = hip[0] + 0.72 * (knee[0] - hip[0]), hip[1] + 0.72 * (knee[1] - hip[1])
            self.pen.limb(hip, hem, 0.64 * wide, 0.56 * wide, self._lower)

    def _draw_shoe(self, foot: Joint, side: int) -> None:
        x, y = foot[0] + side * 0.13, foot[1] + 0.14
        if self.outfit.barefoot:
            self.pen.ball(x, y, 0.34, self.skin, height=0.2)
            return
        self.pen.ball(x, y, 0.40, shade(self._lower, 0.35) + 0.02, height=0.25)
        self.pen.panel(x - 0.36, y + 0.15, x + 0.36, y + 0.23, (0.5, 0.5, 0.48))

    def _draw_skirt(self) -> None:
        hip_x, hip_y = self.stance.hips
        seated = self.stance.knees is not None
        length, flare = (1.0, 1.75) if seated else (2.3, 1.65)
        colour = self._top if self.outfit.lower is Lower.DRESS else self._lower
        wide = self.build
        points = [
            (hip_x - 1.12 * wide, hip_y - 0.9),
            (hip_x + 1.12 * wide, hip_y - 0.9),
            (hip_x + 1.34 * wide, hip_y + 0.2),
            (hip_x + flare * wide, hip_y + length),
            (hip_x, hip_y + length + 0.14),
            (hip_x - flare * wide, hip_y + length),
            (hip_x - 1.34 * wide, hip_y + 0.2),
        ]
        pattern = self._pattern if self.outfit.lower is Lower.DRESS else None
        self.pen.solid(points, colour, 0.4, pattern=pattern)
        for x in (-0.55, 0.1, 0.7):
            self.pen.line(
                (hip_x + x, hip_y + 0.5),
                (hip_x + 1.25 * x, hip_y + length),
                0.05,
                shade(colour, 0.6),
            )

    # --- torso ------------------------------------------------------------------------------------

    def draw_torso(self) -> None:
        hip_x, hip_y = self.stance.hips
        shoulder, wide = self._shoulder, self.build
        waist = (1.27 if self._man else 1.06) * wide
        hips = 1.26 * wide if self._man else 1.30 * wide
        half = [
            (0.42, 1.22, 0.0),
            (0.62 * shoulder, 1.50, 0.02),
            (0.93 * shoulder, 1.78, 0.05),
            (shoulder, 2.20, 0.1),
            (0.88 * shoulder, 3.00, 0.25),
            (waist, 2.0 + 0.62 * (hip_y - 2.0), 0.62),
            (hips, hip_y + 0.1, 1.0),
            (hips * 0.97, hip_y + 0.42, 1.0),
        ]
        right = [(x + hip_x * share, y) for x, y, share in half]
        left = [(-x + hip_x * share, y) for x, y, share in reversed(half)]
        self.pen.solid(
            right + left, self._top, 0.48, smooth=True, gloss=0.03, pattern=self._pattern
        )
        self._draw_front()

    def _draw_front(self) -> None:
        outfit, pen = self.outfit, self.pen
        if outfit.jacket:
            self._draw_jacket_front()
            return
        if outfit.top in ("jacket", "leather jacket", "snow jacket", "coat", "wetsuit"):
            pen.line((0, 1.7), (0, self.stance.hips[1] + 0.3), 0.07, shade(self._top, 0.45))
            pen.solid(
                [(-0.62, 1.22), (0.62, 1.22), (0.5, 1.72), (-0.5, 1.72)],
                shade(self._top, 0.8),
                0.14,
                shadow=0.15,
            )
            return
        pen.disc(0, 1.36, 0.52, shade(self._top, 0.55), height=0.36)
        pen.disc(0, 1.33, 0.47, shade(self.skin, 0.62), height=0.32)
        if outfit.top == "hoodie":
            pen.rod([(-0.25, 1.7), (-0.28, 2.5)], 0.04, (0.7, 0.7, 0.7))
            pen.rod([(0.25, 1.7), (0.28, 2.5)], 0.04, (0.7, 0.7, 0.7))
        if outfit.top == "shirt" and outfit.sleeves is Sleeves.LONG:
            for y in steps(2.1, self.stance.hips[1], 0.7):
                pen.disc(0, y, 0.055, shade(self._top, 1.7))
            pen.line((0.09, 1.75), (0.09, self.stance.hips[1] + 0.3), 0.03, shade(self._top, 0.6))

    def _draw_jacket_front(self) -> None:
        pen, shirt = self.pen, PAINTS[self.outfit.pattern_colour]
        pen.flat([(-0.5, 1.2), (0.5, 1.2), (0.32, 2.4), (0, 3.5), (-0.32, 2.4)], shirt)
        if self.outfit.tie is not None:
            tie = PAINTS[self.outfit.tie]
            with pen.canvas.thing("tie"):
                pen.solid([(-0.14, 1.55), (0.14, 1.55), (0.1, 1.85), (-0.1, 1.85)], tie, 0.08)
                pen.solid(
                    [(-0.09, 1.83), (0.09, 1.83), (0.19, 3.2), (0, 3.42), (-0.19, 3.2)], tie, 0.08
                )
        for side in (-1, 1):
            lapel = [(0.5, 1.2), (0.95, 1.6), (0.62, 2.5), (0.0, 3.55), (0.3, 2.35)]
            pen.solid([(side * x, y) for x, y in lapel], shade(self._top, 1.25), 0.08, shadow=0.1)
        for y in (3.85, 4.5):
            pen.disc(0, y, 0.07, shade(self._top, 0.4))

    # --- arms -------------------------------------------------------------------------------------

    def draw_arms(self) -> None:
        for side in (-1, 1):
            self.draw_arm(side)

    def draw_arm(self, side: int) -> None:
        hand = self.main_hand if side > 0 else self.other_hand
        shoulder = side * (self._shoulder - 0.30), 2.14
        elbow = two_bones(shoulder, hand, self.limbs * _UPPER_ARM, self.limbs * _FOREARM, side)
        pen, sleeves = self.pen, self.outfit.sleeves
        wide = 0.94 if not self._man else 1.0
        self._draw_hand(elbow, hand, side)
        if sleeves is Sleeves.LONG:
            wrist = _between(elbow, hand, 0.93)
            pen.limb(elbow, wrist, 0.35 * wide, 0.27, self._top, gloss=0.03, pattern=self._pattern)
            pen.limb(
                shoulder,
                elbow,
                0.45 * wide,
                0.35 * wide,
                self._top,
                gloss=0.03,
                shadow=0.1,
                pattern=self._pattern,
            )
            return
        pen.limb(elbow, hand, 0.29 * wide, 0.20, self.skin)
        pen.limb(shoulder, elbow, 0.38 * wide, 0.29 * wide, self.skin, shadow=0.1)
        if sleeves is Sleeves.SHORT:
            hem = _between(shoulder, elbow, 0.58)
            pen.limb(
                shoulder,
                hem,
                0.45 * wide,
                0.43 * wide,
                self._top,
                gloss=0.03,
                shadow=0.15,
                pattern=self._pattern,
            )

    @property
    def _hand_colour(self) -> NDArray[np.float32]:
        return shade((0.05, 0.05, 0.06), 1) if self.outfit.gloves else self.skin

    def _draw_hand(self, elbow: Joint, hand: Joint, side: int) -> None:
        """An open hand in the forearm's direction: four fingers, the thumb towards the body."""
        turn = math.atan2(hand[1] - elbow[1], hand[0] - elbow[0])
        pen = self.pen.moved(*hand, turn=turn)
        colour = self._hand_colour
        for spread in (-0.34, -0.12, 0.1, 0.32):
            tip = 0.12 + 0.42 * math.cos(spread), 0.5 * math.sin(spread)
            pen.limb((0.12, 0.42 * spread), tip, 0.085, 0.07, colour, shadow=0.1)
        thumb = side if math.cos(turn) * side > -0.2 else -side
        pen.limb((0.0, -0.14 * thumb), (0.26, -0.36 * thumb), 0.095, 0.075, colour, shadow=0.1)
        pen.ball(0.08, 0, 0.25, colour, height=0.22, gloss=0.06, shadow=0.0)

    def draw_grip(self, side: int, turn: float = 0.0) -> None:
        """Fingers around what a hand holds; turn: of the thing, 0 where it stands upright."""
        hand = self.main_hand if side > 0 else self.other_hand
        pen = self.pen.moved(*hand, turn=turn)
        for y in (-0.24, -0.08, 0.08, 0.23):
            pen.limb((-0.16, y), (0.17, y), 0.1, 0.095, self._hand_colour, shadow=0.3)


def _between(start: Joint, end: Joint, share: float) -> Joint:
    return start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])
