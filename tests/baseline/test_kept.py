"""Whatever becomes of a kept file, it is read as it was written, or made again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cocopfs.baseline.kept import header, read_kept, read_kept_vectors
from tests.baseline.test_retrieval import unit
from tests.fuzz.mutate import corrupted


@pytest.mark.parametrize("shape", [(7, 5), (0, 5), (3, 4, 4, 3), (1,)])
@pytest.mark.parametrize("dtype", [np.float32, np.uint8, np.int64])
def test_it_is_numpys_own_format(tmp_path: Path, shape: tuple[int, ...], dtype: type) -> None:
    values: NDArray[Any] = np.random.default_rng(0).integers(0, 200, shape).astype(dtype)
    path = tmp_path / "kept.npy"
    np.save(path, values)
    assert path.read_bytes() == header(shape, dtype) + values.tobytes()
    found = read_kept(path, shape, dtype)
    assert found is not None
    np.testing.assert_array_equal(found, values)
    assert found.dtype == dtype
    assert read_kept(path, (*shape, 2), dtype) is None
    assert read_kept(path, shape, np.int16) is None
    assert read_kept(tmp_path / "missing.npy", shape, dtype) is None
    assert read_kept(tmp_path, shape, dtype) is None


@pytest.mark.parametrize("seed", range(60))
def test_a_damaged_file_is_not_taken(tmp_path: Path, seed: int) -> None:
    """But for a changed last bit of a number, which nothing tells."""
    vectors, path = unit(20, 16, 0), tmp_path / "kept.npy"
    np.save(path, vectors)
    path.write_bytes(corrupted(path.read_bytes(), seed, text=False))
    found = read_kept_vectors(path, 20, 16)
    assert found is None or np.abs(found - vectors).max() < 0.1


def test_every_cut_is_told(tmp_path: Path) -> None:
    path = tmp_path / "kept.npy"
    np.save(path, unit(3, 4, 0))
    whole = path.read_bytes()
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        assert read_kept_vectors(path, 3, 4) is None
    path.write_bytes(whole + b"0")
    assert read_kept_vectors(path, 3, 4) is None


@pytest.mark.parametrize("value", [0.0, np.nan, np.inf, 3.0])
def test_vectors_that_are_not_of_unit_length_are_made_again(tmp_path: Path, value: float) -> None:
    vectors = unit(3, 4, 0)
    vectors[1] = value
    np.save(tmp_path / "kept.npy", vectors)
    assert read_kept_vectors(tmp_path / "kept.npy", 3, 4) is None
