"""build: all stages of a recipe, then the published folder; and each stage as a step of its own."""

from __future__ import annotations

import os
import platform
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

import cocopfs
from cocopfs.captions.template import load_template
from cocopfs.engine.commit import commit_bytes
from cocopfs.engine.executors import Executor
from cocopfs.engine.lock import one_at_a_time, only_build, only_slice
from cocopfs.engine.plan import StagePlan, State, plan
from cocopfs.engine.progress import Progress
from cocopfs.engine.runner import SliceRun, StageRun, run_slice, run_stage
from cocopfs.engine.slices import Slice
from cocopfs.engine.stage import Stage
from cocopfs.engine.store import StageManifest, Store, Upstream
from cocopfs.errors import FailedShareError, UsageError
from cocopfs.publish.folder import publish
from cocopfs.publish.terms import terms_of
from cocopfs.publish.tombstones import read_removals, tombstones_of
from cocopfs.recipe import Recipe
from cocopfs.sources.consent import needs_consent, read_consent
from cocopfs.stages.counted import UNITS, counted
from cocopfs.stages.enroll import gallery_index, gallery_origin
from cocopfs.stages.manifest import all_rejections, build_manifest
from cocopfs.stages.naming import Naming, keep_key, load_key
from cocopfs.stages.out_folder import (
    BEGUN,
    make_writable,
    read_manifest,
    read_runs,
    refuse_foreign,
    sweep,
)
from cocopfs.stages.pipeline import Materials, make_stages, making_of, model_opener
from cocopfs.stages.select import index
from cocopfs.stages.write import reference_embeddings

Say = Callable[[str], None]


_OF_THE_WHOLE = ("match", "calibrate", "write")  # stages that no slice can do


class _Begun(msgspec.Struct, frozen=True):
    """What a build set out to make."""

    limit: int | None
    names: str


