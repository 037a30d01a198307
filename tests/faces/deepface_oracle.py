"""Runs DeepFace itself, in a process of its own: python deepface_oracle.py JOB.npz ANSWERS.json

The job holds pictures and, for some of them, a face's box and eyes; the answers are what
`DeepFace.analyze` says of each. Where there is a face, a detector that knows it takes the place of
one of DeepFace's own, so that DeepFace cuts the face out by itself; where there is none, the whole
picture is the face. DEEPFACE_HOME must point to a folder with the weights.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from deepface import DeepFace
from deepface.models.Detector import Detector, FacialAreaRegion
from deepface.modules import modeling


class Knowing(Detector):  # type: ignore[misc]  # deepface has no types
    """Finds the one face that it was told of."""

    face: tuple[int, ...]

    def detect_faces(self, img: Any) -> list[Any]:
        # before it asks, DeepFace adds half the frame on each side
        height, width = img.shape[:2]
        dx, dy = width // 4, height // 4
        x, y, w, h, left_x, left_y, right_x, right_y = self.face
        left, right = (left_x + dx, left_y + dy), (right_x + dx, right_y + dy)
        return [FacialAreaRegion(x + dx, y + dy, w, h, left_eye=left, right_eye=right)]


def main(job: Path, answers: Path) -> None:
    modeling.build_model(task="facial_attribute", model_name="Gender")
    knowing = Knowing()
    modeling.cached_models["face_detector"]["retinaface"] = knowing
    results = []
    with np.load(job) as data:
        for number in range(int(data["count"])):
            face = data[f"face{number}"].tolist()
            knowing.face = tuple(face)
            (answer,) = DeepFace.analyze(
                data[f"picture{number}"],
                actions=["gender", "race"],
                detector_backend="retinaface" if face else "skip",
                silent=True,
            )
            results.append({key: dict(answer[key]) for key in ("gender", "race")})
    answers.write_text(json.dumps(results, default=float))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
