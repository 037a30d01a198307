"""inswapper_128's graph as a network that swaps many faces in one call, in the precision asked for.

The rewritten graph is tried against the file as it is, once for each file and processor: where the
two differ, faces go through the file as it is, one by one. The file itself runs on the CPU then, in
plain float32: in TF32, CUDA's default, rounding alone makes a difference that a wrong rewriting
could hide in, and ONNX Runtime's `use_tf32=0` does not switch it off where cuDNN has no other way.
"""

from __future__ import annotations

import warnings
from collections import Counter
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import onnx
import onnxruntime as ort
from numpy.typing import NDArray

from cocopfs.engine.commit import file_digest
from cocopfs.errors import UsageError
from cocopfs.faces.batching import REWRITING, TARGET_OF, CannotBatchError, batch_graph
from cocopfs.faces.binding import BoundSession
from cocopfs.faces.cuda import cuda_libraries
from cocopfs.faces.gpus import processor
from cocopfs.faces.graph import Port, read_graph, read_without_weights
from cocopfs.faces.session import RUN_FAULTS, Device, Provider, open_session, resolve_device
from cocopfs.faces.trials import recall, remember

Precision = Literal["float32", "float16"]
Numbers = NDArray[np.float32]
Places = NDArray[np.int64]

TOLERANCE: Final[dict[tuple[Precision, Provider], float]] = {
    ("float32", "cpu"): 1e-5,
    ("float32", "cuda"): 2 / 255,  # TF32's rounding
    ("float16", "cpu"): 4 / 255,
    ("float16", "cuda"): 4 / 255,
}
"""How far a value in [0, 1] may be from what the file as it is gives in float32 on the CPU for one
face. In float32 a rewriting is also tried on the CPU, whatever it shall run on."""


