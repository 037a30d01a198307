"""`cocopfs audit`: the report of a dataset, for people and for machines."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cocopfs.audit.dataset import open_dataset
from cocopfs.audit.examine import Audit
from cocopfs.audit.materials import Materials, read_gallery
from cocopfs.audit.samples import pictures, read_samples
from cocopfs.audit.sheets import Choice, make_sheets
from cocopfs.audit.tiles import tile
from cocopfs.audit.whole import audit_dataset
from cocopfs.records import Box
from tests.audit.synthetic import Synthetic, jpeg, picture, write_synthetic
from tests.audit.test_dataset import renew
from tests.command import Ended, cocopfs
from tests.killing import folder_bytes
from tests.whole_build.trial import silent

Audited = tuple[Synthetic, Audit, dict[str, bytes]]

HOSTILE = '<script>alert("x")</script><img src=x onerror=alert(1)>'


class _Tags(HTMLParser):
    """Tags, attributes and ids of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.addresses: list[str] = []
        self.ids: list[str] = []
        self.handlers: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        for name, value in attrs:
            if name in ("src", "href", "srcset", "action", "data", "poster"):
                self.addresses.append(value or "")
            elif name == "id":
                self.ids.append(value or "")
            elif name.startswith("on"):
                self.handlers.append(name)


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Audited:
    """A dataset with its audit, and what its folder held before. Tests only read it."""
    synthetic = write_synthetic(tmp_path_factory.mktemp("audited"))
    before = folder_bytes(synthetic.out)
    found = audit_dataset(synthetic.out, None, None, None, "cpu", [], silent())
    return synthetic, found, before


def audit(capsys: pytest.CaptureFixture[str], out: Path, *options: object) -> Ended:
    return cocopfs(capsys, "audit", out, "--device", "cpu", *options)


def report(out: Path) -> str:
    return (out / "audit" / "report.html").read_text("utf-8")


