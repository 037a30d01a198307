"""Is a download whole? Told by listing folders and reading the short annotation files: minutes
instead of the hours after which a build would notice."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from cocopfs.errors import UsageError
from cocopfs.sources.consent import Consent, needs_consent, read_consent
from cocopfs.sources.identity_list import parse_identity_list
from cocopfs.sources.origin import portraits_origin
from cocopfs.sources.paths import UnsafePathError, inside
from cocopfs.sources.vggface2 import read_gallery

# COCO 2017 and VGGFace2 as they were published.
_COCO = {"train2017": 118_287, "val2017": 5_000}
_VGGFACE2 = {"train": 8_631, "test": 500}
_LIST = "identity_meta.csv"
_NAMED = 3
_ANNOTATIONS = "get annotations_trainval2017.zip from https://cocodataset.org/#download"
_BRING_INSIDE = "move or mount the files there; symlinks are followed inside that folder only"


@dataclass(frozen=True, slots=True)
class CocoSubset:
    """A folder of pictures against its annotations. `whole`: how many pictures COCO 2017 has there;
    null for a folder that it has not. `outside`: pictures that are symlinks out of COCO's folder,
    which a build refuses. `problem`: why nothing can be told, with its `remedy`."""

    name: str
    listed: int
    missing: int
    first_missing: tuple[str, ...]
    empty: int
    whole: int | None
    outside: int = 0
    problem: str | None = None
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class GalleryPart:
    """Folders of portraits: below train/, below test/, or the root's own (name ""). `empty`: those
    without a picture."""

    name: str
    folders: int
    empty: tuple[str, ...]
    whole: int | None


@dataclass(frozen=True, slots=True)
class GalleryLook:
    parts: tuple[GalleryPart, ...]
    list_name: str | None
    listed: int
    without_folder: int
    is_vggface2: bool
    consent: Consent | None  # null where none is needed


class _Image(msgspec.Struct):
    file_name: str


class _Captions(msgspec.Struct):
    images: list[_Image]


def look_at_coco(root: Path) -> Iterator[CocoSubset]:
    """Every subset that has annotations or is one of COCO 2017's two.

    Memory: a captions file (92 MB for train2017) and its file names. Raises UsageError where there
    is no such folder.
    """
    if not root.is_dir():
        raise UsageError(f"{root} is not a folder", expected="the folder that holds annotations/")
    annotated = {
        path.stem.split("_", maxsplit=1)[1]
        for path in (root / "annotations").glob("*_*.json")
        if path.stem.startswith(("captions_", "instances_"))
    }
    known = {name for name in _COCO if (root / name).is_dir()}
    for name in sorted(annotated | known) or sorted(_COCO):
        yield _subset(root, name)


def look_at_gallery(root: Path) -> GalleryLook:
    """VGGFace2, or a gallery of one's own. Portraits are listed, as a build does, but not opened.

    Raises UsageError where there is no such folder, for what `read_gallery` refuses, and where
    consent.csv is broken.
    """
    if not root.is_dir():
        raise UsageError(f"{root} is not a folder", expected="a folder of identities' folders")
    gallery = read_gallery(root, 1)
    names = [name for name in _VGGFACE2 if (root / name).is_dir()] or [""]
    folders = {name: _folders(root / name) for name in names}
    class_ids = [identity.class_id for identity in gallery.identities]
    empty = {identity.class_id for identity in gallery.identities if not identity.portraits}
    list_name = gallery.list_file[0] if gallery.list_file else None
    listed: set[str] = set()
    if list_name is not None:
        listed = set(parse_identity_list((root / list_name).read_bytes(), str(root / list_name)))
    origin = portraits_origin(root, list_name, class_ids)
    vggface2 = list_name == _LIST and len(listed) == sum(_VGGFACE2.values())
    return GalleryLook(
        parts=tuple(
            GalleryPart(
                name,
                len(found),
                tuple(one for one in found if unicodedata.normalize("NFC", one) in empty),
                _VGGFACE2.get(name),
            )
            for name, found in folders.items()
        ),
        list_name=list_name,
        listed=len(listed),
        without_folder=len(listed - set(class_ids)),
        is_vggface2=vggface2,
        consent=read_consent(root, class_ids) if needs_consent(origin) else None,
    )


def _subset(root: Path, name: str) -> CocoSubset:
    whole = _COCO.get(name)

    def nothing(problem: str, remedy: str) -> CocoSubset:
        return CocoSubset(name, 0, 0, (), 0, whole, problem=problem, remedy=remedy)

    files = [f"annotations/{kind}_{name}.json" for kind in ("instances", "captions")]
    for relative in (name, *files):
        try:
            path = inside(root, relative)
        except UnsafePathError as error:
            return nothing(f"{relative} is {error}", _BRING_INSIDE)
        if relative != name and (not path.is_file() or path.stat().st_size == 0):
            return nothing(f"{relative} is missing or empty", _ANNOTATIONS)
    try:
        images = msgspec.json.decode((root / files[-1]).read_bytes(), type=_Captions).images
    except (OSError, msgspec.MsgspecError) as error:
        return nothing(f"{files[-1]} cannot be read: {error}", _ANNOTATIONS)
    sizes = _sizes(root, name)
    wanted = [image.file_name for image in images]
    missing = sorted(file for file in wanted if file not in sizes)
    return CocoSubset(
        name,
        listed=len(wanted),
        missing=len(missing),
        first_missing=tuple(missing[:_NAMED]),
        empty=sum(sizes.get(file) == 0 for file in wanted),
        whole=whole,
        outside=sum(file in sizes and sizes[file] is None for file in wanted),
    )


def _sizes(root: Path, folder: str) -> dict[str, int | None]:
    """The files of a folder with their sizes, null for a symlink that leads out of root; none where
    there is no folder."""
    if not (root / folder).is_dir():
        return {}
    with os.scandir(root / folder) as entries:
        return {
            entry.name: entry.stat().st_size if _stays_inside(root, folder, entry) else None
            for entry in entries
            if entry.is_file()
        }


def _stays_inside(root: Path, folder: str, entry: os.DirEntry[str]) -> bool:
    if not entry.is_symlink():
        return True
    try:
        inside(root, f"{folder}/{entry.name}")
    except UnsafePathError:
        return False
    return True


def _folders(folder: Path) -> list[str]:
    with os.scandir(folder) as entries:
        names = (entry.name for entry in entries if entry.is_dir())
        return sorted(name for name in names if not name.startswith("."))
