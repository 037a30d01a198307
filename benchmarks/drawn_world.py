"""How long the drawn world takes to draw, and what a real detector makes of it.

python benchmarks/drawn_world.py                          # 1,000 photos, 600 identities x 12
python benchmarks/drawn_world.py --photos 100 --identities 20
python benchmarks/drawn_world.py --pack PACK              # also what its SCRFD finds
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from cocopfs.faces.detector import Detector
from cocopfs.world.disk import WorldSize, draw_world
from cocopfs.world.kinds import Kind, kind_of
from cocopfs.world.truth import photo_scene

SEED = 1
TIMED_SCENES = 100
DETECTED_SCENES = 400


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--photos", type=int, default=1000)
    parser.add_argument("--identities", type=int, default=600)
    parser.add_argument("--portraits", type=int, default=12)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--pack", type=Path, help="a model pack with an SCRFD detector")
    options = parser.parse_args()
    time_scenes()
    time_world(options.photos, options.identities, options.portraits, options.workers)
    if options.pack is not None:
        detect(next(options.pack.rglob("det_*.onnx")))


def time_scenes() -> None:
    photo_scene(SEED, 1)  # the banks of noise are made once
    start = time.process_time()
    for photo_id in range(1, TIMED_SCENES + 1):
        photo_scene(SEED, photo_id)
    spent = (time.process_time() - start) / TIMED_SCENES
    print(f"a scene: {1000 * spent:.0f} ms of one core")


def time_world(photos: int, identities: int, portraits: int, workers: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        size = WorldSize(photos, identities, portraits)
        draw_world(Path(folder) / "world", size, SEED, workers)
        spent = time.perf_counter() - start
        written = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
    print(
        f"{photos} photos and {identities} identities x {portraits} portraits, {workers} workers: "
        f"{spent:.0f} s, {written / 2**20:.0f} MiB"
    )


def detect(path: Path) -> None:
    detector = Detector(path, "cpu", 2, 640)
    found, strangers, scenes, errors = 0, 0, 0, []
    for photo_id in range(1, DETECTED_SCENES + 1):
        kind = kind_of(photo_id)
        if kind.refusal is not None:
            continue
        scene = photo_scene(SEED, photo_id)
        if scene.landmarks is None:
            continue
        scenes += 1
        eyes = float(np.hypot(*(scene.landmarks[1] - scene.landmarks[0])))
        offsets = [
            (face.points - scene.landmarks) / eyes for face in detector.detect(scene.picture, 0.5)
        ]
        near = [one for one in offsets if np.linalg.norm(one, axis=1).mean() < 0.5]
        found += len(near) == 1
        errors += near
        strangers += kind is not Kind.POSTER and len(near) < len(offsets)
    away = np.array(errors)
    error = np.linalg.norm(away, axis=2).mean()
    spread = np.linalg.norm(away - away.mean(0), axis=2).mean()
    print(
        f"{path.name}: the face found in {found / scenes:.1%} of {scenes} scenes, another in "
        f"{strangers / scenes:.1%}; landmarks off by {error:.1%} of the eyes' distance, "
        f"by {spread:.1%} without the detector's constant offset"
    )


if __name__ == "__main__":
    main()
