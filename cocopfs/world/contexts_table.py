"""Contexts: at tables and at the stove."""

from __future__ import annotations

from collections.abc import Callable

from cocopfs.world import belongings, food, furniture
from cocopfs.world.clothes import Style
from cocopfs.world.colours import WOODS, vary
from cocopfs.world.pen import Pen
from cocopfs.world.stage import Context, Draw, Stage, Wording

_AT_TABLE = ((5.5, 6.6),)
_TABLE_Y = 4.62
_SITS = ("at a table", "at a table")


def _chair_behind(stage: Stage) -> None:
    with stage.thing("chair"):
        furniture.chair(
            stage.body.moved(0, 8.4), vary(stage.rng, WOODS[int(stage.rng.integers(3))])
        )


def _at_table(things: Callable[[Stage, Pen], None], *, hands: bool = True) -> Draw:
    def draw(stage: Stage) -> None:
        edge = stage.body.moved(0, _TABLE_Y)
        with stage.thing("dining table"):
            furniture.table(edge, WOODS[int(stage.rng.integers(3))], 8.5, 5.0)
        things(stage, edge)
        if hands:
            stage.grip(1, 1.5)
            stage.grip(-1, -1.5)

    return draw


def _pizza(stage: Stage, edge: Pen) -> None:
    with stage.thing("pizza"):
        food.pizza(edge.moved(0, 0.85), stage.rng)
    if stage.rng.random() < 0.6:
        with stage.thing("cup"):
            food.cup(edge.moved(-3.1, 0.35), stage.paint)


def _cake(stage: Stage, edge: Pen) -> None:
    with stage.thing("cake"):
        food.cake(edge.moved(0, 1.25), stage.paint, int(stage.rng.integers(3, 6)))


def _laptop(stage: Stage, edge: Pen) -> None:
    with stage.thing("laptop"):
        belongings.laptop(edge.moved(0, 0.95))
    if stage.rng.random() < 0.5:
        with stage.thing("cup"):
            food.cup(edge.moved(3.0, 0.45), stage.paint)


def _desk(stage: Stage, edge: Pen) -> None:
    with stage.thing("keyboard"):
        belongings.keyboard(edge.moved(0, 0.75))
    with stage.thing("mouse"):
        edge.ball(2.4, 0.75, 0.3, (0.05, 0.05, 0.05), height=0.18)
    with stage.thing("book"):
        for level in range(3):
            top = 0.25 - 0.38 * level
            cover = vary(stage.rng, (0.4, 0.3, 0.2), 0.8)
            edge.block(-4.6, top, -2.7, top + 0.35, cover, roundness=0.1)


def _dinner(stage: Stage, edge: Pen) -> None:
    with stage.thing("wine glass"):
        food.wine_glass(edge.moved(2.5, -0.3))
    with stage.thing("bottle"):
        food.bottle(edge.moved(-3.0, 0.4), (0.03, 0.10, 0.04))
    edge.ball(0, 0.9, 1.7, (0.74, 0.74, 0.73), height=0.42)
    edge.ball(0, 0.85, 1.15, (0.66, 0.66, 0.65), height=0.26, shadow=0)
    with stage.thing("broccoli"):
        for x, y in ((-0.5, 0.65), (-0.2, 0.5), (-0.75, 0.5)):
            edge.ball(x, y, 0.3, (0.05, 0.25, 0.04), height=0.24, gloss=0)
    with stage.thing("carrot"):
        edge.limb((0.15, 0.75), (0.85, 0.6), 0.14, 0.06, (0.75, 0.28, 0.02))
        edge.limb((0.2, 0.95), (0.95, 0.85), 0.14, 0.06, (0.75, 0.28, 0.02))


def _flowers(stage: Stage, edge: Pen) -> None:
    x = 2.7 if stage.rng.random() < 0.5 else -2.7
    with stage.thing("vase"):
        food.vase(edge.moved(x, 0.9), stage.second_paint, stage.paint, stage.rng)


def _bowl(stage: Stage, edge: Pen) -> None:
    with stage.thing("bowl"):
        food.bowl(edge.moved(0, 1.0), stage.paint, (0.5, 0.3, 0.1))
    for x, colour in (
        (2.3, (0.55, 0.05, 0.04)),
        (2.85, (0.12, 0.40, 0.05)),
        (2.6, (0.55, 0.08, 0.03)),
    ):
        with stage.thing("apple"):
            edge.ball(x, 0.55, 0.36, colour)
            edge.line((x, 0.25), (x + 0.06, 0.05), 0.06, (0.1, 0.06, 0.03))


