"""What goes out of a real build: marks, cards, exports, embeddings."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pyarrow.parquet as pq
import pytest
from pycocotools.coco import COCO

from cocopfs.engine.store import read_rows
from cocopfs.publish.dataset import open_published
from cocopfs.publish.mark import DIGITAL_SOURCE_TYPE, read_mark
from cocopfs.publish.terms import accept_terms
from cocopfs.records import Identity, unpack_vector
from cocopfs.stages.jpeg import encode_jpeg
from tests.command import cocopfs
from tests.material import Material
from tests.whole_build.trial import decoded, published, run, samples, trial_build

# The builds are shared, so these tests stay on one worker.
pytestmark = pytest.mark.xdist_group("trial")

SOURCE_TYPE = "XMP-iptcExt:DigitalSourceType"


@pytest.fixture
def accepted(copied: Path) -> Path:
    """A copy of the trial whose terms were acknowledged."""
    return acknowledge(copied)


def acknowledge(dataset: Path) -> Path:
    accept_terms(dataset, open_published(dataset).facts, "2026-01-31")
    return dataset


@pytest.fixture
def coco_export(accepted: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    out = tmp_path / "coco"
    ended = cocopfs(capsys, "export", accepted, "--format", "coco", "--out", out)
    assert ended.code == 0, ended.error
    return out


def test_exiftool_finds_the_mark_in_every_swapped_picture_and_in_no_original(
    coco_export: Path, trial: Path, material: Material
) -> None:
    if shutil.which("exiftool") is None:
        pytest.skip("exiftool is not installed (apt-get install libimage-exiftool-perl)")

    def ask(paths: list[Path]) -> list[dict[str, str]]:
        done = subprocess.run(
            ["exiftool", "-json", "-G1", "-XMP:all", *paths], capture_output=True, check=True
        )
        found: list[dict[str, str]] = json.loads(done.stdout)
        return found

    swapped = ask(sorted((coco_export / "images").rglob("*.jpg")))
    assert len(swapped) == len(samples(trial))
    assert {each[SOURCE_TYPE] for each in swapped} == {DIGITAL_SOURCE_TYPE}
    assert len({each["XMP-dc:Identifier"] for each in swapped}) == len(swapped)
    originals = sorted({material.coco / row.file_name for row in samples(trial)})
    assert not any(SOURCE_TYPE in each for each in ask(originals))


def test_the_mark_changes_no_pixel(trial: Path) -> None:
    """Without it, the file is what the encoder gave: encoding its pixels again is no proof, but the
    published bytes less one segment decode to the same."""
    for row in samples(trial):
        jpeg = row.image.bytes
        start = jpeg.index(b"\xff\xe1")
        bare = jpeg[:start] + jpeg[start + 2 + int.from_bytes(jpeg[start + 2 : start + 4]) :]
        assert read_mark(bare) is None
        np.testing.assert_array_equal(decoded(bare), decoded(jpeg))
    assert read_mark(encode_jpeg(decoded(jpeg), 95)) is None


def test_the_card_names_the_sources_that_were_found(trial: Path) -> None:
    card = (trial / "README.md").read_text()
    manifest = json.loads((trial / "manifest.json").read_text())
    assert manifest["sources"]["coco"]["origin"]["name"] == "COCO 2017"
    assert manifest["sources"]["gallery"]["origin"]["name"] == "VGGFace2"
    assert {"README.md", "LICENSES.md", "croissant.json"} <= manifest["files"].keys()
    assert sum(each["photos"] for each in manifest["licences"]) == manifest["photos"]["kept"]
    assert "extra_gated_prompt" in card


def test_swapped_pictures_are_images_of_their_own(coco_export: Path, trial: Path) -> None:
    captions = COCO(coco_export / "annotations" / "captions_train.json")
    rows = {row.sample_id: row for row in samples(trial)}
    assert {image["sample_id"] for image in captions.imgs.values()} == rows.keys()
    for image in captions.imgs.values():
        row = rows[image["sample_id"]]
        picture = cv2.imread(str(coco_export / "images" / "train" / image["file_name"]))
        assert picture is not None
        assert picture.shape == (row.height, row.width, 3)
        told = captions.loadAnns(captions.getAnnIds(imgIds=[image["id"]]))
        assert all(row.name in each["caption"] for each in told)


def test_the_references_layout_is_for_512_dimensions(
    accepted: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for more in ((), ("--features", "swapped", "--device", "cpu")):
        ended = cocopfs(
            capsys, "export", accepted, "--format", "idclip", "--out", tmp_path / "new", *more
        )
        assert ended.code == 2
        assert "128 dimensions" in ended.error
        assert not (tmp_path / "new").exists()


@pytest.mark.full
def test_the_references_layout_of_the_drawn_world(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Reference features are the enrolled portraits'; the swapped ones, by the pack's recogniser,
    give the similarity that the row tells."""
    world = tmp_path / "world"
    sizes = ("world.photos=24", "world.identities=36", "match.by=[gender]")
    settings = [part for setting in sizes for part in ("--set", setting)]
    settings += ["--set", "match.identities_per_photo=2", "--set", "judge.min_identities=1"]
    assert cocopfs(capsys, "build", "--out", world, "--device", "cpu", *settings).code == 0
    identities = {
        row.class_id: row for row in read_rows(world / "private" / "identities.parquet", Identity)
    }
    rows = {row.sample_id: row for row in samples(world)}

    def export(kind: str) -> dict[str, list[list[float]]]:
        out = tmp_path / kind
        options = ("--format", "idclip", "--out", out, "--features", kind, "--device", "cpu")
        ended = cocopfs(capsys, "export", world, *options)
        assert ended.code == 0, ended.error
        assert ("holds its own answer" in ended.output) == (kind == "swapped")
        found: dict[str, list[list[float]]] = {}
        for path in out.rglob("features_*.json"):
            found |= json.loads(path.read_text())
        assert found.keys() == rows.keys()
        return found

    for key, value in export("reference").items():
        enrolled = identities[rows[key].identity].reference.embedding
        np.testing.assert_array_equal(np.asarray(value, np.float32), unpack_vector(enrolled)[None])
    differences = []
    for key, value in export("swapped").items():
        row = rows[key]
        source = next(
            portrait
            for portrait in identities[row.identity].sources
            if portrait.portrait_id == row.source_portrait
        )
        cosine = float(np.asarray(value[0], np.float32) @ unpack_vector(source.embedding))
        differences.append(abs(cosine - row.similarity))
    # The figures were measured before JPEG encoding, which tells on the smallest faces.
    assert max(differences) < 0.06


