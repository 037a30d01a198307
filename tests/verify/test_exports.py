"""An export is held against its manifest and its digests, or verify says that it cannot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cocopfs.publish.dataset import open_published
from cocopfs.publish.terms import accept_terms
from tests.command import cocopfs
from tests.verify.damage import broken, flip_bit, verified

# The builds are shared, so these tests stay on one worker.
pytestmark = pytest.mark.xdist_group("trial")

SUMS = "every file of the export is the one in SHA256SUMS"
UNLISTED = "no file lies there that nothing lists"


@pytest.fixture
def exported(copied: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    return export(copied, tmp_path / "export", capsys, "parquet")


def export(
    dataset: Path, out: Path, capsys: pytest.CaptureFixture[str], layout: str, *more: str
) -> Path:
    accept_terms(dataset, open_published(dataset).facts, "2026-01-31")
    ended = cocopfs(capsys, "export", dataset, "--format", layout, "--out", out, *more)
    assert ended.code == 0, ended.error
    return out


def test_a_parquet_export_is_sound(exported: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ended = cocopfs(capsys, "verify", exported)
    assert ended.code == 0, ended.error
    assert "is what its manifest says" in ended.output
    (checked,) = (check for check in verified(exported).checks if check.promise == SUMS)
    assert checked.tried == len((exported / "SHA256SUMS").read_text().splitlines())


def test_one_of_what_may_be_handed_on_is_sound(
    copied: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its figures are those of the whole dataset, and are told as such."""
    out = export(copied, tmp_path / "part", capsys, "parquet", "--redistributable")
    facts = json.loads((out / "manifest.json").read_text())
    assert facts["redistributable"], "photographs were left out"
    found = verified(out)
    assert broken(found) == {}
    assert any("whole dataset" in (check.left_out or "") for check in found.checks)


def test_a_flipped_bit_in_a_file_that_only_the_sums_list(exported: Path) -> None:
    for name in ("README.md", "LICENSES.md", "croissant.json"):
        data = (exported / name).read_bytes()
        flip_bit(exported / name, 100, 1)
        assert [line.split(":")[0] for line in broken(verified(exported))[SUMS]] == [name]
        (exported / name).write_bytes(data)
    assert broken(verified(exported)) == {}


def test_damaged_sums(exported: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sums = (exported / "SHA256SUMS").read_text()
    for text in (sums + f"{'0' * 64}  ../elsewhere\n", sums.replace("a", "b", 1)):
        (exported / "SHA256SUMS").write_text(text)
        assert SUMS in broken(verified(exported))
    for text in ("no sums\n", "\0"):
        (exported / "SHA256SUMS").write_text(text)
        assert "cannot be read" in broken(verified(exported))[SUMS][0]
    ended = cocopfs(capsys, "verify", exported)
    assert ended.code == 3
    assert "cocopfs export DATASET --format parquet" in ended.error


def test_a_file_that_nothing_lists(exported: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (exported / "notes.txt").write_text("mine")
    assert list(broken(verified(exported))) == [UNLISTED]
    ended = cocopfs(capsys, "verify", exported)
    assert "take the files away that are listed nowhere" in ended.error
    assert "build again" not in ended.error


@pytest.mark.parametrize("layout", ["webdataset", "coco"])
def test_other_formats_are_named_and_how_to_check_them(
    copied: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], layout: str
) -> None:
    out = export(copied, tmp_path / "other", capsys, layout)
    ended = cocopfs(capsys, "verify", out)
    assert ended.code == 2
    assert f"is an export in the format {layout}, which verify does not read" in ended.error
    assert "sha256sum -c SHA256SUMS" in ended.error
