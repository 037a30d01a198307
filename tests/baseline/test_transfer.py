"""A gallery of the user's own: its list, its portraits, and what transfers to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from cocopfs.errors import UsageError
from tests.baseline.checkpoints import write_checkpoint

pytest.importorskip("torch", reason="torch is not installed: make test-full installs it")
pytest.importorskip("transformers")

from cocopfs.baseline.clip import load_clip
from cocopfs.baseline.id_clip import IdClip
from cocopfs.baseline.own_gallery import Scene, read_own_gallery
from cocopfs.baseline.transfer import transfer

WIDTH = 4


def write_gallery(root: Path, table: str) -> Path:
    """photos.csv, portraits of Ada and Bo, and a photograph for each line that names one."""
    (root / "portraits").mkdir(parents=True)
    (root / "photos").mkdir()
    (root / "photos.csv").write_text(table)
    for number, name in enumerate(("Ada", "Bo")):
        _paint(root / "portraits" / f"{name}.png", number)
    for number in range(4):
        _paint(root / "photos" / f"{number}.png", number)
    return root


def _paint(path: Path, number: int) -> None:
    pixels = np.random.default_rng(number).integers(0, 256, (40, 40, 3), np.uint8)
    pixels[0, 0] = number
    cv2.imwrite(str(path), pixels)


TABLE = """file, person, caption
photos/0.png, Ada, a man with a dog
photos/1.png, Bo,
photos/2.png, Ada, "a man, and a cat"
photos/3.png, Bo, a cake
"""


def test_the_list_is_read(tmp_path: Path) -> None:
    found = read_own_gallery(write_gallery(tmp_path / "own", TABLE))
    assert found.people == ("Ada", "Bo")
    assert [path.name for path in found.portraits] == ["Ada.png", "Bo.png"]
    assert found.files == tuple(f"photos/{number}.png" for number in range(4))
    assert found.shown == ((0, 2), (1, 3))
    assert found.scenes == {
        Scene(0, "a man with a dog"): (0,),
        Scene(0, "a man, and a cat"): (2,),
        Scene(1, "a cake"): (3,),
    }


def test_a_photograph_may_stand_in_several_lines(tmp_path: Path) -> None:
    """With several captions, for several people, by several spellings of its path, and twice."""
    lines = ["0.png,Ada,a dog", "0.png,Ada,a cat", "./0.png,Bo,a dog", "1.png,Ada,a dog"]
    lines += ["0.png,Ada,a dog", "2.png,Bo,"]
    table = "file,person,caption\n" + "\n".join(f"photos/{line}" for line in lines)
    found = read_own_gallery(write_gallery(tmp_path / "own", table.replace("/./", "//")))
    assert found.files == ("photos/0.png", "photos/1.png", "photos/2.png")
    assert found.shown == ((0, 1), (0, 2))
    assert found.scenes == {
        Scene(0, "a dog"): (0, 1),
        Scene(0, "a cat"): (0,),
        Scene(1, "a dog"): (0,),
    }


def test_a_list_without_captions(tmp_path: Path) -> None:
    root = write_gallery(tmp_path / "own", "\ufefffile,person\nphotos/0.png,Ada\n")
    found = read_own_gallery(root)
    assert (found.files, found.shown, found.scenes) == (("photos/0.png",), ((0,),), {})


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ("file,person\n", "lists no photograph"),
        ("", "lists no photograph"),
        ("picture,who\n1.jpg,Ada\n", "line 2 of .* has no file or no person"),
        ("file,person\nphotos/0.png,Ada\nphotos/1.png,\n", "line 3 of .* has no file or no person"),
        ("file,person\nphotos/0.png,Cleo\n", "'Cleo' of .* has no portrait"),
        ("file,person\nphotos/0.png,../portraits/Ada\n", "has no portrait"),
        ("file,person\nphotos/0.png,..\n", "has no portrait"),
        ("file,person,caption\nphotos/0.png,Ada,a [TOK]\n", r"line 2 of .* holds \[TOK\]"),
        ('file,person\n"photos/0.png,Ada\n', "cannot be read"),
        (f"file,person\nphotos/0.png,{'A' * 3000}\n", "has no portrait"),
    ],
)
def test_lists_that_are_refused(tmp_path: Path, table: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        read_own_gallery(write_gallery(tmp_path / "own", table))


def test_a_list_that_is_no_text(tmp_path: Path) -> None:
    root = write_gallery(tmp_path / "own", TABLE)
    (root / "photos.csv").write_bytes(b"file,person\n\xff\xfe,Ada\n")
    with pytest.raises(UsageError, match=r"photos\.csv cannot be read"):
        read_own_gallery(root)
    with pytest.raises(UsageError, match=r"photos\.csv cannot be read"):
        read_own_gallery(tmp_path / "nowhere")


class _Eyes:
    """In place of detector and recogniser: photographs 0 and 2 show Ada, 1 shows both, 3 nobody."""

    ada, bo = np.eye(WIDTH, dtype=np.float32)[:2]

    def faces(self, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        shown = {0: [self.ada], 1: [self.ada, self.bo], 2: [self.ada], 3: []}[int(picture[0, 0, 0])]
        return np.asarray(shown, np.float32).reshape(-1, WIDTH)

    def portrait(self, path: Path) -> NDArray[np.float32]:
        return np.asarray(self.ada if path.stem == "Ada" else self.bo)


def test_the_face_oracle_by_hand(tmp_path: Path) -> None:
    gallery = read_own_gallery(write_gallery(tmp_path / "own", TABLE))
    clip = load_clip(write_checkpoint(tmp_path / "clip"))
    models = {"Id-CLIP": [IdClip(clip, WIDTH, 2, seed) for seed in (0, 1)]}
    found = list(transfer(gallery, clip, models, _Eyes()))  # type: ignore[arg-type]
    assert [row.label for row in found] == ["CLIP with names", "Id-CLIP", "face oracle"]
    oracle = found[-1]
    # Ada's best are 0, 1 and 2, tied, two of them right: 2/3. Bo's best is 1, right: 1.
    assert oracle.kmin[1].mean == pytest.approx((2 / 3 + 1) / 2)
    # Among the first five are all four.
    assert oracle.kmin[5].mean == 1
    assert oracle.text_to_image == {}
    assert set(found[0].text_to_image) == {1, 5, 10, 50}
    assert found[0].text_to_image[5].mean == 1
    assert found[0].text_to_image[5].n == 3, "captions"
    assert oracle.kmin[1].low is None, "two people are too few for an interval"


class _Knower:
    """In place of a trained model: people are known, and captions that name their photograph."""

    prompts = ()


def test_who_knows_all_finds_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Photographs of five captions each, and one that shows both people."""
    lines = [
        f"photos/{photo}.png,{person},{person} at place {photo} at {hour}"
        for photo, person in ((0, "Ada"), (1, "Bo"), (1, "Ada"), (2, "Ada"), (3, "Bo"))
        for hour in range(5)
    ]
    table = "\n".join(["file,person,caption", *lines, ""])
    gallery = read_own_gallery(write_gallery(tmp_path / "own", table))
    shows = np.array([[1, 0], [1, 1], [1, 0], [0, 1]], np.float32)

    def pictures(*_: object) -> NDArray[np.float32]:
        return normed(np.concatenate([10 * np.eye(4), shows], axis=1))

    def texts(_: object, found: list[str], faces: object = None) -> NDArray[np.float32]:
        places = np.array([[float(f"place {n}" in text) for n in range(4)] for text in found])
        who = [[float("Ada" in text), float("Bo" in text)] for text in found]
        if faces is not None and not places.any():
            who = np.eye(2).tolist()
        return normed(np.concatenate([10 * places, np.array(who)], axis=1))

    def normed(vectors: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)

    monkeypatch.setattr("cocopfs.baseline.transfer.image_features", pictures)
    monkeypatch.setattr("cocopfs.baseline.transfer.text_features", texts)
    clip = load_clip(write_checkpoint(tmp_path / "clip"))
    by_name, model, _ = transfer(gallery, clip, {"knower": [_Knower()]}, _Eyes())  # type: ignore
    for found in (by_name, model):
        assert [found.text_to_image[k].mean for k in (1, 5)] == [1, 1]
        assert found.text_to_image[1].n == 25
    assert [model.kmin[k].mean for k in (1, 5)] == [1, 1]
    assert model.average_precision.mean == 1


def test_pictures_outside_the_folder_are_refused(tmp_path: Path) -> None:
    table = TABLE.replace("photos/3.png", "../secret.png")
    root = write_gallery(tmp_path / "own", table)
    _paint(tmp_path / "secret.png", 9)
    clip = load_clip(write_checkpoint(tmp_path / "clip"))
    with pytest.raises(UsageError, match=r"secret\.png cannot be read"):
        list(transfer(read_own_gallery(root), clip, {}, _Eyes()))  # type: ignore[arg-type]
