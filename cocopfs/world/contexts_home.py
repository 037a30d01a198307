"""Contexts: at home."""

from __future__ import annotations

from cocopfs.world import belongings, food, furniture
from cocopfs.world.clothes import Style
from cocopfs.world.colours import FURS, METAL, PAINTS, WOODS, pick, vary
from cocopfs.world.stage import WHOLE, Context, Stage, Wording

_HALF = (5.8, 7.6)
_CLOSE = (3.4, 5.0)


def _couch(stage: Stage) -> None:
    if stage.rng.random() < 0.5:
        furniture.lamp(stage.far(stage.rng.uniform(5.5, 6.5), 1.0, rise=0.3))
    with stage.thing("couch"):
        furniture.couch(stage.floor.moved(stage.rng.uniform(-2.0, 2.0), 0.0), stage.second_paint)


def _bed(stage: Stage) -> None:
    with stage.thing("bed"):
        furniture.bed(
            stage.floor.moved(stage.rng.uniform(-2.0, 0.5), 0.0),
            stage.second_paint,
            vary(stage.rng, WOODS[int(stage.rng.integers(3))]),
        )


def _television(stage: Stage) -> None:
    with stage.thing("tv"):
        furniture.television(
            stage.far(4.6, 1.05, rise=1.0),
            (0.25, 0.45, 0.70),
            vary(stage.rng, (0.2, 0.35, 0.15), 0.6),
        )
    with stage.thing("potted plant"):
        furniture.potted_plant(stage.far(-4.3, 1.0, rise=1.0))


def _refrigerator(stage: Stage) -> None:
    with stage.thing("refrigerator"):
        furniture.open_refrigerator(
            stage.far(3.9, 1.0, rise=0.6).mirrored(), (0.66, 0.67, 0.68), stage.rng
        )


def _clock(stage: Stage) -> None:
    y = min(stage.ground.horizon - 150, stage.body.y - 0.4 * stage.body.unit)
    x = stage.body.x + stage.body.flip * 3.6 * stage.body.unit
    with stage.thing("clock"):
        furniture.clock(stage.body.to((x, max(y, 1.4 * stage.body.unit))).moved(0, 0, scale=1.15))


def _sink(stage: Stage) -> None:
    with stage.thing("sink"):
        furniture.sink(stage.body.moved(3.9, 4.1))


def _teddy(stage: Stage) -> None:
    with stage.thing("teddy bear"):
        belongings.teddy_bear(
            stage.hands.moved(0, 0.35), vary(stage.rng, FURS[pick(stage.rng, ("brown", "white"))])
        )
    for side in (1, -1):
        stage.grip(side, side * 0.2)


def _book(stage: Stage) -> None:
    with stage.thing("book"):
        belongings.book(stage.hands.moved(0, -0.1), stage.paint)
    for side in (1, -1):
        stage.grip(side, side * 0.2)


def _remote(stage: Stage) -> None:
    with stage.thing("remote"):
        belongings.remote(stage.main.moved(0, -0.1, turn=0.2, scale=1.2), METAL)
    stage.grip()


def _toothbrush(stage: Stage) -> None:
    pen = stage.main
    with stage.thing("toothbrush"):
        belongings.toothbrush(pen.moved(0.1, -0.05, turn=0.25, scale=1.1), PAINTS[stage.colour])
    stage.grip(1, 1.4)


def _hair_drier(stage: Stage) -> None:
    with stage.thing("hair drier"):
        belongings.hair_drier(stage.main.moved(0.05, 0.1), stage.paint)
    stage.grip()


def _flowers(stage: Stage) -> None:
    with stage.thing("vase"):
        food.bouquet(stage.hands.moved(0, -0.1, scale=1.15), stage.paint, stage.rng)
    for side in (1, -1):
        stage.grip(side, side * 0.3)


