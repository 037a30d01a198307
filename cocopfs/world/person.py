"""Drawn people: an identity is a set of named parameters, not a picture.

Lengths are head units: the chin lies about 1 below the centre of the head, the temples about 0.73
beside it (see `head`). Nobody here is a real person, and nothing is measured on real people: the
gender and group of a drawn person are labels for the machinery that sorts by them. Of a group's
traits only the range of skin tones is chosen; all others are random directions in the space of
parameters, drawn once from a fixed seed, so that a network can learn them. They depict no people.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cocopfs.records import Ethnicity, Gender
from cocopfs.world.seeds import generator


@dataclass(frozen=True, slots=True)
class Outline:
    """The head without the inner face; a face swap leaves it as it is. Factors of the mean head
    unless said otherwise."""

    head_width: float
    jaw_width: float
    chin_width: float
    chin_length: float
    chin_projection: float  # length, forward
    forehead: float  # length, forward
    neck_width: float
    ear_size: float


@dataclass(frozen=True, slots=True)
class Features:
    """The inner face: what a face swap carries over. Lengths in head units, y down from the
    centre of the head."""

    eye_distance: float  # from the midline to the middle of an eye
    eye_height: float  # y of the eyes
    eye_width: float  # half of it
    eye_opening: float  # half of it
    eye_tilt: float  # slope, outer corner up
    eye_depth: float  # how deep the sockets lie
    lid_crease: float  # 0 none, 1 deep
    brow_gap: float  # from eye to brow
    brow_thickness: float  # half of it
    brow_tilt: float  # slope, outer end up
    brow_arch: float
    brow_length: float  # half of it
    nose_width: float  # from the midline to a wing
    nose_length: float  # from the eyes to the tip
    nose_projection: float
    nose_bridge: float
    nose_bump: float
    nose_tip_up: float
    mouth_height: float  # y of the mouth
    mouth_width: float  # half of it
    upper_lip: float
    lower_lip: float
    cupid_bow: float  # 0 flat, 1 pronounced
    lip_colour: float  # 0 as the skin, 1 red
    cheekbones: float
    cheeks: float  # fullness
    iris: float  # 0 dark brown ... 1 light blue
    age: float  # 0 smooth ... 1 lined
    freckles: float  # 0 none ... 1 many
    beard: Beard
    glasses: Glasses
    moles: tuple[tuple[float, float, float], ...]  # across, y, radius


class Beard(StrEnum):
    NONE = "none"
    STUBBLE = "stubble"
    MOUSTACHE = "moustache"
    GOATEE = "goatee"
    FULL = "full"


class Glasses(StrEnum):
    NONE = "none"
    ROUND = "round"
    SQUARE = "square"


@dataclass(frozen=True, slots=True)
class Skin:
    melanin: float  # 0 lightest ... 1 darkest
    undertone: float  # cool below 0, warm above
    redness: float  # of cheeks and nose


class HairStyle(StrEnum):
    BALD = "bald"
    CROP = "crop"
    SHORT = "short"
    SIDE_PARTING = "side parting"
    SWEPT_BACK = "swept back"
    CURLY = "curly"
    AFRO = "afro"
    FRINGE = "fringe"
    BOB = "bob"
    LONG = "long"
    WAVY = "wavy"
    BUN = "bun"


class HairColour(StrEnum):
    BLACK = "black"
    BROWN = "brown"
    BLOND = "blond"
    RED = "red"
    GREY = "grey"


@dataclass(frozen=True, slots=True)
class Hair:
    style: HairStyle
    colour: HairColour
    line: float  # y of the hairline over the forehead
    parting: float  # across, from -1 to 1
    volume: float  # factor
    key: int  # of the strands


@dataclass(frozen=True, slots=True)
class Person:
    """A drawn identity. `inner_skin` is the tone in the middle of the face; it differs from `skin`
    only after a swap."""

    gender: Gender
    group: Ethnicity
    outline: Outline
    features: Features
    skin: Skin
    inner_skin: Skin
    hair: Hair
    key: int  # of the skin's texture


def draw_person(
    rng: np.random.Generator, gender: Gender | None = None, group: Ethnicity | None = None
) -> Person:
    """A person nobody has met. gender, group: drawn too where they are not given."""
    gender = gender or list(Gender)[int(rng.integers(2))]
    group = group or list(Ethnicity)[int(rng.integers(6))]
    lean = 0.5 if gender is Gender.MALE else -0.5
    common, own = _directions()[list(Ethnicity).index(group)], rng.normal(0, 1, len(TRAITS))
    steps = 0.65 * common + 0.76 * np.clip(own, -2.2, 2.2)
    drawn = {
        name: trait.mean + lean * trait.lean + trait.spread * float(step)
        for (name, trait), step in zip(TRAITS.items(), steps, strict=True)
    }
    for name in ("lip_colour", "iris", "age", "freckles", "lid_crease", "cupid_bow"):
        drawn[name] = min(max(drawn[name], 0.0), 1.0)
    skin = Skin(
        melanin=float(np.clip(_MELANIN[group] + rng.normal(0, 0.075), 0.02, 1)),
        undertone=float(np.clip(rng.normal(0, 0.5), -1, 1)),
        redness=float(rng.uniform(0.5, 1.2)),
    )
    hair_colour = _draw_hair_colour(rng, skin, drawn["age"])
    return Person(
        gender=gender,
        group=group,
        outline=Outline(**_chosen(drawn, Outline)),
        features=Features(
            **_chosen(drawn, Features),
            beard=_draw_beard(rng, gender),
            glasses=list(Glasses)[_choose(rng, (0.86, 0.07, 0.07))],
            moles=_draw_moles(rng),
        ),
        skin=skin,
        inner_skin=skin,
        hair=draw_hair(rng, gender, hair_colour),
        key=int(rng.integers(1 << 31)),
    )


def draw_hair(rng: np.random.Generator, gender: Gender, colour: HairColour) -> Hair:
    """A hair style that somebody of that gender wears in the drawn world."""
    styles, weights = zip(*_STYLES[gender].items(), strict=True)
    return Hair(
        style=styles[_choose(rng, weights)],
        colour=colour,
        line=float(np.clip(rng.normal(-0.80, 0.045), -0.90, -0.70)),
        parting=float(rng.choice([-1, 1]) * rng.uniform(0.2, 0.8)),
        volume=float(rng.uniform(0.75, 1.3)),
        key=int(rng.integers(1 << 31)),
    )


def blend_persons(source: Person, target: Person) -> Person:
    """The true face swap: the inner face of source on the head, hair and neck of target.

    The complexion of the inner face lies between the two, nearer to the target's, as real swappers
    leave it; the label is that of the source, whose face it is.
    """
    share = 0.4
    mixed = {
        field.name: share * getattr(source.skin, field.name)
        + (1 - share) * getattr(target.skin, field.name)
        for field in fields(Skin)
    }
    return replace(
        target,
        gender=source.gender,
        group=source.group,
        features=source.features,
        inner_skin=Skin(**mixed),
    )


@dataclass(frozen=True, slots=True)
class Trait:
    mean: float
    spread: float  # standard deviation
    lean: float = 0.0  # mean of men less mean of women


TRAITS = {
    "head_width": Trait(1.0, 0.035, 0.02),
    "jaw_width": Trait(0.97, 0.075, 0.12),
    "chin_width": Trait(1.0, 0.18, 0.25),
    "chin_length": Trait(0.985, 0.04, 0.035),
    "chin_projection": Trait(0.03, 0.025, 0.02),
    "forehead": Trait(0.0, 0.025),
    "neck_width": Trait(1.0, 0.05, 0.14),
    "ear_size": Trait(0.92, 0.10, 0.06),
    "eye_distance": Trait(0.305, 0.024),
    "eye_height": Trait(-0.05, 0.028),
    "eye_width": Trait(0.150, 0.013, -0.008),
    "eye_opening": Trait(0.066, 0.010, -0.012),
    "eye_tilt": Trait(0.05, 0.10, -0.04),
    "eye_depth": Trait(0.055, 0.025, 0.02),
    "lid_crease": Trait(0.55, 0.30, -0.10),
    "brow_gap": Trait(0.192, 0.024, -0.028),
    "brow_thickness": Trait(0.028, 0.008, 0.014),
    "brow_tilt": Trait(-0.02, 0.075),
    "brow_arch": Trait(0.035, 0.022, -0.022),
    "brow_length": Trait(0.185, 0.02, 0.008),
    "nose_width": Trait(0.094, 0.017, 0.012),
    "nose_length": Trait(0.350, 0.034, 0.014),
    "nose_projection": Trait(0.19, 0.04, 0.015),
    "nose_bridge": Trait(0.09, 0.032, 0.012),
    "nose_bump": Trait(0.0, 0.022, 0.006),
    "nose_tip_up": Trait(0.0, 0.022, -0.008),
    "mouth_height": Trait(0.575, 0.026, 0.008),
    "mouth_width": Trait(0.228, 0.028, 0.010),
    "upper_lip": Trait(0.050, 0.014, -0.016),
    "lower_lip": Trait(0.070, 0.016, -0.016),
    "cupid_bow": Trait(0.5, 0.3, -0.1),
    "lip_colour": Trait(0.5, 0.22, -0.40),
    "cheekbones": Trait(0.035, 0.025, -0.004),
    "cheeks": Trait(0.0, 0.028, -0.005),
    "iris": Trait(0.4, 0.3),
    "age": Trait(0.32, 0.27, 0.06),
    "freckles": Trait(0.05, 0.28),
}

_MELANIN = {
    Ethnicity.ASIAN: 0.17,
    Ethnicity.BLACK: 0.82,
    Ethnicity.INDIAN: 0.56,
    Ethnicity.LATINO_HISPANIC: 0.40,
    Ethnicity.MIDDLE_EASTERN: 0.29,
    Ethnicity.WHITE: 0.06,
}

_STYLES = {
    Gender.MALE: {
        HairStyle.BALD: 0.08,
        HairStyle.CROP: 0.18,
        HairStyle.SHORT: 0.22,
        HairStyle.SIDE_PARTING: 0.17,
        HairStyle.SWEPT_BACK: 0.12,
        HairStyle.CURLY: 0.11,
        HairStyle.AFRO: 0.05,
        HairStyle.LONG: 0.04,
        HairStyle.FRINGE: 0.03,
    },
    Gender.FEMALE: {
        HairStyle.SHORT: 0.06,
        HairStyle.SIDE_PARTING: 0.06,
        HairStyle.CURLY: 0.08,
        HairStyle.AFRO: 0.07,
        HairStyle.FRINGE: 0.13,
        HairStyle.BOB: 0.17,
        HairStyle.LONG: 0.18,
        HairStyle.WAVY: 0.14,
        HairStyle.BUN: 0.11,
    },
}


@functools.cache
def _directions() -> NDArray[np.float64]:
    """(6, traits): where each group lies, in standard deviations; the groups' mean is the mean."""
    found = generator(77, "groups of the drawn world").normal(0, 1, (len(Ethnicity), len(TRAITS)))
    found -= found.mean(0)
    found /= np.sqrt((found**2).mean(1, keepdims=True))
    found[:, : len(fields(Outline))] *= 0.4
    return found


