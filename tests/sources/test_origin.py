"""Where pictures come from is told by their folder, or seen, and never guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from cocopfs.errors import UsageError
from cocopfs.sources.origin import (
    COCO,
    FILE,
    VGGFACE2,
    Origin,
    encode_origin,
    photographs_origin,
    portraits_origin,
)

OWN = Origin("Staff: portraits", "with “consent”", "https://example.org", "real")
THERE = ["http://images.cocodataset.org/val2017/1.jpg", "https://images.cocodataset.org/2.jpg"]


def test_a_folder_speaks_for_itself(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(encode_origin(OWN))
    assert photographs_origin(tmp_path, THERE) == OWN
    assert portraits_origin(tmp_path, "identity_meta.csv", ["n000001"]) == OWN


def test_coco_is_known_by_its_addresses(tmp_path: Path) -> None:
    assert photographs_origin(tmp_path, THERE) == COCO
    for others in ([], [""], [*THERE, ""], ["http://images.cocodataset.org.evil.example/1.jpg"]):
        assert photographs_origin(tmp_path, others).name == "photographs of one's own"


def test_vggface2_is_known_by_list_and_ids(tmp_path: Path) -> None:
    assert portraits_origin(tmp_path, "identity_meta.csv", ["n000001", "n009294"]) == VGGFACE2
    for name, ids in (
        (None, ["n000001"]),
        ("identities.csv", ["n000001"]),
        ("identity_meta.csv", ["n000001", "ada"]),
        ("identity_meta.csv", []),
    ):
        assert portraits_origin(tmp_path, name, ids).name == "portraits of one's own"


@pytest.mark.parametrize(
    "text",
    [
        "name: x",
        "name: x\nlicence: y\npeople: perhaps",
        "name: x\nlicence: y\nsecret: z",
        "name: [x]\nlicence: y",
        "- name",
        "",
        "a: &a [x]\nname: *a",
        "!!python/object/apply:os.system [ls]",
        "name: " + 200_000 * "x",
        "\xff",
    ],
)
def test_a_broken_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_bytes(text.encode("latin-1"))
    with pytest.raises(UsageError, match=FILE):
        photographs_origin(tmp_path, THERE)
