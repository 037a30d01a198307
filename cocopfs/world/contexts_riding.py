"""Contexts: what people ride, drive and sail."""

from __future__ import annotations

from cocopfs.world import animals, vehicles
from cocopfs.world.clothes import Style
from cocopfs.world.colours import vary
from cocopfs.world.stage import WHOLE, Context, Stage, Wording

_HORSES = {
    "brown": (0.24, 0.10, 0.045),
    "black": (0.05, 0.045, 0.045),
    "white": (0.68, 0.65, 0.60),
    "gray": (0.33, 0.32, 0.31),
}


def _horse(stage: Stage) -> None:
    with stage.thing("horse"):
        animals.horse(stage.body.moved(0, 10.45), vary(stage.rng, _HORSES[stage.colour]))


def _bicycle(stage: Stage) -> None:
    floor = stage.body.moved(0.5, 10.05)
    floor.shadow(0, 0, 4.0, 0.4)
    with stage.thing("bicycle"):
        vehicles.bicycle(floor, stage.paint)


def _pushed_bicycle(stage: Stage) -> None:
    floor = stage.floor.moved(0.6, 0.1)
    floor.shadow(0, 0, 4.0, 0.4)
    with stage.thing("bicycle"):
        vehicles.bicycle(floor, stage.paint)
    stage.grip()


def _motorcycle(stage: Stage) -> None:
    floor = stage.body.moved(0.8, 8.75)
    floor.shadow(0, 0, 4.0, 0.45)
    with stage.thing("motorcycle"):
        vehicles.motorcycle(floor, stage.paint)


def _grips(stage: Stage) -> None:
    stage.grip(1, 0.6)


def _boat(stage: Stage) -> None:
    pen = stage.body.moved(0, 8.2)
    pen.flat([(-9, 0.3), (9, 0.3), (11, 3.5), (-11, 3.5)], (0.08, 0.30, 0.42), smooth=True)
    with stage.thing("boat"):
        vehicles.boat(pen.moved(0, 0.2), stage.paint)
    for y in (0.7, 1.1, 1.6):
        pen.line((-5 - y, y), (4.6 + y, y + 0.05), 0.08, (0.34, 0.55, 0.62))
    for side in (1, -1):
        stage.grip(side, side * 1.2)


def _far_sail(stage: Stage) -> None:
    wide, unit = stage.canvas.width, stage.canvas.height / 26
    share = (
        stage.rng.uniform(0.05, 0.3) if stage.body.x > wide / 2 else stage.rng.uniform(0.7, 0.95)
    )
    pen = stage.body.to((share * wide, stage.ground.horizon + 10))
    with stage.thing("boat"):
        vehicles.sailing_boat(
            pen.moved(0, 0, scale=unit / stage.body.unit), vary(stage.rng, (0.5, 0.1, 0.1), 0.5)
        )


CONTEXTS = (
    Context(
        "riding a horse",
        ("park", "road", "zoo"),
        ("riding",),
        Wording(
            (
                ("ride", "a {colour} horse"),
                ("ride", "a horse"),
                ("sit", "on a horse"),
                ("ride", "on the back of a {colour} horse"),
            ),
            ("rider", "horseback rider"),
            ("{a} on a {colour} horse", "A horse with {a} on its back"),
        ),
        (WHOLE,),
        _horse,
        _grips,
        (Style.CASUAL, Style.RIDER),
        colours=tuple(_HORSES),
        reach=5.0,
        astride=True,
    ),
    Context(
        "cycling",
        ("street", "park", "road"),
        ("cycling",),
        Wording(
            (
                ("ride", "a {colour} bicycle"),
                ("ride", "a bike"),
                ("sit", "on a bicycle"),
                ("bike", ""),
            ),
            ("cyclist", "bicyclist", "bike rider"),
            ("{a} on a {colour} bike {place}", "{a} takes {their} bike out for a ride"),
        ),
        (WHOLE,),
        _bicycle,
        _grips,
        reach=4.2,
        astride=True,
    ),
    Context(
        "standing with a bicycle",
        ("street", "park"),
        ("pulling",),
        Wording(
            (
                ("stand", "with a {colour} bicycle"),
                ("push", "a bike"),
                ("stand", "behind a bicycle"),
                ("hold", "a {colour} bike"),
            ),
            ("cyclist",),
            ("A {colour} bicycle in front of {a}", "{a} and {their} bike {place}"),
        ),
        (WHOLE,),
        before=_pushed_bicycle,
        reach=4.4,
    ),
    Context(
        "motorcycle",
        ("street", "road"),
        ("motorcycling",),
        Wording(
            (
                ("ride", "a {colour} motorcycle"),
                ("sit", "on a motorcycle"),
                ("ride", "a motor bike"),
                ("drive", "a {colour} motorcycle"),
            ),
            ("biker", "motorcycle rider", "motorcyclist"),
            ("{a} on a {colour} motorcycle", "A motorcycle parked with {a} on top of it"),
        ),
        (WHOLE,),
        _motorcycle,
        _grips,
        (Style.RIDER,),
        reach=4.8,
        astride=True,
    ),
    Context(
        "boat",
        ("lake",),
        ("standing", "both in front"),
        Wording(
            (
                ("ride", "in a {colour} boat"),
                ("stand", "in a boat"),
                ("sail", "on a boat"),
                ("float", "in a {colour} boat"),
            ),
            (),
            ("A {colour} boat with {a} in it", "{a} out in {their} boat {place}"),
        ),
        ((9.0, 10.0),),
        _far_sail,
        _boat,
        reach=4.8,
    ),
)
