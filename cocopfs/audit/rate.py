"""A page on which people tell swaps from originals, without a network and without the answers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from cocopfs.audit.dataset import Dataset
from cocopfs.audit.decoding import decode
from cocopfs.audit.materials import UNUSABLE, Gallery, Materials
from cocopfs.audit.pages import render
from cocopfs.audit.ratings import HEADER, LOOKS, PERSON, AnswerKey, RatedItem, key_path
from cocopfs.audit.samples import Samples, photos_of, pictures
from cocopfs.audit.tiles import data_uri, face_box, tile
from cocopfs.engine.commit import commit_bytes, sweep_partials
from cocopfs.errors import UsageError
from cocopfs.stages.jpeg import encode_jpeg

PAGE = "audit/rate.html"
_SIDE = 448
_SIDES = 3.0
_QUALITY = 90

Kind = Literal["swap", "original"]


@dataclass(frozen=True, slots=True)
class RatingPage:
    """`swaps` and `originals`: how many are on the page; `passed_over`: those of the draw that
    could not be read."""

    path: Path
    key: Path
    swaps: int
    originals: int
    passed_over: int


def write_rating_page(
    dataset: Dataset,
    samples: Samples,
    gallery: Gallery,
    materials: Materials,
    count: int,
    seed: int,
) -> RatingPage:
    """OUT/audit/rate.html with `count` swaps and as many originals, drawn and shuffled by the seed,
    each with the reference portrait of the sample's identity; and the private key of the answers.

    No photograph comes twice as long as there are enough of them. Swaps and originals go through
    the same cutting, shrinking and encoding, so that only the face can tell them apart.
    Raises UsageError when the originals or the portraits are not at hand.
    """
    for option, folder in (("--coco", materials.coco), ("--vggface2", materials.gallery)):
        if folder is None:
            raise UsageError(
                "a rating page mixes swaps with originals and portraits",
                expected=f"{option}, the folder that the dataset was made of",
                hint=f"cocopfs audit {dataset.root} --rate {count} {option} DIR",
            )
    drawn = _draw(samples, count, seed)
    jpegs = dict(pictures(dataset, samples, [row for row, kind in drawn if kind == "swap"]))
    quality = int(dataset.manifest.recipe.get("swap", {}).get("jpeg_quality", 95))
    shown: list[dict[str, str]] = []
    items: list[RatedItem] = []
    for row, kind in drawn:
        try:
            picture, portrait = _tiles(row, jpegs.get(row), samples, gallery, materials, quality)
        except (*UNUSABLE, TypeError):  # TypeError: a null in the row
            continue
        shown.append({"picture": str(picture), "portrait": str(portrait)})
        sample_id = str(samples.table["sample_id"][row].as_py())
        items.append(RatedItem(len(shown), sample_id, kind))
    if not any(item.kind == "swap" for item in items):
        raise UsageError(f"no swap of {dataset.root} can be shown", hint="see cocopfs audit")
    page = hashlib.sha256(msgspec.json.encode(shown)).hexdigest()[:16]
    text = render("rate.html.j2", page=page, items=shown, header=HEADER, looks=LOOKS, person=PERSON)
    key = AnswerKey(page, seed, tuple(items))
    sweep_partials(dataset.root / "audit")
    # First the key: marks on a page without one would be lost.
    answers = msgspec.json.format(msgspec.json.encode(key), indent=1) + b"\n"
    commit_bytes(key_path(dataset, page), answers)
    commit_bytes(dataset.root / PAGE, text.encode())
    swaps = sum(item.kind == "swap" for item in items)
    return RatingPage(
        dataset.root / PAGE,
        key_path(dataset, page),
        swaps,
        len(items) - swaps,
        len(drawn) - len(items),
    )


def _draw(samples: Samples, count: int, seed: int) -> list[tuple[int, Kind]]:
    """Rows and what is shown of them. Photographs in a random order, those that have been shown
    again only when all others have been."""
    random = np.random.default_rng(seed)
    photos = photos_of(samples)
    rows = list(_spread(photos, random))
    swaps = rows[:count]
    shown = {int(photos[row]) for row in swaps}
    others = [row for row in rows if int(photos[row]) not in shown]
    originals: list[int] = []
    seen: set[int] = set()
    for row in (*others, *rows):
        if len(originals) < len(swaps) and int(photos[row]) not in seen:
            seen.add(int(photos[row]))
            originals.append(row)
    drawn: list[tuple[int, Kind]] = [(row, "swap") for row in swaps]
    drawn += [(row, "original") for row in originals]
    return [drawn[number] for number in random.permutation(len(drawn))]


def _spread(photos: NDArray[np.int64], random: np.random.Generator) -> Iterator[int]:
    """All rows in a random order; every photograph comes once before one comes twice."""
    turns: dict[int, int] = {}
    order = []
    for number, row in enumerate(random.permutation(photos.size)):
        photo = int(photos[row])
        turns[photo] = turns.get(photo, 0) + 1
        order.append((turns[photo], number, int(row)))
    yield from (row for *_, row in sorted(order))


def _tiles(
    row: int,
    jpeg: bytes | None,
    samples: Samples,
    gallery: Gallery,
    materials: Materials,
    quality: int,
) -> tuple[str, str]:
    """The picture and the portrait of an item; `jpeg` is null for an original, which then is
    encoded with the swaps' quality once more."""
    values = samples.table.slice(row, 1).to_pylist()[0]
    if jpeg is not None:
        picture = decode(jpeg)
    else:
        original = materials.photo(values["file_name"], int(values["width"]), int(values["height"]))
        picture = decode(encode_jpeg(original, quality))
    portrait = gallery.portraits.get(values["reference_portrait"] or "")
    if portrait is None:
        raise ValueError("its reference portrait is not in private/identities.parquet")
    reference = materials.portrait(portrait)
    return (
        data_uri(tile(picture, face_box(samples, row), _SIDES, _SIDE), _QUALITY),
        data_uri(tile(reference, portrait.face.box, _SIDES, _SIDE), _QUALITY),
    )
