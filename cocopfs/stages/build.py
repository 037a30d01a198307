"""build: all stages of a recipe, then the published folder; and each stage as a step of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cocopfs.engine.executors import Executor
from cocopfs.engine.plan import StagePlan, State, plan
from cocopfs.engine.progress import Progress
from cocopfs.engine.runner import SliceRun, StageRun, run_slice, run_stage
from cocopfs.engine.slices import Slice
from cocopfs.engine.stage import Stage
from cocopfs.engine.store import StageManifest, Store, Upstream
from cocopfs.errors import FailedShareError, UsageError
from cocopfs.publish.folder import publish
from cocopfs.recipe import Recipe
from cocopfs.stages.account import all_rejections
from cocopfs.stages.manifest import build_manifest
from cocopfs.stages.notes import notes
from cocopfs.stages.own_folder import in_turn, own_folder, read_materials
from cocopfs.stages.pipeline import Materials, make_stages, model_opener
from cocopfs.stages.register import Register, read_register
from cocopfs.stages.run_record import record_run
from cocopfs.stages.summary import slice_line, stage_line
from cocopfs.stages.write import reference_embeddings


@dataclass(frozen=True, slots=True)
class Crew:
    """Who does a build's work, who counts it, and who is told of it in sentences."""

    executor: Executor
    progress: Progress
    say: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class BuildReport:
    out: Path
    manifest: dict[str, Any]
    worked: bool  # something was done


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

    def register(self) -> Register:
        """What its folder has now."""
        return read_register(self.recipe, self.materials.vggface2, self.out, self.key_file)

    def stages(self, register: Register) -> tuple[Stage, ...]:
        """In the order in which they run."""
        people = (register.naming, register.removals, register.tombstones)
        return make_stages(self.recipe, self.materials, self.store, *people)

    def plan(self) -> list[StagePlan]:
        """The dry run: what would be done, and why."""
        return plan(self.stages(self.register()), self.store)

    def run(self, crew: Crew) -> BuildReport:
        """Bring the whole dataset up to date."""
        with self._own_folder():
            started = time.time()
            self._supply(crew)
            read_materials(self.recipe, self.materials)
            register = self.register()
            for note in notes(self.recipe, self.materials, self.out, register):
                crew.say(note)
            stages = self.stages(register)
            upstream = Upstream(self.store, {})
            runs = {stage.name: self._run(stage, upstream, crew) for stage in stages}
            manifest, published = self._publish(stages, upstream, register)
            worked = self._record(runs, started, crew, published=published)
            return BuildReport(self.out, manifest, worked)

    def run_stage(self, name: str, crew: Crew) -> StageRun:
        """One step of the build; the steps before it must be up to date."""
        with self._own_folder():
            started = time.time()
            self._supply(crew)
            register = self.register()
            stages = self.stages(register)
            stage, upstream = self._step(stages, name)
            run = self._run(stage, upstream, crew)
            if name == "write":
                self._publish(stages, upstream, register)
            self._record({name: run}, started, crew)
            return run

    def run_slice_of_stage(self, name: str, part: Slice, crew: Crew) -> SliceRun:
        """A slice's part of one step, while other slices may be at work in the same folder."""
        if any(stage.name == name and _is_global(stage) for stage in self.stages(self.register())):
            raise UsageError(
                f"stage {name} is of the whole and cannot be sliced",
                hint=f"when the slices of the stages before it have ended: cocopfs {name}, once, "
                "without --slice",
            )
        with self._own_folder(part):
            started = time.time()
            self._supply(crew, part)
            stage, upstream = self._step(self.stages(self.register()), name)
            run = self._run_slice(stage, upstream, part, crew)
            self._record({name: run}, started, crew, part)
            return run

    def run_slice(self, part: Slice, crew: Crew) -> str:
        """A slice's part of all stages whose input is whole; what is to be done next."""
        with self._own_folder(part):
            started = time.time()
            self._supply(crew, part)
            upstream = Upstream(self.store, {})
            runs: dict[str, SliceRun] = {}
            following: list[str] = []
            for stage in self.stages(self.register()):
                if stage.name == "write" or any(n not in upstream.stages for n in stage.reads):
                    continue
                if _is_global(stage):
                    (state,) = plan([stage], self.store, upstream.stages)
                    manifest = self.store.stage(stage.name)
                    if state.state is State.FRESH and manifest is not None:
                        upstream.stages[stage.name] = manifest
                    else:
                        following.append(f"cocopfs {stage.name}, once, without --slice")
                    continue
                run = self._run_slice(stage, upstream, part, crew)
                runs[stage.name] = run
                if run.manifest is None:
                    following.append(
                        f"the other slices: {run.missing} shards of stage {stage.name} are theirs"
                    )
            self._record(runs, started, crew, part)
            return "; then ".join(following) or "cocopfs build, once, without --slice"

    def _own_folder(self, part: Slice | None = None) -> AbstractContextManager[None]:
        return own_folder(self.recipe, self.materials, self.out, self.key_file, part)

    def _supply(self, crew: Crew, part: Slice | None = None) -> None:
        if self.materials.supply is not None:
            with in_turn(self.out, part, "supply"):
                self.materials.supply(crew.progress)

    def _step(self, stages: tuple[Stage, ...], name: str) -> tuple[Stage, Upstream]:
        """A stage, and those before it, which must be up to date."""
        place = [stage.name for stage in stages].index(name)
        upstream = Upstream(self.store, {})
        for state in plan(stages[:place], self.store):
            manifest = self.store.stage(state.stage)
            if state.state is State.FRESH and manifest is not None:
                upstream.stages[state.stage] = manifest
        for needed in stages[place].reads:
            if needed not in upstream.stages:
                raise UsageError(
                    f"stage {name} needs stage {needed}, which is not up to date in {self.out}",
                    hint=f"cocopfs {needed} with the same options, or cocopfs build for all",
                )
        return stages[place], upstream

    def _run(self, stage: Stage, upstream: Upstream, crew: Crew) -> StageRun:
        opener = model_opener(self.recipe, self.materials, self.out)
        run = run_stage(stage, upstream, crew.executor, opener, crew.progress)
        upstream.stages[stage.name] = run.manifest
        crew.say(stage_line(run))
        self._check_failed_share(run.manifest)
        return run

    def _run_slice(self, stage: Stage, upstream: Upstream, part: Slice, crew: Crew) -> SliceRun:
        opener = model_opener(self.recipe, self.materials, self.out)
        run = run_slice(stage, upstream, crew.executor, opener, crew.progress, part)
        if run.manifest is not None:
            upstream.stages[stage.name] = run.manifest
            self._check_failed_share(run.manifest)
        crew.say(slice_line(stage.name, part, run))
        return run

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

    def _publish(
        self, stages: tuple[Stage, ...], upstream: Upstream, register: Register
    ) -> tuple[dict[str, Any], bool]:
        """Install the dataset; its facts, and whether anything had to be done."""
        recipe, materials, naming = self.recipe, self.materials, register.naming
        rejections = all_rejections(upstream, recipe, materials, register.tombstones)
        facts = build_manifest(recipe, materials, stages, upstream, rejections, register.removals)
        outgoing = sorted(
            (naming.rejection(row) for row in rejections),
            key=lambda row: (row.kind, row.item, row.stage, row.reason, row.detail),
        )
        separate = recipe.publish.embeddings == "separate"
        embeddings = reference_embeddings(upstream, naming) if separate else None
        return facts, publish(self.out, upstream, outgoing, embeddings, facts)

    def _record(
        self,
        runs: Mapping[str, StageRun | SliceRun],
        started: float,
        crew: Crew,
        part: Slice | None = None,
        *,
        published: bool = False,
    ) -> bool:
        """Whether anything was done."""
        worked = published or any(run.shards_done for run in runs.values())
        record_run(self.out, self.materials, crew.executor, runs, started, worked=worked, part=part)
        return worked


def _is_global(stage: Stage) -> bool:
    """No slice can do a part of it."""
    return stage.scope == "global"
