"""A second opinion: how an independent recogniser sees swaps, sources and originals.

The recogniser that drives the swaps is optimistic about them, since they were made to please it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from cocopfs.audit.dataset import Dataset
from cocopfs.audit.materials import UNUSABLE, Gallery, Materials, portraits_of
from cocopfs.audit.samples import LANDMARKS, Samples, pictures
from cocopfs.engine.commit import file_digest
from cocopfs.engine.progress import Progress
from cocopfs.errors import UsageError
from cocopfs.faces.align import align
from cocopfs.faces.recogniser import Recogniser
from cocopfs.faces.session import Device
from cocopfs.publish.decoding import decode
from cocopfs.quality.figures import cosine
from cocopfs.records import Identity, Portrait, pack_vector, unpack_vector

_BATCH = 32
_SIDE: Final = 112

T = TypeVar("T")
Vector = NDArray[np.float32]
_Outcome = tuple[int, dict[str, float]]


@dataclass(frozen=True, slots=True)
class Judge:
    """A recogniser that is asked for its opinion. `independent`: not the file that drove the
    swaps."""

    name: str
    sha256: str
    independent: bool
    recogniser: Recogniser


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a judge says. `columns` has, for every sample, NaN where unknown: `judge_similarity`
    (to the source), `judge_residual_similarity` (to the original), `judge_margin`,
    `judge_reference_similarity` (to the portrait that never drives a swap) and `judge_retrieved`
    (1 where the nearest of all source portraits is one of the sample's identity).

    `identities` are the enrolled ones with the judge's embeddings; `left_out` says what could not
    be judged.
    """

    name: str
    sha256: str
    independent: bool
    identities: tuple[Identity, ...]
    columns: dict[str, NDArray[np.float64]]
    left_out: tuple[str, ...]


COLUMNS = (
    "judge_similarity",
    "judge_residual_similarity",
    "judge_margin",
    "judge_reference_similarity",
    "judge_retrieved",
)


def open_judge(path: Path, dataset: Dataset, device: Device) -> Judge:
    """Raises UsageError when the file is no recogniser of 112 x 112 faces."""
    if not path.is_file():
        raise UsageError(f"there is no file {path}", expected="--judge FILE.onnx, a recogniser")
    threads = int(dataset.manifest.recipe.get("runtime", {}).get("threads", 1))
    recogniser = Recogniser(path, device, threads)
    digest, _ = file_digest(path)
    driver = dataset.manifest.pack.files.get("recogniser")
    return Judge(path.name, digest, driver is None or driver.sha256 != digest, recogniser)


def judge_samples(
    judge: Judge,
    dataset: Dataset,
    samples: Samples,
    gallery: Gallery | None,
    materials: Materials,
    progress: Progress,
) -> Judgement:
    """Every swapped picture, original and portrait is read once, 32 of them at a time.

    Raises UsageError when there is neither a gallery nor COCO to compare swaps with.
    """
    portraits = gallery is not None and materials.gallery is not None
    if not portraits and materials.coco is None:
        raise UsageError(
            "--judge has nothing to compare the swaps with",
            expected="the portraits (private/identities.parquet and --vggface2), or --coco",
        )
    missing = []
    if not portraits:
        missing.append("the judge's similarities to the portraits: give --vggface2")
    if materials.coco is None:
        missing.append("the judge's similarities to the originals: give --coco")
    troubles: Counter[str] = Counter()
    bench = _Bench(judge.recogniser, materials, troubles)
    enrolled = bench.enrol(gallery, progress) if gallery is not None and portraits else ()
    found = {name: np.full(len(samples), np.nan) for name in COLUMNS}
    lookup = _Lookup(gallery, enrolled)
    progress.start("judge", len(samples))
    for row, values in bench.samples(dataset, samples, lookup, progress):
        for name, value in values.items():
            found[name][row] = value
    progress.finish()
    found["judge_margin"] = found["judge_similarity"] - found["judge_residual_similarity"]
    missing += [f"{what}: {n}" for what, n in sorted(troubles.items())]
    return Judgement(judge.name, judge.sha256, judge.independent, enrolled, found, tuple(missing))


