"""Builds that several tests look at."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.material import Material
from tests.whole_build.trial import (
    run,
    trial_build,
)


@pytest.fixture(scope="session")
def trial(material: Material, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The trial recipe, built by one worker. Tests copy it before they change it."""
    out = tmp_path_factory.mktemp("trial") / "out"
    run(trial_build(material, out))
    return out


@pytest.fixture
def copied(trial: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(trial, tmp_path / "out", copy_function=shutil.copy2))


@pytest.fixture(scope="session")
def pseudonymous(material: Material, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The trial with invented names, made with a given key."""
    folder = tmp_path_factory.mktemp("pseudonymous")
    (folder / "key").write_text("0123456789abcdef" * 4)
    build = trial_build(material, folder / "out", "caption.names=pseudonym")
    run(replace(build, key_file=folder / "key"))
    return folder / "out"
