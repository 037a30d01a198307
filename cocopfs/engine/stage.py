"""What a stage is: records in, records and rejections out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, Protocol, runtime_checkable

from cocopfs.records import Reason, Rejection

if TYPE_CHECKING:
    from cocopfs.engine.store import Upstream

Scope = Literal["shard", "global"]


@dataclass(frozen=True, slots=True)
class RawFile:
    """A raw input as the plan sees it: its content is only read when its shard is processed."""

    path: str  # relative to its source
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Shard:
    """A piece of a stage's work that is done, and committed, as a whole.

    Every row must come out as an output or as a rejection. The context is what the rows refer to
    (the identities of a photo's swaps, say); it is not accounted for.
    """

    shard_id: str
    rows: tuple[Any, ...]
    context: tuple[Any, ...] = ()
    files: tuple[RawFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    rows: list[Any]
    rejections: list[Rejection]


class Stage(Protocol):
    """A stage is a frozen, picklable value that carries its part of the recipe.

    `process` reads nothing but its own pictures, has no clock, no rank and no global random state:
    randomness comes from hash(seed, item), batches are formed inside the shard in its order.
    """

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> int:
        """Raised by hand whenever the same input gives another output."""

    @property
    def gives(self) -> type:
        """The record type of the output rows."""

    @property
    def reads(self) -> tuple[str, ...]:
        """The stages whose output makes this stage's shards."""

    @property
    def scope(self) -> Scope:
        """`global`: it looks at the whole at once, so no slice can do a part of it."""

    @property
    def aggregates(self) -> bool:
        """The output is a summary, so rows are not accounted for one by one."""

    @property
    def uses_models(self) -> bool: ...

    @property
    def settings(self) -> Mapping[str, Any]:
        """All of the recipe that changes the output, by full field name."""

    @property
    def ingredients(self) -> Mapping[str, str]:
        """Digests of the models and templates that change the output."""

    @property
    def libraries(self) -> tuple[str, ...]:
        """Distributions whose version may change the output's bytes."""

    @property
    def batch_setting(self) -> str | None:
        """The recipe field to lower when memory runs out."""

    def size(self, upstream: Upstream) -> int:
        """How many rows the shards hold together; cheap."""

    def shards(self, upstream: Upstream) -> Iterator[Shard]:
        """The plan: fixed by the input alone, in a fixed order."""

    def process(self, shard: Shard, models: Any) -> Result: ...

    def write(self, file: BinaryIO, rows: list[Any]) -> None:
        """The output rows as a Parquet file."""


@runtime_checkable
class CanRefuse(Protocol):
    """A stage that can account for a row which nobody can process. Its rows are independent: a
    shard may be processed without some of them."""

    def refuse(self, row: Any, reason: Reason, detail: str) -> list[Rejection]: ...
