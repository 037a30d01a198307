"""The list of identities is read in every form in which it is found."""

from __future__ import annotations

import csv
import io
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cocopfs.errors import UsageError
from cocopfs.records import Gender
from cocopfs.sources.identity_list import ListedIdentity, parse_identity_list

HEADER = "Class_ID, Name, Sample_Num, Flag, Gender\n"


def names(text: str) -> dict[str, str]:
    return {
        class_id: listed.name
        for class_id, listed in parse_identity_list(text.encode(), "list.csv").items()
    }


def refusal(data: str | bytes) -> str:
    with pytest.raises(UsageError) as refused:
        parse_identity_list(data if isinstance(data, bytes) else data.encode(), "list.csv")
    return str(refused.value)


def saved_by_a_spreadsheet(text: str) -> str:
    """As a program writes it that sees quotes only where no blank precedes them."""
    out = io.StringIO()
    for line in text.splitlines():
        cells = line.split(",")
        csv.writer(out).writerow([cells[0], *cells[1:]])
    return out.getvalue()


# --- VGGFace2's list ------------------------------------------------------------------------------

ORIGINAL = HEADER + (
    'n000001, "14th_Dalai_Lama", 424, 0, m\n'
    'n000023, "Aarón_Díaz", 398, 1, m\n'
    'n000106, "Agata_Passent", 300, 1, f\n'
    'n000200, "Anne,_Princess_Royal", 315, 1, f\n'
    'n000201, "Dwayne_"The_Rock"_Johnson", 1, 1, m\n'
    'n000202, "Sir "Q", "R" and S", 1, 1, m\n'
)
EXPECTED = {
    "n000001": ListedIdentity("14th Dalai Lama", Gender.MALE),
    "n000023": ListedIdentity("Aarón Díaz", Gender.MALE),
    "n000106": ListedIdentity("Agata Passent", Gender.FEMALE),
    "n000200": ListedIdentity("Anne, Princess Royal", Gender.FEMALE),
    "n000201": ListedIdentity('Dwayne "The Rock" Johnson', Gender.MALE),
    "n000202": ListedIdentity('Sir "Q", "R" and S', Gender.MALE),
}


def test_the_list_as_vggface2_publishes_it() -> None:
    assert parse_identity_list(ORIGINAL.encode(), "list.csv") == EXPECTED


def test_the_list_as_a_spreadsheet_saves_it() -> None:
    text = saved_by_a_spreadsheet(ORIGINAL)
    assert 'n000001," ""14th_Dalai_Lama""", 424, 0, m\r\n' in text
    assert parse_identity_list(text.encode(), "list.csv") == EXPECTED


def test_the_whole_real_list(vggface2_mini: Path) -> None:
    data = (vggface2_mini / "identity_meta.csv").read_bytes()
    identities = parse_identity_list(data, "identity_meta.csv")
    assert len(identities) == 9131
    genders = [listed.gender for listed in identities.values()]
    assert (genders.count(Gender.MALE), genders.count(Gender.FEMALE)) == (5452, 3679)
    assert sum(not listed.name.isascii() for listed in identities.values()) == 1335
    for listed in identities.values():
        assert not set('_"') & set(listed.name)
        assert listed.name == unicodedata.normalize("NFC", listed.name.strip())
    assert identities["n000023"].name == "Aarón Díaz"
    assert identities["n005815"] == ListedIdentity("Matt Damon", Gender.MALE)


# Names as people have them: letters of any script, marks, blanks, and what separates fields.
NAMES = (
    st.text(
        st.characters(categories=("L", "M", "Nd", "Zs"), include_characters="\"',.;-_()?"),
        min_size=1,
        max_size=30,
    )
    .map(lambda name: unicodedata.normalize("NFC", " ".join(name.replace("_", " ").split())))
    # A name in quotes or with doubled ones cannot be told from the file's own quoting.
    .filter(lambda name: name.strip('"') and '""' not in name and not name.startswith('"'))
    .filter(lambda name: not name.endswith('"'))
)


@settings(deadline=None)
@given(st.lists(NAMES, min_size=1, max_size=5), st.booleans())
def test_names_survive_both_forms(wanted: list[str], spreadsheet: bool) -> None:
    text = HEADER + "".join(
        f'n{number:06}, "{name.replace(" ", "_")}", 1, 0, f\n' for number, name in enumerate(wanted)
    )
    if spreadsheet:
        text = saved_by_a_spreadsheet(text)
    assert list(names(text).values()) == wanted