@dataclass(frozen=True)
class Build:
    """One build: a recipe, its materials and the folder that it makes."""

    recipe: Recipe
    materials: Materials
    out: Path
    key_file: Path | None = None  # of pseudonyms; default: private/, where one is drawn once

    @property
    def store(self) -> Store:
        return Store(self.out / "work")

    @property
    def stages(self) -> tuple[Stage, ...]:
        removals = read_removals(self.out)
        tombstones = tombstones_of(self.out, removals)
        naming = self.naming
        return make_stages(self.recipe, self.materials, self.store, naming, removals, tombstones)

    @property
    def naming(self) -> Naming:
        """Under which names the identities go out."""
        hidden = self.recipe.caption.names == "pseudonym"
        key = load_key(self.out, self.key_file) if hidden else None
        removals = read_removals(self.out)
        given = removals.standing.names if removals is not None and removals.standing else {}
        return Naming(self.materials.vggface2, key, given if hidden else {})

    def plan(self) -> list[StagePlan]:
        """The dry run: what would be done, and why."""
        return plan(self.stages, self.store)

    def run(self, executor: Executor, progress: Progress, say: Say) -> BuildReport:
        """Bring the whole dataset up to date."""
        with self._own_folder():
            started = time.time()
            self._supply(progress)
            self._read_materials()
            self._tell_of_before(say)
            self._note_gallery(say)
            self._note_removals(say)
            upstream = Upstream(self.store, {})
            runs = {
                stage.name: self._run(stage, upstream, executor, progress, say)
                for stage in self.stages
            }
            manifest, published = self._publish(upstream)
            worked = published or any(run.shards_done for run in runs.values())
            self._record(runs, executor, started, worked=worked)
            return BuildReport(self.out, manifest, worked)

    def run_stage(self, name: str, executor: Executor, progress: Progress, say: Say) -> StageRun:
        """One step of the build; the steps before it must be up to date."""
        with self._own_folder():
            started = time.time()
            self._supply(progress)
            stage, upstream = self._step(name)
            run = self._run(stage, upstream, executor, progress, say)
            if name == "write":
                self._publish(upstream)
            self._record({name: run}, executor, started, worked=run.shards_done > 0)
            return run

    def run_slice_of_stage(
        self, name: str, part: Slice, executor: Executor, progress: Progress, say: Say
    ) -> SliceRun:
        """A slice's part of one step, while other slices may be at work in the same folder."""
        if name in _OF_THE_WHOLE:
            raise UsageError(
                f"stage {name} is of the whole and cannot be sliced",
                hint=f"when the slices of the stages before it have ended: cocopfs {name}, once, "
                "without --slice",
            )
        with self._own_folder(part):
            started = time.time()
            self._supply(progress, part)
            stage, upstream = self._step(name)
            run = self._run_slice(stage, upstream, part, executor, progress, say)
            self._record({name: run}, executor, started, worked=run.shards_done > 0, part=part)
            return run

    def run_slice(self, part: Slice, executor: Executor, progress: Progress, say: Say) -> str:
        """A slice's part of all stages whose input is whole; what is to be done next."""
        with self._own_folder(part):
            started = time.time()
            self._supply(progress, part)
            upstream = Upstream(self.store, {})
            runs: dict[str, SliceRun] = {}
            following: list[str] = []
            for stage in self.stages:
                if stage.name == "write" or any(n not in upstream.stages for n in stage.reads):
                    continue
                if stage.name in _OF_THE_WHOLE:
                    (state,) = plan([stage], self.store, upstream.stages)
                    manifest = self.store.stage(stage.name)
                    if state.state is State.FRESH and manifest is not None:
                        upstream.stages[stage.name] = manifest
                    else:
                        following.append(f"cocopfs {stage.name}, once, without --slice")
                    continue
                run = self._run_slice(stage, upstream, part, executor, progress, say)
                runs[stage.name] = run
                if run.manifest is None:
                    following.append(
                        f"the other slices: {run.missing} shards of stage {stage.name} are theirs"
                    )
            worked = any(run.shards_done for run in runs.values())
            self._record(runs, executor, started, worked=worked, part=part)
            return "; then ".join(following) or "cocopfs build, once, without --slice"

    def _step(self, name: str) -> tuple[Stage, Upstream]:
        """A stage, and those before it, which must be up to date."""
        stages = {stage.name: stage for stage in self.stages}
        before = list(stages)[: list(stages).index(name)]
        upstream = Upstream(self.store, {})
        for state in plan([stages[step] for step in before], self.store):
            manifest = self.store.stage(state.stage)
            if state.state is State.FRESH and manifest is not None:
                upstream.stages[state.stage] = manifest
        for needed in stages[name].reads:
            if needed not in upstream.stages:
                raise UsageError(
                    f"stage {name} needs stage {needed}, which is not up to date in {self.out}",
                    hint=f"cocopfs {needed} with the same options, or cocopfs build for all",
                )
        return stages[name], upstream

    def _supply(self, progress: Progress, part: Slice | None = None) -> None:
        if self.materials.supply is not None:
            with self._turn(part, "supply"):
                self.materials.supply(progress)

    def _read_materials(self) -> None:
        """Raises UsageError where they cannot be read; they are not read again."""
        index(self.materials.coco, self.recipe.select.subsets)
        gallery_index(self.materials.vggface2, self.recipe.enroll.portraits_per_identity)

    def _turn(self, part: Slice | None, what: str) -> AbstractContextManager[None]:
        """What slices do one after another; a whole build is alone."""
        return nullcontext() if part is None else one_at_a_time(self.out / "work", what)

    @contextmanager
    def _own_folder(self, part: Slice | None = None) -> Iterator[None]:
        """Make sure that the folder is ours to write into, and alone, or shared with other
        slices. What would be refused anyhow is refused before the folder is touched."""
        refuse_foreign(self.out)
        load_template(self.recipe.caption.template)
        if self.materials.supply is None:
            self._read_materials()
        make_writable(self.out)
        work = self.out / "work"
        with only_build(work) if part is None else only_slice(work, part):
            if part is None:
                sweep(self.out)
            with self._turn(part, "begin"):
                self._prepare_folder()
            yield

    def _prepare_folder(self) -> None:
        self._refuse_to_shrink()
        if self.recipe.caption.names == "pseudonym":
            keep_key(self.out, self.key_file, has_pseudonyms=self._has_pseudonyms())
        elif self.key_file is not None:
            raise UsageError(
                f"--key {self.key_file} has no use: the recipe gives real names",
                hint="--set caption.names=pseudonym",
            )
        self._begin()

    def _refuse_to_shrink(self) -> None:
        """A --limit given by a slip must not replace a larger build, finished or not."""
        before = self._begun()
        limit = self.materials.limit
        if before is None or limit is None:
            return
        if before.limit is None or limit < before.limit:
            held = "all photos" if before.limit is None else counted(before.limit, "photo")
            raise UsageError(
                f"{self.out} holds a build of {held}; --limit {limit} would replace it by a part",
                hint="name another folder with --out",
            )

    def _has_pseudonyms(self) -> bool:
        before = self._begun()
        return before is not None and before.names == "pseudonym"

    def _tell_of_before(self, say: Say) -> None:
        """A build replaces what its folder holds: say so."""
        before = read_manifest(self.out)
        if before is None:
            return
        if before["recipe_digest"] != self.recipe.digest:
            say(f"note: the dataset in {self.out} was made with other settings and is replaced")
        elif not any((self.out / "work").glob("*/stage.json")):
            say(f"note: {self.out}/work is gone, so the dataset in {self.out} is made again")

    def _begun(self) -> _Begun | None:
        """What the folder's last build set out to make; null in a new folder."""
        try:
            return msgspec.json.decode((self.out / BEGUN).read_bytes(), type=_Begun)
        except (FileNotFoundError, ValueError):
            manifest = read_manifest(self.out)
        if manifest is None:
            return None
        names = manifest["recipe"].get("caption", {}).get("names", "real")
        return _Begun(manifest["sources"]["coco"]["limit"], names)

    def _begin(self) -> None:
        begun = _Begun(self.materials.limit, self.recipe.caption.names)
        if not (self.out / BEGUN).is_file() or self._begun() != begun:
            commit_bytes(self.out / BEGUN, msgspec.json.encode(begun) + b"\n")

    def _run(
        self, stage: Stage, upstream: Upstream, executor: Executor, progress: Progress, say: Say
    ) -> StageRun:
        opener = model_opener(self.recipe, self.materials, self.out)
        run = run_stage(stage, upstream, executor, opener, progress)
        upstream.stages[stage.name] = run.manifest
        say(_summary(run))
        self._check_failed_share(run.manifest)
        return run

    def _run_slice(
        self,
        stage: Stage,
        upstream: Upstream,
        part: Slice,
        executor: Executor,
        progress: Progress,
        say: Say,
    ) -> SliceRun:
        opener = model_opener(self.recipe, self.materials, self.out)
        run = run_slice(stage, upstream, executor, opener, progress, part)
        state = f"{run.missing} shards of other slices are missing"
        if run.manifest is not None:
            upstream.stages[stage.name] = run.manifest
            self._check_failed_share(run.manifest)
            state = "the stage is whole"
        say(f"{stage.name:<10} slice {part}: {run.shards_done} shards done, {state}")
        return run

    def _note_removals(self, say: Say) -> None:
        """Whoever reads the rows afterwards should not wonder why so many changed."""
        removals = read_removals(self.out)
        made_by = making_of(self.recipe, self.materials)
        needed = self.recipe.judge.min_identities
        standing = removals.standing if removals else None
        if standing is not None and not standing.holds_for(made_by, needed):
            say(
                "note: somebody was taken out of this dataset when its settings were others: "
                "everybody is matched anew, without those who left"
            )

    def _note_gallery(self, say: Say) -> None:
        """Names end up in captions, so say where they come from when that is not plain."""
        gallery = gallery_index(self.materials.vggface2, self.recipe.enroll.portraits_per_identity)
        if gallery.list_file is None:
            say("note: the gallery has no identity list: folder names become names, no genders")
        elif gallery.folders_not_listed:
            few = ", ".join(gallery.folders_not_listed[:3])
            say(
                f"note: {len(gallery.folders_not_listed)} gallery folders are not in "
                f"{gallery.list_file[0]} ({few}): their folder names become names"
            )
        origin = gallery_origin(self.materials.vggface2, gallery)
        pack = self.materials.pack
        for term in terms_of(origin, pack.name, ((f.role, f.licence) for f in pack.files)):
            say(f"terms of {term.subject}: {term.text}")
        if needs_consent(origin):
            gone = tombstones_of(self.out, read_removals(self.out))
            people = (
                row for row in gallery.identities if not gone.identity(row.class_id, row.name)
            )
            consent = read_consent(self.materials.vggface2, (row.class_id for row in people))
            if consent.open:
                say(
                    f"note: the gallery's consent.csv has no line of "
                    f"{counted(consent.open, 'identity')}: without it the dataset cannot be "
                    "exported"
                )

    def _check_failed_share(self, manifest: StageManifest) -> None:
        limit, items = self.recipe.runtime.max_failed_share, manifest.items
        faults = manifest.faults
        if limit is not None and items and faults / items > limit:
            raise FailedShareError(
                f"stage {manifest.stage}: {faults} of {items} items are broken "
                f"({faults / items:.1%}, {limit:.1%} are tolerated)",
                hint=f"see the reasons with: cocopfs status {self.out}; mend the files, or raise "
                "--set runtime.max_failed_share=...",
            )

    def _publish(self, upstream: Upstream) -> tuple[dict[str, Any], bool]:
        """Install the dataset; its facts, and whether anything had to be done."""
        removals = read_removals(self.out)
        tombstones = tombstones_of(self.out, removals)
        rejections = all_rejections(upstream, self.recipe, self.materials, tombstones)
        naming = self.naming
        facts = build_manifest(
            self.recipe, self.materials, self.stages, upstream, rejections, removals
        )
        outgoing = sorted(
            (naming.rejection(row) for row in rejections),
            key=lambda row: (row.kind, row.item, row.stage, row.reason, row.detail),
        )
        separate = self.recipe.publish.embeddings == "separate"
        embeddings = reference_embeddings(upstream, naming) if separate else None
        return facts, publish(self.out, upstream, outgoing, embeddings, facts)

    def _record(
        self,
        runs: Mapping[str, StageRun | SliceRun],
        executor: Executor,
        started: float,
        *,
        worked: bool,
        part: Slice | None = None,
    ) -> None:
        """What is not reproducible: times, host, paths. Appended, so that a resume is seen; a run
        that did nothing is not worth a line."""
        run = {
            "started": datetime.fromtimestamp(started, UTC).isoformat(timespec="seconds"),
            "seconds": round(time.time() - started, 2),
            "cocopfs": cocopfs.__version__,
            "host": platform.node(),
            "platform": platform.platform(),
            "python": platform.python_version(),
            "processors": os.cpu_count(),
            "device": self.materials.device,
            "executor": executor.backend,
            "workers": executor.workers,
            "coco": str(self.materials.coco),
            "vggface2": str(self.materials.vggface2),
            "pack": str(self.materials.pack.root),
            "stages": {
                name: {"shards_done": run.shards_done, "seconds": round(run.seconds, 2)}
                for name, run in runs.items()
            },
        }
        if part is not None:
            run["slice"] = str(part)
        with self._turn(part, "record"):
            before = read_runs(self.out)
            if before and not worked:
                return
            data = msgspec.json.encode([*before, run])
            commit_bytes(self.out / "run.json", msgspec.json.format(data, indent=2) + b"\n")


@dataclass(frozen=True, slots=True)
class BuildReport:
    out: Path
    manifest: dict[str, Any]
    worked: bool  # something was done


def _summary(run: StageRun) -> str:
    manifest = run.manifest
    left_out: Counter[str] = Counter()
    for shard in manifest.shards:
        for reason, count in shard.reasons.items():
            left_out[reason.split("/")[0]] += count
    taken, given = UNITS[manifest.stage]
    what = (
        f"{manifest.stage:<10} {counted(manifest.items, taken)} → {counted(manifest.rows, given)}"
    )
    for kind, count in sorted(left_out.items()):
        what += f", {counted(count, kind)} left out"
    return f"{what}  ({f'{run.seconds:.1f} s' if run.shards_done else 'up to date'})"
