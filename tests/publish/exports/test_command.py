"""`cocopfs export` as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cocopfs.sources.origin import Origin
from tests.command import cocopfs
from tests.publish.published import PACK, as_dict, write_dataset

DRAWN = Origin("drawn", "Apache-2.0", people="invented")


@pytest.fixture
def drawn(tmp_path: Path) -> Path:
    """A dataset in which nobody is real, so that no terms stand before its export."""
    files = {"recogniser": {"sha256": "12" * 32, "bytes": 3, "licence": "Apache-2.0"}}
    return write_dataset(
        tmp_path / "dataset",
        sources={name: {"origin": as_dict(DRAWN), "limit": None} for name in ("coco", "gallery")},
        pack={"name": "drawn", "digest": PACK, "files": files},
    )


def test_it_tells_what_it_made_and_how_to_check_it(
    drawn: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "tars"
    options = ("export", drawn, "--format", "webdataset", "--out", out, "--rows-per-tar", 2)
    ended = cocopfs(capsys, *options)
    assert ended.code == 0, ended.error
    assert "10 samples" in ended.output
    assert "sha256sum -c SHA256SUMS" in ended.output
    assert len(list(out.glob("train-*.tar"))) == 3
    assert "Nothing to do" in cocopfs(capsys, *options).output
    assert json.loads((out / "export.json").read_text())["options"]["rows_per_tar"] == 2


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--format", "coco", "--rows-per-tar", 5), "--rows-per-tar goes with"),
        (("--format", "coco", "--features", "swapped"), "--features goes with"),
        (("--format", "coco", "--real-ids"), "has no use"),
        (("--format", "idclip", "--features", "swapped"), "run.json is missing"),
    ],
)
def test_options_without_a_use_are_refused(
    drawn: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    options: tuple[object, ...],
    told: str,
) -> None:
    ended = cocopfs(capsys, "export", drawn, "--out", tmp_path / "out", *options)
    assert ended.code == 2
    assert told in ended.error
    assert not (tmp_path / "out").exists()


def test_a_broken_private_folder_is_told(
    drawn: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("export", drawn, "--out", tmp_path / "out", "--format")
    assert cocopfs(capsys, *options, "coco").code == 0, "which does not need it"
    ended = cocopfs(capsys, *options, "idclip")
    assert ended.code == 2
    assert "identities.parquet cannot be read" in ended.error


def test_what_is_no_dataset_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for content in (None, "{}", "[]", "no json", '{"files": 1, "recipe": null}'):
        if content is not None:
            (tmp_path / "manifest.json").write_text(content)
        ended = cocopfs(capsys, "export", tmp_path, "--format", "coco", "--out", tmp_path / "out")
        assert ended.code == 2
        assert "holds no complete dataset" in ended.error
