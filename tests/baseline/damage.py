"""Datasets damaged on purpose, with a manifest that hides it: only what they hold can tell."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

_OF_THE_IDENTITY = (
    "identity",
    "name",
    "gender",
    "ethnicity",
    "reference_portrait",
    "source_portrait",
    "captions_in_place",
    "captions_in_parentheses",
)


def rewrite(out: Path, change: Callable[[pa.Table], pa.Table]) -> None:
    """Every file of rows changed, and its new hash in the manifest."""
    manifest = json.loads((out / "manifest.json").read_bytes())
    for path in sorted((out / "data").glob("*.parquet")):
        table = change(pq.read_table(path))
        path.unlink()  # a hard link: work/ keeps its own
        pq.write_table(table, path)
        data = path.read_bytes()
        manifest["files"][f"data/{path.name}"] = {
            "sha256": hashlib.sha256(data).hexdigest(),
            "bytes": len(data),
            "rows": table.num_rows,
        }
    (out / "manifest.json").write_text(json.dumps(manifest))


def shuffle_identities(table: pa.Table) -> pa.Table:
    """Rows keep their pictures, and say that these show somebody else of the split."""
    order = pa.array(np.random.default_rng(0).permutation(table.num_rows))
    for name in _OF_THE_IDENTITY:
        place = table.schema.get_field_index(name)
        table = table.set_column(place, table.schema.field(name), table[name].take(order))
    return table


def mix_splits(table: pa.Table) -> pa.Table:
    """Every tenth row of a split says that it belongs to another."""
    found = table["split"].to_pylist()
    others = {"train": "test", "test": "train", "validation": "train"}
    mixed = [others[s] if n % 10 == 3 else s for n, s in enumerate(found)]
    place = table.schema.get_field_index("split")
    return table.set_column(place, table.schema.field("split"), pa.array(mixed, pa.string()))


def partly(
    change: Callable[[pa.Table], pa.Table], share: float, split: str
) -> Callable[[pa.Table], pa.Table]:
    """A change of the pictures of a share of one split's rows, drawn at random."""

    def damage(table: pa.Table) -> pa.Table:
        if table["split"][0].as_py() != split:
            return table
        drawn = np.random.default_rng(1).random(table.num_rows) < share
        before, after = (one["image"].to_pylist() for one in (table, change(table)))
        pictures = [b if d else a for d, a, b in zip(drawn, before, after, strict=True)]
        place = table.schema.get_field_index("image")
        field = table.schema.field("image")
        return table.set_column(place, field, pa.array(pictures, field.type))

    return damage


def unswap(coco: Path) -> Callable[[pa.Table], pa.Table]:
    """Every picture is a copy of its original photograph."""

    def change(table: pa.Table) -> pa.Table:
        pictures = [
            {"bytes": (coco / name).read_bytes(), "path": f"{sample}.jpg"}
            for name, sample in zip(
                table["file_name"].to_pylist(), table["sample_id"].to_pylist(), strict=True
            )
        ]
        place = table.schema.get_field_index("image")
        field = table.schema.field("image")
        return table.set_column(place, field, pa.array(pictures, field.type))

    return change
