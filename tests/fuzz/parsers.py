"""Every parser of something from outside, as a function of the bytes alone.

Each returns where it took the input, and raises CocopfsError, PictureError or (where its contract
says so) ValueError where it did not. Whatever else comes out is a fault.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import yaml
from PIL import Image

from cocopfs import resources
from cocopfs.audit.dataset import open_dataset
from cocopfs.audit.rating_files import HEADER, AnswerKey, RatedItem, read_ratings
from cocopfs.baseline.own_gallery import read_own_gallery
from cocopfs.captions.template import load_template
from cocopfs.engine.commit import commit_bytes
from cocopfs.faces.graph import read_graph
from cocopfs.faces.pack import MANIFEST, open_pack
from cocopfs.faces.roles import NEEDED, Role
from cocopfs.publish.decoding import decode
from cocopfs.publish.mark import Mark, read_mark, write_mark
from cocopfs.publish.parquet import read_samples, write_samples
from cocopfs.recipe import load_recipe
from cocopfs.sources.coco import read_coco
from cocopfs.sources.identity_list import parse_identity_list
from cocopfs.sources.pictures import PictureError, read_picture
from cocopfs.world.embedded import PACK
from tests.fuzz.material import COCO_CAPTIONS, COCO_INSTANCES, IDENTITY_LIST
from tests.publish.samples import sample

PAGE = "0123456789abcdef"
MAX_PIXELS = 1_000_000


@dataclass(frozen=True)
class Parser:
    """valid: inputs that it takes. parse: takes a folder to work in, and the bytes.
    text: numbers and words are worth replacing. refuses: what it may raise beside CocopfsError."""

    valid: Callable[[Path], list[bytes]]
    parse: Callable[[Path, bytes], object]
    text: bool
    refuses: tuple[type[Exception], ...] = ()


def _picture() -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    rows, columns = np.mgrid[0:48, 0:64]
    return np.stack([rows * 5, columns * 3, rows + columns], axis=2).astype(np.uint8)


def _encoded(extension: str, *flags: int) -> bytes:
    return bytes(cv2.imencode(extension, _picture(), list(flags))[1])


def _pillow(kind: str) -> bytes:
    data = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    image = Image.fromarray(_picture())
    image.save(data, kind, exif=exif)
    return data.getvalue()


def _pictures(_: Path) -> list[bytes]:
    palette = io.BytesIO()
    Image.fromarray(_picture()).convert("P").save(palette, "PNG")
    return [
        _encoded(".jpg"),
        _encoded(".jpg", cv2.IMWRITE_JPEG_PROGRESSIVE, 1, cv2.IMWRITE_JPEG_RST_INTERVAL, 2),
        _pillow("JPEG"),
        _encoded(".png"),
        _pillow("PNG"),
        palette.getvalue(),
        _encoded(".webp"),
    ]


def _parse_picture(folder: Path, data: bytes) -> object:
    (folder / "photos").mkdir(exist_ok=True)
    (folder / "photos" / "1.jpg").write_bytes(data)
    return read_picture(folder, "photos/1.jpg", MAX_PIXELS)


def _marked(_: Path) -> list[bytes]:
    return [write_mark(_encoded(".jpg"), Mark("0123456789abcdef" * 2, "cocopfs"))]


def _parse_mark(_: Path, data: bytes) -> object:
    return read_mark(data)


def _coco(file: str) -> Callable[[Path, bytes], object]:
    def parse(folder: Path, data: bytes) -> object:
        (folder / "annotations").mkdir(exist_ok=True)
        (folder / "val2017").mkdir(exist_ok=True)
        for name, content in (("instances", COCO_INSTANCES), ("captions", COCO_CAPTIONS)):
            path = folder / "annotations" / f"{name}_val2017.json"
            path.write_bytes(data if name == file else content)
        return [photo.item for photo in read_coco(folder, None).photos]

    return parse


def _parse_list(_: Path, data: bytes) -> object:
    return parse_identity_list(data, "identity_meta.csv")


def _recipes(_: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted(resources.PIPELINES.glob("*.yaml"))]


def _parse_recipe(folder: Path, data: bytes) -> object:
    (folder / "recipe.yaml").write_bytes(data)
    return load_recipe(str(folder / "recipe.yaml")).digest


def _templates(_: Path) -> list[bytes]:
    small = yaml.safe_dump({"extends": "natural", "prefixes": ["{name}: {caption}"]})
    return [small.encode(), (resources.TEMPLATES / "captions" / "paper.yaml").read_bytes()]


def _parse_template(folder: Path, data: bytes) -> object:
    (folder / "mine.yaml").write_bytes(data)
    return load_template(str(folder / "mine.yaml"))


def _packs(_: Path) -> list[bytes]:
    return [(PACK / MANIFEST).read_bytes()]


def _parse_pack(folder: Path, data: bytes) -> object:
    if not (folder / "detector.onnx").exists():
        for path in PACK.glob("*.onnx"):
            (folder / path.name).hardlink_to(path) if _same_disk(path, folder) else shutil.copy(
                path, folder / path.name
            )
    (folder / MANIFEST).write_bytes(data)
    return open_pack(folder, (*NEEDED, Role.SWAPPER)).digest


def _same_disk(path: Path, folder: Path) -> bool:
    return path.stat().st_dev == folder.stat().st_dev


def _graphs(_: Path) -> list[bytes]:
    return [(PACK / "gender.onnx").read_bytes()]


def _parse_graph(folder: Path, data: bytes) -> object:
    (folder / "network.onnx").write_bytes(data)
    return read_graph(folder / "network.onnx")


def _tables(folder: Path) -> list[bytes]:
    with (folder / "rows.parquet").open("wb") as file:
        write_samples(file, [sample(number) for number in range(6)], rows_per_group=3)
    return [(folder / "rows.parquet").read_bytes()]


def _parse_table(folder: Path, data: bytes) -> object:
    (folder / "rows.parquet").write_bytes(data)
    return [row.sample_id for row in read_samples(folder / "rows.parquet")]


def _manifest(_: Path) -> list[bytes]:
    from tests.fuzz.material import MANIFEST_JSON

    return [MANIFEST_JSON]


def _parse_manifest(folder: Path, data: bytes) -> object:
    (folder / "manifest.json").write_bytes(data)
    return open_dataset(folder)


def _ratings(_: Path) -> list[bytes]:
    rows = [f"{PAGE},Ann,{item},real,same" for item in range(1, 5)]
    return ["\n".join((",".join(HEADER), *rows, "")).encode()]


def _parse_ratings(folder: Path, data: bytes) -> object:
    import msgspec

    _parse_manifest(folder, _manifest(folder)[0])
    items = tuple(RatedItem(item, f"{item}_n1", "swap") for item in range(1, 5))
    key = msgspec.json.encode(AnswerKey(PAGE, 0, items))
    commit_bytes(folder / "private" / f"rating-{PAGE}.json", key)
    (folder / "ratings.csv").write_bytes(data)
    return read_ratings([folder / "ratings.csv"], open_dataset(folder))


def _photo_lists(_: Path) -> list[bytes]:
    lines = ["photos/1.png, Ada, a man with a dog", "photos/1.png, Bo,", "photos/2.png, Ada, x"]
    return ["\n".join(["file, person, caption", *lines, ""]).encode()]


def _parse_photo_list(folder: Path, data: bytes) -> object:
    (folder / "portraits").mkdir(exist_ok=True)
    for name in ("Ada", "Bo"):
        (folder / "portraits" / f"{name}.png").touch()
    (folder / "photos.csv").write_bytes(data)
    return read_own_gallery(folder)


def _parse_published_picture(_: Path, data: bytes) -> object:
    return decode(data, max_pixels=MAX_PIXELS)


PARSERS: Mapping[str, Parser] = {
    "COCO instances": Parser(lambda _: [COCO_INSTANCES], _coco("instances"), text=True),
    "COCO captions": Parser(lambda _: [COCO_CAPTIONS], _coco("captions"), text=True),
    "identity list": Parser(lambda _: list(IDENTITY_LIST), _parse_list, text=True),
    "recipe": Parser(_recipes, _parse_recipe, text=True),
    "caption template": Parser(_templates, _parse_template, text=True),
    "pack.yaml": Parser(_packs, _parse_pack, text=True),
    "ONNX graph": Parser(_graphs, _parse_graph, text=False),
    "picture": Parser(_pictures, _parse_picture, text=False, refuses=(PictureError,)),
    "published picture": Parser(
        _pictures, _parse_published_picture, text=False, refuses=(ValueError,)
    ),
    "mark": Parser(_marked, _parse_mark, text=True, refuses=(ValueError,)),
    "Parquet": Parser(
        _tables, _parse_table, text=False, refuses=(ValueError, OSError, pa.ArrowException)
    ),
    "manifest.json": Parser(_manifest, _parse_manifest, text=True),
    "photos.csv": Parser(_photo_lists, _parse_photo_list, text=True),
    "ratings": Parser(_ratings, _parse_ratings, text=True),
}
