"""Contexts: streets, stations, journeys, parks."""

from __future__ import annotations

from cocopfs.world import belongings, furniture, vehicles
from cocopfs.world.clothes import Style
from cocopfs.world.colours import WOODS, vary
from cocopfs.world.indoors import window_frames
from cocopfs.world.stage import WHOLE, Context, Stage, Wording

_HALF = (6.2, 8.0)
_CLOSE = (3.8, 5.6)


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


def _hydrant(stage: Stage) -> None:
    with stage.thing("fire hydrant"):
        furniture.fire_hydrant(stage.floor.moved(2.6, -0.1, scale=1.15), stage.paint)


def _train(stage: Stage) -> None:
    half = stage.canvas.width / stage.body.unit
    pen = stage.far(0, 1.75, rise=1.3)
    with stage.thing("train"):
        vehicles.train(pen.to((stage.canvas.width / 2, pen.y)), stage.paint, half)


def _suitcase(stage: Stage) -> None:
    length = stage.figure.stance.ground - stage.figure.main_hand[1]
    stage.floor.shadow(2.3, 0.05, 1.4, 0.35)
    with stage.thing("suitcase"):
        belongings.suitcase(stage.main.moved(0.25, 0.05, scale=length / 5.2), stage.second_paint)
    stage.grip(1, 1.5)


def _airplane(stage: Stage) -> None:
    unit = stage.canvas.height / 13 / stage.body.unit
    x = stage.canvas.width * stage.rng.uniform(0.15, 0.85)
    pen = stage.body.to((x, stage.ground.horizon - 22)).moved(0, 0, scale=unit)
    with stage.thing("airplane"):
        vehicles.airplane(pen, stage.paint)
    stage.canvas.blur(0.8)
    window_frames(stage.canvas, stage.ground)


def _backpack_behind(stage: Stage) -> None:
    with stage.thing("backpack"):
        belongings.backpack_top(stage.body, stage.paint)


def _straps(stage: Stage) -> None:
    with stage.thing("backpack"):
        belongings.backpack_straps(stage.body, stage.paint, 1.6)


def _handbag(stage: Stage) -> None:
    with stage.thing("handbag"):
        belongings.handbag(stage.main, stage.paint)
    stage.grip(1, 1.5)


def _phone(stage: Stage) -> None:
    with stage.thing("cell phone"):
        belongings.phone(stage.main.moved(0, -0.1, turn=0.15), screen=False)
    stage.grip()


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
        "train",
        ("station",),
        ("standing", "hand on hip"),
        Wording(
            (
                ("wait", "for a train"),
                ("stand", "in front of a {colour} train"),
                ("stand", "next to a train"),
                ("wait", "on the platform"),
            ),
            ("commuter", "passenger"),
            ("A {colour} train stopped behind {a}", "{a} on a platform with a train"),
        ),
        (WHOLE, _HALF, _CLOSE),
        _train,
        styles=(Style.CASUAL, Style.SMART),
    ),
    Context(
        "suitcase at the station",
        ("station",),
        ("pulling",),
        Wording(
            (
                ("pull", "a {second} suitcase"),
                ("stand", "with a {second} suitcase"),
                ("wait", "for a train with {their} luggage"),
            ),
            ("traveler", "passenger"),
            ("{a} with {their} luggage in front of a train",),
        ),
        (WHOLE,),
        _train,
        _suitcase,
        reach=3.8,
    ),
    Context(
        "airport",
        ("airport",),
        ("pulling",),
        Wording(
            (
                ("pull", "a {second} suitcase"),
                ("stand", "with luggage"),
                ("wait", "with a suitcase"),
                ("carry", "{their} luggage"),
            ),
            ("traveler",),
            (
                "{a} with a suitcase in front of an airplane",
                "An airplane behind {a} with a {second} bag",
            ),
        ),
        (WHOLE,),
        _airplane,
        _suitcase,
        (Style.CASUAL, Style.SMART),
        reach=3.8,
    ),
    Context(
        "backpack",
        ("road", "park", "station", "savannah"),
        ("standing", "hand on hip", "waving"),
        Wording(
            (
                ("wear", "a {colour} backpack"),
                ("hike", "with a backpack"),
                ("carry", "a backpack"),
                ("stand", "with a {colour} back pack"),
            ),
            ("hiker", "backpacker"),
            ("{a} with a backpack on {their} back",),
        ),
        (WHOLE, _HALF, _CLOSE),
        _backpack_behind,
        _straps,
    ),
    Context(
        "handbag",
        ("street", "station", "airport"),
        ("pulling",),
        Wording(
            (
                ("carry", "a {colour} bag"),
                ("hold", "a {colour} purse"),
                ("stand", "with a bag in hand"),
                ("walk", "with a {colour} handbag"),
            ),
            (),
            ("{a} with {their} {colour} bag {place}",),
        ),
        (WHOLE, (8.0, 9.0)),
        before=_handbag,
        styles=(Style.CASUAL, Style.SMART),
    ),
    Context(
        "talking on the phone",
        ("street", "station", "office", "park"),
        ("to the ear",),
        Wording(
            (
                ("talk", "on a cell phone"),
                ("talk", "on {their} phone"),
                ("hold", "a phone to {their} ear"),
                ("use", "a cell phone"),
            ),
            (),
            ("{a} on the phone {place}", "A cell phone held by {a}"),
        ),
        (_HALF, _CLOSE, (3.2, 4.2)),
        before=_phone,
        styles=(Style.CASUAL, Style.SMART),
    ),
    Context(
        "looking at the phone",
        ("street", "station", "living room", "restaurant"),
        ("at the chest", "holding up"),
        Wording(
            (
                ("hold", "a cell phone"),
                ("take", "a picture with a cell phone"),
                ("use", "{their} phone"),
                ("show", "a smart phone"),
            ),
            (),
            ("{a} with a cell phone in {their} hand",),
        ),
        (_HALF, (4.8, 5.8)),
        before=_phone,
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
