"""The search finds what it is for, in every form, and nothing else."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cocopfs.removal.traces import Needles, find_traces

VECTOR = np.random.default_rng(0).normal(size=512).astype(np.float32)
VECTOR /= np.linalg.norm(VECTOR)
NEEDLES = Needles(
    {"n000106": "an id", "Zélia Duncan": "a name", "Zélia_Duncan": "a name"}, VECTOR[None]
)


def found(root: Path) -> set[tuple[str, str]]:
    return {(trace.file, trace.what) for trace in find_traces(root, NEEDLES)}


@pytest.mark.parametrize(
    "data",
    [
        b"... n000106/0001_01.jpg",
        "<td>Zélia Duncan</td>".encode(),
        " " * ((1 << 23) - 3) + "n000106",  # across two blocks
        "Zélia_Duncan".encode("utf-16-le"),
        json.dumps({"name": "Zélia Duncan"}).encode(),
        b"N000106",
    ],
    ids=["id", "html", "blocks", "utf-16", "json", "capitals"],
)
def test_texts_in_raw_bytes(tmp_path: Path, data: bytes | str) -> None:
    (tmp_path / "file").write_bytes(data.encode() if isinstance(data, str) else data)
    assert len(found(tmp_path)) == 1


@pytest.mark.parametrize("data", [b"n0001061", b"an000106", "Zélia Duncans".encode(), b""])
def test_a_part_of_a_word_is_no_trace(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "file").write_bytes(data)
    assert not found(tmp_path)


@pytest.mark.parametrize("kind", ["<f2", "<f4", "<f8"])
def test_embeddings_in_raw_bytes(tmp_path: Path, kind: str) -> None:
    (tmp_path / "weights.bin").write_bytes(b"head" + VECTOR.astype(kind).tobytes())
    assert found(tmp_path) == {("weights.bin", "an embedding")}


def test_compressed_columns_are_decoded(tmp_path: Path) -> None:
    table = pa.table(
        {
            "text": ["a" * 100 + " n000106 " + "a" * 100],
            "nested": [[{"who": ["Zélia Duncan"]}]],
            "bytes": [VECTOR.tobytes()],
            "numbers": [(VECTOR * 3).tolist()],
            "half": pa.array([VECTOR.tolist()], pa.list_(pa.float32())),
            "other": [(-VECTOR).tobytes()],
        }
    )
    pq.write_table(table, tmp_path / "t.parquet", compression="zstd")
    traces = {(trace.place, trace.what) for trace in find_traces(tmp_path, NEEDLES)}
    traces = {trace for trace in traces if trace[0] != "raw bytes"}
    assert traces == {
        ("text", "an id"),
        ("nested", "a name"),
        ("bytes", "an embedding"),
        ("numbers", "an embedding"),
        ("half", "an embedding"),
    }


def test_archives_are_opened(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "log.gz", "wb") as file:
        file.write(b"n000106 " * 100)
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inside.txt", "n000106 " * 100)
    np.savez_compressed(tmp_path / "f.npz", a=VECTOR)
    assert {file for file, _ in found(tmp_path)} == {"log.gz", "a.zip", "f.npz"}


def test_broken_files_do_not_stop_the_search(tmp_path: Path) -> None:
    (tmp_path / "t.parquet").write_bytes(b"no table n000106")
    (tmp_path / "t.json").write_bytes(b"{")
    (tmp_path / "t.gz").write_bytes(b"no gzip")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    assert found(tmp_path) == {("t.parquet", "an id")}
