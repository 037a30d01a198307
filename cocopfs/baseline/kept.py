"""Arrays that are computed once and kept as .npy files, as `np.save` writes them."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

_UNIT = 1e-3


def header(shape: tuple[int, ...], dtype: DTypeLike) -> bytes:
    """What stands before the numbers in such a file."""
    file = io.BytesIO()
    descr = np.lib.format.dtype_to_descr(np.dtype(dtype))
    facts = {"descr": descr, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, facts)
    return file.getvalue()


def read_kept(path: Path, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any] | None:
    """The array, mapped into memory; null where the file is missing, cut short, or holds another
    shape or kind of numbers, so that it is to be computed again."""
    expected, wanted = header(shape, dtype), np.dtype(dtype)
    size = len(expected) + int(np.prod(shape, dtype=np.int64)) * wanted.itemsize
    try:
        if path.stat().st_size != size:
            return None
        with path.open("rb") as file:
            if file.read(len(expected)) != expected:
                return None
        if size == len(expected):
            return np.empty(shape, wanted)
        return np.memmap(path, wanted, "r", len(expected), shape)
    except OSError:
        return None


def read_kept_vectors(path: Path, count: int, width: int) -> NDArray[np.float32] | None:
    """(count, width) float32 in memory; null also where a row is not of unit length."""
    found = read_kept(path, (count, width), np.float32)
    if found is None:
        return None
    vectors = np.array(found, np.float32)
    lengths = np.linalg.norm(vectors.astype(np.float64), axis=1)
    return vectors if bool((np.abs(lengths - 1) < _UNIT).all()) else None
