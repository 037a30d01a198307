"""A scene as a photograph in COCO: the file's bytes and what the annotation files say of it."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from cocopfs.world.canvas import Thing
from cocopfs.world.coco_format import CATEGORY_IDS, NO_DERIVATIVES, run_lengths
from cocopfs.world.descriptions import describe
from cocopfs.world.kinds import Kind
from cocopfs.world.scenes import Scene
from cocopfs.world.seeds import generator
from cocopfs.world.truth import photo_scene

_FREE_LICENCES = (1, 1, 2, 2, 4, 4, 5, 7, 8)  # by ids of COCO's list, about as often as there
_QUALITY = 94
_SHARE_KEPT = 0.6  # of a truncated file


@dataclass(frozen=True)
class TakenPhoto:
    """`data`: the JPEG file; the rest as JSON objects of the annotation files."""

    subset: str
    data: bytes
    image: Mapping[str, Any]
    annotations: tuple[Mapping[str, Any], ...]
    captions: tuple[Mapping[str, Any], ...]

    def without_data(self) -> TakenPhoto:
        return replace(self, data=b"")


def take_photo(seed: int, photo_id: int, shares: Mapping[Kind, float]) -> TakenPhoto:
    """One photo of the world with that seed."""
    scene = photo_scene(seed, photo_id, shares)
    rng = generator(seed, "photograph", photo_id)
    turn = _TURNS[int(rng.choice((3, 6, 8)))] if scene.spec.kind is Kind.ROTATED else _UPRIGHT
    stored = turn.pixels(scene.picture)
    subset, file_name = subset_of(photo_id), f"{photo_id:012d}.jpg"
    return TakenPhoto(
        subset=subset,
        data=_file(stored, scene.spec.kind, turn.orientation),
        image={
            "license": _licence(rng, scene.spec.kind),
            "file_name": file_name,
            "coco_url": f"https://drawn-world.invalid/{subset}/{file_name}",
            "height": stored.shape[0],
            "width": stored.shape[1],
            "date_captured": f"2026-{rng.integers(1, 13):02d}-{rng.integers(1, 29):02d} "
            f"{rng.integers(7, 21):02d}:{rng.integers(60):02d}:{rng.integers(60):02d}",
            "flickr_url": f"https://photos.drawn-world.invalid/{rng.integers(1 << 40)}_z.jpg",
            "id": photo_id,
        },
        annotations=tuple(_annotations(scene, turn, photo_id)),
        captions=tuple(
            {"image_id": photo_id, "id": 10 * photo_id + number, "caption": text}
            for number, text in enumerate(describe(scene), start=1)
        ),
    )


def subset_of(photo_id: int) -> str:
    return "val2017" if photo_id % 3 == 0 else "train2017"


def encode_jpeg(picture: NDArray[np.uint8], quality: int) -> bytes:
    """(h, w, 3) BGR or (h, w) grey, uint8."""
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return bytes(data)


def _licence(rng: np.random.Generator, kind: Kind) -> int:
    choice = NO_DERIVATIVES if kind is Kind.NO_DERIVATIVES else _FREE_LICENCES
    return int(rng.choice(choice))


# --- files ----------------------------------------------------------------------------------------


def _file(picture: NDArray[np.uint8], kind: Kind, orientation: int) -> bytes:
    data = encode_jpeg(picture[..., 0] if kind is Kind.GREY else picture, _QUALITY)
    if orientation != 1:
        data = _with_orientation(data, orientation)
    if kind is Kind.TRUNCATED:
        data = data[: int(_SHARE_KEPT * len(data))]
    return data


def _with_orientation(jpeg: bytes, orientation: int) -> bytes:
    """An EXIF segment with nothing but the orientation, after the JFIF segment."""
    entry = struct.pack(">HHIHH", 0x0112, 3, 1, orientation, 0)
    tiff = b"MM\x00*" + struct.pack(">IH", 8, 1) + entry + struct.pack(">I", 0)
    payload = b"Exif\x00\x00" + tiff
    segment = b"\xff\xe1" + struct.pack(">H", len(payload) + 2) + payload
    end = 4 + struct.unpack(">H", jpeg[4:6])[0]
    return jpeg[:end] + segment + jpeg[end:]


@dataclass(frozen=True)
class _Turn:
    """From the upright picture to the stored one. orientation: as EXIF counts."""

    orientation: int
    pixels: Callable[[NDArray[Any]], NDArray[Any]]


_UPRIGHT = _Turn(1, np.asarray)
_TURNS = {
    # EXIF tells how to undo what was done here.
    3: _Turn(3, lambda upright: np.ascontiguousarray(np.rot90(upright, 2))),
    6: _Turn(6, lambda upright: np.ascontiguousarray(np.rot90(upright, 1))),
    8: _Turn(8, lambda upright: np.ascontiguousarray(np.rot90(upright, -1))),
}


# --- annotations ----------------------------------------------------------------------------------


def _annotations(scene: Scene, turn: _Turn, photo_id: int) -> list[Mapping[str, Any]]:
    found: list[tuple[Thing, bool]] = [(thing, False) for thing in scene.people]
    found += [(scene.crowd, True)] if scene.crowd else []
    found += [(thing, False) for thing in scene.things]
    rows: list[Mapping[str, Any]] = []
    for number, (upright, crowd) in enumerate(found, start=1):
        thing = Thing.of("person" if crowd else upright.category, turn.pixels(upright.mask))
        if thing is None:
            continue
        rows.append(
            {
                "segmentation": run_lengths(thing.mask) if crowd else thing.polygons,
                "area": float(np.count_nonzero(thing.mask)) if crowd else thing.area,
                "iscrowd": int(crowd),
                "image_id": photo_id,
                "bbox": [thing.box.x, thing.box.y, thing.box.width, thing.box.height],
                "category_id": CATEGORY_IDS[thing.category],
                "id": 100 * photo_id + number,
            }
        )
    return rows
