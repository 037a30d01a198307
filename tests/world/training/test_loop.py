"""A training that was stopped ends in the weights of one that was not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: pip install 'cocopfs[train]'")

from cocopfs.world.training.loop import Course, seeded, train  # noqa: E402


def _net() -> Any:
    return torch.nn.Sequential(
        torch.nn.Linear(4, 8), torch.nn.BatchNorm1d(8), torch.nn.Linear(8, 1)
    )


class _StoppedError(Exception):
    pass


def run(folder: Path, stop: int | None = None, steps: int = 12) -> dict[str, bytes]:
    course = Course("line", steps=steps, rate=0.05)
    net = seeded(course, _net)

    def losses(step: int, rng: np.random.Generator) -> dict[str, object]:
        if step == stop:
            raise _StoppedError
        x = torch.from_numpy(rng.normal(size=(16, 4)).astype(np.float32))
        return {"square": (net(x) - x.sum(1, keepdim=True)).square().mean()}

    found = train(course, net, losses, folder, lambda _line: None)
    return {name: value.numpy().tobytes() for name, value in found.state_dict().items()}


def test_a_stopped_training_goes_on_to_the_same_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cocopfs.world.training.loop._SAVE_EVERY", 0.0)
    whole = run(tmp_path / "whole")
    with pytest.raises(_StoppedError):
        run(tmp_path / "stopped", stop=7)
    assert (tmp_path / "stopped" / "line.pt").is_file()
    assert run(tmp_path / "stopped") == whole


def test_it_learns(tmp_path: Path) -> None:
    said: list[str] = []
    torch.manual_seed(0)
    net = torch.nn.Linear(4, 1)

    def losses(_step: int, rng: np.random.Generator) -> dict[str, object]:
        x = torch.from_numpy(rng.normal(size=(64, 4)).astype(np.float32))
        return {"square": (net(x) - x.sum(1, keepdim=True)).square().mean()}

    train(Course("line", steps=600, rate=0.05, average=0.9), net, losses, tmp_path, said.append)
    np.testing.assert_allclose(net.weight.detach().numpy(), np.ones((1, 4)), atol=0.05)
    assert said[-1].startswith("line 600/600  square")
