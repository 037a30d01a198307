"""The optional age floor: what looks younger is left out, and without a floor nobody looks."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cocopfs.engine.stage import Result
from cocopfs.engine.store import Store, Upstream
from cocopfs.errors import UsageError
from cocopfs.faces.models import Models
from cocopfs.faces.pack import open_pack
from cocopfs.faces.roles import NEEDED, Role
from cocopfs.recipe import load_recipe
from cocopfs.records import ItemKind, Reason
from cocopfs.sources.pictures import read_picture
from cocopfs.stages.enroll import Enroll
from cocopfs.stages.naming import Naming
from cocopfs.stages.pipeline import Materials, make_stages, roles_for
from cocopfs.stages.select import Select
from tests.faces import graphs
from tests.material import Material

BLEND = "swap.swapper=blend"


@pytest.fixture
def aged(small: Material, tmp_path: Path) -> Material:
    """The small material; its pack has an age network with random weights."""
    pack = Path(shutil.copytree(small.pack, tmp_path / "aged"))
    graphs.write_age(pack / "insightface/models/real-small/genderage.onnx", seed=1)
    return Material(small.coco, small.vggface2, pack)


def _stages(material: Material, *overrides: str) -> tuple[Select, Enroll, Models]:
    recipe = load_recipe("trial", [BLEND, *overrides])
    pack = open_pack(material.pack, roles_for(recipe))
    materials = Materials(material.coco, material.vggface2, pack, "cpu")
    naming = Naming(material.vggface2, None)
    stages = make_stages(recipe, materials, Store(material.coco), naming)
    select, _, enroll, *_ = stages
    assert isinstance(select, Select)
    assert isinstance(enroll, Enroll)
    return select, enroll, Models(pack, "cpu", 1, 640)


def _process(stage: Select | Enroll, models: Models, material: Material) -> Result:
    result = Result([], [])
    for shard in stage.shards(Upstream(Store(material.coco), {})):
        done = stage.process(shard, models)
        result.rows.extend(done.rows)
        result.rejections.extend(done.rejections)
    return result


def test_photos_whose_face_looks_younger_are_left_out(aged: Material) -> None:
    select, _, models = _stages(aged)
    taken = _process(select, models, aged)
    ages_of = Models(open_pack(aged.pack, [Role.AGE]), "cpu", 1, 640).age
    ages = {
        photo.photo_id: ages_of.guess(
            read_picture(aged.coco, f"{photo.subset}/{photo.file_name}", 10**8).pixels, photo.face
        )
        for photo in taken.rows
    }
    assert len(set(ages.values())) > 1
    floor = max(ages.values())
    select, _, models = _stages(aged, f"select.min_age={floor}")
    found = _process(select, models, aged)
    assert [photo.photo_id for photo in found.rows] == [
        photo for photo, age in ages.items() if age >= floor
    ]
    young = [row for row in found.rejections if row.reason is Reason.LOOKS_TOO_YOUNG]
    assert {(row.kind, int(row.item), row.detail) for row in young} == {
        (ItemKind.PHOTO, photo, f"looks {age}, {floor} is the floor")
        for photo, age in ages.items()
        if age < floor
    }
    assert all(not row.reason.is_fault for row in young)


def test_portraits_that_look_younger_are_left_out(aged: Material) -> None:
    _, enroll, models = _stages(aged, "enroll.min_age=1")
    everybody = _process(enroll, models, aged)
    assert everybody.rows
    assert not any(row.reason is Reason.LOOKS_TOO_YOUNG for row in everybody.rejections)
    _, enroll, models = _stages(aged, "enroll.min_age=100")
    nobody = _process(enroll, models, aged)
    assert nobody.rows == []
    reasons = {row.reason for row in nobody.rejections if row.kind is ItemKind.PORTRAIT}
    assert Reason.LOOKS_TOO_YOUNG in reasons
    people = [row for row in nobody.rejections if row.kind is ItemKind.IDENTITY]
    assert {row.reason for row in people} == {Reason.FEW_PORTRAITS}


def test_without_a_floor_nothing_depends_on_the_network(aged: Material, small: Material) -> None:
    assert roles_for(load_recipe("coco-pfs")) == (*NEEDED, Role.SWAPPER)
    select, enroll, _ = _stages(small)
    select_beside, enroll_beside, _ = _stages(aged)
    assert select == select_beside, "the network lies in one pack and not in the other"
    assert enroll == enroll_beside
    for settings, ingredients in (
        (select.settings, select.ingredients),
        (enroll.settings, enroll.ingredients),
    ):
        assert "age" not in ingredients
        assert not any("min_age" in name for name in settings)
    assert _stages(aged)[2].pack.digest == _stages(small)[2].pack.digest


@pytest.mark.parametrize("part", ["select", "enroll"])
def test_a_floor_asks_for_the_network_and_counts_for_its_stage_alone(
    aged: Material, small: Material, part: str
) -> None:
    with pytest.raises(UsageError, match="has no file for: age"):
        _stages(small, f"{part}.min_age=18")
    stages = {stage.name: stage for stage in _stages(aged, f"{part}.min_age=18")[:2]}
    for name, stage in stages.items():
        assert ("age" in stage.ingredients) is (name == part)
        assert (stage.settings.get(f"{name}.min_age") == 18) is (name == part)
