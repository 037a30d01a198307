"""Model packs: the folder of networks that a build uses, every file checked before it is opened.

A pack says what it holds in `pack.yaml`, with a hash for each file, or is found by the layouts that
insightface and deepface read by themselves; then the hashes are computed and recorded.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cocopfs.errors import UsageError
from cocopfs.faces.graph import read_graph
from cocopfs.faces.layout import find_by_layout
from cocopfs.faces.roles import ORIGINS, MissingRoleError, Role
from cocopfs.safe_yaml import BrokenYamlError, in_our_words, parse_yaml

__all__ = ["CLIP", "MANIFEST", "Pack", "PackFile", "Role", "open_clip", "open_pack"]

MANIFEST = "pack.yaml"
CLIP = "clip"
"""The part of the files of a CLIP, which lie together in a folder as transformers reads one. No
`Role`: a build needs none of them, and whatever a dataset says of its pack is without them."""


_NAME_A_CLIP = "name a checkpoint: --set baseline.clip=openai/clip-vit-large-patch14-336"


@dataclass(frozen=True, slots=True)
class PackFile:
    """A network's file. `path` is relative to the pack, "/" between parts; `digest` its sha256."""

    role: Role
    path: str
    digest: str
    size: int
    licence: str | None
    source: str | None


@dataclass(frozen=True, slots=True)
class Pack:
    """The files of the roles that were asked for, found and checked. `root` is absolute."""

    name: str
    root: Path
    files: tuple[PackFile, ...]  # in the order of Role

    def has(self, role: Role) -> bool:
        return any(file.role == role for file in self.files)

    def path(self, role: Role) -> Path:
        """Raises UsageError when the pack was opened without that role."""
        return self.root / self._file(role).path

    def digest_of(self, role: Role) -> str:
        """Raises UsageError when the pack was opened without that role."""
        return self._file(role).digest

    @property
    def digest(self) -> str:
        """sha256 over the roles and their files' digests: the same wherever the pack lies."""
        pairs = [[file.role, file.digest] for file in self.files]
        return hashlib.sha256(json.dumps(pairs, separators=(",", ":")).encode()).hexdigest()

    def _file(self, role: Role) -> PackFile:
        for file in self.files:
            if file.role == role:
                return file
        raise UsageError(
            f"the model pack {self.name} was opened without a {role}",
            expected=f"one of {', '.join(file.role for file in self.files)}",
        )


def open_pack(root: Path, roles: Collection[Role]) -> Pack:
    """The pack in that folder; only files of these roles must be there, and only they are hashed.

    Raises UsageError when a file is missing, is not the one that `pack.yaml` lists, or lies outside
    the folder, and says where a person gets it.
    """
    if not root.is_dir():
        raise UsageError(
            f"there is no model pack {root}",
            expected="a folder with pack.yaml, or with insightface/models and deepface/.deepface",
            hint="cocopfs models list tells which networks there are, and where to get them",
        )
    root = root.resolve()
    wanted = [role for role in Role if role in roles]
    if (root / MANIFEST).is_file():
        name, files = _listed(root, wanted)
    else:
        found = find_by_layout(root, wanted)
        name, files = root.name, [_recorded(root, role, found[role]) for role in wanted]
    for file in files:
        _refuse_loose_weights(root / file.path)
    return Pack(name, root, tuple(files))


def open_clip(root: Path) -> Path:
    """The folder of the pack's CLIP, in which there are the files that `pack.yaml` lists, each
    checked, and no others.

    Raises UsageError when the pack lists none, and what `open_pack` raises.
    """
    root = root.resolve()
    if not (root / MANIFEST).is_file():
        raise UsageError(
            f"this needs a CLIP, and the model pack {root} has none: there is no {MANIFEST} in it",
            expected="a checkpoint, or a model pack that lists its CLIP's files",
            hint=_NAME_A_CLIP,
        )
    entries = [file for file in _read_manifest(root / MANIFEST).files if file.role == CLIP]
    listed = {_inside(root, entry.path) for entry in entries}
    folders = {path.parent for path in listed}
    if len(folders) != 1 or folders == {root}:
        raise UsageError(
            f"{root / MANIFEST} lists no CLIP in a folder of its own",
            expected=f"files with the role {CLIP}: config.json, model.safetensors and others",
            hint=_NAME_A_CLIP,
        )
    for entry in entries:
        _check(root, entry, entry.source or "where the pack came from")
    (folder,) = folders
    foreign = sorted(path.name for path in folder.iterdir() if path not in listed)
    if foreign:
        # What a library reads from a folder depends on what lies there.
        raise UsageError(
            f"{folder} holds what {MANIFEST} does not list: {', '.join(foreign)}",
            hint="move it elsewhere",
        )
    return folder


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class _ListedFile(_Strict):
    role: Annotated[Role, Field(strict=False)] | Literal["clip"]
    path: str = Field(min_length=1)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    size: int = Field(ge=1)
    licence: str | None = None
    source: str | None = None


