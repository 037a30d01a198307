"""`cocopfs search`: the pictures of a dataset that fit a sentence and a face best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cocopfs.audit.contact_sheet import fit, write_lines
from cocopfs.audit.samples import pictures
from cocopfs.baseline.clip import Clip
from cocopfs.baseline.collection import Collection, read_collection
from cocopfs.baseline.features import cached_image_features, text_features
from cocopfs.baseline.id_clip import IdClip
from cocopfs.baseline.pictures import cropped_pictures
from cocopfs.baseline.portraits import portrait_faces
from cocopfs.baseline.prompts import PROMPTS, in_front
from cocopfs.baseline.setting import Request, open_clip, pack_of
from cocopfs.baseline.strangers import open_eyes
from cocopfs.baseline.weights import load_weights
from cocopfs.baseline.whole import WEIGHTS
from cocopfs.captions.enrich import TOKEN, enrich
from cocopfs.captions.template import load_template
from cocopfs.engine.progress import Progress
from cocopfs.errors import UsageError
from cocopfs.faces.session import resolve_device
from cocopfs.publish.decoding import decode
from cocopfs.publish.label import with_label
from cocopfs.records import Caption, CaptionForm

_COLUMNS = 4
_TEXT = 54  # pixels below a tile
_GAP = 6  # beside and above it


@dataclass(frozen=True, slots=True)
class Hit:
    """A sample that was found. score: the cosine of question and picture."""

    row: int
    sample_id: str
    split: str
    name: str
    caption: str
    score: float


@dataclass(frozen=True, slots=True)
class Found:
    """text: what was asked, with [TOK] where the face stands. model: which answered, in words.
    sheet: (h, w, 3) uint8 BGR."""

    text: str
    model: str
    hits: tuple[Hit, ...]
    sheet: NDArray[np.uint8]


def search(
    request: Request,
    text: str,
    identity: str | None,
    face: Path | None,
    count: int,
    progress: Progress,
    *,
    label: bool = False,
) -> Found:
    """The `count` best pictures by the trained Id-CLIP, all splits alike.

    identity: a name or an id of the dataset, whose reference portrait asks. face: a picture whose
    largest face asks. Without both, plain CLIP is asked. label: the sheet's pictures say
    that a face was swapped.
    Raises UsageError where there is no CLIP, a face is asked for and nothing was trained, the
    identity is unknown or the picture shows no face.
    """
    if identity is not None and face is not None:
        raise UsageError("--identity and --face both say whom to look for", hint="give one of them")
    if identity is None and face is None and TOKEN in text:
        raise UsageError(
            f"{text!r} holds {TOKEN}, which stands for a face, and no face is given",
            hint="say whom to look for with --identity or --face",
        )
    collection = read_collection(request.out, progress)
    pack = request.pack or pack_of(request.out)
    clip = open_clip(request, pack)
    vector = None
    if identity is not None:
        vector = portrait_faces(collection).reference[_row_of(collection, identity)]
    elif face is not None:
        vector = open_eyes(collection, pack, resolve_device(request.device)).portrait(face)
    asked = text if vector is None else _with_token(text)
    scores = _scores(request, collection, clip, asked, vector, progress)
    best = np.argsort(-scores, kind="stable")[:count]
    hits = tuple(_hit(collection, int(row), float(scores[row])) for row in best)
    return Found(asked, _model(request, vector), hits, _sheet(collection, hits, label))


def _model(request: Request, vector: NDArray[np.float32] | None) -> str:
    if vector is None:
        clip = request.part.clip or "the model pack's"
        return f"CLIP as it is ({clip}), since no face is asked for"
    return f"the Id-CLIP that was trained ({request.out / WEIGHTS})"


def _scores(
    request: Request,
    collection: Collection,
    clip: Clip,
    text: str,
    vector: NDArray[np.float32] | None,
    progress: Progress,
) -> NDArray[np.float32]:
    model: Clip | IdClip = clip
    if vector is not None:
        model = load_weights(request.out / WEIGHTS, clip)
        if (width := model.translator[0].weight.shape[1]) != len(vector):
            raise UsageError(
                f"{request.out / WEIGHTS} reads faces of {width} numbers, the recogniser gives "
                f"{len(vector)}",
                hint="train it again: cocopfs train-baseline DIR",
            )
    asked = text_features(model, [text], None if vector is None else vector[None])[0]
    cache = request.cache
    mark = f"{collection.dataset.digest[:16]}-{clip.digest[:16]}"
    crops = cropped_pictures(
        collection, clip.crop, clip.side, cache / f"pictures-{mark}.npy", progress
    )
    seen = cached_image_features(model, crops, cache, progress)
    return np.asarray(seen @ asked, np.float32)


def _with_token(text: str) -> str:
    """[TOK] in place of the person whom the sentence speaks of, or in a prompt before it."""
    if TOKEN in text:
        return text
    found = enrich(Caption(0, text), "X", load_template("natural"), 0)
    return found.in_place_tok if found.form is CaptionForm.IN_PLACE else in_front(PROMPTS[0], text)


def _row_of(collection: Collection, identity: str) -> int:
    names, ids = collection.texts("name"), collection.texts("identity")
    wanted = identity.casefold()
    rows = [
        row
        for row, (name, code) in enumerate(zip(names, ids, strict=True))
        if wanted and wanted in (name.casefold(), code.casefold())
    ]
    people = sorted({ids[row] for row in rows})
    if len(people) != 1:
        few = ", ".join(sorted({name or code for name, code in zip(names, ids, strict=True)})[:3])
        raise UsageError(
            f"{identity!r} is the name of {len(people)} identities"
            if people
            else f"{identity!r} is nobody in {collection.dataset.root}",
            expected=f"one of {', '.join(people)}" if people else f"a name or an id, as {few}",
        )
    return rows[0]


def _hit(collection: Collection, row: int, score: float) -> Hit:
    return Hit(
        row,
        collection.texts("sample_id")[row],
        collection.texts("split")[row],
        collection.texts("name")[row],
        collection.captions[row][0],
        score,
    )


def _sheet(collection: Collection, hits: Sequence[Hit], label: bool) -> NDArray[np.uint8]:
    """The pictures, the best first, with rank, score, name and sample below each."""
    jpegs = dict(pictures(collection.dataset, collection.samples, [hit.row for hit in hits]))
    tiles = []
    for rank, hit in enumerate(hits, start=1):
        tile = fit(decode(jpegs[hit.row], f"the picture of {hit.sample_id}"))
        tile = with_label(tile) if label else tile
        below = np.full((_TEXT, tile.shape[1], 3), 255, np.uint8)
        lines = [f"{rank}.  {hit.score:.3f}  {hit.name}", f"{hit.sample_id}  {hit.split}"]
        told = np.concatenate([tile, write_lines(below, 4, lines)])
        tiles.append(np.pad(told, ((_GAP, 0), (_GAP, _GAP), (0, 0)), constant_values=255))
    if not tiles:
        return np.full((1, 1, 3), 255, np.uint8)
    blank = np.full_like(tiles[0], 255)
    tiles += [blank] * (-len(tiles) % _COLUMNS)
    rows = [
        np.concatenate(tiles[start : start + _COLUMNS], axis=1)
        for start in range(0, len(tiles), _COLUMNS)
    ]
    return np.concatenate(rows)
