"""Input made to do harm, on the real commands: refused or rejected, and all else as without it."""

from __future__ import annotations

import json
import shutil
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cocopfs.engine.store import Store, Upstream
from cocopfs.records import Photo, Reason, Rejection
from tests.command import Ended, cocopfs
from tests.faces.graphs import write_recogniser
from tests.material import Material, edit

VICTIM, OTHERS = 551757, {84533, 552775}
INSTANCES, CAPTIONS = "instances_val2017.json", "captions_val2017.json"


@pytest.fixture
def step(
    small: Material, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Ended]:
    """A step of a build on the small material."""

    def run(name: str = "select", recipe: str = "trial", *more: object) -> Ended:
        return cocopfs(capsys, name, recipe, *small.options(tmp_path / "out", *more))

    return run


def selected(out: Path) -> tuple[set[int], dict[str, Reason]]:
    store = Store(out / "work")
    manifest = store.stage("select")
    assert manifest is not None
    upstream = Upstream(store, {"select": manifest})
    rejections: list[Rejection] = list(upstream.rejections("select"))
    rows = {photo.photo_id for photo in upstream.read("select", Photo)}
    return rows, {row.item: row.reason for row in rejections}


def annotate(material: Material, file: str, change: Callable[[dict[str, Any]], None]) -> None:
    """Change what the annotations say of the victim."""

    def changed(content: Any) -> None:
        part = content["images"] if file == "images" else content["annotations"]
        key = "id" if file == "images" else "image_id"
        for row in part:
            if row[key] == VICTIM:
                change(row)

    name = CAPTIONS if file == "captions" else INSTANCES
    edit(material.coco / "annotations" / name, changed)


# --- photographs ----------------------------------------------------------------------------------


