"""The little English that captions need, and how hasty hands type it."""

from __future__ import annotations

import re

import numpy as np


def gerund(verb: str) -> str:
    """ride -> riding, swing -> swinging, sit -> sitting."""
    head, *rest = verb.split(" ", 1)
    if head.endswith("ie"):
        made = head[:-2] + "ying"
    elif head.endswith("e") and not head.endswith("ee"):
        made = head[:-1] + "ing"
    elif head in _DOUBLING:
        made = head + head[-1] + "ing"
    else:
        made = head + "ing"
    return " ".join([made, *rest])


def third_person(verb: str) -> str:
    """ride -> rides, catch -> catches, carry -> carries."""
    head, *rest = verb.split(" ", 1)
    if head == "have":
        made = "has"
    elif head.endswith("y") and head[-2] not in "aeiou":
        made = head[:-1] + "ies"
    elif head.endswith(("s", "sh", "ch", "x", "o")):
        made = head + "es"
    else:
        made = head + "s"
    return " ".join([made, *rest])


_DOUBLING = ("sit", "hit", "get", "hug", "pet", "swim", "run", "cut", "chat")


def sentence(text: str) -> str:
    """Single blanks, a or an, a capital first."""
    text = re.sub(r"\s+", " ", text).strip()
    text = re.sub(r"\b([Aa]) (?=[aeiouAEIOU])", r"\1n ", text)
    text = re.sub(r"\b([Aa])n (?=[^aeiouAEIOU])", r"\1 ", text)
    return text[:1].upper() + text[1:]


def typed(rng: np.random.Generator, sentence: str) -> str:
    """With a full stop or without, and with the slips of the hand."""
    stop, lower, trailing, double, capitals, stray = rng.random(6)
    if lower < 0.13:
        sentence = sentence[:1].lower() + sentence[1:]
    if stop < 0.70:
        sentence += " ." if stray < 0.04 else "."
    if double < 0.04:
        blanks = [match.start() for match in re.finditer(" ", sentence)]
        place = blanks[int(rng.integers(len(blanks)))]
        sentence = sentence[:place] + " " + sentence[place:]
    if capitals < 0.008:
        sentence = sentence.upper()
    return sentence + (" " if trailing < 0.14 else "")
