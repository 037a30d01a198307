"""What `mlcroissant` finds wrong with a file, and reads by it, as JSON. Run on its own."""

from __future__ import annotations

import hashlib
import json
import sys
from typing import Any

import mlcroissant


def text(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode()
    return [text(each) for each in value] if isinstance(value, list) else value


dataset = mlcroissant.Dataset(jsonld=sys.argv[1])
metadata = dataset.metadata
records = [
    {
        "sample_id": text(row["samples/sample_id"]),
        "captions": text(row["samples/captions_in_place"]),
        "width": row["samples/width"],
        "pixels": hashlib.sha256(row["samples/image"].convert("RGB").tobytes()).hexdigest(),
    }
    for row in dataset.records("samples")
]
sys.stdout.write(
    json.dumps(
        {
            "errors": sorted(metadata.ctx.issues.errors),
            "warnings": sorted(metadata.ctx.issues.warnings),
            "name": metadata.name,
            "biases": metadata.data_biases,
            "limitations": metadata.data_limitations,
            "personal": metadata.personal_sensitive_information,
            "use_cases": metadata.data_use_cases,
            "collection": metadata.data_collection,
            "maintenance": metadata.data_release_maintenance_plan,
            "files": {each.id: getattr(each, "sha256", None) for each in metadata.distribution},
            "records": records,
        }
    )
)
