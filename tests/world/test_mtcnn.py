"""MTCNN, the detector of the paper, finds the faces of drawn scenes; it never saw drawn people.

The first run makes an environment with TensorFlow for it (about 1.6 GB) in the cache folder; later
runs use it again.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from cocopfs.world.kinds import Kind, kind_of
from cocopfs.world.truth import photo_scene
from tests.environments import python_with

SEED = 5
PHOTO_IDS = range(100, 900)  # the same ids as in the full test of `test_scenes`
ORACLE = Path(__file__).with_name("mtcnn_oracle.py")

# What deepface's `mtcnn` backend runs on. The weights are inside mtcnn's wheel.
REQUIREMENTS = (
    "mtcnn==1.0.0",
    "tensorflow-cpu==2.21.0",
    "keras==3.15.1",
    "numpy==2.4.6",
    "joblib==1.6.0",
    "lz4==4.4.5",
)


@pytest.mark.full
def test_mtcnn_finds_the_face_and_no_other(tmp_path: Path) -> None:
    python = python_with("mtcnn", REQUIREMENTS)
    truth = {}
    for photo_id in PHOTO_IDS:
        if kind_of(photo_id).refusal is None:
            scene = photo_scene(SEED, photo_id)
            assert scene.landmarks is not None
            assert cv2.imwrite(str(tmp_path / f"{photo_id}.png"), scene.picture)
            truth[f"{photo_id}.png"] = scene.landmarks, scene.spec.kind
    assert len(truth) > 500
    answers = _run_oracle(python, tmp_path)
    assert answers.keys() == truth.keys()

    errors, missed, strangers = [], [], []
    for name, (landmarks, kind) in truth.items():
        eyes = float(np.hypot(*(landmarks[1] - landmarks[0])))
        distances = [
            float(np.linalg.norm(face["landmarks"] - landmarks, axis=1).mean()) / eyes
            for face in answers[name]
        ]
        near = [distance for distance in distances if distance < 0.5]
        errors += near
        if not near:
            missed.append(name)
        if kind is not Kind.POSTER and len(distances) > len(near):
            strangers.append(name)
    assert len(missed) <= 0.02 * len(truth), missed
    assert len(strangers) <= 0.02 * len(truth), strangers
    assert np.mean(errors) < 0.06


def _run_oracle(python: Path, folder: Path) -> dict[str, list[dict[str, Any]]]:
    done = subprocess.run(
        [python, "-I", ORACLE, folder],
        # deepface, imported by other tests, asks in the environment for a Keras of its own.
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2", "TF_USE_LEGACY_KERAS": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers: dict[str, list[dict[str, Any]]] = json.loads(done.stdout)
    return answers
