"""What `make build` costs: the default build on the drawn world, and what it downloads before.

python benchmarks/default_build.py                # the build, two workers
python benchmarks/default_build.py --downloads    # also what pip fetches
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec

ROOT = Path(__file__).resolve().parents[1]
EVERY = 0.1  # seconds between two looks at the memory


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--downloads", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        seconds, peak = build(out, options.workers)
        facts = msgspec.json.decode((out / "manifest.json").read_bytes())
        samples = sum(split["rows"] for split in facts["splits"].values())
        print(
            f"{samples} samples of {facts['photos']['kept']} photos, {options.workers} workers: "
            f"{seconds:.0f} s, at most {peak / 2**20:.0f} MiB"
        )
    if options.downloads:
        for extra, command in (("", "make build"), ("[dev]", "make test")):
            print(f"{command} downloads {downloaded(extra) / 1e6:.0f} MB")


def build(out: Path, workers: int) -> tuple[float, int]:
    """Seconds of the wall's clock, and the most memory that all processes held together, bytes
    (what they share counted once for each share)."""
    command = [sys.executable, "-m", "cocopfs", "build", "--out", str(out)]
    start, peak = time.perf_counter(), 0
    with subprocess.Popen([*command, "--workers", str(workers)]) as process:
        while process.poll() is None:
            peak = max(peak, sum(memory(number) for number in family(process.pid)))
            time.sleep(EVERY)
    if process.returncode:
        sys.exit(process.returncode)
    return time.perf_counter() - start, peak


def family(number: int) -> list[int]:
    """A process and all that it started."""
    try:
        tasks = list(Path(f"/proc/{number}/task").iterdir())
        children = [child for task in tasks for child in (task / "children").read_text().split()]
    except OSError:  # it ended just now
        return [number]
    return [number, *(one for child in children for one in family(int(child)))]


def memory(number: int) -> int:
    """Proportional set size, bytes; 0 for a process that ended."""
    try:
        lines = Path(f"/proc/{number}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def downloaded(extra: str) -> int:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "-q", "-d", folder, f"{ROOT}{extra}"],
            check=True,
            env=os.environ | {"PIP_NO_CACHE_DIR": "1"},
        )
        return sum(path.stat().st_size for path in Path(folder).iterdir())


if __name__ == "__main__":
    main()
