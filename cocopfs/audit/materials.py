"""Where the photographs and portraits lie that a dataset was made of, and whom they show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cocopfs.audit.contact_sheet import read_key
from cocopfs.audit.dataset import Dataset
from cocopfs.engine.store import read_rows
from cocopfs.errors import UsageError
from cocopfs.records import Identity, Portrait
from cocopfs.sources.pictures import PictureError, read_picture
from cocopfs.stages.naming import Naming
from cocopfs.stages.run_record import last_run

_MAX_PIXELS = 50_000_000


@dataclass(frozen=True, slots=True)
class Materials:
    """Folders of the originals; null for what is not at hand."""

    coco: Path | None
    gallery: Path | None

    def photo(self, file_name: str, width: int, height: int) -> NDArray[np.uint8]:
        """The original of a sample, upright, (h, w, 3) uint8 BGR.

        Raises PictureError or OSError where it cannot be read, ValueError where it is another
        picture: not of the sample's size.
        """
        if self.coco is None:
            raise ValueError("COCO is not at hand")
        pixels = read_picture(self.coco, file_name, _MAX_PIXELS).pixels
        if pixels.shape[:2] != (height, width):
            found = f"{pixels.shape[1]} x {pixels.shape[0]}"
            raise ValueError(f"{file_name} has {found} pixels, the sample {width} x {height}")
        return pixels

    def portrait(self, portrait: Portrait) -> NDArray[np.uint8]:
        """Raises PictureError or OSError where it cannot be read, ValueError where the file is not
        the one that was enrolled."""
        if self.gallery is None:
            raise ValueError("the gallery is not at hand")
        picture = read_picture(self.gallery, portrait.path, _MAX_PIXELS)
        if picture.digest != portrait.file_digest:
            raise ValueError(f"{portrait.path} is not the file that was enrolled")
        return picture.pixels


UNUSABLE = (PictureError, OSError, ValueError)
"""What reading a picture of the materials may raise."""


def find_materials(out: Path, coco: Path | None, gallery: Path | None) -> Materials:
    """The folders that were given; else those where the build found them, as long as they are
    there. Raises UsageError for a given one that is no folder."""
    for option, folder in (("--coco", coco), ("--vggface2", gallery)):
        if folder is not None and not folder.is_dir():
            raise UsageError(f"{option} {folder} is not a folder", hint="cocopfs audit --help")
    if coco is None or gallery is None:
        try:
            run = last_run(out)
        except UsageError:
            run = {}
        coco = coco or _folder(run.get("coco"))
        gallery = gallery or _folder(run.get("vggface2"))
    return Materials(coco, gallery)


def _folder(path: object) -> Path | None:
    return Path(path) if isinstance(path, str) and Path(path).is_dir() else None


@dataclass(frozen=True)
class Gallery:
    """The enrolled identities, and under which ids the dataset speaks of them."""

    identities: Sequence[Identity]
    naming: Naming

    @cached_property
    def portraits(self) -> dict[str, Portrait]:
        """Every source and reference by its published id."""
        return {
            self.naming.portrait(portrait.portrait_id): portrait
            for identity in self.identities
            for portrait in portraits_of(identity)
        }

    @cached_property
    def groups(self) -> dict[str, tuple[str | None, str | None]]:
        """Gender and ethnicity of every identity by its published id."""
        return {
            self.naming.identity(identity.class_id): (identity.gender, identity.ethnicity)
            for identity in self.identities
        }


def read_gallery(dataset: Dataset) -> Gallery:
    """Raises OSError, ArrowException, ValueError or UsageError where `private/` is missing or
    broken."""
    identities = read_rows(dataset.private / "identities.parquet", Identity)
    return Gallery(identities, Naming(Path(), read_key(dataset.root)))


def portraits_of(identity: Identity) -> Iterable[Portrait]:
    return (*identity.sources, identity.reference)
