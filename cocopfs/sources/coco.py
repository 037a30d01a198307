"""A COCO snapshot: its annotation files as one record a photograph."""

from __future__ import annotations

import gc
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec

from cocopfs.errors import UsageError
from cocopfs.records import AnnotatedPhoto, Box, Caption, Licence
from cocopfs.sources.paths import UnsafePathError, inside

_LAYOUT = (
    "annotations/instances_SUBSET.json, annotations/captions_SUBSET.json and the pictures in "
    "SUBSET/, as the zip files from cocodataset.org unpack"
)
_SHOWN = 5  # offending ids or names in one message


@dataclass(frozen=True, slots=True)
class Coco:
    """`photos` by photo id; `annotation_files` maps paths relative to `root` to their sha256."""

    root: Path
    photos: tuple[AnnotatedPhoto, ...]
    annotation_files: Mapping[str, str]


def read_coco(root: Path, subsets: Sequence[str] | None) -> Coco:
    """Every image of the subsets with its captions, its person annotations and its licence.

    subsets: names such as "val2017"; None takes each that has an instances file. The result does
    not depend on the order inside the files. Persons are the annotations of the category *named*
    "person". What is wrong with one image alone (an absurd box or size, no caption, a file name
    that leads elsewhere) is carried for `select` to reject.
    Raises UsageError for what is wrong with the files: missing, not JSON (and NaN is not), not
    COCO's structure, an image listed twice, annotations of images that are not listed.
    """
    photos: list[AnnotatedPhoto] = []
    digests: dict[str, str] = {}
    try:
        names = _subsets_with_annotations(root) if subsets is None else sorted(set(subsets))
        with _collector_paused():
            for name in names:
                _check_pictures(root, name)
                photos += _read_subset(root, name, digests)
    except OSError as error:
        raise UsageError(f"{root} cannot be read: {error}", expected=_LAYOUT) from error
    photos.sort(key=lambda photo: photo.photo_id)
    _refuse_duplicates(photos)
    if not photos:
        raise UsageError(f"the annotation files of {', '.join(names)} in {root} list no images")
    return Coco(root, tuple(photos), digests)


# --- the parts of COCO's format that are used; msgspec skips all others, segmentations above all --

_Int = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]


class _Licence(msgspec.Struct, gc=False):
    id: _Int
    name: str = ""
    url: str = ""


class _Image(msgspec.Struct, gc=False):
    id: _Int
    file_name: str
    width: _Int
    height: _Int
    license: _Int = 0
    coco_url: str = ""
    flickr_url: str = ""


class _Annotation(msgspec.Struct, gc=False):
    id: _Int
    image_id: _Int
    category_id: _Int
    bbox: tuple[float, float, float, float]
    iscrowd: _Int = 0


class _Category(msgspec.Struct, gc=False):
    id: _Int
    name: str


class _Instances(msgspec.Struct, gc=False):
    images: list[_Image]
    annotations: list[_Annotation]
    categories: list[_Category]
    licenses: list[_Licence] = []


class _Caption(msgspec.Struct, gc=False):
    id: _Int
    image_id: _Int
    caption: str


class _Captions(msgspec.Struct, gc=False):
    annotations: list[_Caption]


_Content = TypeVar("_Content")
_Owned = TypeVar("_Owned", _Annotation, _Caption)


# --- reading --------------------------------------------------------------------------------------


def _read_subset(root: Path, subset: str, digests: dict[str, str]) -> list[AnnotatedPhoto]:
    instances_file = f"annotations/instances_{subset}.json"
    captions_file = f"annotations/captions_{subset}.json"
    instances = _decode(root, instances_file, _Instances, digests)
    images = instances.images
    licences = {each.id: Licence(each.id, each.name, each.url) for each in instances.licenses}
    people = _by_image(_person_annotations(root, instances_file, instances))
    # The annotations of a full subset take as much memory as all that is kept of them.
    del instances
    captions = _by_image(_decode(root, captions_file, _Captions, digests).annotations)
    known = {image.id for image in images}
    _refuse_unknown_images(root, instances_file, "person annotations", people, known)
    _refuse_unknown_images(root, captions_file, "captions", captions, known)
    return [
        AnnotatedPhoto(
            photo_id=image.id,
            subset=subset,
            file_name=image.file_name,
            width=image.width,
            height=image.height,
            licence=licences.setdefault(image.license, Licence(image.license, "unknown", "")),
            coco_url=image.coco_url,
            flickr_url=image.flickr_url,
            captions=tuple(
                Caption(each.id, each.caption)
                for each in sorted(captions.get(image.id, ()), key=_caption_order)
            ),
            person_boxes=tuple(
                Box(*each.bbox) for each in sorted(people.get(image.id, ()), key=_annotation_order)
            ),
            crowd=any(each.iscrowd for each in people.get(image.id, ())),
        )
        for image in images
    ]


