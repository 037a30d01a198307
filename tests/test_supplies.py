"""What a build runs on: all that was given, or the world that comes with the package."""

from __future__ import annotations

from pathlib import Path

import pytest

from cocopfs.errors import UsageError
from cocopfs.recipe import load_recipe
from cocopfs.supplies import gather
from cocopfs.world.embedded import PACK


def test_the_drawn_world_needs_nothing(tmp_path: Path) -> None:
    found = gather(load_recipe("drawn-world"), tmp_path, None, None, None, "cpu", None, 1)
    assert found.pack.root == PACK
    assert found.coco.is_relative_to(tmp_path / "work")
    assert found.supply is not None
    assert not any(tmp_path.iterdir()), "nothing is drawn before the folder is known to be ours"


def test_a_recipe_without_a_world_names_what_it_misses(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"trial needs --vggface2, --pack") as told:
        gather(load_recipe("trial"), tmp_path, tmp_path, None, None, "cpu", None, 1)
    assert "drawn-world" in str(told.value)


def test_photographs_without_a_gallery_are_half_a_material(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--vggface2, --pack"):
        gather(load_recipe("drawn-world"), tmp_path, tmp_path, None, None, "cpu", None, 1)


def test_a_folder_that_is_none_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "coco"
    with pytest.raises(UsageError, match=r"--coco .* is not a folder"):
        gather(load_recipe("trial"), tmp_path, missing, tmp_path, PACK, "cpu", None, 1)


def test_given_material_is_taken(tmp_path: Path) -> None:
    recipe = load_recipe("trial", ["swap.swapper=blend"])
    found = gather(recipe, tmp_path / "out", tmp_path, tmp_path, PACK, "cpu", 7, 1)
    assert (found.coco, found.vggface2, found.limit) == (tmp_path, tmp_path, 7)
    assert found.supply is None
