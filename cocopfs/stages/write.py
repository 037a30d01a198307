"""write: accepted swaps → the rows and files that are published."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

import pyarrow.parquet as pq

import cocopfs
from cocopfs.engine.stage import Result, Scope, Shard
from cocopfs.engine.store import Upstream
from cocopfs.publish.parquet import write_samples
from cocopfs.publish.standing import Standing, file_sizes
from cocopfs.recipe import PublishPart, settings_of
from cocopfs.records import (
    DescribedPhoto,
    EncodedImage,
    EnrichedCaptions,
    Identity,
    IdentityCard,
    Pairing,
    Photo,
    ReferenceEmbedding,
    Sample,
    SampleDraft,
    Split,
    SwapSummary,
    Verdict,
    unpack_vector,
)
from cocopfs.stages.contract import TABLE_LIBRARIES
from cocopfs.stages.naming import Naming


@dataclass(frozen=True)
class Write:
    """Files of equal rows, numbered once; within a split by photo and published identity (an order
    by class id would tell through pseudonyms)."""

    part: PublishPart
    recipe_digest: str
    pack_digest: str
    naming: Naming
    swaps: Path  # the folder of stage `swap`, where the pictures lie
    standing: Standing | None = None  # whose files are kept

    name: ClassVar[str] = "write"
    version: ClassVar[int] = 3
    gives: ClassVar[type] = Sample
    reads: ClassVar[tuple[str, ...]] = (
        "select",
        "describe",
        "enroll",
        "match",
        "swap",
        "judge",
        "caption",
    )
    scope: ClassVar[Scope] = "global"
    aggregates: ClassVar[bool] = False
    uses_models: ClassVar[bool] = False
    libraries: ClassVar[tuple[str, ...]] = TABLE_LIBRARIES
    batch_setting: ClassVar[str | None] = None

    def __getstate__(self) -> dict[str, Any]:
        # The plan alone needs what stood; with every shard it would be megabytes.
        return {**self.__dict__, "standing": None}

    @property
    def settings(self) -> Mapping[str, Any]:
        settings = settings_of("publish", self.part)
        del settings["publish.contact"]
        return settings

    @property
    def ingredients(self) -> Mapping[str, str]:
        return {
            "recipe": self.recipe_digest,
            "pack": self.pack_digest,
            "cocopfs": cocopfs.__version__,
            "names": self.naming.digest,
        }

    def size(self, upstream: Upstream) -> int:
        return upstream.count("judge")

    def shards(self, upstream: Upstream) -> Iterator[Shard]:
        drafts = _Drafts(upstream, self.naming, inline=self.part.embeddings == "inline")
        for split, rows in drafts.rows_per_split.items():
            sizes = file_sizes(self.standing, split, rows, self.part.rows_per_shard)
            found = drafts.of(split)
            for number, size in enumerate(sizes):
                chunk = tuple(islice(found, size))
                yield Shard(f"{split}-{number:05d}-of-{len(sizes):05d}", chunk)

    def process(self, shard: Shard, models: None) -> Result:
        return Result(list(shard.rows), [])

    def write(self, file: BinaryIO, rows: list[SampleDraft]) -> None:
        write_samples(file, self._samples(rows), rows_per_group=self.part.rows_per_group)

    def _samples(self, drafts: list[SampleDraft]) -> Iterator[Sample]:
        """Drafts with their pictures; one file of swaps is in memory at a time."""
        pictures: dict[str, bytes] = {}
        loaded = None
        for draft in drafts:
            if draft.picture_file != loaded:
                loaded = draft.picture_file
                table = pq.read_table(self.swaps / loaded, columns=["sample_id", "picture"])
                pictures = dict(
                    zip(table["sample_id"].to_pylist(), table["picture"].to_pylist(), strict=True)
                )
            yield self.sample(draft, pictures[draft.item])

    def sample(self, draft: SampleDraft, picture: bytes) -> Sample:
        """The published row. Raises OSError where the picture is not the draft's."""
        if hashlib.sha256(picture).hexdigest() != draft.swap.picture_digest:
            raise OSError(f"the picture of {draft.item} in {draft.picture_file} is damaged")
        photo, face, figures = draft.photo, draft.photo.face, draft.swap.figures
        points = [float(value) for value in face.landmarks]
        sample_id = self.naming.sample(photo.photo_id, draft.identity.class_id)
        return Sample(
            sample_id=sample_id,
            split=draft.pairing.split,
            image=EncodedImage(picture, f"{sample_id}.jpg"),
            width=photo.width,
            height=photo.height,
            coco_image_id=photo.photo_id,
            file_name=f"{photo.subset}/{photo.file_name}",
            licence=photo.licence.licence_id,
            licence_name=photo.licence.name,
            licence_url=photo.licence.url,
            coco_url=photo.coco_url,
            flickr_url=photo.flickr_url,
            identity=self.naming.identity(draft.identity.class_id),
            name=draft.identity.name,
            gender=draft.identity.gender,
            ethnicity=draft.identity.ethnicity,
            original_gender=draft.original.gender,
            original_ethnicity=draft.original.ethnicity,
            match_rule=draft.pairing.rule,
            person_x=photo.person_box.x,
            person_y=photo.person_box.y,
            person_width=photo.person_box.width,
            person_height=photo.person_box.height,
            face_x=face.box.x,
            face_y=face.box.y,
            face_width=face.box.width,
            face_height=face.box.height,
            left_eye_x=points[0],
            left_eye_y=points[1],
            right_eye_x=points[2],
            right_eye_y=points[3],
            nose_x=points[4],
            nose_y=points[5],
            left_mouth_x=points[6],
            left_mouth_y=points[7],
            right_mouth_x=points[8],
            right_mouth_y=points[9],
            captions=tuple(caption.text for caption in photo.captions),
            captions_in_place=draft.captions.in_place,
            captions_in_parentheses=draft.captions.in_parentheses,
            captions_in_place_tok=draft.captions.in_place_tok,
            captions_in_parentheses_tok=draft.captions.in_parentheses_tok,
            caption_forms=draft.captions.forms,
            source_portrait=self.naming.portrait(draft.swap.source_portrait),
            reference_portrait=self.naming.portrait(draft.identity.reference_portrait),
            reference_embedding=_floats(draft.identity.reference_embedding),
            similarity=figures.similarity,
            residual_similarity=figures.residual_similarity,
            margin=figures.margin,
            redetected=figures.redetected,
            landmark_error=figures.landmark_error,
            pose_difference=figures.pose_difference,
            yaw=figures.yaw,
            pitch=figures.pitch,
            roll=figures.roll,
            outside_psnr=figures.outside_psnr,
            outside_ssim=figures.outside_ssim,
            seam=figures.seam,
            sharpness=figures.sharpness,
            colour_difference=figures.colour_difference,
            changed=figures.changed,
            face_size=figures.face_size,
            small_face=draft.small_face,
            grey=photo.grey,
            pack_digest=self.pack_digest,
            recipe_digest=self.recipe_digest,
            cocopfs_version=cocopfs.__version__,
        )


