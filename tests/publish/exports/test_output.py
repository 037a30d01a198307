"""An export's folder is whole or not there, and nothing of anybody else's is touched."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from cocopfs.engine.commit import OutputError
from cocopfs.errors import UsageError
from cocopfs.publish.exports.output import EXPORT, SUMS, Output, new_folder, read_sums
from cocopfs.publish.layout import Format
from tests.publish.exports.making import contents, make
from tests.publish.published import rows, write_dataset

FORMATS: tuple[Format, ...] = get_args(Format)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("layout", FORMATS)
def test_every_export_carries_card_licences_and_digests(
    dataset: Path, tmp_path: Path, layout: Format
) -> None:
    done = make(dataset, layout, tmp_path / "out")
    assert done.worked
    assert done.rows == 10
    found = contents(tmp_path / "out")
    assert b"# COCO-PFS" in found["README.md"]
    assert b"VGGFace2" in found["LICENSES.md"]
    told = json.loads(found["export.json"])
    assert told["format"] == layout
    assert told["splits"] == {"train": 5, "validation": 2, "test": 3}
    checked = subprocess.run(
        ["sha256sum", "-c", "--strict", "SHA256SUMS"],
        cwd=tmp_path / "out",
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr
    assert checked.stdout.count(": OK") == told["files"] == len(found) - 2
    assert not any(b"secret" in data for data in found.values())
    assert names(tmp_path) == ["out"]


@pytest.mark.parametrize("layout", FORMATS)
def test_the_same_bytes_again(dataset: Path, tmp_path: Path, layout: Format) -> None:
    make(dataset, layout, tmp_path / "first")
    make(dataset, layout, tmp_path / "second")
    assert contents(tmp_path / "first") == contents(tmp_path / "second")


def test_the_same_export_is_not_made_twice_and_another_replaces_it(
    dataset: Path, tmp_path: Path
) -> None:
    target = tmp_path / "out"
    make(dataset, "webdataset", target)
    before = (target / "test-000000.tar").stat().st_ino
    assert not make(dataset, "webdataset", target).worked
    assert (target / "test-000000.tar").stat().st_ino == before
    (target / "test-000000.tar").unlink()
    assert make(dataset, "webdataset", target).worked
    assert make(dataset, "coco", target).worked
    assert not list(target.glob("*.tar"))
    assert names(tmp_path) == ["out"]


def test_folders_of_other_things_stay_as_they_are(dataset: Path, tmp_path: Path) -> None:
    for target in (tmp_path / "mine", dataset):
        target.mkdir(exist_ok=True)
        (target / "letter.txt").write_text("mine")
        with pytest.raises(UsageError, match="other things"):
            make(dataset, "coco", target)
        assert (target / "letter.txt").read_text() == "mine"
    (dataset / "letter.txt").unlink()
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UsageError, match="other things"):
        make(dataset, "coco", tmp_path / "file")
    foreign = tmp_path / ".out.partial"
    foreign.mkdir()
    (foreign / "letter.txt").write_text("mine")
    with pytest.raises(UsageError, match="in the way"):
        make(dataset, "coco", tmp_path / "out")
    assert (foreign / "letter.txt").read_text() == "mine"


def test_two_exports_do_not_meet(tmp_path: Path) -> None:
    target = tmp_path / "out"
    with (
        new_folder(target) as folder,
        pytest.raises(UsageError, match="another export"),
        new_folder(target),
    ):
        pass
    assert not folder.exists()
    assert target.is_dir()


def test_a_damaged_dataset_leaves_no_export(tmp_path: Path) -> None:
    dataset = write_dataset(tmp_path / "dataset")
    file = dataset / "data" / "train-00001-of-00002.parquet"
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    for layout in FORMATS:
        with pytest.raises(UsageError, match="train-00001-of-00002"):
            make(dataset, layout, tmp_path / "out")
    assert names(tmp_path) == ["dataset"]


KILLED = """
import os, signal, sys
from pathlib import Path
from cocopfs.publish.exports import coco
from tests.publish.exports.making import make
seen = []
def add(row, captions, counters, _add=coco._add_captions):
    seen.append(row)
    if len(seen) == 6:
        os.kill(os.getpid(), signal.SIGKILL)
    _add(row, captions, counters)
coco._add_captions = add
make(Path(sys.argv[1]), "coco", Path(sys.argv[2]))
"""


def test_a_killed_export_is_begun_anew(dataset: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    killed = subprocess.run([sys.executable, "-c", KILLED, dataset, target], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert not target.exists()
    assert (tmp_path / ".out.partial").is_dir()
    make(dataset, "coco", target)
    make(dataset, "coco", tmp_path / "undisturbed")
    assert contents(target) == contents(tmp_path / "undisturbed")
    assert names(tmp_path) == ["out", "undisturbed"]


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    def fill() -> None:
        with new_folder(tmp_path / "out"), Path("/dev/full").open("wb", buffering=0) as full:
            full.write(b"x")

    with pytest.raises(OutputError, match="No space left"):
        fill()
    assert names(tmp_path) == []


@pytest.mark.parametrize("name", ["../up.jpg", "/etc/passwd", "a\nb.jpg", "a\\b.jpg", "a/../b"])
def test_hostile_names_are_refused(tmp_path: Path, name: str) -> None:
    with (
        closing(Output(tmp_path)) as output,
        pytest.raises(UsageError, match="cannot be a file's name"),
    ):
        output.write(name, b"x")


def test_pictures_of_one_name_do_not_replace_each_other(tmp_path: Path) -> None:
    content = rows()
    split = next(iter(content))
    first, *_, last = content[split]
    content[split] = [first, replace(last, file_name=first.file_name, identity=first.identity)]
    dataset = write_dataset(tmp_path / "dataset", content)
    with pytest.raises(UsageError, match="two pictures would be called"):
        make(dataset, "idclip", tmp_path / "out")


def test_what_others_put_into_an_export_is_not_taken_away(tmp_path: Path) -> None:
    target = tmp_path / "export"
    for attempt in range(2):  # an export of nothing but ours is replaced
        with new_folder(target) as folder:
            output = Output(folder)
            output.write("data/rows.txt", str(attempt).encode())
            output.close()
            sums = hashlib.sha256((folder / SUMS).read_bytes()).hexdigest()
            told = {"cocopfs": "0", "format": "coco", "sums": sums}
            (folder / EXPORT).write_text(json.dumps(told))
    assert (target / "data" / "rows.txt").read_text() == "1"
    (target / "audit").mkdir()
    (target / "audit" / "report.html").write_text("mine")
    (target / "data" / "note.txt").write_text("mine")
    with pytest.raises(UsageError, match=r"audit/, data/note\.txt in it"), new_folder(target):
        pytest.fail("nothing may be made")
    assert (target / "audit" / "report.html").read_text() == "mine"


def test_a_name_that_is_listed_twice_is_no_list(tmp_path: Path) -> None:
    (tmp_path / SUMS).write_text(f"{'0' * 64}  a.txt\n{'1' * 64}  a.txt\n")
    with pytest.raises(ValueError, match="line 2"):
        read_sums(tmp_path)