class SwapNetwork:
    """A swapper's network. May be used by several threads at once.

    batched: whether it takes many faces in one call; otherwise they go through it one by one.
    difference: the largest difference, of values in [0, 1], from the file as it is in float32, on
    the CPU and for one face at a time, found on random faces; 0 where the file itself is run.
    """

    batched: bool
    difference: float

    @property
    def gathers(self) -> bool:
        """Whether calls with several targets are any faster than calls with one each."""
        return self.batched and self._provider == "cuda"

    def __init__(
        self,
        path: Path,
        device: Device,
        threads: int,
        precision: Precision = "float32",
        digest: str | None = None,
    ) -> None:
        """path: a graph of inputs target [1, 3, s, s] and source [1, d], in this order.
        digest: the file's sha256, where it is known already.

        Warns when faces have to go through it one by one, and says why.
        Raises UsageError when the file is no sound model, or cannot run in that precision.
        """
        self._path, self._threads = path, threads
        self._precision: Precision = precision
        self._provider = resolve_device(device)
        self._target, self._source = read_graph(path).inputs
        self._digest = digest or file_digest(path)[0]
        try:
            self._open(batched=True)
        except _UnusableError as error:
            try:
                self._open(batched=False)
            except _UnusableError as worse:
                raise UsageError(
                    f"{path} cannot run in {precision}: {worse}",
                    hint="--set swap.precision=float32",
                ) from worse
            warnings.warn(f"{path} swaps one face at a time: {error}", stacklevel=2)

    def run(self, targets: Numbers, sources: Numbers, target_of: Places) -> Numbers:
        """(n, 3, s, s) float32: for each source, its target with the source's face.

        targets: (t, 3, s, s). sources: (n, d), at least one.
        target_of: (n,), for each source the place of its target.
        Raises MemoryError when the device has no room for so many.
        """
        return self._run(self._session, targets, sources, target_of)

    @property
    def operators_on_cpu(self) -> Counter[str] | None:
        """See `Session.operators_on_cpu`."""
        return self._session.session.operators_on_cpu()

    def _open(self, *, batched: bool) -> None:
        """Raises _UnusableError when the rewritten graph does not do what the file does."""
        self.batched = batched
        if not batched and self._precision == "float32":
            self._session, self.difference = self._as_it_is(self._provider), 0.0
            return
        if self._provider == "cuda" and self._precision == "float32":
            self._try("cpu", None)
        self._session = self._rewritten(self._provider)
        self.difference = self._try(self._provider, self._session)

    def _try(self, provider: Provider, session: BoundSession | None) -> float:
        """The difference that the rewritten graph makes there. session: the graph's, if it is open.

        Raises _UnusableError when it is over the tolerance."""
        trial: dict[str, str | int | bool] = {
            "file": self._digest,
            "rewriting": REWRITING,
            "batched": self.batched,
            "precision": self._precision,
            "device": provider,
            "processor": processor(provider),
            "threads": self._threads,
            "onnxruntime": ort.__version__,
        }
        if provider == "cuda":
            trial |= cuda_libraries()
        found = recall(trial)
        if found is None:
            found = self._difference(session or self._rewritten(provider))
            remember(trial, found)
        tolerance = TOLERANCE[self._precision, provider]
        if not found <= tolerance:
            raise _UnusableError(
                f"its results would be off by {found:.2g} of full scale, over {tolerance:.2g}"
            )
        return found

    def _as_it_is(self, provider: Provider) -> BoundSession:
        return BoundSession(open_session(self._path, provider, self._threads), provider)

    def _rewritten(self, provider: Provider) -> BoundSession:
        half = self._precision == "float16"
        model = onnx.load(self._path) if half else read_without_weights(self._path)
        try:
            if self.batched:
                batch_graph(model)
            graph = (_halved(model) if half else model).SerializeToString()
            session = open_session(self._path, provider, self._threads, graph)
        except (CannotBatchError, UsageError, *RUN_FAULTS) as error:
            raise _UnusableError(str(error)) from error
        return BoundSession(session, provider)

    def _difference(self, session: BoundSession) -> float:
        """From the file as it is, on random faces: two sources for one target and one for another
        in one call, and the last alone."""
        rng = np.random.default_rng(0)
        targets = rng.random((2, *_sizes(self._target)), np.float32)
        sources = rng.standard_normal((3, *_sizes(self._source)), np.float32)
        sources /= np.linalg.norm(sources, axis=1, keepdims=True)
        target_of = np.array([0, 0, 1])
        try:
            found = [
                self._run(session, targets, sources, target_of),
                self._run(session, targets[1:], sources[2:], np.array([0])),
            ]
        except RUN_FAULTS as error:
            raise _UnusableError(str(error)) from error
        expected = self._one_by_one(self._as_it_is("cpu"), targets, sources, target_of)
        difference = np.abs(np.concatenate(found) - np.concatenate([expected, expected[2:]])).max()
        return float(difference) if np.isfinite(difference) else float("inf")

    def _run(
        self, session: BoundSession, targets: Numbers, sources: Numbers, target_of: Places
    ) -> Numbers:
        if not self.batched:
            return self._one_by_one(session, targets, sources, target_of)
        feed: dict[str, NDArray[Any]] = {self._target.name: targets, self._source.name: sources}
        feed[TARGET_OF] = target_of
        return session.run(feed, (len(sources), *targets.shape[1:]))

    def _one_by_one(
        self, session: BoundSession, targets: Numbers, sources: Numbers, target_of: Places
    ) -> Numbers:
        shape = (1, *targets.shape[1:])
        found = []
        for source, place in zip(sources, target_of, strict=True):
            feed = {self._target.name: targets[[place]], self._source.name: source[np.newaxis]}
            found.append(session.run(feed, shape))
        return np.concatenate(found)


class _UnusableError(Exception):
    """A rewritten graph cannot stand in for the file. The message says why."""


def _sizes(port: Port) -> tuple[int, ...]:
    """Of one entry of the batch."""
    return tuple(size or 1 for size in port.shape[1:])


def _halved(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same network in float16, its inputs and outputs still in float32."""
    # slow to import, and seldom wanted
    from onnxruntime.transformers.float16 import convert_float_to_float16

    halved: onnx.ModelProto = convert_float_to_float16(model, keep_io_types=True)
    return halved
