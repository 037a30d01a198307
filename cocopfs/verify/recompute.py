"""A sample of the dataset made anew from the originals, and compared with what is published."""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from cocopfs.audit.dataset import Dataset
from cocopfs.audit.samples import photos_of
from cocopfs.engine.progress import Progress
from cocopfs.engine.stage import Shard
from cocopfs.engine.store import Store
from cocopfs.errors import IncompleteError, UsageError
from cocopfs.faces.models import Models
from cocopfs.faces.pack import open_pack
from cocopfs.faces.session import Device, resolve_device
from cocopfs.publish.parquet import read_samples
from cocopfs.recipe import Recipe
from cocopfs.records import (
    AnnotatedPhoto,
    DescribedPhoto,
    Identity,
    IdentityCard,
    ItemKind,
    NamedCaptions,
    Pairing,
    Photo,
    Reason,
    Sample,
    SampleDraft,
    Swap,
    SwapSource,
    SwapSummary,
    SwapTarget,
)
from cocopfs.stages.contract import raw_file
from cocopfs.stages.enroll import gallery_index
from cocopfs.stages.naming import Naming
from cocopfs.stages.pipeline import Materials, make_stages, model_opener, roles_for
from cocopfs.stages.run_record import last_run
from cocopfs.stages.select import index
from cocopfs.stages.stack import describe_stack
from cocopfs.stages.write import Write
from cocopfs.verify.comparison import TOLERANCE, differences, same_identity
from cocopfs.verify.evidence import Evidence
from cocopfs.verify.finding import Check, Finding, check, not_tried

T = TypeVar("T", int, str)

_SAMPLES = "a sample made anew from the originals is the published one"
_PEOPLE = "identities enrolled anew are those of private/"


@dataclass(frozen=True, slots=True)
class Originals:
    """What a dataset was made of; null for where the build found it."""

    coco: Path | None
    gallery: Path | None
    pack: Path | None
    device: Device

    def found(self, dataset: Dataset) -> tuple[Path, Path, Path]:
        """COCO, the gallery and the pack. Raises UsageError that names what is not there."""
        given = {"coco": self.coco, "vggface2": self.gallery, "pack": self.pack}
        if None in given.values():
            run = last_run(dataset.root)
            for name, folder in given.items():
                if folder is None and isinstance(run.get(name), str):
                    given[name] = Path(run[name])
        folders = []
        for name, folder in given.items():
            if folder is None or not folder.is_dir():
                raise UsageError(
                    f"--recompute needs the originals, and {folder or name} is not there",
                    expected="the folders that the dataset was made of",
                    hint=f"say where they lie with --{name}; a drawn world lies below work/ and is "
                    "drawn again by cocopfs build",
                )
            folders.append(folder.resolve())
        coco, gallery, pack = folders
        return coco, gallery, pack


def recompute(
    evidence: Evidence, share: float, originals: Originals, progress: Progress
) -> list[Check]:
    """Make a share of the samples anew, whole photographs at a time, and as large a share of the
    identities.

    A photograph is selected, described, swapped and captioned again, with all its identities, as
    the stages do it; which identities it gets, and its split, are taken as they are: `match` and
    `calibrate` need everybody. On the manifest's own stack, and on a CPU, every byte must be the
    same; elsewhere comparison.TOLERANCE holds. (On a GPU the results depend on what else was in a
    batch.) The draw is stable: a larger share adds to it.
    Raises UsageError where the originals are others than those of the manifest.
    """
    if evidence.recipe is None:
        return [not_tried(_SAMPLES, "the recipe in manifest.json is of another version")]
    if evidence.naming is None or (evidence.dataset.pseudonymous and evidence.identities is None):
        return [not_tried(_SAMPLES, "who the identities are cannot be told without private/")]
    if evidence.rejections is None:
        return [not_tried(_SAMPLES, "rejections.parquet cannot be read")]
    bench = _Bench(evidence, evidence.recipe, evidence.naming, originals)
    photos = draw(set(photos_of(evidence.contents.samples).tolist()), share)
    findings: list[Finding] = []
    tried = 0
    progress.start("recompute", len(photos))
    for rows in _rows_of(evidence, set(photos)):
        try:
            findings += bench.compare(rows)
        except IncompleteError as error:
            findings.append(Finding(f"photo {rows[0].coco_image_id}", error.what))
        tried += len(rows)
        progress.advance(1, 0)
    progress.finish()
    return [check(_SAMPLES, tried, findings, bench.terms), bench.compare_people(share)]


