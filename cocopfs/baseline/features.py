"""Features of many pictures and texts; those of frozen towers are computed once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cocopfs.baseline.clip import Clip
from cocopfs.baseline.examples import Examples
from cocopfs.baseline.id_clip import IdClip
from cocopfs.baseline.kept import read_kept_vectors
from cocopfs.engine.commit import commit
from cocopfs.engine.fingerprint import digest, library_version
from cocopfs.engine.progress import Progress

Vectors = NDArray[np.float32]
_BATCH = 64
_CHUNK = 1024
"""Pictures of a cached file: what an interruption may lose."""
_ROOM = 2**29
"""Bytes that the patches of a split may take in memory."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """Examples and what frozen weights make of their pictures, computed once for all trainings.

    features: (n, dim) of unit length. patches: (n, t, width), what enters the image tower before
    prompts do; null where they would fill the memory, and are made of the crops each time.
    """

    examples: Examples
    features: Vectors
    patches: Vectors | None


def prepare_examples(
    clip: Clip, examples: Examples, folder: Path, progress: Progress | None = None
) -> Prepared:
    """The features are kept in `folder`, see `cached_image_features`."""
    features = cached_image_features(clip, examples.crops, folder, progress)
    size = 4 * len(examples) * clip.vision_width * (1 + (clip.side // clip.patch) ** 2)
    if size > _ROOM:
        return Prepared(examples, features, None)
    # In batches of their own, for a sum's last bit may depend on what else is in its batch.
    parts = [
        _numbers(clip.embed_patches(clip.scale(examples.crops[start : start + _BATCH])))
        for start in range(0, len(examples), _BATCH)
    ]
    return Prepared(examples, features, np.concatenate(parts) if parts else None)


def cached_image_features(
    model: Clip | IdClip,
    crops: NDArray[np.uint8],
    folder: Path,
    progress: Progress | None = None,
) -> Vectors:
    """(n, dim) float32 of unit length: what a model that is done makes of crops (n, side, side, 3).

    A file of each 1,024 pictures is kept in `folder`, named by checkpoint, pictures and libraries;
    a damaged one is made again.
    """
    clip = model.clip if isinstance(model, IdClip) else model
    found = [np.empty((0, clip.dim), np.float32)]
    if progress is not None:
        progress.start("features", len(crops))
    for start in range(0, len(crops), _CHUNK):
        chunk = np.ascontiguousarray(crops[start : start + _CHUNK])
        path = folder / f"image-features-{_fingerprint(model, chunk)[:32]}.npy"
        features = kept = read_kept_vectors(path, len(chunk), clip.dim)
        if features is None:
            features = image_features(model, chunk)
            commit(path, partial(np.save, arr=features))
        found.append(features)
        if progress is not None:
            (progress.advance if kept is None else progress.skip)(len(chunk), 0)
    if progress is not None:
        progress.finish()
    return np.concatenate(found)


def image_features(
    model: Clip | IdClip,
    crops: NDArray[np.uint8],
    patches: Vectors | None = None,
    batch: int = _BATCH,
) -> Vectors:
    """(n, dim) float32 of unit length, of crops (n, side, side, 3) uint8 RGB as `Clip.crop` makes
    them. An IdClip sees them with its visual prompts. patches: of the crops, where they are known
    (see Prepared)."""
    clip = model.clip if isinstance(model, IdClip) else model
    found = np.empty((len(crops), clip.dim), np.float32)
    with torch.no_grad():
        for start in range(0, len(crops), batch):
            rows = slice(start, start + batch)
            if patches is None:
                encoded = model.encode_images(clip.scale(crops[rows]))
            else:
                encoded = model.encode_patches(torch.from_numpy(patches[rows]))
            found[rows] = _numbers(encoded)
    return found


def text_features(
    model: Clip | IdClip,
    texts: Sequence[str],
    faces: Vectors | None = None,
    batch: int = 4 * _BATCH,
) -> Vectors:
    """(m, dim) float32 of unit length, in the texts' order.

    faces: (m, f), for an IdClip: what stands in for each text's [TOK]; texts without one do not
    depend on it. Texts go through the tower sorted by length, cut to their batch's longest. Raises
    ValueError for a text with [TOK] where there is no face.
    """
    if isinstance(model, IdClip) != (faces is not None):
        raise ValueError("faces and a translator come together")
    clip = model.clip if isinstance(model, IdClip) else model
    together = clip.tokenize(texts)
    found = np.empty((len(texts), clip.dim), np.float32)
    with torch.no_grad():
        for rows, ids in _by_length(clip, together, batch):
            if isinstance(model, IdClip) and faces is not None:
                encoded = model.encode_texts(ids, torch.from_numpy(faces[rows]))
            else:
                encoded = clip.encode_texts(ids)
            found[rows] = _numbers(encoded)
    return found


def _by_length(clip: Clip, ids: Tensor, batch: int) -> Iterator[tuple[NDArray[np.int64], Tensor]]:
    lengths = (ids == clip.eos_id).int().argmax(dim=1).numpy() + 1
    order = np.argsort(lengths, kind="stable")
    for start in range(0, len(order), batch):
        rows = order[start : start + batch]
        yield rows, ids[torch.from_numpy(rows), : int(lengths[rows].max())]


def _fingerprint(model: Clip | IdClip, chunk: NDArray[np.uint8]) -> str:
    clip = model.clip if isinstance(model, IdClip) else model
    prompts = _numbers(model.prompts.detach()) if isinstance(model, IdClip) else None
    return digest(
        {
            "clip": clip.digest,
            "prompts": None if prompts is None else hashlib.sha256(prompts.tobytes()).hexdigest(),
            "crops": hashlib.sha256(chunk.tobytes()).hexdigest(),
            "shape": chunk.shape,
            "device": clip.device.type,
            "libraries": {name: library_version(name) for name in ("torch", "transformers")},
        }
    )


def _numbers(vectors: Tensor) -> Vectors:
    return np.asarray(vectors.float().cpu().numpy(), np.float32)
