"""The promises of a whole dataset; each check is a function of the evidence.

To promise more, write one more function and put it into CHECKS.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from cocopfs.audit.checks import check_samples
from cocopfs.audit.dataset import Damage
from cocopfs.engine.store import output_digest
from cocopfs.verify.counts import counts_match
from cocopfs.verify.evidence import Evidence
from cocopfs.verify.exported import export_is_whole
from cocopfs.verify.finding import Check, Finding, check, not_tried
from cocopfs.verify.listing import strangers
from cocopfs.verify.people import gallery_agrees, no_real_id_published
from cocopfs.verify.removed import nobody_returned
from cocopfs.verify.row import PROMISES


def published_bytes(evidence: Evidence) -> list[Check]:
    """Every published byte, against `manifest.json`."""
    files = evidence.dataset.manifest.files
    damages = [d for d in evidence.contents.damages if d.name in files]
    return [check("every published file is the one listed", len(files), _found(damages))]


def work_bytes(evidence: Evidence) -> list[Check]:
    """`work/`, where it is there, against the stages' manifests."""
    promise = "the files of work/ are those that the stages list"
    if not evidence.stages:
        return [not_tried(promise, "work/ was deleted, as it may be")]
    files = evidence.dataset.manifest.files
    damages = [d for d in evidence.contents.damages if d.name not in files]
    tried = sum(2 * len(stage.shards) for stage in evidence.stages)
    told = [finding for stage in evidence.stages for finding in stage.findings]
    said = evidence.dataset.manifest.stages
    others = [
        stage.stage
        for stage in evidence.stages
        if stage.manifest is not None
        and stage.stage in said
        and output_digest(stage.manifest) != said[stage.stage].digest
    ]
    # No fault: a build that was begun after the dataset was published leaves them so.
    why = f"of another build than the dataset: {', '.join(others)}" if others else None
    return [check(promise, tried, [*told, *_found(damages)], why)]


def nothing_unlisted(evidence: Evidence) -> list[Check]:
    """No file that a user would take for a part of the dataset, and is none."""
    found = strangers(evidence.dataset)
    return [check("no file lies there that nothing lists", evidence.contents.files, found)]


def readable_rows(evidence: Evidence) -> list[Check]:
    """The published files hold rows of the published schema."""
    broken = evidence.contents.unreadable
    files = len(evidence.dataset.files)
    return [check("every file of data/ holds rows of the schema", files, _found(broken))]


def single_rows(evidence: Evidence) -> list[Check]:
    """What must hold of each row for itself."""
    tally = evidence.contents.tally
    left_out = {
        "every sample passes the recipe's gate": evidence.recipe is None
        and "the recipe in manifest.json is of another version",
        "every picture carries its mark, and nothing else": evidence.naming is None
        and "whose marks they are cannot be told without private/pseudonyms.key",
    }
    return [
        Check(
            promise,
            tally.rows,
            tally.broken[promise],
            tuple(tally.found.get(promise, ())),
            left_out.get(promise) or None,
        )
        for promise in PROMISES
    ]


def rows_together(evidence: Evidence) -> list[Check]:
    """What must hold between rows, as the audit checks it too."""
    rows = len(evidence.contents.samples)
    return [
        Check(
            found.promise,
            rows,
            found.broken,
            tuple(Finding(shown, "breaks it") for shown in found.shown),
        )
        for found in check_samples(evidence.contents.samples)
    ]


CHECKS: Final[Sequence[Callable[[Evidence], list[Check]]]] = (
    published_bytes,
    export_is_whole,
    work_bytes,
    nothing_unlisted,
    readable_rows,
    single_rows,
    rows_together,
    counts_match,
    gallery_agrees,
    no_real_id_published,
    nobody_returned,
)


def _found(damages: Sequence[Damage]) -> list[Finding]:
    return [Finding(damage.name, damage.why) for damage in damages]
