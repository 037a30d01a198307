"""A small made-up dataset with its originals and portraits, to be audited without a build."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from cocopfs.engine.store import write_table
from cocopfs.records import (
    Box,
    Ethnicity,
    Face,
    Gender,
    Identity,
    ItemKind,
    Portrait,
    Reason,
    Rejection,
    pack_vector,
)

WIDTH, HEIGHT = 160, 120
FACE = Box(50, 30, 44, 56)
LANDMARKS = (62.0, 52.0, 82.0, 52.0, 72.0, 64.0, 64.0, 74.0, 80.0, 74.0)
DIMENSION = 32
FIGURES = (
    "similarity",
    "residual_similarity",
    "margin",
    "landmark_error",
    "pose_difference",
    "yaw",
    "pitch",
    "roll",
    "outside_psnr",
    "outside_ssim",
    "seam",
    "sharpness",
    "colour_difference",
    "changed",
    "face_size",
)
_NAMES = ("left_eye", "right_eye", "nose", "left_mouth", "right_mouth")


@dataclass(frozen=True)
class Synthetic:
    """`out` is the dataset; `rows` what was published, by column, without pictures."""

    out: Path
    coco: Path
    gallery: Path
    rows: Mapping[str, list[Any]]


def write_synthetic(
    folder: Path,
    photos: int = 12,
    per_photo: int = 3,
    identities: int = 8,
    rows_per_file: int = 10,
    names: Mapping[int, str] | None = None,
    without: tuple[str, ...] = (),
    picture_bytes: int = 0,
) -> Synthetic:
    """A dataset of photos × per_photo samples.

    names: of identities by their number, where they shall not be invented. without: columns that
    the dataset shall lack. picture_bytes: how large every swapped picture is at least.
    """
    coco, gallery, out = folder / "coco", folder / "gallery", folder / "out"
    (coco / "val2017").mkdir(parents=True)
    enrolled = _write_gallery(gallery, identities, names or {})
    rows = _rows(photos, per_photo, enrolled)
    for number in range(photos):
        cv2.imwrite(str(coco / "val2017" / f"{number:012d}.jpg"), picture(number))
    (out / "data").mkdir(parents=True)
    (out / "private").mkdir()
    files: dict[str, Any] = {}
    total = photos * per_photo
    count = -(-total // rows_per_file)
    for place in range(count):
        chosen = range(place * rows_per_file, min((place + 1) * rows_per_file, total))
        columns = {
            name: [values[row] for row in chosen]
            for name, values in rows.items()
            if name not in without
        }
        columns["image"] = [
            {
                # What follows a JPEG's end is no part of the picture.
                "bytes": jpeg(picture(row, swapped=True)).ljust(picture_bytes, b"."),
                "path": f"{row}.jpg",
            }
            for row in chosen
        ]
        name = f"data/train-{place:05d}-of-{count:05d}.parquet"
        group = max(rows_per_file // 10, 4)
        pq.write_table(pa.table(columns), out / name, row_group_size=group, compression="none")
        files[name] = len(chosen)
    rejections = _rejections(photos, enrolled)
    with (out / "rejections.parquet").open("wb") as file:
        write_table(file, Rejection, rejections)
    files["rejections.parquet"] = len(rejections)
    with (out / "private" / "identities.parquet").open("wb") as file:
        write_table(file, Identity, enrolled)
    files["private/identities.parquet"] = len(enrolled)
    write_manifest(out, files, photos, total, identities)
    run = [{"coco": str(coco), "vggface2": str(gallery)}]
    (out / "run.json").write_text(json.dumps(run))
    return Synthetic(out, coco, gallery, rows)


def write_manifest(
    out: Path, files: Mapping[str, int], photos: int, rows: int, identities: int
) -> None:
    """`manifest.json` of files that are there, by name and rows."""
    entries = {}
    for name, count in files.items():
        data = (out / name).read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        entries[name] = {"sha256": digest, "bytes": len(data), "rows": count}
    lost = 4  # photographs, see _rejections
    facts = {
        "cocopfs": "0.0",
        "recipe": {
            "name": "synthetic",
            "publish": {"title": "Made up <b>&"},
            "calibrate": {"far": 0.01},
            "judge": {"min_margin": 0.0, "max_pose_difference": 10.0, "min_sharpness": None},
            "caption": {"names": "real"},
            "swap": {"jpeg_quality": 95},
            "runtime": {"threads": 1},
        },
        "recipe_digest": "ab" * 32,
        "pack": {
            "name": "nothing",
            "digest": "cd" * 32,
            "files": {"recogniser": {"sha256": "ef" * 32, "bytes": 1, "licence": None}},
        },
        "photos": {"read": photos + lost, "kept": photos, "rejected": lost},
        "identities": {"read": identities, "kept": identities, "rejected": 0},
        "splits": {
            "train": {"rows": rows, "photos": photos, "identities": identities, "shards": 1}
        },
        "sources": {"coco": {"limit": None}},
        "files": entries,
    }
    (out / "manifest.json").write_text(json.dumps(facts))


def picture(number: int, *, swapped: bool = False) -> NDArray[np.uint8]:
    """Soft coloured noise; a swapped one differs inside the face."""
    random = np.random.default_rng(number)
    coarse = random.integers(0, 256, (6, 8, 3), np.uint8)
    pixels = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    if swapped:
        x, y, width, height = int(FACE.x), int(FACE.y), int(FACE.width), int(FACE.height)
        pixels[y : y + height, x : x + width] = 255 - pixels[y : y + height, x : x + width]
    return pixels.astype(np.uint8)


def jpeg(pixels: NDArray[np.uint8]) -> bytes:
    _, data = cv2.imencode(".jpg", pixels)
    return data.tobytes()


def _write_gallery(gallery: Path, count: int, names: Mapping[int, str]) -> list[Identity]:
    random = np.random.default_rng(1)
    ethnicities = (Ethnicity.WHITE, Ethnicity.ASIAN)
    enrolled = []
    for number in range(count):
        class_id = f"n{number:06d}"
        (gallery / class_id).mkdir(parents=True)
        centre = random.normal(size=DIMENSION)
        portraits = []
        for place in range(3):
            path = f"{class_id}/{place}.jpg"
            data = jpeg(picture(1000 + 10 * number + place))
            (gallery / path).write_bytes(data)
            vector = centre + 0.5 * random.normal(size=DIMENSION)
            portraits.append(
                Portrait(
                    f"{class_id}/{place}",
                    path,
                    hashlib.sha256(data).hexdigest(),
                    Face(FACE, LANDMARKS, 0.9),
                    1.0,
                    pack_vector(vector / np.linalg.norm(vector)),
                )
            )
        enrolled.append(
            Identity(
                class_id,
                names.get(number, f"Person {number}"),
                Gender.FEMALE if number % 2 else Gender.MALE,
                ethnicities[number // 2 % 2],
                (0.5, 0.5, 0.0, 0.0, 0.0, 0.0),
                tuple(portraits[:2]),
                portraits[2],
                portraits[0].embedding,
            )
        )
    return enrolled


def _rows(photos: int, per_photo: int, enrolled: list[Identity]) -> dict[str, list[Any]]:
    random = np.random.default_rng(2)
    rows: dict[str, list[Any]] = {}

    def put(**values: Any) -> None:
        for name, value in values.items():
            rows.setdefault(name, []).append(value)

    for photo in range(photos):
        for place in range(per_photo):
            identity = enrolled[(photo + 2 * place) % len(enrolled)]
            similarity, residual = random.uniform(0.4, 0.9), random.uniform(0.0, 0.3)
            put(
                sample_id=f"{photo}_{identity.class_id}",
                split="train",
                coco_image_id=photo,
                file_name=f"val2017/{photo:012d}.jpg",
                width=WIDTH,
                height=HEIGHT,
                licence_name=("Attribution License", "No known restrictions")[photo % 2],
                licence_url="http://creativecommons.org/licenses/by/2.0/",
                identity=identity.class_id,
                name=identity.name,
                gender=identity.gender,
                ethnicity=identity.ethnicity,
                original_gender=identity.gender,
                original_ethnicity=None,
                match_rule="gender",
                face_x=FACE.x,
                face_y=FACE.y,
                face_width=FACE.width,
                face_height=FACE.height,
                source_portrait=identity.sources[place % 2].portrait_id,
                reference_portrait=identity.reference.portrait_id,
                redetected=True,
                small_face=bool(photo % 3 == 0),
                grey=photo % 4 == 0,
            )
            points = np.reshape(LANDMARKS, (5, 2)).tolist()
            for point, (x, y) in zip(_NAMES, points, strict=True):
                put(**{f"{point}_x": x, f"{point}_y": y})
            figures = dict(zip(FIGURES, random.uniform(1, 40, len(FIGURES)), strict=True))
            figures |= {
                "similarity": similarity,
                "residual_similarity": residual,
                "margin": similarity - residual,
                "seam": None if photo == 0 else figures["seam"],
            }
            put(**figures)
    return rows


def _rejections(photos: int, enrolled: list[Identity]) -> list[Rejection]:
    """Three photographs by `select`, one of them broken; a photograph and its swaps by `judge`."""
    gone = [
        (str(photos + place), "select", reason)
        for place, reason in enumerate((Reason.NO_FACE, Reason.MINOR, Reason.UNREADABLE))
    ]
    gone.append((str(photos + 3), "judge", Reason.CONTEXT_INCOMPLETE))
    found = [Rejection(ItemKind.PHOTO, item, stage, reason, "") for item, stage, reason in gone]
    for place, reason in enumerate((Reason.LOW_MARGIN, Reason.CONTEXT_INCOMPLETE)):
        item = f"{photos + 3}_{enrolled[place].class_id}"
        found.append(Rejection(ItemKind.SAMPLE, item, "judge", reason, ""))
    return found
