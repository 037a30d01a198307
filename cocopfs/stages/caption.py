"""caption: the identity's name written into the photo's captions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

from cocopfs.captions.enrich import enrich
from cocopfs.captions.explain import Explanation, explain
from cocopfs.captions.template import load_template
from cocopfs.engine.stage import Result, Scope, Shard
from cocopfs.engine.store import Upstream, write_table
from cocopfs.errors import UsageError
from cocopfs.recipe import Recipe
from cocopfs.records import EnrichedCaptions, Gender, Identity, NamedCaptions, Photo, Verdict
from cocopfs.stages.contract import TABLE_LIBRARIES
from cocopfs.stages.naming import Naming
from cocopfs.stages.select import index


@dataclass(frozen=True)
class WriteNames:
    """Each caption is decided by itself, by hash(seed, caption id) where there is a choice."""

    template: str
    template_digest: str
    seed: int
    naming: Naming

    name: ClassVar[str] = "caption"
    version: ClassVar[int] = 3
    gives: ClassVar[type] = EnrichedCaptions
    reads: ClassVar[tuple[str, ...]] = ("select", "enroll", "judge")
    scope: ClassVar[Scope] = "shard"
    aggregates: ClassVar[bool] = False
    uses_models: ClassVar[bool] = False
    libraries: ClassVar[tuple[str, ...]] = TABLE_LIBRARIES
    batch_setting: ClassVar[str | None] = None

    @property
    def settings(self) -> Mapping[str, Any]:
        return {"caption.template": self.template, "seed": self.seed}

    @property
    def ingredients(self) -> Mapping[str, str]:
        return {f"captions/{self.template}": self.template_digest, "names": self.naming.digest}

    def size(self, upstream: Upstream) -> int:
        return upstream.count("judge")

    def shards(self, upstream: Upstream) -> Iterator[Shard]:
        captions = {photo.photo_id: photo.captions for photo in upstream.read("select", Photo)}
        identities = list(upstream.read("enroll", Identity))
        names = self.naming.names(identities)
        people = {row.class_id: (names[row.class_id], row.gender) for row in identities}
        for manifest, verdicts in upstream.read_shards("judge", Verdict):
            rows = tuple(
                NamedCaptions(row.sample_id, *people[row.class_id], captions[row.photo_id])
                for row in verdicts
            )
            if rows:
                yield Shard(manifest.shard, rows)

    def process(self, shard: Shard, models: None) -> Result:
        template = load_template(self.template)
        result = Result([], [])
        for row in shard.rows:
            forms = [
                enrich(caption, row.name, template, self.seed, row.gender)
                for caption in row.captions
            ]
            result.rows.append(
                EnrichedCaptions(
                    sample_id=row.sample_id,
                    in_place=tuple(form.in_place for form in forms),
                    in_parentheses=tuple(form.in_parentheses for form in forms),
                    in_place_tok=tuple(form.in_place_tok for form in forms),
                    in_parentheses_tok=tuple(form.in_parentheses_tok for form in forms),
                    forms=tuple(form.form for form in forms),
                    prefix_reasons=tuple(form.reason or "" for form in forms),
                )
            )
        return result

    def write(self, file: BinaryIO, rows: list[Any]) -> None:
        write_table(file, EnrichedCaptions, rows)


def explain_captions(
    coco: Path, image: int, recipe: Recipe, name: str, gender: Gender | None
) -> list[Explanation]:
    """What a build by that recipe does with the captions of a COCO image for an identity of that
    name and gender, and why.

    Raises UsageError for an image that the annotations do not list.
    """
    photos = {photo.photo_id: photo for photo in index(coco, recipe.select.subsets).photos}
    if image not in photos:
        raise UsageError(f"image {image} is not in the annotations of {coco}")
    template = load_template(recipe.caption.template)
    return [
        explain(caption, name, template, recipe.seed, gender) for caption in photos[image].captions
    ]