def test_a_report_is_made_and_says_where(
    synthetic: Synthetic, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = audit(capsys, synthetic.out)
    assert ended.code == 0, ended.error
    assert "audit/report.html" in ended.output
    assert "similarity" in ended.output
    assert "female, asian" in ended.output
    assert sorted(path.name for path in (synthetic.out / "audit").iterdir()) == [
        "audit.json",
        "audit.parquet",
        "report.html",
    ]


def test_the_page_stands_alone(audited: Audited) -> None:
    page = report(audited[0].out)
    tags = _Tags(page)
    assert not [a for a in tags.addresses if not a.startswith(("data:", "#"))]
    assert not re.search(r"url\((?!#)|@import", page)
    assert tags.tags["script"] == 0
    assert not tags.handlers
    assert tags.tags["svg"] >= 20
    assert tags.tags["img"] >= 60
    assert len(set(tags.ids)) == len(tags.ids), "ids come once"
    anchors = {a[1:] for a in tags.addresses if a.startswith("#")}
    assert anchors <= set(tags.ids)


def test_all_that_was_asked_for_is_on_the_page(audited: Audited) -> None:
    page = report(audited[0].out)
    for text in (
        "Photographs, step by step",
        "Swaps, reason by reason",
        "The recogniser that drives the swaps",
        "Similarity against face size",
        "Similarity against yaw",
        "TAR at 1e-3",
        "female, white",
        "Worst of each figure",
        "Median",
        "Random",
        "worst seam",
        "How often identities are used",
        "ab" * 32,  # the recipe's digest
        "cd" * 32,  # the pack's
        "ef" * 32,  # the recogniser's
        "Attribution License",
        "max_pose_difference",
    ):
        assert text in page, text
    assert "--judge" in page, "what was left out is named"


def test_text_of_the_dataset_is_shown_and_never_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile = write_synthetic(tmp_path / "hostile", names=dict.fromkeys(range(8), HOSTILE))
    assert audit(capsys, hostile.out).code == 0
    page = report(hostile.out)
    assert _Tags(page).tags["script"] == 0
    assert not _Tags(page).handlers
    assert "&lt;script&gt;alert" in page
    assert "Made up &lt;b&gt;&amp;" in page
    assert audit(capsys, hostile.out, "--rate", 3).code == 0
    rate = (hostile.out / "audit" / "rate.html").read_text()
    assert "alert(" not in rate


def test_the_same_dataset_gives_the_same_bytes(
    audited: Audited, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = folder_bytes(audited[0].out / "audit")
    again = write_synthetic(tmp_path / "again")
    audit(capsys, again.out)
    assert folder_bytes(again.out / "audit") == first
    assert str(audited[0].out).encode() not in first["audit.json"] + first["report.html"]


def test_an_audit_writes_nowhere_else(audited: Audited) -> None:
    synthetic, _, before = audited
    after = folder_bytes(synthetic.out)
    assert {name: data for name, data in after.items() if not name.startswith("audit/")} == before


def test_the_files_for_machines(audited: Audited) -> None:
    synthetic = audited[0]
    facts = json.loads((synthetic.out / "audit" / "audit.json").read_text())
    similarity = synthetic.rows["similarity"]
    assert facts["samples"] == 36
    mean = facts["figures"]["similarity"]["mean"]["mean"]
    assert mean == pytest.approx(sum(similarity) / 36)
    assert facts["figures"]["pose_difference"]["limit"] == 10
    assert facts["figures"]["sharpness"]["limit"] is None
    assert facts["photos"]["read"] == 16
    assert facts["thresholds"][0]["genuine_pairs"] == 8 * 3
    assert facts["judge"] is None
    table = pq.read_table(synthetic.out / "audit" / "audit.parquet")
    assert table["sample_id"].to_pylist() == synthetic.rows["sample_id"]
    assert table["similarity"].to_pylist() == pytest.approx(similarity)
    assert "image" not in table.column_names


def test_without_the_originals_only_swaps_are_shown(
    synthetic: Synthetic, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(synthetic.coco)
    shutil.rmtree(synthetic.gallery)
    ended = audit(capsys, synthetic.out)
    assert ended.code == 0
    assert "give --coco" in ended.output
    assert "give --vggface2" in ended.output
    page = report(synthetic.out)
    assert "original not at hand" in page
    assert "source not at hand" in page
    assert _Tags(page).tags["img"] == page.count('alt="swap of')


def test_the_folders_of_the_originals_can_be_given(
    synthetic: Synthetic, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (synthetic.out / "run.json").unlink()
    moved = synthetic.coco.rename(tmp_path / "elsewhere")
    ended = audit(capsys, synthetic.out, "--coco", moved, "--vggface2", synthetic.gallery)
    assert ended.code == 0
    assert "not at hand" not in report(synthetic.out)


def test_another_photograph_is_not_taken_for_the_original(
    synthetic: Synthetic, capsys: pytest.CaptureFixture[str]
) -> None:
    import cv2
    import numpy as np

    for path in synthetic.coco.rglob("*.jpg"):
        cv2.imwrite(str(path), np.zeros((50, 50, 3), np.uint8))
    assert audit(capsys, synthetic.out).code == 0
    page = report(synthetic.out)
    assert "original not at hand" in page
    assert "difference not at hand" in page


def test_without_private_files_what_they_tell_is_left_out(
    synthetic: Synthetic, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(synthetic.out / "private")
    ended = audit(capsys, synthetic.out)
    assert ended.code == 0
    assert "private/identities.parquet" in ended.output
    facts = json.loads((synthetic.out / "audit" / "audit.json").read_text())
    assert facts["thresholds"] == []
    assert facts["groups"][-1]["enrolled"] is None


def test_columns_of_an_older_dataset_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    measured = ("landmark_error", "pose_difference", "yaw", "pitch", "roll", "outside_psnr")
    older = write_synthetic(tmp_path / "older", without=measured)
    ended = audit(capsys, older.out)
    assert ended.code == 0
    assert "landmark error, pose difference" in ended.output
    assert "Similarity against yaw" not in report(older.out)


def test_a_dataset_without_samples(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty = write_synthetic(tmp_path / "empty", photos=0)
    ended = audit(capsys, empty.out)
    assert ended.code == 0, ended.error
    assert "There is no sample to show." in report(empty.out)
    ended = audit(capsys, empty.out, "--rate", 3)
    assert ended.code == 2
    assert "no swap" in ended.error


def test_a_folder_that_is_no_dataset(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ended = audit(capsys, tmp_path)
    assert ended.code == 2
    assert "holds no complete dataset" in ended.error
    assert list(tmp_path.iterdir()) == []


def test_an_option_that_is_no_folder(
    synthetic: Synthetic, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = audit(capsys, synthetic.out, "--coco", synthetic.out / "nowhere")
    assert ended.code == 2
    assert "--coco" in ended.error


# --- damage ---------------------------------------------------------------------------------------


def _second(out: Path) -> Path:
    return out / "data" / "train-00001-of-00004.parquet"


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 1
    path.write_bytes(bytes(data))


def test_a_damaged_file_is_named_and_the_rest_is_audited(
    synthetic: Synthetic, capsys: pytest.CaptureFixture[str]
) -> None:
    _flip(_second(synthetic.out))
    ended = audit(capsys, synthetic.out)
    assert ended.code == 4
    assert "train-00001-of-00004.parquet" in ended.error
    assert "train-00001-of-00004.parquet" in report(synthetic.out)
    facts = json.loads((synthetic.out / "audit" / "audit.json").read_text())
    assert facts["samples"] == 26
    assert [found["name"] for found in facts["damaged"]] == ["data/train-00001-of-00004.parquet"]
    expected = synthetic.rows["sample_id"][:10] + synthetic.rows["sample_id"][20:]
    table = pq.read_table(synthetic.out / "audit" / "audit.parquet")
    assert table["sample_id"].to_pylist() == expected


def test_when_every_file_is_damaged(
    synthetic: Synthetic, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in (synthetic.out / "data").iterdir():
        path.unlink()
    ended = audit(capsys, synthetic.out)
    assert ended.code == 4
    assert ended.error.count("train-0000") == 4
    assert "There is no sample to show." in report(synthetic.out)


def test_what_passed_by_group_is_not_told_of_a_part(
    synthetic: Synthetic, capsys: pytest.CaptureFixture[str]
) -> None:
    _flip(_second(synthetic.out))
    ended = audit(capsys, synthetic.out)
    assert "swaps tried and passed" in ended.output
    facts = json.loads((synthetic.out / "audit" / "audit.json").read_text())
    assert {group["tried"] for group in facts["groups"]} == {None}
    assert facts["swaps"]["kept"] == 36


@pytest.mark.parametrize("name", ["rejections.parquet", "private/identities.parquet"])
def test_a_file_that_the_manifest_does_not_name(
    synthetic: Synthetic, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    path = synthetic.out / "manifest.json"
    facts = json.loads(path.read_text())
    del facts["files"][name]
    path.write_text(json.dumps(facts))
    ended = audit(capsys, synthetic.out)
    assert ended.code == 4
    assert f"{name} is not named by the manifest" in ended.error


def test_a_bad_row_loses_its_tiles_alone(
    synthetic: Synthetic, capsys: pytest.CaptureFixture[str]
) -> None:
    file = synthetic.out / "data" / "train-00000-of-00004.parquet"
    table = pq.read_table(file, partitioning=None)
    columns = {name: table[name].to_pylist() for name in table.column_names}
    columns["image"][0]["bytes"] = b""
    columns["face_x"][1] = 5000.0
    columns["face_x"][2] = None
    columns["image"][3]["bytes"] = jpeg(picture(3)[:100])
    columns["margin"][:4] = [-4.0, -3.0, -2.0, -1.0]  # so that they are the worst
    pq.write_table(pa.table(columns), file)
    renew(synthetic)
    ended = audit(capsys, synthetic.out)
    assert ended.code == 0, ended.error
    dataset = open_dataset(synthetic.out)
    samples, _ = read_samples(dataset, silent())
    materials = Materials(synthetic.coco, synthetic.gallery)
    choice = Choice("", "", (0, 1, 2, 3, 4), ("",) * 5)
    jpegs = pictures(dataset, samples, set(choice.rows))
    (sheet,) = make_sheets(samples, [choice], jpegs, read_gallery(dataset), materials)
    there = [tuple(tile is not None for tile in card.tiles) for card in sheet.cards]
    assert there == [
        (True, True, False, False),  # no bytes
        (True, False, False, False),  # a face outside the picture
        (True, False, False, False),  # no face
        (True, True, True, False),  # another size than the original
        (True, True, True, True),
    ]
    assert cocopfs(capsys, "audit", synthetic.out, "--rate", 36).code == 0


@pytest.mark.parametrize("x", [-60.0, 5000.0])
def test_a_face_outside_has_no_tile(x: float) -> None:
    with pytest.raises(ValueError, match="outside"):
        tile(picture(0), Box(x, 30, 44, 56), 1.8, 192)


def test_a_seed_without_a_draw(synthetic: Synthetic, capsys: pytest.CaptureFixture[str]) -> None:
    ended = audit(capsys, synthetic.out, "--seed", 0)
    assert ended.code == 2
    assert "--rate" in ended.error


@pytest.mark.parametrize("name", ["rejections.parquet", "private/identities.parquet"])
def test_other_damage_is_named_too(
    synthetic: Synthetic, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    _flip(synthetic.out / name)
    ended = audit(capsys, synthetic.out)
    assert ended.code == 4
    assert name in ended.error
    assert json.loads((synthetic.out / "audit" / "audit.json").read_text())["samples"] == 36
