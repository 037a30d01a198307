"""Contexts: animals."""

from __future__ import annotations

import math

from cocopfs.world import animals
from cocopfs.world.colours import FURS, pick, vary
from cocopfs.world.furniture import couch
from cocopfs.world.stage import WHOLE, Context, Stage, Wording

_HALF = (5.8, 7.6)
_HORSES = {
    "brown": (0.24, 0.10, 0.045),
    "black": (0.05, 0.045, 0.045),
    "white": (0.68, 0.65, 0.60),
    "gray": (0.33, 0.32, 0.31),
}


def _dog(stage: Stage) -> None:
    x = stage.rng.uniform(3.2, 3.9)
    pen = stage.floor.moved(x, 0.25, scale=1.15)
    with stage.thing("dog"):
        animals.dog(pen, vary(stage.rng, FURS[pick(stage.rng, tuple(FURS))]))
    start, end = stage.main.at(0, 0), pen.at(0.95, -1.85)
    points = []
    for step in range(11):
        t = step / 10
        sag = 0.9 * stage.body.unit * math.sin(math.pi * t)
        points.append(
            (start[0] + (end[0] - start[0]) * t, start[1] + (end[1] - start[1]) * t + sag)
        )
    ends = [(x + 1.2, y + 0.6) for x, y in reversed(points)]
    stage.canvas.flat([*points, *ends], (0.45, 0.05, 0.05))
    stage.grip()


def _dog_in_arms(stage: Stage) -> None:
    pen = stage.hands.moved(-0.1, 1.15, scale=0.95)
    with stage.thing("dog"):
        animals.dog(pen, vary(stage.rng, FURS[pick(stage.rng, tuple(FURS))]))
    _hold(stage)


def _cat(stage: Stage) -> None:
    with stage.thing("cat"):
        animals.sitting_cat(
            stage.hands.moved(0, 1.0, scale=0.92), vary(stage.rng, FURS[stage.colour])
        )
    _hold(stage)


def _hold(stage: Stage) -> None:
    stage.grip(1, 0.2)
    stage.grip(-1, -0.2)


def _couch_behind(stage: Stage) -> None:
    with stage.thing("couch"):
        couch(stage.far(stage.rng.uniform(-2, 2), 0.95, rise=1.2), stage.second_paint)


def _led_horse(stage: Stage) -> None:
    with stage.thing("horse"):
        animals.horse(
            stage.floor.moved(5.0, -0.4, scale=0.95).mirrored(),
            vary(stage.rng, _HORSES[stage.colour]),
        )


def _elephant(stage: Stage) -> None:
    with stage.thing("elephant"):
        animals.elephant(stage.far(7.3, 1.0, rise=0.9).mirrored())


def _cow(stage: Stage) -> None:
    with stage.thing("cow"):
        animals.cow(
            stage.far(6.0, 1.25, rise=0.5).mirrored(),
            (0.70, 0.68, 0.64),
            vary(stage.rng, (0.16, 0.08, 0.04), 0.3),
        )


def _giraffe(stage: Stage) -> None:
    with stage.thing("giraffe"):
        animals.giraffe(stage.far(3.9, 1.0, rise=0.9).mirrored())


def _bird(stage: Stage) -> None:
    turn = stage.main.moved(0.15, -0.32, scale=1.25).mirrored()
    with stage.thing("bird"):
        animals.bird(turn, stage.paint)


CONTEXTS = (
    Context(
        "walking a dog",
        ("park", "street", "beach"),
        ("leading",),
        Wording(
            (
                ("walk", "a dog"),
                ("walk", "a dog on a leash"),
                ("stand", "next to a dog"),
                ("hold", "a dog on a leash"),
            ),
            (),
            ("A dog on a leash with {a}", "{a} and {their} dog {place}", "A dog standing by {a}"),
        ),
        (WHOLE,),
        before=_dog,
        reach=5.4,
    ),
    Context(
        "holding a dog",
        ("park", "living room"),
        ("both in front",),
        Wording(
            (("hold", "a dog"), ("carry", "a small dog"), ("hug", "a dog"), ("pet", "a dog")),
            (),
            ("A dog in the arms of {a}", "{a} with {their} dog"),
        ),
        ((5.6, 7.0),),
        before=_dog_in_arms,
    ),
    Context(
        "cat",
        ("living room", "bedroom"),
        ("both in front",),
        Wording(
            (
                ("hold", "a {colour} cat"),
                ("hold", "a cat in {their} arms"),
                ("carry", "a cat"),
                ("pet", "a {colour} cat"),
            ),
            (),
            ("A {colour} cat being held by {a}", "{a} with a cat {place}"),
        ),
        ((5.6, 6.8),),
        _couch_behind,
        _cat,
        colours=tuple(FURS),
    ),
    Context(
        "leading a horse",
        ("zoo", "park"),
        ("leading",),
        Wording(
            (
                ("lead", "a {colour} horse"),
                ("stand", "next to a horse"),
                ("walk", "a horse"),
                ("pose", "with a {colour} horse"),
            ),
            (),
            ("A {colour} horse and {a} {place}",),
        ),
        (WHOLE,),
        _led_horse,
        colours=tuple(_HORSES),
        reach=7.0,
    ),
    Context(
        "elephant",
        ("savannah", "zoo"),
        ("holding out", "leading"),
        Wording(
            (
                ("stand", "next to an elephant"),
                ("feed", "an elephant"),
                ("pet", "a large elephant"),
                ("pose", "with an elephant"),
            ),
            (),
            ("An elephant and {a} {place}", "An elephant reaching its trunk toward {a}"),
        ),
        (WHOLE, (7.0, 9.0)),
        _elephant,
        reach=8.8,
    ),
    Context(
        "cow",
        ("zoo", "park"),
        ("leading", "holding out"),
        Wording(
            (
                ("feed", "a cow"),
                ("stand", "by a cow"),
                ("pet", "a brown and white cow"),
                ("look", "after a cow"),
            ),
            ("farmer",),
            ("A cow standing next to {a} {place}",),
        ),
        (WHOLE, (7.5, 9.0)),
        _cow,
        reach=7.5,
    ),
    Context(
        "giraffe",
        ("savannah", "zoo"),
        ("holding out", "waving"),
        Wording(
            (
                ("feed", "a giraffe"),
                ("stand", "next to a tall giraffe"),
                ("pose", "with a giraffe"),
            ),
            (),
            ("A giraffe looking down at {a}", "{a} and a giraffe {place}"),
        ),
        (WHOLE,),
        _giraffe,
        reach=5.5,
    ),
    Context(
        "bird",
        ("park", "zoo"),
        ("holding out", "holding up"),
        Wording(
            (
                ("hold", "a {colour} bird"),
                ("hold", "a bird on {their} hand"),
                ("look", "after a small bird"),
                ("feed", "a bird"),
            ),
            (),
            ("A {colour} bird sits on the hand of {a}", "A bird perched on {a}"),
        ),
        ((4.8, 6.0), _HALF),
        before=_bird,
    ),
)
