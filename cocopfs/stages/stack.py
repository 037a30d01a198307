"""On what a dataset's bytes hang besides its recipe and its materials."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from typing import Any

import cv2

from cocopfs.engine.fingerprint import describe_stage
from cocopfs.engine.stage import Stage
from cocopfs.faces.swap_network import TOLERANCE
from cocopfs.recipe import Recipe
from cocopfs.stages.pipeline import Materials, cuda_facts


def describe_stack(recipe: Recipe, materials: Materials, stages: Sequence[Stage]) -> dict[str, Any]:
    """Where the same bytes can be expected again, and how exact the swapper's network is."""
    libraries: dict[str, str] = {}
    for stage in stages:
        libraries |= describe_stage(stage)["libraries"]
    stack: dict[str, Any] = {
        "device": materials.device,
        "instructions": f"{platform.machine()} {cv2.getCPUFeaturesLine()}",
        "libraries": libraries,
    }
    if materials.device == "cuda":
        stack["cuda"] = cuda_facts(materials)
    if recipe.swap.swapper == "inswapper":
        precision = recipe.swap.precision
        tolerance = TOLERANCE[precision, materials.device]
        stack["swapper"] = {"precision": precision, "tolerance": tolerance}
    return stack
