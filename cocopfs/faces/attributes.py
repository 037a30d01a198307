"""Gender and ethnicity as DeepFace's networks see them: its code, its crops, in true batches.

DeepFace itself looks at one face at a time, opens its networks on whatever device it finds,
downloads what it misses and makes folders in the user's home. Its clients are used here without
their loader, on sessions that were checked.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cocopfs.errors import UsageError
from cocopfs.faces.graph import read_graph, refuse_interface
from cocopfs.faces.session import Device, open_session
from cocopfs.records import Ethnicity, Face, Gender

SIDE = 224
"""Side of the crop that DeepFace's networks take, pixels."""

_GENDER_WORDS = {Gender.FEMALE: "Woman", Gender.MALE: "Man"}


def face_crop(picture: NDArray[np.uint8], face: Face) -> NDArray[np.float32]:
    """The face as DeepFace cuts it out for its networks.

    picture: (H, W, 3) uint8 BGR; what lies outside of it is black.
    Returns (224, 224, 3) float32 BGR in [0, 1]: the face's box, turned about its centre until the
    eyes are level, its aspect kept, centred on black.
    Raises ValueError when the box is less than a pixel wide or high, or a mere line.
    """
    from deepface.models.Detector import FacialAreaRegion  # slow to import
    from deepface.modules import detection, preprocessing

    left, top = math.floor(face.box.x), math.floor(face.box.y)
    width = math.floor(face.box.x + face.box.width) - left
    height = math.floor(face.box.y + face.box.height) - top
    if min(width, height) * SIDE < max(width, height, SIDE):
        raise ValueError(f"a face of {width}x{height} pixels cannot be cut out")
    # DeepFace turns the box with a margin of half its size; only that much needs a black border.
    x, y = left - width // 2, top - height // 2
    window = _window(picture, x, y, width + 2 * (width // 2), height + 2 * (height // 2))
    # DeepFace's left eye is the person's: the right one of the picture.
    picture_left, picture_right = (
        (math.floor(px) - x, math.floor(py) - y) for px, py in face.points[:2].tolist()
    )
    region = FacialAreaRegion(
        left - x, top - y, width, height, left_eye=picture_right, right_eye=picture_left
    )
    found = detection.extract_face(
        region,
        window,
        align=True,
        expand_percentage=0,
        width_border=0,
        height_border=0,
        detector_backend="skip",
    )
    if not found.img.size:
        raise ValueError(f"a face of {width}x{height} pixels cannot be cut out")
    # Scaled before it is resized, as DeepFace.analyze does it: the rounding differs otherwise.
    crop = preprocessing.resize_image(found.img / 255, (SIDE, SIDE))[0]
    return np.asarray(crop, np.float32)


def _window(
    picture: NDArray[np.uint8], x: int, y: int, width: int, height: int
) -> NDArray[np.uint8]:
    """That part of the picture, black where it reaches out of the frame."""
    window = np.zeros((height, width, 3), np.uint8)
    left, right = max(x, 0), min(x + width, picture.shape[1])
    top, bottom = max(y, 0), min(y + height, picture.shape[0])
    if left < right and top < bottom:
        window[top - y : bottom - y, left - x : right - x] = picture[top:bottom, left:right]
    return window


def network_classes() -> tuple[tuple[Gender, ...], tuple[Ethnicity, ...]]:
    """The classes in the order in which DeepFace's networks put out their probabilities."""
    from deepface.models.demography.DemographyUtils import GENDER_LABELS, RACE_LABELS

    words = {word: gender for gender, word in _GENDER_WORDS.items()}
    return tuple(words[word] for word in GENDER_LABELS), tuple(map(Ethnicity, RACE_LABELS))


class Attributes:
    """DeepFace's gender and race networks. May be used by several threads at once."""

    def __init__(self, gender: Path, ethnicity: Path, device: Device, threads: int) -> None:
        """Raises UsageError when a file is not a network of DeepFace's interface."""
        # The modules of one engine, so that DeepFace never chooses one (it would take torch where
        # it is installed), and not `deepface.DeepFace`, which makes folders when it is imported.
        from deepface.models.demography.onnx.Gender import GenderClient
        from deepface.models.demography.onnx.Race import RaceClient

        genders, ethnicities = network_classes()
        self._gender = _Client(GenderClient, gender, "gender", len(genders), device, threads)
        self._race = _Client(RaceClient, ethnicity, "ethnicity", len(ethnicities), device, threads)
        self._genders = [genders.index(gender) for gender in Gender]
        self._ethnicities = [ethnicities.index(ethnicity) for ethnicity in Ethnicity]

    def predict(
        self, crops: Sequence[NDArray[np.float32]], batch: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Probabilities: (n, 2) in the order of Gender and (n, 6) in that of Ethnicity, float64,
        rows that add up to 1.

        crops: n faces as `face_crop` cuts them.
        batch: faces in one call of a network; a graph made for one takes them one by one.
        Raises UsageError when a network gives no probabilities: it is broken.
        """
        genders = self._gender.probabilities(crops, batch)
        ethnicities = self._race.probabilities(crops, batch)
        return genders[:, self._genders], ethnicities[:, self._ethnicities]


class _Client:
    """A client of DeepFace on a session of ours."""

    def __init__(
        self, kind: Any, path: Path, role: str, classes: int, device: Device, threads: int
    ) -> None:
        graph = read_graph(path)
        fits = len(graph.inputs) == 1 and len(graph.outputs) == 1
        fits = fits and graph.inputs[0].fits(None, SIDE, SIDE, 3)
        fits = fits and graph.inputs[0].shape[0] in (None, 1)
        if not (fits and graph.outputs[0].fits(None, classes)):
            expected = f"one input [n, {SIDE}, {SIDE}, 3] and one output [n, {classes}]"
            raise refuse_interface(path, f"{role} network", graph, expected)
        self._path = path
        self._classes = classes
        self._one_by_one = graph.inputs[0].shape[0] == 1
        self._client = kind.__new__(kind)  # __init__ would look for the weights, and download them
        self._client.model_name = role
        self._client.model = open_session(path, device, threads)

    def probabilities(
        self, crops: Sequence[NDArray[np.float32]], batch: int
    ) -> NDArray[np.float64]:
        step = 1 if self._one_by_one else batch
        found = [
            # a single face comes back without the batch's dimension
            np.reshape(self._client.predict(list(crops[start : start + step])), (-1, self._classes))
            for start in range(0, len(crops), step)
        ]
        raw = np.concatenate([np.empty((0, self._classes)), *found])
        sums = raw.sum(axis=1, keepdims=True)
        if not (np.isfinite(raw).all() and (raw >= 0).all() and (sums > 0).all()):
            raise UsageError(
                f"{self._path} gave {raw.min():g} to {raw.max():g} for probabilities",
                expected="numbers from 0 to 1",
                hint="get the file again, or run it on another device",
            )
        return np.asarray(raw / sums, np.float64)
