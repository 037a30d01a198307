"""What the reference implementation reads of its folder stands where and as it reads it."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pycocotools.coco import COCO

from cocopfs.engine.commit import file_digest
from cocopfs.errors import UsageError
from cocopfs.faces.recogniser import Recogniser
from cocopfs.publish.dataset import open_published
from cocopfs.publish.exports.export import Plan, export
from cocopfs.publish.exports.features import ReferenceFeatures, SwappedFeatures, open_recogniser
from cocopfs.publish.exports.view import Enrolled, View
from cocopfs.records import EncodedImage, Sample, Split, pack_vector
from tests.faces.graphs import write_recogniser
from tests.publish.exports.making import make, silent
from tests.publish.published import manifest, rows, write_dataset

# The paths of its configuration, below `datadir`.
TRAIN = {
    "root": "coco_dataset/coco_train_swapped",
    "annFile": "coco_dataset/annotations/captions_train2017.json",
    "features_json": "Visual_Name_Entity_Recognition/gender_faceswap_training_set/"
    "features_train_small_faceswap.json",
}
VALIDATION, TEST = (
    {
        "root": "coco_dataset/coco_val_swap_new/",
        "annFile": "coco_dataset/annotations/captions_val2017.json",
        "features_json": "Visual_Name_Entity_Recognition/gender_faceswap_new_val_test_set/" + name,
    }
    for name in (
        "features_new_val_small_faceswap.json",
        "features_new_entities_test_small_faceswap.json",
    )
)
NAMES = "vggface_test_kaggle/identity_meta.csv"


def load(datadir: Path, paths: dict[str, str]) -> list[dict[str, Any]]:
    """As the reference's datasets load: keys are divided at "_", a picture's name is made of COCO's
    file name and the identity, and each feature is repeated for five captions."""
    coco = COCO(datadir / paths["annFile"])
    features = json.loads((datadir / paths["features_json"]).read_text())
    with (datadir / NAMES).open() as file:
        reader = csv.DictReader(file, skipinitialspace=True)
        names = {line["Class_ID"]: line["Name"].replace("_", " ") for line in reader}
    found = []
    for key, value in features.items():
        image_id, identity = key.split("_")
        (image,) = coco.loadImgs(int(image_id))
        path = datadir / paths["root"] / f"{image['file_name']}_{identity}.jpg"
        with Image.open(path) as opened:
            opened.convert("RGB")
        captions = [each["caption"] for each in coco.loadAnns(coco.getAnnIds(int(image_id)))][:5]
        found.append(
            {
                "key": key,
                "picture": path.read_bytes(),
                "captions": captions,
                "name": names[identity],
                "features": np.repeat(np.asarray(value, np.float32)[None], 5, axis=0),
            }
        )
    return found


def test_the_reference_finds_everything(dataset: Path, tmp_path: Path) -> None:
    make(dataset, "idclip", tmp_path / "out")
    places = {Split.TRAIN: TRAIN, Split.VALIDATION: VALIDATION, Split.TEST: TEST}
    for split, expected in rows().items():
        found = load(tmp_path / "out", places[split])
        assert [each["key"] for each in found] == [row.sample_id for row in expected]
        for each, row in zip(found, expected, strict=True):
            assert each["picture"] == row.image.bytes
            assert each["captions"] == list(row.captions)
            assert each["name"] == row.name
            assert each["features"].shape == (5, 1, 512)
            np.testing.assert_array_equal(
                each["features"][0, 0], np.asarray(row.reference_embedding, np.float32)
            )
    with (tmp_path / "out" / NAMES).open() as file:
        header = next(csv.reader(file, skipinitialspace=True))
    assert header == ["Class_ID", "Name", "Sample_Num", "Flag", "Gender"]


def test_captions_of_a_photograph_come_once(dataset: Path, tmp_path: Path) -> None:
    make(dataset, "idclip", tmp_path / "out")
    for paths, photos in ((TRAIN, {11, 12}), (TEST, {31, 41, 42})):
        coco = COCO(tmp_path / "out" / paths["annFile"])
        assert set(coco.getImgIds()) == photos
        assert all(len(coco.getAnnIds(photo)) == 5 for photo in photos)


def without_embeddings(content: dict[Split, list[Sample]]) -> dict[Split, list[Sample]]:
    return {
        split: [replace(row, reference_embedding=None) for row in own]
        for split, own in content.items()
    }


def test_features_come_from_private_where_rows_have_none(tmp_path: Path) -> None:
    dataset = write_dataset(tmp_path / "dataset", without_embeddings(rows()))
    with pytest.raises(UsageError, match="no embedding of n000001"):
        make(dataset, "idclip", tmp_path / "out")
    vector = np.eye(512, dtype=np.float32)[7]
    enrolled = {
        row.identity: Enrolled(row.identity, row.name, {}, pack_vector(vector))
        for own in rows().values()
        for row in own
    }
    make(dataset, "idclip", tmp_path / "out", enrolled=enrolled)
    found = load(tmp_path / "out", TEST)
    np.testing.assert_array_equal(found[0]["features"][0, 0], vector)


def test_what_the_reference_cannot_read_is_refused(tmp_path: Path) -> None:
    dataset = write_dataset(tmp_path / "short", rows(dimension=128))
    with pytest.raises(UsageError, match="128 dimensions"):
        make(dataset, "idclip", tmp_path / "out")
    for what, change in (
        ("underscore", {"identity": "jane_doe"}),
        ("4 captions", {"captions": ("one", "two", "three", "four")}),
    ):
        content = rows()
        content[Split.TRAIN][0] = replace(content[Split.TRAIN][0], **change)
        dataset = write_dataset(tmp_path / what, content)
        with pytest.raises(UsageError, match=what):
            make(dataset, "idclip", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A pack of nothing but a recogniser with random weights."""
    folder = tmp_path / "pack" / "insightface" / "models" / "random"
    folder.mkdir(parents=True)
    write_recogniser(folder / "w600k_r50.onnx", dimension=512, seed=3)
    return tmp_path / "pack"


