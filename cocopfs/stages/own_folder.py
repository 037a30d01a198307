"""Holding the folder that a build makes, and preparing it: what must be refused is refused here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

import msgspec

from cocopfs.captions.template import load_template
from cocopfs.engine.commit import commit_bytes
from cocopfs.engine.lock import one_at_a_time, only_build, only_slice
from cocopfs.engine.slices import Slice
from cocopfs.errors import UsageError
from cocopfs.recipe import Recipe
from cocopfs.stages.counted import counted
from cocopfs.stages.enroll import gallery_index
from cocopfs.stages.naming import keep_key
from cocopfs.stages.out_folder import BEGUN, make_writable, read_manifest, refuse_foreign, sweep
from cocopfs.stages.pipeline import Materials
from cocopfs.stages.select import index


class _Begun(msgspec.Struct, frozen=True):
    """What a build set out to make."""

    limit: int | None
    names: str


@contextmanager
def own_folder(
    recipe: Recipe,
    materials: Materials,
    out: Path,
    key_file: Path | None,
    part: Slice | None = None,
) -> Iterator[None]:
    """Make sure that the folder is ours to write into, and alone, or shared with other slices; the
    key of the pseudonyms is kept in it. What would be refused anyhow is refused before the folder
    is touched.

    Raises UsageError where it is not ours, is held by others, or holds what must not be replaced.
    """
    refuse_foreign(out)
    load_template(recipe.caption.template)
    if materials.supply is None:
        read_materials(recipe, materials)
    make_writable(out)
    work = out / "work"
    with only_build(work) if part is None else only_slice(work, part):
        if part is None:
            sweep(out)
        with in_turn(out, part, "begin"):
            _prepare(recipe, materials.limit, out, key_file)
        yield


def read_materials(recipe: Recipe, materials: Materials) -> None:
    """Raises UsageError where they cannot be read; they are not read again."""
    index(materials.coco, recipe.select.subsets)
    gallery_index(materials.vggface2, recipe.enroll.portraits_per_identity)


def in_turn(out: Path, part: Slice | None, what: str) -> AbstractContextManager[None]:
    """What slices do one after another; a whole build is alone."""
    return nullcontext() if part is None else one_at_a_time(out / "work", what)


def _prepare(recipe: Recipe, limit: int | None, out: Path, key_file: Path | None) -> None:
    before, begun = _read_begun(out), _Begun(limit, recipe.caption.names)
    _refuse_to_shrink(out, before, limit)
    if begun.names == "pseudonym":
        had_pseudonyms = before is not None and before.names == "pseudonym"
        keep_key(out, key_file, has_pseudonyms=had_pseudonyms)
    elif key_file is not None:
        raise UsageError(
            f"--key {key_file} has no use: the recipe gives real names",
            hint="--set caption.names=pseudonym",
        )
    if not (out / BEGUN).is_file() or before != begun:
        commit_bytes(out / BEGUN, msgspec.json.encode(begun) + b"\n")


def _refuse_to_shrink(out: Path, before: _Begun | None, limit: int | None) -> None:
    """A --limit given by a slip must not replace a larger build, finished or not."""
    if before is None or limit is None:
        return
    if before.limit is None or limit < before.limit:
        held = "all photos" if before.limit is None else counted(before.limit, "photo")
        raise UsageError(
            f"{out} holds a build of {held}; --limit {limit} would replace it by a part",
            hint="name another folder with --out",
        )


def _read_begun(out: Path) -> _Begun | None:
    """What the folder's last build set out to make; null in a new folder."""
    try:
        return msgspec.json.decode((out / BEGUN).read_bytes(), type=_Begun)
    except (FileNotFoundError, ValueError):
        manifest = read_manifest(out)
    if manifest is None:
        return None
    names = manifest["recipe"].get("caption", {}).get("names", "real")
    return _Begun(manifest["sources"]["coco"]["limit"], names)
