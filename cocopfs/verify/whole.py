"""`cocopfs verify`: all checks of a dataset, and a sample of it made anew."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cocopfs.audit.dataset import Dataset, open_dataset
from cocopfs.engine.progress import Progress
from cocopfs.errors import CocopfsError
from cocopfs.publish.exports.output import export_facts
from cocopfs.verify.checks import CHECKS
from cocopfs.verify.evidence import gather
from cocopfs.verify.exported import refuse_other_formats
from cocopfs.verify.finding import Check
from cocopfs.verify.recompute import Originals, recompute


class NotSoundError(CocopfsError):
    """Something that the dataset promises does not hold (exit 3)."""

    exit_code = 3


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found. `checks` in the order of CHECKS, the recomputed sample last."""

    dataset: Dataset
    checks: tuple[Check, ...]

    @property
    def broken(self) -> int:
        return sum(check.broken for check in self.checks)


def verify_dataset(
    out: Path, share: float | None, originals: Originals, workers: int, progress: Progress
) -> Verification:
    """Hold a dataset against its manifest; nothing is written.

    share: of the samples that are made anew from the originals; null for none.
    Raises UsageError where `out` holds no complete dataset or an export in a format of others, and
    where what the sample needs is not
    there. What does not hold is in the result; see `require_sound`.
    """
    refuse_other_formats(out)
    dataset = open_dataset(out)
    if share is not None:
        originals.found(dataset)
    evidence = gather(dataset, workers, progress)
    checks = [found for one in CHECKS for found in one(evidence)]
    if share is not None:
        checks += recompute(evidence, share, originals, progress)
    return Verification(dataset, tuple(checks))


def require_sound(verification: Verification) -> None:
    """Raises NotSoundError (exit code 3) where a promise is broken."""
    if verification.broken:
        broken = [check.promise for check in verification.checks if check.broken]
        raise NotSoundError(
            f"{verification.dataset.root} is not what its manifest says: {verification.broken} "
            f"findings ({'; '.join(broken)})",
            hint=_remedies(verification),
        )


def _remedies(verification: Verification) -> str:
    """What mends all that was found, each remedy once."""
    root = verification.dataset.root
    usual = _BUILD_AGAIN if export_facts(root) is None else f"{_EXPORT_AGAIN} --out {root}"
    found = (finding.remedy or usual for one in verification.checks for finding in one.findings)
    return "; and ".join(dict.fromkeys(found))


_BUILD_AGAIN = (
    "delete the damaged files that are named, below work/ too, and build again with the same "
    "options: that makes them anew; or get them again from their source"
)
_EXPORT_AGAIN = (
    "delete the damaged files that are named and get them again from their source, or make the "
    "export again with its options: cocopfs export DATASET --format parquet"
)
