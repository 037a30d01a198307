"""Fixtures that all tests share: where the real material lies, or why a test is skipped."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.material import Material, write_small
from tests.whole_build.trial import run, trial_build

_ASSETS = Path(os.environ.get("COCOPFS_ASSETS", Path(__file__).parents[2] / "shared" / "assets"))


def _asset(name: str) -> Path:
    path = _ASSETS / name
    if not path.exists():
        pytest.skip(f"real material is missing: {name} (set COCOPFS_ASSETS to its folder)")
    return path.resolve()


@pytest.fixture(scope="session")
def coco_mini() -> Path:
    """159 real COCO photographs with their annotations."""
    return _asset("coco-mini")


@pytest.fixture(scope="session")
def vggface2_mini() -> Path:
    """VGGFace2's whole identity list and the portraits of five identities."""
    return _asset("vggface2-mini")


@pytest.fixture(scope="session")
def real_small() -> Path:
    """A model pack of small real networks."""
    return _asset("packs/real-small")


@pytest.fixture(scope="session")
def photos() -> Path:
    """Two public-domain portraits."""
    return _asset("photos")


@pytest.fixture(scope="session")
def real_captions() -> Path:
    """The captions of 2,500 COCO val2017 images."""
    return _asset("captions/captions_val2017_half.json")


@pytest.fixture(scope="session")
def material(coco_mini: Path, vggface2_mini: Path, real_small: Path) -> Material:
    """Real photographs, real portraits, small real networks."""
    return Material(coco_mini, vggface2_mini, real_small)


@pytest.fixture
def small(material: Material, tmp_path: Path) -> Material:
    """Three photographs that `select` takes and three identities, to be broken or changed."""
    return write_small(material, tmp_path)


# --- builds that several tests look at ------------------------------------------------------------


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
