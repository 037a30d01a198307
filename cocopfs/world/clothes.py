"""What drawn people wear, and what captions call it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

import numpy as np

from cocopfs.records import Gender
from cocopfs.world.colours import PAINTS, pick
from cocopfs.world.person import HairStyle, Person


class Style(StrEnum):
    CASUAL = "casual"
    SMART = "smart"
    SPORT = "sport"
    BEACH = "beach"
    SURF = "surf"
    WINTER = "winter"
    RIDER = "rider"


class Sleeves(StrEnum):
    NONE = "none"
    SHORT = "short"
    LONG = "long"


class Lower(StrEnum):
    TROUSERS = "trousers"
    SHORTS = "shorts"
    SKIRT = "skirt"
    DRESS = "dress"  # of one piece with the top


class Hat(StrEnum):
    CAP = "cap"
    HELMET = "helmet"
    BEANIE = "beanie"
    SUN_HAT = "sun hat"


@dataclass(frozen=True, slots=True)
class Outfit:
    """Colours are names of `colours.PAINTS`."""

    top: str  # as captions call it
    top_colour: str
    sleeves: Sleeves
    lower: Lower
    lower_colour: str
    pattern: str | None = None  # of the top, see canvas.Pattern
    pattern_colour: str = "white"
    jacket: bool = False  # open in front, over a shirt of the pattern's colour
    tie: str | None = None  # its colour
    hat: Hat | None = None
    hat_colour: str = "black"
    gloves: bool = False
    barefoot: bool = False

    @property
    def described(self) -> str:
        """'red striped shirt', without an article."""
        form = {"stripes": "striped ", "checks": "checkered ", "dots": "polka dot "}
        return f"{self.top_colour} {form.get(self.pattern or '', '')}{self.top}"


def dress(rng: np.random.Generator, person: Person, style: Style) -> Outfit:
    """An outfit of a style for a person."""
    outfit = _STYLES[style](rng, person)
    if outfit.hat is not None and person.hair.style in _TOO_WIDE_FOR_HATS:
        return replace(outfit, hat=None)
    return outfit


_Choice = TypeVar("_Choice")

_TOO_WIDE_FOR_HATS = (HairStyle.AFRO, HairStyle.CURLY, HairStyle.BUN)
_PLAIN = ("blue", "black", "gray", "brown")
_ALL = tuple(PAINTS)


def _casual(rng: np.random.Generator, person: Person) -> Outfit:
    woman = person.gender is Gender.FEMALE
    colour = pick(rng, _ALL)
    if woman and rng.random() < 0.25:
        return Outfit(
            "dress", colour, Sleeves.SHORT, Lower.DRESS, colour, *_some_pattern(rng, colour, 0.4)
        )
    lower = Lower.SKIRT if woman and rng.random() < 0.2 else Lower.TROUSERS
    if rng.random() < 0.12:
        lower = Lower.SHORTS
    top, sleeves = _of(
        rng,
        (("shirt", Sleeves.SHORT), 5),
        (("t-shirt", Sleeves.SHORT), 4),
        (("sweater", Sleeves.LONG), 3),
        (("shirt", Sleeves.LONG), 2),
        (("hoodie", Sleeves.LONG), 1),
    )
    return Outfit(
        top,
        colour,
        sleeves,
        lower,
        pick(rng, [name for name in _PLAIN if name != colour]),
        *_some_pattern(rng, colour, 0.3),
        hat=Hat.CAP if rng.random() < 0.08 else None,
        hat_colour=pick(rng, ("red", "blue", "black", "white")),
    )


def _smart(rng: np.random.Generator, person: Person) -> Outfit:
    colour = pick(rng, ("black", "gray", "blue", "brown"))
    man = person.gender is Gender.MALE
    return Outfit(
        "suit" if man else "jacket",
        colour,
        Sleeves.LONG,
        Lower.TROUSERS if man else Lower.SKIRT,
        colour,
        pattern_colour=pick(rng, ("white", "white", "pink", "blue")),
        jacket=True,
        tie=pick(rng, ("red", "blue", "yellow", "purple", "green")) if man else None,
    )


def _sport(rng: np.random.Generator, person: Person) -> Outfit:
    colour = pick(rng, ("white", "red", "blue", "yellow", "orange", "green", "pink"))
    skirt = person.gender is Gender.FEMALE and rng.random() < 0.5
    return Outfit(
        pick(rng, ("shirt", "jersey", "t-shirt")),
        colour,
        Sleeves.NONE if rng.random() < 0.2 else Sleeves.SHORT,
        Lower.SKIRT if skirt else Lower.SHORTS,
        pick(rng, [name for name in ("white", "black", "blue", "gray") if name != colour]),
        *_some_pattern(rng, colour, 0.15),
        hat=Hat.CAP if rng.random() < 0.25 else None,
        hat_colour=pick(rng, ("white", "blue", "red")),
    )


def _beach(rng: np.random.Generator, person: Person) -> Outfit:
    colour = pick(rng, ("white", "yellow", "orange", "pink", "teal", "red", "blue"))
    dressed = person.gender is Gender.FEMALE and rng.random() < 0.4
    lower_colour = pick(rng, [name for name in ("blue", "red", "teal", "black") if name != colour])
    return Outfit(
        "dress" if dressed else pick(rng, ("tank top", "shirt", "t-shirt")),
        colour,
        Sleeves.NONE if rng.random() < 0.5 else Sleeves.SHORT,
        Lower.DRESS if dressed else Lower.SHORTS,
        colour if dressed else lower_colour,
        *_some_pattern(rng, colour, 0.4),
        hat=Hat.SUN_HAT if rng.random() < 0.25 else None,
        hat_colour="yellow",
        barefoot=True,
    )


def _surf(rng: np.random.Generator, _person: Person) -> Outfit:
    colour = pick(rng, ("black", "black", "blue", "gray"))
    return Outfit(
        "wetsuit",
        colour,
        Sleeves.LONG if rng.random() < 0.6 else Sleeves.SHORT,
        Lower.TROUSERS,
        colour,
        barefoot=True,
    )


def _winter(rng: np.random.Generator, _person: Person) -> Outfit:
    colour = pick(rng, ("red", "blue", "green", "yellow", "orange", "purple", "pink", "teal"))
    return Outfit(
        pick(rng, ("jacket", "coat", "snow jacket")),
        colour,
        Sleeves.LONG,
        Lower.TROUSERS,
        pick(rng, ("black", "gray", "blue", "brown")),
        hat=_of(rng, (Hat.BEANIE, 4), (Hat.HELMET, 3), (None, 3)),
        hat_colour=pick(rng, ("red", "blue", "black", "white", "purple")),
        gloves=True,
    )


def _rider(rng: np.random.Generator, _person: Person) -> Outfit:
    colour = pick(rng, ("black", "red", "blue", "brown", "gray", "yellow"))
    return Outfit(
        pick(rng, ("jacket", "jacket", "leather jacket")),
        colour,
        Sleeves.LONG,
        Lower.TROUSERS,
        pick(rng, [name for name in ("blue", "black", "gray") if name != colour]),
        hat=Hat.HELMET if rng.random() < 0.55 else None,
        hat_colour=pick(rng, ("black", "red", "white", "blue")),
    )


_STYLES: Mapping[Style, Callable[[np.random.Generator, Person], Outfit]] = {
    Style.CASUAL: _casual,
    Style.SMART: _smart,
    Style.SPORT: _sport,
    Style.BEACH: _beach,
    Style.SURF: _surf,
    Style.WINTER: _winter,
    Style.RIDER: _rider,
}


def _some_pattern(rng: np.random.Generator, colour: str, share: float) -> tuple[str | None, str]:
    if rng.random() >= share:
        return None, "white"
    second = "black" if colour == "white" else "white"
    return pick(rng, ("stripes", "stripes", "checks", "dots")), second


def _of(rng: np.random.Generator, *choices: tuple[_Choice, float]) -> _Choice:
    weights = np.array([weight for _, weight in choices], np.float64)
    return choices[int(rng.choice(len(choices), p=weights / weights.sum()))][0]
