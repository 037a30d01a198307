"""Contexts: sports and games."""

from __future__ import annotations

from cocopfs.world import sports
from cocopfs.world.clothes import Style
from cocopfs.world.colours import METAL, vary
from cocopfs.world.outlines import steps
from cocopfs.world.stage import WHOLE, Context, Stage, Wording

_HALF = (5.6, 7.6)


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
    for x in steps(-5, 5.1, 0.8):
        pen.line((x, -6), (x, 0), 0.03, (0.7, 0.7, 0.7))
    for y in steps(-5.4, 0, 0.8):
        pen.line((-5, y), (5, y), 0.03, (0.7, 0.7, 0.7))
    pen.rod([(-5, 0), (-5, -6), (5, -6), (5, 0)], 0.16, METAL)


CONTEXTS = (
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
