"""Is a download whole? Told by listing folders and reading the short annotation files: minutes
instead of the hours after which a build would notice."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from cocopfs.errors import UsageError
from cocopfs.sources.consent import Consent, needs_consent, read_consent
from cocopfs.sources.identity_list import parse_identity_list
from cocopfs.sources.origin import portraits_origin

# COCO 2017 and VGGFace2 as they were published.
_COCO = {"train2017": 118_287, "val2017": 5_000}
_VGGFACE2 = {"train": 8_631, "test": 500}
_LISTS = ("identity_meta.csv", "identities.csv")
_PICTURES = (".jpg", ".jpeg", ".png")
_NAMED = 3


@dataclass(frozen=True, slots=True)
class CocoSubset:
    """A folder of pictures against its annotations. `whole`: how many pictures COCO 2017 has there;
    null for a folder that it has not. `problem`: why nothing can be told."""

    name: str
    listed: int
    missing: int
    first_missing: tuple[str, ...]
    empty: int
    whole: int | None
    problem: str | None = None


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

    Memory: a captions file (92 MB for train2017) and its file names.
    """
    annotated = {
        path.stem.split("_", maxsplit=1)[1]
        for path in (root / "annotations").glob("*_*.json")
        if path.stem.startswith(("captions_", "instances_"))
    }
    known = {name for name in _COCO if (root / name).is_dir()}
    for name in sorted(annotated | known) or sorted(_COCO):
        yield _subset(root, name)


def look_at_gallery(root: Path) -> GalleryLook:
    """VGGFace2, or a gallery of one's own. Portraits are not counted: there are millions.

    Raises UsageError where there is no such folder, or its list or consent.csv is broken.
    """
    if not root.is_dir():
        raise UsageError(f"{root} is not a folder", expected="a folder of identities' folders")
    names = [name for name in _VGGFACE2 if (root / name).is_dir()] or [""]
    folders = {name: _folders(root / name) for name in names}
    class_ids = [class_id for found in folders.values() for class_id in found]
    list_name = next((name for name in _LISTS if (root / name).is_file()), None)
    listed: set[str] = set()
    if list_name is not None:
        listed = set(parse_identity_list((root / list_name).read_bytes(), str(root / list_name)))
    origin = portraits_origin(root, list_name, class_ids)
    vggface2 = list_name == _LISTS[0] and len(listed) == sum(_VGGFACE2.values())
    return GalleryLook(
        parts=tuple(
            GalleryPart(
                name,
                len(found),
                tuple(one for one in found if not _has_picture(root / name / one)),
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
    for kind in ("captions", "instances"):
        path = root / "annotations" / f"{kind}_{name}.json"
        if not path.is_file() or path.stat().st_size == 0:
            why = f"annotations/{path.name} is missing or empty"
            return CocoSubset(name, 0, 0, (), 0, whole, why)
    captions = root / "annotations" / f"captions_{name}.json"
    try:
        images = msgspec.json.decode(captions.read_bytes(), type=_Captions).images
    except (OSError, msgspec.MsgspecError) as error:
        why = f"annotations/{captions.name} cannot be read: {error}"
        return CocoSubset(name, 0, 0, (), 0, whole, why)
    sizes = _sizes(root / name)
    missing = sorted(image.file_name for image in images if image.file_name not in sizes)
    empty = sum(sizes.get(image.file_name) == 0 for image in images)
    return CocoSubset(name, len(images), len(missing), tuple(missing[:_NAMED]), empty, whole)


def _sizes(folder: Path) -> dict[str, int]:
    """The files of a folder with their sizes; none where there is no folder."""
    if not folder.is_dir():
        return {}
    with os.scandir(folder) as entries:
        return {entry.name: entry.stat().st_size for entry in entries if entry.is_file()}


def _folders(folder: Path) -> list[str]:
    with os.scandir(folder) as entries:
        names = (entry.name for entry in entries if entry.is_dir())
        return sorted(name for name in names if not name.startswith("."))


def _has_picture(folder: Path) -> bool:
    with os.scandir(folder) as entries:
        return any(entry.name.lower().endswith(_PICTURES) for entry in entries)