def draw(items: Iterable[T], share: float) -> list[T]:
    """A stable share of the items, at least one where there are any."""

    def lot(item: T) -> bytes:
        return hashlib.sha256(f"recompute:{item}".encode()).digest()

    drawn = sorted(items, key=lot)
    return drawn[: math.ceil(share * len(drawn))]


def _rows_of(evidence: Evidence, photos: set[int]) -> Iterator[list[Sample]]:
    """The published rows of each photograph; a split's rows lie in the order of photographs."""
    samples = evidence.contents.samples
    chosen = [photo in photos for photo in photos_of(samples).tolist()]
    wanted: dict[int, set[str]] = defaultdict(set)
    left: dict[int, int] = defaultdict(int)
    for number, photo, sample_id, here in zip(
        samples.table["_file"].to_pylist(),
        photos_of(samples).tolist(),
        samples.texts("sample_id"),
        chosen,
        strict=True,
    ):
        if here:
            wanted[number].add(sample_id or "")
            left[photo] += 1
    rows: dict[int, list[Sample]] = defaultdict(list)
    for number in sorted(wanted):
        for row in read_samples(evidence.dataset.files[number].path):
            if row.sample_id not in wanted[number]:
                continue
            rows[row.coco_image_id].append(row)
            if len(rows[row.coco_image_id]) == left[row.coco_image_id]:
                yield rows.pop(row.coco_image_id)


