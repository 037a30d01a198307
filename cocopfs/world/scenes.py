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
from cocopfs.world.person import Beard, HairColour, HairStyle, Person, draw_person
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
    stage, setting, framing = _prepare(spec)
    canvas, context = stage.canvas, setting.context
    head: DrawnHead | None = None
    companion: Gender | None = None
    with canvas.thing("person"):
        pass  # the scene's own person is the first thing, whatever is drawn before
    if spec.kind is Kind.NO_PERSON:
        context.behind(stage)
    else:
        head, companion = _draw_people(stage, context, spec, framing)
    people, crowd, things = _sorted(canvas.things())
    return Scene(
        spec=spec,
        picture=_developed(canvas.pixels, spec),
        people=people,
        crowd=crowd,
        things=things,
        landmarks=None if head is None else head.landmarks,
        face_mask=None if head is None else head.face_mask & canvas.bare,
        face_box=None if head is None else head.box,
        view=canvas.view,
        setting=replace(setting, companion=companion),
    )


def _prepare(spec: SceneSpec) -> tuple[Stage, Setting, Framing]:
    """Everything that is drawn by lot, and the background."""
    rng = generator(spec.seed, "layout")
    context = CONTEXTS[spec.context]
    view = _view(rng, spec.kind)
    stance, framing = _pose(rng, context, spec.kind)
    colour = pick(rng, context.colours)
    setting = Setting(
        context=context,
        place=pick(rng, context.places),
        outfit=dress(rng, spec.person, pick(rng, context.styles)),
        colour=colour,
        second=pick(rng, [name for name in _SECOND_COLOURS if name != colour]),
        companion=None,
    )
    if context.bareheaded or spec.kind is Kind.CHILD:
        setting = replace(setting, outfit=replace(setting.outfit, hat=None))
    canvas = Canvas(framing.width, framing.height, view)
    ground = PLACES[setting.place].draw(canvas, generator(spec.seed, "place"))
    mirrored = spec.kind is not Kind.POSTER and rng.random() < 0.5
    x = framing.width - framing.x if mirrored else framing.x
    figure = Figure(
        pen=Pen(canvas, x, framing.y, framing.unit, -1 if mirrored else 1),
        person=spec.person,
        outfit=setting.outfit,
        stance=stance,
        skin=tone(spec.person.skin),
        build=float(np.clip(rng.normal(1.0, 0.05), 0.9, 1.14)),
        limbs=_CHILD if spec.kind is Kind.CHILD else 1.0,
    )
    things = generator(spec.seed, "things")
    stage = Stage(canvas, things, figure, ground, setting.colour, setting.second)
    return stage, setting, framing


_SECOND_COLOURS = ("red", "blue", "green", "gray", "brown")


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
    if kind is Kind.CHILD and context.name in _FOR_ADULTS:
        return False
    if kind in (Kind.CUT_FACE, Kind.HIDDEN_FACE, Kind.CHILD):
        return not context.astride and context.places != ("sea",)
    return True


_FOR_ADULTS = ("wine", "dinner", "car", "desk", "suit and tie")
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
    hair = replace(person.hair, style=HairStyle.FRINGE, colour=HairColour.BROWN)
    return replace(person, features=smooth, hair=hair)


def _view(rng: np.random.Generator, kind: Kind) -> View:
    view = draw_view(rng, calm=0.8)
    if kind is Kind.TURNED_AWAY:
        return replace(view, yaw=math.pi - view.yaw, pitch=0.0, roll=0.0)
    return view


def _pose(rng: np.random.Generator, context: Context, kind: Kind) -> tuple[Stance, Framing]:
    stance = STANCES[pick(rng, context.stances)]
    if kind is Kind.CHILD:
        stance = stance.shortened(_CHILD)
    if kind is Kind.HIDDEN_FACE:
        stance = replace(stance, main_hand=(1.3, 0.35), other_hand=(-1.3, 0.35))
    framing = frame(rng, context, stance, kind)
    return (stance if context.astride else stance.jittered(rng)), framing


def _draw_people(
    stage: Stage, context: Context, spec: SceneSpec, framing: Framing
) -> tuple[DrawnHead, Gender | None]:
    """The scene's own person with everything behind and before; the companion's gender."""
    canvas, figure = stage.canvas, stage.figure
    with canvas.part_of(_PERSON):
        if framing.whole and not context.astride:
            figure.draw_shadow()
        if context.astride:
            figure.draw_leg(-1)
    context.behind(stage)
    if spec.kind is Kind.CROWD:
        draw_crowd(stage)
    if spec.kind is Kind.POSTER:
        draw_poster(stage, generator(spec.seed, "poster"))
    companion = None
    if spec.kind is Kind.TWO_PEOPLE:
        companion = draw_companion(stage, generator(spec.seed, "companion"))
    with canvas.part_of(_PERSON):
        _draw_body(figure, context, framing)
        head = _draw_head(figure, spec)
    if spec.kind is Kind.HIDDEN_FACE:
        _hide(stage)
    else:
        context.before(stage)
    return head, companion


def _draw_body(figure: Figure, context: Context, framing: Framing) -> None:
    if context.astride:
        # Turned to what the hands hold: the far arm comes from behind the body.
        figure.draw_leg(1)
        figure.draw_arm(-1)
        figure.draw_torso()
        figure.draw_arm(1)
        return
    if framing.whole or figure.pen.at(0, 5.2)[1] < framing.height:
        figure.draw_legs()
    figure.draw_torso()
    figure.draw_arms()


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
    stage.grip(1)
    stage.grip(-1)


def _sorted(
    found: Mapping[int, Thing],
) -> tuple[tuple[Thing, ...], Thing | None, tuple[Thing, ...]]:
    people = tuple(thing for _, thing in sorted(found.items()) if thing.category == "person")
    crowd = next((thing for thing in found.values() if thing.category == CROWD), None)
    others = (thing for thing in found.values() if thing.category not in ("person", CROWD))
    return people, crowd, tuple(others)


# --- the camera -----------------------------------------------------------------------------------


def _developed(linear: NDArray[np.float32], spec: SceneSpec) -> NDArray[np.uint8]:
    """A little soft, a little noisy."""
    picture = cv2.GaussianBlur(to_srgb(linear), (0, 0), 0.45)
    y, x = (int(value) for value in generator(spec.seed, "grain").integers(0, 128, 2))
    grain = _noise()[y : y + picture.shape[0], x : x + picture.shape[1]]
    picture = cv2.add(picture, grain, dtype=cv2.CV_8U)
    if spec.kind is Kind.GREY:
        grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
        picture = cv2.merge([grey, grey, grey])
    return np.asarray(picture, np.uint8)


@cache
def _noise() -> NDArray[np.int8]:
    drawn = generator(3, "noise of the drawn world's camera").normal(0, 2.2, (640, 640, 3))
    return np.clip(np.rint(drawn), -127, 127).astype(np.int8)
