"""Datasets that several tests of the audit look at."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.audit.synthetic import Synthetic, write_synthetic


@pytest.fixture
def synthetic(tmp_path: Path) -> Synthetic:
    """36 samples of 12 photographs and 8 identities, in four files."""
    return write_synthetic(tmp_path / "synthetic")
