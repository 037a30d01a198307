"""A part of a stage's shards, for several machines with one folder."""

from __future__ import annotations

from dataclasses import dataclass

from cocopfs.errors import UsageError


@dataclass(frozen=True, slots=True)
class Slice:
    """Slice `number` of `count`, counted from 1: every `count`-th shard of the plan."""

    number: int
    count: int

    def has(self, place: int) -> bool:
        """Whether the shard at that place of the plan, counted from 0, belongs to the slice."""
        return place % self.count == self.number - 1

    def share(self, items: int) -> int:
        """About how many of the items are the slice's."""
        return -(-items // self.count)

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"


def parse_slice(text: str) -> Slice:
    """A slice as people write it, "1/3". Raises UsageError for anything else."""
    number, _, count = text.partition("/")
    if number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count):
        return Slice(int(number), int(count))
    raise UsageError(
        f"--slice {text} is no slice",
        expected="NUMBER/COUNT, counted from 1: 1/3, 2/3 and 3/3 are a whole",
    )
