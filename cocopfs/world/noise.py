"""Banks of seamless noise, made once per process from fixed seeds, and smooth steps."""

from __future__ import annotations

import functools
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cocopfs.world.seeds import generator

SIDE = 512
"""Side of a bank, samples. Banks repeat without a seam."""


class Grain(Enum):
    """A kind of noise: the finest and the coarsest wavelength across and along, in samples."""

    MOTTLE = (6.0, 60.0, 1.0)  # uneven skin
    FINE = (1.6, 4.0, 1.0)  # pores, stubble
    STRANDS = (3.0, 40.0, 18.0)  # hair that runs along v
    CURLS = (9.0, 26.0, 1.0)  # locks


@functools.cache
def bank(grain: Grain) -> NDArray[np.float32]:
    """(SIDE, SIDE) float32 of mean 0 and standard deviation 1."""
    finest, coarsest, stretch = grain.value
    frequency = np.fft.fftfreq(SIDE)
    radius = np.hypot(frequency[None, :], frequency[:, None] * stretch)
    radius[0, 0] = 1
    band = np.exp(-((radius * finest) ** 2)) * (1 - np.exp(-((radius * coarsest) ** 2))) / radius
    white = generator(5, "noise bank", grain.name).normal(0, 1, (SIDE, SIDE))
    found = np.fft.ifft2(np.fft.fft2(white) * band).real
    found -= found.mean()
    return np.ascontiguousarray(found / found.std(), np.float32)


def patch(grain: Grain, height: int, width: int, *key: object) -> NDArray[np.float32]:
    """(height, width) of the bank at a place that the key chooses."""
    top, left = generator(6, *key).integers(0, SIDE, 2)
    return _twice(grain)[top : top + height, left : left + width]


@functools.cache
def _twice(grain: Grain) -> NDArray[np.float32]:
    """The bank beside and below itself, so that no patch has a seam."""
    return np.tile(bank(grain), (2, 2))


def step(x: NDArray[Any], softness: float) -> NDArray[np.float32]:
    """0 below and 1 above zero, with a soft edge."""
    return np.asarray(0.5 + 0.5 * np.tanh(np.asarray(x, np.float32) * np.float32(0.5 / softness)))


def ramp(x: NDArray[Any], start: float, end: float) -> NDArray[np.float32]:
    """0 before start, 1 after end, smooth between (start may be greater than end)."""
    t = np.clip((np.asarray(x, np.float32) - np.float32(start)) / np.float32(end - start), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def bell(x: NDArray[Any], middle: float, width: float) -> NDArray[np.float32]:
    """A Gaussian bell of height 1."""
    t = (np.asarray(x, np.float32) - np.float32(middle)) * np.float32(1 / width)
    return np.asarray(np.exp(-0.5 * t * t), np.float32)
