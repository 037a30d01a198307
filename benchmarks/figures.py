"""What the figures of a swap cost, without the networks: CPU time a picture on one core.

python benchmarks/figures.py
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import cv2
import numpy as np

from cocopfs.faces.align import align
from cocopfs.faces.mask import inswapper_mask
from cocopfs.faces.paste import lay_over
from cocopfs.quality.colour import colour_difference
from cocopfs.quality.measure import measure
from cocopfs.quality.outside import outside_fidelity
from cocopfs.quality.pixels import mean_change, seam, sharpness
from cocopfs.quality.pose import head_pose
from cocopfs.quality.region import Region
from cocopfs.records import Box, Face

CASES = (
    ((480, 640), 15),
    ((480, 640), 30),
    ((480, 640), 60),
    ((480, 640), 120),
    ((3000, 4000), 60),
)
# Eyes, nose and mouth corners in distances between the eyes.
LANDMARKS = ((-0.5, 0), (0.5, 0), (0, 0.57), (-0.4, 1.0), (0.4, 1.0))
REPEATS = 30


def main() -> None:
    cv2.setNumThreads(1)
    print("picture, pixels between the eyes: ms of CPU for all figures; of these")
    for (height, width), eyes in CASES:
        seeds = np.random.default_rng(1).integers(60, 200, (height // 12, width // 12, 3))
        picture = cv2.resize(seeds.astype(np.uint8), (width, height)).astype(np.uint8)
        points = (np.array(LANDMARKS) * eyes + (width / 2, height / 3)).astype(np.float32)
        x, y = points[0].tolist()
        box = Box(x - eyes / 2, y - eyes, 2 * eyes, 2.7 * eyes)
        face = Face(box, tuple(points.ravel().tolist()), 0.9)
        crop, matrix = align(picture, points, 128)
        swap = lay_over(picture, ~crop, matrix, inswapper_mask(height, width, matrix))
        region = Region.around(picture, swap)
        parts: dict[str, Callable[[], object]] = {
            "outside": partial(outside_fidelity, picture, swap),
            "seam": partial(seam, region),
            "sharpness": partial(sharpness, region),
            "colour": partial(colour_difference, region, grey=False),
            "change": partial(mean_change, region),
            "pose": partial(head_pose, points),
        }
        all_of_them = partial(
            measure, picture, face, swap, face, grey=False, similarity=1.0, residual=0.0
        )
        whole = _milliseconds(all_of_them)
        told = ", ".join(f"{name} {_milliseconds(part):.2f}" for name, part in parts.items())
        print(f"{width}x{height}, {eyes:3d}: {whole:.2f}; {told}")


def _milliseconds(work: Callable[[], object]) -> float:
    work()
    start = time.process_time()
    for _ in range(REPEATS):
        work()
    return 1e3 * (time.process_time() - start) / REPEATS


if __name__ == "__main__":
    main()
