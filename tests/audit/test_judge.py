"""A second recogniser's opinion, on a real build."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import onnx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from onnx import numpy_helper

from cocopfs.engine.commit import file_digest
from tests.audit.synthetic import Synthetic
from tests.command import Ended, cocopfs
from tests.material import Material
from tests.whole_build.trial import samples

pytestmark = pytest.mark.xdist_group("trial")

_NAME = "rec_mbf.onnx"


@pytest.fixture(scope="session")
def driver(material: Material) -> Path:
    """The recogniser that drove the trial's swaps."""
    return material.pack / "insightface" / "models" / "real-small" / _NAME


@pytest.fixture(scope="session")
def other(driver: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another recogniser: the same with its weights shaken, so that it still knows faces."""
    model = onnx.load(driver)
    random = np.random.default_rng(0)
    for tensor in model.graph.initializer:
        weights = numpy_helper.to_array(tensor)
        if weights.ndim == 4:
            shaken = weights * (1 + 0.03 * random.normal(size=weights.shape))
            tensor.CopyFrom(numpy_helper.from_array(shaken.astype(np.float32), tensor.name))
    path = tmp_path_factory.mktemp("judge") / "other.onnx"
    onnx.save(model, path)
    return path


def judged(capsys: pytest.CaptureFixture[str], out: Path, judge: Path, *more: object) -> Ended:
    return cocopfs(capsys, "audit", out, "--judge", judge, "--device", "cpu", *more)


def columns(out: Path) -> dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]]:
    table = pq.read_table(out / "audit" / "audit.parquet")
    names = [name for name in table.column_names if name.startswith("judge_")]
    return {name: table[name].to_numpy() for name in names}


def test_the_driver_as_judge_finds_the_published_figures_again(
    copied: Path, driver: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = judged(capsys, copied, driver)
    assert ended.code == 0, ended.error
    assert "no second opinion" in ended.output
    rows, found = samples(copied), columns(copied)
    for name, figure in (
        ("judge_similarity", [row.similarity for row in rows]),
        ("judge_residual_similarity", [row.residual_similarity for row in rows]),
    ):
        difference = np.abs(found[name] - figure)
        # The figures were measured before JPEG encoding, which tells on the smallest faces.
        assert difference.max() < 0.06
        assert difference.mean() < 0.02
    assert np.allclose(
        found["judge_margin"], found["judge_similarity"] - found["judge_residual_similarity"]
    )
    assert found["judge_retrieved"].mean() > 0.9
    assert (found["judge_reference_similarity"] < found["judge_similarity"]).mean() > 0.9


def test_an_independent_judge(
    copied: Path, other: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = judged(capsys, copied, other)
    assert ended.code == 0, ended.error
    assert "no second opinion" not in ended.output
    for told in (
        "by the judge other.onnx",
        "similarity to the reference portrait",
        "retrieved: nearest",
    ):
        assert told in ended.output
    page = (copied / "audit" / "report.html").read_text()
    assert "The independent judge" in page
    assert "retrieved" in page
    facts = json.loads((copied / "audit" / "audit.json").read_text())
    assert facts["judge"]["independent"] is True
    assert facts["judge"]["thresholds"][0]["genuine_pairs"] > 0
    assert 0.2 < facts["judge"]["figures"]["judge_similarity"]["mean"] < 1
    mean = columns(copied)["judge_similarity"].mean()
    assert facts["judge"]["figures"]["judge_similarity"]["mean"] == pytest.approx(mean)


def test_what_the_judge_cannot_see_is_counted(
    copied: Path,
    other: Path,
    material: Material,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    gallery = tmp_path / "gallery"
    shutil.copytree(material.vggface2, gallery)
    sources = {row.source_portrait for row in samples(copied)}
    lost = sorted(sources)[0]
    (path,) = (p for p in gallery.rglob("*.jpg") if f"{p.parent.name}/{p.stem}" == lost)
    path.write_bytes(b"no picture")
    ended = judged(capsys, copied, other, "--vggface2", gallery)
    assert ended.code == 0
    assert "portraits that the judge could not see: 1" in ended.output
    unknown = np.isnan(columns(copied)["judge_similarity"])
    assert list(unknown) == [row.source_portrait == lost for row in samples(copied)]


def test_a_sample_without_bytes_is_counted(
    copied: Path, other: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = sorted((copied / "data").iterdir())[0]
    table = pq.read_table(file, partitioning=None)
    images = table["image"].to_pylist()
    images[0]["bytes"] = b""
    place = table.column_names.index("image")
    column = pa.array(images, table.schema.field(place).type)
    pq.write_table(table.set_column(place, table.schema.field(place), column), file)
    path = copied / "manifest.json"
    facts = json.loads(path.read_text())
    digest, size = file_digest(file)
    facts["files"][file.relative_to(copied).as_posix()] |= {"sha256": digest, "bytes": size}
    path.write_text(json.dumps(facts))
    ended = judged(capsys, copied, other)
    assert ended.code == 0, ended.error
    assert "swapped pictures that the judge could not see: 1" in ended.output


def test_a_judge_without_originals_and_portraits_has_nothing_to_say(
    copied: Path, other: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (copied / "run.json").unlink()
    ended = judged(capsys, copied, other)
    assert ended.code == 2
    assert "nothing to compare" in ended.error
    assert not (copied / "audit").exists()


def test_a_file_that_is_no_recogniser(
    synthetic: Synthetic, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "junk.onnx").write_bytes(b"junk")
    for judge in (tmp_path / "junk.onnx", tmp_path / "missing.onnx"):
        ended = judged(capsys, synthetic.out, judge)
        assert ended.code == 2
        assert judge.name in ended.error
