"""Drawn faces: exact truth beside the picture, and faces that real networks take for faces."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from cocopfs.faces.align import align
from cocopfs.faces.detector import Detector
from cocopfs.faces.recogniser import Recogniser
from cocopfs.records import Ethnicity, Gender
from cocopfs.world.face import DrawnHead, draw_head, to_srgb
from cocopfs.world.person import Person, blend_persons, draw_person
from cocopfs.world.portrait import Portrait, draw_portrait
from cocopfs.world.pose import View, draw_view
from cocopfs.world.seeds import generator

SIZE = 128
PLACEMENT = np.array([[44, 0, 64], [0, 44, 62]], np.float32)
FRONTAL = View()


def somebody(number: int) -> Person:
    kinds = [(gender, group) for group in Ethnicity for gender in Gender]
    return draw_person(generator(2, "face", number), *kinds[number % len(kinds)])


def drawn(person: Person, view: View = FRONTAL) -> DrawnHead:
    return draw_head(person, view, PLACEMENT, (SIZE, SIZE))


def over_grey(head: DrawnHead) -> NDArray[np.uint8]:
    opacity = head.opacity[..., None]
    return to_srgb(head.colour * opacity + np.float32(0.3) * (1 - opacity))


def test_the_same_head_is_the_same_bytes() -> None:
    view = draw_view(generator(1))
    first, second = drawn(somebody(0), view), drawn(somebody(0), view)
    assert first.colour.tobytes() == second.colour.tobytes()
    assert first.landmarks.tobytes() == second.landmarks.tobytes()


def test_the_same_portrait_is_the_same_bytes() -> None:
    first, second = (draw_portrait(somebody(1), 7) for _ in range(2))
    assert first.picture.tobytes() == second.picture.tobytes()
    assert draw_portrait(somebody(1), 8).picture.tobytes() != first.picture.tobytes()


def test_landmarks_follow_the_placement() -> None:
    angle, scale = 0.3, 1.4
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = np.hstack([turn @ PLACEMENT[:, :2], (turn @ PLACEMENT[:, 2] + [9, -4])[:, None]])
    head = draw_head(somebody(2), FRONTAL, moved, (300, 300))
    expected = drawn(somebody(2)).landmarks @ turn.T + [9, -4]
    np.testing.assert_allclose(head.landmarks, expected, atol=0.01)


def test_the_picture_turns_with_the_placement() -> None:
    quarter = np.array([[0, -1], [1, 0]], np.float32)
    middle = np.float32((SIZE - 1) / 2)
    shift = quarter @ (PLACEMENT[:, 2] - middle) + middle
    placement = np.hstack([quarter @ PLACEMENT[:, :2], shift[:, None]])
    upright = drawn(somebody(3))
    turned = draw_head(somebody(3), FRONTAL, placement, (SIZE, SIZE))
    back = np.rot90(turned.opacity, 1)
    assert np.abs(back - upright.opacity).mean() < 0.01


def test_left_is_left_as_seen_in_the_picture() -> None:
    points = drawn(somebody(4), View(yaw=0.4, roll=0.1)).landmarks
    assert points[0, 0] < points[1, 0]
    assert points[3, 0] < points[4, 0]
    assert points[0, 1] < points[2, 1] < points[3, 1]


def test_a_turned_head_turns_its_nose() -> None:
    def nose(yaw: float) -> float:
        points = drawn(somebody(5), View(yaw=yaw)).landmarks
        return float(points[2, 0] - points[:2, 0].mean())

    assert nose(-0.4) < -5 < 5 < nose(0.4)


@pytest.mark.parametrize("number", range(6))
def test_the_face_lies_inside_the_head(number: int) -> None:
    head = drawn(somebody(number), draw_view(generator(number), calm=0.5))
    assert head.opacity.min() >= 0
    assert head.opacity.max() <= 1
    assert (head.opacity[head.face_mask] > 0.5).all()
    x, y = np.round(head.landmarks).astype(int).T
    assert head.face_mask[y, x].all()
    assert head.box.x < x.min()
    assert head.box.y < y.min()
    assert head.box.x + head.box.width > x.max()
    assert head.box.y + head.box.height > y.max()


def test_a_head_half_outside_the_picture_is_the_half_of_the_head() -> None:
    shifted = PLACEMENT.copy()
    shifted[0, 2] -= 64
    half = draw_head(somebody(6), FRONTAL, shifted, (SIZE // 2, SIZE))
    whole = over_grey(drawn(somebody(6)))[:, SIZE // 2 :].astype(int)
    assert np.abs(over_grey(half).astype(int) - whole).mean() < 1.5


def test_a_head_far_outside_the_picture_leaves_it_alone() -> None:
    away = PLACEMENT + np.array([[0, 0, 900], [0, 0, 0]], np.float32)
    head = draw_head(somebody(6), FRONTAL, away, (SIZE, SIZE))
    assert not head.opacity.any()
    assert not head.face_mask.any()


@pytest.mark.parametrize("number", range(4))
def test_a_true_swap_changes_the_face_alone(number: int) -> None:
    source, target = somebody(number), somebody(number + 5)
    view = draw_view(generator(number), calm=0.4)
    before, after = drawn(target, view), drawn(blend_persons(source, target), view)
    change = np.abs(over_grey(after).astype(int) - over_grey(before)).max(-1)
    inner = (before.face_mask | after.face_mask).astype(np.uint8)
    outside = cv2.dilate(inner, np.ones((5, 5), np.uint8)) == 0
    assert (change[outside] > 4).mean() < 0.001  # the shadow that a cheek throws
    assert change[outside].mean() < 0.1
    assert change[~outside].mean() > 4


def test_light_comes_from_where_the_view_says() -> None:
    head = drawn(somebody(2), View(light_azimuth=1.0, ambient=0.3))
    middle = round(float(head.landmarks[2, 0]))
    face = head.colour.mean(-1) * head.face_mask
    left, right = face[:, :middle], face[:, middle:]
    assert right[right > 0].mean() > 1.2 * left[left > 0].mean()


def test_pixels_of_one_person_are_nearer_than_those_of_others() -> None:
    """Without any network: aligned faces in calm views, compared pixel by pixel."""

    def face(number: int, seed: int) -> NDArray[np.float32]:
        head = drawn(somebody(number), draw_view(generator(seed, number), calm=1))
        crop, _ = align(over_grey(head), head.landmarks, 112)
        return cv2.resize(crop[20:100, 20:92], (18, 20)).astype(np.float32).ravel()

    first, second = (np.array([face(n, seed) for n in range(24)]) for seed in (1, 2))
    apart = np.linalg.norm(first[:, None] - second[None], axis=-1)
    nearest = apart.argmin(axis=1)
    assert (nearest == np.arange(24)).mean() > 0.5  # by chance 0.04


def test_linear_light_becomes_the_nearest_code() -> None:
    codes = np.arange(256, dtype=np.uint8).repeat(3).reshape(16, 16, 3)
    linear = ((codes[..., ::-1] / 255) ** 2.2).astype(np.float32)
    np.testing.assert_array_equal(to_srgb(linear), codes)


# --- what networks see that know only real people ---

PEOPLE, PORTRAITS = 24, 4


@pytest.fixture(scope="module")
def gallery() -> list[list[Portrait]]:
    return [
        [draw_portrait(somebody(number), seed) for seed in range(PORTRAITS)]
        for number in range(PEOPLE)
    ]


def test_a_real_detector_finds_drawn_faces_where_they_are(
    gallery: list[list[Portrait]], real_small: Path
) -> None:
    models = real_small / "insightface/models/real-small"
    detector = Detector(models / "det_500m.onnx", "cpu", 1, 640)
    errors = []
    for portrait in [portrait for portraits in gallery for portrait in portraits]:
        faces = detector.detect(portrait.picture, 0.5)
        if faces:
            apart = np.linalg.norm(portrait.landmarks[1] - portrait.landmarks[0])
            distance = np.linalg.norm(faces[0].points - portrait.landmarks, axis=1)
            errors.append(float(distance.mean() / apart))
    assert len(errors) >= 0.98 * PEOPLE * PORTRAITS
    assert np.mean(errors) <= 0.06


def test_a_real_recogniser_knows_drawn_people_apart(
    gallery: list[list[Portrait]], real_small: Path
) -> None:
    models = real_small / "insightface/models/real-small"
    recogniser = Recogniser(models / "rec_mbf.onnx", "cpu", 1)
    crops = [
        align(portrait.picture, portrait.landmarks, 112)[0]
        for portraits in gallery
        for portrait in portraits
    ]
    embeddings = recogniser.embed(crops, 32)
    cosines = embeddings @ embeddings.T
    identity = np.repeat(np.arange(PEOPLE), PORTRAITS)
    pairs = np.array(list(combinations(range(len(crops)), 2)))
    scores = cosines[pairs[:, 0], pairs[:, 1]]
    same = identity[pairs[:, 0]] == identity[pairs[:, 1]]
    # the area under the ROC curve: how often a genuine pair beats an impostor pair
    area = np.mean(scores[same][:, None] > scores[~same][None, :])
    assert area >= 0.9
