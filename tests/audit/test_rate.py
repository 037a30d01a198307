"""The rating page."""

from __future__ import annotations

import json
import re
import shutil
from collections import defaultdict
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cocopfs.audit.dataset import open_dataset
from cocopfs.audit.materials import read_gallery
from cocopfs.audit.rate import RatingPage
from cocopfs.audit.rating_files import AnswerKey, RatedItem
from cocopfs.audit.tiles import data_uri, tile
from cocopfs.audit.whole import rating_page
from cocopfs.engine.commit import file_digest
from cocopfs.publish.decoding import decode
from tests.audit.synthetic import FACE, Synthetic, write_synthetic
from tests.command import cocopfs
from tests.whole_build.trial import silent


def page_of(synthetic: Synthetic, count: int = 4, seed: int = 0) -> tuple[str, AnswerKey]:
    """The page's text and its answers."""
    page = rating_page(synthetic.out, None, None, count, seed, silent())
    return page.path.read_text(), key_of(page)


def key_of(page: RatingPage) -> AnswerKey:
    facts = json.loads(page.key.read_text())
    items = tuple(RatedItem(**item) for item in facts["items"])
    return AnswerKey(facts["page"], facts["seed"], items)


def shown(text: str) -> list[dict[str, str]]:
    """What the page has of each item."""
    data = re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', text)[0]
    found: list[dict[str, str]] = json.loads(data)["items"]
    return found


def test_swaps_and_originals_are_mixed(synthetic: Synthetic) -> None:
    text, key = page_of(synthetic, 5)
    kinds = [item.kind for item in key.items]
    assert (kinds.count("swap"), kinds.count("original")) == (5, 5)
    assert kinds != sorted(kinds)
    photos = [item.sample_id.split("_")[0] for item in key.items]
    assert len(set(photos)) == 10, "no photograph comes twice"
    assert text.count("data:image/jpeg") == 20


def test_the_page_does_not_tell_the_answers(synthetic: Synthetic) -> None:
    text, key = page_of(synthetic)
    plain = re.sub(r"data:image/jpeg;base64,[A-Za-z0-9+/=]+", "", text)
    assert [sorted(item) for item in shown(text)] == [["picture", "portrait"]] * 8
    for item in key.items:
        assert item.sample_id not in plain
    for name in {*synthetic.rows["identity"], *synthetic.rows["name"], "own", "foreign"}:
        assert not re.search(rf"\b{name}\b", plain)
    assert not re.search(r"https?:", plain)


def test_the_draw_follows_the_seed(synthetic: Synthetic) -> None:
    first, again, other = page_of(synthetic), page_of(synthetic), page_of(synthetic, seed=1)
    assert first == again
    assert first[1].items != other[1].items
    assert first[1].page != other[1].page


def test_more_swaps_than_there_are(synthetic: Synthetic) -> None:
    _, key = page_of(synthetic, 500)
    assert sum(item.kind == "swap" for item in key.items) == 36
    assert sum(item.kind == "original" for item in key.items) == 12


