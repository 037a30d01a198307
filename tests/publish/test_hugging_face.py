"""The exported folder opens in Hugging Face's `datasets`, the newest and an old one."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.util
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from cocopfs.records import Sample
from tests.environments import python_with
from tests.publish.exports.making import make
from tests.publish.published import SIZE, rows, write_dataset

ORACLE = Path(__file__).with_name("datasets_oracle.py")


def check(python: Path, tmp_path: Path) -> dict[str, Any]:
    dataset = write_dataset(tmp_path / "dataset")
    make(dataset, "parquet", tmp_path / "out")
    done = subprocess.run(
        [python, "-I", ORACLE, tmp_path / "out", tmp_path / "cache"],
        env={**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["image"] == "Image"
    assert found["columns"] == [field.name for field in dataclasses.fields(Sample)]
    assert found["eager"] == found["streaming"]
    for split, expected in rows().items():
        for told, row in zip(found["eager"][split], expected, strict=True):
            with Image.open(io.BytesIO(row.image.bytes)) as picture:
                pixels = hashlib.sha256(picture.convert("RGB").tobytes()).hexdigest()
            assert told == {
                "sample_id": row.sample_id,
                "size": list(SIZE),
                "pixels": pixels,
                "captions": list(row.captions_in_place),
                "embedding": 512,
            }
    return found


def test_the_newest_datasets_shows_pictures_eager_and_streaming(tmp_path: Path) -> None:
    if importlib.util.find_spec("datasets") is None:
        pytest.skip("datasets is not installed")
    check(Path(sys.executable), tmp_path)


@pytest.mark.full
def test_datasets_3_6_does_too(tmp_path: Path) -> None:
    requirements = ("datasets==3.6.0", "pillow==11.3.0", "pyarrow==20.0.0", "numpy==2.2.6")
    found = check(python_with("datasets", requirements), tmp_path)
    assert found["version"] == "3.6.0"
