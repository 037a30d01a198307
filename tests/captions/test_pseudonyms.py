"""Pseudonyms: one for each identity, always the same, of its gender, nobody's in the gallery."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from cocopfs.captions.enrich import enrich
from cocopfs.captions.pseudonyms import pseudonyms
from cocopfs.captions.template import NAMES_FILE, load_template
from cocopfs.errors import UsageError
from cocopfs.records import Caption, Gender
from cocopfs.sources.identity_list import parse_identity_list

KEY = b"sixteen bytes at"
NAMES = yaml.safe_load(NAMES_FILE.read_text("utf-8"))
GENDERS = (Gender.FEMALE, Gender.MALE, None)
GIVEN = dict(zip(GENDERS, (set(NAMES[k]) for k in ("female", "male", "either")), strict=True))
IDENTITIES = st.dictionaries(
    st.from_regex(r"n[0-9]{6}", fullmatch=True), st.sampled_from(GENDERS), max_size=60
)


def test_the_whole_gallery(vggface2_mini: Path) -> None:
    path = vggface2_mini / "identity_meta.csv"
    rows = parse_identity_list(path.read_bytes(), path.name)
    genders = {class_id: row.gender for class_id, row in rows.items()}
    real = {row.name for row in rows.values()}
    given = pseudonyms(genders, KEY, real)
    assert list(given) == sorted(rows)
    assert len({name.casefold() for name in given.values()}) == len(rows) == 9131
    assert not {name.casefold() for name in given.values()} & {name.casefold() for name in real}
    for class_id, name in given.items():
        assert name.split()[0] in GIVEN[genders[class_id]]
    assert pseudonyms(dict(reversed(genders.items())), KEY, sorted(real)) == given
    other = pseudonyms(genders, KEY[::-1], real)
    assert sum(other[class_id] == name for class_id, name in given.items()) < 5


def test_there_are_names_even_where_no_gender_is_known() -> None:
    names = pseudonyms({f"n{number:06}": None for number in range(9131)}, KEY, ())
    assert len(set(names.values())) == 9131


def test_other_identities_hardly_change_a_pseudonym() -> None:
    genders = {f"n{number:06}": GENDERS[number % 2] for number in range(2000)}
    all_of_them = pseudonyms(genders, KEY, ())
    half = pseudonyms({c: g for c, g in genders.items() if c < "n001000"}, KEY, ())
    assert half == {class_id: all_of_them[class_id] for class_id in half}


@settings(max_examples=50, deadline=None)
@given(IDENTITIES, st.binary(min_size=16, max_size=40))
def test_a_taken_name_is_given_to_nobody(identities: dict[str, Gender | None], key: bytes) -> None:
    first = pseudonyms(identities, key, ())
    taken = {name.upper().replace(" ", "_").replace("A", "A\u0301") for name in first.values()}
    second = pseudonyms(identities, key, taken)
    assert not set(first.values()) & set(second.values())
    assert len(set(second.values())) == len(identities)


def test_a_name_reads_well_in_a_caption() -> None:
    for name in pseudonyms({"n1": Gender.FEMALE, "n2": Gender.MALE, "n3": None}, KEY, ()).values():
        found = enrich(Caption(1, "A person waits."), name, load_template("natural"), 0)
        assert found.in_place == f"{name} waits."


def test_a_short_key_is_an_error() -> None:
    with pytest.raises(UsageError, match="the key has 3 bytes"):
        pseudonyms({"n1": None}, b"abc", ())


def test_when_names_run_out_it_is_an_error() -> None:
    every = {
        f"{given} {start}{end}"
        for given in NAMES["either"]
        for start in NAMES["surname_starts"]
        for end in NAMES["surname_ends"]
    }
    with pytest.raises(UsageError, match="no name is left for identity n1"):
        pseudonyms({"n1": None}, KEY, every)


def test_the_lists_are_names() -> None:
    for names in NAMES.values():
        assert len(set(names)) == len(names) > 40
        assert all(name.isascii() and name.isalpha() for name in names)
    assert not set(NAMES["female"]) & set(NAMES["male"])
    assert not set(NAMES["either"]) & {*NAMES["female"], *NAMES["male"]}
