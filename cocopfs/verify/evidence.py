"""What the checks look at: the dataset as its manifest tells it, and as its files are."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
from pydantic import ValidationError

from cocopfs.audit.dataset import Dataset
from cocopfs.engine.progress import Progress
from cocopfs.engine.store import read_rows
from cocopfs.errors import UsageError
from cocopfs.recipe import Recipe
from cocopfs.records import Identity, Rejection
from cocopfs.stages.naming import KEY, Naming, load_key
from cocopfs.verify.contents import Contents, read_contents
from cocopfs.verify.listing import StageFolder, published, stage_folders
from cocopfs.verify.row import Rules

IDENTITIES = "private/identities.parquet"
REJECTIONS = "rejections.parquet"
R = TypeVar("R")
_MAX_PIXELS = 50_000_000  # where the recipe does not say


@dataclass(frozen=True)
class Evidence:
    """A dataset and all that was read of it.

    recipe: null where it is not of this version. naming: null where the key of the pseudonyms is
    not at hand. stages: their folders below `work/`.
    """

    dataset: Dataset
    recipe: Recipe | None
    naming: Naming | None
    stages: tuple[StageFolder, ...]
    contents: Contents

    @cached_property
    def rejections(self) -> Sequence[Rejection] | None:
        """Null where they cannot be read."""
        return _rows(self.dataset, REJECTIONS, Rejection)

    @cached_property
    def identities(self) -> Sequence[Identity] | None:
        """Null where `private/` is gone or cannot be read."""
        return _rows(self.dataset, IDENTITIES, Identity)


def gather(dataset: Dataset, workers: int, progress: Progress) -> Evidence:
    """Read everything once."""
    recipe = _recipe(dataset)
    naming = _naming(dataset)
    stages = tuple(stage_folders(dataset.root))
    listed = [*published(dataset), *(file for stage in stages for file in stage.files)]
    rules = _rules(dataset, recipe, naming)
    contents = read_contents(dataset, listed, rules, workers, progress)
    return Evidence(dataset, recipe, naming, stages, contents)


def _recipe(dataset: Dataset) -> Recipe | None:
    try:
        return Recipe.model_validate_json(json.dumps(dataset.manifest.recipe))
    except ValidationError:
        return None


def _naming(dataset: Dataset) -> Naming | None:
    if not dataset.pseudonymous:
        return Naming(Path(), None)
    if not (dataset.root / KEY).is_file():
        return None
    try:
        return Naming(Path(), load_key(dataset.root, None))
    except UsageError:
        return None


def _rules(dataset: Dataset, recipe: Recipe | None, naming: Naming | None) -> Rules:
    manifest = dataset.manifest
    class_ids = None
    if dataset.pseudonymous and naming is not None:
        rows = _rows(dataset, IDENTITIES, Identity) or ()
        class_ids = {naming.identity(row.class_id): row.class_id for row in rows}
    return Rules(
        split="",
        pack_digest=manifest.pack.digest,
        recipe_digest=manifest.recipe_digest,
        version=manifest.cocopfs,
        max_pixels=recipe.select.max_pixels if recipe else _MAX_PIXELS,
        class_ids=class_ids,
        salt=None if naming is None else manifest.pack.digest + naming.salt,
        gate=recipe.judge if recipe else None,
        embeddings=None if recipe is None else recipe.publish.embeddings == "inline",
    )


def _rows(dataset: Dataset, name: str, record: type[R]) -> list[R] | None:
    try:
        return read_rows(dataset.root / name, record)
    except (OSError, pa.ArrowException, ValueError):
        return None
