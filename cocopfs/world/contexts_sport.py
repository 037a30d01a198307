"""Contexts: sports and games."""

from __future__ import annotations

import math

import numpy as np

from cocopfs.world import sports
from cocopfs.world.clothes import Style
from cocopfs.world.colours import METAL, vary
from cocopfs.world.stage import WHOLE, Context, Stage, Wording

_HALF = (6.2, 8.0)


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
    for x in np.linspace(-4.6, 4.4, 13):
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


def _racket(stage: Stage) -> None:
    turn = stage.rng.uniform(0.15, 0.7)
    with stage.thing("tennis racket"):
        sports.tennis_racket(stage.main.moved(0, 0, turn=turn), stage.paint)
    stage.grip(1, turn)
    if stage.rng.random() < 0.7:
        x, y = stage.rng.uniform(3.6, 5.2), stage.rng.uniform(-1.2, 2.5)
        with stage.thing("sports ball"):
            sports.tennis_ball(stage.body.moved(x, y))


def _bat(stage: Stage) -> None:
    wood = vary(stage.rng, (0.52, 0.33, 0.14))
    turn = stage.rng.uniform(0.25, 0.7)
    with stage.thing("baseball bat"):
        sports.baseball_bat(stage.main.moved(0, 0, turn=turn), wood)
    stage.grip(1, turn)
    stage.grip(-1, turn)


def _catcher(stage: Stage) -> None:
    with stage.thing("baseball glove"):
        sports.baseball_glove(stage.main.moved(0, -0.1, scale=1.25))
    with stage.thing("sports ball"):
        stage.other.ball(0.05, -0.2, 0.24, (0.76, 0.76, 0.74))


def _frisbee(stage: Stage) -> None:
    with stage.thing("frisbee"):
        sports.frisbee(stage.main.moved(0.5, -0.35, turn=-0.25), stage.paint)
    stage.grip(1, 1.3)


def _kite(stage: Stage) -> None:
    canvas, rng = stage.canvas, stage.rng
    room = canvas.width - stage.main.x if stage.body.flip > 0 else stage.main.x
    across = min(rng.uniform(3.2, 5.5), max(room / stage.body.unit - 1.3, 1.0))
    pen = stage.main.moved(across, 0, scale=rng.uniform(0.9, 1.3))
    pen = pen.to((pen.x, max(1.5 * pen.unit, pen.y - rng.uniform(2.5, 4) * pen.unit)))
    start, end = stage.main.at(0, 0), pen.at(0, 0)
    canvas.flat(
        [start, (start[0] + 1.1, start[1]), (end[0] + 0.9, end[1]), end], (0.72, 0.72, 0.72)
    )
    with stage.thing("kite"):
        sports.kite(pen.moved(0, 0, turn=0.3), stage.paint, stage.second_paint)
    stage.grip()


def _held_ball(stage: Stage) -> None:
    with stage.thing("sports ball"):
        sports.ball(stage.hands.moved(0, -0.15), stage.paint, 0.95)
    stage.grip(1, 0.4)
    stage.grip(-1, -0.4)


def _goal(stage: Stage) -> None:
    pen = stage.far(-2.5, 1.0, rise=1.6)
    for x in np.arange(-5, 5.1, 0.8):
        pen.line((x, -6), (x, 0), 0.03, (0.7, 0.7, 0.7))
    for y in np.arange(-5.4, 0, 0.8):
        pen.line((-5, y), (5, y), 0.03, (0.7, 0.7, 0.7))
    pen.rod([(-5, 0), (-5, -6), (5, -6), (5, 0)], 0.16, METAL)


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
    Context(
        "tennis",
        ("court",),
        ("swinging", "holding out"),
        Wording(
            (
                ("swing", "a tennis racket"),
                ("play", "tennis"),
                ("hold", "a {colour} tennis racquet"),
                ("hit", "a tennis ball with a racket"),
                ("prepare", "to hit the ball"),
            ),
            ("tennis player", "tennis player", "player"),
            (
                "{a} on a tennis court with a racket",
                "{a} ready to return the ball with {their} racket",
                "Tennis player in action on a court",
            ),
        ),
        (WHOLE, _HALF),
        before=_racket,
        styles=(Style.SPORT,),
        headroom=2.2,
        reach=4.2,
    ),
    Context(
        "baseball",
        ("field",),
        ("batting",),
        Wording(
            (
                ("hold", "a baseball bat"),
                ("swing", "a bat"),
                ("play", "baseball"),
                ("wait", "for the pitch with a bat in hand"),
                ("prepare", "to swing at the ball"),
            ),
            ("baseball player", "batter", "player"),
            ("{a} with a bat {place}", "A batter stands ready at the plate", "{s} up to bat"),
        ),
        (WHOLE, _HALF),
        before=_bat,
        styles=(Style.SPORT,),
        headroom=3.0,
        reach=4.2,
    ),
    Context(
        "baseball glove",
        ("field", "park"),
        ("holding out",),
        Wording(
            (
                ("hold", "a baseball glove"),
                ("play", "catch with a baseball"),
                ("get", "ready to throw the ball"),
                ("wear", "a baseball mitt"),
            ),
            ("pitcher", "baseball player"),
            ("{a} with a glove on {their} hand",),
        ),
        (WHOLE, _HALF),
        before=_catcher,
        styles=(Style.SPORT,),
        reach=3.2,
    ),
    Context(
        "frisbee",
        ("park", "beach"),
        ("throwing", "holding out"),
        Wording(
            (
                ("throw", "a {colour} frisbee"),
                ("hold", "a {colour} frisbee"),
                ("play", "frisbee"),
                ("catch", "a frisbee"),
            ),
            (),
            ("{a} with a {colour} Frisbee in {their} hand", "{a} getting ready to throw a frisbee"),
        ),
        (WHOLE, _HALF),
        before=_frisbee,
        reach=4.0,
    ),
    Context(
        "kite",
        ("beach", "park"),
        ("flying a kite",),
        Wording(
            (
                ("fly", "a kite"),
                ("fly", "a {colour} and {second} kite"),
                ("hold", "the string of a kite"),
            ),
            (),
            ("A {colour} kite in the sky above {a}", "{a} with {their} kite up in the air"),
        ),
        (WHOLE, _HALF),
        before=_kite,
        headroom=3.6,
        reach=5.5,
    ),
    Context(
        "soccer",
        ("park",),
        ("both at the chest",),
        Wording(
            (
                ("hold", "a {colour} soccer ball"),
                ("hold", "a ball in both hands"),
                ("stand", "in front of a goal with a ball"),
                ("pose", "with a soccer ball"),
            ),
            ("soccer player", "goalie"),
            ("{a} with a ball {place}",),
        ),
        (WHOLE, _HALF, (4.6, 6.0)),
        _goal,
        _held_ball,
        (Style.SPORT,),
    ),
)
