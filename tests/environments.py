"""Environments of their own for tests that need other versions of packages than the project has.

They lie in the cache folder and are used again; where packages cannot be fetched, the test is
skipped.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest


def python_with(name: str, requirements: tuple[str, ...]) -> Path:
    """The interpreter of an environment with these packages, which is made when it is not there."""
    what = "\n".join([sys.version, sys.base_prefix, *requirements])
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cocopfs-tests"
    folder = cache / f"{name}-{hashlib.sha256(what.encode()).hexdigest()[:12]}"
    python, complete = folder / "bin" / "python", folder / "complete"
    cache.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another run may be making it just now
        if not complete.exists():
            _make(folder, python, name, requirements)
            complete.touch()
    return python


def _make(folder: Path, python: Path, name: str, requirements: tuple[str, ...]) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
    options = ["--quiet", "--disable-pip-version-check", "--only-binary=:all:", "--retries=1"]
    done = subprocess.run(
        [python, "-m", "pip", "install", *options, *requirements],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        pytest.skip(f"pip cannot install {name}: " + " ".join(errors or [done.stderr[-500:]]))
