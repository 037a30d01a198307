"""JSON files with long lists, written an item at a time."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import IO, Any

import msgspec

from cocopfs.publish.exports.output import Output


class JsonList:
    """One list: `append` its items."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._empty = True

    def append(self, item: Any) -> None:
        self._file.write(b"" if self._empty else b",\n")
        self._file.write(msgspec.json.encode(item))
        self._empty = False


@contextmanager
def open_lists(
    out: Output, name: str, head: Mapping[str, Any], lists: tuple[str, ...]
) -> Iterator[tuple[JsonList, ...]]:
    """A file `{...head, "list": [...], ...}` whose lists are filled side by side; only the disk
    holds them. `head` needs at least one member."""
    with ExitStack() as stack:
        files = [stack.enter_context(out.scratch()) for _ in lists]
        yield tuple(JsonList(file) for file in files)
        with out.open(name) as target:
            target.write(msgspec.json.encode(head).removesuffix(b"}"))
            for key, file in zip(lists, files, strict=True):
                target.write(b",\n" + msgspec.json.encode(key) + b": [\n")
                file.seek(0)
                shutil.copyfileobj(file, target)
                target.write(b"\n]")
            target.write(b"}\n")
