"""Contexts: streets and parks."""

from __future__ import annotations

from cocopfs.world import belongings, furniture, vehicles
from cocopfs.world.colours import WOODS, vary
from cocopfs.world.stage import WHOLE, Context, Stage, Wording

_HALF = (5.6, 7.4)
_CLOSE = (3.2, 5.0)


def _umbrella(stage: Stage) -> None:
    with stage.thing("umbrella"):
        belongings.umbrella(stage.main.moved(0, 0, turn=0.04), stage.paint)
    stage.grip()


def _bus(stage: Stage) -> None:
    with stage.thing("bus"):
        vehicles.bus(stage.far(stage.rng.uniform(1.5, 5.5), 1.9, rise=1.0), stage.paint)


def _car(stage: Stage) -> None:
    with stage.thing("car"):
        vehicles.car(stage.far(stage.rng.uniform(3, 6), 1.75, rise=1.0), stage.paint)
    if stage.rng.random() < 0.5:
        with stage.thing("traffic light"):
            furniture.traffic_light(stage.far(-stage.rng.uniform(3.2, 4.5), 1.1, rise=0.9))


def _stop_sign(stage: Stage) -> None:
    with stage.thing("stop sign"):
        furniture.stop_sign(stage.far(stage.rng.uniform(2.9, 3.6), 1.1, rise=0.5))


def _parking_meter(stage: Stage) -> None:
    with stage.thing("parking meter"):
        furniture.parking_meter(stage.floor.moved(2.7, -0.1, scale=1.2))


def _hydrant(stage: Stage) -> None:
    with stage.thing("fire hydrant"):
        furniture.fire_hydrant(stage.floor.moved(2.6, -0.1, scale=1.15), stage.paint)


def _bench(stage: Stage) -> None:
    with stage.thing("bench"):
        furniture.bench(stage.floor, vary(stage.rng, WOODS[int(stage.rng.integers(3))]))


def _book(stage: Stage) -> None:
    with stage.thing("book"):
        belongings.book(stage.hands.moved(0, -0.1), stage.paint)
    for side in (1, -1):
        stage.grip(side, side * 0.2)


CONTEXTS = (
    Context(
        "umbrella",
        ("street", "park", "beach"),
        ("holding up",),
        Wording(
            (
                ("hold", "a {colour} umbrella"),
                ("stand", "under a {colour} umbrella"),
                ("carry", "an open umbrella"),
                ("walk", "with an umbrella"),
            ),
            (),
            ("{a} with a {colour} umbrella over {their} head", "A {colour} umbrella held by {a}"),
        ),
        (WHOLE, _HALF, (4.8, 6.2)),
        before=_umbrella,
        headroom=3.4,
        reach=4.4,
        bareheaded=True,
    ),
    Context(
        "bus",
        ("street",),
        ("standing", "hand on hip", "waving"),
        Wording(
            (
                ("stand", "in front of a {colour} bus"),
                ("wait", "for a bus"),
                ("stand", "next to a bus"),
                ("pose", "by a {colour} city bus"),
            ),
            (),
            ("A {colour} bus parked behind {a}", "{a} near a bus {place}"),
        ),
        (WHOLE, _HALF, _CLOSE),
        _bus,
    ),
    Context(
        "car",
        ("street", "road"),
        ("standing", "hand on hip", "waving"),
        Wording(
            (
                ("stand", "next to a {colour} car"),
                ("stand", "in front of a car"),
                ("pose", "with {their} car"),
                ("wait", "on the sidewalk as a car passes"),
            ),
            (),
            ("A {colour} car behind {a} {place}", "{a} and {their} {colour} car"),
        ),
        (WHOLE, _HALF),
        _car,
        reach=3.4,
    ),
    Context(
        "stop sign",
        ("street", "road"),
        ("standing", "hand on hip"),
        Wording(
            (
                ("stand", "next to a stop sign"),
                ("wait", "by a stop sign"),
                ("pose", "with a stop sign"),
            ),
            (),
            ("A stop sign next to {a}", "{a} near a red stop sign {place}"),
        ),
        (WHOLE, _HALF),
        _stop_sign,
        reach=4.4,
    ),
    Context(
        "parking meter",
        ("street",),
        ("standing", "hand on hip"),
        Wording(
            (
                ("stand", "next to a parking meter"),
                ("look", "for change at a parking meter"),
                ("wait", "by a parking meter"),
            ),
            (),
            ("A parking meter next to {a} {place}", "{a} and a parking meter"),
        ),
        (WHOLE, _HALF),
        before=_parking_meter,
        reach=3.6,
    ),
    Context(
        "fire hydrant",
        ("street",),
        ("standing", "hand on hip"),
        Wording(
            (
                ("stand", "next to a {colour} fire hydrant"),
                ("pose", "by a fire hydrant"),
                ("stand", "behind a {colour} hydrant"),
            ),
            (),
            ("A {colour} fire hydrant and {a} {place}",),
        ),
        (WHOLE,),
        before=_hydrant,
        reach=3.8,
    ),
    Context(
        "sitting on a bench",
        ("park", "street", "beach"),
        ("seated",),
        Wording(
            (
                ("sit", "on a bench"),
                ("sit", "on a wooden bench"),
                ("relax", "on a park bench"),
                ("rest", "on a bench"),
            ),
            (),
            ("A bench with {a} sitting on it {place}", "{a} on a bench {place}"),
        ),
        (WHOLE,),
        _bench,
    ),
    Context(
        "reading on a bench",
        ("park",),
        ("seated, reading",),
        Wording(
            (
                ("read", "a {colour} book on a bench"),
                ("sit", "on a bench with a book"),
                ("read", "a book"),
            ),
            (),
            ("{a} on a park bench with {their} book",),
        ),
        (WHOLE,),
        _bench,
        _book,
    ),
)
