from __future__ import annotations

from pathlib import Path

import pytest

from tests.publish.published import write_dataset


@pytest.fixture(scope="session")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published dataset of ten rows in three splits. Tests do not change it."""
    return write_dataset(tmp_path_factory.mktemp("published") / "out")
