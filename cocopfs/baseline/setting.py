"""All that trainings and questions are made of: rows, towers, pictures, faces."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from cocopfs.audit.materials import Materials, find_materials
from cocopfs.baseline.clip import Clip, load_clip
from cocopfs.baseline.collection import Collection, read_collection
from cocopfs.baseline.faces import (
    Vectors,
    open_recogniser,
    original_faces,
    swapped_faces,
)
from cocopfs.baseline.features import cached_image_features
from cocopfs.baseline.fit import Fitted
from cocopfs.baseline.kept import read_kept_vectors
from cocopfs.baseline.models import fit_models
from cocopfs.baseline.own_gallery import OwnGallery, read_own_gallery
from cocopfs.baseline.pictures import cropped_originals, cropped_pictures
from cocopfs.baseline.portraits import PortraitFaces, portrait_faces
from cocopfs.baseline.questions import Questions, ask
from cocopfs.baseline.shown import OriginalFaces
from cocopfs.baseline.strangers import Eyes, open_eyes
from cocopfs.engine.commit import commit
from cocopfs.engine.fingerprint import digest, library_version
from cocopfs.engine.progress import Progress
from cocopfs.errors import UsageError
from cocopfs.faces.pack import Role
from cocopfs.faces.pack import open_clip as clip_of
from cocopfs.faces.recogniser import Recogniser
from cocopfs.faces.session import Provider, resolve_device
from cocopfs.recipe import BaselinePart
from cocopfs.records import Split
from cocopfs.stages.run_record import read_runs

FaceKind = Literal["reference", "source", "swapped"]
DeviceName = Literal["auto", "cuda", "cpu"]
_ORIGINALS = 1000  # unswapped photographs of a split that are looked at; 340 MB at a side of 336


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for. pack, coco: null for where the build found them; log: TensorBoard's
    folder."""

    out: Path
    part: BaselinePart
    pack: Path | None = None
    coco: Path | None = None
    device: DeviceName = "auto"
    log: Path | None = None
    elsewhere: Path | None = None  # a gallery of the user's own, see `own_gallery`

    @property
    def folder(self) -> Path:
        return self.out / "baseline"

    @property
    def cache(self) -> Path:
        """Crops, features and checkpoints, by which an interrupted run goes on."""
        return self.folder / "cache"


@dataclass(frozen=True, slots=True)
class Originals:
    """Unswapped photographs: the faces of all splits' that were looked at; of the test split's
    their places among these, (m,), and the pictures as the tower takes them, (m, s, s, 3)."""

    seen: OriginalFaces
    test: NDArray[np.int64]
    crops: NDArray[np.uint8]

    @property
    def of_test(self) -> OriginalFaces:
        return OriginalFaces(self.seen.photos[self.test], self.seen.faces[self.test])


@dataclass(frozen=True, slots=True)
class Setting:
    """crops, portraits, swapped: of all rows of the collection. originals: null where no original
    can be read."""

    request: Request
    collection: Collection
    clip: Clip
    crops: NDArray[np.uint8]
    portraits: PortraitFaces
    swapped: Vectors
    originals: Originals | None
    elsewhere: tuple[OwnGallery, Eyes] | None
    progress: Progress

    @property
    def names(self) -> str:
        """ "real" or "pseudonym": what the published names are."""
        return "pseudonym" if self.collection.dataset.pseudonymous else "real"

    def faces(self, kind: FaceKind) -> Vectors:
        found = {
            "reference": self.portraits.reference,
            "source": self.portraits.source,
            "swapped": self.swapped,
        }[kind]
        assert found is not None, "see set_up"
        return found

    def questions(self, split: Split, kind: FaceKind = "reference") -> Questions:
        return ask(self.collection, split, self.crops, self.faces(kind), self.swapped)

    def pictures(self, questions: Questions) -> Vectors:
        """The frozen tower's features of a split's pictures, computed once."""
        crops = questions.pictures.crops
        return cached_image_features(self.clip, crops, self.request.cache, self.progress)

    def train(self, kind: FaceKind) -> dict[str, list[Fitted]]:
        """CLIP-PAD and Id-CLIP, a training for every seed."""
        log = self.request.log
        found = fit_models(
            self.clip,
            self.request.part,
            self.questions(Split.TRAIN, kind).pictures,
            self.questions(Split.VALIDATION, kind).pictures,
            self.request.cache,
            self.progress,
            log=None if log is None else log / kind,
        )
        return {"clip-pad": [one.pad for one in found], "id-clip": [one.id_clip for one in found]}