@settings(deadline=None)
@given(st.lists(NAMES, min_size=1, max_size=5))
def test_names_survive_plain_csv(wanted: list[str]) -> None:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["id", "name", "gender"])
    writer.writerows([f"p{number}", name, ""] for number, name in enumerate(wanted))
    assert list(names(out.getvalue()).values()) == wanted


def complaint(data: bytes) -> str | None:
    try:
        parse_identity_list(data, "list.csv")
    except UsageError as error:
        return error.what
    return None


@settings(deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_read_or_refused_with_a_line(data: bytes) -> None:
    for head in (b"", HEADER.encode(), b"id,name,gender\n"):
        what = complaint(head + data)
        assert what is None or what.startswith("list.csv, line ")


# --- other lists ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header", ["id,name,gender", "ID,Name,GENDER", "class_id,name,gender", "Class_ID, NAME ,gender"]
)
def test_the_header_is_read_in_any_case(header: str) -> None:
    identities = parse_identity_list(f"{header}\na,Anna,f\nb,Bob,M\n".encode(), "list.csv")
    assert identities == {
        "a": ListedIdentity("Anna", Gender.FEMALE),
        "b": ListedIdentity("Bob", Gender.MALE),
    }


def test_columns_may_stand_in_any_order_beside_others() -> None:
    text = 'notes,gender,name,id\n"tall, thin",female,Anna,a\n,,Bob,b\n'
    assert parse_identity_list(text.encode(), "list.csv") == {
        "a": ListedIdentity("Anna", Gender.FEMALE),
        "b": ListedIdentity("Bob", None),
    }


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_byte_order_mark_line_ends_and_empty_lines_do_not_matter(mark: bytes, newline: str) -> None:
    text = newline.join(["id,name,gender", "", "a,Zoë,f", " , , ", "b,Bob,m"])
    identities = parse_identity_list(mark + text.encode(), "list.csv")
    assert [listed.name for listed in identities.values()] == ["Zoë", "Bob"]


def test_names_come_in_nfc_with_single_blanks() -> None:
    decomposed = unicodedata.normalize("NFD", "_Zoë\u00a0__Müller_")
    assert names(f"id,name,gender\na,{decomposed},f\n") == {"a": "Zoë Müller"}


@pytest.mark.parametrize("gender", ["", "x", "d", "?", "mf"])
def test_any_other_gender_is_unknown(gender: str) -> None:
    text = f"id,name,gender\na,Anna,{gender}\n"
    assert parse_identity_list(text.encode(), "list.csv")["a"].gender is None


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (
            "id,name,gender\na,Anna,f\nb,Bob,m\na,Ann,f\n",
            "line 4: class id a has a line already, 2",
        ),
        ("id,name,gender\na,Anna\n", "line 2: 2 fields, but the header has 3"),
        ("id,name,gender\na,Anna,Maria,f\n", "line 2: 4 fields, but the header has 3"),
        ("id,name\na,Anna\n", "line 1: the header is 'id,name'"),
        ("", "line 1: the header is ''"),
        ("a;Anna;f\n", "line 1: the header is 'a;Anna;f'"),
        ("id,name,gender\na,,f\n", "line 2: no name"),
        ("id,name,gender\n,Anna,f\n", "line 2: no class id"),
        ("id,name,gender\na,An\0na,f\n", "line 2: the name 'An\\x00na' has a control character"),
        ("id,name,gender\na\x1b[2J,Anna,f\n", "line 2: the class id"),
        ('id,name,gender\nz,Zoë,f\na,"Anna,f\nb,Bob,m\n', "line 4: unexpected end of data"),
        ('id,name,gender\na,"Anna"x,f\n', "line 2: ',' expected after '\"'"),
        ("id,name,gender\nz,Zoe,f\na,Zoë,f\n".encode("latin-1"), "line 3: byte 0xeb is not UTF-8"),
        ("id,name,gender\na,Anna,f\n".encode("utf-16"), "line 1: byte 0xff is not UTF-8"),
        ("id,name,gender\na,Anna,f\n".encode("utf-16-le"), "line 1: the header is"),
        ("id,name,gender\na," + "A" * 200_000 + ",f\n", "line 2: field larger"),
    ],
)
def test_a_broken_list_is_refused_with_its_line(data: str | bytes, said: str) -> None:
    message = refusal(data)
    assert f"list.csv, {said}" in message
    assert "expected: UTF-8 text with a header" in message
