"""Exports in a test."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from cocopfs.engine.progress import LineProgress
from cocopfs.publish.dataset import open_published
from cocopfs.publish.exports.export import Exported, Plan, export
from cocopfs.publish.exports.features import Features, ReferenceFeatures
from cocopfs.publish.exports.view import Enrolled, View
from cocopfs.publish.layout import FeatureKind, Format


def make(
    dataset: Path,
    layout: Format,
    target: Path,
    *,
    rows_per_tar: int = 1000,
    enrolled: dict[str, Enrolled] | None = None,
    real_ids: bool = False,
) -> Exported:
    view = View(open_published(dataset), enrolled, real_ids)
    features: tuple[FeatureKind, Features] | None = None
    if layout == "idclip":
        features = "reference", ReferenceFeatures(view)
    return export(Plan(view, layout, rows_per_tar, features), target, silent())


def silent() -> LineProgress:
    return LineProgress(Console(quiet=True))


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
