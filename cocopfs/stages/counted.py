"""What the numbers of a stage count, and how a count is said."""

from __future__ import annotations

UNITS = {
    "select": ("photo", "photo"),
    "describe": ("photo", "photo"),
    "enroll": ("identity", "identity"),
    "match": ("photo", "pairing"),
    "calibrate": ("identity", "group"),
    "swap": ("photo", "swap"),
    "judge": ("swap", "sample"),
    "caption": ("sample", "sample"),
    "write": ("sample", "sample"),
}
"""Of each stage: what goes in, and what comes out."""


def counted(count: int, what: str) -> str:
    """ "1 identity", "2 identities"."""
    return f"{count} {what if count == 1 else plural(what)}"


def plural(what: str) -> str:
    return f"{what[:-1]}ies" if what.endswith("y") else f"{what}s"
