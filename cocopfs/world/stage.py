"""What a context has at hand to draw its things around a person, and the context itself."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np

from cocopfs.world.canvas import Canvas
from cocopfs.world.clothes import Style
from cocopfs.world.colours import BRIGHT, PAINTS, Colour
from cocopfs.world.figures import Figure
from cocopfs.world.outdoors import Ground
from cocopfs.world.pen import Pen


@dataclass(frozen=True)
class Stage:
    """colour, second: names of paints, as captions tell them."""

    canvas: Canvas
    rng: np.random.Generator
    figure: Figure
    ground: Ground
    colour: str
    second: str

    @property
    def paint(self) -> Colour:
        return PAINTS[self.colour]

    @property
    def second_paint(self) -> Colour:
        return PAINTS[self.second]

    @property
    def body(self) -> Pen:
        """Origin at the head's centre, head units, x towards the main hand."""
        return self.figure.pen

    @property
    def main(self) -> Pen:
        """Origin in the main hand."""
        return self.body.moved(*self.figure.main_hand)

    @property
    def other(self) -> Pen:
        return self.body.moved(*self.figure.other_hand)

    @property
    def hands(self) -> Pen:
        """Origin half-way between the hands."""
        (x, y), (u, v) = self.figure.main_hand, self.figure.other_hand
        return self.body.moved((x + u) / 2, (y + v) / 2)

    @property
    def floor(self) -> Pen:
        """Origin on the ground below the person."""
        return self.body.moved(0, self.figure.stance.ground)

    def far(self, x: float, scale: float, rise: float = 0.8) -> Pen:
        """For what stands behind: origin x units aside and `rise` units further back than the
        person on the ground, but in the picture; its unit is `scale` head units."""
        y = self.floor.y - rise * self.body.unit
        lowest = max(self.ground.floor + 6, 0.86 * self.canvas.height)
        pen = self.body.moved(x, 0, scale=scale)
        return pen.to((pen.x, min(y, lowest)))

    def thing(self, category: str) -> AbstractContextManager[int]:
        return self.canvas.thing(category)

    def grip(self, side: int = 1, turn: float = 0.0) -> None:
        """The fingers of a hand over what it holds; they belong to the person."""
        with self.canvas.part_of(1):
            self.figure.draw_grip(side, turn)


Draw = Callable[[Stage], None]


def nothing(stage: Stage) -> None:
    """Nothing is drawn here."""


@dataclass(frozen=True)
class Wording:
    """What annotators say. In all of it {colour} and {second} stand for colours. In `remarks`,
    which are whole captions, {a} stands for the person with an article, {s} for his or her noun
    without one, {their} for a possessive, {place} for where it is."""

    actions: tuple[tuple[str, str], ...]  # base form of a verb, and what follows it
    nouns: tuple[str, ...] = ()  # beside man, woman, person and the like
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Context:
    """Something that people in photographs do.

    places: names in `PLACES`; stances: names in `STANCES`. shots: how much of the body is in the
    picture: down to between so many head units below the head's centre, or `WHOLE`. colours: those
    that its things come in. headroom: head
    units that are needed above the head's centre. reach: and to the side of the main hand.
    The layers: `behind`, legs, torso, arms, head, `before`. Where somebody sits `astride`, the far
    leg is behind what they ride, which `behind` draws.
    """

    name: str
    places: tuple[str, ...]
    stances: tuple[str, ...]
    wording: Wording
    shots: tuple[tuple[float, float], ...]
    behind: Draw = nothing
    before: Draw = nothing
    styles: tuple[Style, ...] = (Style.CASUAL,)
    headroom: float = 1.75
    reach: float = 2.6
    astride: bool = False
    bareheaded: bool = False
    colours: tuple[str, ...] = BRIGHT


WHOLE = (0.0, 0.0)