def png_bomb(side: int) -> bytes:
    """A small file of side x side grey pixels, all of them there."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)

    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(bytes(side + 1)) for _ in range(side)) + packer.flush()
    head = side.to_bytes(4) * 2 + bytes((8, 0, 0, 0, 0))
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", rows), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def scans(jpeg: bytes, count: int) -> bytes:
    """A progressive JPEG whose last scan comes so many times; each costs a pass over it."""
    import cv2
    import numpy as np

    pixels = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    flags = [cv2.IMWRITE_JPEG_PROGRESSIVE, 1]
    data = cv2.imencode(".jpg", pixels, flags)[1].tobytes()
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * count + data[-2:]


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (lambda _: png_bomb(12_000), Reason.TOO_MANY_PIXELS),
        (lambda data: data[: len(data) // 2], Reason.UNREADABLE),
        (lambda data: b"GIF89a" + data, Reason.UNREADABLE),
        (lambda data: b"%PDF-1.7\n" + data, Reason.UNREADABLE),
        (lambda data: b"<svg onload=alert(1)>" + data, Reason.UNREADABLE),
        (lambda data: b"RIFF\x10\0\0\0WEBPVP8 " + data, Reason.UNREADABLE),
        (lambda data: scans(data, 5000), Reason.UNREADABLE),
        (lambda _: b"", Reason.UNREADABLE),
    ],
    ids=["bomb", "truncated", "GIF", "PDF", "SVG", "WebP", "a scan 5000 times", "empty"],
)
def test_a_hostile_photograph(
    step: Callable[..., Ended],
    small: Material,
    tmp_path: Path,
    harm: Callable[[bytes], bytes],
    reason: Reason,
) -> None:
    path = small.coco / "val2017" / f"{VICTIM:012d}.jpg"
    path.write_bytes(harm(path.read_bytes()))
    started = time.monotonic()
    assert step().code == 0
    assert time.monotonic() - started < 30
    assert selected(tmp_path / "out") == (OTHERS, {str(VICTIM): reason})


def test_another_files_bytes_behind_a_photograph_are_not_taken_along(
    step: Callable[..., Ended], small: Material, tmp_path: Path
) -> None:
    """A polyglot: a whole JPEG, and a whole archive behind it."""
    path = small.coco / "val2017" / f"{VICTIM:012d}.jpg"
    path.write_bytes(path.read_bytes() + b"PK\x03\x04 the archive")
    assert step("build").code == 0
    published = b"".join(file.read_bytes() for file in (tmp_path / "out" / "data").iterdir())
    assert b"the archive" not in published


@pytest.mark.parametrize(
    "name",
    ["../../outside.jpg", "/etc/passwd", "..\\outside.jpg", "link.jpg", "a\0b.jpg", ".", "x" * 300],
)
def test_a_file_name_that_leads_elsewhere(
    step: Callable[..., Ended], small: Material, tmp_path: Path, name: str
) -> None:
    shutil.copy(small.coco / "val2017" / f"{VICTIM:012d}.jpg", tmp_path / "outside.jpg")
    (small.coco / "val2017" / "link.jpg").symlink_to(tmp_path / "outside.jpg")
    annotate(small, "images", lambda image: image.update(file_name=name))
    assert step().code == 0
    rows, reasons = selected(tmp_path / "out")
    assert rows == OTHERS
    # Behind the subset's folder, an absolute name leads into it.
    inside = {Reason.UNREADABLE, Reason.MISSING_FILE}
    expected = inside if name in ("/etc/passwd", ".", "x" * 300) else {Reason.UNSAFE_PATH}
    assert reasons[str(VICTIM)] in expected


# --- annotations ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "box",
    [
        [10, 10, -5, 20],
        [10, 10, 0, 0],
        [1e308, 1e308, 1e308, 1e308],
        [-1e308, -1e308, 1.7e308, 1.7e308],
        [0, 0, 1e18, 1e18],
        [700, 10, 50, 50],
        [-500, -500, 100, 100],
    ],
    ids=str,
)
def test_an_absurd_box(
    step: Callable[..., Ended], small: Material, tmp_path: Path, box: list[float]
) -> None:
    annotate(small, "instances", lambda annotation: annotation.update(bbox=box))
    assert step().code == 0
    assert selected(tmp_path / "out") == (OTHERS, {str(VICTIM): Reason.BAD_ANNOTATION})


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", '"7"', "null"])
def test_a_box_that_is_no_number(step: Callable[..., Ended], small: Material, number: str) -> None:
    path = small.coco / "annotations" / INSTANCES
    text = path.read_text()
    at = text.index('"bbox": [') + len('"bbox": [')
    path.write_text(text[:at] + number + text[text.index(",", at) :])
    ended = step()
    assert ended.code == 2
    assert INSTANCES in ended.error


@pytest.mark.parametrize("size", [(0, 0), (-640, 480), (10**15, 10**15), (640, 481)])
def test_an_absurd_size(
    step: Callable[..., Ended], small: Material, tmp_path: Path, size: tuple[int, int]
) -> None:
    annotate(small, "images", lambda image: image.update(width=size[0], height=size[1]))
    assert step().code == 0
    rows, reasons = selected(tmp_path / "out")
    assert rows == OTHERS
    assert reasons[str(VICTIM)] in (Reason.SIZE_MISMATCH, Reason.BAD_ANNOTATION)


def test_a_picture_of_ten_thousand_people(
    step: Callable[..., Ended], small: Material, tmp_path: Path
) -> None:
    def crowd(content: Any) -> None:
        one = next(
            row
            for row in content["annotations"]
            if row["image_id"] == VICTIM and row["category_id"] == 1
        )
        content["annotations"] += [dict(one, id=10**12 + number) for number in range(10_000)]

    edit(small.coco / "annotations" / INSTANCES, crowd)
    assert step().code == 0
    assert selected(tmp_path / "out") == (OTHERS, {str(VICTIM): Reason.SEVERAL_PEOPLE})


@pytest.mark.parametrize(
    "text",
    ["a man " * 2_000_000, "A man\x1b[2J rides.", "A man\0", "A man \x9b31m rides."],
    ids=["megabytes", "escape", "NUL", "C1"],
)
def test_a_caption_that_is_none(
    step: Callable[..., Ended], small: Material, tmp_path: Path, text: str
) -> None:
    annotate(small, "captions", lambda caption: caption.update(caption=text))
    started = time.monotonic()
    assert step().code == 0
    assert time.monotonic() - started < 30
    assert selected(tmp_path / "out") == (OTHERS, {str(VICTIM): Reason.BAD_ANNOTATION})


def test_markup_in_captions_and_names_stays_text(
    small: Material, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rows carry it as it is; what shows it escapes it."""
    html = "A man <script>alert(1)</script> rides [bold]a bike[/]."
    annotate(small, "captions", lambda caption: caption.update(caption=html))
    name = "<img src=x onerror=alert(2)> [red]Lee"
    people = "".join(
        f'{c},"{name} {n}",m\n' for n, c in enumerate(("n000106", "n008937", "n005815"))
    )
    (small.vggface2 / "identity_meta.csv").write_text("class_id,name,gender\n" + people)
    out = tmp_path / "out"
    options = small.options(out, "--set", "match.by=[]", "--set", "match.fallback=[]")
    assert cocopfs(capsys, "build", "trial", *options).code == 0
    assert cocopfs(capsys, "audit", out, "--device", "cpu").code == 0
    assert cocopfs(capsys, "verify", out).code == 0
    report = (out / "audit" / "report.html").read_text()
    assert "<script>alert(1)" not in report
    assert "<img src=x" not in report
    card = (out / "README.md").read_text()
    assert "<script>alert" not in card
    assert "onerror" not in card


