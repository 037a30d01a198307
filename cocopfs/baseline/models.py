"""The two models of the table, for each seed: CLIP-PAD and Id-CLIP."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import joblib
import torch

from cocopfs.baseline.clip import Clip
from cocopfs.baseline.examples import Examples
from cocopfs.baseline.features import Prepared, prepare_examples
from cocopfs.baseline.fit import Course, Fitted, fit
from cocopfs.engine.progress import Progress
from cocopfs.recipe import BaselinePart


@dataclass(frozen=True, slots=True)
class SeedFits:
    """What one seed gave: CLIP-PAD, the translator alone, and Id-CLIP, which learns visual prompts
    as well."""

    seed: int
    pad: Fitted
    id_clip: Fitted


def fit_models(
    clip: Clip,
    part: BaselinePart,
    training: Examples,
    validation: Examples,
    folder: Path,
    progress: Progress,
    log: Path | None = None,
) -> tuple[SeedFits, ...]:
    """`part.seeds` of each, from seed 0 on.

    On a CPU all seeds are fitted at the same time, each by one thread: two that work on one
    small product wait more than they work. On a GPU one after the other. Checkpoints and features
    lie in `folder`: what was stopped goes on, what is done is read. log: TensorBoard's folder.
    Raises as `fit` does.
    """
    with _one_thread():
        learnt = prepare_examples(clip, training, folder, progress)
        judged = prepare_examples(clip, validation, folder, progress)
        together = _Together(progress)
        progress.start("training", 2 * part.seeds * part.epochs * len(training))
        try:
            found = joblib.Parallel(
                n_jobs=part.seeds if clip.device.type == "cpu" else 1, backend="threading"
            )(
                joblib.delayed(_fit_seed)(clip, part, learnt, judged, folder, together, own, log)
                for own in range(part.seeds)
            )
        finally:
            together.stop()
            progress.finish()
    return tuple(found)


def _fit_seed(
    clip: Clip,
    part: BaselinePart,
    training: Prepared,
    validation: Prepared,
    folder: Path,
    progress: Progress,
    seed: int,
    log: Path | None,
) -> SeedFits:
    course = Course(f"clip-pad-{seed}", part, seed)
    pad = fit(clip, course, training, validation, folder, progress, log)
    initial = None
    if part.start == "pad":
        state = pad.model.state()
        initial = {name: state[name] for name in state if name.startswith("translator")}
    course = Course(f"id-clip-{seed}", part, seed, part.vpt_tokens, initial)
    return SeedFits(seed, pad, fit(clip, course, training, validation, folder, progress, log))


class _StoppedError(Exception):
    """Another training failed, or somebody interrupted all of them."""


class _Together:
    """One bar for trainings that run at the same time, and the end of all when one ends badly."""

    def __init__(self, progress: Progress) -> None:
        self._progress, self._lock, self._stopped = progress, threading.Lock(), False

    def stop(self) -> None:
        with self._lock:
            self._stopped = True

    def start(self, stage: str, total: int) -> None:
        pass

    def skip(self, items: int, rejected: int) -> None:
        with self._lock:
            if self._stopped:
                raise _StoppedError
            self._progress.skip(items, rejected)

    def advance(self, items: int, rejected: int) -> None:
        with self._lock:
            if self._stopped:
                raise _StoppedError
            self._progress.advance(items, rejected)

    def restart(self) -> None:
        pass

    def finish(self) -> None:
        pass


@contextmanager
def _one_thread() -> Iterator[None]:
    """Of torch's, which belong to the process; its own number of them afterwards."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
