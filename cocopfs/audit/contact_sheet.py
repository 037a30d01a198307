"""A contact sheet: original, portrait, swap and captions of some samples, to be looked at."""

from __future__ import annotations

import hashlib
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import matplotlib
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from cocopfs.audit.dataset import open_dataset
from cocopfs.engine.store import read_rows
from cocopfs.errors import UsageError
from cocopfs.publish.decoding import decode
from cocopfs.publish.label import with_label
from cocopfs.records import Box, Identity, Portrait, Sample
from cocopfs.sources.pictures import PictureError, read_picture
from cocopfs.stages.naming import Naming, load_key

_TILE = 300
_TEXT_WIDTH = 620
_MARGIN = 12
_WIDTH = 4 * (_TILE + _MARGIN) + _TEXT_WIDTH + 2 * _MARGIN
_SIDE_BY_SIDE = (_WIDTH - _MARGIN) // (_TILE + _MARGIN)
_MAX_PIXELS = 50_000_000
_OF_A_FACE, _OF_A_SCENE = 2.2, 3.2  # face sides that a tile shows
_TITLES = ("original", "portrait", "swap", "whole picture", "captions with the name")


@dataclass(frozen=True, slots=True)
class Originals:
    """Where the photographs and the portraits lie that a dataset was made of."""

    coco: Path
    gallery: Path


def contact_sheet(
    out: Path, originals: Originals, count: int, *, label: bool = False
) -> NDArray[np.uint8]:
    """First one photo with its identities side by side, where there is one that has several: the
    same scene, different people. Then up to `count` samples, a row each: original face, portrait,
    swapped face, the whole swapped picture, and the captions. (h, w, 3) uint8 BGR. label: the
    swapped ones say that they are.

    The samples are a stable draw by hash, spread over the photos: every photo comes once before
    one comes twice. Raises UsageError when `out` holds no complete dataset.
    """
    try:
        naming = Naming(originals.gallery, read_key(out))
        portraits = {
            naming.portrait(portrait.portrait_id): portrait
            for identity in read_rows(out / "private" / "identities.parquet", Identity)
            for portrait in (*identity.sources, identity.reference)
        }
        rows = [_row(sample, originals, portraits, label) for sample in draw(out, count)]
        one_scene = _one_scene(draw_scene(out, _SIDE_BY_SIDE - 1), originals, label)
    except (OSError, ValueError, OverflowError, pa.ArrowException) as error:
        raise UsageError(
            f"the contact sheet of {out} cannot be made: {error}",
            expected="the dataset's files, private/ among them, and the folders of the originals",
            hint="say where they lie with --coco and --vggface2, or build the dataset again",
        ) from error
    return np.concatenate([*one_scene, _header(), *rows])


def read_key(out: Path) -> bytes | None:
    """The key of the dataset's pseudonyms; null where real names went out."""
    return load_key(out, None) if open_dataset(out).pseudonymous else None


def draw(out: Path, count: int) -> list[Sample]:
    """A stable draw of samples, spread over the photos; only their rows are read."""
    turns: dict[int, int] = {}
    order = []
    for photo_id, sample_id in sorted(_ids(out), key=lambda pair: _hash(pair[1])):
        turns[photo_id] = turns.get(photo_id, 0) + 1
        order.append((turns[photo_id], _hash(str(photo_id)), sample_id))
    return _in_order(out, [sample_id for *_, sample_id in sorted(order)[:count]])


def draw_scene(out: Path, most: int) -> list[Sample]:
    """Up to `most` samples of one photo, by id: of the photos that have so many, or else the most,
    the first by hash."""
    by_photo: dict[int, list[str]] = {}
    for photo_id, sample_id in _ids(out):
        by_photo.setdefault(photo_id, []).append(sample_id)
    if not by_photo:
        return []
    chosen = min(by_photo, key=lambda one: (-min(len(by_photo[one]), most), _hash(f"scene:{one}")))
    return _in_order(out, sorted(by_photo[chosen])[:most])


def _ids(out: Path) -> list[tuple[int, str]]:
    """Photo and sample of every row."""
    ids: list[tuple[int, str]] = []
    for file in published_files(out):
        table = pq.read_table(file, columns=["sample_id", "coco_image_id"])
        ids += zip(table["coco_image_id"].to_pylist(), table["sample_id"].to_pylist(), strict=True)
    return ids


def _in_order(out: Path, wanted: Sequence[str]) -> list[Sample]:
    found = {sample.sample_id: sample for sample in _samples(out, set(wanted))}
    return [found[sample_id] for sample_id in wanted]


def published_files(out: Path) -> list[Path]:
    """The Parquet files that the manifest names, in order. Raises UsageError where it is broken."""
    return [file.path for file in open_dataset(out).files]


def _samples(out: Path, wanted: set[str]) -> Iterator[Sample]:
    for file in published_files(out):
        ids = pq.read_table(file, columns=["sample_id"])["sample_id"].to_pylist()
        if wanted & set(ids):
            yield from (row for row in read_rows(file, Sample) if row.sample_id in wanted)


