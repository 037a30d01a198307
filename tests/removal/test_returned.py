"""The tombstones find whoever came back, in whatever column."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from cocopfs.publish.tombstones import Tombstones, plain_name
from cocopfs.removal.returned import find_returned


def test_tombstones_alone_find_whoever_came_back(tmp_path: Path) -> None:
    key = b"k" * 32
    mark = Tombstones(key).mark
    stones = Tombstones(
        key,
        frozenset({mark("identity", "n000106")}),
        frozenset({mark("photo", "785")}),
        frozenset({mark("name", plain_name("Zélia Duncan"))}),
    )

    def returned(**columns: object) -> set[tuple[str, str]]:
        pq.write_table(pa.table({k: [v] for k, v in columns.items()}), tmp_path / "t.parquet")
        return {(trace.place, trace.what) for trace in find_returned(tmp_path, stones)}

    assert returned(identity="n000106") == {("identity", "somebody")}
    assert returned(class_ids=["n000001", "n000106"]) == {("class_ids", "somebody")}
    assert returned(sample_id="12_n000106") == {("sample_id", "somebody")}
    assert returned(sample_id="785_n000001") == {("sample_id", "a photograph")}
    assert returned(coco_image_id=785) == {("coco_image_id", "a photograph")}
    assert returned(name="Zélia_Duncan") == {("name", "somebody")}
    assert returned(source_portrait="n000106/0001_01") == {("source_portrait", "somebody")}
    portrait = {"kind": "portrait", "item": "n000106/0001_01", "reason": "no_face"}
    assert returned(**portrait) == {("item", "somebody")}
    assert returned(kind="photo", item="785", reason="crowd") == {("item", "a photograph")}
    assert not returned(kind="photo", item="785", reason="removed", detail="n000106")
    assert not returned(identity="n000001", name="Somebody", coco_image_id=78)
