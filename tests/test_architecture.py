"""Imports point only downward, and the networks' libraries stay in their room."""

from __future__ import annotations

import ast
import graphlib
import re
import subprocess
import sys
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
TRAINING_LIBRARIES = {"torch", "transformers", "tokenizers", "safetensors"}
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def room_of(module: str) -> str | None:
    """The room of a dotted module name; None outside the package and for the package itself."""
    parts = module.split(".")
    return parts[1] if parts[0] == "cocopfs" and len(parts) > 1 else None


def imports(path: Path, *, running: bool = False) -> Iterator[str]:
    """The dotted names that a module imports, in functions too; `running` leaves out what only type
    checkers read."""
    tree = ast.parse(path.read_text("utf-8"))
    told = {
        id(below)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for below in ast.walk(node)
    }
    for node in ast.walk(tree):
        if running and id(node) in told:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide the direction"
            assert node.module is not None
            if node.module == "cocopfs":
                yield from (f"cocopfs.{alias.name}" for alias in node.names)
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


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


def trains(path: Path) -> bool:
    return name_of(path).startswith(("cocopfs.baseline.", "cocopfs.world.training."))


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_only_training_knows_torch(path: Path) -> None:
    """All others reach it through functions, or not at all."""
    if trains(path) or name_of(path) == "cocopfs.commands.baseline":
        return
    found = {module.split(".")[0] for module in imports(path)} & TRAINING_LIBRARIES
    assert not found


def test_all_but_training_can_be_imported_without_torch() -> None:
    names = [name_of(path) for path in MODULES if not trains(path)]
    names = [name.removesuffix(".__init__") for name in names if not name.endswith("__main__")]
    assert len(names) > 200
    script = "import importlib, sys\n"
    script += f"sys.modules.update(dict.fromkeys({sorted(TRAINING_LIBRARIES)}))\n"
    script += f"for name in {names}: importlib.import_module(name)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_no_modules_import_each_other() -> None:
    """In functions neither; types that only checkers read may point back."""
    names = {name_of(path).removesuffix(".__init__"): path for path in MODULES}
    graph = {
        name: {other for other in imports(path, running=True) if other in names and other != name}
        for name, path in names.items()
    }
    assert sum(map(len, graph.values())) > 500
    graphlib.TopologicalSorter(graph).prepare()  # raises CycleError, which names them


def test_the_table_of_rooms_is_the_house() -> None:
    text = (PACKAGE.parent / "CONTRIBUTING.md").read_text("utf-8")
    table = text.partition("| room |")[2].partition("\n\n")[0]
    cells = [line.split("|")[1] for line in table.splitlines()[2:]]
    rooms = [
        name.rstrip("/") for cell in cells for name in re.findall(r"`([\w/]+?)(?:\.py)?`", cell)
    ]
    assert rooms == [room for room in ROOMS if room != "__main__"]
