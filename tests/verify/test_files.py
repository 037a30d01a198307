"""Every byte: what is damaged, missing or too much is found and named."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command import cocopfs
from tests.material import Material
from tests.verify.damage import broken, enter, flip_bit, manifest, verified
from tests.whole_build.trial import published, run, trial_build

pytestmark = pytest.mark.xdist_group("trial")

LISTED = "every published file is the one listed"
UNLISTED = "no file lies there that nothing lists"
WORK = "the files of work/ are those that the stages list"


def test_a_build_is_what_its_manifest_says(trial: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = published(trial)
    ended = cocopfs(capsys, "verify", trial)
    assert ended.code == 0, ended.error
    assert "is what its manifest says" in ended.output
    assert published(trial) == before


def test_the_checks_were_made(trial: Path) -> None:
    checks = verified(trial).checks
    assert len(checks) >= 20
    assert all(check.tried and check.left_out is None for check in checks)


def test_several_threads_find_the_same(copied: Path) -> None:
    flip_bit(copied / "data" / "train-00000-of-00001.parquet", 1000, 3)
    (copied / "data" / "more.parquet").write_bytes(b"")
    assert verified(copied, workers=3).checks == verified(copied).checks


@pytest.mark.parametrize("seed", range(8))
def test_a_single_flipped_bit_is_found_and_named(copied: Path, seed: int) -> None:
    draw = random.Random(seed)
    names = sorted(name for name in manifest(copied)["files"] if name.startswith("data/"))
    name = draw.choice(names)
    path = copied / name
    flip_bit(path, draw.randrange(path.stat().st_size), draw.randrange(8))
    found = broken(verified(copied))
    assert [line.split(":")[0] for line in found[LISTED]] == [name]
    assert set(found) == {LISTED}


def test_a_flipped_bit_in_each_other_published_file_is_found(copied: Path, tmp_path: Path) -> None:
    draw = random.Random(0)
    names = [name for name in manifest(copied)["files"] if not name.startswith("data/")]
    assert {"README.md", "rejections.parquet", "private/identities.parquet"} <= set(names)
    for name in names:
        data = (copied / name).read_bytes()
        flip_bit(copied / name, draw.randrange(len(data)), draw.randrange(8))
        assert [line.split(":")[0] for line in broken(verified(copied))[LISTED]] == [name]
        (copied / name).write_bytes(data)
    assert verified(copied).broken == 0


def test_the_command_names_the_file_and_ends_with_3(
    copied: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flip_bit(copied / "data" / "train-00000-of-00001.parquet", 5000, 0)
    ended = cocopfs(capsys, "verify", copied)
    assert ended.code == 3
    assert "train-00000-of-00001.parquet" in ended.output
    assert "next:" in ended.error


def test_what_the_hint_says_mends_it(copied: Path, material: Material) -> None:
    """A rotten bit in a published file is one in its other name below `work/` too."""
    before = published(copied)
    data = copied / "data" / "train-00000-of-00001.parquet"
    (stage,) = (copied / "work" / "write").glob("*[0-9a-f].parquet")
    flip_bit(data, 4000, 6)
    stage.unlink()
    stage.hardlink_to(data)
    found = verified(copied)
    damaged = [finding.subject for check in found.checks for finding in check.findings]
    assert sorted(damaged) == sorted(str(path.relative_to(copied)) for path in (data, stage))
    for name in damaged:
        (copied / name).unlink()
    run(trial_build(material, copied))
    assert published(copied) == before
    assert verified(copied).broken == 0


def test_a_missing_file(copied: Path) -> None:
    (copied / "rejections.parquet").unlink()
    (line,) = broken(verified(copied))[LISTED]
    assert line.startswith("rejections.parquet: cannot be read: No such file")


def test_a_longer_file(copied: Path) -> None:
    with (copied / "README.md").open("ab") as file:
        file.write(b"\n")
    assert "bytes, the manifest says" in broken(verified(copied))[LISTED][0]


@pytest.mark.parametrize("name", ["data/train-00001-of-00002.parquet", "extra.bin", "x/y.txt"])
def test_a_file_that_nobody_lists(copied: Path, name: str) -> None:
    (copied / name).parent.mkdir(exist_ok=True)
    (copied / name).write_bytes(b"something")
    assert broken(verified(copied)) == {UNLISTED: [f"{name}: is listed by no manifest"]}


def test_what_other_commands_write_is_no_stranger(copied: Path) -> None:
    for name in ("audit/report.html", "baseline/table.json", "private/rating-0.json"):
        (copied / name).parent.mkdir(exist_ok=True)
        (copied / name).write_bytes(b"{}")
    assert verified(copied).broken == 0


def test_half_a_file_of_a_killed_run(copied: Path) -> None:
    (copied / "private" / ".identities.parquet.1-1-1.partial").write_bytes(b"half")
    (line,) = broken(verified(copied))[UNLISTED]
    assert "half-written" in line


def test_a_listed_file_that_is_a_link_out_of_the_folder(copied: Path, tmp_path: Path) -> None:
    path = copied / "README.md"
    shutil.move(path, tmp_path / "elsewhere.md")
    path.symlink_to(tmp_path / "elsewhere.md")
    (line,) = broken(verified(copied))[LISTED]
    assert "symlink that leads out of its folder" in line


def test_a_manifest_that_names_files_elsewhere(copied: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    enter(copied, "../secret")
    assert "cannot be read" in broken(verified(copied))[LISTED][0]


def test_a_flipped_bit_in_work(copied: Path) -> None:
    (path,) = (copied / "work" / "swap").glob("*[0-9a-f].parquet")
    flip_bit(path, path.stat().st_size // 2, 5)
    assert list(broken(verified(copied))) == [WORK]
    assert f"work/swap/{path.name}" in broken(verified(copied))[WORK][0]


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "stage.json").write_text("{"),
        lambda folder: (folder / "stage.json").unlink(),
        lambda folder: next(folder.glob("0*.json")).write_text('{"stage": 1}'),
        lambda folder: next(folder.glob("0*.json")).unlink(),
        lambda folder: (folder / "old.parquet").write_bytes(b""),
    ],
    ids=["broken stage", "no stage", "broken shard", "no shard", "another file"],
)
def test_broken_manifests_below_work(copied: Path, damage: Callable[[Path], object]) -> None:
    damage(copied / "work" / "select")
    assert list(broken(verified(copied))) == [WORK]


def test_work_may_be_deleted(copied: Path) -> None:
    shutil.rmtree(copied / "work")
    found = verified(copied)
    assert found.broken == 0
    assert [check.promise for check in found.checks if check.left_out] == [WORK]


def test_a_published_file_is_read_once_though_it_has_two_names(trial: Path, tmp_path: Path) -> None:
    """The published rows are links to those of stage `write`."""
    from cocopfs.audit.dataset import open_dataset
    from cocopfs.verify.contents import _tasks
    from cocopfs.verify.listing import published as listed
    from cocopfs.verify.listing import stage_folders

    dataset = open_dataset(trial)
    files = [*listed(dataset), *(f for stage in stage_folders(trial) for f in stage.files)]
    shared = [names for names in _tasks(dataset, files) if len(names) > 1]
    assert [names[0].name.split("/")[0] for names in shared] == ["data"]


def test_no_dataset_at_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ended = cocopfs(capsys, "verify", tmp_path)
    assert ended.code == 2
    assert "holds no complete dataset" in ended.error
