"""A true swap, and the same swap with one fault: each fault is caught by the figure meant for it,
and the gate names it. Drawn people, looked at by real networks."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from cocopfs.faces.align import align
from cocopfs.faces.detector import Detector
from cocopfs.faces.recogniser import Recogniser
from cocopfs.faces.swapped import SwappedFace
from cocopfs.quality.figures import cosine, redetected
from cocopfs.quality.measure import measure
from cocopfs.recipe import JudgePart
from cocopfs.records import Face, Figures, Reason, SwapFigures
from cocopfs.stages.judge import fault
from cocopfs.world.person import Person, blend_persons
from cocopfs.world.portrait import Portrait, draw_studio_portrait
from cocopfs.world.pose import View
from cocopfs.world.truth import identity
from tests.quality.swaps import feathered, swap

Picture = NDArray[np.uint8]
SIDE = 280
VIEW = View(yaw=0.1, pitch=0.05, roll=0.05)


@dataclass(frozen=True)
class Networks:
    detector: Detector
    recogniser: Recogniser

    def face(self, picture: Picture) -> Face:
        return self.detector.detect(picture, 0.5)[0]

    def embed(self, picture: Picture, face: Face) -> NDArray[np.float32]:
        crop, _ = align(picture, face.points, 112)
        return np.asarray(self.recogniser.embed([crop], batch=1)[0])


@pytest.fixture(scope="module")
def networks(real_small: Path) -> Networks:
    folder = real_small / "insightface" / "models" / "real-small"
    return Networks(
        Detector(folder / "det_500m.onnx", "cpu", 1, 640),
        Recogniser(folder / "rec_mbf.onnx", "cpu", 1),
    )


@dataclass(frozen=True)
class Case:
    """A photo of `person` and what it shows with the face of `source`."""

    networks: Networks
    person: Person
    source: Person

    @cached_property
    def original(self) -> Portrait:
        return draw_studio_portrait(self.person, VIEW, 4, SIDE)

    @cached_property
    def true(self) -> Portrait:
        return self.drawn(VIEW)

    def drawn(self, view: View) -> Portrait:
        return draw_studio_portrait(blend_persons(self.source, self.person), view, 4, SIDE)

    @cached_property
    def opacity(self) -> NDArray[np.float32]:
        faces = (self.original.face_mask | self.true.face_mask).astype(np.uint8)
        return feathered(cv2.dilate(faces, np.ones((13, 13), np.uint8)) > 0, 6)

    def over(self, picture: Picture, below: Picture | None = None) -> Picture:
        """The picture inside the mask, the original (or what is given) outside."""
        ground = self.original.picture if below is None else below
        mixed = ground + (picture.astype(np.float32) - ground) * self.opacity[..., None]
        return np.rint(mixed).astype(np.uint8)

    @cached_property
    def portrait(self) -> NDArray[np.float32]:
        """The embedding of a portrait of the source."""
        picture = draw_studio_portrait(self.source, View(), 5, SIDE).picture
        return self.networks.embed(picture, self.networks.face(picture))

    @cached_property
    def face(self) -> Face:
        return self.networks.face(self.original.picture)

    def figures(self, swapped: Picture, opacity: NDArray[np.float32] | None = None) -> Figures:
        done: SwappedFace = swap(swapped, self.opacity if opacity is None else opacity)
        embedding = self.networks.embed(swapped, self.face)
        return measure(
            self.original.picture,
            self.face,
            done,
            redetected(self.face, self.networks.detector.detect(swapped, 0.5)),
            grey=False,
            similarity=cosine(embedding, self.portrait),
            residual=cosine(embedding, self.networks.embed(self.original.picture, self.face)),
        )


def unswapped(case: Case) -> Figures:
    return case.figures(case.original.picture.copy())


def blurred(case: Case) -> Figures:
    swapped = case.over(case.true.picture)
    return case.figures(case.over(np.asarray(cv2.GaussianBlur(swapped, (0, 0), 2.5), np.uint8)))


def shifted(case: Case) -> Figures:
    apart = 0.15 * case.face.inter_ocular
    matrix = np.array([[1, 0, 0.8 * apart], [0, 1, 0.6 * apart]])
    moved = cv2.warpAffine(case.true.picture, matrix, (SIDE, SIDE))
    return case.figures(case.over(np.asarray(moved, np.uint8)))


def turned(case: Case) -> Figures:
    view = replace(VIEW, yaw=VIEW.yaw + math.radians(25))
    return case.figures(case.over(case.drawn(view).picture))


def tinted(case: Case) -> Figures:
    tint = np.clip(case.true.picture * np.array([0.6, 1.0, 1.35]), 0, 255).astype(np.uint8)
    return case.figures(case.over(tint))


def spoilt_outside(case: Case) -> Figures:
    swapped = case.over(case.true.picture)
    swapped[:40, :40] = np.random.default_rng(1).integers(0, 256, (40, 40, 3))
    return case.figures(swapped)


def pasted_rectangle(case: Case) -> Figures:
    """A rectangle of another photo with the face in its middle."""
    box, swapped = case.face.box, case.over(case.true.picture)
    margin = 0.1 * box.width
    left, top = int(box.x - margin), int(box.y - margin)
    right, bottom = int(box.x + box.width + margin), int(box.y + box.height + margin)
    rectangle = np.zeros((SIDE, SIDE), np.float32)
    rectangle[top:bottom, left:right] = 1
    foreign = draw_studio_portrait(identity(2, 43), VIEW, 9, SIDE).picture[::-1]
    around = (rectangle > 0) & (case.opacity == 0)
    swapped[around] = foreign[around]
    return case.figures(swapped, np.maximum(rectangle, case.opacity))


GATE = JudgePart()
LIKENESS = ("similarity", "residual_similarity", "margin")


@dataclass(frozen=True)
class Fault:
    """What was done to a true swap; the figure that is meant for it, and whether that is a fault's
    value; figures that cannot but move along; and what the gate says."""

    spoil: Callable[[Case], Figures]
    figure: str
    bad: Callable[[float], bool]
    along: tuple[str, ...]
    reason: Reason | None
    gate: JudgePart = GATE


FAULTS = [
    Fault(
        unswapped,
        "changed",
        lambda x: x == 0,
        (*LIKENESS, "landmark_error", "pose_difference"),  # 0, and so better than the true swap's
        Reason.UNCHANGED,
    ),
    Fault(blurred, "sharpness", lambda x: x < 0.3, LIKENESS, Reason.BLURRED),
    Fault(
        shifted,
        "landmark_error",
        lambda x: x > 0.08,
        (*LIKENESS, "changed"),
        Reason.LANDMARK_ERROR,
    ),
    Fault(
        turned,
        "pose_difference",
        lambda x: x > 10,
        (*LIKENESS, "changed", "landmark_error"),
        Reason.POSE_DIFFERENCE,
        JudgePart(max_landmark_error=None),
    ),
    Fault(tinted, "colour_difference", lambda x: x > 12, ("changed",), Reason.COLOUR_DIFFERENCE),
    Fault(
        spoilt_outside,
        "outside_psnr",
        lambda x: x < 40,
        ("outside_ssim",),
        Reason.OUTSIDE_CHANGED,
    ),
    # A seam is reported only. The mask is the rectangle's here, so what is inside is another.
    Fault(pasted_rectangle, "seam", lambda x: x > 2, ("changed", "sharpness"), None),
]
# How far the other figures may be from the true swap's.
NEARLY = {
    "similarity": 0.05,
    "residual_similarity": 0.05,
    "margin": 0.05,
    "landmark_error": 0.04,
    "pose_difference": 5.0,
    "outside_psnr": 0.0,
    "outside_ssim": 0.0,
    "seam": 0.3,
    "sharpness": 0.65,
    "colour_difference": 4.0,
    "changed": 3.0,
}


@pytest.fixture(scope="module", params=[(3, 15), (10, 22)], ids=["man", "woman"])
def case(request: pytest.FixtureRequest, networks: Networks) -> Case:
    person, source = request.param
    return Case(networks, identity(2, person), identity(2, source))


@pytest.fixture(scope="module")
def true(case: Case) -> Figures:
    return case.figures(case.over(case.true.picture))


def reason(figures: Figures, gate: JudgePart) -> Reason | None:
    found = fault(SwapFigures("1_a", 1, "a", None, None, figures), gate, {})
    return found[0] if found else None


def test_a_true_swap_is_good(true: Figures) -> None:
    assert reason(true, JudgePart()) is None
    assert (true.outside_psnr, true.outside_ssim) == (100, 1)
    assert true.seam == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("fault_", FAULTS, ids=lambda fault_: fault_.spoil.__name__)
def test_a_fault_is_caught_by_the_figure_meant_for_it(
    case: Case, true: Figures, fault_: Fault
) -> None:
    found = fault_.spoil(case)
    assert found.redetected
    assert fault_.bad(getattr(found, fault_.figure))
    assert not fault_.bad(getattr(true, fault_.figure))
    assert reason(found, fault_.gate) is fault_.reason
    for name, near in NEARLY.items():
        if name not in (fault_.figure, *fault_.along):
            assert getattr(found, name) == pytest.approx(getattr(true, name), abs=near), name


def test_an_unswapped_copy_is_as_like_the_source_as_impostors_are(
    case: Case, true: Figures
) -> None:
    found = unswapped(case)
    numbers = [n for n in range(60, 100) if identity(2, n).gender is case.person.gender][:12]
    impostors = []
    for number in numbers:
        picture = draw_studio_portrait(identity(2, number), VIEW, 4, SIDE // 2).picture
        embedding = case.networks.embed(picture, case.networks.face(picture))
        impostors.append(cosine(embedding, case.portrait))
    assert abs(found.similarity - np.mean(impostors)) < 2 * np.std(impostors)
    assert found.similarity < true.similarity - 0.1
    assert found.residual_similarity == pytest.approx(1)
    assert found.margin < 0
