"""A checkpoint that was damaged is as none."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: make test-full installs it")

from cocopfs.baseline.checkpoint import (  # noqa: E402
    Checkpoint,
    Validated,
    read_checkpoint,
    write_checkpoint,
)
from tests.fuzz.mutate import corrupted  # noqa: E402

MARK = "0123456789abcdef"


def checkpoint() -> Checkpoint:
    weights = {"translator.0": torch.arange(12.0).reshape(3, 4), "log_scale": torch.tensor(2.5)}
    looks = (Validated(3, 0.5, (1.0, 2.0, 3.0, 4.0)),)
    return Checkpoint(MARK, 7, weights, {"state": {0: {"step": 7}}}, (0.25,), looks, weights)


def same(one: Checkpoint, other: Checkpoint) -> bool:
    tensors = [(one.weights, other.weights), (one.best, other.best)]
    return all(
        a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)
        for a, b in tensors
    ) and (one.step, one.losses, one.looks, one.optimizer) == (
        other.step,
        other.losses,
        other.looks,
        other.optimizer,
    )


def test_it_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    assert read_checkpoint(path, MARK) is None
    write_checkpoint(path, checkpoint())
    found = read_checkpoint(path, MARK)
    assert found is not None
    assert same(found, checkpoint())
    assert read_checkpoint(path, "another") is None


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.9, 0.999])
def test_a_file_that_was_cut_short_is_as_none(tmp_path: Path, share: float) -> None:
    path = tmp_path / "a.pt"
    write_checkpoint(path, checkpoint())
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    assert read_checkpoint(path, MARK) is None


@pytest.mark.parametrize("seed", range(60))
def test_whatever_the_damage_nothing_wrong_is_read(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "a.pt"
    write_checkpoint(path, checkpoint())
    path.write_bytes(corrupted(path.read_bytes(), seed, text=False))
    found = read_checkpoint(path, MARK)
    assert found is None or same(found, checkpoint())


@pytest.mark.full
@pytest.mark.parametrize("seed", range(60, 1000))
def test_whatever_the_damage_nothing_wrong_is_read_of_many(tmp_path: Path, seed: int) -> None:
    test_whatever_the_damage_nothing_wrong_is_read(tmp_path, seed)


@pytest.mark.parametrize("state", [[1], {"fingerprint": MARK}, {}])
def test_another_files_contents_are_as_none(tmp_path: Path, state: object) -> None:
    torch.save(state, tmp_path / "a.pt")
    assert read_checkpoint(tmp_path / "a.pt", MARK) is None


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (Path.touch, (tmp_path / "touched",))  # type: ignore[return-value]

    (tmp_path / "a.pt").write_bytes(pickle.dumps({"fingerprint": MARK, "step": Evil()}))
    assert read_checkpoint(tmp_path / "a.pt", MARK) is None
    assert not (tmp_path / "touched").exists()
