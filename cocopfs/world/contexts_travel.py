"""Contexts: journeys, and what people carry."""

from __future__ import annotations

from cocopfs.world import belongings, vehicles
from cocopfs.world.clothes import Style
from cocopfs.world.indoors import window_frames
from cocopfs.world.stage import WHOLE, Context, Stage, Wording

_HALF = (5.6, 7.4)
_CLOSE = (3.2, 5.0)


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


CONTEXTS = (
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
        ("street", "park"),
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
)
