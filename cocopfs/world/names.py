"""Invented names for drawn people: pronounceable, of no language, of nobody."""

from __future__ import annotations

import numpy as np

from cocopfs.records import Gender
from cocopfs.world.colours import pick

_GIVEN = {
    Gender.FEMALE: (
        "Avella",
        "Brenka",
        "Célune",
        "Dariza",
        "Elowe",
        "Fiorha",
        "Gwenda",
        "Hilvie",
        "Ilsabe",
        "Jorína",
        "Kessia",
        "Lumira",
        "Mavelle",
        "Naïsha",
        "Odaline",
        "Perla-Mo",
        "Quinara",
        "Rosvita",
        "Sunniva",
        "Tamsara",
        "Ursolé",
        "Velmi",
        "Wenka",
        "Xoria",
        "Ysolde",
        "Zélika",
    ),
    Gender.MALE: (
        "Aldmar",
        "Bastiko",
        "Corvin",
        "Dagmon",
        "Edrik",
        "Falko",
        "Gorán",
        "Hendrix",
        "Ivaro",
        "Jostein",
        "Kelmar",
        "Lorcas",
        "Mirello",
        "Nestòr",
        "Orbén",
        "Pavlo",
        "Quillon",
        "Rurik",
        "Silvano",
        "Torvald",
        "Ulmar",
        "Vidko",
        "Wolmar",
        "Xandro",
        "Yorick",
        "Zoltek",
    ),
}
_ONSETS = (
    "b",
    "br",
    "c",
    "d",
    "dr",
    "f",
    "g",
    "gr",
    "h",
    "k",
    "kr",
    "l",
    "m",
    "n",
    "p",
    "r",
    "s",
    "st",
    "t",
    "tr",
    "v",
    "w",
    "z",
    "č",
    "š",
)
_VOWELS = ("a", "e", "i", "o", "u", "ay", "ei", "á", "é", "ö", "ü", "ou")
_MIDDLES = ("l", "ll", "nd", "rm", "n", "r", "st", "mb", "v", "rt", "ss", "lk", "z")
_ENDINGS = (
    "a",
    "en",
    "er",
    "i",
    "o",
    "ova",
    "sen",
    "ski",
    "ez",
    "ard",
    "elle",
    "in",
    "on",
    "wick",
    "é",
    "ø",
    "ette",
    "mann",
)


def invent_name(rng: np.random.Generator, gender: Gender) -> str:
    """A given name and a surname, with the odd initial, accent, particle, apostrophe or hyphen."""
    given = pick(rng, _GIVEN[gender])
    chance = rng.random()
    if chance < 0.06:
        given = f"{pick(rng, 'ABCDEFGHJKLMNPRSTVW')}. {pick(rng, 'ABCDEFGHJKLMNPRSTVW')}."
    elif chance < 0.14:
        given = f"{given} {pick(rng, 'ABCDEFGHJKLMNPRSTVW')}."
    surname = _surname(rng)
    form = rng.random()
    if form < 0.05:
        surname = f"O'{surname}"
    elif form < 0.09:
        surname = f"d'{surname}"
    elif form < 0.17:
        surname = f"{pick(rng, ('van', 'de la', 'von', 'al', 'du', 'van der'))} {surname}"
    elif form < 0.22:
        surname = f"{surname}-{_surname(rng)}"
    return f"{given} {surname}"


def _surname(rng: np.random.Generator) -> str:
    parts = pick(rng, _ONSETS) + pick(rng, _VOWELS) + pick(rng, _MIDDLES)
    if rng.random() < 0.35:
        parts += pick(rng, _VOWELS[:5]) + pick(rng, _MIDDLES)
    made = parts + pick(rng, _ENDINGS)
    return made[0].upper() + made[1:]
