"""The `work/` of a made-up dataset: all its swaps, and some that the gate refused."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import cv2
import msgspec
import pyarrow.parquet as pq

from cocopfs.arrow import schema, to_table
from cocopfs.engine.store import (
    ShardManifest,
    StageManifest,
    StoredFile,
    output_digest,
    read_rows,
    write_table,
)
from cocopfs.records import (
    Box,
    Face,
    Figures,
    Identity,
    ItemKind,
    Licence,
    Photo,
    Reason,
    Rejection,
    Swap,
    Threshold,
)
from tests.audit.synthetic import FACE, HEIGHT, LANDMARKS, WIDTH, Synthetic, jpeg, picture

GREY = 12  # a greyscale photograph, of which all swaps are refused
THRESHOLD = 0.45
REFUSED = {  # by place of the identity: similarity, residual similarity, and what the build says
    0: (0.30, 0.50, Reason.LOW_MARGIN),
    1: (0.32, 0.40, Reason.LOW_MARGIN),
    2: (0.20, 0.80, Reason.LOW_MARGIN),
    3: (0.50, 0.51, Reason.LOW_MARGIN),
    4: (0.10, 0.60, Reason.LOW_MARGIN),
    5: (0.40, 0.10, Reason.LOW_SIMILARITY),
    6: (0.60, 0.10, Reason.CONTEXT_INCOMPLETE),
}
_ROWS_A_GROUP = 16
_GATE = {
    "min_margin": 0.0,
    "min_changed": 0.0,
    "require_redetection": True,
    "max_landmark_error": None,
    "max_pose_difference": None,
    "min_outside_psnr": None,
    "min_sharpness": None,
    "max_colour_difference": None,
}


@dataclass(frozen=True)
class Work:
    synthetic: Synthetic
    refused: tuple[str, ...]  # sample ids


def write_work(synthetic: Synthetic) -> Work:
    """Give a dataset without a `work/` one, and the manifest and rejections that belong to it."""
    out = synthetic.out
    people = read_rows(out / "private" / "identities.parquet", Identity)
    by_id = {identity.class_id: identity for identity in people}
    rows = [_published(synthetic, row) for row in range(len(synthetic.rows["sample_id"]))]
    rows += [_swap(GREY, people[place], *REFUSED[place][:2]) for place in REFUSED]
    cv2.imwrite(str(synthetic.coco / "val2017" / f"{GREY:012d}.jpg"), picture(GREY))
    numbers = sorted({row.photo_id for row in rows})
    groups = sorted({(p.gender, p.ethnicity) for p in by_id.values()}, key=str)
    rejections = [
        Rejection(ItemKind.SAMPLE, row.sample_id, "judge", REFUSED[place][2], "")
        for place, row in enumerate(rows[-len(REFUSED) :])
    ]
    digests = {
        "select": _stage(out, "select", Photo, [_photo(number) for number in numbers], []),
        "calibrate": _stage(
            out, "calibrate", Threshold, [_threshold(*key) for key in [(None, None), *groups]], []
        ),
        "swap": _stage(out, "swap", Swap, rows, []),
    }
    path = out / "rejections.parquet"
    with path.open("wb") as file:
        write_table(file, Rejection, rejections)
    data = path.read_bytes()
    facts = json.loads((out / "manifest.json").read_text())
    facts["recipe"]["judge"] = _GATE
    facts["stages"] = {name: {"digest": digest} for name, digest in digests.items()}
    facts["files"]["rejections.parquet"] = {
        "sha256": hashlib.sha256(data).hexdigest(),
        "bytes": len(data),
        "rows": len(rejections),
    }
    facts["gate"] = [_gate_row(key, synthetic, rejections, by_id) for key in groups]
    (out / "manifest.json").write_text(json.dumps(facts))
    return Work(synthetic, tuple(row.item for row in rejections))


def _published(synthetic: Synthetic, row: int) -> Swap:
    values = {name: column[row] for name, column in synthetic.rows.items()}
    figures = Figures(**{field.name: values[field.name] for field in fields(Figures)})
    data = jpeg(picture(row, swapped=True))
    digest = hashlib.sha256(data).hexdigest()
    place = values["coco_image_id"], values["identity"]
    return Swap(values["sample_id"], *place, data, digest, values["source_portrait"], figures)


def _swap(photo: int, identity: Identity, similarity: float, residual: float) -> Swap:
    data = jpeg(picture(photo, swapped=True))
    figures = Figures(
        similarity, residual, similarity - residual, True, 0.1, 2.0, 0.0, 0.0, 0.0, 90.0, 1.0, 1.0,
        0.5, 3.0, 9.0, 20.0,
    )  # fmt: skip
    return Swap(
        f"{photo}_{identity.class_id}",
        photo,
        identity.class_id,
        data,
        hashlib.sha256(data).hexdigest(),
        identity.sources[0].portrait_id,
        figures,
    )


def _photo(number: int) -> Photo:
    return Photo(
        number, "val2017", f"{number:012d}.jpg", "", WIDTH, HEIGHT, number == GREY,
        Licence(4, "", ""), "", "", (), Box(0, 0, WIDTH, HEIGHT), Face(FACE, LANDMARKS, 0.9),
    )  # fmt: skip


def _threshold(gender: Any, ethnicity: Any) -> Threshold:
    limit = 0.99 if gender is None else THRESHOLD  # the overall one is nobody's
    values: dict[str, Any] = dict.fromkeys(field.name for field in fields(Threshold))
    counts = {"identities": 2, "genuine_pairs": 6, "impostor_pairs": 9000, "far": 0.01}
    told = {"gender": gender, "ethnicity": ethnicity, "threshold": limit}
    return Threshold(**{**values, **counts, **told})


def _gate_row(
    key: Any, synthetic: Synthetic, rejections: list[Rejection], people: dict[str, Identity]
) -> dict[str, Any]:
    rows = synthetic.rows
    accepted = sum(found == key for found in zip(rows["gender"], rows["ethnicity"], strict=True))
    rejected: dict[str, int] = {}
    for row in rejections:
        identity = people[row.item.split("_")[1]]
        if (identity.gender, identity.ethnicity) == key:
            rejected[row.reason] = rejected.get(row.reason, 0) + 1
    return {
        "gender": key[0],
        "ethnicity": key[1],
        "judged": accepted + sum(rejected.values()),
        "accepted": accepted,
        "rejected": rejected,
    }


def _stage(out: Path, name: str, record: type, rows: list[Any], rejected: list[Rejection]) -> str:
    """Commit a stage of one shard; its digest."""
    folder = out / "work" / name
    folder.mkdir(parents=True)
    stored = []
    for file_name, kind, content in (
        ("a-0.parquet", record, rows),
        ("a-0.rejections.parquet", Rejection, rejected),
    ):
        with pq.ParquetWriter(folder / file_name, schema(kind)) as writer:
            for start in range(0, max(len(content), 1), _ROWS_A_GROUP):
                writer.write_table(to_table(kind, content[start : start + _ROWS_A_GROUP]))
        data = (folder / file_name).read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        stored.append(StoredFile(file_name, digest, len(data), len(content)))
    shard = ShardManifest(name, "a", "0", len(rows), stored[0], stored[1], {}, 0)
    manifest = StageManifest(name, {}, (shard,))
    (folder / "stage.json").write_bytes(msgspec.json.encode(manifest))
    return output_digest(manifest)
