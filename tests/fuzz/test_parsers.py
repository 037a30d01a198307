"""No input makes a parser fall over: it is taken, or refused in words, and soon.

`test_a_thousand_corrupted_inputs` is the long form. The same seed gives the same bytes: a failure
names what to try again.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest

from cocopfs.errors import CocopfsError
from tests.fuzz.mutate import corrupted
from tests.fuzz.parsers import PARSERS, Parser

_QUICK, _LONG = 8, 1000
_SECONDS = 20  # for one input; a hang, not a slow machine


@pytest.mark.parametrize("name", PARSERS)
def test_what_is_valid_is_taken(name: str, tmp_path: Path) -> None:
    parser = PARSERS[name]
    taken = 0
    for data in parser.valid(tmp_path):
        try:
            parser.parse(tmp_path, data)
            taken += 1
        except parser.refuses:
            assert data[8:12] == b"WEBP", "the one kind that is not taken"
    assert taken


@pytest.mark.parametrize("name", PARSERS)
def test_corrupted_inputs(name: str, tmp_path: Path) -> None:
    _try(PARSERS[name], range(_QUICK), tmp_path)


@pytest.mark.full
@pytest.mark.parametrize("name", PARSERS)
def test_a_thousand_corrupted_inputs(name: str, tmp_path: Path) -> None:
    refused = _try(PARSERS[name], range(_QUICK, _LONG), tmp_path)
    assert refused, "no mutation did any damage"


def _try(parser: Parser, seeds: range, folder: Path) -> int:
    """How many inputs were refused; fails for the first that is not accounted for."""
    valid = parser.valid(folder)
    refusals: tuple[type[Exception], ...] = (CocopfsError, *parser.refuses)
    refused = 0
    for seed in seeds:
        data = corrupted(valid[seed % len(valid)], seed, text=parser.text)
        try:
            with _soon(seed):
                parser.parse(folder, data)
        except refusals:
            refused += 1
        except Exception as error:
            what = f"{type(error).__name__}: {str(error)[:300]}"
            raise AssertionError(f"seed {seed}: {what}") from error
    return refused


@contextmanager
def _soon(seed: int) -> Iterator[None]:
    def stop(_number: int, _frame: FrameType | None) -> None:
        raise AssertionError(f"seed {seed} hangs")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(_SECONDS)
    started = time.monotonic()
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    assert time.monotonic() - started < _SECONDS
