"""The audit for machines: `audit.json` with what was gathered, `audit.parquet` with all samples."""

from __future__ import annotations

import math
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from cocopfs.audit.examine import Audit
from cocopfs.audit.opinion import Opinion
from cocopfs.engine.commit import commit
from cocopfs.publish.dataset import rows_digest

_COLUMNS = (
    "sample_id",
    "split",
    "coco_image_id",
    "identity",
    "gender",
    "ethnicity",
    "original_gender",
    "original_ethnicity",
    "match_rule",
    "source_portrait",
)


def audit_json(audit: Audit) -> bytes:
    """Sorted, indented JSON, without times, host or absolute paths. What is unknown is null."""
    facts = {
        "dataset": {
            "manifest": audit.dataset.digest,
            "rows": rows_digest(audit.dataset.manifest.files),
            "recipe": audit.dataset.manifest.recipe_digest,
            "pack": audit.dataset.manifest.pack.digest,
            "cocopfs": audit.dataset.manifest.cocopfs,
        },
        "samples": len(audit.samples),
        "damaged": audit.damages,
        "left_out": audit.left_out,
        "checks": audit.checks,
        "figures": audit.figures,
        "thresholds": audit.driver.thresholds,
        "verified": audit.verified,
        "still_original": audit.still_original,
        "tried": None if audit.tried is None else len(audit.tried.samples),
        "failures": audit.failures,
        "refusals": audit.refusals,
        "strata": audit.strata,
        "judge": _judge(audit),
        "photos": audit.photos,
        "swaps": audit.swaps,
        "groups": audit.groups,
        "identities": audit.usage,
        "licences": [
            {"name": name, "url": url, "photos": count}
            for (name, url), count in audit.licences.items()
        ],
        "ratings": audit.ratings,
    }
    data = msgspec.json.encode(_plain(facts), order="deterministic")
    return msgspec.json.format(data, indent=2) + b"\n"


def write_audit_table(path: Path, audit: Audit) -> None:
    """One row a sample, in the dataset's order: what it is and all its figures, the judge's too."""
    table = audit.samples.table
    names = [name for name in (*_COLUMNS, *audit.samples.figures) if name in table.column_names]
    table = table.select(names)
    if audit.judgement is not None:
        for name, values in audit.judgement.columns.items():
            table = table.append_column(name, pa.array(values, from_pandas=True))

    def write(file: BinaryIO) -> None:
        pq.write_table(table, file, compression="zstd")

    def check(written: Path) -> None:
        if pq.read_metadata(written).num_rows != table.num_rows:
            raise OSError(f"{path.name} reads back with another number of rows")

    commit(path, write, check)


def _judge(audit: Audit) -> dict[str, Any] | None:
    if audit.judgement is None or audit.judge is None:
        return None
    opinion: Opinion = audit.judge
    return {
        "file": audit.judgement.name,
        "sha256": audit.judgement.sha256,
        "independent": audit.judgement.independent,
        "thresholds": opinion.thresholds,
        "verified": audit.judge_figures.get("judge_verified"),
        "still_original": audit.judge_figures.get("judge_still_original"),
        "figures": audit.judge_figures,
    }


def _plain(value: Any) -> Any:
    """JSON has no NaN."""
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
