"""A dataset's folder as a build leaves it, of made-up rows."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from cocopfs.publish.folder import encode_manifest
from cocopfs.publish.mark import Mark, opaque_id, write_mark
from cocopfs.publish.parquet import write_samples
from cocopfs.recipe import Recipe
from cocopfs.records import EncodedImage, Sample, Split
from cocopfs.sources.origin import COCO, VGGFACE2
from tests.publish.samples import jpeg, sample

PACK = "ab" * 32
SIZE = (96, 72)
PLAN = {Split.TRAIN: (11, 11, 11, 12, 12), Split.VALIDATION: (31, 31), Split.TEST: (41, 41, 42)}
"""The photographs of each split's rows."""


def manifest(recipe: Recipe | None = None, **changes: Any) -> dict[str, Any]:
    """The facts of a dataset of real people by the paper's recipe; `changes` of its parts."""
    recipe = recipe or Recipe(name="coco-pfs")
    facts: dict[str, Any] = {
        "cocopfs": "0.1.0",
        "recipe": recipe.model_dump(mode="json"),
        "recipe_digest": recipe.digest,
        "pack": {
            "name": "paper",
            "digest": PACK,
            "files": {
                "detector": {"sha256": "cd" * 32, "bytes": 3, "licence": "non-commercial research"},
                "gender": {"sha256": "ef" * 32, "bytes": 3, "licence": None},
                "recogniser": {"sha256": "12" * 32, "bytes": 3, "licence": None},
            },
        },
        "sources": {
            "coco": {"origin": as_dict(COCO), "limit": None},
            "gallery": {"origin": as_dict(VGGFACE2)},
        },
        "dataset_version": 1,
        "changes": [],
        "photos": {"read": 2000, "kept": 411, "rejected": 1589},
        "identities": {"read": 600, "kept": 590, "rejected": 10},
        "splits": {
            "train": {"rows": 1500, "photos": 300, "identities": 450, "shards": 2},
            "test": {"rows": 555, "photos": 111, "identities": 70, "shards": 1},
        },
        "licences": [
            {"id": 4, "name": "Attribution License", "url": "http://by.example", "photos": 411}
        ],
        "rejections": {
            "photo": {"minor": 77, "no_face": 1512},
            "identity": {"few_portraits": 10},
        },
        "figures": {"similarity": {"mean": 0.5678, "lowest": 0.25, "highest": 0.9}},
        "gate": [
            {
                "gender": "female",
                "ethnicity": None,
                "judged": 200,
                "accepted": 150,
                "rejected": {"low_margin": 50},
            }
        ],
        "thresholds": [
            {
                "gender": "female",
                "ethnicity": None,
                "identities": 40,
                "impostor_pairs": 12480,
                "far": 0.001,
                "threshold": 0.3124,
            }
        ],
        "caption_forms": {"in_place": 1000, "prefix": 234},
    }
    return {**facts, **changes}


def as_dict(origin: Any) -> dict[str, str]:
    return {name: getattr(origin, name) for name in ("name", "licence", "url", "people")}


def row(number: int, split: Split, photo: int, dimension: int = 512) -> Sample:
    """Row `number`: each has an identity of its own, with a name that is hard on file formats."""
    identity = f"n{number:06d}"
    name = f'Zoë "Q" O’Name, {number}'
    sample_id = f"{photo}_{identity}"
    mark = Mark(opaque_id(PACK, sample_id), "cocopfs")
    captions = tuple(f"A man, number {photo}.{i}, rides a größer bike" for i in range(5))
    in_place = tuple(text.replace("A man", "[TOK]") for text in captions)
    in_parentheses = tuple(text.replace("A man", "A man ([TOK])") for text in captions)
    vector = np.random.default_rng(number).normal(size=dimension).astype(np.float32)
    return dataclasses.replace(
        sample(number),
        sample_id=sample_id,
        split=split,
        image=EncodedImage(write_mark(jpeg(number, *SIZE), mark), f"{sample_id}.jpg"),
        width=SIZE[0],
        height=SIZE[1],
        coco_image_id=photo,
        file_name=f"{'train' if split is Split.TRAIN else 'val'}2017/{photo:012d}.jpg",
        licence=4,
        identity=identity,
        name=name,
        captions=captions,
        captions_in_place=tuple(text.replace("[TOK]", name) for text in in_place),
        captions_in_parentheses=tuple(text.replace("[TOK]", name) for text in in_parentheses),
        captions_in_place_tok=in_place,
        captions_in_parentheses_tok=in_parentheses,
        left_eye_x=38.0,
        left_eye_y=30.0,
        right_eye_x=58.0,
        right_eye_y=30.0,
        nose_x=48.0,
        nose_y=41.0,
        left_mouth_x=40.0,
        left_mouth_y=52.0,
        right_mouth_x=56.0,
        right_mouth_y=52.0,
        reference_embedding=tuple((vector / np.linalg.norm(vector)).tolist()),
        pack_digest=PACK,
    )


def rows(dimension: int = 512) -> dict[Split, list[Sample]]:
    found: dict[Split, list[Sample]] = {}
    number = 0
    for split, photos in PLAN.items():
        found[split] = []
        for photo in photos:
            number += 1
            found[split].append(row(number, split, photo, dimension))
    return found


def write_dataset(
    folder: Path,
    content: dict[Split, list[Sample]] | None = None,
    recipe: Recipe | None = None,
    **changes: Any,
) -> Path:
    """The folder with two rows a row group and three a file, and a `private/` that may not leak."""
    content = rows() if content is None else content
    files: dict[str, dict[str, Any]] = {}
    splits = {}
    for split, own in content.items():
        pieces = [own[start : start + 3] for start in range(0, len(own), 3)]
        for number, piece in enumerate(pieces):
            name = f"data/{split}-{number:05d}-of-{len(pieces):05d}.parquet"
            (folder / "data").mkdir(parents=True, exist_ok=True)
            write_samples(folder / name, piece, rows_per_group=2)
            files[name] = {**_entry(folder / name), "rows": len(piece)}
        splits[str(split)] = {
            "rows": len(own),
            "photos": len({each.coco_image_id for each in own}),
            "identities": len({each.identity for each in own}),
            "shards": len(pieces),
        }
    for name in ("rejections.parquet", "private/identities.parquet"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"secret" if "private" in name else b"a table")
        files[name] = {**_entry(folder / name), "rows": 1}
    facts = {**manifest(recipe, **changes), "splits": splits, "files": files}
    (folder / "manifest.json").write_bytes(encode_manifest(facts))
    return folder


def _entry(path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    return {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
