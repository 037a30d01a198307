"""Imports point only downward, and the networks' libraries stay in their room."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import cocopfs

PACKAGE = Path(cocopfs.__file__).parent

# From the top of the house to its ground; a room may import only rooms below it.
ROOMS = (
    "__main__",
    "cli",
    "commands",
    "terminal",
    "doctor",
    "supplies",
    "world",
    "baseline",
    "verify",
    "audit",
    "removal",
    "stages",
    "publish",
    "quality",
    "captions",
    "faces",
    "sources",
    "engine",
    "recipe",
    "arrow",
    "records",
    "resources",
    "safe_yaml",
    "errors",
)
NETWORK_LIBRARIES = {"insightface", "deepface", "onnx", "onnxruntime"}
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def room_of(module: str) -> str | None:
    """The room of a dotted module name; None outside the package and for the package itself."""
    parts = module.split(".")
    return parts[1] if parts[0] == "cocopfs" and len(parts) > 1 else None


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide the direction"
            assert node.module is not None
            if node.module == "cocopfs":
                yield from (f"cocopfs.{alias.name}" for alias in node.names)
            yield node.module


def name_of(path: Path) -> str:
    return ".".join(("cocopfs", *path.relative_to(PACKAGE).with_suffix("").parts))


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_point_downward(path: Path) -> None:
    room = room_of(name_of(path))
    assert room in ROOMS, f"{room} is no room: give it its place in the list"
    for module in imports(path):
        other = room_of(module)
        if other is not None and other != room:
            assert ROOMS.index(other) > ROOMS.index(room), f"{room} imports {module}"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_only_faces_knows_the_networks(path: Path) -> None:
    if room_of(name_of(path)) == "faces":
        return
    found = {module.split(".")[0] for module in imports(path)} & NETWORK_LIBRARIES
    assert not found


def test_the_engine_knows_no_stage() -> None:
    for path in (PACKAGE / "engine").glob("*.py"):
        assert not any(module.startswith("cocopfs.stages") for module in imports(path))
