"""pyproject.toml asks for all that is imported, by versions that do."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

from tests.environments import python_with

ROOT = Path(__file__).parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
# Of a small world, so that the build takes seconds.
SMALL = (
    *("--set", "world.photos=24", "--set", "world.identities=36"),
    *("--set", "match.by=[gender]", "--set", "match.identities_per_photo=2"),
    *("--set", "judge.min_identities=1"),
)


def distribution(requirement: str) -> str:
    """The normalised name that a requirement begins with."""
    return re.split(r"[^\w.-]", requirement)[0].lower().replace("_", "-")


def asked_for(*extras: str) -> set[str]:
    further = PROJECT["optional-dependencies"]
    return {
        distribution(requirement)
        for requirement in (
            *PROJECT["dependencies"],
            *(r for extra in extras for r in further[extra]),
        )
    }


def imported(files: Iterable[Path]) -> set[str]:
    """The top-level modules that the files import, in functions too, without Python's own."""
    found = set()
    for path in files:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.split(".")[0])
    return found - sys.stdlib_module_names - {"cocopfs", "tests"}


def unasked(modules: set[str], known: set[str]) -> set[str]:
    """The modules that come with none of the distributions; what is not installed is called like
    its module."""
    providers = packages_distributions()
    return {
        module
        for module in modules
        if not {distribution(name) for name in providers.get(module, [module])} & known
    }


def test_what_the_package_imports_is_asked_for() -> None:
    package = ROOT / "cocopfs"
    trained = [package / "baseline", package / "world" / "training"]
    files = list(package.rglob("*.py"))
    extra = [path for path in files if any(folder in path.parents for folder in trained)]
    assert len(extra) > 30
    plain = imported(path for path in files if path not in extra)
    # The commands that need these say so where they are missing.
    assert unasked(plain, asked_for()) == {"torch", "transformers"}
    assert not unasked(imported(extra), asked_for("train", "full"))


def test_what_tests_and_benchmarks_import_is_asked_for() -> None:
    files = [*(ROOT / "tests").rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")]
    beside = {path.stem for path in (ROOT / "benchmarks").glob("*.py")}
    assert not unasked(imported(files) - beside, asked_for("dev", "train", "dask", "full"))


@pytest.mark.full
@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="the oldest wheels are Python 3.11's")
def test_the_lower_bounds_do(tmp_path: Path) -> None:
    """All at once: a build, its check and its audit with the oldest packages that are allowed."""
    oldest = tuple(re.sub(r">=([\w.]+).*", r"==\1", one) for one in PROJECT["dependencies"])
    assert all("==" in requirement for requirement in oldest)
    python, out = python_with("oldest", oldest), tmp_path / "out"
    for words in (
        ("build", "--out", out, "--device", "cpu", *SMALL),
        ("verify", out, "--recompute", "20%"),
        ("audit", out),
    ):
        done = subprocess.run(
            [python, "-m", "cocopfs", *map(str, words)],
            env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
    assert (out / "audit" / "report.html").is_file()
