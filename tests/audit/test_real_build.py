"""The audit of a real build: real photographs, real networks."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from cocopfs.engine.store import read_rows
from cocopfs.records import Identity
from tests.command import cocopfs
from tests.whole_build.trial import published, rejections, samples

pytestmark = pytest.mark.xdist_group("trial")


def test_the_trial_is_audited(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = published(copied)
    ended = cocopfs(capsys, "audit", copied)
    assert ended.code == 0, ended.error
    after = {name: data for name, data in published(copied).items() if "audit/" not in name}
    assert after == before
    page = (copied / "audit" / "report.html").read_text()
    assert "not at hand" not in page, "the build remembers where its originals lie"
    facts = json.loads((copied / "audit" / "audit.json").read_text())
    rows = samples(copied)
    manifest = json.loads((copied / "manifest.json").read_text())
    assert facts["damaged"] == []
    assert [check["broken"] for check in facts["checks"]] == [0] * 6
    assert facts["photos"]["steps"][-1]["left"] == len({row.coco_image_id for row in rows})
    for name, figure in manifest["figures"].items():
        assert facts["figures"][name]["mean"]["mean"] == pytest.approx(figure["mean"])
        assert facts["figures"][name]["lowest"] == pytest.approx(figure["lowest"])
    lost = sum(row.kind == "sample" for row in rejections(copied))
    assert facts["groups"][-1]["tried"] == len(rows) + lost
    similarity = np.array([row.similarity for row in rows])
    assert facts["groups"][-1]["figures"]["similarity"]["mean"] == pytest.approx(similarity.mean())


def test_the_gate_is_counted_as_the_manifest_counts_it(
    copied: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cocopfs(capsys, "audit", copied)
    facts = json.loads((copied / "audit" / "audit.json").read_text())
    manifest = json.loads((copied / "manifest.json").read_text())
    groups = {(g["gender"], g["ethnicity"]): g for g in facts["groups"] if not g["total"]}
    for row in manifest["gate"]:
        group = groups[row["gender"], row["ethnicity"]]
        assert (group["tried"], group["samples"]) == (row["judged"], row["accepted"])


@pytest.mark.parametrize("option", ["--identity", "--image"])
def test_who_was_taken_out_is_in_no_figure_and_on_no_sheet(
    copied: Path, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    row = samples(copied)[0]
    gone = row.identity if option == "--identity" else str(row.coco_image_id)
    assert cocopfs(capsys, "remove", copied, option, gone).code == 0
    ended = cocopfs(capsys, "audit", copied)
    assert ended.code == 0, ended.error
    facts = json.loads((copied / "audit" / "audit.json").read_text())
    manifest = json.loads((copied / "manifest.json").read_text())
    assert facts["tried"] == sum(group["judged"] for group in manifest["gate"])
    assert not any("swaps tried" in said for said in facts["left_out"])
    page = (copied / "audit" / "report.html").read_text()
    if option == "--identity":
        assert gone not in page
        assert gone not in json.dumps(facts)
    else:
        assert f"of {gone}_" not in page


def test_pseudonyms_stay_pseudonyms(
    pseudonymous: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import shutil

    out = Path(shutil.copytree(pseudonymous, tmp_path / "out"))
    assert cocopfs(capsys, "audit", out).code == 0
    assert cocopfs(capsys, "audit", out, "--rate", 3).code == 0
    text = b"".join(path.read_bytes() for path in (out / "audit").iterdir())
    for identity in read_rows(out / "private" / "identities.parquet", Identity):
        assert identity.class_id.encode() not in text
        assert identity.name.encode() not in text
    page = (out / "audit" / "report.html").read_text()
    assert "not at hand" not in page
    facts = json.loads((out / "audit" / "audit.json").read_text())
    assert facts["groups"][-1]["enrolled"] == 5
    assert set(facts["identities"]) >= {row.identity for row in samples(out)}