def test_a_decompression_bomb_is_not_decoded(pack: Path) -> None:
    """A picture whose header announces 65,000 x 65,000 pixels."""
    (row, *_) = rows()[Split.TEST]
    at = row.image.bytes.index(b"\xff\xc0") + 5
    data = row.image.bytes[:at] + (65_000).to_bytes(2) * 2 + row.image.bytes[at + 4 :]
    features = SwappedFeatures(Recogniser(next(pack.rglob("*.onnx")), "cpu", 1))
    with pytest.raises(UsageError, match="65000 x 65000 pixels"):
        features.of([replace(row, image=EncodedImage(data, row.image.path))])


@pytest.mark.filterwarnings("ignore:`estimate` is deprecated:FutureWarning")
def test_the_papers_features_are_of_the_swapped_pictures(pack: Path, tmp_path: Path) -> None:
    from insightface.utils.face_align import norm_crop

    file = next(pack.rglob("*.onnx"))
    facts = manifest()
    facts["pack"]["files"]["recogniser"]["sha256"] = file_digest(file)[0]
    dataset = write_dataset(tmp_path / "dataset", pack=facts["pack"])
    published = open_published(dataset)
    recogniser = open_recogniser(published, pack, "cpu")
    plan = Plan(View(published, None), "idclip", features=("swapped", SwappedFeatures(recogniser)))
    done = export(plan, tmp_path / "out", silent())
    assert done.warning is not None
    assert "holds its own answer" in done.warning
    assert "holds its own answer" in (tmp_path / "out" / "export.json").read_text()
    (row, *_), (found, *_) = rows()[Split.TEST], load(tmp_path / "out", TEST)
    points = np.array([[38, 30], [58, 30], [48, 41], [40, 52], [56, 52]], np.float32)
    with Image.open(tmp_path / "out" / TEST["root"] / f"{41:012d}.jpg_{row.identity}.jpg") as image:
        pixels = np.asarray(image.convert("RGB"))[..., ::-1]
    theirs = Recogniser(file, "cpu", 1).embed([norm_crop(pixels, points, 112)], 1)[0]
    assert float(found["features"][0, 0] @ theirs) > 0.99
    reference = ReferenceFeatures(plan.view).of([row])[0]
    assert abs(float(found["features"][0, 0] @ reference)) < 0.5
    with pytest.raises(UsageError, match="has sha256"):
        open_recogniser(open_published(write_dataset(tmp_path / "other")), pack, "cpu")
