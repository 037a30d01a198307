"""Scenes: a drawn person doing something somewhere, and all that is true of the picture."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from cocopfs.records import Box, Gender
from cocopfs.world.belongings import book, camera
from cocopfs.world.bystanders import CROWD, draw_companion, draw_crowd, draw_poster
from cocopfs.world.canvas import Canvas, Thing
from cocopfs.world.clothes import Outfit, dress
from cocopfs.world.colours import pick
from cocopfs.world.contexts import CONTEXTS
from cocopfs.world.face import DrawnHead, draw_head, to_srgb
from cocopfs.world.figures import Figure
from cocopfs.world.framing import Framing, frame
from cocopfs.world.hats import draw_hat
from cocopfs.world.kinds import Kind
from cocopfs.world.pen import Pen
from cocopfs.world.person import Beard, Person, draw_person
from cocopfs.world.places import PLACES
from cocopfs.world.pose import View, draw_view
from cocopfs.world.seeds import generator
from cocopfs.world.skin import tone
from cocopfs.world.stage import Context, Stage
from cocopfs.world.stances import STANCES, Stance

_CHILD = 0.72  # of an adult's height below the head
_PERSON = 1  # the number of the scene's own person among the things


@dataclass(frozen=True, slots=True)
class SceneSpec:
    """What tells one scene from another: everything else follows from it.

    person: whose body and hair it is; face: whose face is drawn instead, if anybody's.
    """

    seed: int
    kind: Kind
    context: str  # name in `CONTEXTS`
    person: Person
    face: Person | None = None


@dataclass(frozen=True, eq=False)
class Scene:
    """A photograph and the truth about it.

    picture: (h, w, 3) uint8 BGR, upright. people: the person annotations that are no crowd, the
    scene's own person first; crowd: the one that is. things: all other annotations. landmarks,
    face_mask, face_box: of the scene's own person, see `face.DrawnHead`; None where nobody is.
    face_mask holds what is seen of the face only.
    """

    spec: SceneSpec
    picture: NDArray[np.uint8]
    people: tuple[Thing, ...]
    crowd: Thing | None
    things: tuple[Thing, ...]
    landmarks: NDArray[np.float32] | None
    face_mask: NDArray[np.bool_] | None
    face_box: Box | None
    view: View
    setting: Setting


@dataclass(frozen=True, slots=True)
class Setting:
    """What the captions of a scene can tell of. colour, second: names of paints."""

    context: Context
    place: str  # name in `PLACES`
    outfit: Outfit
    colour: str
    second: str
    companion: Gender | None


def draw_spec(
    seed: int, item: int, kind: Kind, person: Person | None = None, context: str | None = None
) -> SceneSpec:
    """The spec of one item under a seed; a person nobody else is, unless one is given."""
    rng = generator(seed, "scene", item)
    names = [name for name, entry in CONTEXTS.items() if _suits(entry, kind)]
    return SceneSpec(
        seed=int(rng.integers(1 << 62)),
        kind=kind,
        context=context or pick(rng, names),
        person=_fitting(person or draw_person(generator(seed, "original", item)), kind),
    )


def draw_scene(spec: SceneSpec) -> Scene:
    """The same spec gives the same scene; with another `face` only the face differs."""
    rng = generator(spec.seed, "layout")
    context = CONTEXTS[spec.context]
    view = _view(rng, spec.kind)
    stance, framing = _pose(rng, context, spec.kind)
    place = pick(rng, context.places)
    outfit = dress(rng, spec.person, pick(rng, context.styles))
    if context.bareheaded or spec.kind is Kind.CHILD:
        outfit = replace(outfit, hat=None)
    colour = pick(rng, context.colours)
    second = pick(
        rng, [name for name in ("red", "blue", "green", "gray", "brown") if name != colour]
    )
    canvas = Canvas(framing.width, framing.height, view)
    ground = PLACES[place].draw(canvas, generator(spec.seed, "place"))
    flip = 1 if spec.kind is Kind.POSTER or rng.random() < 0.5 else -1
    figure = Figure(
        pen=Pen(
            canvas,
            framing.x if flip > 0 else framing.width - framing.x,
            framing.y,
            framing.unit,
            flip,
        ),
        person=spec.person,
        outfit=outfit,
        stance=stance,
        skin=tone(spec.person.skin),
        build=float(np.clip(rng.normal(1.0, 0.05), 0.9, 1.14)),
        limbs=_CHILD if spec.kind is Kind.CHILD else 1.0,
    )
    stage = Stage(canvas, generator(spec.seed, "things"), figure, ground, colour, second)
    companion = None
    head = None
    with canvas.thing("person"):
        pass
    if spec.kind is Kind.CROWD:
        draw_crowd(stage)
    if spec.kind is Kind.POSTER:
        draw_poster(stage, generator(spec.seed, "poster"))
    if spec.kind is Kind.NO_PERSON:
        context.behind(stage)
    else:
        if spec.kind is Kind.TWO_PEOPLE:
            companion = draw_companion(stage, generator(spec.seed, "companion"))
        head = _draw_person(stage, context, spec, framing)
    finished = _developed(canvas.pixels, generator(spec.seed, "grain"))
    if spec.kind is Kind.GREY:
        grey = cv2.cvtColor(finished, cv2.COLOR_BGR2GRAY)
        finished = np.repeat(grey[..., None], 3, axis=2)
    people, crowd, things = _sorted(canvas.things())
    return Scene(
        spec=spec,
        picture=finished,
        people=people,
        crowd=crowd,
        things=things,
        landmarks=None if head is None else head.landmarks,
        face_mask=None if head is None else head.face_mask & canvas.bare,
        face_box=None if head is None else head.box,
        view=view,
        setting=Setting(context, place, outfit, colour, second, companion),
    )


# --- what is drawn of the spec --------------------------------------------------------------------


def _suits(context: Context, kind: Kind) -> bool:
    whole = any(shot == (0.0, 0.0) for shot in context.shots)
    if kind is Kind.NO_PERSON:
        return context.name in _WITHOUT_ANYBODY
    if kind in (Kind.TWO_PEOPLE, Kind.POSTER, Kind.CROWD):
        outside = context.places[0] in ("street", "park", "beach", "station", "zoo", "snow")
        narrow = context.reach <= 2.7 and not context.astride
        return whole and narrow and (outside or kind is Kind.TWO_PEOPLE)
    if kind is Kind.TINY_FACE:
        return whole and not context.astride
    if kind in (Kind.CUT_FACE, Kind.HIDDEN_FACE, Kind.CHILD):
        return not context.astride and context.places != ("sea",)
    return True


_WITHOUT_ANYBODY = (
    "bus",
    "car",
    "stop sign",
    "train",
    "airport",
    "sitting on a bench",
    "sitting on a couch",
    "sitting on a bed",
    "watching TV",
    "refrigerator",
    "elephant",
    "cow",
    "giraffe",
    "clock",
)


def _fitting(person: Person, kind: Kind) -> Person:
    if kind is not Kind.CHILD:
        return person
    smooth = replace(person.features, beard=Beard.NONE, age=0.0)
    return replace(person, features=smooth)


def _view(rng: np.random.Generator, kind: Kind) -> View:
    view = draw_view(rng, calm=0.45)
    if kind is Kind.TURNED_AWAY:
        return replace(view, yaw=math.pi - view.yaw, pitch=0.0, roll=0.0)
    return view


def _pose(rng: np.random.Generator, context: Context, kind: Kind) -> tuple[Stance, Framing]:
    stance = STANCES[pick(rng, context.stances)]
    if kind is Kind.CHILD:
        stance = stance.shortened(_CHILD)
    framing = frame(rng, context, stance, kind)
    return (stance if context.astride else stance.jittered(rng)), framing


def _draw_person(stage: Stage, context: Context, spec: SceneSpec, framing: Framing) -> DrawnHead:
    canvas, figure = stage.canvas, stage.figure
    with canvas.part_of(_PERSON):
        if framing.whole and not context.astride:
            figure.draw_shadow()
        if context.astride:
            figure.draw_leg(-1)
    context.behind(stage)
    with canvas.part_of(_PERSON):
        if framing.whole or framing.height > figure.pen.at(0, 5.2)[1]:
            if context.astride:
                figure.draw_leg(1)
            else:
                figure.draw_legs()
        if context.astride:
            # Turned to what the hands hold: the far arm comes from behind the body.
            figure.draw_arm(-1)
        figure.draw_torso()
        if context.astride:
            figure.draw_arm(1)
        else:
            figure.draw_arms()
        head = _draw_head(figure, spec)
    context.before(stage)
    if spec.kind is Kind.HIDDEN_FACE:
        _hide(stage)
    return head


def _draw_head(figure: Figure, spec: SceneSpec) -> DrawnHead:
    canvas, pen = figure.pen.canvas, figure.pen
    placement = np.array([[pen.unit, 0, pen.x], [0, pen.unit, pen.y]], np.float32)
    head = draw_head(
        spec.face or spec.person, canvas.view, placement, (canvas.width, canvas.height)
    )
    canvas.layer(head.colour, head.opacity)
    canvas.bare[:] = True
    if figure.outfit.hat is not None:
        draw_hat(replace(pen, flip=1), canvas.view, figure.outfit.hat, figure.outfit.hat_colour)
    return head


def _hide(stage: Stage) -> None:
    """Something before the face, with a hand to either side of it."""
    if stage.rng.random() < 0.5:
        with stage.thing("book"):
            book(stage.body.moved(0, 0.1, scale=1.15), stage.paint)
    else:
        camera(stage.body.moved(0, -0.02, scale=1.25))
    with stage.canvas.part_of(_PERSON):
        for side in (-1, 1):
            figure = replace(
                stage.figure,
                stance=replace(stage.figure.stance, main_hand=(1.3, 0.35), other_hand=(-1.3, 0.35)),
            )
            figure.draw_grip(side)


def _sorted(
    found: Mapping[int, Thing],
) -> tuple[tuple[Thing, ...], Thing | None, tuple[Thing, ...]]:
    people = tuple(thing for _, thing in sorted(found.items()) if thing.category == "person")
    crowd = next((thing for thing in found.values() if thing.category == CROWD), None)
    others = (thing for thing in found.values() if thing.category not in ("person", CROWD))
    return people, crowd, tuple(others)


# --- the camera -----------------------------------------------------------------------------------


def _developed(linear: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.uint8]:
    """A little soft, a little noisy."""
    picture = cv2.GaussianBlur(to_srgb(linear), (0, 0), 0.45)
    noise = _noise()
    y, x = (int(value) for value in rng.integers(0, 128, 2))
    grain = noise[y : y + picture.shape[0], x : x + picture.shape[1]]
    return np.asarray(cv2.add(picture, grain, dtype=cv2.CV_8U), np.uint8)


@cache
def _noise() -> NDArray[np.int8]:
    drawn = generator(3, "noise of the drawn world's camera").normal(0, 2.2, (640, 640, 3))
    return np.clip(np.rint(drawn), -127, 127).astype(np.int8)