def test_a_page_needs_the_originals(
    synthetic: Synthetic, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(synthetic.coco)
    ended = cocopfs(capsys, "audit", synthetic.out, "--rate", 3)
    assert ended.code == 2
    assert "--coco" in ended.error
    assert not (synthetic.out / "audit").exists()


def test_what_cannot_be_read_is_passed_over(
    synthetic: Synthetic, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in sorted(synthetic.coco.rglob("*.jpg"))[:6]:
        path.write_bytes(b"no picture")
    ended = cocopfs(capsys, "audit", synthetic.out, "--rate", 6)
    assert ended.code == 0
    assert "could not be read" in ended.output


# --- the portraits --------------------------------------------------------------------------------


@pytest.fixture
def crowd(tmp_path: Path) -> Synthetic:
    """Four identities of each gender and ethnicity; the three samples of a photograph have three,
    two of them of one group."""
    return write_synthetic(tmp_path / "crowd", photos=24, identities=16)


def people(synthetic: Synthetic) -> dict[str, tuple[str, str | None, str | None]]:
    """Identity, gender and ethnicity by reference portrait."""
    return {
        identity.reference.portrait_id: (identity.class_id, identity.gender, identity.ethnicity)
        for identity in read_gallery(open_dataset(synthetic.out)).identities
    }


def test_half_of_the_swaps_stand_beside_somebody_else(crowd: Synthetic) -> None:
    page = rating_page(crowd.out, None, None, 12, 0, silent())
    key = key_of(page)
    counts = [(item.kind, item.portrait) for item in key.items]
    for kind in ("swap", "original"):
        assert [counts.count((kind, whose)) for whose in ("own", "foreign")] == [6, 6]
    assert (page.swaps, page.foreign, page.originals) == (12, 6, 12)
    assert [item.portrait for item in key.items] != sorted(item.portrait for item in key.items)


@pytest.mark.parametrize("seed", range(5))
def test_a_foreign_portrait_is_of_the_same_group_and_nobody_of_the_photograph(
    crowd: Synthetic, seed: int
) -> None:
    _, key = page_of(crowd, 12, seed)
    rows = crowd.rows
    references = people(crowd)
    shown = defaultdict(set)
    for photo, identity in zip(rows["coco_image_id"], rows["identity"], strict=True):
        shown[photo].add(identity)
    for item in key.items:
        row = rows["sample_id"].index(item.sample_id)
        if item.portrait == "own":
            assert item.portrait_id == rows["reference_portrait"][row]
            continue
        assert item.portrait_id is not None
        identity, *group = references[item.portrait_id]
        assert group == [rows["gender"][row], rows["ethnicity"][row]]
        assert identity not in shown[rows["coco_image_id"][row]]


def test_the_page_shows_the_portraits_of_the_key(crowd: Synthetic) -> None:
    text, key = page_of(crowd, 6)
    for item, on_page in zip(key.items, shown(text), strict=True):
        pixels = decode((crowd.gallery / f"{item.portrait_id}.jpg").read_bytes())
        assert on_page["portrait"] == str(data_uri(tile(pixels, FACE, 3.0, 448), 90))


def test_a_small_group_has_fewer_strangers(synthetic: Synthetic) -> None:
    """Two identities of each group: on every photograph the third sample's is the first's only
    likeness, so that only the second can stand beside somebody else."""
    _, key = page_of(synthetic, 36)
    rows = synthetic.rows
    foreign = [item for item in key.items if item.kind == "swap" and item.portrait == "foreign"]
    assert len(foreign) == 12
    assert {rows["sample_id"].index(item.sample_id) % 3 for item in foreign} == {1}


def test_without_strangers_the_page_is_made_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    alone = write_synthetic(tmp_path / "alone", photos=4, per_photo=1, identities=4)
    ended = cocopfs(capsys, "audit", alone.out, "--rate", 4)
    assert ended.code == 0, ended.error
    assert "0 of the swaps stand beside another identity's portrait" in ended.output
    assert "how often people accept a wrong face" in ended.output


def test_a_swap_without_a_picture_is_not_shown_as_its_original(synthetic: Synthetic) -> None:
    file = sorted((synthetic.out / "data").iterdir())[0]
    table = pq.read_table(file, partitioning=None)
    place = table.column_names.index("image")
    images = [None, *table["image"].to_pylist()[1:]]
    column = pa.array(images, table.schema.field(place).type)
    pq.write_table(table.set_column(place, "image", column), file)
    path = synthetic.out / "manifest.json"
    facts = json.loads(path.read_text())
    digest, size = file_digest(file)
    facts["files"][f"data/{file.name}"] |= {"sha256": digest, "bytes": size}
    path.write_text(json.dumps(facts))
    page = rating_page(synthetic.out, None, None, 36, 0, silent())
    assert (page.swaps, page.passed_over) == (35, 1)
    lost = synthetic.rows["sample_id"][0]
    assert lost not in [item.sample_id for item in key_of(page).items if item.kind == "swap"]
