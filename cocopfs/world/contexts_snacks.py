"""Contexts: what people eat and drink out of the hand."""

from __future__ import annotations

from collections.abc import Callable

from cocopfs.world import food
from cocopfs.world.clothes import Style
from cocopfs.world.pen import Pen
from cocopfs.world.stage import Context, Draw, Stage, Wording

_CLOSE = ((4.2, 5.0), (4.6, 5.8))


def _held(category: str, draw: Callable[[Stage, Pen], None], turn: float = 0.0) -> Draw:
    def before(stage: Stage) -> None:
        with stage.thing(category):
            draw(stage, stage.main)
        stage.grip(1, turn)

    return before


def _sandwich(stage: Stage) -> None:
    with stage.thing("sandwich"):
        food.sandwich(stage.hands.moved(0, -0.1, scale=1.3))
    for side in (1, -1):
        stage.grip(side, side * 0.3)


CONTEXTS = (
    Context(
        "wine",
        ("restaurant", "living room", "kitchen"),
        ("holding up", "at the chest"),
        Wording(
            (
                ("hold", "a glass of wine"),
                ("drink", "a glass of red wine"),
                ("hold", "up a wine glass"),
                ("taste", "some wine"),
            ),
            (),
            ("{a} with a wine glass in {their} hand", "A glass of wine held by {a}"),
        ),
        _CLOSE,
        before=_held("wine glass", lambda _, pen: food.wine_glass(pen)),
        styles=(Style.CASUAL, Style.SMART),
    ),
    Context(
        "coffee",
        ("office", "kitchen", "restaurant"),
        ("holding up", "at the chest"),
        Wording(
            (
                ("hold", "a {colour} cup"),
                ("drink", "from a {colour} mug"),
                ("drink", "a cup of coffee"),
                ("hold", "a coffee mug"),
            ),
            (),
            ("{a} with a coffee cup {place}",),
        ),
        _CLOSE,
        before=_held("cup", lambda stage, pen: food.cup(pen, stage.paint)),
        styles=(Style.CASUAL, Style.SMART),
    ),
    Context(
        "banana",
        ("kitchen", "park", "office"),
        ("holding up",),
        Wording(
            (
                ("hold", "a banana"),
                ("hold", "up a ripe banana"),
                ("pose", "with a banana"),
                ("eat", "a banana"),
            ),
            (),
            ("A banana in the hand of {a}", "{a} with a yellow banana in {their} hand"),
        ),
        _CLOSE,
        before=_held("banana", lambda _, pen: food.banana(pen)),
    ),
    Context(
        "donut",
        ("street", "restaurant", "office"),
        ("at the chest", "holding up"),
        Wording(
            (
                ("hold", "a {colour} donut"),
                ("eat", "a doughnut"),
                ("hold", "up a donut with sprinkles"),
            ),
            (),
            ("A {colour} donut held by {a}", "{a} about to eat {their} donut"),
        ),
        _CLOSE,
        before=_held("donut", lambda stage, pen: food.donut(pen, stage.paint), 0.3),
    ),
    Context(
        "hot dog",
        ("street", "park", "field"),
        ("at the chest",),
        Wording(
            (
                ("hold", "a hot dog"),
                ("eat", "a hot dog with mustard"),
                ("hold", "a hotdog in a bun"),
            ),
            (),
            ("A hot dog in the hand of {a}", "{a} with a hot dog {place}"),
        ),
        _CLOSE,
        before=_held("hot dog", lambda _, pen: food.hot_dog(pen), 1.4),
    ),
    Context(
        "sandwich",
        ("park", "office", "restaurant"),
        ("both at the chest",),
        Wording(
            (
                ("eat", "a sandwich"),
                ("hold", "a large sandwich"),
                ("hold", "a sandwich in both hands"),
            ),
            (),
            ("{a} about to bite into {their} sandwich", "A sandwich held by {a}"),
        ),
        _CLOSE,
        before=_sandwich,
    ),
    Context(
        "slice of pizza",
        ("street", "restaurant", "living room"),
        ("at the chest", "holding up"),
        Wording(
            (
                ("eat", "a slice of pizza"),
                ("hold", "a slice of pizza"),
                ("hold", "up a piece of pizza"),
            ),
            (),
            ("{a} with a slice of pizza in {their} hand",),
        ),
        _CLOSE,
        before=_held("pizza", lambda _, pen: food.pizza_slice(pen.moved(0, -0.4)), 0.2),
    ),
)
