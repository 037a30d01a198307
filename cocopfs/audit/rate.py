"""A page on which people tell swaps from originals, without a network and without the answers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from cocopfs.audit.dataset import Dataset
from cocopfs.audit.materials import UNUSABLE, Gallery, Materials
from cocopfs.audit.pages import render
from cocopfs.audit.rating_draw import Drawn, draw
from cocopfs.audit.rating_files import HEADER, LOOKS, PERSON, AnswerKey, RatedItem, key_path
from cocopfs.audit.samples import Samples, pictures
from cocopfs.audit.tiles import data_uri, face_box, tile
from cocopfs.engine.commit import commit_bytes, sweep_partials
from cocopfs.errors import UsageError
from cocopfs.publish.decoding import decode
from cocopfs.stages.jpeg import encode_jpeg

PAGE = "audit/rate.html"
_SIDE = 448
_SIDES = 3.0
_QUALITY = 90


@dataclass(frozen=True, slots=True)
class RatingPage:
    """`swaps` and `originals`: how many are on the page; `foreign`: swaps among them that have
    another identity's portrait; `passed_over`: those of the draw that could not be read."""

    path: Path
    key: Path
    swaps: int
    foreign: int
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
    """OUT/audit/rate.html with `count` swaps and as many originals, each beside a portrait, see
    `draw`; and the private key of the answers.

    Swaps and originals go through the same cutting, shrinking and encoding, so that only the face
    can tell them apart; portraits, whosever they are, through one of their own.
    Raises UsageError when the originals or the portraits are not at hand.
    """
    for option, folder in (("--coco", materials.coco), ("--vggface2", materials.gallery)):
        if folder is None:
            raise UsageError(
                "a rating page mixes swaps with originals and portraits",
                expected=f"{option}, the folder that the dataset was made of",
                hint=f"cocopfs audit {dataset.root} --rate {count} {option} DIR",
            )
    drawn = draw(samples, gallery, count, seed)
    jpegs = dict(pictures(dataset, samples, [d.row for d in drawn if d.kind == "swap"]))
    quality = int(dataset.manifest.recipe.get("swap", {}).get("jpeg_quality", 95))
    shown: list[dict[str, str]] = []
    items: list[RatedItem] = []
    for item in drawn:
        try:
            picture, portrait = _tiles(item, jpegs, samples, gallery, materials, quality)
        except (*UNUSABLE, TypeError):  # TypeError: a null in the row
            continue
        shown.append({"picture": str(picture), "portrait": str(portrait)})
        sample_id = str(samples.table["sample_id"][item.row].as_py())
        items.append(RatedItem(len(shown), sample_id, item.kind, item.portrait, item.portrait_id))
    swaps = [item for item in items if item.kind == "swap"]
    if not swaps:
        raise UsageError(f"no swap of {dataset.root} can be shown", hint="see cocopfs audit")
    page = hashlib.sha256(msgspec.json.encode(shown)).hexdigest()[:16]
    text = render("rate.html.j2", page=page, items=shown, header=HEADER, looks=LOOKS, person=PERSON)
    key = AnswerKey(page, seed, tuple(items))
    sweep_partials(dataset.root / "audit")
    # First the key: marks on a page without one would be lost.
    answers = msgspec.json.format(msgspec.json.encode(key), indent=1) + b"\n"
    commit_bytes(key_path(dataset, page), answers)
    commit_bytes(dataset.root / PAGE, text.encode())
    return RatingPage(
        dataset.root / PAGE,
        key_path(dataset, page),
        len(swaps),
        sum(item.portrait == "foreign" for item in swaps),
        len(items) - len(swaps),
        len(drawn) - len(items),
    )


def _tiles(
    item: Drawn,
    jpegs: Mapping[int, bytes],
    samples: Samples,
    gallery: Gallery,
    materials: Materials,
    quality: int,
) -> tuple[str, str]:
    """The picture and the portrait of an item. An original is encoded with the swaps' quality once
    more."""
    values = samples.table.slice(item.row, 1).to_pylist()[0]
    if item.kind == "swap":
        if item.row not in jpegs:
            raise ValueError("it has no picture")
        picture = decode(jpegs[item.row])
    else:
        original = materials.photo(values["file_name"], int(values["width"]), int(values["height"]))
        picture = decode(encode_jpeg(original, quality))
    portrait = gallery.portraits.get(item.portrait_id or "")
    if portrait is None:
        raise ValueError("its portrait is not in private/identities.parquet")
    reference = materials.portrait(portrait)
    return (
        data_uri(tile(picture, face_box(samples, item.row), _SIDES, _SIDE), _QUALITY),
        data_uri(tile(reference, portrait.face.box, _SIDES, _SIDE), _QUALITY),
    )
