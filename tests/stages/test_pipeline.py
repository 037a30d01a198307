"""Every stage knows what its networks run on, and no other stage is made anew for it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cocopfs.engine.fingerprint import describe_stage, digest
from cocopfs.engine.store import Store
from cocopfs.faces.pack import open_pack
from cocopfs.recipe import load_recipe
from cocopfs.stages import pipeline
from cocopfs.stages.naming import Naming
from cocopfs.stages.pipeline import Materials, make_stages, roles_for
from cocopfs.stages.stack import describe_stack
from cocopfs.world.embedded import PACK

RECIPE = load_recipe("drawn-world")
NETWORKS = {"select", "describe", "enroll", "swap"}
CPU = Materials(Path("coco"), Path("gallery"), open_pack(PACK, roles_for(RECIPE)), "cpu")
CUDA = replace(CPU, device="cuda")


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Its third GPU is another one than the rest; "cudnn" may be changed."""
    libraries = {"cudnn": "92400"}
    monkeypatch.setattr(pipeline, "processor", lambda _, gpu: "H200" if gpu == 2 else "A100")
    monkeypatch.setattr(pipeline, "cuda_libraries", lambda: libraries)
    return libraries


def _fingerprints(materials: Materials) -> dict[str, str]:
    naming = Naming(materials.vggface2, None)
    stages = make_stages(RECIPE, materials, Store(Path("work")), naming)
    return {stage.name: digest(describe_stage(stage)) for stage in stages}


def _changed(one: Materials, other: dict[str, str]) -> set[str]:
    return {name for name, found in _fingerprints(one).items() if found != other[name]}


def test_another_card_makes_what_networks_gave_stale(machine: dict[str, str]) -> None:
    before = _fingerprints(CUDA)
    assert _changed(CPU, before) == NETWORKS
    assert _changed(replace(CUDA, gpus=(0, 1, 3)), before) == set(), "more of the same card"
    assert _changed(replace(CUDA, gpus=(2,)), before) == NETWORKS
    assert _changed(replace(CUDA, gpus=(0, 2)), before) == NETWORKS
    assert _changed(replace(CUDA, elsewhere=True), before) == NETWORKS
    machine["cudnn"] = "92500"
    assert _changed(CUDA, before) == NETWORKS


def test_a_cpu_knows_nothing_of_cards(machine: dict[str, str]) -> None:
    before = _fingerprints(CPU)
    machine["cudnn"] = "92500"
    assert _changed(replace(CPU, gpus=(2,)), before) == set()
    assert "cuda" not in describe_stack(RECIPE, CPU, ())


def test_the_manifest_names_the_cards(machine: dict[str, str]) -> None:
    stack = describe_stack(RECIPE, replace(CUDA, gpus=(0, 1, 2)), ())
    assert stack["cuda"] == {"processor": "A100, H200", "cudnn": "92400"}
