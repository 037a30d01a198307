"""The last account: every photo, identity and pairing is in the dataset or among the rejections."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from cocopfs.engine.store import AccountError, Upstream
from cocopfs.publish.tombstones import NOBODY, Tombstones, removed_rows
from cocopfs.recipe import Recipe
from cocopfs.records import ItemKind, Pairing, Reason, Rejection, Verdict
from cocopfs.stages.counted import plural
from cocopfs.stages.enroll import gallery_index
from cocopfs.stages.pipeline import Materials
from cocopfs.stages.select import annotated_photos

_A_BUG = "this is a bug in cocopfs: please report it with this line"


def all_rejections(
    upstream: Upstream, recipe: Recipe, materials: Materials, tombstones: Tombstones
) -> list[Rejection]:
    """The rejections of all stages, and those who were taken out of the materials; sorted."""
    found = [row for stage in upstream.stages for row in upstream.rejections(stage)]
    found += _taken_out(recipe, materials, tombstones)
    return sorted(found, key=lambda r: (r.kind, r.item, r.stage, r.reason, r.detail))


def check_samples(
    upstream: Upstream, samples: Sequence[Verdict], rejections: Sequence[Rejection]
) -> None:
    """Raises AccountError unless every pairing is one sample or one rejection."""
    ids = [row.sample_id for row in samples]
    ids += [row.item for row in rejections if row.kind is ItemKind.SAMPLE]
    pairings = [row.sample_id for row in upstream.read("match", Pairing)]
    if sorted(ids) != sorted(pairings):
        counts = Counter(ids)
        counts.subtract(pairings)
        wrong = sorted(item for item, count in counts.items() if count)
        raise AccountError(
            f"of {len(pairings)} pairings {len(wrong)} are not just once in the dataset or among "
            f"the rejections ({', '.join(wrong[:3])})",
            hint=_A_BUG,
        )


def account(
    kind: ItemKind,
    stage: str,
    upstream: Upstream,
    kept: set[str],
    rejections: Sequence[Rejection],
) -> dict[str, int]:
    """How many photos or identities were read, kept and rejected. stage: the one that reads them.
    kept: the items in the dataset.

    Raises AccountError when one is in neither the dataset nor the rejections, or in both.
    """
    of_kind = [row for row in rejections if row.kind is kind]
    removed = sum(row.reason is Reason.REMOVED and row.stage == stage for row in of_kind)
    read = upstream.stages[stage].items + removed  # who left did so before the stage looked
    rejected = {row.item for row in of_kind}
    if kept & rejected or len(kept) + len(rejected) != read:
        raise AccountError(
            f"of {read} {plural(kind)} {len(kept)} are in the dataset and {len(rejected)} were "
            f"rejected, {len(kept & rejected)} of them both",
            hint=_A_BUG,
        )
    return {"read": read, "kept": len(kept), "rejected": len(rejected)}


def _taken_out(recipe: Recipe, materials: Materials, tombstones: Tombstones) -> list[Rejection]:
    if tombstones is NOBODY:
        return []
    photos = annotated_photos(materials.coco, recipe.select.subsets, materials.limit)
    gallery = gallery_index(materials.vggface2, recipe.enroll.portraits_per_identity)
    return removed_rows(
        (
            tombstones.mark("identity", row.class_id)
            for row in gallery.identities
            if tombstones.identity(row.class_id, row.name)
        ),
        (
            tombstones.mark("photo", photo.item)
            for photo in photos
            if tombstones.photo(photo.photo_id)
        ),
    )
