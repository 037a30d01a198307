"""An identity gallery: folders of portraits, and the list that names the identities."""

from __future__ import annotations

import hashlib
import heapq
import os
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from cocopfs.errors import UsageError
from cocopfs.records import GalleryIdentity
from cocopfs.sources.identity_list import ListedIdentity, parse_identity_list
from cocopfs.sources.paths import UnsafePathError, inside

_PARTS = ("train", "test")
_LISTS = ("identity_meta.csv", "identities.csv")
_PICTURES = (".jpg", ".jpeg", ".png")
_LAYOUT = (
    "train/ID/*.jpg and test/ID/*.jpg beside identity_meta.csv, as VGGFace2 has them, or ID/*.jpg "
    "(or .jpeg, .png) beside identities.csv with the columns id, name and gender"
)


@dataclass(frozen=True, slots=True)
class Gallery:
    """`identities` by class id: one for every folder, also for one without a portrait."""

    identities: tuple[GalleryIdentity, ...]
    list_file: tuple[str, str] | None  # its name in root and its sha256
    listed_without_folder: int
    folders_not_listed: tuple[str, ...]  # sorted class ids; empty where there is no list


def read_gallery(root: Path, portraits_per_identity: int) -> Gallery:
    """The identities of VGGFace2, or of any folder of folders.

    Where root has train/ or test/, identities are looked for in these, else in root itself. Hidden
    files and folders do not count. Of each folder at most `portraits_per_identity` portraits are
    taken, those whose sha256 of "class id/file name" is smallest, so that new files displace few.
    Folders that the list leaves out are called by their class id and have no gender.
    Raises UsageError: no portrait at all, an identity in both train/ and test/, a name that is not
    printable or has a backslash in it, a symlinked folder outside root, a broken list.
    """
    try:
        folders = _identity_folders(root)
        listed, list_file = _read_list(root)
        identities = tuple(
            GalleryIdentity(
                class_id=class_id,
                name=listed[class_id].name if class_id in listed else class_id,
                gender=listed[class_id].gender if class_id in listed else None,
                portraits=_portraits(root, folder, class_id, portraits_per_identity),
            )
            for class_id, folder in sorted(folders.items())
        )
    except OSError as error:
        raise UsageError(f"{root} cannot be read: {error}", expected=_LAYOUT) from error
    if not any(identity.portraits for identity in identities):
        raise UsageError(
            f"{root} has no portraits: looked in {_found(folders.values())}",
            expected=_LAYOUT,
            hint="give the folder that holds train/, or the identities' folders, with --vggface2",
        )
    return Gallery(
        identities=identities,
        list_file=list_file,
        listed_without_folder=len(listed.keys() - folders.keys()),
        folders_not_listed=tuple(sorted(folders.keys() - listed.keys())) if list_file else (),
    )


def listed_names(root: Path) -> set[str]:
    """All names in a gallery: those of its identity list, also of identities without a folder, and
    those of its folders, which are names where no list tells others."""
    listed, _ = _read_list(root)
    names = {identity.name for identity in listed.values()}
    return names | {folder.replace("_", " ") for folder in _identity_folders(root)}


def _identity_folders(root: Path) -> dict[str, str]:
    """The folder of each class id, relative to root."""
    folders: dict[str, str] = {}
    parts = [part for part in _PARTS if (root / part).is_dir()]
    for part in parts or [""]:
        if part:
            _check_stays_inside(root, part)
        for name, entry in _entries(root, part).items():
            folder = f"{part}/{name}" if part else name
            if entry.is_symlink():
                _check_stays_inside(root, folder)
            if not entry.is_dir():
                continue
            _check_name(root, part, name)
            class_id = unicodedata.normalize("NFC", name)
            if class_id in folders:
                raise UsageError(
                    f"{root} has identity {class_id} twice: {folders[class_id]} and {folder}",
                    expected="one folder for each identity",
                )
            folders[class_id] = folder
    return folders


def _portraits(root: Path, folder: str, class_id: str, count: int) -> tuple[str, ...]:
    # A portrait is known by its name without the extension, so of two that share it one is taken.
    by_stem = {}
    for name, entry in sorted(_entries(root, folder).items()):
        if name.lower().endswith(_PICTURES) and not entry.is_dir(follow_symlinks=False):
            _check_name(root, folder, name)
            by_stem[name.rpartition(".")[0]] = name

    def order(name: str) -> bytes:
        return hashlib.sha256(f"{class_id}/{name}".encode()).digest()

    chosen = heapq.nsmallest(count, by_stem.values(), key=order)
    return tuple(sorted(f"{folder}/{name}" for name in chosen))


def _entries(root: Path, folder: str) -> dict[str, os.DirEntry[str]]:
    """What a folder holds by name, without what is hidden."""
    with os.scandir(root / folder) as entries:
        return {entry.name: entry for entry in entries if not entry.name.startswith(".")}


def _check_name(root: Path, folder: str, name: str) -> None:
    if not name.isprintable() or "\\" in name or name != name.strip():
        raise UsageError(
            f"{root / folder} holds {name!r}",
            expected="names of printable characters without a backslash and without blanks at "
            "either end: they become parts of the dataset's ids",
            hint="rename it, or take it out of the gallery",
        )


def _check_stays_inside(root: Path, relative: str) -> None:
    try:
        inside(root, relative)
    except UnsafePathError as error:
        raise UsageError(
            f"{root / relative} is {error}",
            expected="everything inside the gallery's own folder",
            hint="move or copy the folder there, or give the folder that the symlink leads to",
        ) from error


def _read_list(root: Path) -> tuple[Mapping[str, ListedIdentity], tuple[str, str] | None]:
    present = [name for name in _LISTS if (root / name).is_file()]
    if len(present) > 1:
        raise UsageError(f"{root} has both {' and '.join(present)}", expected="one of them")
    if not present:
        above = root.absolute().parent
        if root.name in _PARTS and (above / _LISTS[0]).is_file():
            raise UsageError(
                f"{root} is only a part of the gallery; its list is {above / _LISTS[0]}",
                expected=_LAYOUT,
                hint=f"--vggface2 {above}",
            )
        return {}, None
    (name,) = present
    _check_stays_inside(root, name)
    data = (root / name).read_bytes()
    listed = parse_identity_list(data, str(root / name))
    return listed, (name, hashlib.sha256(data).hexdigest())


def _found(folders: Collection[str]) -> str:
    if not folders:
        return "it, but found no folders"
    first = ", ".join(sorted(folders)[:3])
    return f"{len(folders)} folders ({first}{', ...' if len(folders) > 3 else ''})"