# --- galleries ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        b'class_id,name,gender\nn000106,"A ""quoted"" name,m\n',
        b"class_id,name,gender\nn000106,A\0B,m\n",
        b"class_id,name,gender\nn000106,A\x1b[2J,m\n",
        b"class_id,name,gender\nn000106," + b"x" * 1000 + b",m\n",
        b"class_id,name,gender\nn000106," + b"x" * 1_000_000 + b",m\n",
        b"class_id,name,gender\n" + b"n000106,A,m\n" * 2,
        b"\xff\xfeclass_id",
    ],
    ids=["quotes", "NUL", "escape", "long", "longer", "twice", "UTF-16"],
)
def test_a_hostile_identity_list(
    step: Callable[..., Ended], small: Material, content: bytes
) -> None:
    (small.vggface2 / "identity_meta.csv").write_bytes(content)
    ended = step("enroll")
    assert ended.code == 2
    assert "identity_meta.csv, line" in ended.error
    assert "\x1b" not in ended.error


def test_a_hostile_portrait(step: Callable[..., Ended], small: Material, tmp_path: Path) -> None:
    folder = small.vggface2 / "train" / "n008937"
    first, second, *_ = sorted(folder.iterdir())
    first.write_bytes(png_bomb(12_000))
    second.unlink()
    second.symlink_to("/etc/hostname")
    assert step("enroll").code == 0
    store = Store(tmp_path / "out" / "work")
    manifest = store.stage("enroll")
    assert manifest is not None
    found = {
        row.item: row.reason for row in Upstream(store, {"enroll": manifest}).rejections("enroll")
    }
    assert found[f"n008937/{first.stem}"] == Reason.TOO_MANY_PIXELS
    assert found[f"n008937/{second.stem}"] == Reason.UNSAFE_PATH


# --- recipes and packs ----------------------------------------------------------------------------

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [*{before}, *{before}, *{before}, *{before}, *{before}, *{before}]\n"
    for before, name in zip("abcdefghijk", "bcdefghijkl", strict=True)
)


