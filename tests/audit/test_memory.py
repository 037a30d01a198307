"""Datasets that do not fit into memory are audited, and somebody sees how far it is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cocopfs.audit.dataset import open_dataset
from cocopfs.audit.samples import read_samples
from tests.audit.synthetic import Synthetic, write_synthetic

_AUDIT = """
import resource, sys
from pathlib import Path
from rich.console import Console
from cocopfs.audit.whole import audit_dataset
from cocopfs.engine.progress import LineProgress
found = audit_dataset(Path(sys.argv[1]), None, None, None, "cpu", [], LineProgress(Console()))
print(len(found.samples), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


class _Seen:
    """A progress that remembers what it was told."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, int]] = []
        self.done = self.rejected = self.finished = 0

    def start(self, stage: str, total: int) -> None:
        self.steps.append((stage, total))

    def skip(self, items: int, rejected: int) -> None:
        raise AssertionError("an audit begins anew")

    def advance(self, items: int, rejected: int) -> None:
        self.done += items
        self.rejected += rejected

    def restart(self) -> None:
        raise AssertionError("an audit begins anew")

    def finish(self) -> None:
        self.finished += 1


def test_progress_is_told(synthetic: Synthetic) -> None:
    (synthetic.out / "data" / "train-00003-of-00004.parquet").unlink()
    seen = _Seen()
    read_samples(open_dataset(synthetic.out), seen)
    assert seen.steps == [("figures", 36)]
    assert (seen.done, seen.rejected, seen.finished) == (36, 6, 1)


def peak_memory(out: Path, samples: int) -> float:
    """Of a process that audits the dataset, in MiB."""
    command = [sys.executable, "-c", _AUDIT, str(out)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found, peak = done.stdout.split()[-2:]
    assert int(found) == samples
    return int(peak) / 1024


@pytest.mark.full
def test_ten_thousand_samples_take_no_more_memory_than_a_thousand(tmp_path: Path) -> None:
    few = write_synthetic(tmp_path / "few", 200, 5, 20, 1000, picture_bytes=40_000)
    many = write_synthetic(tmp_path / "many", 2000, 5, 20, 1000, picture_bytes=40_000)
    pictures = sum(path.stat().st_size for path in (many.out / "data").iterdir()) / 2**20
    assert pictures > 350
    more = peak_memory(many.out, 10_000) - peak_memory(few.out, 1000)
    assert more < 60, "9,000 samples more, of a kilobyte each, and what Python makes of them"
