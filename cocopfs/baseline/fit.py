"""Fitting CLIP-PAD and Id-CLIP: seeded, validated, resumable to the same weights.

Nothing is drawn from a state that a stop would lose: batches, captions and prompts come from
hash(seed, epoch, item). On one stack, one number of threads and a CPU, a training that was stopped
ends in the bits of one that was not.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cocopfs.baseline.batches import epoch_batches
from cocopfs.baseline.board import board
from cocopfs.baseline.checkpoint import Checkpoint, Validated, read_checkpoint, write_checkpoint
from cocopfs.baseline.clip import Clip
from cocopfs.baseline.examples import Examples
from cocopfs.baseline.features import Prepared, image_features, text_features
from cocopfs.baseline.id_clip import IdClip
from cocopfs.baseline.loss import info_nce
from cocopfs.baseline.prompts import Prompting, draw, training_entity_text, training_text
from cocopfs.baseline.retrieval import positions, recall_at
from cocopfs.engine.fingerprint import digest, library_version
from cocopfs.engine.progress import Progress
from cocopfs.errors import IncompleteError, UsageError
from cocopfs.recipe import BaselinePart

_VERSION = 1  # raised by hand whenever the same input gives other weights
_SAVE_EVERY = 60.0  # seconds
_ELSEWHERE = {"clip", "face", "start", "vpt_tokens", "seeds"}
"""Of the recipe's part, what a training is not told or is told otherwise."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """model: with the weights of the best look. looks: all of them, in order."""

    model: IdClip
    looks: tuple[Validated, ...]

    @property
    def best(self) -> Validated:
        return max(self.looks, key=lambda look: look.total)


@dataclass(frozen=True, slots=True)
class Course:
    """One training.

    name: for people, and of its files. vpt_tokens: 0 for CLIP-PAD. initial: weights to begin with,
    by name; those that are missing are drawn from the seed.
    """

    name: str
    part: BaselinePart
    seed: int
    vpt_tokens: int = 0
    initial: Mapping[str, Tensor] | None = None


@dataclass(frozen=True, slots=True)
class _Step:
    epoch: int
    rows: NDArray[np.int64]
    look: bool  # validated after it


def fit(
    clip: Clip,
    course: Course,
    training: Prepared,
    validation: Prepared,
    folder: Path,
    progress: Progress,
    log: Path | None = None,
) -> Fitted:
    """Fit what is learned of Id-CLIP by AdamW; the weights of the best look are taken.

    A look is t2i retrieval among the validation pictures, by the first prompt in front of each of
    their captions (in place for `prompts: in_place`); the best has the largest R@1 + R@5 + R@10 +
    R@50, the earliest of equals. Its checkpoint lies in `folder`, named by all that it depends on:
    a training that was stopped goes on, one that ended is read. log: TensorBoard's folder.

    Raises UsageError without validation pictures or where the loss is no number, IncompleteError
    where a GPU's memory does not suffice.
    """
    examples = training.examples
    if len(examples) < 2 or not len(validation.examples):
        raise UsageError(
            f"there are {len(examples)} pictures to train on and {len(validation.examples)} to "
            "validate by",
            expected="some of both",
            hint="build a larger dataset, or one with match.splits=coco",
        )
    part = course.part
    model = IdClip(clip, examples.faces.shape[1], course.vpt_tokens, course.seed, part.scale)
    if course.initial is not None:
        model.load(course.initial)
    optimizer = _optimizer(model, part)
    steps = _steps(part, examples, course.seed)
    mark = _fingerprint(clip, course, training, validation)
    path = folder / f"{course.name}-{mark[:16]}.pt"
    done = read_checkpoint(path, mark)
    if done is None:
        done = Checkpoint(mark, 0, model.state(), optimizer.state_dict(), (), (), {})
    model.load(done.weights)
    optimizer.load_state_dict(done.optimizer)
    progress.start(course.name, sum(len(step.rows) for step in steps))
    progress.skip(sum(len(step.rows) for step in steps[: done.step]), 0)
    saved = time.monotonic()
    with board(None if log is None else log / course.name, done.step) as tell:
        for number in range(done.step, len(steps)):
            step = steps[number]
            loss = _learn(model, optimizer, course, training, step)
            if not np.isfinite(loss):
                raise UsageError(
                    f"{course.name}: the loss of step {number + 1} is {loss}",
                    expected="a number",
                    hint="a smaller step: --set baseline.learning_rate=...",
                )
            tell(number + 1, {"loss": loss, "scale": float(model.scale.detach())})
            done = replace(done, step=number + 1, losses=(*done.losses, loss))
            if step.look:
                done = _look(model, course, validation, done)
                told = zip((1, 5, 10, 50), done.looks[-1].recalls, strict=True)
                tell(number + 1, {f"validation/R@{k}": recall for k, recall in told})
            if step.look or time.monotonic() - saved > _SAVE_EVERY:
                done = replace(done, weights=model.state(), optimizer=optimizer.state_dict())
                write_checkpoint(path, done)
                saved = time.monotonic()
            progress.advance(len(step.rows), 0)
    progress.finish()
    model.load(done.best)
    return Fitted(model, done.looks)