def _chosen(drawn: dict[str, float], kind: type[Any]) -> dict[str, float]:
    return {field.name: drawn[field.name] for field in fields(kind) if field.name in drawn}


def _draw_hair_colour(rng: np.random.Generator, skin: Skin, age: float) -> HairColour:
    grey = 0.03 + 0.45 * max(age - 0.5, 0)
    light = skin.melanin < 0.45
    weights = (0.30, 0.36, 0.16, 0.09, grey) if light else (0.72, 0.24, 0.0, 0.0, grey)
    return list(HairColour)[_choose(rng, weights)]


def _draw_beard(rng: np.random.Generator, gender: Gender) -> Beard:
    if gender is Gender.FEMALE:
        return Beard.NONE
    return list(Beard)[_choose(rng, (0.46, 0.22, 0.08, 0.08, 0.16))]


def _draw_moles(rng: np.random.Generator) -> tuple[tuple[float, float, float], ...]:
    return tuple(
        (
            float(rng.uniform(-0.42, 0.42)),
            float(rng.uniform(-0.40, 0.80)),
            float(rng.uniform(0.009, 0.017)),
        )
        for _ in range(_choose(rng, (0.40, 0.35, 0.25)))
    )


def _choose(rng: np.random.Generator, weights: tuple[float, ...]) -> int:
    shares = np.asarray(weights) / np.sum(weights)
    return int(rng.choice(len(weights), p=shares))
