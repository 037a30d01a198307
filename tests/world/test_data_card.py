"""The example of a card is made of a build, not by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cocopfs import resources
from cocopfs.errors import UsageError
from cocopfs.publish.dataset import open_published, rows_digest
from cocopfs.sources.origin import photographs_origin, portraits_origin
from cocopfs.world.data_card import FILE, data_card
from cocopfs.world.disk import ORIGIN, WorldSize, draw_world
from tests.publish.published import as_dict, write_dataset


def test_it_holds_the_cards_tables_and_tells_of_the_world(tmp_path: Path) -> None:
    sources = {name: {"origin": as_dict(ORIGIN)} for name in ("coco", "gallery")}
    out = write_dataset(tmp_path / "out", sources=sources)
    with pytest.raises(UsageError, match="no audited dataset"):
        data_card(out)
    audit = {
        "dataset": {"rows": rows_digest(open_published(out).files)},
        "samples": 10,
        "figures": {},
        "groups": [],
        "checks": [],
        "left_out": [],
    }
    (out / "audit").mkdir()
    (out / "audit" / "audit.json").write_text(json.dumps(audit))
    card = data_card(out)
    assert card.count("\n# ") == 1, "one title"
    for words in ("# The drawn world", "### Audit", "| train | 5 | 2 | 5 | 2 |", "Nobody is real"):
        assert words in card
    assert "pretty_name" not in card


def test_a_drawn_world_says_that_it_is_one(tmp_path: Path) -> None:
    """Its files are COCO's and VGGFace2's in form, so nothing else would tell."""
    world = draw_world(tmp_path / "world", WorldSize(1, 1, 2), seed=0, workers=1)
    assert photographs_origin(world.coco, ["http://images.cocodataset.org/1.jpg"]) == ORIGIN
    assert portraits_origin(world.vggface2, "identity_meta.csv", ["n000001"]) == ORIGIN


def test_the_example_was_made_so() -> None:
    card = (resources.DATA_CARDS / FILE).read_text("utf-8")
    assert card.startswith("<!-- Made by `python -m cocopfs.world.data_card OUT`")
    assert "### Audit" in card
    assert "the drawn world of cocopfs" in card


def test_a_dataset_of_real_people_is_no_example(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no audited dataset"):
        data_card(write_dataset(tmp_path / "out"))
