"""export: a dataset in another format."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cocopfs.commands.options import DatasetFolder, DeviceName, PackFolder, log, out_console
from cocopfs.engine.progress import progress_for
from cocopfs.errors import IncompleteError, UsageError
from cocopfs.faces.session import Device
from cocopfs.publish.dataset import Published, open_published
from cocopfs.publish.exports.export import Plan
from cocopfs.publish.exports.export import export as write_export
from cocopfs.publish.exports.features import (
    Features,
    ReferenceFeatures,
    SwappedFeatures,
    open_recogniser,
)
from cocopfs.publish.exports.view import View
from cocopfs.publish.layout import FeatureKind, Format
from cocopfs.publish.redistribution import left_out, redistributable_part
from cocopfs.publish.terms import require_handing_on
from cocopfs.removal.remove import is_unfinished
from cocopfs.stages.reveal import read_enrolled
from cocopfs.supplies import pack_of
from cocopfs.terminal.export import export_summary


def export(
    dataset: DatasetFolder,
    layout: Annotated[Format, typer.Option("--format", help="whose format")],
    out: Annotated[Path, typer.Option("--out", help="the folder to make")],
    rows_per_tar: Annotated[
        int | None, typer.Option(min=1, help="webdataset: samples a tar file; default: 1000")
    ] = None,
    features: Annotated[
        FeatureKind | None,
        typer.Option(
            help="idclip: faces of the queries: the reference portraits (default), or the swapped "
            "pictures as in the paper, which leaks the answer into the query"
        ),
    ] = None,
    real_ids: Annotated[
        bool, typer.Option("--real-ids", help="undo the pseudonyms, with the key in private/")
    ] = False,
    redistributable: Annotated[
        bool,
        typer.Option(
            "--redistributable", help="leave NoDerivs, NonCommercial and unknown licences out"
        ),
    ] = False,
    pack: PackFolder = None,
    device: DeviceName = "auto",
) -> None:
    """The dataset as Parquet to upload, as WebDataset, as COCO, or as the reference reads it."""
    if rows_per_tar is not None and layout != "webdataset":
        raise UsageError("--rows-per-tar goes with --format webdataset", hint="leave it out")
    if features is not None and layout != "idclip":
        raise UsageError("--features goes with --format idclip", hint="leave it out")
    if is_unfinished(dataset):
        raise IncompleteError(
            f"somebody is being taken out of {dataset}, and that has not ended",
            hint=f"cocopfs remove {dataset} ends it",
        )
    published = open_published(dataset)
    require_handing_on(dataset, published.facts)
    if redistributable:
        published = redistributable_part(published)
    hidden = published.pseudonymous
    needed = (real_ids and hidden) or (layout == "idclip" and features != "swapped")
    enrolled = read_enrolled(dataset, pseudonymous=hidden) if needed else None
    view = View(published, enrolled, real_ids)
    chosen = None
    if layout == "idclip":
        kind = features or "reference"
        chosen = kind, _features(kind, view, published, pack, device)
    plan = Plan(view, layout, rows_per_tar or 1000, chosen)
    done = write_export(plan, out, progress_for(log))
    for line in export_summary(done, left_out(published.facts)):
        out_console.print(line, soft_wrap=True, highlight=False)


def _features(
    kind: FeatureKind, view: View, published: Published, pack: Path | None, device: Device
) -> Features:
    if kind == "reference":
        return ReferenceFeatures(view)
    return SwappedFeatures(open_recogniser(published, pack_of(published.root, pack), device))
