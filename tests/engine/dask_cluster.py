"""A real Dask cluster of processes on this machine."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest


@contextmanager
def dask_cluster(workers: int = 2, **settings: object) -> Iterator[Any]:
    """A cluster of that many processes; skips where Dask is not installed. settings: of Dask, with
    "__" for the dots."""
    distributed = pytest.importorskip("distributed")
    dask = pytest.importorskip("dask")
    named = {name.replace("__", "."): value for name, value in settings.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Dask's own
        with (
            dask.config.set(named),
            distributed.LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                dashboard_address=None,
                silence_logs=50,
            ) as cluster,
        ):
            yield cluster