CONTEXTS = (
    Context(
        "sitting on a couch",
        ("living room",),
        ("seated", "seated, holding"),
        Wording(
            (
                ("sit", "on a {second} couch"),
                ("relax", "on a couch"),
                ("sit", "on a sofa"),
                ("rest", "on the couch"),
            ),
            (),
            ("A {second} couch with {a} sitting on it", "{a} on {their} couch {place}"),
        ),
        (WHOLE, (7.0, 8.0)),
        _couch,
    ),
    Context(
        "playing a video game",
        ("living room",),
        ("seated, holding", "holding out"),
        Wording(
            (
                ("play", "a video game"),
                ("hold", "a Wii remote"),
                ("hold", "a remote control"),
                ("play", "with a Nintendo Wii controller"),
            ),
            (),
            ("{a} with a game controller in {their} hand",),
        ),
        ((6.4, 8.0), WHOLE),
        _couch,
        _remote,
    ),
    Context(
        "reading on a couch",
        ("living room",),
        ("seated, reading",),
        Wording(
            (
                ("read", "a {colour} book"),
                ("sit", "on a couch with a book"),
                ("read", "a book on the couch"),
            ),
            (),
            ("{a} reading {their} book {place}",),
        ),
        (WHOLE, (7.0, 8.0)),
        _couch,
        _book,
    ),
    Context(
        "sitting on a bed",
        ("bedroom",),
        ("seated",),
        Wording(
            (
                ("sit", "on a bed"),
                ("sit", "on the edge of a bed"),
                ("relax", "on a bed with a {second} blanket"),
            ),
            (),
            ("A bed with {a} sitting on it", "{a} on {their} bed {place}"),
        ),
        (WHOLE, (7.2, 8.2)),
        _bed,
    ),
    Context(
        "teddy bear",
        ("bedroom", "living room"),
        ("both at the chest",),
        Wording(
            (
                ("hold", "a teddy bear"),
                ("hug", "a stuffed bear"),
                ("hold", "a stuffed animal"),
                ("pose", "with a teddy bear"),
            ),
            (),
            ("A teddy bear in the arms of {a}", "{a} with a stuffed teddy bear"),
        ),
        ((5.2, 6.6), _HALF),
        before=_teddy,
    ),
    Context(
        "watching TV",
        ("living room",),
        ("standing", "hand on hip", "at the chest"),
        Wording(
            (
                ("stand", "in front of a television"),
                ("stand", "next to a TV"),
                ("hold", "a remote in front of a tv"),
            ),
            (),
            ("A flat screen TV behind {a}", "{a} in a room with a television and a plant"),
        ),
        (_HALF, WHOLE),
        _television,
        _remote,
        reach=3.4,
    ),
    Context(
        "refrigerator",
        ("kitchen",),
        ("holding out", "standing"),
        Wording(
            (
                ("stand", "in front of an open refrigerator"),
                ("look", "for something in the fridge"),
                ("open", "a refrigerator"),
                ("stand", "next to a refrigerator"),
            ),
            (),
            ("An open fridge full of food next to {a}", "{a} and {their} refrigerator"),
        ),
        (_HALF, WHOLE),
        _refrigerator,
        reach=4.4,
    ),
    Context(
        "toothbrush",
        ("bathroom",),
        ("to the mouth",),
        Wording(
            (
                ("brush", "{their} teeth"),
                ("hold", "a toothbrush"),
                ("hold", "a {colour} toothbrush"),
                ("brush", "{their} teeth with a toothbrush"),
            ),
            (),
            ("{a} with a toothbrush {place}",),
        ),
        ((3.2, 4.4), _CLOSE),
        _sink,
        _toothbrush,
    ),
    Context(
        "hair drier",
        ("bathroom", "bedroom"),
        ("beside the head",),
        Wording(
            (
                ("hold", "a {colour} hair dryer"),
                ("dry", "{their} hair"),
                ("use", "a blow dryer"),
            ),
            (),
            ("{a} with a hair dryer in {their} hand",),
        ),
        (_CLOSE,),
        before=_hair_drier,
    ),
    Context(
        "flowers",
        ("park", "living room", "street"),
        ("both at the chest",),
        Wording(
            (
                ("hold", "a bouquet of {colour} flowers"),
                ("hold", "some flowers"),
                ("smile", "with flowers in {their} hands"),
            ),
            (),
            ("A bunch of {colour} flowers held by {a}",),
        ),
        ((4.6, 6.0), _HALF),
        before=_flowers,
    ),
    Context(
        "suit and tie",
        ("office", "restaurant", "street"),
        ("standing", "hand on hip", "waving"),
        Wording(
            (
                ("wear", "a suit"),
                ("pose", "for a picture in a suit"),
                ("stand", "in business clothes"),
                ("smile", "for the camera"),
            ),
            (),
            ("{a} dressed up in a jacket {place}", "A portrait of {a} in formal clothes"),
        ),
        ((3.0, 4.4), _CLOSE, _HALF),
        styles=(Style.SMART,),
    ),
    Context(
        "clock",
        ("office", "kitchen", "living room"),
        ("standing", "hand on hip"),
        Wording(
            (
                ("stand", "in front of a clock"),
                ("stand", "by a wall with a clock on it"),
                ("smile", "next to a clock"),
            ),
            (),
            ("A clock on the wall behind {a}",),
        ),
        (_CLOSE, _HALF),
        _clock,
        reach=4.6,
    ),
)
