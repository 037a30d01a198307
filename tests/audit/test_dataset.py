"""Reading a dataset: what is there, what is damaged, what is not known."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from cocopfs.audit.account import photo_account, read_rejections, swap_account
from cocopfs.audit.bootstrap import mean_interval
from cocopfs.audit.checks import check_samples
from cocopfs.audit.dataset import open_dataset
from cocopfs.audit.groups import group_table
from cocopfs.audit.materials import read_gallery
from cocopfs.audit.rates import Swaps
from cocopfs.audit.samples import Samples, pictures, read_samples
from cocopfs.errors import UsageError
from tests.audit.synthetic import Synthetic, write_synthetic
from tests.whole_build.trial import silent


def read(synthetic: Synthetic) -> Samples:
    samples, damages = read_samples(open_dataset(synthetic.out), silent())
    assert damages == []
    return samples


def test_all_rows_come_in_order(synthetic: Synthetic) -> None:
    samples = read(synthetic)
    assert samples.texts("sample_id") == synthetic.rows["sample_id"]
    assert np.allclose(samples.values("similarity"), synthetic.rows["similarity"])
    assert np.isnan(samples.values("seam")[:3]).all(), "null is NaN"
    assert set(samples.values("small_face")) == {0.0, 1.0}
    assert samples.absent == ()


def test_pictures_of_some_rows(synthetic: Synthetic) -> None:
    dataset, samples = open_dataset(synthetic.out), read(synthetic)
    found = dict(pictures(dataset, samples, [35, 0, 17, 9, 10]))
    assert list(found) == [0, 9, 10, 17, 35]
    for row, jpeg in found.items():
        file = dataset.files[row // 10].path
        assert jpeg == pq.read_table(file)["image"][row % 10].as_py()["bytes"]


def test_a_column_that_the_dataset_lacks_is_named(synthetic: Synthetic) -> None:
    older = write_synthetic(synthetic.out.parents[1] / "older", without=("yaw", "sharpness"))
    samples = read(older)
    assert samples.absent == ("sharpness", "yaw")
    assert "yaw" not in samples.figures


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"files": {"data/../../x": 1}}'])
def test_a_broken_manifest_is_refused(synthetic: Synthetic, text: str) -> None:
    (synthetic.out / "manifest.json").write_text(text)
    with pytest.raises(UsageError, match="holds no complete dataset"):
        open_dataset(synthetic.out)


@pytest.mark.parametrize(
    "hostile",
    [
        {"recipe": {"judge": None}},
        {"recipe": {"judge": []}},
        {"recipe": {"publish": "x"}},
        {"recipe": {"calibrate": {"far": "x"}}},
        {"recipe": {"swap": {"jpeg_quality": "x"}}},
        {"recipe": {"runtime": {"threads": None}}},
        {"splits": {"train": {"rows": "x", "photos": 1, "identities": 1}}},
        {"splits": {"train": {}}},
    ],
)
def test_a_manifest_of_other_types_is_refused(
    synthetic: Synthetic, hostile: dict[str, object]
) -> None:
    path = synthetic.out / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | hostile))
    with pytest.raises(UsageError, match="holds no complete dataset"):
        open_dataset(synthetic.out)


def test_a_file_outside_the_dataset_is_refused(synthetic: Synthetic) -> None:
    path = synthetic.out / "manifest.json"
    facts = json.loads(path.read_text())
    facts["files"]["data/../../secret"] = {"sha256": "", "bytes": 0, "rows": 1}
    path.write_text(json.dumps(facts))
    with pytest.raises(UsageError, match="holds no complete dataset"):
        open_dataset(synthetic.out)


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 1
    path.write_bytes(bytes(data))


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (_flip, "has sha256"),
        (lambda path: path.write_bytes(path.read_bytes()[:-50]), "bytes, the manifest says"),
        (Path.unlink, "cannot be read"),
        (lambda path: path.write_bytes(b""), "has 0 bytes"),
    ],
)
def test_a_damaged_file_is_named_and_the_others_are_read(
    synthetic: Synthetic, damage: Callable[[Path], object], why: str
) -> None:
    damage(synthetic.out / "data" / "train-00001-of-00004.parquet")
    samples, (found,) = read_samples(open_dataset(synthetic.out), silent())
    assert found.name == "data/train-00001-of-00004.parquet"
    assert why in found.why
    expected = synthetic.rows["sample_id"]
    assert samples.texts("sample_id") == expected[:10] + expected[20:]


def test_a_file_of_other_columns_is_named(synthetic: Synthetic) -> None:
    file = synthetic.out / "data" / "train-00000-of-00004.parquet"
    pq.write_table(pq.read_table(file).drop(["identity"]), file)
    renew(synthetic)
    samples, (found,) = read_samples(open_dataset(synthetic.out), silent())
    assert "no column identity" in found.why
    assert len(samples) == 26


def test_photographs_and_swaps_are_accounted_for(synthetic: Synthetic) -> None:
    dataset = open_dataset(synthetic.out)
    rejections = read_rejections(dataset)
    photos, swaps = photo_account(dataset, rejections), swap_account(dataset, rejections)
    assert (photos.read, photos.kept) == (16, 12)
    assert [(step.stage, step.left) for step in photos.steps] == [
        ("select", 13),
        ("describe", 13),
        ("match", 13),
        ("swap", 13),
        ("judge", 12),
    ]
    assert photos.read - sum(loss.count for loss in photos.losses) == photos.kept
    assert [loss.reason for loss in photos.losses if loss.fault] == ["unreadable"]
    assert (swaps.read, swaps.kept) == (38, 36)
    assert {loss.reason: loss.count for loss in swaps.losses} == {
        "low_margin": 1,
        "context_incomplete": 1,
    }


def test_groups_are_those_of_the_identities(synthetic: Synthetic) -> None:
    dataset, samples = open_dataset(synthetic.out), read(synthetic)
    gallery = read_gallery(dataset)
    lost = read_rejections(dataset).swaps
    swaps = Swaps(samples, None, {("male", "white"): 0.1})
    table = group_table(swaps, lost, [], gallery.groups, ["similarity"])
    assert [group.label for group in table] == [
        "female, asian",
        "female, white",
        "all female",
        "male, asian",
        "male, white",
        "all male",
        "all",
    ]
    by_label = {group.label: group for group in table}
    everybody, male = by_label["all"], by_label["male, white"]
    assert (everybody.enrolled, everybody.samples, everybody.tried) == (8, 36, 38)
    assert sum(group.samples for group in table if not group.total) == 36
    rows = synthetic.rows
    chosen = [
        row
        for row in range(36)
        if (rows["gender"][row], rows["ethnicity"][row]) == ("male", "white")
    ]
    similarity = np.array([rows["similarity"][row] for row in chosen])
    photos = [rows["coco_image_id"][row] for row in chosen]
    assert male.figures["similarity"] == mean_interval(similarity, photos)
    residual = np.array([rows["residual_similarity"][row] for row in chosen])
    assert male.still_original is not None
    assert male.still_original.mean == pytest.approx((residual >= 0.1).mean())
    assert male.verified is None, "of the swaps tried, which nobody knows here"
    assert male.passed is not None
    # Of its two rejected swaps one failed itself; the other's photograph was incomplete.
    assert male.passed.mean == pytest.approx(1 - 1 / (len(chosen) + 1))
    assert by_label["female, white"].still_original is None, "a group without a threshold"


def test_without_the_gallery_rejected_swaps_have_the_groups_of_the_rows(
    synthetic: Synthetic,
) -> None:
    samples = read(synthetic)
    lost = read_rejections(open_dataset(synthetic.out)).swaps
    (*_, everybody) = group_table(Swaps(samples, None, {}), lost, [], None, [])
    assert everybody.enrolled is None
    assert everybody.tried == 38


def test_promises_that_hold(synthetic: Synthetic) -> None:
    assert [check.broken for check in check_samples(read(synthetic))] == [0] * 6


def test_promises_that_are_broken(synthetic: Synthetic) -> None:
    file = synthetic.out / "data" / "train-00000-of-00004.parquet"
    table = pq.read_table(file, partitioning=None)
    columns = {name: table[name].to_pylist() for name in table.column_names}
    columns["sample_id"][1] = columns["sample_id"][0]
    columns["split"][2] = "test"
    columns["reference_portrait"][0] = columns["source_portrait"][0]
    columns["original_gender"][4] = "male" if columns["gender"][4] == "female" else "female"
    pq.write_table(type(table).from_pydict(columns), file)
    renew(synthetic)
    broken = {check.promise: check for check in check_samples(read(synthetic))}
    assert broken["every sample id comes once"].shown == ("0_n000000",)
    assert broken["no photograph is in two splits"].broken == 1
    assert broken["no identity is in two splits"].broken == 1
    assert broken["no reference portrait drives a swap"].shown == ("n000000/0",)
    assert broken["gender is never crossed"].shown == (columns["sample_id"][4],)


def renew(synthetic: Synthetic) -> None:
    """Let the manifest say what the first file now is."""
    path = synthetic.out / "manifest.json"
    facts = json.loads(path.read_text())
    name = "data/train-00000-of-00004.parquet"
    data = (synthetic.out / name).read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    facts["files"][name] |= {"sha256": digest, "bytes": len(data)}
    path.write_text(json.dumps(facts))