@pytest.mark.parametrize(
    "content",
    [
        BOMB,
        "name: !!python/object/apply:os.system [touch hacked]",
        "name: !include /etc/passwd",
        "name: x\nseed: 0b_",
        "name: 2024-13-45",
        "name: &a [*a]",
        "[" * 5000,
        "? [a, b]\n: c",
        "? {a: b}\n: c",
        "name: x\nseed: .nan",
        "name: x\nseed: " + "9" * 5000,
        "name: x\njudge: {min_margin: .nan}",
        "name: x\0",
    ],
)
@pytest.mark.parametrize("kind", ["recipe", "template", "pack.yaml"])
def test_hostile_yaml(
    small: Material, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, kind: str
) -> None:
    path = tmp_path / "hostile.yaml"
    path.write_text(content)
    out = tmp_path / "out"
    started = time.monotonic()
    if kind == "recipe":
        ended = cocopfs(capsys, "build", path, *small.options(out))
    elif kind == "template":
        ended = cocopfs(
            capsys, "build", "trial", *small.options(out, "--set", f"caption.template={path}")
        )
    else:
        (tmp_path / "pack").mkdir()
        (tmp_path / "pack" / "pack.yaml").write_text(content)
        other = Material(small.coco, small.vggface2, tmp_path / "pack")
        ended = cocopfs(capsys, "build", "trial", *other.options(out))
    assert ended.code == 2
    assert time.monotonic() - started < 20
    assert not (tmp_path / "hacked").exists()
    assert not Path("hacked").exists()


@pytest.mark.parametrize("location", ["../../secret", "/etc/passwd", "link", "missing.bin"])
def test_a_judge_with_weights_elsewhere(
    small: Material,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    location: str,
) -> None:
    """`audit --judge` takes a file from anywhere, but no other file through it."""
    import onnx

    from tests.audit.synthetic import write_synthetic

    folder = tmp_path / "models" / "judge"
    folder.mkdir(parents=True)
    (tmp_path / "secret").write_bytes(bytes(4096))
    (folder / "link").symlink_to(tmp_path / "secret")
    write_recogniser(folder / "judge.onnx", 16, seed=1)
    model = onnx.load(str(folder / "judge.onnx"))
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.ClearField("float_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=location)
    (folder / "judge.onnx").write_bytes(model.SerializeToString())
    made = write_synthetic(tmp_path / "made")
    ended = cocopfs(capsys, "audit", made.out, "--judge", folder / "judge.onnx", "--device", "cpu")
    assert ended.code == 2
    assert location in ended.error
    assert not (made.out / "audit").exists()


# --- datasets of somebody else --------------------------------------------------------------------


@pytest.mark.parametrize("command", ["audit", "verify", "status", "preview"])
def test_a_folder_of_another_tools_parquet(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    (tmp_path / "data").mkdir()
    pq.write_table(pa.table({"text": ["a"]}), tmp_path / "data" / "train-00000-of-00001.parquet")
    (tmp_path / "manifest.json").write_text(json.dumps({"files": {"data/x": {}}}))
    ended = cocopfs(capsys, command, tmp_path)
    assert ended.code == 2
    assert "next:" in ended.error


@pytest.mark.parametrize("command", ["audit", "preview"])
def test_published_pictures_that_are_bombs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    """Files and manifest agree, so only the limit on pixels stands between them and the memory."""
    from tests.audit.synthetic import write_synthetic
    from tests.verify.damage import enter

    made = write_synthetic(tmp_path, photos=2, per_photo=1)
    name = "data/train-00000-of-00001.parquet"
    table = pq.read_table(made.out / name)
    bombs = [{"bytes": png_bomb(12_000), "path": "1.png"}] * table.num_rows
    place = table.column_names.index("image")
    pq.write_table(table.set_column(place, "image", [bombs]), made.out / name)
    enter(made.out, name, table.num_rows)
    ended = cocopfs(capsys, command, made.out)
    assert ended.code in (0, 2)
    assert "Traceback" not in ended.error


@pytest.mark.parametrize("key", ["", "zz" * 32, "00" * 4, "00" * 10_000_000])
def test_a_hostile_key(step: Callable[..., Ended], tmp_path: Path, key: str) -> None:
    (tmp_path / "key").write_text(key)
    ended = step("select", "trial", "--set", "caption.names=pseudonym", "--key", tmp_path / "key")
    assert ended.code == (0 if len(key) > 100 else 2)