def reference_embeddings(upstream: Upstream, naming: Naming) -> list[ReferenceEmbedding]:
    """The query's face of every identity in the dataset, by published id."""
    present = {row.class_id for row in upstream.read("judge", Verdict)}
    found = [
        ReferenceEmbedding(
            naming.identity(row.class_id),
            naming.portrait(row.reference.portrait_id),
            tuple(unpack_vector(row.reference.embedding).tolist()),
        )
        for row in upstream.read("enroll", Identity)
        if row.class_id in present
    ]
    return sorted(found, key=lambda row: row.identity)


def _floats(vector: bytes | None) -> tuple[float, ...] | None:
    return None if vector is None else tuple(unpack_vector(vector).tolist())


class _Drafts:
    """The join of all that is known of the accepted samples, a split at a time."""

    def __init__(self, upstream: Upstream, naming: Naming, *, inline: bool) -> None:
        self._upstream = upstream
        self._naming = naming
        self._photos = {row.photo_id: row for row in upstream.read("select", Photo)}
        self._originals = {
            row.photo_id: row.appearance for row in upstream.read("describe", DescribedPhoto)
        }
        identities = list(upstream.read("enroll", Identity))
        names = naming.names(identities)
        self._cards = {
            row.class_id: IdentityCard(
                row.class_id,
                names[row.class_id],
                row.gender,
                row.ethnicity,
                row.reference.portrait_id,
                row.reference.embedding if inline else None,
            )
            for row in identities
        }
        self._pairings = {row.sample_id: row for row in upstream.read("match", Pairing)}
        self._small = {row.sample_id: row.small_face for row in upstream.read("judge", Verdict)}
        found = Counter(self._pairings[sample_id].split for sample_id in self._small)
        self.rows_per_split = {split: found[split] for split in Split if found[split]}

    def of(self, split: Split) -> Iterator[SampleDraft]:
        for manifest, swaps in self._upstream.read_shards("swap", SwapSummary):
            captions = {
                row.sample_id: row
                for row in self._upstream.read_shard("caption", manifest.shard, EnrichedCaptions)
            }
            wanted = [
                swap
                for swap in swaps
                if swap.sample_id in captions and self._pairings[swap.sample_id].split == split
            ]
            wanted.sort(key=lambda swap: (swap.photo_id, self._naming.identity(swap.class_id)))
            for swap in wanted:
                yield SampleDraft(
                    photo=self._photos[swap.photo_id],
                    original=self._originals[swap.photo_id],
                    pairing=self._pairings[swap.sample_id],
                    identity=self._cards[swap.class_id],
                    swap=swap,
                    small_face=self._small[swap.sample_id],
                    captions=captions[swap.sample_id],
                    picture_file=manifest.rows.name,
                )
