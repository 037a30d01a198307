"""What a build tells before it begins: what it replaces, and what holds of its gallery."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cocopfs.publish.terms import terms_of
from cocopfs.publish.tombstones import Removals, Tombstones
from cocopfs.recipe import Recipe
from cocopfs.sources.consent import needs_consent, read_consent
from cocopfs.stages.counted import counted
from cocopfs.stages.enroll import gallery_index, gallery_origin
from cocopfs.stages.out_folder import read_manifest
from cocopfs.stages.pipeline import Materials, making_of
from cocopfs.stages.register import Register


def notes(recipe: Recipe, materials: Materials, out: Path, register: Register) -> Iterator[str]:
    """A sentence for each thing that whoever started the build should know."""
    yield from _of_before(recipe, out)
    yield from _of_gallery(recipe, materials, register.tombstones)
    yield from _of_removals(recipe, materials, register.removals)


def _of_before(recipe: Recipe, out: Path) -> Iterator[str]:
    """A build replaces what its folder holds: say so."""
    before = read_manifest(out)
    if before is None:
        return
    if before["recipe_digest"] != recipe.digest:
        yield f"note: the dataset in {out} was made with other settings and is replaced"
    elif not any((out / "work").glob("*/stage.json")):
        yield f"note: {out}/work is gone, so the dataset in {out} is made again"


def _of_gallery(recipe: Recipe, materials: Materials, tombstones: Tombstones) -> Iterator[str]:
    """Names end up in captions, so say where they come from when that is not plain."""
    gallery = gallery_index(materials.vggface2, recipe.enroll.portraits_per_identity)
    if gallery.list_file is None:
        yield "note: the gallery has no identity list: folder names become names, no genders"
    elif gallery.folders_not_listed:
        few = ", ".join(gallery.folders_not_listed[:3])
        yield (
            f"note: {len(gallery.folders_not_listed)} gallery folders are not in "
            f"{gallery.list_file[0]} ({few}): their folder names become names"
        )
    origin = gallery_origin(materials.vggface2, gallery)
    pack = materials.pack
    for term in terms_of(origin, pack.name, ((f.role, f.licence) for f in pack.files)):
        yield f"terms of {term.subject}: {term.text}"
    if needs_consent(origin):
        people = (
            row.class_id
            for row in gallery.identities
            if not tombstones.identity(row.class_id, row.name)
        )
        consent = read_consent(materials.vggface2, people)
        if consent.open:
            yield (
                f"note: the gallery's consent.csv has no line of "
                f"{counted(consent.open, 'identity')}: without it the dataset cannot be exported"
            )


def _of_removals(recipe: Recipe, materials: Materials, removals: Removals | None) -> Iterator[str]:
    """Whoever reads the rows afterwards should not wonder why so many changed."""
    standing = removals.standing if removals else None
    needed = recipe.judge.min_identities
    if standing is not None and not standing.holds_for(making_of(recipe, materials), needed):
        yield (
            "note: somebody was taken out of this dataset when its settings were others: "
            "everybody is matched anew, without those who left"
        )
