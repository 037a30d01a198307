"""Cost of the swap stage against its size: time a picture and peak memory.

The stage runs as in a build, with its figures and its commits; its networks are stand-ins. Each
size has a process of its own. Files are the same hundred photos again and again.

python benchmarks/scale.py                     # 100, 1,000 and 10,000 photos: 8 GB below /tmp
python benchmarks/scale.py --photos 100 1000
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from material import IDENTITIES_A_PHOTO, draw_material
from numpy.typing import NDArray
from rich.console import Console
from stand_in import SwapNetworkStandIn

from cocopfs.engine.executors import Executor
from cocopfs.engine.progress import LineProgress
from cocopfs.engine.runner import run_stage
from cocopfs.engine.stage import Shard
from cocopfs.engine.store import Store, Upstream
from cocopfs.faces.inswapper import DIMENSION, Inswapper
from cocopfs.recipe import SwapPart
from cocopfs.records import SwapSource, SwapTarget
from cocopfs.stages.swap import SwapFaces, cut

FILES = 100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--photos", type=int, nargs="+", default=[100, 1_000, 10_000])
    parser.add_argument("--milliseconds", type=float, default=1, help="of the swapper, a picture")
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.alone:
        print(*measure(options.photos[0], options.milliseconds / 1000))
        return
    print(f"{'photos':>8}{'pictures':>10}{'ms a picture':>14}{'CPU':>8}{'peak MiB':>10}")
    for photos in options.photos:
        command = [sys.executable, __file__, "--alone", "--photos", str(photos)]
        command += ["--milliseconds", str(options.milliseconds)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        wall, cpu, peak = map(float, done.stdout.split())
        pictures = photos * IDENTITIES_A_PHOTO
        times = f"{1000 * wall / pictures:14.2f}{1000 * cpu / pictures:8.2f}"
        print(f"{photos:8,}{pictures:10,}{times}{peak:10.0f}")


def measure(photos: int, seconds: float) -> tuple[float, float, float]:
    """Seconds of the wall's clock and of the CPU, and the process's peak memory in MiB."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        material = draw_material(folder, FILES, identities=FILES)
        network = SwapNetworkStandIn(seconds, together=False)
        inswapper = Inswapper(network, np.eye(DIMENSION, dtype=np.float32))
        models = SimpleNamespace(inswapper=inswapper, recogniser=Recogniser(), detector=Detector())
        stage = GivenPhotos(
            SwapPart(), 50_000_000, {}, "", material.coco, material.gallery,
            targets=tuple(material.targets),
            sources=tuple(SwapSource(*one) for one in material.sources.items()),
            photos=photos,
        )  # fmt: skip
        progress = LineProgress(Console(quiet=True))
        upstream = Upstream(Store(folder / "work"), {})
        wall, cpu = time.perf_counter(), time.process_time()
        run_stage(stage, upstream, Executor(), lambda: models, progress)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        return wall, cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@dataclass(frozen=True)
class GivenPhotos(SwapFaces):
    """The stage on photos that no stage before it has selected."""

    targets: tuple[SwapTarget, ...] = ()
    sources: tuple[SwapSource, ...] = ()
    photos: int = 0

    def size(self, upstream: Upstream) -> int:
        return self.photos

    def shards(self, upstream: Upstream) -> Iterator[Shard]:
        targets = (
            replace(self.targets[number % len(self.targets)], photo_id=number + 1)
            for number in range(self.photos)
        )
        for some in cut(targets, self.part.shard_photos):
            yield Shard(f"{some[0].photo_id:012d}", some, self.sources)


class Recogniser:
    """Answers at once, and always the same."""

    def embed(self, crops: Sequence[object], batch: int) -> NDArray[np.float32]:
        return np.full((len(crops), 512), 512**-0.5, np.float32)


class Detector:
    """Answers at once, and finds no face."""

    def detect(self, picture: object, min_score: float) -> list[object]:
        return []


if __name__ == "__main__":
    main()
