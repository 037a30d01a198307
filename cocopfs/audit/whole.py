"""`cocopfs audit`: the report of a whole dataset, or a page for people to rate its swaps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cocopfs.audit.account import BROKEN
from cocopfs.audit.dataset import Dataset, open_dataset
from cocopfs.audit.examine import Audit, examine
from cocopfs.audit.judge import open_judge
from cocopfs.audit.machine import audit_json, write_audit_table
from cocopfs.audit.materials import Materials, find_materials, read_gallery
from cocopfs.audit.rate import RatingPage, write_rating_page
from cocopfs.audit.rating_files import read_ratings
from cocopfs.audit.rejected import choose_rejected
from cocopfs.audit.report import render_report
from cocopfs.audit.samples import pictures, read_samples
from cocopfs.audit.sheets import Sheet, choose, make_sheets, rows_of
from cocopfs.engine.commit import commit_bytes, sweep_partials
from cocopfs.engine.progress import Progress
from cocopfs.errors import IncompleteError, UsageError
from cocopfs.faces.session import Device

REPORT = "audit/report.html"
_CARDS = 8  # of a sheet


def audit_dataset(
    out: Path,
    coco: Path | None,
    gallery: Path | None,
    judge: Path | None,
    device: Device,
    ratings: Sequence[Path],
    progress: Progress,
) -> Audit:
    """Read the whole dataset and write OUT/audit: `audit.parquet`, `audit.json`, `report.html`.

    coco, gallery: null for where the build found them. judge: an independent recogniser's file.
    ratings: what the rating page saved. The same bytes for the same dataset, materials and options.
    Nothing but OUT/audit is written. Damaged files are named in what is returned, not raised; see
    `require_whole`.
    Raises UsageError for bad input, before anything is read at length, and IncompleteError when a
    build replaces the dataset meanwhile.
    """
    dataset = open_dataset(out)
    materials = find_materials(out, coco, gallery)
    opened = open_judge(judge, dataset, device) if judge is not None else None
    marks = read_ratings(ratings, dataset) if ratings else None
    found = examine(dataset, materials, opened, marks, progress)
    page = render_report(found, _sheets(found, materials), _rejected_sheets(found, materials))
    _require_unchanged(dataset)
    sweep_partials(out / "audit")
    write_audit_table(out / "audit" / "audit.parquet", found)
    commit_bytes(out / "audit" / "audit.json", audit_json(found))
    commit_bytes(out / REPORT, page.encode())
    return found


def _sheets(audit: Audit, materials: Materials) -> list[Sheet]:
    choices = choose(audit.samples, _CARDS)
    jpegs = pictures(audit.dataset, audit.samples, rows_of(choices))
    return make_sheets(audit.samples, choices, jpegs, audit.gallery, materials)


def _rejected_sheets(audit: Audit, materials: Materials) -> list[Sheet] | None:
    """None where `work/` does not hold what was rejected."""
    if audit.tried is None:
        return None
    choices = choose_rejected(audit.tried)
    jpegs = audit.tried.pictures(rows_of(choices))
    try:
        return make_sheets(audit.tried.samples, choices, jpegs, audit.gallery, materials)
    except BROKEN:
        return None


def rating_page(
    out: Path, coco: Path | None, gallery: Path | None, count: int, seed: int, progress: Progress
) -> RatingPage:
    """Write OUT/audit/rate.html with `count` swaps and as many originals, and its private key."""
    dataset = open_dataset(out)
    materials = find_materials(out, coco, gallery)
    samples, damages = read_samples(dataset, progress)
    if damages:
        raise IncompleteError(
            f"{out} is damaged: {damages[0].name} {damages[0].why}",
            hint=f"cocopfs audit {out} names all damage; build the dataset again",
        )
    try:
        enrolled = read_gallery(dataset)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{out} cannot be rated: {error}",
            expected="private/identities.parquet, which tells the portraits",
            hint="build the dataset again",
        ) from error
    return write_rating_page(dataset, samples, enrolled, materials, count, seed)


def require_whole(audit: Audit) -> None:
    """Raises IncompleteError (exit code 4) that names the damaged files."""
    if audit.damages:
        named = "; ".join(f"{damage.name} {damage.why}" for damage in audit.damages)
        raise IncompleteError(
            f"damaged, and left out of the audit: {named}",
            hint="build the dataset again: what is whole is kept",
        )


def _require_unchanged(dataset: Dataset) -> None:
    try:
        digest = open_dataset(dataset.root).digest
    except UsageError:
        digest = ""
    if digest != dataset.digest:
        raise IncompleteError(
            f"{dataset.root} changed while it was audited: a build replaced it",
            hint="wait for the build, then give the same command again",
        )
