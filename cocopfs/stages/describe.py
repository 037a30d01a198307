"""describe: the original face as the attribute networks see it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

import numpy as np
from numpy.typing import NDArray

from cocopfs.captions.gender import told_gender
from cocopfs.captions.template import load_template
from cocopfs.engine.pipeline import read_ahead
from cocopfs.engine.stage import Result, Scope, Shard
from cocopfs.engine.store import Upstream, write_table
from cocopfs.faces.attributes import face_crop
from cocopfs.faces.models import Models
from cocopfs.recipe import DescribePart, settings_of
from cocopfs.records import (
    Appearance,
    DescribedPhoto,
    Ethnicity,
    Gender,
    ItemKind,
    Photo,
    Reason,
    Rejection,
)
from cocopfs.stages.contract import (
    AHEAD,
    ATTRIBUTE_LIBRARIES,
    one_thread_in_opencv,
    same_picture,
    sure,
    threads_beside,
)


@dataclass(frozen=True)
class Describe:
    """A value is null below its floor; the photo is rejected only if `match.by` needs the value."""

    part: DescribePart
    needed: tuple[str, ...]  # match.by
    max_pixels: int
    model_digests: Mapping[str, str]
    template: str  # its words tell the gender that captions give
    template_digest: str
    coco: Path

    name: ClassVar[str] = "describe"
    version: ClassVar[int] = 1
    gives: ClassVar[type] = DescribedPhoto
    reads: ClassVar[tuple[str, ...]] = ("select",)
    scope: ClassVar[Scope] = "shard"
    aggregates: ClassVar[bool] = False
    uses_models: ClassVar[bool] = True
    libraries: ClassVar[tuple[str, ...]] = ATTRIBUTE_LIBRARIES
    batch_setting: ClassVar[str | None] = "describe.batch"

    @property
    def settings(self) -> Mapping[str, Any]:
        return settings_of("describe", self.part) | {
            "match.by": list(self.needed),
            "select.max_pixels": self.max_pixels,
        }

    @property
    def ingredients(self) -> Mapping[str, str]:
        return {**self.model_digests, f"captions/{self.template}": self.template_digest}

    def size(self, upstream: Upstream) -> int:
        return upstream.count("select")

    def shards(self, upstream: Upstream) -> Iterator[Shard]:
        for manifest, rows in upstream.read_shards("select", Photo):
            if rows:
                yield Shard(manifest.shard, tuple(rows))

    @one_thread_in_opencv()
    def process(self, shard: Shard, models: Models) -> Result:
        result = Result([], [])
        threads = threads_beside(gpu=models.on_gpu)
        cut = read_ahead(shard.rows, self._cut_out, threads=threads, ahead=AHEAD)
        with closing(cut):
            crops = [crop() for _, crop in cut]
        gender, ethnicity = models.attributes.predict(crops, self.part.batch)
        for photo, genders, ethnicities in zip(shard.rows, gender, ethnicity, strict=True):
            appearance = self._appearance(genders, ethnicities)
            told = self._vetoed(photo, appearance)
            if told is not None:
                appearance = replace(appearance, gender=None)
            if "gender" in self.needed and appearance.gender is None:
                detail = f"{list(Gender)[genders.argmax()]} at {genders.max():.2f}"
                if told is not None:
                    detail += f", but the captions say {told}"
                result.rejections.append(self._rejection(photo, Reason.GENDER_UNCERTAIN, detail))
            elif "ethnicity" in self.needed and appearance.ethnicity is None:
                detail = f"{list(Ethnicity)[ethnicities.argmax()]} at {ethnicities.max():.2f}"
                result.rejections.append(self._rejection(photo, Reason.ETHNICITY_UNCERTAIN, detail))
            else:
                result.rows.append(DescribedPhoto(photo.photo_id, appearance))
        return result

    def write(self, file: BinaryIO, rows: list[Any]) -> None:
        write_table(file, DescribedPhoto, rows)

    def refuse(self, row: Photo, reason: Reason, detail: str) -> list[Rejection]:
        return [self._rejection(row, reason, detail)]

    def _cut_out(self, photo: Photo) -> NDArray[np.float32]:
        path = f"{photo.subset}/{photo.file_name}"
        picture = same_picture(self.coco, path, photo.file_digest, self.max_pixels)
        return face_crop(picture.pixels, photo.face)

    def _appearance(
        self, gender: NDArray[np.float64], ethnicity: NDArray[np.float64]
    ) -> Appearance:
        return Appearance(
            gender=sure(Gender, gender, self.part.min_gender_probability),
            ethnicity=sure(Ethnicity, ethnicity, self.part.min_ethnicity_probability),
            gender_probabilities=tuple(float(p) for p in gender),
            ethnicity_probabilities=tuple(float(p) for p in ethnicity),
            model_digest="+".join(self.model_digests[role] for role in ("gender", "ethnicity")),
        )

    def _vetoed(self, photo: Photo, appearance: Appearance) -> Gender | None:
        """The gender that the captions tell, where it contradicts the network's; else null."""
        if not self.part.captions_veto or appearance.gender is None:
            return None
        told = told_gender(photo.captions, load_template(self.template))
        return told if told != appearance.gender else None

    def _rejection(self, photo: Photo, reason: Reason, detail: str) -> Rejection:
        return Rejection(ItemKind.PHOTO, photo.item, self.name, reason, detail)