def _oven_behind(stage: Stage) -> None:
    with stage.thing("oven"):
        furniture.oven(stage.far(-3.4, 1.0, rise=0.9))
    with stage.thing("refrigerator"):
        furniture.refrigerator(stage.far(5.6, 0.95, rise=0.9), (0.64, 0.65, 0.66))


def _pan(stage: Stage) -> None:
    food.pan(stage.main)
    stage.grip(1, 1.5)


CONTEXTS = (
    Context(
        "pizza",
        ("restaurant", "kitchen"),
        _SITS,
        Wording(
            (
                ("sit", "in front of a pizza"),
                ("eat", "a pizza"),
                ("sit", "at a table with a large pizza"),
                ("look", "at the camera behind a pizza"),
            ),
            (),
            ("A pizza on a table in front of {a}", "{a} about to eat {their} pizza {place}"),
        ),
        _AT_TABLE,
        _chair_behind,
        _at_table(_pizza),
        reach=3.2,
    ),
    Context(
        "birthday cake",
        ("living room", "kitchen", "restaurant"),
        _SITS,
        Wording(
            (
                ("sit", "behind a {colour} birthday cake"),
                ("sit", "in front of a cake with candles"),
                ("celebrate", "with a cake"),
                ("look", "at a birthday cake"),
            ),
            (),
            ("A cake with lit candles in front of {a}", "{a} ready to blow out {their} candles"),
        ),
        _AT_TABLE,
        _chair_behind,
        _at_table(_cake),
        reach=3.0,
    ),
    Context(
        "laptop",
        ("office", "living room", "restaurant"),
        _SITS,
        Wording(
            (
                ("work", "on a laptop"),
                ("use", "a laptop computer"),
                ("sit", "at a desk with a laptop"),
                ("type", "on a laptop"),
                ("sit", "in front of a computer"),
            ),
            (),
            ("A laptop on a table in front of {a}", "{a} smiling behind {their} laptop"),
        ),
        _AT_TABLE,
        _chair_behind,
        _at_table(_laptop, hands=False),
        (Style.CASUAL, Style.SMART),
        reach=3.2,
    ),
    Context(
        "desk",
        ("office",),
        _SITS,
        Wording(
            (
                ("sit", "at a desk"),
                ("work", "in an office"),
                ("type", "on a keyboard"),
                ("sit", "at {their} desk with some books"),
            ),
            ("office worker",),
            ("{a} at a desk with a keyboard and a mouse", "An office desk with {a} sitting at it"),
        ),
        _AT_TABLE,
        _chair_behind,
        _at_table(_desk),
        (Style.SMART, Style.CASUAL),
        reach=3.2,
    ),
    Context(
        "dinner",
        ("restaurant",),
        _SITS,
        Wording(
            (
                ("sit", "at a table with a plate of food"),
                ("eat", "dinner"),
                ("have", "a meal with a glass of wine"),
                ("sit", "down to eat"),
            ),
            (),
            ("A plate of food and wine in front of {a}", "{a} enjoying {their} meal {place}"),
        ),
        _AT_TABLE,
        _chair_behind,
        _at_table(_dinner),
        (Style.CASUAL, Style.SMART),
        reach=3.4,
    ),
    Context(
        "vase",
        ("living room", "restaurant", "kitchen"),
        _SITS,
        Wording(
            (
                ("sit", "next to a vase of {colour} flowers"),
                ("sit", "at a table with flowers"),
                ("pose", "beside a vase of flowers"),
            ),
            (),
            ("A vase of {colour} flowers on a table by {a}",),
        ),
        _AT_TABLE,
        _chair_behind,
        _at_table(_flowers),
        reach=3.6,
    ),
    Context(
        "cooking",
        ("kitchen",),
        ("holding out",),
        Wording(
            (
                ("cook", "an egg in a pan"),
                ("hold", "a frying pan"),
                ("cook", "food"),
                ("prepare", "breakfast"),
                ("stand", "in front of a stove"),
            ),
            ("cook", "chef"),
            ("{a} with a pan in {their} hand", "A kitchen with {a} cooking in it"),
        ),
        ((6.2, 8.0), (5.0, 6.2)),
        _oven_behind,
        _pan,
        reach=3.0,
    ),
    Context(
        "preparing food",
        ("kitchen",),
        _SITS,
        Wording(
            (
                ("mix", "something in a {colour} bowl"),
                ("stand", "at a counter with a bowl"),
                ("prepare", "food"),
                ("make", "a meal"),
            ),
            ("cook",),
            ("{a} behind a counter with a bowl and some apples",),
        ),
        _AT_TABLE,
        before=_at_table(_bowl),
        reach=3.4,
    ),
)
