"""The rows that an export gives out, with published or with real ids."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cocopfs.captions.enrich import TOKEN
from cocopfs.errors import UsageError
from cocopfs.publish.dataset import Published
from cocopfs.records import EncodedImage, Sample, Split


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What `private/` tells of an identity. `portraits`: real portrait ids by published ones;
    `reference`: the reference portrait's embedding, packed."""

    class_id: str
    name: str
    portraits: Mapping[str, str]
    reference: bytes


@dataclass(frozen=True, slots=True)
class View:
    """A dataset's rows. `enrolled`, by published identity, is null where `private/` is not there.

    `real_ids`: pseudonyms are undone, which needs `enrolled`.
    """

    dataset: Published
    enrolled: Mapping[str, Enrolled] | None
    real_ids: bool = False

    def __post_init__(self) -> None:
        """Raises UsageError where there is nothing to undo, or nothing to undo it with."""
        if self.real_ids and not self.dataset.pseudonymous:
            raise UsageError(
                f"--real-ids has no use: {self.dataset.root} carries real ids and names",
                hint="leave it out",
            )
        if self.real_ids and self.enrolled is None:
            raise UsageError(
                f"the real ids of {self.dataset.root} are not at hand",
                expected="private/identities.parquet and private/pseudonyms.key",
                hint="bring private/ back, or leave --real-ids out",
            )

    @property
    def facts(self) -> Mapping[str, Any]:
        """The manifest, as far as the cards of these rows go."""
        if not self.real_ids:
            return self.dataset.facts
        recipe = self.dataset.facts["recipe"]
        caption = {**recipe["caption"], "names": "real"}
        return {**self.dataset.facts, "recipe": {**recipe, "caption": caption}}

    def samples(self, split: Split) -> Iterator[Sample]:
        """The rows in order, a row group in memory at a time."""
        for row in self.dataset.samples(split):
            yield self._real(row) if self.real_ids else row

    def _real(self, row: Sample) -> Sample:
        assert self.enrolled is not None
        if row.identity not in self.enrolled:
            raise UsageError(
                f"private/ does not tell who {row.identity} of sample {row.sample_id} is",
                expected="private/ of this very dataset",
            )
        person = self.enrolled[row.identity]
        sample_id = f"{row.coco_image_id}_{person.class_id}"

        def named(captions: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(text.replace(TOKEN, person.name) for text in captions)

        return replace(
            row,
            sample_id=sample_id,
            image=EncodedImage(row.image.bytes, f"{sample_id}.jpg"),
            identity=person.class_id,
            name=person.name,
            captions_in_place=named(row.captions_in_place_tok),
            captions_in_parentheses=named(row.captions_in_parentheses_tok),
            source_portrait=person.portraits[row.source_portrait],
            reference_portrait=person.portraits[row.reference_portrait],
        )
