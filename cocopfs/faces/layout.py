"""Finding the networks of a pack that has no `pack.yaml`, by folder and by the graphs' shapes."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from cocopfs.errors import UsageError
from cocopfs.faces.graph import Graph, read_graph
from cocopfs.faces.roles import ORIGINS, MissingRoleError, Role

# Where insightface keeps the models of a zoo package, then the same without its outer folders.
_INSIGHTFACE = ("insightface/models/*/", "insightface/models/", "models/*/", "")
_DEEPFACE = {
    Role.GENDER: "deepface/.deepface/weights/gender_model_weights.onnx",
    Role.ETHNICITY: "deepface/.deepface/weights/race_model_single_batch.onnx",
}


def find_by_layout(root: Path, roles: Collection[Role]) -> dict[Role, Path]:
    """The file of each role in a folder laid out as insightface and deepface lay theirs out.

    Raises UsageError when a role has no file, or two.
    """
    found: dict[Role, list[Path]] = {role: [] for role in Role}
    for role, place in _DEEPFACE.items():
        if (root / place).is_file():
            found[role].append(root / place)
    if not set(roles) <= set(_DEEPFACE):
        for path in _insightface_files(root):
            for role in _roles(path, read_graph(path)):
                found[role].append(path)
    _refuse_missing(root, [role for role in roles if not found[role]])
    for role in roles:
        if len(found[role]) > 1:
            names = " and ".join(path.relative_to(root).as_posix() for path in found[role])
            raise UsageError(
                f"{root} has more than one {role}: {names}",
                expected="one file for each role",
                hint="keep one of them in the pack's folder",
            )
    return {role: found[role][0] for role in roles}


def _insightface_files(root: Path) -> Iterator[Path]:
    seen = set()
    for folder in _INSIGHTFACE:
        for path in sorted(root.glob(f"{folder}*.onnx")):
            if path.resolve() not in seen:
                seen.add(path.resolve())
                yield path


def _roles(path: Path, graph: Graph) -> tuple[Role, ...]:
    """As insightface's ModelRouter tells models apart; what we have no use for has no role."""
    square = graph.inputs[0].shape[2:] if graph.inputs else ()
    if path.name.startswith("inswapper") or (len(graph.inputs) == 2 and square == (128, 128)):
        return (Role.SWAPPER,)
    if len(graph.outputs) >= 5:
        return (Role.DETECTOR,)
    if len(graph.inputs) == 1 and square == (112, 112):
        return (Role.RECOGNISER,)
    if len(graph.inputs) == 1 and square == (96, 96) and graph.outputs[0].shape[1:] == (3,):
        return (Role.AGE,)
    return ()


def _refuse_missing(root: Path, roles: Collection[Role]) -> None:
    if not roles:
        return
    places = "; ".join(f"{role}: {ORIGINS[role].place}" for role in roles)
    sources: dict[str, list[str]] = {}
    for role in roles:
        sources.setdefault(ORIGINS[role].source, []).append(role)
    raise MissingRoleError(
        f"the model pack {root} has no file for: {', '.join(roles)}",
        expected=places,
        hint="; ".join(f"{' and '.join(names)}: {source}" for source, names in sources.items()),
    )
