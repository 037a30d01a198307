"""What of a dataset a folder holds, as far as its card speaks of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Format = Literal["parquet", "webdataset", "coco", "idclip"]
FeatureKind = Literal["reference", "swapped"]

LEAK: Final = (
    "the features are of the swapped pictures themselves, so a query holds its own answer: compare "
    "figures on them with the paper's only"
)


@dataclass(frozen=True, slots=True)
class Layout:
    """A folder's format, and the options that its card tells of.

    exported: whether `export` made it; else it is the build's own. rows_per_tar: of webdataset.
    features: of idclip, whose faces the queries are.
    """

    format: Format = "parquet"
    exported: bool = False
    rows_per_tar: int | None = None
    features: FeatureKind | None = None

    @property
    def warning(self) -> str | None:
        """What whoever uses the folder has to know of its options."""
        return LEAK if self.features == "swapped" else None


BUILT: Final = Layout()
"""The folder that `build` makes."""
