"""Corrupted inputs, made from valid ones: the same seed makes the same bytes."""

from __future__ import annotations

import random
import re

_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?")
_WORD = re.compile(rb"[A-Za-z_]{3,}")
_NUMBERS = (
    b"0",
    b"-1",
    b"NaN",
    b".nan",
    b"Infinity",
    b"1e400",
    b"-0.0",
    b"9223372036854775808",
    b"99999999999999999999999999",
    b"0x",
    b"0b_",
    b"1e-400",
    b"2024-13-45",
    b"null",
    b"true",
    b'"7"',
    b"[]",
    b"{}",
)
_WORDS = (
    b"",
    b"../../etc/passwd",
    b"/etc/passwd",
    b"\\x00",
    b"\x00",
    b"\x1b[2J",
    b"<script>alert(1)</script>",
    b"[bold]",
    b'"',
    b"'",
    b"\n",
    b"&a [*a, *a]",
    b"!!python/object/apply:os.system [id]",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"\\ud800",
    b"{{ 7*7 }}",
    b",,,",
    b"x" * 5000,
    b"[" * 3000,
)


def corrupted(data: bytes, seed: int, *, text: bool) -> bytes:
    """`data` after one to three changes. text: also other numbers and words where some stand."""
    draw = random.Random(f"corrupted:{seed}")
    changes = [_flip, _truncate, _splice, _insert, _cut, _repeat]
    if text:
        changes += [_number, _number, _word, _word]
    result = data
    for _ in range(draw.randint(1, 3)):
        result = draw.choice(changes)(result, draw)
    return result if result != data else data + b"\0"


def _flip(data: bytes, draw: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(draw.choice((1, 1, 2, 8, 64)) if data else 0):
        changed[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
    return bytes(changed)


def _truncate(data: bytes, draw: random.Random) -> bytes:
    return data[: draw.randrange(len(data) + 1)]


def _splice(data: bytes, draw: random.Random) -> bytes:
    """A piece of it over another place."""
    start, length = draw.randrange(len(data) + 1), draw.randint(1, max(len(data) // 4, 1))
    target = draw.randrange(len(data) + 1)
    piece = data[start : start + length]
    return data[:target] + piece + data[target + len(piece) :]


def _insert(data: bytes, draw: random.Random) -> bytes:
    at = draw.randrange(len(data) + 1)
    return data[:at] + draw.randbytes(draw.choice((1, 4, 64, 4096))) + data[at:]


def _cut(data: bytes, draw: random.Random) -> bytes:
    start = draw.randrange(len(data) + 1)
    return data[:start] + data[start + draw.choice((1, 4, 64, 1024)) :]


def _repeat(data: bytes, draw: random.Random) -> bytes:
    start = draw.randrange(len(data) + 1)
    piece = data[start : start + draw.choice((1, 16, 256))]
    return data[:start] + piece * draw.choice((2, 20, 500)) + data[start:]


def _number(data: bytes, draw: random.Random) -> bytes:
    return _replaced(data, _NUMBER, _NUMBERS, draw)


def _word(data: bytes, draw: random.Random) -> bytes:
    return _replaced(data, _WORD, _WORDS, draw)


def _replaced(
    data: bytes, pattern: re.Pattern[bytes], values: tuple[bytes, ...], draw: random.Random
) -> bytes:
    found = list(pattern.finditer(data))
    if not found:
        return data
    place = draw.choice(found)
    return data[: place.start()] + draw.choice(values) + data[place.end() :]