def _row(
    sample: Sample, originals: Originals, portraits: dict[str, Portrait], label: bool
) -> NDArray[np.uint8]:
    swapped = decode(sample.image.bytes, f"the picture of {sample.sample_id}")
    face = Box(sample.face_x, sample.face_y, sample.face_width, sample.face_height)
    swaps = [fit(around(swapped, face)), fit(swapped)]
    tiles = [
        _tile_of(originals.coco, sample.file_name, face),
        _portrait(originals.gallery, portraits.get(sample.source_portrait)),
        *(with_label(tile) if label else tile for tile in swaps),
    ]
    height = _TILE + 2 * _MARGIN
    row = np.full((height, _WIDTH, 3), 255, np.uint8)
    _lay(row, tiles)
    return write_lines(row, 4 * (_TILE + _MARGIN) + _MARGIN, _lines(sample))


def _lay(row: NDArray[np.uint8], tiles: Sequence[NDArray[np.uint8]]) -> None:
    """Write tiles into a row, from the left."""
    for number, tile in enumerate(tiles):
        x = _MARGIN + number * (_TILE + _MARGIN)
        row[_MARGIN : _MARGIN + _TILE, x : x + _TILE] = tile


def _one_scene(
    samples: Sequence[Sample], originals: Originals, label: bool
) -> list[NDArray[np.uint8]]:
    """The original and its swaps, under their names; nothing where there is but one."""
    if len(samples) < 2:
        return []
    first = samples[0]
    face = Box(first.face_x, first.face_y, first.face_width, first.face_height)
    tiles = [_tile_of(originals.coco, first.file_name, face, _OF_A_SCENE)]
    for sample in samples:
        swapped = decode(sample.image.bytes, f"the picture of {sample.sample_id}")
        tile = fit(around(swapped, face, _OF_A_SCENE))
        tiles.append(with_label(tile) if label else tile)
    row = np.full((_TILE + 2 * _MARGIN, _WIDTH, 3), 255, np.uint8)
    _lay(row, tiles)
    return [
        _header(
            f"one photo, several people: {first.coco_image_id}",
            *(sample.name for sample in samples),
        ),
        row,
    ]


def _lines(sample: Sample) -> list[str]:
    lines = [
        f"{sample.name}  ·  {sample.sample_id}  ·  {sample.split}",
        f"similarity {sample.similarity:.2f}   original {sample.residual_similarity:.2f}   "
        f"margin {sample.margin:.2f}   face {sample.face_size:.0f} px   {sample.match_rule}",
        "",
    ]
    for plain, in_place, in_parentheses in zip(
        sample.captions[:3],
        sample.captions_in_place,
        sample.captions_in_parentheses,
        strict=False,
    ):
        for mark, text in (("", plain), ("→ ", in_place), ("→ ", in_parentheses)):
            lines += textwrap.wrap(mark + " ".join(text.split()), 80) or [""]
        lines.append("")
    return lines


def _tile_of(root: Path, relative: str, face: Box, sides: float = _OF_A_FACE) -> NDArray[np.uint8]:
    try:
        return fit(around(read_picture(root, relative, _MAX_PIXELS).pixels, face, sides))
    except PictureError as error:
        return _missing(error.detail)


def _portrait(gallery: Path, portrait: Portrait | None) -> NDArray[np.uint8]:
    if portrait is None:
        return _missing("not in private/identities.parquet")
    return _tile_of(gallery, portrait.path, portrait.face.box)


def around(picture: NDArray[np.uint8], face: Box, sides: float = _OF_A_FACE) -> NDArray[np.uint8]:
    """The square of so many face sides around a face, cut by the frame."""
    half = sides / 2 * max(face.width, face.height)
    x, y = face.x + face.width / 2, face.y + face.height / 2
    left, top = max(int(x - half), 0), max(int(y - half), 0)
    return picture[top : max(int(y + half) + 1, 0), left : max(int(x + half) + 1, 0)]


def fit(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture on a square tile, its aspect kept, on light grey."""
    height, width = picture.shape[:2]
    if not picture.size:
        raise ValueError("a face lies outside its picture")
    scale = _TILE / max(height, width)
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    small = cv2.resize(picture, size, interpolation=way)
    tile = np.full((_TILE, _TILE, 3), 235, np.uint8)
    x, y = (_TILE - size[0]) // 2, (_TILE - size[1]) // 2
    tile[y : y + size[1], x : x + size[0]] = small
    return tile


def _missing(why: str) -> NDArray[np.uint8]:
    tile = np.full((_TILE, _TILE, 3), 235, np.uint8)
    return write_lines(tile, _MARGIN, ["missing", *textwrap.wrap(why, 34)])


def _header(*titles: str) -> NDArray[np.uint8]:
    """Titles above tiles; those of the rows, where none are given."""
    header = np.full((36, _WIDTH, 3), 255, np.uint8)
    for number, title in enumerate(titles or _TITLES):
        header = write_lines(header, _MARGIN + number * (_TILE + _MARGIN), [title[:40]])
    return header


def write_lines(picture: NDArray[np.uint8], x: int, lines: Sequence[str]) -> NDArray[np.uint8]:
    """Lines of text from the top; as many as fit. Names need a font with the world's letters."""
    font_file = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    font = ImageFont.truetype(str(font_file), 13)
    image = Image.fromarray(picture[..., ::-1])
    canvas = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        y = _MARGIN + 17 * number
        if y + 17 > picture.shape[0] + 4:
            break
        canvas.text((x, y), line, fill=(20, 20, 20), font=font)
    return np.ascontiguousarray(np.asarray(image)[..., ::-1])


def _hash(text: str) -> bytes:
    return hashlib.sha256(f"sheet:{text}".encode()).digest()