def set_up(request: Request, progress: Progress) -> Setting:
    """Read and compute what does not depend on any training.

    Raises UsageError where the dataset, its portraits, the model pack or CLIP cannot be used, and
    IncompleteError where the dataset is damaged.
    """
    elsewhere = None if request.elsewhere is None else read_own_gallery(request.elsewhere)
    collection = read_collection(request.out, progress)
    _require_splits(collection)
    portraits = portrait_faces(collection)
    if request.part.face == "source" and portraits.source is None:
        raise UsageError(
            f"{request.out} does not tell the faces that drove its swaps",
            expected="private/identities.parquet for face: source",
            hint="--set baseline.face=reference",
        )
    pack = request.pack or pack_of(request.out)
    clip = open_clip(request, pack)
    device = resolve_device(request.device)
    recogniser = open_recogniser(collection, pack, device)
    cache = request.cache
    mark = f"{collection.dataset.digest[:16]}-{clip.digest[:16]}"
    crops = cropped_pictures(
        collection, clip.crop, clip.side, cache / f"pictures-{mark}.npy", progress
    )
    kept = cache / f"faces-{_mark_of_faces(collection, device)}.npy"
    swapped = read_kept_vectors(kept, len(collection), recogniser.dimension)
    if swapped is None:
        swapped = swapped_faces(collection, recogniser, progress)
        commit(kept, partial(np.save, arr=swapped))
    materials = find_materials(request.out, request.coco, None)
    originals = None
    if materials.coco is not None:
        originals = _originals(collection, materials, recogniser, clip, progress)
    return Setting(
        request,
        collection,
        clip,
        crops,
        portraits,
        swapped,
        originals,
        None if elsewhere is None else (elsewhere, open_eyes(collection, pack, device)),
        progress,
    )


def pack_of(out: Path) -> Path:
    """The model pack that the dataset was built with. Raises UsageError where it is gone."""
    runs = read_runs(out)
    found = runs[-1].get("pack") if runs else None
    if not isinstance(found, str) or not Path(found).is_dir():
        raise UsageError(
            f"the model pack of {out} is not where the build found it ({found or 'unknown'})",
            hint="say where it lies with --pack",
        )
    return Path(found)


def open_clip(request: Request, pack: Path) -> Clip:
    """The recipe's checkpoint, or the pack's."""
    cuda = request.device != "cpu" and torch.cuda.is_available()
    if request.device == "cuda" and not cuda:
        raise UsageError("torch finds no CUDA device", hint="cocopfs doctor, or --device cpu")
    return load_clip(request.part.clip or clip_of(pack), "cuda" if cuda else "cpu")


def _require_splits(collection: Collection) -> None:
    for split in Split:
        if not len(collection.rows_of(split)):
            raise UsageError(
                f"{collection.dataset.root} has no rows in its split {split}",
                expected="some in train, validation and test",
                hint="build it with --set match.splits=coco, and from train2017 and val2017",
            )


def _mark_of_faces(collection: Collection, device: Provider) -> str:
    """Of all that the embeddings of the published pictures depend on."""
    dataset = collection.dataset
    return digest(
        {
            "dataset": dataset.digest,
            "recogniser": dataset.manifest.pack.files[Role.RECOGNISER].sha256,
            "device": device,
            "libraries": {name: library_version(name) for name in ("onnxruntime", "numpy")},
        }
    )[:32]


def _some_photos(collection: Collection, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """A row of each photograph, of all of them or of as many as are held in memory, evenly."""
    _, places = np.unique(collection.photos[rows], return_index=True)
    chosen = np.linspace(0, len(places) - 1, min(len(places), _ORIGINALS)).round().astype(int)
    return np.asarray(rows[places[chosen]], np.int64)


def _originals(
    collection: Collection,
    materials: Materials,
    recogniser: Recogniser,
    clip: Clip,
    progress: Progress,
) -> Originals | None:
    of_split = {s: _some_photos(collection, collection.rows_of(s)) for s in Split}
    asked = np.concatenate([of_split[split] for split in Split])
    rows, faces = original_faces(collection, materials, recogniser, asked, progress)
    if not len(rows):
        return None
    photos = collection.photos[rows]
    test = np.flatnonzero(np.isin(photos, collection.photos[of_split[Split.TEST]]))
    crops = _crops(collection, materials, rows[test], clip)
    return Originals(OriginalFaces(photos, faces), test, crops)


def _crops(
    collection: Collection,
    materials: Materials,
    rows: NDArray[np.int64],
    clip: Clip,
) -> NDArray[np.uint8]:
    """Of at most `_ORIGINALS` photographs. All must be readable: see `cropped_originals`."""
    found = np.empty((len(rows), clip.side, clip.side, 3), np.uint8)
    crops = cropped_originals(collection, materials, rows, clip.crop)
    for place, picture in zip(range(len(rows)), crops, strict=True):
        found[place] = picture
    return found
