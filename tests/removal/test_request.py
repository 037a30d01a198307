"""Who is meant by what was asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cocopfs.errors import UsageError
from cocopfs.publish.tombstones import NOBODY, Removals
from cocopfs.records import (
    Box,
    Face,
    Gender,
    Identity,
    ItemKind,
    Portrait,
    Reason,
    Rejection,
    pack_vector,
)
from cocopfs.removal.published import Row
from cocopfs.removal.request import (
    Request,
    Subjects,
    find_subjects,
    read_names,
    with_tombstones,
)
from cocopfs.stages.naming import Naming

REAL, HIDDEN = Naming(Path(), None), Naming(Path(), b"k" * 32)
KEY = b"t" * 32


def person(class_id: str, name: str) -> Identity:
    vector = pack_vector(np.ones(4, np.float32) / 2)
    face = Face(Box(0, 0, 1, 1), (0.0,) * 10, 1.0)
    portrait = Portrait(f"{class_id}/1", "1.jpg", "0", face, 1.0, vector)
    return Identity(class_id, name, Gender.MALE, None, (0.0,) * 6, (portrait,), portrait, vector)


PEOPLE = [person("n000001", "Ann Onym"), person("n000002", "Björn"), person("n000003", "Ann Onym")]


def rejected(naming: Naming) -> list[Rejection]:
    return [
        naming.rejection(Rejection(ItemKind.IDENTITY, "n000009", "enroll", Reason.NO_FACE, "")),
        Rejection(ItemKind.PHOTO, "12", "select", Reason.CROWD, ""),
        Rejection(ItemKind.PHOTO, "a" * 16, "select", Reason.REMOVED, ""),
    ]


def find(request: Request, naming: Naming = REAL) -> Subjects:
    rows = {"data/train-00000-of-00001.parquet": [Row(7, naming.identity("n000001"))]}
    return find_subjects(request, PEOPLE, rejected(naming), rows, naming, NOBODY)


def test_ids_and_names_mean_people() -> None:
    assert find(Request(("n000002",))).identities == ("n000002",)
    both = find(Request(names=("ann_onym", "Nobody Known")))
    assert both.identities == ("n000001", "n000003"), "a name may have two bearers"
    assert both.unknown_names == ("Nobody Known",)
    assert find(Request(images=(7, 12, 7))).photos == (7, 12)


def test_published_ids_mean_people() -> None:
    hidden = HIDDEN.identity("n000002")
    assert find(Request((hidden,)), HIDDEN).identities == ("n000002",)
    removals, stones = with_tombstones(Removals(), KEY, find(Request((hidden,)), HIDDEN), HIDDEN)
    assert stones.identity("n000002")
    assert stones.identity(hidden)
    assert len(removals.identities) == 2


def test_those_who_were_rejected_can_leave_too() -> None:
    assert find(Request(("n000009",))).identities == ("n000009",)
    assert find(Request(("n000009",)), HIDDEN).identities == ("n000009",)
    with pytest.raises(UsageError, match="its class id is in no file"):
        find(Request((HIDDEN.identity("n000009"),)), HIDDEN)


@pytest.mark.parametrize("request_", [Request(("n000004",)), Request(images=(8,))])
def test_what_nobody_knows_is_a_slip(request_: Request) -> None:
    with pytest.raises(UsageError, match="knows nothing of it"):
        find(request_)


def test_a_file_of_names(tmp_path: Path) -> None:
    path = tmp_path / "names"
    path.write_bytes("\ufeff# who\nBjörn \n\nAnn Onym\nBjörn\n".encode())
    assert read_names(path) == ("Björn", "Ann Onym")
    for data in (b"# nobody\n\n", b"\xff\xff"):
        path.write_bytes(data)
        with pytest.raises(UsageError, match="--names"):
            read_names(path)
    with pytest.raises(UsageError, match="cannot be read"):
        read_names(tmp_path / "no")
