"""Runs MTCNN, in an environment of its own: python mtcnn_oracle.py FOLDER

Prints JSON: for each PNG picture of the folder, by its name, all faces that MTCNN finds at its own
thresholds: box [x1, y1, x2, y2], score, and the five landmarks [x, y] in the order eyes, nose,
corners of the mouth, the picture's left before its right; in pixels, not rounded.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

# By name: TensorFlow is in this script's environment only, where nothing checks types.
tensorflow: Any = import_module("tensorflow")
mtcnn: Any = import_module("mtcnn")


def main(folder: Path) -> None:
    tensorflow.config.threading.set_intra_op_parallelism_threads(1)
    tensorflow.config.threading.set_inter_op_parallelism_threads(1)
    detector = mtcnn.MTCNN()
    found = {path.name: _faces(detector, path) for path in sorted(folder.glob("*.png"))}
    json.dump(found, sys.stdout)


def _faces(detector: Any, path: Path) -> list[dict[str, Any]]:
    # Its own JSON has whole pixels only.
    rows = detector.detect_faces(str(path), output_type="numpy", box_format="xyxy")
    return [
        {
            "box": row[1:5].tolist(),
            "score": float(row[5]),
            "landmarks": row[6:16].reshape(2, 5).T.tolist(),
        }
        for row in rows
    ]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