def _person_annotations(root: Path, file: str, instances: _Instances) -> Iterable[_Annotation]:
    persons = {category.id for category in instances.categories if category.name == "person"}
    if not persons:
        names = [category.name for category in instances.categories]
        raise UsageError(
            f"{root / file} has no category named person (found: {_few(names)})",
            expected="COCO's instances file",
        )
    return (each for each in instances.annotations if each.category_id in persons)


def _by_image(annotations: Iterable[_Owned]) -> dict[int, list[_Owned]]:
    groups: dict[int, list[_Owned]] = defaultdict(list)
    for each in annotations:
        groups[each.image_id].append(each)
    return groups


# The content after the id keeps the order fixed where a file uses an id twice.
def _caption_order(caption: _Caption) -> tuple[int, str]:
    return caption.id, caption.caption


def _annotation_order(annotation: _Annotation) -> tuple[int, tuple[float, ...]]:
    return annotation.id, annotation.bbox


def _decode(root: Path, file: str, kind: type[_Content], digests: dict[str, str]) -> _Content:
    try:
        data = inside(root, file).read_bytes()
    except FileNotFoundError:
        raise UsageError(
            f"{root / file} is missing",
            expected=_LAYOUT,
            hint="unpack annotations_trainval2017.zip there, or name other subsets with "
            "--set select.subsets=[val2017]",
        ) from None
    except UnsafePathError as error:
        raise UsageError(f"{root / file} is {error}", expected=_LAYOUT) from error
    digests[file] = hashlib.sha256(data).hexdigest()
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.ValidationError as error:
        raise UsageError(
            f"{root / file} does not have COCO's structure: {error}", expected=_LAYOUT
        ) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(
            f"{root / file} is not valid JSON: {error}",
            hint="the file may be cut short: unpack it again",
        ) from error


@contextmanager
def _collector_paused() -> Iterator[None]:
    """A million small objects are made and kept, none in cycles: looking for cycles among them
    takes longer than making them."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


# --- what is refused ------------------------------------------------------------------------------


def _subsets_with_annotations(root: Path) -> list[str]:
    found = sorted(
        path.stem.removeprefix("instances_")
        for path in (root / "annotations").glob("instances_*.json")
    )
    if not found:
        raise UsageError(
            f"{root} has no annotations/instances_*.json"
            + ("" if root.is_dir() else ", and is not a folder"),
            expected=_LAYOUT,
            hint="give the folder that holds annotations/ with --coco",
        )
    return found


def _check_pictures(root: Path, subset: str) -> None:
    try:
        if "/" in subset:
            raise UnsafePathError("more than the name of a folder")
        folder = inside(root, subset)
    except UnsafePathError as error:
        raise UsageError(
            f"subset {subset!r} of {root} is {error}",
            expected=_LAYOUT,
            hint="move or mount the pictures there; symlinks are followed inside that folder only",
        ) from error
    if not folder.is_dir():
        raise UsageError(f"the picture folder {root / subset} is missing", expected=_LAYOUT)


def _refuse_unknown_images(
    root: Path, file: str, what: str, found: Iterable[int], known: set[int]
) -> None:
    unknown = sorted(set(found) - known)
    if unknown:
        raise UsageError(
            f"{root / file} has {what} of {len(unknown)} images that the instances file does not "
            f"list: {_few(unknown)}",
            expected="instances and captions of the same images",
            hint="take both files from the same release of COCO",
        )


def _refuse_duplicates(photos: Sequence[AnnotatedPhoto]) -> None:
    for one, other in pairwise(photos):
        if one.photo_id != other.photo_id:
            continue
        where = sorted({one.subset, other.subset})
        raise UsageError(
            f"image {one.photo_id} is listed "
            + (f"twice in {where[0]}" if len(where) == 1 else f"in both {' and '.join(where)}"),
            expected="every image id once",
            hint=None if len(where) == 1 else f"take one: --set select.subsets=[{where[0]}]",
        )


def _few(items: Sequence[object]) -> str:
    shown = ", ".join(str(item) for item in items[:_SHOWN])
    return f"{shown}, ..." if len(items) > _SHOWN else shown or "none"
