"""The portraits' faces, from the three places where a dataset may tell them."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cocopfs.baseline.collection import read_collection
from cocopfs.baseline.portraits import PortraitFaces, portrait_faces
from cocopfs.engine.store import read_rows
from cocopfs.errors import IncompleteError, UsageError
from cocopfs.publish.parquet import write_embeddings
from cocopfs.records import Identity, ReferenceEmbedding, unpack_vector
from tests.baseline.made import Made, write_made
from tests.whole_build.trial import silent


def faces(made: Made) -> PortraitFaces:
    return portrait_faces(read_collection(made.out, silent()))


def write_inline(
    folder: Path,
    *,
    without: int | None = None,
    width: int = 512,
    recipe: Mapping[str, Any] | None = None,
) -> Made:
    """Rows that carry embeddings as the drawn world's do: those of the gallery, which lies in
    `gone/`. without: a row that has none. width: numbers of the last row's. recipe: as
    `write_made`'s."""

    def change(rows: dict[str, list[Any]]) -> None:
        known = {p.reference.portrait_id: p for p in people(folder / "out")}
        found = [
            unpack_vector(known[name].reference.embedding).tolist()
            for name in rows["reference_portrait"]
        ]
        if without is not None:
            found[without] = None
        found[-1] = found[-1][:width]
        rows["reference_embedding"] = found

    made = write_made(folder, change=change, recipe=recipe)
    shutil.move(made.out / "private", folder / "gone")
    return made


def people(out: Path) -> list[Identity]:
    return read_rows(out / "private" / "identities.parquet", Identity)


def write_separate(made: Made) -> Path:
    """embeddings.parquet in place of `private/`."""
    rows = [
        ReferenceEmbedding(
            person.class_id,
            person.reference.portrait_id,
            tuple(unpack_vector(person.reference.embedding).tolist()),
        )
        for person in people(made.out)
    ]
    path = made.out / "embeddings.parquet"
    with path.open("wb") as file:
        write_embeddings(file, rows)
    shutil.rmtree(made.out / "private")
    manifest = json.loads((made.out / "manifest.json").read_text())
    data = path.read_bytes()
    manifest["files"][path.name] = {
        "sha256": hashlib.sha256(data).hexdigest(),
        "bytes": len(data),
        "rows": len(rows),
    }
    (made.out / "manifest.json").write_text(json.dumps(manifest))
    return path


def test_the_rows_own_embeddings_do_where_private_is_missing(tmp_path: Path) -> None:
    made = write_inline(tmp_path)
    found = faces(made)
    assert found.source is None
    assert found.reference.shape == (54, 512)
    assert found.reference.dtype == np.float32
    shutil.move(tmp_path / "gone", made.out / "private")
    wanted = faces(made)
    assert wanted.source is not None
    np.testing.assert_array_equal(found.reference, wanted.reference)


def test_the_table_of_embeddings_does_where_private_is_missing(tmp_path: Path) -> None:
    made = write_made(tmp_path)
    wanted = faces(made).reference
    path = write_separate(made)
    found = faces(made)
    assert found.source is None
    np.testing.assert_array_equal(found.reference, wanted)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(IncompleteError, match=r"embeddings\.parquet has .* bytes"):
        faces(made)


def test_nothing_tells_the_faces(tmp_path: Path) -> None:
    made = write_made(tmp_path)
    shutil.rmtree(made.out / "private")
    with pytest.raises(UsageError, match="tells no faces"):
        faces(made)


def test_one_row_without_an_embedding(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="tells no faces"):
        faces(write_inline(tmp_path, without=3))


def test_an_embedding_of_another_length(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no unit vector of 512 numbers"):
        faces(write_inline(tmp_path, width=100))


def test_a_portrait_that_the_gallery_does_not_know(tmp_path: Path) -> None:
    def change(rows: dict[str, list[Any]]) -> None:
        rows["reference_portrait"][0] = "n999999/0"

    with pytest.raises(UsageError, match="'n999999/0' of sample 0_n000000 is no portrait"):
        faces(write_made(tmp_path, change=change))


def test_a_gallery_that_is_no_parquet(tmp_path: Path) -> None:
    made = write_made(tmp_path)
    (made.out / "private" / "identities.parquet").write_bytes(b"PAR1 nothing PAR1")
    with pytest.raises(UsageError, match="tells no faces"):
        faces(made)
