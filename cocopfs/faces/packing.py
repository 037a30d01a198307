"""Writing the `pack.yaml` of a folder of networks, so that later changes of a file are noticed."""

from __future__ import annotations

from pathlib import Path

import yaml

from cocopfs.engine.commit import commit_bytes
from cocopfs.errors import UsageError
from cocopfs.faces.layout import find_by_layout
from cocopfs.faces.pack import MANIFEST, Pack, Role, open_pack
from cocopfs.faces.roles import NEEDED, OPTIONAL, ORIGINS, MissingRoleError


def pack_up(root: Path, name: str | None, licence: str | None) -> Pack:
    """Write `pack.yaml` into a folder laid out as insightface and deepface lay theirs out, with the
    hashes of the files as they are now. Swapper and age network are listed where there is one.

    name: null for the folder's. licence: of all files, null where it is not known.
    Raises UsageError where there is a `pack.yaml` already, a needed role has no file, or any
    role has two.
    """
    if (root / MANIFEST).exists():
        raise UsageError(
            f"{root / MANIFEST} is there already",
            expected="a folder without one",
            hint=f"cocopfs models verify {root}",
        )
    found = open_pack(root, (*NEEDED, *(role for role in OPTIONAL if _is_there(root, role))))
    entries = [
        {
            "role": str(file.role),
            "path": file.path,
            "sha256": file.digest,
            "size": file.size,
            "licence": licence,
            "source": ORIGINS[file.role].source,
        }
        for file in found.files
    ]
    content = {"name": name or found.name, "files": entries}
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=1000)
    commit_bytes(root / MANIFEST, text.encode())
    return open_pack(root, [file.role for file in found.files])


def _is_there(root: Path, role: Role) -> bool:
    try:
        find_by_layout(root, [role])
    except MissingRoleError:
        return False
    return True
