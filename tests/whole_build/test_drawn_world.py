"""The default build: a world is drawn, and becomes a dataset, with nothing given."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from cocopfs.audit.contact_sheet import published_files
from cocopfs.engine.store import read_rows
from cocopfs.records import Reason, Rejection, Sample
from cocopfs.world.kinds import kind_of
from cocopfs.world.teaser import teaser
from cocopfs.world.truth import identity, photo_spec
from tests.command import Ended, cocopfs

SMALL = (
    *("--set", "world.photos=24", "--set", "world.identities=36"),
    *("--set", "match.by=[gender]", "--set", "match.identities_per_photo=2"),
    *("--set", "judge.min_identities=1"),
)


def build(capsys: pytest.CaptureFixture[str], out: Path, *more: object) -> Ended:
    return cocopfs(capsys, "build", "--out", out, "--device", "cpu", *SMALL, *more)


def test_one_command_makes_a_dataset(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    planned = build(capsys, out, "--dry-run")
    assert planned.code == 0
    assert "A world is drawn first" in planned.output
    assert not out.exists()
    ended = build(capsys, out, "--workers", 2)
    assert ended.code == 0, ended.error
    for command in (f"cocopfs audit {out}", f"cocopfs train-baseline {out}"):
        assert command in ended.output
    sheet = cv2.imread(str(out / "private" / "preview.png"))
    assert sheet is not None
    assert sheet.shape[0] > 1000
    rows = [row for file in published_files(out) for row in read_rows(file, Sample)]
    assert len(rows) >= 20
    for row in rows:
        source = identity(0, int(row.identity.removeprefix("n")))
        assert source.gender is row.gender
        assert photo_spec(0, row.coco_image_id).person.gender is row.gender
        assert row.similarity > row.residual_similarity
    refused = {
        int(row.item): row.reason
        for row in read_rows(out / "rejections.parquet", Rejection)
        if row.kind == "photo"
    }
    for photo in range(1, 25):
        wanted = kind_of(photo).refusal
        # A network may still be unsure of a face; but it may not overlook what a rule refuses.
        assert wanted is None or refused[photo] is wanted
        if wanted is None and photo in refused:
            assert refused[photo] in (Reason.GENDER_UNCERTAIN, Reason.CONTEXT_INCOMPLETE)
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["pack"]["name"] == "drawn-world"
    page = teaser(out, 2)
    assert page.shape[0] > 600
    assert len(np.unique(page.reshape(-1, 3), axis=0)) > 10_000, "its pictures are empty"
    again = build(capsys, out)
    assert again.code == 0
    assert "Nothing to do" in again.output
