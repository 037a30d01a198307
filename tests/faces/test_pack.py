"""A pack's files are found, checked and named; what is wrong with them is said in words."""

from __future__ import annotations

import hashlib
import pickle
import shutil
from pathlib import Path
from typing import Any

import onnx
import pytest
import yaml

from cocopfs.errors import UsageError
from cocopfs.faces.pack import Pack, Role, open_pack
from tests.faces import graphs

ZOO = "insightface/models/zoo"
WEIGHTS = "deepface/.deepface/weights"
BASIC = (Role.DETECTOR, Role.RECOGNISER, Role.GENDER, Role.ETHNICITY)


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small graph for every role, and one that insightface has other uses for."""
    root = tmp_path_factory.mktemp("packs") / "random"
    graphs.write_detector(root / ZOO / "det.onnx", seed=0)
    graphs.write_recogniser(root / ZOO / "rec.onnx", 16, seed=1)
    graphs.write_classifier(root / ZOO / "landmarks.onnx", 3, seed=2)
    graphs.write_age(root / ZOO / "genderage.onnx", seed=6)
    graphs.write_classifier(root / WEIGHTS / "gender_model_weights.onnx", 2, seed=3)
    graphs.write_classifier(root / WEIGHTS / "race_model_single_batch.onnx", 6, seed=4)
    graphs.write_inswapper(root / "inswapper_128.onnx", seed=5)
    return root


@pytest.fixture
def pack(drawn: Path, tmp_path: Path) -> Path:
    """A copy of `drawn` that a test may spoil."""
    return Path(shutil.copytree(drawn, tmp_path / "pack"))


def _list_files(root: Path, **changes: object) -> dict[str, Any]:
    """Writes a pack.yaml for the pack; `changes` are made to the detector's entry."""
    files = []
    for file in open_pack(root, list(Role)).files:
        entry: dict[str, object] = {
            "role": file.role.value,
            "path": file.path,
            "sha256": file.digest,
            "size": file.size,
            "licence": "CC0",
            "source": f"https://example.org/{file.role}",
        }
        files.append({**entry, **changes} if file.role == Role.DETECTOR else entry)
    listed = {"name": "listed", "files": files}
    (root / "pack.yaml").write_text(yaml.safe_dump(listed))
    return listed


def test_real_networks_are_found_by_layout_and_shape(real_small: Path) -> None:
    pack = open_pack(real_small, BASIC)
    assert pack.name == "real-small"
    assert pack.path(Role.DETECTOR).name == "det_500m.onnx"
    assert pack.path(Role.RECOGNISER).name == "rec_mbf.onnx"
    assert pack.path(Role.GENDER).name == "gender_model_weights.onnx"
    assert pack.path(Role.ETHNICITY).name == "race_model_single_batch.onnx"
    for role in BASIC:
        assert pack.digest_of(role) == hashlib.sha256(pack.path(role).read_bytes()).hexdigest()


def test_what_has_no_role_is_left_alone(drawn: Path) -> None:
    pack = open_pack(drawn, list(Role))
    assert [file.path for file in pack.files] == [
        f"{ZOO}/det.onnx",
        f"{ZOO}/rec.onnx",
        f"{WEIGHTS}/gender_model_weights.onnx",
        f"{WEIGHTS}/race_model_single_batch.onnx",
        "inswapper_128.onnx",
        f"{ZOO}/genderage.onnx",
    ]


@pytest.mark.parametrize("folder", ["insightface/models", "models/any", "."])
def test_insightface_files_are_found_without_their_outer_folders(pack: Path, folder: str) -> None:
    for path in list((pack / ZOO).iterdir()):
        (pack / folder).mkdir(parents=True, exist_ok=True)
        path.rename(pack / folder / path.name)
    found = open_pack(pack, [Role.DETECTOR, Role.RECOGNISER])
    assert found.path(Role.DETECTOR) == (pack / folder / "det.onnx").resolve()


def test_only_the_roles_asked_for_must_be_there(pack: Path) -> None:
    (pack / "inswapper_128.onnx").unlink()
    shutil.rmtree(pack / "deepface")
    found = open_pack(pack, [Role.RECOGNISER])
    assert found.has(Role.RECOGNISER)
    assert not found.has(Role.SWAPPER)
    with pytest.raises(UsageError, match="opened without a swapper"):
        found.path(Role.SWAPPER)


