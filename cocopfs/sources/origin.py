"""Where photographs and portraits come from, and on what terms: for a dataset's card.

A folder of pictures may say so itself, in `origin.yaml`:

    name: Staff portraits of the example company
    licence: with written consent, for research
    url: https://example.org/portraits
    people: real                    # or invented
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import msgspec
import yaml

from cocopfs.errors import UsageError
from cocopfs.safe_yaml import parse_yaml

FILE = "origin.yaml"
_MOST_BYTES = 100_000


class Origin(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One source of pictures. `people` tells whether anybody who is shown exists."""

    name: str
    licence: str
    url: str = ""
    people: Literal["real", "invented"] = "real"


COCO = Origin(
    "COCO 2017",
    "annotations and captions CC BY 4.0; each photograph under the licence that its owner chose",
    "https://cocodataset.org/#termsofuse",
)
VGGFACE2 = Origin(
    "VGGFace2",
    "research use only; the rights in the portraits are their owners'",
    "https://www.robots.ox.ac.uk/~vgg/data/vgg_face2/",
)
_UNTOLD = "not told (origin.yaml in that folder would tell it)"


def photographs_origin(root: Path, addresses: Iterable[str]) -> Origin:
    """As the folder's `origin.yaml` says; else COCO where all photographs have an address there.

    addresses: the `coco_url` of the photographs. Raises UsageError for a broken `origin.yaml`.
    """
    told = _told(root)
    if told is not None:
        return told
    hosts = {bool(re.match(r"https?://images\.cocodataset\.org/", url)) for url in addresses}
    return COCO if hosts == {True} else Origin("photographs of one's own", _UNTOLD)


def portraits_origin(root: Path, list_file: str | None, class_ids: Iterable[str]) -> Origin:
    """As the folder's `origin.yaml` says; else VGGFace2 where list and class ids are as its own.

    list_file: the name of the gallery's list. Raises UsageError for a broken `origin.yaml`.
    """
    told = _told(root)
    if told is not None:
        return told
    alike = {bool(re.fullmatch(r"n\d{6}", class_id)) for class_id in class_ids} == {True}
    if list_file == "identity_meta.csv" and alike:
        return VGGFACE2
    return Origin("portraits of one's own", _UNTOLD)


def shows_invented(root: Path) -> bool:
    """Whether the folder's `origin.yaml` says that nobody who is shown exists.

    Raises UsageError for a broken one."""
    told = _told(root)
    return told is not None and told.people == "invented"


def encode_origin(origin: Origin) -> bytes:
    """The content of an `origin.yaml`."""
    return yaml.safe_dump(msgspec.to_builtins(origin), sort_keys=False, allow_unicode=True).encode()


def _told(root: Path) -> Origin | None:
    path = root / FILE
    if not path.is_file():
        return None
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError(f"it has more than {_MOST_BYTES} bytes")
        return msgspec.convert(parse_yaml(path.read_bytes()), Origin)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{path} cannot be used: {error}",
            expected="the fields name and licence, and perhaps url and people (real or invented)",
            hint="mend it, or take it away",
        ) from error
