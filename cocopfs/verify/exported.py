"""An export of a dataset: what its SHA256SUMS lists, and whether it is there."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

from cocopfs.audit.dataset import Dataset, unreadable
from cocopfs.engine.commit import file_digest
from cocopfs.errors import UsageError
from cocopfs.publish.dataset import MANIFEST
from cocopfs.publish.exports.output import EXPORT, SUMS, export_facts, read_sums
from cocopfs.sources.paths import UnsafePathError, inside
from cocopfs.verify.evidence import Evidence
from cocopfs.verify.finding import Check, Finding, check

_PROMISE = f"every file of the export is the one in {SUMS}"


def refuse_other_formats(root: Path) -> None:
    """Raises UsageError for an export that holds no rows as a build writes them, and no manifest
    that it could be held against."""
    told = export_facts(root)
    if told is not None and told["format"] != "parquet":
        raise UsageError(
            f"{root} is an export in the format {told['format']}, which verify does not read",
            expected="a folder that `cocopfs build` made, or an export with --format parquet",
            hint=f"cd {shlex.quote(str(root))} && sha256sum -c {SUMS}",
        )


def export_is_whole(evidence: Evidence) -> list[Check]:
    """Every file that an export lists, its cards and its manifest among them; nothing is promised
    of a folder that no export made."""
    root = evidence.dataset.root
    told = export_facts(root)
    if told is None:
        return []
    try:
        sums = read_sums(root)
        digest, _ = file_digest(root / SUMS)
    except (OSError, ValueError) as error:
        return [check(_PROMISE, 0, [Finding(SUMS, f"cannot be read: {error}")])]
    findings = list(_differing(evidence.dataset, sums))
    if digest != told["sums"]:
        findings.append(Finding(SUMS, f"is not the one that {EXPORT} names"))
    if MANIFEST not in sums:
        findings.append(Finding(SUMS, f"does not list {MANIFEST}"))
    return [check(_PROMISE, len(sums), findings)]


def _differing(dataset: Dataset, sums: Mapping[str, str]) -> Iterator[Finding]:
    """Files that the manifest lists were hashed against it already."""
    for name, wanted in sums.items():
        entry = dataset.manifest.files.get(name)
        try:
            found = file_digest(inside(dataset.root, name))[0] if entry is None else entry.sha256
        except (OSError, UnsafePathError) as error:
            yield Finding(name, unreadable(error))
            continue
        if found != wanted:
            who = "it has" if entry is None else f"{MANIFEST} says"
            yield Finding(name, f"{SUMS} says sha256 {wanted[:16]}…, {who} {found[:16]}…")
