"""A Dask cluster that exists: its workers process shards and write into the shared folder."""

from __future__ import annotations

import contextlib
import importlib
import secrets
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import cocopfs
from cocopfs.engine.executors import Executor, InHand, WorkersLostError, waited_for
from cocopfs.engine.fingerprint import library_version
from cocopfs.engine.job import Job, Outcome
from cocopfs.engine.stage import Stage
from cocopfs.engine.store import Store
from cocopfs.errors import IncompleteError, UsageError

_GPU = "GPU"  # the resource's name, as Dask's documentation has it
_CONNECT = 30.0  # seconds
_WAIT_FOR_WORKERS = 600.0  # to come, or to come back: on a cluster with a queue their time runs out
_LOST = 10.0  # seconds that a lost task or scheduler may last


def run_on_cluster(
    executor: Executor, jobs: Iterable[Job], stage: Stage, store: Store
) -> Iterator[Outcome]:
    """`run_jobs` on Dask, through joblib.

    joblib waits for ever for a task that Dask has given up, and where no worker is left.
    Raises UsageError when the cluster cannot be reached or is not fit for the stage,
    WorkersLostError when tasks are lost, IncompleteError when all workers have gone.
    """
    hand = InHand()
    with contextlib.closing(_connect(executor)) as client:
        _wait_for_workers(client, executor)
        _require_fit(client, executor, stage, store)
        settings = {"backend": "dask", "client": client}
        if executor.gpu_each:
            settings["resources"] = {_GPU: 1}
        look = _Watch(client, executor, hand).look
        yield from waited_for(hand.give_out(jobs), hand, settings, look)


class _Watch:
    """Tells when waiting has become useless."""

    def __init__(self, client: Any, executor: Executor, hand: InHand) -> None:
        self._client, self._executor, self._hand = client, executor, hand
        self._bad_since: dict[str, float] = {}

    def look(self) -> None:
        where = self._executor.scheduler
        if self._lasts("scheduler", self._client.status != "running", _LOST):
            raise IncompleteError(
                f"Dask's scheduler at {where} does not answer any more",
                hint="start the cluster again, then give the same command again: it goes on",
            )
        if self._client.status == "running":
            none = not self._client.scheduler_info(n_workers=-1)["workers"]
            if self._lasts("workers", none, _WAIT_FOR_WORKERS):
                raise IncompleteError(
                    f"the Dask cluster at {where} has no workers any more",
                    hint="start workers (with a nanny, which replaces those that die), then give "
                    "the same command again: it goes on",
                )
            if self._lasts("tasks", not self._hand.empty and not self._pending(), _LOST):
                raise WorkersLostError("Dask gave up tasks whose workers died")
        if self._hand.stuck:
            raise IncompleteError(
                f"no shard has come back from the Dask cluster at {where} for a long time",
                hint="look at its dashboard, restart its workers, then give the same command again",
            )

    def _pending(self) -> bool:
        return any(future.status == "pending" for future in list(self._client.futures.values()))

    def _lasts(self, what: str, bad: bool, patience: float) -> bool:
        """Whether something has been bad at every look for so many seconds."""
        if not bad:
            self._bad_since.pop(what, None)
            return False
        since = self._bad_since.setdefault(what, time.monotonic())
        return time.monotonic() - since > patience


def _connect(executor: Executor) -> Any:
    try:
        # Dask's own types are not asked for, so that it need not be there to check ours.
        distributed: Any = importlib.import_module("distributed")
    except ImportError:
        raise UsageError(
            "--executor dask needs Dask, which is not installed",
            expected="the packages dask and distributed",
            hint="pip install '.[dask]' in the project's folder, here and on the cluster's workers",
        ) from None
    if executor.scheduler is None:
        raise UsageError(
            "--executor dask needs the cluster's scheduler",
            hint="--scheduler tcp://HOST:8786, or the path of its --scheduler-file",
        )
    where = executor.scheduler
    found = {"scheduler_file": where} if where.endswith(".json") else {"address": where}
    try:
        return distributed.Client(**found, timeout=_CONNECT, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise UsageError(
            f"no Dask scheduler answers at {where}: {error}",
            expected="an address such as tcp://HOST:8786, or a scheduler file",
            hint="start one with: dask scheduler",
        ) from error


def _wait_for_workers(client: Any, executor: Executor) -> None:
    try:
        client.wait_for_workers(executor.workers, timeout=_WAIT_FOR_WORKERS)
    except TimeoutError as error:
        there = len(client.scheduler_info(n_workers=-1)["workers"])
        raise IncompleteError(
            f"{there} of {executor.workers} workers have come to the Dask cluster at "
            f"{executor.scheduler} in {_WAIT_FOR_WORKERS:.0f} s",
            hint="start more workers, or lower --workers",
        ) from error


def _require_fit(client: Any, executor: Executor, stage: Stage, store: Store) -> None:
    """Every worker must see the folder, have the libraries that this process has, since they are
    part of the fingerprints, and a GPU where one is meant."""
    workers = client.scheduler_info(n_workers=-1)["workers"]
    if executor.gpu_each:
        without = [name for name, w in workers.items() if not w.get("resources", {}).get(_GPU)]
        if without:
            raise UsageError(
                f"{len(without)} Dask workers have no resource {_GPU} ({_few(without)})",
                expected="one GPU a worker",
                hint='start them with: CUDA_VISIBLE_DEVICES=0 dask worker --resources "GPU=1" ...',
            )
    sign = store.root / f".seen-{secrets.token_hex(8)}"
    sign.touch()
    try:
        found = client.run(facts, str(sign), tuple(stage.libraries))
    finally:
        sign.unlink(missing_ok=True)
    blind = [name for name, fact in found.items() if not fact["sees"]]
    if blind:
        raise UsageError(
            f"{len(blind)} Dask workers do not see {store.root} ({_few(blind)})",
            expected="a folder that all workers share, under the same path",
            hint="name a folder on the shared filesystem with --out",
        )
    here = facts(str(sign), tuple(stage.libraries))["versions"]
    for name, fact in found.items():
        for library, version in fact["versions"].items():
            if version != here[library]:
                raise UsageError(
                    f"the Dask worker {name} has {library} {version}, this machine has "
                    f"{here[library]}",
                    expected="the same versions everywhere: they are part of the result",
                    hint="use one environment, on the shared filesystem or in a container",
                )


def facts(sign: str, libraries: Sequence[str]) -> Mapping[str, Any]:
    """On a worker: whether it sees a file, and what it has installed."""
    # A network filesystem may take a moment to show a new file.
    for _ in range(10):
        if sees := Path(sign).is_file():
            break
        time.sleep(0.2)
    versions = {name: library_version(name) for name in libraries}
    return {"sees": sees, "versions": {"cocopfs": cocopfs.__version__, **versions}}


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
