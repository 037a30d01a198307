"""What the drawn world's photographs would show with another face passes every threshold."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from cocopfs.faces.detector import Detector
from cocopfs.quality.figures import redetected
from cocopfs.quality.measure import measure
from cocopfs.recipe import JudgePart, load_recipe
from cocopfs.records import Face, Figures, SwapFigures
from cocopfs.stages.judge import fault
from cocopfs.world.embedded import PACK
from cocopfs.world.kinds import Kind
from cocopfs.world.scenes import Scene
from cocopfs.world.truth import identity, photo_scene, true_swap
from tests.quality.swaps import swap

SEED = 1


@pytest.fixture(scope="module")
def detector(real_small: Path) -> Detector:
    file = real_small / "insightface" / "models" / "real-small" / "det_500m.onnx"
    return Detector(file, "cpu", 1, 640)


def sources(scene: Scene) -> Iterator[int]:
    """Identities of the person's gender and group, as they are matched."""
    person = scene.spec.person
    for number in range(1, 200):
        candidate = identity(SEED, number)
        if (candidate.gender, candidate.group) == (person.gender, person.group):
            yield number


def the_face(scene: Scene, detector: Detector) -> Face | None:
    """The person's own face as the detector finds it, if it does."""
    assert scene.landmarks is not None
    apart = float(np.hypot(*(scene.landmarks[1] - scene.landmarks[0])))
    for face in detector.detect(scene.picture, 0.5):
        if np.abs(face.points - scene.landmarks).mean() < 0.4 * apart and face.inter_ocular >= 10:
            return face
    return None


def true_figures(photos: range, detector: Detector) -> Iterator[Figures]:
    for photo in photos:
        scene = photo_scene(SEED, photo)
        if scene.landmarks is None or scene.face_mask is None or scene.spec.kind.refusal:
            continue
        face = the_face(scene, detector)
        if face is None:
            continue
        after = true_swap(scene.spec, identity(SEED, next(sources(scene))))
        assert after.face_mask is not None
        # `true_swap` leaves all pixels alone that are farther away.
        reach = max(round(0.12 * float(np.hypot(*(scene.landmarks[1] - scene.landmarks[0])))), 2)
        disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1,) * 2)
        near = cv2.dilate((scene.face_mask | after.face_mask).astype(np.float32), disk)
        yield measure(
            scene.picture,
            face,
            swap(after.picture, np.asarray(near, np.float32)),
            redetected(face, detector.detect(after.picture, 0.5)),
            grey=scene.spec.kind is Kind.GREY,
            # The packs' own tests are about likeness.
            similarity=1.0,
            residual=0.0,
        )


def passing(found: list[Figures], gate: JudgePart) -> float:
    """The share of swaps that the gate lets through."""
    swaps = [SwapFigures("1_a", 1, "a", None, None, figures) for figures in found]
    return float(np.mean([fault(one, gate, {}) is None for one in swaps]))


def test_true_swaps_pass_every_threshold(detector: Detector) -> None:
    found = list(true_figures(range(1, 17), detector))
    assert len(found) >= 8
    assert passing(found, JudgePart()) == 1


def test_true_swaps_pass_every_limit_of_the_drawn_world_s_recipe() -> None:
    detector = Detector(PACK / "detector.onnx", "cpu", 1, 480)
    found = list(true_figures(range(300, 330), detector))
    assert len(found) >= 16
    assert passing(found, load_recipe("drawn-world").judge) == 1


@pytest.mark.full
def test_hardly_any_true_swap_fails_for_its_proportions(detector: Detector) -> None:
    """Another person's face has other proportions: landmarks lie elsewhere, and five of them take
    that for a turn of the head."""
    found = list(true_figures(range(100, 240), detector))
    assert len(found) >= 80
    assert passing(found, JudgePart()) > 0.9
    assert passing(found, JudgePart(max_landmark_error=None)) > 0.95
    assert passing(found, JudgePart(max_landmark_error=0.15, max_pose_difference=20)) > 0.97
