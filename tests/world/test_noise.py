"""Noise without seams, the same in every process."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from cocopfs.world.noise import SIDE, Grain, bank, bell, patch, ramp, step


@pytest.mark.parametrize("grain", Grain)
def test_banks_repeat_without_a_seam(grain: Grain) -> None:
    noise = bank(grain)
    assert noise.mean() == pytest.approx(0, abs=1e-3)
    assert noise.std() == pytest.approx(1, abs=1e-3)
    for axis in (0, 1):
        steps = np.abs(np.diff(noise, axis=axis)).mean()
        seam = np.abs(noise.take(0, axis) - noise.take(-1, axis)).mean()
        assert seam < 1.5 * steps


def test_patches_depend_on_their_key_alone() -> None:
    first = patch(Grain.FINE, 30, 40, 7, "cheek")
    assert first.shape == (30, 40)
    np.testing.assert_array_equal(first, patch(Grain.FINE, 30, 40, 7, "cheek"))
    assert (first != patch(Grain.FINE, 30, 40, 8, "cheek")).any()
    assert patch(Grain.MOTTLE, SIDE, SIDE, 1).shape == (SIDE, SIDE)


def test_another_process_draws_the_same_face() -> None:
    code = (
        "import hashlib; from cocopfs.world.person import draw_person;"
        "from cocopfs.world.portrait import draw_portrait;"
        "from cocopfs.world.seeds import generator;"
        "picture = draw_portrait(draw_person(generator(1)), 2).picture;"
        "print(hashlib.sha256(picture.tobytes()).hexdigest())"
    )
    found = {
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout
        for _ in range(2)
    }
    assert len(found) == 1


def test_steps_and_bells() -> None:
    x = np.linspace(-1, 1, 201)
    assert (np.diff(step(x, 0.1)) >= 0).all()
    assert ramp(x, -0.5, 0.5)[[0, 100, 200]].tolist() == [0, 0.5, 1]
    assert ramp(x, 0.5, -0.5)[[0, 100, 200]].tolist() == [1, 0.5, 0]
    assert bell(x, 0, 0.2).argmax() == 100
