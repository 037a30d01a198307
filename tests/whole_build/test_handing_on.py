"""Before a dataset is handed on: terms, consent, licences, removals."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cocopfs.publish.redistribution import refusal
from cocopfs.publish.tombstones import Removals, read_removals, write_removals
from cocopfs.removal.remove import remove
from cocopfs.removal.request import Request
from cocopfs.sources.identity_list import parse_identity_list
from tests.command import cocopfs
from tests.material import Material, edit
from tests.whole_build.trial import crew, run, samples, trial_build

# The builds are shared, so these tests stay on one worker.
pytestmark = pytest.mark.xdist_group("trial")


def test_an_export_waits_until_the_terms_were_read(
    copied: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("export", copied, "--format", "coco", "--out", tmp_path / "handed")
    ended = cocopfs(capsys, *words)
    assert ended.code == 2
    assert "VGGFace2" in ended.error
    assert "cocopfs models accept" in ended.error
    ended = cocopfs(capsys, "models", "accept", copied, "--yes")
    assert ended.code == 0
    assert "people who were not asked" in ended.output
    assert cocopfs(capsys, *words).code == 0
    assert (tmp_path / "handed" / "README.md").is_file()


def test_a_build_shows_the_terms_and_goes_on(material: Material, copied: Path) -> None:
    said: list[str] = []
    trial_build(material, copied).run(crew(say=said.append))
    assert any(line.startswith("terms of VGGFace2") for line in said)
    assert any("non-commercial research only" in line for line in said)


def _free_one(content: Any) -> None:
    """One photograph under Attribution, the others under NonCommercial."""
    for image in content["images"]:
        image["license"] = 4 if image["id"] == 552775 else 2


@pytest.mark.parametrize("layout", ["parquet", "webdataset", "coco"])
def test_a_redistributable_export_holds_what_may_go_and_tells_the_rest(
    small: Material, tmp_path: Path, capsys: pytest.CaptureFixture[str], layout: str
) -> None:
    for name in ("instances", "captions"):
        edit(small.coco / "annotations" / f"{name}_val2017.json", _free_one)
    out = tmp_path / "out"
    run(trial_build(small, out))
    rows = samples(out)
    going = [row for row in rows if refusal(row.licence_url) is None]
    assert 0 < len(going) < len(rows), "the material must have both"
    cocopfs(capsys, "models", "accept", out, "--yes")
    to = tmp_path / "to"
    ended = cocopfs(capsys, "export", out, "--format", layout, "--out", to, "--redistributable")
    assert ended.code == 0
    assert f"{len(going)} samples" in ended.output
    assert "NonCommercial" in ended.output
    assert "left out" in (to / "README.md").read_text()
    if layout == "parquet":
        assert samples(to) == going
        facts = json.loads((to / "manifest.json").read_bytes())
        assert sum(each["rows"] for each in facts["redistributable"]) == len(rows) - len(going)
        assert sum(split["rows"] for split in facts["splits"].values()) == len(going)
        assert {each["id"] for each in facts["licences"]} == {row.licence for row in going}


def test_nothing_is_exported_while_a_removal_is_under_way(
    copied: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cocopfs(capsys, "models", "accept", copied, "--yes")
    remove(copied, Request(("n005815",)), purge_too=False, today=date(2026, 1, 2))
    told = read_removals(copied) or Removals()
    facts = copied / "manifest.json"
    facts.write_text(facts.read_text().replace('"dataset_version": 2', '"dataset_version": 1'))
    write_removals(copied, told)
    words = ("export", copied, "--format", "coco", "--out", tmp_path / "handed")
    ended = cocopfs(capsys, *words)
    assert ended.code == 4
    assert "being taken out" in ended.error
    assert cocopfs(capsys, "remove", copied).code == 0
    assert cocopfs(capsys, *words).code == 0
    assert "n005815" not in "".join(str(path) for path in (tmp_path / "handed").rglob("*"))


def test_a_gallery_of_ones_own_asks_for_consent(
    small: Material, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gallery = small.vggface2
    listed = parse_identity_list((gallery / "identity_meta.csv").read_bytes(), "")
    (gallery / "identity_meta.csv").unlink()
    lines = ["id,name,gender"]
    for class_id, new in (("n000106", "ann"), ("n008937", "bob"), ("n005815", "cid")):
        shutil.move(gallery / "train" / class_id, gallery / "train" / new)
        lines.append(f"{new},{new.capitalize()},{listed[class_id].gender}")
    (gallery / "identities.csv").write_text("\n".join(lines) + "\n")
    out = tmp_path / "out"
    words = ("export", out, "--format", "coco", "--out", tmp_path / "handed")
    ended = cocopfs(capsys, "build", "trial", *small.options(out))
    assert ended.code == 0
    assert "consent.csv has no line of 3 identities" in ended.error
    cocopfs(capsys, "models", "accept", out, "--yes")
    ended = cocopfs(capsys, *words)
    assert ended.code == 2
    assert "consent.csv" in ended.error
    (gallery / "consent.csv").write_text(
        "identity,basis,date\n"
        + "".join(f"{who},written consent,2026-01-02\n" for who in ("ann", "bob", "cid"))
    )
    before = samples(out)
    run(trial_build(small, out))
    assert samples(out) == before
    facts = json.loads((out / "manifest.json").read_bytes())
    assert facts["sources"]["gallery"]["consent"]["open"] == 0
    assert len(facts["sources"]["gallery"]["consent"]["sha256"]) == 64
    assert cocopfs(capsys, *words).code == 0


def test_models_can_be_listed_checked_and_written_down(
    real_small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = cocopfs(capsys, "models", "list")
    assert ended.code == 0
    for word in ("detector", "swapper", "non-commercial"):
        assert word in ended.output
    pack = Path(shutil.copytree(real_small, tmp_path / "pack"))
    (pack / "pack.yaml").unlink(missing_ok=True)
    ended = cocopfs(capsys, "models", "pack", pack, "--name", "mine")
    assert ended.code == 0
    assert "swap.swapper=blend" in ended.output
    (pack / next(pack.rglob("gender*.onnx")).relative_to(pack)).write_bytes(b"broken")
    assert cocopfs(capsys, "models", "verify", pack).code == 2


def test_the_doctor_looks_at_downloads(
    small: Material, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("doctor", "--device", "cpu", "--coco", small.coco, "--vggface2", small.vggface2)
    ended = cocopfs(capsys, *words)
    assert "3 of 3 pictures (a part: COCO 2017 has 5000)" in ended.output
    assert "3 identities (a part: VGGFace2 has 8631)" in ended.output
    next((small.coco / "val2017").glob("*.jpg")).unlink()
    ended = cocopfs(capsys, *words)
    assert ended.code == 2
    assert "2 of 3 pictures" in ended.output
    assert "val2017.zip again" in ended.output