@dataclass(frozen=True)
class _Bench:
    """Where pictures become embeddings. `troubles` counts what could not be read."""

    recogniser: Recogniser
    materials: Materials
    troubles: Counter[str]

    def enrol(self, gallery: Gallery, progress: Progress) -> tuple[Identity, ...]:
        """The identities with this recogniser's embeddings; without portraits that cannot be read,
        and without identities that lose their reference or all their sources."""
        portraits = [p for identity in gallery.identities for p in portraits_of(identity)]
        progress.start("portraits", len(portraits))
        embedded: dict[str, Portrait] = {}
        for batch in _batches(iter(portraits)):
            crops = {}
            for portrait in batch:
                try:
                    pixels = self.materials.portrait(portrait)
                    crops[portrait.portrait_id] = align(pixels, portrait.face.points, _SIDE)[0]
                except UNUSABLE:
                    self.troubles["portraits that the judge could not see"] += 1
            vectors = self.recogniser.embed(list(crops.values()), _BATCH)
            found = dict(zip(crops, vectors, strict=True))
            for portrait in batch:
                if portrait.portrait_id in found:
                    vector = pack_vector(found[portrait.portrait_id])
                    embedded[portrait.portrait_id] = replace(portrait, embedding=vector)
            progress.advance(len(batch), len(batch) - len(crops))
        progress.finish()
        return tuple(
            replace(identity, sources=sources, reference=embedded[identity.reference.portrait_id])
            for identity in gallery.identities
            if identity.reference.portrait_id in embedded
            and (
                sources := tuple(
                    embedded[source.portrait_id]
                    for source in identity.sources
                    if source.portrait_id in embedded
                )
            )
        )

    def samples(
        self, dataset: Dataset, samples: Samples, lookup: _Lookup, progress: Progress
    ) -> Iterator[_Outcome]:
        rows = _Rows(samples)
        photo: tuple[str, Vector | None] = ("", None)
        for batch in _batches(pictures(dataset, samples, range(len(samples)))):
            crops = {}
            for row, jpeg in batch:
                crop = _aligned(_decode(jpeg), rows.points[row])
                if crop is None:
                    self.troubles["swapped pictures that the judge could not see"] += 1
                else:
                    crops[row] = crop
            vectors = self.recogniser.embed(list(crops.values()), _BATCH)
            for row, vector in zip(crops, vectors, strict=True):
                values = lookup.compare(rows.sources[row], rows.references[row], vector)
                values |= lookup.retrieve(rows.identities[row], vector)
                if photo[0] != rows.files[row]:
                    photo = rows.files[row], self._original(rows, row)
                if photo[1] is not None:
                    values["judge_residual_similarity"] = cosine(vector, photo[1])
                yield row, values
            progress.advance(len(batch), len(batch) - len(crops))

    def _original(self, rows: _Rows, row: int) -> Vector | None:
        if self.materials.coco is None:
            return None
        try:
            pixels = self.materials.photo(rows.files[row], rows.widths[row], rows.heights[row])
        except UNUSABLE:
            pixels = None
        crop = _aligned(pixels, rows.points[row])
        if crop is None:
            self.troubles["originals that the judge could not see"] += 1
            return None
        vector: Vector = self.recogniser.embed([crop], 1)[0]
        return vector


class _Rows:
    """What is needed of the samples, by their number."""

    def __init__(self, samples: Samples) -> None:
        points = [samples.values(name) for name in LANDMARKS]
        self.points = np.stack(points, axis=1).reshape(-1, 5, 2).astype(np.float32)
        self.widths = samples.values("width").astype(np.int64).tolist()
        self.heights = samples.values("height").astype(np.int64).tolist()
        self.files = [name or "" for name in samples.texts("file_name")]
        self.identities = samples.texts("identity")
        self.sources = samples.texts("source_portrait")
        self.references = samples.texts("reference_portrait")


class _Lookup:
    """The judge's embeddings of the gallery, under the ids that the dataset uses."""

    def __init__(self, gallery: Gallery | None, enrolled: Sequence[Identity]) -> None:
        self._by_id: dict[str, Vector] = {}
        self._owners: list[str] = []
        sources: list[Vector] = []
        if gallery is not None:
            naming = gallery.naming
            for identity in enrolled:
                for portrait in portraits_of(identity):
                    vector = unpack_vector(portrait.embedding)
                    self._by_id[naming.portrait(portrait.portrait_id)] = vector
                for source in identity.sources:
                    sources.append(unpack_vector(source.embedding))
                    self._owners.append(naming.identity(identity.class_id))
        self._known = set(self._owners)
        self._sources = np.stack(sources) if sources else np.empty((0, 0), np.float32)

    def compare(
        self, source: str | None, reference: str | None, vector: Vector
    ) -> dict[str, float]:
        pairs = {"judge_similarity": source, "judge_reference_similarity": reference}
        return {
            name: cosine(vector, self._by_id[portrait])
            for name, portrait in pairs.items()
            if portrait is not None and portrait in self._by_id
        }

    def retrieve(self, identity: str | None, vector: Vector) -> dict[str, float]:
        if identity not in self._known:
            return {}
        nearest = self._owners[int(np.argmax(self._sources @ vector))]
        return {"judge_retrieved": float(nearest == identity)}


def _batches(items: Iterator[T]) -> Iterator[list[T]]:
    while batch := list(islice(items, _BATCH)):
        yield batch


def _decode(jpeg: bytes) -> NDArray[np.uint8] | None:
    try:
        return decode(jpeg)
    except ValueError:
        return None


def _aligned(
    pixels: NDArray[np.uint8] | None, points: NDArray[np.float32]
) -> NDArray[np.uint8] | None:
    if pixels is None:
        return None
    try:
        return align(pixels, points, _SIDE)[0]
    except ValueError:
        return None
