"""Every row: a dataset that keeps its manifest's hashes and breaks a promise is found out."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from cocopfs.publish.mark import Mark, write_mark
from cocopfs.records import Sample, Split
from cocopfs.sources.containers import open_container
from cocopfs.stages.jpeg import encode_jpeg
from tests.material import edit
from tests.verify.damage import broken, enter, rewrite, verified, with_first, with_picture

pytestmark = pytest.mark.xdist_group("trial")

Change = Callable[[list[Sample]], list[Sample]]

IDS = "ids are those of photograph, identity and file"
PICTURE = "every picture decodes to the stated size"
MARK = "every picture carries its mark, and nothing else"
CAPTIONS = "every caption carries the name, in every style"
NUMBERS = "figures and boxes are possible numbers"
GATE = "every sample passes the recipe's gate"
ORIGIN = "every row names the pack, recipe and version of the manifest"
COUNTS = "the rows are as many as manifest.json says, and their figures"
PEOPLE = "identities and portraits are those of private/"


def field(**values: Any) -> Change:
    return with_first(lambda row: replace(row, **values))


def caption(style: str) -> Change:
    def change(row: Sample) -> Sample:
        changed: dict[str, Any] = {style: ("A man on a bench.", *getattr(row, style)[1:])}
        return replace(row, **changed)

    return with_first(change)


def remarked(jpeg: bytes, sample: str) -> bytes:
    return write_mark(open_container(jpeg).essence, Mark(sample, "cocopfs"))


def grown(jpeg: bytes) -> bytes:
    """The same picture two pixels wider, with its own mark."""
    from cocopfs.publish.mark import read_mark

    mark = read_mark(jpeg)
    assert mark is not None
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    wider = cv2.copyMakeBorder(picture, 0, 0, 0, 2, cv2.BORDER_REPLICATE).astype(np.uint8)
    return write_mark(encode_jpeg(wider, 95), mark)


def as_png(jpeg: bytes) -> bytes:
    data = io.BytesIO()
    Image.open(io.BytesIO(jpeg)).save(data, "PNG")
    return data.getvalue()


@pytest.mark.parametrize(
    ("change", "promise"),
    [
        (field(sample_id="1_nobody"), IDS),
        (field(source_portrait="n999999/0001_01"), IDS),
        (field(split=Split.TEST), IDS),
        (with_picture(lambda _: b""), PICTURE),
        (with_picture(lambda jpeg: jpeg[: len(jpeg) // 2]), PICTURE),
        (with_picture(grown), PICTURE),
        (with_picture(lambda jpeg: open_container(jpeg).essence), MARK),
        (with_picture(lambda jpeg: remarked(jpeg, "0" * 32)), MARK),
        (with_picture(lambda jpeg: jpeg + b"PK\x03\x04"), MARK),
        (with_picture(as_png), MARK),
        (caption("captions_in_place"), CAPTIONS),
        (caption("captions_in_parentheses"), CAPTIONS),
        (caption("captions_in_place_tok"), CAPTIONS),
        (caption("captions_in_parentheses_tok"), CAPTIONS),
        (field(captions_in_place=()), CAPTIONS),
        (field(name="Somebody\x1b[2J"), CAPTIONS),
        (field(similarity=math.nan), NUMBERS),
        (field(similarity=0.99), NUMBERS),
        (field(face_x=1e9), NUMBERS),
        (field(person_width=-4.0), NUMBERS),
        (field(changed=0.0), GATE),
        (field(redetected=False), GATE),
        (field(small_face=True, face_size=1000.0), GATE),
        (field(recipe_digest="0" * 64), ORIGIN),
        (field(cocopfs_version="9"), ORIGIN),
        (field(reference_embedding=(1.0, 0.0)), "embeddings go out only as the recipe says"),
        (lambda rows: [*rows, rows[0]], "every sample id comes once"),
        (lambda rows: rows[1:], COUNTS),
        (field(yaw=12.5), COUNTS),
        (field(name="Somebody Else"), PEOPLE),
    ],
)
def test_a_broken_promise_is_found(copied: Path, change: Change, promise: str) -> None:
    rewrite(copied, change)
    found = broken(verified(copied))
    assert promise in found
    assert "every published file is the one listed" not in found


def test_an_identity_in_two_splits(copied: Path) -> None:
    def change(rows: list[Sample]) -> list[Sample]:
        return [
            replace(row, split=Split.TEST if n == 0 else row.split) for n, row in enumerate(rows)
        ]

    rewrite(copied, change)
    found = broken(verified(copied))
    assert "no photograph is in two splits" in found or "no identity is in two splits" in found


def test_a_decompression_bomb_is_not_decoded(copied: Path) -> None:
    """A picture whose header announces 65,000 x 65,000 pixels."""

    def bomb(jpeg: bytes) -> bytes:
        at = jpeg.index(b"\xff\xc0") + 5
        return jpeg[:at] + (65_000).to_bytes(2) * 2 + jpeg[at + 4 :]

    rewrite(copied, with_picture(bomb))
    assert "65000 x 65000 pixels" in broken(verified(copied))[PICTURE][0]


def test_somebody_elses_parquet(copied: Path) -> None:
    name = "data/train-00000-of-00001.parquet"
    (copied / name).unlink()
    pq.write_table(pa.table({"text": ["a", "b"]}), copied / name)
    enter(copied, name, 2)
    found = broken(verified(copied))
    assert name in found["every file of data/ holds rows of the schema"][0]


def test_a_manifest_that_counts_otherwise(copied: Path) -> None:
    def change(manifest: Any) -> None:
        manifest["splits"]["train"]["photos"] += 1
        manifest["photos"]["read"] += 1
        manifest["caption_forms"]["prefix"] = 3
        manifest["rejections"]["photo"]["no_person"] -= 1

    edit(copied / "manifest.json", change)
    found = broken(verified(copied))
    assert len(found[COUNTS]) == 2
    assert len(found["every photograph is in the dataset or among the rejections"]) == 2


def test_a_recipe_that_was_changed_afterwards(copied: Path) -> None:
    def change(manifest: Any) -> None:
        manifest["recipe"]["seed"] += 1

    edit(copied / "manifest.json", change)
    assert "recipe_digest" in str(broken(verified(copied)))


# --- pseudonyms -----------------------------------------------------------------------------------

SECRET = "nothing published tells who the identities are"


@pytest.fixture
def hidden(pseudonymous: Path, tmp_path: Path) -> Path:
    import shutil

    return Path(shutil.copytree(pseudonymous, tmp_path / "out", copy_function=shutil.copy2))


def test_pseudonyms_hold(hidden: Path) -> None:
    found = verified(hidden)
    assert broken(found) == {}
    (secret,) = (check for check in found.checks if check.promise == SECRET)
    assert secret.tried


@pytest.mark.parametrize("said", ["n000106", "A_N", "n000106/0001_01"])
def test_a_real_id_in_a_published_text(hidden: Path, said: str) -> None:
    from cocopfs.engine.store import read_rows
    from cocopfs.records import Identity

    people = {
        row.class_id: row for row in read_rows(hidden / "private/identities.parquet", Identity)
    }
    person = people["n000106"]
    words = {"A_N": person.name, "n000106/0001_01": person.sources[0].portrait_id}
    with (hidden / "README.md").open("a") as file:
        file.write(f"\nThanks to {words.get(said, said)}!\n")
    enter(hidden, "README.md")
    assert broken(verified(hidden))[SECRET][0].startswith("README.md: says")


def test_a_real_id_in_a_row(hidden: Path) -> None:
    rewrite(hidden, field(reference_portrait="n000106/0001_01"))
    assert SECRET in broken(verified(hidden))


def test_without_the_key_what_needs_it_is_left_out(hidden: Path) -> None:
    (hidden / "private" / "pseudonyms.key").unlink()
    found = verified(hidden)
    assert found.broken == 0
    assert {check.promise for check in found.checks if check.left_out} == {MARK, PEOPLE}
