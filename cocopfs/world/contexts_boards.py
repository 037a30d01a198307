"""Contexts: on boards and skis."""

from __future__ import annotations

import math

from cocopfs.world import sports
from cocopfs.world.clothes import Style
from cocopfs.world.outlines import evenly
from cocopfs.world.stage import WHOLE, Context, Stage, Wording


def _wave_below(stage: Stage) -> None:
    floor = stage.floor
    floor.flat(
        [(-9, 0.9), (-5, -0.2), (0, 0.1), (6, -0.5), (12, 0.6), (12, 2.5), (-9, 2.5)],
        (0.10, 0.38, 0.46),
        smooth=True,
    )
    with stage.thing("surfboard"):
        board = floor.moved(0, 0.0, turn=-0.06)
        board.solid(
            [
                (-4.4, -0.55),
                (-2.5, -0.12),
                (0, 0.0),
                (3.0, -0.15),
                (4.6, -0.75),
                (3.0, 0.28),
                (0, 0.42),
                (-2.8, 0.3),
            ],
            stage.paint,
            0.2,
            smooth=True,
            gloss=0.3,
        )
        board.line((-3.2, 0.05), (3.3, 0.02), 0.09, (0.8, 0.8, 0.78))


def _spray(stage: Stage) -> None:
    floor, rng = stage.floor, stage.rng
    for x in evenly(-4.6, 4.4, 13):
        y = 0.62 + 0.25 * abs(math.sin(3 * x)) + rng.uniform(-0.12, 0.12)
        floor.ball(
            float(x),
            y,
            rng.uniform(0.35, 0.65),
            (0.82, 0.86, 0.88),
            height=rng.uniform(0.18, 0.32),
            gloss=0,
            shadow=0,
        )


def _carried_board(stage: Stage) -> None:
    with stage.thing("surfboard"):
        sports.surfboard(stage.main.moved(0.15, -0.3, turn=0.05), stage.paint)
    stage.grip()


def _skateboard(stage: Stage) -> None:
    with stage.thing("skateboard"):
        sports.skateboard(stage.floor.moved(0, 0.72), stage.paint)


def _skis(stage: Stage) -> None:
    with stage.thing("skis"):
        sports.skis(stage.floor.moved(0, 0.0), stage.paint)


def _poles(stage: Stage) -> None:
    with stage.thing("skis") as number:
        pass
    for pen, hand in ((stage.main, stage.figure.main_hand), (stage.other, stage.figure.other_hand)):
        length = stage.figure.stance.ground - hand[1]
        side = pen if hand[0] > 0 else pen.mirrored()
        with stage.canvas.part_of(number):
            sports.ski_pole(side, length)
    stage.grip(1)
    stage.grip(-1)


def _snowboard(stage: Stage) -> None:
    with stage.thing("snowboard"):
        sports.snowboard(stage.floor, stage.paint)


CONTEXTS = (
    Context(
        "surfing",
        ("sea",),
        ("balancing",),
        Wording(
            (
                ("ride", "a wave on a {colour} surfboard"),
                ("surf", "a wave"),
                ("ride", "a wave on top of a surfboard"),
                ("balance", "on a {colour} surfboard"),
                ("surf", "on a board"),
            ),
            ("surfer", "surfer"),
            (
                "{a} on a surfboard riding a wave {place}",
                "A wave being ridden by {a}",
                "{a} in a wetsuit on a {colour} surf board",
            ),
        ),
        (WHOLE,),
        _wave_below,
        _spray,
        (Style.SURF,),
        reach=3.8,
    ),
    Context(
        "surfboard on the beach",
        ("beach",),
        ("carrying",),
        Wording(
            (
                ("hold", "a {colour} surfboard"),
                ("carry", "a surfboard"),
                ("stand", "next to a surfboard"),
                ("pose", "with a {colour} surf board"),
            ),
            ("surfer",),
            ("{a} with {their} surfboard {place}", "A {colour} surfboard held by {a}"),
        ),
        (WHOLE, (6.5, 8.5)),
        before=_carried_board,
        styles=(Style.BEACH, Style.SURF),
        headroom=2.4,
    ),
    Context(
        "skateboarding",
        ("street", "park"),
        ("balancing",),
        Wording(
            (
                ("ride", "a {colour} skateboard"),
                ("ride", "a skateboard"),
                ("skate", "on a skateboard"),
                ("do", "a trick on a skateboard"),
                ("balance", "on a {colour} skateboard"),
            ),
            ("skateboarder", "skater"),
            ("{a} on a skateboard {place}", "{a} rides {their} skateboard with both arms out"),
        ),
        (WHOLE,),
        _skateboard,
        reach=3.8,
    ),
    Context(
        "skiing",
        ("snow",),
        ("poles",),
        Wording(
            (
                ("ski", ""),
                ("ski", "on {colour} skis"),
                ("stand", "on skis"),
                ("pose", "with skis and poles"),
                ("ride", "skis"),
            ),
            ("skier", "skier"),
            ("{a} on skis {place}", "{a} with ski poles in both hands is smiling"),
        ),
        (WHOLE,),
        _skis,
        _poles,
        (Style.WINTER,),
        reach=2.9,
    ),
    Context(
        "snowboarding",
        ("snow",),
        ("balancing",),
        Wording(
            (
                ("ride", "a {colour} snowboard"),
                ("snowboard", ""),
                ("ride", "a snow board"),
                ("balance", "on a snowboard"),
            ),
            ("snowboarder", "snow boarder"),
            (
                "{a} on a snowboard {place}",
                "{a} going down the slope on {their} {colour} snowboard",
            ),
        ),
        (WHOLE,),
        _snowboard,
        styles=(Style.WINTER,),
        reach=3.8,
    ),
)
