"""All swaps that were tried: what the audit tells of those that the gate refused."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from cocopfs.audit.account import read_rejections
from cocopfs.audit.dataset import open_dataset
from cocopfs.audit.gate import failures
from cocopfs.audit.materials import read_gallery
from cocopfs.audit.rejected import choose_rejected
from cocopfs.audit.samples import join, join_tables, read_samples
from cocopfs.audit.tried import GATED, Tried, read_tried
from cocopfs.audit.whole import audit_dataset
from cocopfs.engine.store import read_rows, write_table
from cocopfs.recipe import JudgePart
from cocopfs.records import Figures, Identity, Rejection
from cocopfs.stages.judge import faults
from tests.audit.synthetic import Synthetic, write_synthetic
from tests.audit.work import REFUSED, THRESHOLD, Work, write_work
from tests.stages.test_judge import THRESHOLDS, figures, swap
from tests.whole_build.trial import silent


@pytest.fixture
def work(synthetic: Synthetic) -> Work:
    return write_work(synthetic)


def tried_of(out: Path) -> Tried:
    dataset = open_dataset(out)
    samples, _ = read_samples(dataset, silent())
    return read_tried(dataset, read_gallery(dataset), samples, read_rejections(dataset))


def store(out: Path, name: str, record: type, rows: list[Any]) -> None:
    """Write a file of the dataset anew, and what the manifest says of it."""
    with (out / name).open("wb") as file:
        write_table(file, record, rows)
    data = (out / name).read_bytes()
    facts = json.loads((out / "manifest.json").read_text())
    digest = hashlib.sha256(data).hexdigest()
    facts["files"][name] = {"sha256": digest, "bytes": len(data), "rows": len(rows)}
    (out / "manifest.json").write_text(json.dumps(facts))


def set_gate(out: Path, judged: int, accepted: int = 36) -> None:
    facts = json.loads((out / "manifest.json").read_text())
    group = {"gender": None, "ethnicity": None, "judged": judged, "accepted": accepted}
    facts["gate"] = [{**group, "rejected": {}}] if judged else []
    (out / "manifest.json").write_text(json.dumps(facts))


def facts_of(out: Path) -> dict[str, Any]:
    audit_dataset(out, None, None, None, "cpu", [], silent())
    found: dict[str, Any] = json.loads((out / "audit" / "audit.json").read_text())
    return found


def test_the_gates_reasons_are_known_in_its_order() -> None:
    bad = figures(
        redetected=False, changed=0.0, outside_psnr=1.0, landmark_error=1.0, pose_difference=90.0,
        sharpness=0.0, colour_difference=99.0, margin=-1.0, residual_similarity=0.9, similarity=0.0,
    )  # fmt: skip
    part = JudgePart(max_residual=0.5)
    assert [reason for reason, _ in faults(swap(bad), part, THRESHOLDS)] == list(GATED)


def test_every_figure_that_fails_is_counted(work: Work) -> None:
    tried = tried_of(work.synthetic.out)
    assert len(tried.samples) == 36 + len(REFUSED)
    assert tried.published.sum() == 36
    assert [tried.samples.texts("sample_id")[row] for row in np.flatnonzero(~tried.published)] == [
        *work.refused
    ]
    similarity = np.array(work.synthetic.rows["similarity"])
    below = int((similarity < THRESHOLD).sum())
    margin, found = failures(tried)
    assert (margin.reason, margin.fails, margin.only, margin.first) == ("low_margin", 5, 1, 5)
    # Four of the five without margin are below the threshold as well.
    assert (found.reason, found.fails) == ("low_similarity", 5 + below)
    assert (found.only, found.first) == (1 + below, 1 + below)


def test_the_nearest_and_the_worst_of_every_reason_are_shown(work: Work) -> None:
    tried = tried_of(work.synthetic.out)
    first = choose_rejected(tried)[0]
    ids = tried.samples.texts("sample_id")
    margins = {
        place: round(s - r, 2) for place, (s, r, why) in REFUSED.items() if why == "low_margin"
    }
    order = sorted(margins, key=lambda place: -margins[place])
    expected = [order[0], order[1], order[-1], order[-2]]
    assert [ids[row] for row in first.rows] == [work.refused[place] for place in expected]
    assert first.notes[0] == "nearest to the limit: margin -0.010, more than 0 is needed"
    assert first.notes[2].startswith("worst: margin -0.600")


def test_rejected_swaps_are_on_the_page_with_their_pictures(work: Work) -> None:
    out = work.synthetic.out
    facts = facts_of(out)
    page = (out / "audit" / "report.html").read_text()
    assert "Rejected: low margin" in page
    assert f'alt="difference of {work.refused[2]}"' in page
    assert f'alt="source of {work.refused[2]}"' in page
    assert f"{work.refused[6]}" not in page, "it failed nothing"
    assert "not at hand" not in page
    assert facts["left_out"] == [
        "an independent recogniser's opinion, and retrieval: give --judge FILE.onnx"
    ]


def test_verified_is_of_the_swaps_tried_and_by_the_groups_threshold(work: Work) -> None:
    facts = facts_of(work.synthetic.out)
    rows = work.synthetic.rows
    similarity = [*rows["similarity"], *(similarity for similarity, _, _ in REFUSED.values())]
    assert facts["verified"]["mean"] == pytest.approx(np.mean(np.array(similarity) >= THRESHOLD))
    residual = np.array(rows["residual_similarity"])
    assert facts["still_original"]["mean"] == pytest.approx((residual >= THRESHOLD).mean())
    assert facts["figures"]["similarity"]["tried"]["mean"] == pytest.approx(np.mean(similarity))
    assert facts["figures"]["similarity"]["mean"]["mean"] == pytest.approx(
        np.mean(rows["similarity"])
    )
    page = (work.synthetic.out / "audit" / "report.html").read_text()
    assert f"per group {THRESHOLD:.2f}" in page


def test_greyscale_photographs_are_told_apart(work: Work) -> None:
    facts = facts_of(work.synthetic.out)
    grey, colour, *sizes = facts["strata"]
    assert (grey["label"], grey["tried"], grey["samples"]) == ("greyscale photographs", 7, 9)
    assert grey["passed"]["mean"] == pytest.approx(1 / 7)
    assert colour["tried"] == 36
    assert sum(row["tried"] for row in sizes) == 43
    everybody = facts["groups"][-1]
    assert everybody["tried"] == 43
    below = sum(value < THRESHOLD for value in work.synthetic.rows["similarity"])
    assert everybody["passed_in_colour"]["mean"] == pytest.approx(1 - below / 36)
    kinds = {row["label"]: row for row in facts["refusals"] if row["kind"]}
    assert kinds["greyscale photographs"]["reasons"] == {
        "low_margin": 5,
        "low_similarity": 1,
        "context_incomplete": 1,
    }


@pytest.mark.parametrize("what", ["gone", "half gone", "another's", "broken"])
def test_without_work_the_survivors_are_said_to_be_survivors(work: Work, what: str) -> None:
    out = work.synthetic.out
    if what == "gone":
        shutil.rmtree(out / "work")
    elif what == "half gone":
        (out / "work" / "swap" / "a-0.parquet").unlink()
    elif what == "another's":
        path = out / "manifest.json"
        facts = json.loads(path.read_text())
        facts["stages"]["swap"]["digest"] = "00" * 32
        path.write_text(json.dumps(facts))
    else:
        path = out / "work" / "swap" / "a-0.parquet"
        path.write_bytes(b"x" * path.stat().st_size)
    facts = facts_of(out)
    assert any("figures of all swaps tried" in said for said in facts["left_out"])
    assert facts["tried"] is None
    assert facts["verified"] is None
    assert facts["groups"][-1]["tried"] == 43, "the rejections tell"
    page = (out / "audit" / "report.html").read_text()
    assert "Not shown" in page
    assert "Rejected: " not in page


def test_swaps_that_were_taken_out_since_are_not_told_of(work: Work) -> None:
    out = work.synthetic.out
    kept = read_rows(out / "rejections.parquet", Rejection)[3:]
    store(out, "rejections.parquet", Rejection, kept)
    set_gate(out, 40)
    tried = tried_of(out)
    assert tried.samples.texts("sample_id")[36:] == [row.item for row in kept]
    assert tried.samples.table["_row"].to_pylist() == [*range(36), *range(39, 43)]
    assert tried.failed.shape == (40, len(GATED))
    assert set(tried.details) >= {36, 37, 38}
    facts = facts_of(out)
    assert facts["tried"] == 40
    page = (out / "audit" / "report.html").read_text()
    assert "Rejected: low margin" in page
    assert not any(gone in page for gone in work.refused[:3])


@pytest.mark.parametrize("what", ["person", "count", "column", "rejections"])
def test_what_is_left_out_names_nobody(work: Work, what: str) -> None:
    out = work.synthetic.out
    name = "private/identities.parquet"
    if what == "person":  # their swaps are still in the dataset and in work/
        everybody = read_rows(out / name, Identity)
        gone = everybody.pop(2)
        assert gone.class_id == "n000002"
        store(out, name, Identity, everybody)
    elif what == "count":
        set_gate(out, 42)
    elif what == "column":
        table = pq.read_table(out / "rejections.parquet").drop_columns("item")
        pq.write_table(table, out / "rejections.parquet")
        data = (out / "rejections.parquet").read_bytes()
        facts = json.loads((out / "manifest.json").read_text())
        entry = facts["files"]["rejections.parquet"]
        entry |= {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
        (out / "manifest.json").write_text(json.dumps(facts))
    else:
        (out / "rejections.parquet").write_bytes(b"")
    facts = facts_of(out)
    assert facts["tried"] is None
    said = next(said for said in facts["left_out"] if "all swaps tried" in said)
    if what in ("person", "count"):
        assert "work/ holds other swaps than the dataset tells of" in said
    else:
        assert "rejections.parquet cannot be read" in said
    if what == "column":
        assert facts["damaged"][0]["why"] == "its columns or rows do not fit together"
    told = json.dumps([facts["left_out"], facts["damaged"]])
    assert not any(f"n00000{number}" in told for number in range(8))


@pytest.mark.parametrize("swaps", [True, False])
def test_a_gate_that_refused_everybody_is_told_of(work: Work, swaps: bool) -> None:
    """Nothing is published; and nothing may have been tried either."""
    out = work.synthetic.out
    facts = json.loads((out / "manifest.json").read_text())
    for name in [name for name in facts["files"] if name.startswith("data/")]:
        (out / name).unlink()
        del facts["files"][name]
    facts["splits"] = {}
    (out / "manifest.json").write_text(json.dumps(facts))
    set_gate(out, len(REFUSED) if swaps else 0, 0)
    if not swaps:
        store(out, "rejections.parquet", Rejection, [])
    found = facts_of(out)
    tried = len(REFUSED) if swaps else 0
    assert (found["samples"], found["tried"]) == (0, tried)
    assert sum(row["tried"] for row in found["strata"] if "photographs" in row["label"]) == tried
    similarity = found["figures"]["similarity"]
    assert (similarity["mean"]["n"], similarity["lowest"]) == (0, None)
    assert similarity["tried"]["n"] == tried
    assert not any("no such columns" in said for said in found["left_out"])
    page = (out / "audit" / "report.html").read_text()
    assert ("Rejected: low margin" in page) == swaps


def test_no_samples_lack_no_column() -> None:
    for samples in (join([]), join_tables([])):
        assert samples.absent == ()
        assert set(samples.figures) >= {field.name for field in fields(Figures)}
        assert all(samples.values(name).shape == (0,) for name in samples.figures)


def test_a_dataset_without_face_sizes_is_told_of_beside_its_work(tmp_path: Path) -> None:
    work = write_work(write_synthetic(tmp_path))
    out = work.synthetic.out
    facts = json.loads((out / "manifest.json").read_text())
    for name in [name for name in facts["files"] if name.startswith("data/")]:
        pq.write_table(pq.read_table(out / name).drop_columns("face_size"), out / name)
        data = (out / name).read_bytes()
        facts["files"][name] |= {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    (out / "manifest.json").write_text(json.dumps(facts))
    sizes = [row for row in facts_of(out)["strata"] if "eyes" in row["label"]]
    assert sum(row["tried"] for row in sizes) == 43
    assert sum(row["samples"] for row in sizes) == 0


def test_an_export_tells_what_was_tried_by_its_manifest(work: Work) -> None:
    out = work.synthetic.out
    for folder in ("work", "private"):
        shutil.rmtree(out / folder)
    facts = facts_of(out)
    groups = facts["groups"]
    assert sum(group["tried"] for group in groups if not group["total"]) == 43
    assert groups[-1]["tried"] == 43
    assert groups[-1]["passed"]["mean"] == pytest.approx(37 / 43), "one left with its photograph"


def test_a_part_of_a_dataset_says_that_it_is_one(work: Work) -> None:
    out = work.synthetic.out
    shutil.rmtree(out / "work")
    path = out / "manifest.json"
    facts = json.loads(path.read_text())
    (out / "data" / "train-00003-of-00004.parquet").unlink()
    del facts["files"]["data/train-00003-of-00004.parquet"]
    path.write_text(json.dumps(facts))
    found = facts_of(out)
    assert any("6 of 36 samples are not in this folder" in said for said in found["left_out"])
    assert found["groups"][-1]["tried"] == 43