def test_missing_files_are_named_with_their_place_and_source(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no file for: detector, recogniser, gender, ") as caught:
        open_pack(tmp_path, list(Role))
    text = str(caught.value)
    for word in (
        "insightface/models/<name>/det_10g.onnx",
        f"{WEIGHTS}/race_model_single_batch.onnx",
        "buffalo_l",
        "non-commercial",
        "serengil/deepface_models",
        "no longer distributed",
    ):
        assert word in text
    with pytest.raises(UsageError, match="there is no model pack"):
        open_pack(tmp_path / "nowhere", BASIC)


def test_two_files_for_one_role_are_both_named(pack: Path) -> None:
    graphs.write_recogniser(pack / "insightface/models/other/w600k.onnx", 512, seed=9)
    with pytest.raises(UsageError, match=r"/other/w600k\.onnx and .*/zoo/rec\.onnx"):
        open_pack(pack, [Role.RECOGNISER])
    assert open_pack(pack, [Role.DETECTOR]).has(Role.DETECTOR)


def test_the_digest_follows_the_bytes_and_not_the_folder(drawn: Path, pack: Path) -> None:
    here, there = open_pack(drawn, BASIC), open_pack(pack, BASIC)
    assert here.root != there.root
    assert here.digest == there.digest
    (pack / ZOO / "rec.onnx").rename(pack / ZOO / "renamed.onnx")
    _list_files(pack)
    assert open_pack(pack, BASIC).digest == here.digest
    (pack / "pack.yaml").unlink()
    graphs.write_recogniser(pack / ZOO / "renamed.onnx", 16, seed=99)
    assert open_pack(pack, BASIC).digest != here.digest
    assert open_pack(pack, [Role.DETECTOR]).digest != here.digest


def test_a_pack_travels_to_workers(drawn: Path) -> None:
    pack = open_pack(drawn, BASIC)
    copy: Pack = pickle.loads(pickle.dumps(pack))
    assert copy == pack
    assert hash(copy) == hash(pack)


def test_a_listed_pack_tells_licence_and_source(pack: Path) -> None:
    _list_files(pack)
    found = open_pack(pack, [Role.DETECTOR])
    assert found.name == "listed"
    assert [(f.path, f.licence, f.source) for f in found.files] == [
        (f"{ZOO}/det.onnx", "CC0", "https://example.org/detector")
    ]


def test_a_wrong_hash_names_both_and_where_to_get_the_file(pack: Path) -> None:
    listed = _list_files(pack)
    path = pack / ZOO / "det.onnx"
    graphs.write_detector(path, seed=77)
    with pytest.raises(UsageError, match=r"det\.onnx is not the detector") as caught:
        open_pack(pack, [Role.DETECTOR])
    text = str(caught.value)
    assert hashlib.sha256(path.read_bytes()).hexdigest() in text
    assert listed["files"][0]["sha256"] in text
    assert "https://example.org/detector" in text
    assert open_pack(pack, [Role.RECOGNISER]).has(Role.RECOGNISER)


def test_a_missing_listed_file_is_named_with_licence_and_source(pack: Path) -> None:
    _list_files(pack)
    (pack / ZOO / "det.onnx").unlink()
    with pytest.raises(UsageError, match="the detector of the model pack") as caught:
        open_pack(pack, BASIC)
    for word in (f"{ZOO}/det.onnx", "CC0", "https://example.org/detector"):
        assert word in str(caught.value)


def test_a_role_that_is_not_listed_is_named(pack: Path) -> None:
    listed = _list_files(pack)
    listed["files"].pop()
    (pack / "pack.yaml").write_text(yaml.safe_dump(listed))
    with pytest.raises(UsageError, match="lists no age"):
        open_pack(pack, list(Role))


@pytest.mark.parametrize("path", ["/etc/passwd", "../other.onnx", "a/../../b", "..\\b", "out.onnx"])
def test_listed_paths_stay_inside(pack: Path, path: str) -> None:
    _list_files(pack, path=path)
    (pack.parent / "other.onnx").write_bytes(b"")
    (pack / "out.onnx").symlink_to("../other.onnx")
    with pytest.raises(UsageError, match="leads out of the model pack"):
        open_pack(pack, [Role.DETECTOR])


def test_links_that_lead_out_are_refused_in_any_pack(pack: Path) -> None:
    path = pack / ZOO / "rec.onnx"
    path.rename(pack.parent / "rec.onnx")
    path.symlink_to("../../../../rec.onnx")
    with pytest.raises(UsageError, match="leads out of the model pack"):
        open_pack(pack, [Role.RECOGNISER])


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"colour": "red"}, r"files\.0\.colour: not a field of pack\.yaml"),
        ({"sha256": "abc"}, r"files\.0\.sha256"),
        ({"size": "12"}, r"files\.0\.size"),
        ({"role": "singer"}, r"files\.0\.role"),
        ({"role": "gender"}, "two files for one role"),
        ({"size": 1}, "gives insightface/models/zoo/det.onnx 1 bytes"),
    ],
)
def test_wrong_entries_are_named(pack: Path, change: dict[str, Any], complaint: str) -> None:
    _list_files(pack, **change)
    with pytest.raises(UsageError, match=complaint):
        open_pack(pack, [Role.DETECTOR])


@pytest.mark.parametrize(
    "text", ["", "[1, 2]", "name: [", "name: x", "\0", "!!python/object:os.system {}", "[" * 5000]
)
def test_what_is_no_list_of_models_is_refused(pack: Path, text: str) -> None:
    (pack / "pack.yaml").write_text(text)
    with pytest.raises(UsageError, match=r"pack\.yaml"):
        open_pack(pack, [Role.DETECTOR])


def test_weights_that_no_hash_covers_are_refused(pack: Path) -> None:
    path = pack / ZOO / "rec.onnx"
    model = onnx.load(path)
    onnx.save_model(model, path, save_as_external_data=True, location="rec.bin", size_threshold=0)
    with pytest.raises(UsageError, match=r"keeps weights in other files: rec\.bin"):
        open_pack(pack, [Role.RECOGNISER])