def test_the_folder_to_upload_is_the_dataset_without_what_is_private(
    accepted: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "upload"
    ended = cocopfs(capsys, "export", accepted, "--format", "parquet", "--out", out)
    assert ended.code == 0, ended.error
    found = {
        str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()
    }
    before = published(accepted)
    private = {name for name in before if name.startswith("private/")}
    assert found.keys() == before.keys() - private | {"SHA256SUMS", "export.json"}
    assert {name for name in found if found[name] != before.get(name)} == {
        *("README.md", "SHA256SUMS", "export.json", "manifest.json"),
    }
    told = json.loads(found["manifest.json"])["files"]
    assert told.keys() <= found.keys()
    assert not any(name.startswith("private/") for name in told)
    assert str(tmp_path).encode() not in b"".join(found.values())


@pytest.mark.parametrize("layout", ["webdataset", "coco"])
def test_real_ids_need_a_flag(
    trial: Path,
    pseudonymous: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    layout: str,
) -> None:
    dataset = acknowledge(Path(shutil.copytree(pseudonymous, tmp_path / "dataset")))

    def export(*more: str) -> bytes:
        out = tmp_path / "out"
        ended = cocopfs(capsys, "export", dataset, "--format", layout, "--out", out, *more)
        assert ended.code == 0, ended.error
        return b"".join(
            str(path.relative_to(out)).encode() + path.read_bytes()
            for path in sorted(out.rglob("*"))
            if path.is_file()
        )

    real = {row.identity for row in samples(trial)}
    names = {row.name for row in samples(trial)} | {
        row.name.replace(" ", "_") for row in samples(trial)
    }
    hidden, shown = export(), export("--real-ids")
    assert not any(word.encode() in hidden for word in real | names)
    assert all(word.encode() in shown for word in real)
    assert not any(row.identity.encode() in shown for row in samples(pseudonymous))


def test_embeddings_of_their_own_file(material: Material, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(trial_build(material, out, "publish.embeddings=separate"))
    table = pq.read_table(out / "embeddings.parquet").to_pylist()
    rows = samples(out)
    assert [row["identity"] for row in table] == sorted({row.identity for row in rows})
    assert all(row.reference_embedding is None for row in rows)
    identities = {
        row.class_id: row for row in read_rows(out / "private" / "identities.parquet", Identity)
    }
    for row in table:
        reference = identities[row["identity"]].reference
        assert row["reference_portrait"] == reference.portrait_id
        np.testing.assert_array_equal(
            np.asarray(row["embedding"], np.float32), unpack_vector(reference.embedding)
        )
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["files"]["embeddings.parquet"]["rows"] == len(table)
    assert "biometric data" in (out / "README.md").read_text()
    run(trial_build(material, out, "publish.embeddings=inline"))
    assert not (out / "embeddings.parquet").exists()
    for row in samples(out):
        reference = identities[row.identity].reference
        np.testing.assert_array_equal(
            np.asarray(row.reference_embedding, np.float32), unpack_vector(reference.embedding)
        )


def test_the_address_on_the_card_changes_no_row(copied: Path, material: Material) -> None:
    before = published(copied)
    report = run(trial_build(material, copied, "publish.contact=removal@lab.example"))
    assert report.worked
    after = published(copied)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"README.md", "croissant.json", "manifest.json"}
