"""A choice that depends on the seed and the caption, never on what was drawn before."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


def draw(choices: Sequence[str], purpose: str, seed: int, caption_id: int) -> str:
    """One of the choices by hash(purpose, seed, caption id), each as likely."""
    digest = hashlib.sha256(f"{purpose}\0{seed}\0{caption_id}".encode()).digest()
    return choices[int.from_bytes(digest[:8]) % len(choices)]
