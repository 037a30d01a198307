"""`cocopfs export`: a dataset in another format, as a folder that is whole or not there."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

import cocopfs
from cocopfs.engine.commit import commit_bytes, file_digest
from cocopfs.engine.progress import Progress
from cocopfs.publish.audit_summary import AUDIT, AuditSummary, read_audit
from cocopfs.publish.card import render_card
from cocopfs.publish.dataset import rows_digest
from cocopfs.publish.exports.coco import write_coco
from cocopfs.publish.exports.features import Features
from cocopfs.publish.exports.idclip import write_idclip
from cocopfs.publish.exports.output import (
    EXPORT,
    SUMS,
    Output,
    new_folder,
    read_export,
    refuse_foreign,
)
from cocopfs.publish.exports.parquet import write_parquet
from cocopfs.publish.exports.view import View
from cocopfs.publish.exports.webdataset import write_webdataset
from cocopfs.publish.layout import FeatureKind, Format, Layout
from cocopfs.publish.licences import render_licences
from cocopfs.publish.tombstones import CHANGELOG, changelog


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be made. `rows_per_tar` counts for webdataset, `features` for idclip."""

    view: View
    format: Format
    rows_per_tar: int = 1000
    features: tuple[FeatureKind, Features] | None = None

    @property
    def layout(self) -> Layout:
        """As its card tells it."""
        return Layout(
            self.format,
            exported=True,
            rows_per_tar=self.rows_per_tar if self.format == "webdataset" else None,
            features=self.features[0] if self.features is not None else None,
        )


@dataclass(frozen=True, slots=True)
class Exported:
    """`worked`: False where the folder held just this already. `size` in bytes."""

    folder: Path
    rows: int
    files: int
    size: int
    worked: bool
    warning: str | None


def export(plan: Plan, target: Path, progress: Progress) -> Exported:
    """Make the folder `target`: the format's files, the card, the licences, SHA256SUMS and
    `export.json`, which names the dataset and the options.

    The same bytes for the same dataset, audit and options. Rows come a row group at a time.
    Raises UsageError where target holds other things, where the dataset is damaged, and for what
    the format cannot hold; OutputError where the disk is full.
    """
    view = plan.view
    refuse_foreign(target)
    # The digest first: a card of a newer audit than the request names is only made once more.
    audited = _audit_digest(plan.view.dataset.root)
    audit = read_audit(plan.view.dataset)
    told = _request(plan, audited if audit is not None else None)
    before = read_export(target)
    if before is not None and {key: before.get(key) for key in told} == told:
        return _report(plan, target, before, worked=False)
    with new_folder(target) as folder:
        with closing(Output(folder)) as out:
            progress.start("export", view.dataset.rows)
            _writer(plan)(out, partial(progress.advance, 1, 0))
            progress.finish()
            _write_cards(plan, audit, out)
        sums, _ = file_digest(folder / SUMS)
        told = {**told, "files": out.files, "bytes": out.size, "sums": sums}
        data = msgspec.json.encode(told, order="deterministic")
        commit_bytes(folder / EXPORT, msgspec.json.format(data, indent=2) + b"\n")
    return _report(plan, target, told, worked=True)


def _writer(plan: Plan) -> Callable[[Output, Callable[[], None]], None]:
    match plan.format:
        case "parquet":
            return partial(write_parquet, plan.view)
        case "webdataset":
            view, rows = plan.view, plan.rows_per_tar
            return lambda out, done: write_webdataset(view, out, rows, done)
        case "coco":
            return partial(write_coco, plan.view)
        case "idclip":
            assert plan.features is not None
            return partial(write_idclip, plan.view, plan.features[1])


def _write_cards(plan: Plan, audit: AuditSummary | None, out: Output) -> None:
    facts = plan.view.facts
    out.write("README.md", render_card(facts, audit, plan.layout).encode())
    out.write("LICENSES.md", render_licences(facts).encode())
    if facts["changes"] and plan.format != "parquet":  # which has it from the dataset
        out.write(CHANGELOG, changelog(facts["changes"]).encode())


def _audit_digest(root: Path) -> str | None:
    try:
        return file_digest(root / AUDIT)[0]
    except OSError:
        return None


def _request(plan: Plan, audit: str | None) -> dict[str, Any]:
    """What the bytes depend on. audit: the sha256 of the audit that the card tells of."""
    view, dataset = plan.view, plan.view.dataset
    return {
        "cocopfs": cocopfs.__version__,
        "format": plan.format,
        "dataset": {
            "manifest": dataset.digest,
            "rows": rows_digest(dataset.files),
            "recipe": dataset.facts["recipe_digest"],
            "version": dataset.facts["dataset_version"],
            "audit": audit,
        },
        "splits": {split: dataset.facts["splits"][split]["rows"] for split in dataset.splits},
        "options": {
            "real_ids": view.real_ids,
            "rows_per_tar": plan.layout.rows_per_tar,
            "features": plan.layout.features,
            "redistributable": "redistributable" in dataset.facts,
        },
        "warning": plan.layout.warning,
    }


def _report(plan: Plan, target: Path, told: dict[str, Any], *, worked: bool) -> Exported:
    files, size = told.get("files", 0), told.get("bytes", 0)
    rows = plan.view.dataset.rows
    return Exported(target, rows, files, size, worked, plan.layout.warning)