def _steps(part: BaselinePart, training: Examples, seed: int) -> list[_Step]:
    found = []
    for epoch in range(part.epochs):
        batches = epoch_batches(
            training.context, training.identity, part.batch, part.hard_fraction, seed, epoch
        )
        looks = [part.validations_per_epoch * n // len(batches) for n in range(len(batches) + 1)]
        for rows, before, after in zip(batches, looks, looks[1:], strict=False):
            found.append(_Step(epoch, rows, after > before))
    return found


def _optimizer(model: IdClip, part: BaselinePart) -> Any:
    rates = {"prompts": part.prompt_learning_rate or part.learning_rate}
    groups = [
        {
            "params": [weight],
            "lr": rates.get(name, part.learning_rate),
            "weight_decay": 0.0 if name == "log_scale" else part.weight_decay,
        }
        for name, weight in model.learned().items()
    ]
    return torch.optim.AdamW(groups)


def _learn(model: IdClip, optimizer: Any, course: Course, training: Prepared, step: _Step) -> float:
    """One step; returns its loss."""
    device = model.clip.device
    try:
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            images = _images(model, training, step.rows)
            loss = _loss(model, course, training.examples, step, images)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
    except torch.cuda.OutOfMemoryError as error:
        raise IncompleteError(
            f"{course.name}: the GPU's memory does not hold a batch of {len(step.rows)}",
            hint=f"--set baseline.batch={max(2, course.part.batch // 2)}",
        ) from error
    return float(loss.item())


def _images(model: IdClip, training: Prepared, rows: NDArray[np.int64]) -> Tensor:
    if not len(model.prompts):
        return torch.from_numpy(training.features[rows]).to(model.clip.device)
    if training.patches is not None:
        return model.encode_patches(torch.from_numpy(training.patches[rows]))
    return model.encode_images(model.clip.scale(training.examples.crops[rows]))


def _loss(model: IdClip, course: Course, training: Examples, step: _Step, images: Tensor) -> Tensor:
    part, rows = course.part, step.rows
    device = model.clip.device
    identity = torch.from_numpy(training.identity[rows]).to(device)
    right = {
        "context": torch.eye(len(rows), dtype=torch.bool, device=device),
        "entity": identity[:, None] == identity[None, :],
    }
    wanted = list(right) if part.loss == "both" else [part.loss]
    texts = [text for kind in wanted for text in _texts(kind, course, training, step)]
    faces = torch.from_numpy(training.faces[rows]).to(device)
    # One call for all kinds of text: a small tower's calls cost more than its tokens.
    ids = model.clip.tokenize(texts)
    encoded = model.encode_texts(ids, faces.repeat(len(wanted), 1)).chunk(len(wanted))
    found = [
        info_nce(vectors, images, model.scale, right[kind])
        for kind, vectors in zip(wanted, encoded, strict=True)
    ]
    return torch.stack(found).mean()


def _texts(kind: str, course: Course, training: Examples, step: _Step) -> Iterator[str]:
    """A text for each picture of the batch: of one of its captions, or of the face alone."""
    prompting, seed, epoch = Prompting(course.part.prompts), course.seed, step.epoch
    for row in step.rows:
        item = training.samples[row]
        if kind == "entity":
            yield training_entity_text(prompting, seed, epoch, item)
            continue
        captions, in_place = training.captions[row], training.captions_tok[row]
        which = draw(seed, epoch, item, "caption", len(captions))
        yield training_text(prompting, captions[which], in_place[which], seed, epoch, item)


def _look(model: IdClip, course: Course, validation: Prepared, done: Checkpoint) -> Checkpoint:
    in_place = course.part.prompts == "in_place"
    prompting = Prompting.IN_PLACE if in_place else Prompting.FIXED
    texts, target = [], []
    asked = validation.examples
    for row, item in enumerate(asked.samples):
        pairs = zip(asked.captions[row], asked.captions_tok[row], strict=True)
        for caption, tok in pairs:
            texts.append(training_text(prompting, caption, tok, course.seed, 0, item))
            target.append(row)
    target_rows = np.asarray(target, np.int64)
    gallery = validation.features
    if len(model.prompts):
        gallery = image_features(model, asked.crops, validation.patches)
    queries = text_features(model, texts, asked.faces[target_rows])
    found = positions(queries, gallery, target_rows)
    at_1, at_5, at_10, at_50 = (100 * float(recall_at(found, k).mean()) for k in (1, 5, 10, 50))
    look = Validated(done.step, float(np.mean(done.losses)), (at_1, at_5, at_10, at_50))
    is_best = all(look.total > before.total for before in done.looks)
    return replace(
        done,
        losses=(),
        looks=(*done.looks, look),
        best=model.state() if is_best else done.best,
    )


def _fingerprint(clip: Clip, course: Course, training: Prepared, validation: Prepared) -> str:
    initial = {} if course.initial is None else course.initial
    return digest(
        {
            "version": _VERSION,
            "settings": course.part.model_dump(mode="json", exclude=_ELSEWHERE),
            "vpt_tokens": course.vpt_tokens,
            "seed": course.seed,
            "initial": {
                name: hashlib.sha256(value.numpy().tobytes()).hexdigest()
                for name, value in initial.items()
            },
            "clip": clip.digest,
            "device": clip.device.type,
            "training": training.examples.digest,
            "validation": validation.examples.digest,
            "libraries": {name: library_version(name) for name in ("torch", "transformers")},
        }
    )
