"""train-baseline on the default dataset: sound as it is, and not when it was damaged on purpose."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cocopfs.publish.mark import read_mark
from tests.baseline.damage import mix_splits, partly, rewrite, shuffle_identities, unswap
from tests.command import Ended, cocopfs

pytest.importorskip("torch", reason="torch is not installed: make test-full installs it")
pytest.importorskip("transformers")

pytestmark = [pytest.mark.full, pytest.mark.xdist_group("baseline")]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The default dataset, as `make build` makes it."""
    out = tmp_path_factory.mktemp("default") / "out"
    command = [sys.executable, "-m", "cocopfs", "build", "--out", str(out)]
    subprocess.run(command, check=True, capture_output=True)
    return out


def _train(capsys: pytest.CaptureFixture[str], out: Path, *options: object) -> Ended:
    return cocopfs(capsys, "train-baseline", out, *options)


def _facts(out: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out / "baseline" / "baseline.json").read_bytes())
    return found


@pytest.fixture
def copied(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "out", copy_function=shutil.copy2))


def test_the_default_dataset_is_sound(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ended = _train(capsys, built)
    assert ended.code == 0, ended.output + ended.error
    assert "The dataset is sound" in ended.output
    facts = _facts(built)
    assert facts["verdict"]["sound"]
    methods = {row["key"]: row for row in facts["methods"]}
    chance = methods["chance"]["pick"]["mean"]
    assert methods["clip"]["pick"]["mean"] == pytest.approx(chance, abs=1e-12)
    assert methods["id-clip"]["pick"]["mean"] >= 2 * chance
    assert methods["id-clip"]["pick"]["low"] > methods["clip"]["pick"]["high"]
    page = (built / "baseline" / "report.html").read_text()
    assert "The dataset is sound" in page
    again = _train(capsys, built)
    assert again.code == 0
    assert _facts(built) == facts, "what was trained is read, not trained again"


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        ("shuffled", "the pictures show other people than their rows say"),
        ("mixed", "identities are in several splits"),
        ("unswapped", "the pictures still show the original faces"),
        ("a third of train unswapped", "the pictures still show the original faces"),
    ],
)
def test_a_damaged_dataset_is_not(
    copied: Path, damage: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    originals = next(copied.glob("work/world-*/coco"))
    change = {
        "shuffled": shuffle_identities,
        "mixed": mix_splits,
        "unswapped": unswap(originals),
        "a third of train unswapped": partly(unswap(originals), 0.3, "train"),
    }
    rewrite(copied, change[damage])
    ended = _train(capsys, copied, "--set", "baseline.seeds=1")
    assert ended.code == 3, ended.output + ended.error
    assert "The dataset is not sound" in ended.output
    assert reason in ended.output
    assert not _facts(copied)["verdict"]["sound"]


def test_pictures_are_found_by_a_sentence_and_a_face(
    built: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _train(capsys, built)
    facts = cocopfs(capsys, "search", built, "a man on a bicycle", "--to", tmp_path / "s.png")
    assert facts.code == 0, facts.error
    import pyarrow.parquet as pq

    table = pq.read_table(next(built.glob("data/test-*.parquet")), columns=["name", "identity"])
    name = table["name"][0].as_py()
    ended = cocopfs(
        capsys,
        "search",
        built,
        "a person",
        "--identity",
        name,
        "--to",
        tmp_path / "s.jpg",
        "--label",
    )
    assert ended.code == 0, ended.error
    assert ended.output.startswith("asked: [TOK] answered by: the Id-CLIP that was trained ")
    assert " 1. " in ended.output
    assert read_mark((tmp_path / "s.jpg").read_bytes()) is not None
    assert (tmp_path / "s.jpg").stat().st_size > 10_000
    portrait = next(built.glob(f"work/world-*/vggface2/**/{table['identity'][0].as_py()}/*.jpg"))
    by_face = cocopfs(
        capsys, "search", built, "a person", "--face", portrait, "--to", tmp_path / "f.png"
    )
    assert by_face.code == 0, by_face.error
    unknown = cocopfs(capsys, "search", built, "a person", "--identity", "Nobody Atall")
    assert unknown.code == 2
    assert "'Nobody Atall' is nobody in" in unknown.error
