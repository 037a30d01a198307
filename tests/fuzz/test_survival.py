"""Corrupted items among sound ones: each is accounted for, and the sound ones do not notice."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cocopfs.engine.store import Store, Upstream
from cocopfs.records import Identity, Photo, Reason, Rejection
from cocopfs.stages.enroll import gallery_index
from cocopfs.stages.select import index
from tests.command import cocopfs
from tests.fuzz.mutate import corrupted
from tests.material import Material

_FIRST = 10**9  # the ids of the corrupted photographs
_TEXTS = ("", "\0", "\x1b[2J", "<b>man</b>", "man " * 9000, "é\u202e", "A man.", "'\"`,;", "{name}")
_NUMBERS = (-1, 0, 1, 1e-300, 1e308, -1e308, 2**62, 639.5, -0.0)
_NAMES = ("../x.jpg", "/etc/passwd", "", "a/b/../../../c", "CON", "é.jpg", "a\\b.jpg", "x" * 300)


def write_corrupted_photos(material: Material, count: int) -> None:
    """`count` more photographs beside the sound ones, each a corrupted copy of one of them: its
    file, or what the annotations say of it, or both."""
    folder = material.coco / "annotations"
    instances = json.loads((folder / "instances_val2017.json").read_text())
    captions = json.loads((folder / "captions_val2017.json").read_text())
    sound = list(instances["images"])
    files = {
        image["id"]: (material.coco / "val2017" / image["file_name"]).read_bytes()
        for image in sound
    }
    new: dict[str, list[Any]] = {"images": [], "boxes": [], "captions": []}
    for number in range(count):
        draw = random.Random(f"photo:{number}")
        image = dict(draw.choice(sound), id=_FIRST + number)
        original = image["id"] and next(i for i in sound if i["file_name"] == image["file_name"])
        image["file_name"] = f"{_FIRST + number}.jpg"
        data = files[original["id"]]
        kind = draw.randrange(3)
        if kind != 1:
            data = corrupted(data, number, text=False)
        (material.coco / "val2017" / image["file_name"]).write_bytes(data)
        boxes = [b for b in instances["annotations"] if b["image_id"] == original["id"]]
        texts = [c for c in captions["annotations"] if c["image_id"] == original["id"]]
        boxes = [dict(b, id=_FIRST + 100 * number + n) for n, b in enumerate(boxes)]
        texts = [dict(c, id=_FIRST + 100 * number + n) for n, c in enumerate(texts)]
        if kind:
            _corrupt(image, boxes, texts, draw)
        new["images"].append(image)
        new["boxes"] += [dict(box, image_id=image["id"]) for box in boxes]
        new["captions"] += [dict(text, image_id=image["id"]) for text in texts]
    instances["images"] += new["images"]
    instances["annotations"] += new["boxes"]
    captions["annotations"] += new["captions"]
    (folder / "instances_val2017.json").write_text(json.dumps(instances))
    (folder / "captions_val2017.json").write_text(json.dumps(captions))


def _corrupt(
    image: dict[str, Any],
    boxes: list[dict[str, Any]],
    texts: list[dict[str, Any]],
    draw: random.Random,
) -> None:
    match draw.randrange(5):
        case 0:
            image["file_name"] = draw.choice(_NAMES)
        case 1:
            image[draw.choice(("width", "height"))] = draw.choice((-1, 0, 1, 2**62, 10**6))
        case 2:
            bbox = list(boxes[0]["bbox"])
            bbox[draw.randrange(4)] = draw.choice(_NUMBERS)
            boxes[0]["bbox"] = bbox
        case 3:
            texts[0]["caption"] = draw.choice(_TEXTS)
        case _:
            del texts[:], boxes[1:]


def selected(out: Path) -> tuple[Mapping[int, Photo], Mapping[int, Reason]]:
    upstream = _stage(out, "select")
    rejections: list[Rejection] = list(upstream.rejections("select"))
    photos = {photo.photo_id: photo for photo in upstream.read("select", Photo)}
    return photos, {int(row.item): row.reason for row in rejections}


def _stage(out: Path, name: str) -> Upstream:
    store = Store(out / "work")
    manifest = store.stage(name)
    assert manifest is not None
    return Upstream(store, {name: manifest})


def _survives(
    small: Material, folder: Path, capsys: pytest.CaptureFixture[str], count: int
) -> None:
    alone, among = folder / "alone", folder / "among"
    assert cocopfs(capsys, "select", "trial", *small.options(alone)).code == 0
    write_corrupted_photos(small, count)
    index.cache_clear()  # a command reads the annotations once a process
    assert cocopfs(capsys, "select", "trial", *small.options(among)).code == 0
    before, _ = selected(alone)
    photos, reasons = selected(among)
    assert {item: photo for item, photo in photos.items() if item < _FIRST} == before
    assert len(before) == 3
    assert photos.keys() | reasons.keys() == before.keys() | set(range(_FIRST, _FIRST + count))
    assert not photos.keys() & reasons.keys()
    assert len(reasons) > count / 3, "most were harmless"


def test_corrupted_photographs(
    small: Material, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _survives(small, tmp_path, capsys, 60)


@pytest.mark.full
def test_a_thousand_corrupted_photographs(
    small: Material, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _survives(small, tmp_path, capsys, 1000)


def test_corrupted_portraits(
    small: Material, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In identities of their own; the sound identities are enrolled as before."""
    alone, among = tmp_path / "alone", tmp_path / "among"
    assert cocopfs(capsys, "enroll", "trial", *small.options(alone)).code == 0
    sound = sorted((small.vggface2 / "train").glob("*/*.jpg"))
    for number in range(40):
        folder = small.vggface2 / "train" / f"n9{number // 4:05d}"
        folder.mkdir(exist_ok=True)
        data = corrupted(sound[number % len(sound)].read_bytes(), number, text=False)
        (folder / f"{number:04d}_01.jpg").write_bytes(data)
    with (small.vggface2 / "identity_meta.csv").open("ab") as file:
        for number in range(10):
            file.write(f'n9{number:05d}," ""Corrupted_{number}""",4,0, m\n'.encode())
    gallery_index.cache_clear()
    assert cocopfs(capsys, "enroll", "trial", *small.options(among)).code == 0
    before = {row.class_id: row for row in _stage(alone, "enroll").read("enroll", Identity)}
    after = {row.class_id: row for row in _stage(among, "enroll").read("enroll", Identity)}
    assert {name: row for name, row in after.items() if not name.startswith("n9")} == before
    rejected = {r.item for r in _stage(among, "enroll").rejections("enroll") if "/" not in r.item}
    assert {f"n9{number:05d}" for number in range(10)} == rejected | (after.keys() - before.keys())
