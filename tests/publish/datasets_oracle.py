"""What `datasets` shows of a folder, eager and streaming, as JSON. Run on its own."""

from __future__ import annotations

import hashlib
import json
import sys
from typing import Any

import datasets


def told(row: dict[str, Any]) -> dict[str, Any]:
    picture = row["image"].convert("RGB")
    return {
        "sample_id": row["sample_id"],
        "size": picture.size,
        "pixels": hashlib.sha256(picture.tobytes()).hexdigest(),
        "captions": row["captions_in_place"],
        "embedding": len(row["reference_embedding"] or []),
    }


folder, cache = sys.argv[1:]
eager = datasets.load_dataset(folder, cache_dir=cache)
streaming = datasets.load_dataset(folder, streaming=True)
features = next(iter(eager.values())).features
sys.stdout.write(
    json.dumps(
        {
            "version": datasets.__version__,
            "image": type(features["image"]).__name__,
            "columns": list(features),
            "eager": {split: [told(row) for row in rows] for split, rows in eager.items()},
            "streaming": {split: [told(row) for row in rows] for split, rows in streaming.items()},
        }
    )
)
