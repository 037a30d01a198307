"""A folder of networks, written down once, is checked ever after."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from cocopfs.errors import UsageError
from cocopfs.faces.pack import Role, open_pack
from cocopfs.faces.packing import pack_up
from cocopfs.faces.roles import NEEDED
from tests.faces import graphs


@pytest.fixture
def folder(real_small: Path, tmp_path: Path) -> Path:
    copied = Path(shutil.copytree(real_small, tmp_path / "pack"))
    (copied / "pack.yaml").unlink(missing_ok=True)
    return copied


def test_the_files_are_listed_with_their_hashes(folder: Path) -> None:
    before = open_pack(folder, NEEDED)
    packed = pack_up(folder, "mine", "research only")
    assert packed.digest == before.digest, "a pack.yaml makes no other dataset"
    told = yaml.safe_load((folder / "pack.yaml").read_text())
    assert told["name"] == "mine"
    assert {entry["licence"] for entry in told["files"]} == {"research only"}
    assert [entry["sha256"] for entry in told["files"]] == [file.digest for file in before.files]
    assert open_pack(folder, NEEDED).name == "mine"


def test_what_only_some_recipes_need_is_listed_where_it_is(folder: Path) -> None:
    before = open_pack(folder, NEEDED)
    graphs.write_age(folder / "insightface/models/real-small/genderage.onnx", seed=0)
    packed = pack_up(folder, None, None)
    assert [file.role for file in packed.files] == [*NEEDED, Role.AGE]
    assert open_pack(folder, NEEDED).digest == before.digest, "who asks for no age has none"


def test_of_two_swappers_neither_is_left_out_silently(folder: Path) -> None:
    for name in ("inswapper_128.onnx", "inswapper_128_fp16.onnx"):
        graphs.write_inswapper(folder / name, seed=0)
    with pytest.raises(UsageError, match="more than one swapper") as error:
        pack_up(folder, None, None)
    assert "inswapper_128.onnx and inswapper_128_fp16.onnx" in str(error.value)
    assert not (folder / "pack.yaml").exists()


def test_a_file_that_changes_afterwards_is_noticed(folder: Path) -> None:
    packed = pack_up(folder, None, None)
    path = packed.path(Role.DETECTOR)
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(UsageError, match="is not the detector"):
        open_pack(folder, [Role.DETECTOR])


def test_what_is_written_down_is_not_written_over(folder: Path) -> None:
    pack_up(folder, None, None)
    with pytest.raises(UsageError, match="is there already"):
        pack_up(folder, None, None)


def test_a_folder_without_networks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has no file for"):
        pack_up(tmp_path, None, None)
    assert not (tmp_path / "pack.yaml").exists()
