"""DeepFace itself, asked in a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cocopfs.records import Ethnicity, Face
from tests.faces import deepface_oracle

Item = tuple[NDArray[np.uint8], Face | None]


def deepface_answers(
    home: Path, folder: Path, items: Sequence[Item]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What DeepFace itself says: (n, 2) and (n, 6) as Attributes.predict returns them.

    home: holds .deepface/weights; folder: for the run, empty.
    """
    shutil.copytree(home, folder / "deepface")
    arrays: dict[str, NDArray[np.generic]] = {"count": np.array(len(items))}
    for number, (picture, face) in enumerate(items):
        arrays[f"picture{number}"] = picture
        told: list[float] = []
        if face is not None:
            x, y = np.floor((face.box.x, face.box.y))
            w, h = np.floor((face.box.x + face.box.width - x, face.box.y + face.box.height - y))
            left, right = face.points[1], face.points[0]  # the person's, not the picture's
            told = [x, y, w, h, *np.floor(left), *np.floor(right)]
        arrays[f"face{number}"] = np.array(told, np.int64)
    np.savez(folder / "job.npz", allow_pickle=False, **arrays)
    environment = os.environ | {
        "DEEPFACE_HOME": str(folder / "deepface"),
        "DEEPFACE_BACKEND_ENGINE": "onnx",
    }
    done = subprocess.run(
        [sys.executable, deepface_oracle.__file__, folder / "job.npz", folder / "answers.json"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers = json.loads((folder / "answers.json").read_text())
    genders = [[answer["gender"][word] for word in ("Woman", "Man")] for answer in answers]
    races = [[answer["race"][label.value] for label in Ethnicity] for answer in answers]
    return np.array(genders) / 100, np.array(races) / 100
