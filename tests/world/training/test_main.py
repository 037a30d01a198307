"""The whole of `make world-pack`, on so little that what comes out knows nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
import typer

pytest.importorskip("torch", reason="torch is not installed: pip install 'cocopfs[train]'")

from cocopfs import resources
from cocopfs.faces.pack import open_clip, open_pack
from cocopfs.faces.roles import NEEDED, Role
from cocopfs.world.training import (
    __main__,
    attributes,
    clip,
    clip_material,
    detector,
    material,
    recogniser,
    swapper,
)
from cocopfs.world.training.clip_material import ClipAmount, ClipUse
from cocopfs.world.training.material import Amount, Use

pytestmark = pytest.mark.full


class _InThisProcess:
    """joblib.Parallel, where patched numbers hold."""

    def __init__(self, **_options: object) -> None: ...

    def __call__(self, tasks: Iterable[tuple[Callable[..., Any], Any, Any]]) -> list[Any]:
        return [work(*positional, **named) for work, positional, named in tasks]


@pytest.fixture
def little(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for use in Use:
        amount = Amount(identities=24, portraits=2, targets=6, swaps=2, scenes=24)
        monkeypatch.setitem(material.AMOUNTS, use, amount)
    for room in (attributes, detector, recogniser, swapper):
        monkeypatch.setattr(room, "COURSE", dataclasses.replace(room.COURSE, steps=2))
    few = ClipAmount(people=96, portraits=2, scenes=6, swaps=7)
    for crowd in ClipUse:
        monkeypatch.setitem(clip_material.CLIP_AMOUNTS, crowd, few)
    for name in ("COURSE", "SCENES_COURSE"):
        monkeypatch.setattr(clip, name, dataclasses.replace(getattr(clip, name), steps=2))
    for name in ("_NEAR", "_MIXED", "_MANY_SCENES", "_WHOLE"):
        monkeypatch.setattr(clip, name, dataclasses.replace(getattr(clip, name), scenes=4))
    monkeypatch.setattr(detector, "_PORTRAITS", 2)
    monkeypatch.setattr("joblib.Parallel", _InThisProcess)
    monkeypatch.setattr("cocopfs.world.training.measure._EMPTY_SCENES", 2)
    monkeypatch.setattr(resources, "DATA_CARDS", tmp_path / "cards")


@pytest.mark.usefixtures("little")
def test_it_ends_in_a_pack_and_its_card(tmp_path: Path) -> None:
    __main__.main(tmp_path / "training", tmp_path / "pack")
    assert len(open_pack(tmp_path / "pack", (*NEEDED, Role.SWAPPER)).files) == 5
    card = (tmp_path / "cards" / "drawn-world-pack.md").read_text("utf-8")
    assert "**missed**" in card
    files = ("swapper.onnx", "clip/model.safetensors", "clip/tokenizer.json")
    first = [(tmp_path / "pack" / name).read_bytes() for name in files]
    __main__.main(tmp_path / "training", tmp_path / "again")
    assert [(tmp_path / "again" / name).read_bytes() for name in files] == first
    assert open_clip(tmp_path / "again").is_dir()


def test_what_other_code_began_is_refused(tmp_path: Path) -> None:
    (tmp_path / "code.txt").write_text("0" * 64)
    with pytest.raises(typer.BadParameter, match="begun with another drawing"):
        __main__.main(tmp_path, tmp_path / "pack")
