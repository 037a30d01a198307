"""What must hold of one published row, whatever the others are."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Final

from cocopfs.captions.enrich import TOKEN
from cocopfs.publish.decoding import decode
from cocopfs.publish.mark import Mark, opaque_id, read_mark, write_mark
from cocopfs.recipe import JudgePart
from cocopfs.records import CaptionForm, Figures, Sample, SwapFigures
from cocopfs.sources.containers import ContainerError, open_container
from cocopfs.stages.judge import fault

_TOOL: Final = "cocopfs"  # as stage `swap` marks its pictures
_ROUNDING: Final = 1e-6
_COSINES = ("similarity", "residual_similarity")


@dataclass(frozen=True, slots=True)
class Rules:
    """What the rows of one dataset are held against.

    class_ids: the real identity of each published one; null where the published ones are real.
    salt: of the ids in the marks; null where it is not known, and then these are not compared.
    gate, embeddings: null where the recipe is not of this version. embeddings: every row carries
    one; else none does, for they are biometric data.
    """

    split: str
    pack_digest: str
    recipe_digest: str
    version: str
    max_pixels: int
    class_ids: Mapping[str, str] | None
    salt: str | None
    gate: JudgePart | None
    embeddings: bool | None


def faults(row: Sample, rules: Rules) -> Iterator[tuple[str, str]]:
    """The promises that the row breaks, each with what was found."""
    for promise, test in PROMISES.items():
        for found in test(row, rules):
            yield promise, found


def _ids(row: Sample, rules: Rules) -> Iterator[str]:
    expected = f"{row.coco_image_id}_{row.identity}"
    if row.sample_id != expected:
        yield f"its photograph and its identity make {expected!r}"
    if row.image.path != f"{row.sample_id}.jpg":
        yield f"its picture is called {row.image.path!r}"
    if row.split != rules.split:
        yield f"split {row.split} in a file of {rules.split}"
    for portrait in (row.source_portrait, row.reference_portrait):
        if not portrait.startswith(f"{row.identity}/"):
            yield f"portrait {portrait!r} is not one of identity {row.identity!r}"


def _picture(row: Sample, rules: Rules) -> Iterator[str]:
    try:
        height, width = decode(row.image.bytes, "its picture", rules.max_pixels).shape[:2]
    except (ValueError, AttributeError) as error:  # the column may be null
        yield str(error)
        return
    if (width, height) != (row.width, row.height):
        yield f"its picture has {width} x {height} pixels, the row says {row.width} x {row.height}"


def _mark(row: Sample, rules: Rules) -> Iterator[str]:
    """Not the mark alone: that a picture is its pixels and its mark also says that nothing else
    (EXIF, a thumbnail of the original, another file's bytes behind the end) came along."""
    try:
        mark = read_mark(row.image.bytes)
        essence = open_container(row.image.bytes).essence
    except (ContainerError, ValueError, TypeError) as error:
        yield f"its mark cannot be read: {error}"
        return
    if mark is None:
        yield "its picture has no provenance mark"
        return
    class_id = row.identity if rules.class_ids is None else rules.class_ids.get(row.identity)
    if rules.salt is not None and class_id is not None:
        expected = opaque_id(rules.salt, f"{row.coco_image_id}_{class_id}")
        if mark.sample != expected:
            yield f"its mark is of sample {mark.sample}, not {expected}"
    if write_mark(essence, Mark(mark.sample, _TOOL)) != row.image.bytes:
        yield "its picture holds more, or another, than pixels and the mark that cocopfs writes"


def _captions(row: Sample, _: Rules) -> Iterator[str]:
    if not row.name or not row.name.isprintable():
        yield f"its name is {row.name!r}"
    name = unicodedata.normalize("NFC", row.name)
    named = {
        "captions_in_place": name,
        "captions_in_parentheses": name,
        "captions_in_place_tok": TOKEN,
        "captions_in_parentheses_tok": TOKEN,
    }
    if not row.captions:
        yield "it has no caption"
    for style, wanted in named.items():
        texts = getattr(row, style)
        if len(texts) != len(row.captions):
            yield f"{len(texts)} {style} of {len(row.captions)} captions"
        for number, text in enumerate(texts):
            if wanted not in text:
                yield f"{style}[{number}] does not say {wanted!r}"
    if len(row.caption_forms) != len(row.captions):
        yield f"{len(row.caption_forms)} caption_forms of {len(row.captions)} captions"
    pairs = zip(row.caption_forms, row.captions_in_place, row.captions_in_parentheses, strict=False)
    for number, (form, one, other) in enumerate(pairs):
        if (form is CaptionForm.PREFIX) != (one == other):
            yield f"caption_forms[{number}] is {form}, which its captions are not"


def _numbers(row: Sample, _: Rules) -> Iterator[str]:
    for field in fields(row):
        value = getattr(row, field.name)
        if isinstance(value, float) and not math.isfinite(value):
            yield f"{field.name} is {value}"
    for name in _COSINES:
        if abs(getattr(row, name)) > 1 + _ROUNDING:
            yield f"{name} is {getattr(row, name):g}"
    if abs(row.margin - (row.similarity - row.residual_similarity)) > _ROUNDING:
        yield f"margin is {row.margin:g}, similarity less residual_similarity is another number"
    for what in ("person", "face"):
        x, y, width, height = (
            getattr(row, f"{what}_{side}") for side in ("x", "y", "width", "height")
        )
        seen = x < row.width and y < row.height and x + width > 0 and y + height > 0
        if not (width > 0 and height > 0 and seen):
            yield f"{what} box {x:g}, {y:g}, {width:g} x {height:g} is not in the picture"


def _gate(row: Sample, rules: Rules) -> Iterator[str]:
    """As stage `judge` itself decides, but for the thresholds of groups, which are no part of the
    published dataset."""
    if rules.gate is None:
        return
    figures = Figures(*(getattr(row, field.name) for field in fields(Figures)))
    swap = SwapFigures(
        row.sample_id, row.coco_image_id, row.identity, row.gender, row.ethnicity, figures
    )
    failed = fault(swap, rules.gate, {})
    if failed is not None:
        yield f"{failed[0]}: {failed[1]}"
    if row.small_face != (row.face_size < rules.gate.small_face):
        yield f"small_face is {row.small_face} at {row.face_size:g} pixels"


def _embedding(row: Sample, rules: Rules) -> Iterator[str]:
    vector = row.reference_embedding
    if rules.embeddings is not None and (vector is not None) != rules.embeddings:
        yield "it carries an embedding" if vector else "it carries no embedding"
    if vector and not abs(math.hypot(*vector) - 1) < 1e-3:
        yield f"its embedding is of length {math.hypot(*vector):g}"


def _origin(row: Sample, rules: Rules) -> Iterator[str]:
    for name, expected in (
        ("pack_digest", rules.pack_digest),
        ("recipe_digest", rules.recipe_digest),
        ("cocopfs_version", rules.version),
    ):
        if getattr(row, name) != expected:
            yield f"{name} is {getattr(row, name)!r}, the manifest's is {expected!r}"


PROMISES: Final[Mapping[str, Callable[[Sample, Rules], Iterator[str]]]] = {
    "ids are those of photograph, identity and file": _ids,
    "every picture decodes to the stated size": _picture,
    "every picture carries its mark, and nothing else": _mark,
    "every caption carries the name, in every style": _captions,
    "figures and boxes are possible numbers": _numbers,
    "every sample passes the recipe's gate": _gate,
    "embeddings go out only as the recipe says": _embedding,
    "every row names the pack, recipe and version of the manifest": _origin,
}
"""By what each promises of a row; a function says what it finds broken."""