class _Bench:
    """The stages of the dataset's recipe, its materials and networks, opened once."""

    def __init__(
        self, evidence: Evidence, recipe: Recipe, naming: Naming, originals: Originals
    ) -> None:
        self._evidence, self._recipe = evidence, recipe
        manifest = evidence.dataset.manifest
        coco, gallery, folder = originals.found(evidence.dataset)
        pack = open_pack(folder, roles_for(recipe))
        if pack.digest != manifest.pack.digest:
            raise UsageError(
                f"{folder} is not the pack of the dataset: its digest is {pack.digest}",
                expected=manifest.pack.digest,
                hint="say where the dataset's networks lie with --pack",
            )
        device = originals.device
        if device == "auto" and manifest.stack.get("device") == "cpu":
            device = "cpu"
        self._materials = Materials(coco, gallery, pack, resolve_device(device))
        self._naming = Naming(gallery, naming.key)
        store = Store(evidence.dataset.root / "work")
        stages = make_stages(recipe, self._materials, store, self._naming)
        self._stages = {stage.name: stage for stage in stages}
        stack = describe_stack(recipe, self._materials, stages)
        self.exact = stack == manifest.stack and self._materials.device == "cpu"
        self._refuse_other_annotations()

    @property
    def terms(self) -> str | None:
        """On which terms rows are compared; null for every byte."""
        return None if self.exact else f"another stack than the manifest's: {TOLERANCE}"

    def compare(self, rows: list[Sample]) -> Iterator[Finding]:
        """One photograph's published rows with those made anew."""
        photo_id = rows[0].coco_image_id
        photo, described, why = self._photo(photo_id)
        if photo is None or described is None:
            yield Finding(f"photo {photo_id}", f"made anew it is left out: {why}")
            return
        swaps = {swap.class_id: swap for swap in self._swaps(photo)}
        for row in rows:
            class_id = self._class_ids.get(row.identity, row.identity)
            if class_id not in swaps:
                yield Finding(row.sample_id, "made anew there is no swap")
                continue
            made = self._sample(row, photo, described, swaps[class_id])
            for what in differences(made, row, exact=self.exact):
                yield Finding(row.sample_id, what)

    def compare_people(self, share: float) -> Check:
        """A share of the identities, enrolled anew."""
        identities = self._evidence.identities
        if identities is None:
            return not_tried(_PEOPLE, "private/ is not there")
        known = {row.class_id: row for row in identities}
        chosen = [known[name] for name in draw(known, share)]
        findings = [
            Finding(f"identity {row.class_id}", "enrolled anew it is another")
            for row in chosen
            if (made := self._enrolled(row.class_id)) is None
            or not same_identity(made, row, exact=self.exact)
        ]
        return check(_PEOPLE, len(chosen), findings, self.terms)

    # --- the stages, one photograph at a time -----------------------------------------------------

    @cached_property
    def _models(self) -> Models:
        return model_opener(self._recipe, self._materials, self._evidence.dataset.root)()

    @cached_property
    def _annotated(self) -> Mapping[int, AnnotatedPhoto]:
        found = index(self._materials.coco, self._recipe.select.subsets)
        return {photo.photo_id: photo for photo in found.photos}

    @cached_property
    def _class_ids(self) -> Mapping[str, str]:
        """The real identity of each published one."""
        identities = self._evidence.identities or ()
        return {self._naming.identity(row.class_id): row.class_id for row in identities}

    @cached_property
    def _pairings(self) -> Mapping[int, list[str]]:
        """The identities that each photograph was paired with, in the order of their class ids:
        those that were published, and those whose swaps were left out."""
        samples = self._evidence.contents.samples
        found: dict[int, set[str]] = defaultdict(set)
        for photo, identity in zip(
            photos_of(samples).tolist(), samples.texts("identity"), strict=True
        ):
            found[photo].add(identity or "")
        for row in self._evidence.rejections or ():
            if row.kind is ItemKind.SAMPLE and row.reason is not Reason.REMOVED:
                photo_id, _, identity = row.item.partition("_")
                found[int(photo_id)].add(identity)
        return {
            photo: sorted(self._class_ids.get(name, name) for name in names)
            for photo, names in found.items()
        }

    @cached_property
    def _people(self) -> dict[str, Identity]:
        return {row.class_id: row for row in self._evidence.identities or ()}

    def _photo(self, photo_id: int) -> tuple[Photo | None, DescribedPhoto | None, str]:
        annotated = self._annotated.get(photo_id)
        if annotated is None:
            return None, None, "the annotations do not list it"
        files = (raw_file(self._materials.coco, f"{annotated.subset}/{annotated.file_name}"),)
        selected = self._stages["select"].process(
            Shard("anew", (annotated,), files=files), self._models
        )
        if not selected.rows:
            return None, None, f"{selected.rejections[0].reason}"
        (photo,) = selected.rows
        described = self._stages["describe"].process(Shard("anew", (photo,)), self._models)
        if not described.rows:
            return photo, None, f"{described.rejections[0].reason}"
        return photo, described.rows[0], ""

    def _swaps(self, photo: Photo) -> list[Swap]:
        class_ids = tuple(name for name in self._pairings[photo.photo_id] if self._person(name))
        target = SwapTarget(
            photo_id=photo.photo_id,
            subset=photo.subset,
            file_name=photo.file_name,
            file_digest=photo.file_digest,
            face=photo.face,
            class_ids=class_ids,
        )
        people = (self._people[name] for name in class_ids)
        sources = tuple(SwapSource(person.class_id, person.sources) for person in people)
        return self._stages["swap"].process(Shard("anew", (target,), sources), self._models).rows

    def _person(self, class_id: str) -> Identity | None:
        if class_id not in self._people:
            made = self._enrolled(class_id)
            if made is not None:
                self._people[class_id] = made
        return self._people.get(class_id)

    def _enrolled(self, class_id: str) -> Identity | None:
        count = self._recipe.enroll.portraits_per_identity
        gallery = gallery_index(self._materials.vggface2, count)
        for row in gallery.identities:
            if row.class_id == class_id:
                files = tuple(raw_file(self._materials.vggface2, path) for path in row.portraits)
                shard = Shard("anew", (row,), files=files)
                rows = self._stages["enroll"].process(shard, self._models).rows
                return rows[0] if rows else None
        return None

    @cached_property
    def _names(self) -> Mapping[str, str]:
        return self._naming.names(self._people.values())

    def _sample(self, row: Sample, photo: Photo, described: DescribedPhoto, swap: Swap) -> Sample:
        person = self._people[swap.class_id]
        name = self._names[person.class_id] if self._naming.key else person.name
        named = NamedCaptions(swap.sample_id, name, person.gender, photo.captions)
        captions = self._stages["caption"].process(Shard("anew", (named,)), None).rows[0]
        inline = self._recipe.publish.embeddings == "inline"
        draft = SampleDraft(
            photo=photo,
            original=described.appearance,
            pairing=Pairing(photo.photo_id, swap.class_id, row.split, row.match_rule),
            identity=IdentityCard(
                person.class_id,
                name,
                person.gender,
                person.ethnicity,
                person.reference.portrait_id,
                person.reference.embedding if inline else None,
            ),
            swap=SwapSummary(
                swap.sample_id,
                swap.photo_id,
                swap.class_id,
                swap.picture_digest,
                swap.source_portrait,
                swap.figures,
            ),
            small_face=swap.figures.face_size < self._recipe.judge.small_face,
            captions=captions,
            picture_file="",
        )
        write = self._stages["write"]
        assert isinstance(write, Write)
        return write.sample(draft, swap.picture)

    def _refuse_other_annotations(self) -> None:
        said = self._evidence.dataset.manifest.sources.get("coco", {}).get("annotations")
        found = index(self._materials.coco, self._recipe.select.subsets).annotation_files
        if isinstance(said, dict) and dict(found) != said:
            raise UsageError(
                f"{self._materials.coco} holds other annotations than the dataset was made of",
                hint="say where its COCO lies with --coco",
            )