class _Manifest(_Strict):
    name: str = Field(min_length=1)
    files: list[_ListedFile]


def _listed(root: Path, roles: Collection[Role]) -> tuple[str, list[PackFile]]:
    manifest = _read_manifest(root / MANIFEST)
    own = [(file.role, file) for file in manifest.files if isinstance(file.role, Role)]
    by_role = dict(own)
    if len(by_role) < len(own):
        raise UsageError(
            f"{root / MANIFEST} lists two files for one role", expected="one file for each role"
        )
    files = []
    for role in roles:
        if role not in by_role:
            raise MissingRoleError(
                f"{root / MANIFEST} lists no {role}",
                expected=f"a file for each of {', '.join(roles)}",
                hint=f"take another pack, or add the file and its entry: {ORIGINS[role].source}",
            )
        entry = by_role[role]
        digest = _check(root, entry, entry.source or ORIGINS[role].source)
        files.append(PackFile(role, entry.path, digest, entry.size, entry.licence, entry.source))
    return manifest.name, files


def _read_manifest(path: Path) -> _Manifest:
    try:
        data = parse_yaml(path.read_bytes())
        return _Manifest.model_validate(data)
    except (OSError, BrokenYamlError) as error:
        raise UsageError(f"{path} cannot be read as YAML: {error}") from error
    except ValidationError as error:
        lines = []
        for problem in error.errors(include_url=False):
            where = ".".join(str(part) for part in problem["loc"]) or "the file"
            unknown = problem["type"] == "extra_forbidden"
            told = "not a field of pack.yaml" if unknown else in_our_words(problem)
            lines.append(f"{where}: {told}")
        raise UsageError(
            f"{path} is not a list of models: {'; '.join(lines)}",
            expected="name, and files with role, path, sha256, size, licence, source",
        ) from error


def _check(root: Path, entry: _ListedFile, source: str) -> str:
    """The file's sha256. source: where a person gets it."""
    path = _inside(root, entry.path)
    if not os.path.isfile(path):  # noqa: PTH113  # false for a name that is too long, too
        raise UsageError(
            f"the {entry.role} of the model pack {root} is missing",
            expected=f"{entry.path}, {entry.size} bytes (licence: {entry.licence or 'unknown'})",
            hint=f"get it from {source}",
        )
    digest, size = _digest(path)
    if digest != entry.sha256:
        raise UsageError(
            f"{path} is not the {entry.role} that {MANIFEST} lists: "
            f"it has sha256 {digest} ({size} bytes)",
            expected=f"sha256 {entry.sha256} ({entry.size} bytes)",
            hint=f"get it again from {source}",
        )
    if size != entry.size:
        raise UsageError(
            f"{root / MANIFEST} gives {entry.path} {entry.size} bytes, but it has {size}",
            hint=f"write size: {size}; the hash is right",
        )
    return digest


def _recorded(root: Path, role: Role, path: Path) -> PackFile:
    relative = path.relative_to(root).as_posix()
    digest, size = _digest(_inside(root, relative))
    return PackFile(role, relative, digest, size, None, None)


def _refuse_loose_weights(path: Path) -> None:
    """The hash of a file says nothing of weights that it keeps in other files."""
    external = read_graph(path).external
    if external:
        raise UsageError(
            f"{path} keeps weights in other files: {', '.join(external)}",
            expected="a model in one file, so that its hash covers its weights",
            hint=f"python -c \"import onnx; onnx.save(onnx.load('{path.name}'), 'whole.onnx')\"",
        )


def _inside(root: Path, relative: str) -> Path:
    parts = PurePosixPath(relative)
    plain = not parts.is_absolute() and ".." not in parts.parts and not {"\\", "\0"} & set(relative)
    if not plain or not (root / relative).resolve().is_relative_to(root):
        raise UsageError(
            f"{relative!r} leads out of the model pack {root}",
            expected='a path inside the pack, "/" between parts, no link that leads out of it',
            hint="copy the file into the pack's folder",
        )
    return root / relative


def _digest(path: Path) -> tuple[str, int]:
    try:
        with path.open("rb") as file:
            digest, size = hashlib.file_digest(file, "sha256").hexdigest(), file.tell()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error}") from error
    return digest, size
