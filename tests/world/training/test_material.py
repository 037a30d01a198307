"""Training material: the same for any run, true to its labels, and of nobody in a world."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cocopfs.records import Ethnicity, Gender
from cocopfs.world.training import material
from cocopfs.world.training.material import Amount, Use, draw_material, read_material
from cocopfs.world.training.traits import traits_of
from cocopfs.world.truth import identity

AMOUNT = Amount(identities=12, portraits=2, targets=3, swaps=2, scenes=6)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("material")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(material.AMOUNTS, Use.TEST, AMOUNT)
        draw_material(found, Use.TEST, workers=1)
    return found


def test_a_second_run_draws_the_same_bytes(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(material.AMOUNTS, Use.TEST, AMOUNT)
    draw_material(tmp_path, Use.TEST, workers=1)
    for path in sorted((folder / Use.TEST).iterdir()):
        assert (tmp_path / Use.TEST / path.name).read_bytes() == path.read_bytes()


def test_portraits_carry_their_people_s_labels(folder: Path) -> None:
    found = read_material(folder, Use.TEST, "portraits")
    assert found["crop"].shape == (24, 128, 128, 3)
    assert found["small"].shape == (24, 112, 112, 3)
    assert found["identity"].tolist() == [number // 2 for number in range(24)]
    assert set(zip(found["gender"].tolist(), found["group"].tolist(), strict=True)) == {
        (gender, group) for gender in range(len(Gender)) for group in range(len(Ethnicity))
    }


def test_a_swap_changes_the_face_and_leaves_the_background(folder: Path) -> None:
    found = read_material(folder, Use.TEST, "targets")
    off = np.abs(found["swapped"].astype(int) - found["crop"][:, None]).mean(-1)
    inner, corners = off[:, :, 40:100, 40:88], off[:, :, :12, :12]
    assert inner.mean() > 8
    assert corners.mean() < 1.5  # JPEG carries a little of the change there


def test_every_second_swap_is_of_the_same_gender_and_group(folder: Path) -> None:
    found = read_material(folder, Use.TEST, "targets")
    alike = found["source"][:, 1] % 12
    assert (alike == 2 * found["group"] + found["gender"]).all()


def test_scenes_tell_the_face_that_is_in_them(folder: Path) -> None:
    found = read_material(folder, Use.TEST, "scenes")
    assert len(found["picture"]) == 6
    with_face = np.isfinite(found["face"]).all(1)
    assert 0 < with_face.sum() < 7
    width, height = found["size"][with_face].T
    x, y = found["face"][with_face, 8:10].T  # the nose
    assert ((x > 0) & (x < width) & (y > 0) & (y < height)).all()


def test_nobody_of_a_world_s_gallery_is_trained_on() -> None:
    trained = {
        traits_of(material.training_identity(use, n)).tobytes() for use in Use for n in range(50)
    }
    assert len(trained) == 100
    assert not trained & {traits_of(identity(0, number)).tobytes() for number in range(1, 51)}
