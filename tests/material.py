"""What a build in a test is made of."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Material:
    """The raw material of a build."""

    coco: Path
    vggface2: Path
    pack: Path

    def options(self, out: Path, *more: object) -> list[object]:
        """The options of a build with `blend`."""
        return [
            "--coco",
            self.coco,
            "--vggface2",
            self.vggface2,
            "--pack",
            self.pack,
            "--out",
            out,
            "--device",
            "cpu",
            "--set",
            "swap.swapper=blend",
            *more,
        ]
