"""Text from outside, made safe to print."""

from __future__ import annotations

import unicodedata

from rich.markup import escape


def plain(text: str) -> str:
    """Text from outside as it may be printed: no markup of rich's, no control characters but line
    breaks (names and captions may carry what steers a terminal)."""
    kept = "".join(c for c in text if c == "\n" or unicodedata.category(c) != "Cc")
    return escape(kept)
