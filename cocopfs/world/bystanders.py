"""Other people in a scene: companions, crowds, faces on posters."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cocopfs.records import Gender
from cocopfs.world.clothes import Style, dress
from cocopfs.world.colours import PAINTS, pick, shade, vary
from cocopfs.world.face import draw_head
from cocopfs.world.figures import Figure
from cocopfs.world.outlines import evenly
from cocopfs.world.pen import Pen
from cocopfs.world.person import draw_person
from cocopfs.world.pose import View, draw_view
from cocopfs.world.skin import tone
from cocopfs.world.stage import Stage
from cocopfs.world.stances import STANCES

CROWD = "crowd"
"""The category of a crowd on the canvas; annotations call it a person with iscrowd 1."""


def draw_companion(stage: Stage, rng: np.random.Generator) -> Gender:
    """A second person beside the first, as large; returns the gender."""
    person = draw_person(rng)
    pen = stage.body.moved(-rng.uniform(3.7, 4.3), rng.uniform(-0.1, 0.2)).mirrored()
    if not 2.2 * pen.unit < pen.x < stage.canvas.width - 2.2 * pen.unit:
        pen = stage.body.moved(rng.uniform(3.7, 4.3), 0)
    figure = Figure(
        pen=pen,
        person=person,
        outfit=dress(rng, person, Style.CASUAL),
        stance=STANCES[pick(rng, ("standing", "hand on hip", "waving"))].jittered(rng),
        skin=tone(person.skin),
    )
    view = replace(draw_view(rng, calm=0.6), **_light(stage.canvas.view))
    with stage.canvas.thing("person"):
        figure.draw_shadow()
        figure.draw_legs()
        figure.draw_torso()
        figure.draw_arms()
        placement = np.array([[pen.unit, 0, pen.x], [0, pen.unit, pen.y]], np.float32)
        head = draw_head(person, view, placement, (stage.canvas.width, stage.canvas.height))
        stage.canvas.layer(head.colour, head.opacity)
    return person.gender


def draw_crowd(stage: Stage) -> None:
    """Many people far behind, too small to have faces."""
    rng, canvas = stage.rng, stage.canvas
    unit = canvas.height / 36
    with canvas.thing(CROWD):
        for x in evenly(0.5, canvas.width - 0.5, 15):
            base = stage.ground.floor + rng.uniform(4, 14)
            pen = Pen(canvas, float(x + rng.normal(0, 7)), base, unit * rng.uniform(0.9, 1.1))
            cloth = vary(rng, PAINTS[pick(rng, tuple(PAINTS))], 0.3)
            skin = shade((0.62, 0.40, 0.28), rng.uniform(0.2, 1.1))
            for side in (-0.35, 0.35):
                pen.limb((side, -4.5), (side, 0), 0.45, 0.32, (0.06, 0.07, 0.12), shadow=0)
            pen.limb((0, -7.3), (0, -4.6), 1.05, 0.9, cloth, shadow=0.1)
            pen.ball(0, -9.2, 0.85, skin, height=1.0, shadow=0)
            hair = shade((0.16, 0.09, 0.05), rng.uniform(0.3, 2.5))
            pen.ball(0, -9.5, 0.95, hair, height=0.95, shadow=0, gloss=0)


def draw_poster(stage: Stage, rng: np.random.Generator) -> None:
    """A hoarding with somebody's face on it, far to the right of the person."""
    canvas = stage.canvas
    half = 0.15 * canvas.width
    x, y = 0.83 * canvas.width, max(0.30 * canvas.height, stage.ground.horizon - 1.5 * half)
    pen = Pen(canvas, x, y, 1.0)
    for side in (-0.7, 0.7):
        pen.limb(
            (side * half, half), (side * half, stage.ground.floor - y + 6), 4, 4, (0.2, 0.2, 0.2)
        )
    pen.block(-half - 4, -half - 4, half + 4, half * 1.2 + 4, (0.55, 0.55, 0.55), roundness=2)
    pen.panel(-half, -half, half, half * 1.2, vary(rng, (0.65, 0.55, 0.2), 0.6))
    pen.panel(-0.8 * half, 0.92 * half, 0.8 * half, 1.08 * half, (0.8, 0.8, 0.8))
    person = draw_person(rng)
    unit = 0.62 * half
    head = draw_head(
        person,
        View(smile=0.7, light_azimuth=0.2),
        np.array([[unit, 0, x], [0, unit, y]], np.float32),
        (canvas.width, canvas.height),
    )
    shown = head.opacity.copy()
    shown[round(y + 0.9 * half) :] = 0
    canvas.layer(head.colour, shown)


def _light(view: View) -> dict[str, float]:
    names = ("light_azimuth", "light_elevation", "ambient", "key", "warmth")
    return {name: getattr(view, name) for name in names}
