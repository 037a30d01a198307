"""Who goes out under which name, and who was taken out: as a build's folder has it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cocopfs.publish.tombstones import Removals, Tombstones, read_removals, tombstones_of
from cocopfs.recipe import Recipe
from cocopfs.stages.naming import Naming, load_key


@dataclass(frozen=True, slots=True)
class Register:
    """removals: null where nobody ever was taken out."""

    naming: Naming
    removals: Removals | None
    tombstones: Tombstones


def read_register(recipe: Recipe, gallery: Path, out: Path, key_file: Path | None) -> Register:
    """As the folder has it now; a build reads it when the key of the pseudonyms is kept.

    key_file: of the pseudonyms, null for the folder's own.
    Raises UsageError where a key or the list of removals cannot be read.
    """
    removals = read_removals(out)
    hidden = recipe.caption.names == "pseudonym"
    key = load_key(out, key_file) if hidden else None
    standing = removals.standing if removals is not None else None
    given = standing.names if standing and hidden else {}
    return Register(Naming(gallery, key, given), removals, tombstones_of(out, removals))
