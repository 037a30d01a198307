"""Who was taken out stays out."""

from __future__ import annotations

from cocopfs.errors import UsageError
from cocopfs.publish.tombstones import TOMBSTONES, read_removals, tombstones_of
from cocopfs.removal.purge import leftovers
from cocopfs.removal.remove import is_unfinished
from cocopfs.removal.returned import find_returned
from cocopfs.verify.evidence import Evidence
from cocopfs.verify.finding import Check, Finding, check, not_tried


def nobody_returned(evidence: Evidence) -> list[Check]:
    """No table of the folder speaks of an identity or a photograph that has a tombstone; nothing
    is promised where nobody was taken out. What a removal without --purge left in `work/` is told,
    but breaks no promise: it is not published."""
    promise = "nobody who was taken out is there again"
    root = evidence.dataset.root
    try:
        removals = read_removals(root)
        tombstones = tombstones_of(root, removals)
    except UsageError as error:
        return [not_tried(promise, error.what)]
    if removals is None:
        return []
    found = list(find_returned(root, tombstones))
    in_work = {trace.file for trace in found if trace.file.startswith("work/")}
    purge = f"cocopfs remove {root} --purge"
    purged = tuple(leftovers(root))
    findings = [
        Finding(
            trace.file,
            f"{trace.place} speaks of {trace.what} who was taken out",
            purge if _is_below(trace.file, purged) else None,
        )
        for trace in found
        if trace.file not in in_work
    ]
    if is_unfinished(root):
        why = f"a removal has not ended: cocopfs remove {root} ends it"
        findings.append(Finding(TOMBSTONES, why, f"cocopfs remove {root}"))
    left = f"{len(in_work)} files of work/ still speak of them: {purge}"
    tried = len(removals.identities) + len(removals.photos) + len(removals.names)
    return [check(promise, tried, findings, left if in_work else None)]


def _is_below(file: str, places: tuple[str, ...]) -> bool:
    return any(file == place or file.startswith(f"{place}/") for place in places)
