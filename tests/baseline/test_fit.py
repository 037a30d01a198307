"""A training learns, leaves the frozen weights alone, and survives being stopped."""

from __future__ import annotations

import dataclasses
import importlib.util
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: pip install 'cocopfs[train]'")
pytest.importorskip("transformers", reason="transformers is not installed: cocopfs[train]")

from cocopfs.baseline.clip import Clip, load_clip  # noqa: E402
from cocopfs.baseline.examples import Examples  # noqa: E402
from cocopfs.baseline.features import Prepared, image_features, prepare_examples  # noqa: E402
from cocopfs.baseline.fit import Course, Fitted, fit  # noqa: E402
from cocopfs.baseline.models import fit_models  # noqa: E402
from cocopfs.errors import UsageError  # noqa: E402
from cocopfs.recipe import BaselinePart  # noqa: E402
from tests.baseline.checkpoints import write_checkpoint  # noqa: E402
from tests.baseline.problem import examples  # noqa: E402


class Counted:
    """A progress that keeps count, and can be made to stop the training."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.started: list[tuple[str, int]] = []
        self.skipped = self.advanced = 0
        self._stop_after = stop_after

    def start(self, stage: str, total: int) -> None:
        self.started.append((stage, total))

    def skip(self, items: int, rejected: int) -> None:
        self.skipped += items

    def advance(self, items: int, rejected: int) -> None:
        self.advanced += items
        if self._stop_after is not None and self.advanced >= self._stop_after:
            raise KeyboardInterrupt

    def restart(self) -> None: ...

    def finish(self) -> None: ...


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    return load_clip(write_checkpoint(tmp_path_factory.mktemp("clip")))


@pytest.fixture(scope="module")
def training(clip: Clip, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare_examples(clip, examples(clip.side, 6, 5), tmp_path_factory.mktemp("kept"))


@pytest.fixture(scope="module")
def validation(clip: Clip, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    kept = tmp_path_factory.mktemp("kept")
    return prepare_examples(clip, examples(clip.side, 6, 5, seed=1), kept)


PART = BaselinePart(
    epochs=4, batch=8, learning_rate=3e-3, hard_fraction=0.5, validations_per_epoch=2
)


def weights(fitted: Fitted) -> dict[str, bytes]:
    return {name: value.numpy().tobytes() for name, value in fitted.model.state().items()}


@pytest.mark.parametrize(
    ("vpt_tokens", "changes"),
    [
        (0, {}),
        (3, {"loss": "entity"}),
        (3, {"loss": "both", "prompts": "in_place", "scale": "learned"}),
        (3, {"prompts": "fixed", "prompt_learning_rate": 0.03}),
    ],
    ids=str,
)
def test_it_learns_whose_picture_it_is(
    clip: Clip, tmp_path: Path, vpt_tokens: int, changes: dict[str, Any]
) -> None:
    """Sixteen people in one scene, by a CLIP that knows nothing itself."""
    learnt, judged = (
        prepare_examples(clip, examples(clip.side, 1, 16, seed), tmp_path) for seed in (0, 1)
    )
    part = BaselinePart(
        epochs=30, batch=16, learning_rate=0.01, validations_per_epoch=1
    ).model_copy(update=changes)
    before = {name: value.clone() for name, value in clip.weights().items()}
    course = Course("toy", part, 0, vpt_tokens)
    found = fit(clip, course, learnt, judged, tmp_path, Counted())
    assert len(found.looks) == part.epochs
    assert found.best.total == max(look.total for look in found.looks)
    assert found.looks[0].recalls[0] < 2 * 100 / 16
    assert found.best.recalls[0] > 2.5 * 100 / 16
    assert found.looks[-1].loss < found.looks[0].loss - 0.2
    for name, value in clip.weights().items():
        assert torch.equal(before[name], value), f"{name} was frozen"


@pytest.mark.parametrize("vpt_tokens", [0, 3])
def test_a_stopped_training_ends_in_the_same_bits(
    clip: Clip,
    training: Prepared,
    validation: Prepared,
    tmp_path: Path,
    vpt_tokens: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    course = Course("toy", PART, 0, vpt_tokens)
    whole = fit(clip, course, training, validation, tmp_path / "whole", Counted())
    # Once between two looks, where it was saved by the clock, and once where it was not.
    stopped = tmp_path / "stopped"
    monkeypatch.setattr("cocopfs.baseline.fit._SAVE_EVERY", 0.0)
    with pytest.raises(KeyboardInterrupt):
        fit(clip, course, training, validation, stopped, Counted(stop_after=40))
    monkeypatch.setattr("cocopfs.baseline.fit._SAVE_EVERY", 1e9)
    with pytest.raises(KeyboardInterrupt):
        fit(clip, course, training, validation, stopped, Counted(stop_after=20))
    torch.manual_seed(99)
    progress = Counted()
    resumed = fit(clip, course, training, validation, stopped, progress)
    assert weights(resumed) == weights(whole)
    assert resumed.looks == whole.looks
    assert progress.started == [("toy", 4 * 30)]
    assert 40 <= progress.skipped < progress.skipped + progress.advanced == 4 * 30
    done = Counted()
    assert weights(fit(clip, course, training, validation, stopped, done)) == weights(whole)
    assert (done.skipped, done.advanced) == (120, 0)


def test_what_a_training_depends_on_makes_another_of_it(
    clip: Clip, training: Prepared, validation: Prepared, tmp_path: Path
) -> None:
    part = PART.model_copy(update={"epochs": 1})

    def run(course: Course, material: Prepared = training) -> Counted:
        progress = Counted()
        fit(clip, course, material, validation, tmp_path, progress)
        return progress

    course = Course("toy", part, 0)
    assert run(course).advanced == 30
    assert run(course).advanced == 0
    changed = part.model_copy(update={"weight_decay": 0.02})
    assert run(dataclasses.replace(course, part=changed)).advanced == 30
    assert run(dataclasses.replace(course, seed=1)).advanced == 30
    started = dataclasses.replace(course, initial={"translator.2": torch.zeros(32, 32)})
    assert run(started).advanced == 30
    faces = np.roll(training.examples.faces, 1, axis=0)
    other = dataclasses.replace(
        training, examples=dataclasses.replace(training.examples, faces=faces)
    )
    assert run(course, other).advanced == 30
    elsewhere = part.model_copy(update={"seeds": 7, "clip": "elsewhere", "vpt_tokens": 9})
    assert run(dataclasses.replace(course, part=elsewhere)).advanced == 0


def test_pictures_that_fill_the_memory_are_read_each_time(
    clip: Clip, training: Prepared, validation: Prepared, tmp_path: Path
) -> None:
    part = PART.model_copy(update={"epochs": 1})
    course = Course("toy", part, 0, 3)
    kept = fit(clip, course, training, validation, tmp_path / "a", Counted())
    bare = dataclasses.replace(training, patches=None)
    read = fit(clip, course, bare, validation, tmp_path / "b", Counted())
    for name, value in kept.model.state().items():
        np.testing.assert_allclose(value, read.model.state()[name], atol=1e-4)


def test_both_models_of_every_seed(clip: Clip, training: Prepared, tmp_path: Path) -> None:
    part = PART.model_copy(update={"epochs": 1, "seeds": 2, "start": "pad", "vpt_tokens": 3})
    threads = torch.get_num_threads()
    progress = Counted()
    judged = examples(clip.side, 6, 5, seed=1)
    found = fit_models(clip, part, training.examples, judged, tmp_path, progress)
    assert torch.get_num_threads() == threads
    assert [one.seed for one in found] == [0, 1]
    assert progress.started[-1] == ("training", 2 * 2 * 30)
    for one in found:
        assert len(one.pad.model.prompts) == 0
        assert len(one.id_clip.model.prompts) == 3
    assert weights(found[0].pad) != weights(found[1].pad)
    again = Counted()
    alone = part.model_copy(update={"seeds": 1})
    same = fit_models(clip, alone, training.examples, judged, tmp_path / "alone", again)
    assert weights(same[0].id_clip) == weights(found[0].id_clip)


def test_all_trainings_stop_and_go_on_together(
    clip: Clip, training: Prepared, validation: Prepared, tmp_path: Path
) -> None:
    part = PART.model_copy(update={"seeds": 3, "vpt_tokens": 3})
    sets = training.examples, validation.examples
    whole = fit_models(clip, part, *sets, tmp_path / "whole", Counted())
    threads = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        fit_models(clip, part, *sets, tmp_path / "stopped", Counted(stop_after=300))
    for _ in range(100):
        if threading.active_count() <= threads:
            break
        time.sleep(0.05)
    assert threading.active_count() <= threads
    resumed = fit_models(clip, part, *sets, tmp_path / "stopped", Counted())
    for one, other in zip(whole, resumed, strict=True):
        assert weights(one.pad) == weights(other.pad)
        assert weights(one.id_clip) == weights(other.id_clip)


def test_evaluation_sees_the_best_weights(
    clip: Clip, training: Prepared, validation: Prepared, tmp_path: Path
) -> None:
    found = fit(clip, Course("toy", PART, 0, 3), training, validation, tmp_path, Counted())
    crops = validation.examples.crops
    prompted = image_features(found.model, crops)
    assert np.abs(prompted - validation.features).max() > 1e-4
    np.testing.assert_allclose(np.linalg.norm(prompted, axis=1), 1, atol=1e-5)


def test_too_large_steps_are_told(
    clip: Clip, training: Prepared, validation: Prepared, tmp_path: Path
) -> None:
    faces = np.full_like(training.examples.faces, np.nan)
    broken = dataclasses.replace(
        training, examples=dataclasses.replace(training.examples, faces=faces)
    )
    with pytest.raises(UsageError, match="loss of step 1 is nan"):
        fit(clip, Course("toy", PART, 0), broken, validation, tmp_path, Counted())


def test_nothing_to_validate_by_is_told(
    clip: Clip, training: Prepared, validation: Prepared, tmp_path: Path
) -> None:
    rows = slice(0, 0)
    none = Examples(
        *(getattr(validation.examples, field.name)[rows] for field in dataclasses.fields(Examples))
    )
    empty = prepare_examples(clip, none, tmp_path)
    with pytest.raises(UsageError, match="0 to validate by"):
        fit(clip, Course("toy", PART, 0), training, empty, tmp_path, Counted())


def test_the_log_is_written_or_the_package_that_writes_it_is_named(
    clip: Clip, training: Prepared, validation: Prepared, tmp_path: Path
) -> None:
    part = PART.model_copy(update={"epochs": 1})
    log, course = tmp_path / "log", Course("toy", part, 0)
    if importlib.util.find_spec("tensorboard") is None:
        with pytest.raises(UsageError, match="pip install tensorboard"):
            fit(clip, course, training, validation, tmp_path, Counted(), log)
    else:
        fit(clip, course, training, validation, tmp_path, Counted(), log)
        assert list((log / "toy").glob("events.*"))


def test_examples_that_do_not_fit_together_are_refused() -> None:
    good = examples(32, 2, 2)
    with pytest.raises(ValueError, match="several lengths"):
        dataclasses.replace(good, faces=good.faces[:1])
    with pytest.raises(ValueError, match="example 0 has"):
        dataclasses.replace(good, captions=[(), *good.captions[1:]])
    assert good.digest == examples(32, 2, 2).digest
    renamed = dataclasses.replace(good, captions=[("a", "b"), *good.captions[1:]])
    assert renamed.digest != good.digest
