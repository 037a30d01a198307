"""What a build runs on: all that was given, or the world that comes with the package."""

from __future__ import annotations

from pathlib import Path

import pytest

from cocopfs.errors import UsageError
from cocopfs.recipe import load_recipe
from cocopfs.sources.origin import FILE as ORIGIN_FILE
from cocopfs.sources.origin import encode_origin
from cocopfs.supplies import gather
from cocopfs.world.disk import ORIGIN
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


def test_a_world_on_disk_brings_the_networks_that_know_it(tmp_path: Path) -> None:
    coco, vggface2 = tmp_path / "coco", tmp_path / "vggface2"
    for folder in (coco, vggface2):
        folder.mkdir()
        (folder / ORIGIN_FILE).write_bytes(encode_origin(ORIGIN))
    recipe = load_recipe("drawn-world")
    found = gather(recipe, tmp_path / "out", coco, vggface2, None, "cpu", None, 1)
    assert (found.coco, found.vggface2, found.pack.root) == (coco, vggface2, PACK)
    assert found.supply is None
    with pytest.raises(UsageError, match="trial needs --pack"):
        gather(load_recipe("trial"), tmp_path / "out", coco, vggface2, None, "cpu", None, 1)


def test_real_people_are_not_given_to_the_drawn_worlds_networks(tmp_path: Path) -> None:
    drawn, real = tmp_path / "drawn", tmp_path / "real"
    for folder, people in ((drawn, "invented"), (real, "real")):
        folder.mkdir()
        (folder / ORIGIN_FILE).write_text(f"name: x\nlicence: y\npeople: {people}\n")
    recipe = load_recipe("drawn-world")
    for coco, vggface2 in ((drawn, real), (real, drawn), (tmp_path, drawn)):
        with pytest.raises(UsageError, match="drawn-world needs --pack"):
            gather(recipe, tmp_path / "out", coco, vggface2, None, "cpu", None, 1)


def test_a_folder_that_is_none_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "coco"
    with pytest.raises(UsageError, match=r"--coco .* is not a folder"):
        gather(load_recipe("trial"), tmp_path, missing, tmp_path, PACK, "cpu", None, 1)


def test_given_material_is_taken(tmp_path: Path) -> None:
    recipe = load_recipe("trial", ["swap.swapper=blend"])
    found = gather(recipe, tmp_path / "out", tmp_path, tmp_path, PACK, "cpu", 7, 1)
    assert (found.coco, found.vggface2, found.limit) == (tmp_path, tmp_path, 7)
    assert found.supply is None
