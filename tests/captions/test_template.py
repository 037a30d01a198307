"""A caption template is strict: a mistake in it is an error that names the file and the field."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import pytest
import yaml

from cocopfs import resources
from cocopfs.captions.template import load_template, template_names
from cocopfs.errors import UsageError

NATURAL = resources.TEMPLATES / "captions" / "natural.yaml"


def changed(tmp_path: Path, **fields: object) -> str:
    """The path of a natural.yaml with other fields; a field of None is taken out."""
    content = {**yaml.safe_load(NATURAL.read_text("utf-8")), **fields}
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump({k: v for k, v in content.items() if v is not None}), "utf-8")
    return str(path)


def test_templates_come_with_the_package() -> None:
    assert "natural" in template_names()
    for name in template_names():
        path = resources.TEMPLATES / "captions" / f"{name}.yaml"
        assert load_template(name) == load_template(str(path))
    assert load_template("natural").digest == hashlib.sha256(NATURAL.read_bytes()).hexdigest()


def test_no_word_of_natural_is_twice_in_a_list() -> None:
    content = yaml.safe_load(NATURAL.read_text("utf-8"))

    def lists(part: object) -> list[list[str]]:
        if isinstance(part, dict):
            return [found for value in part.values() for found in lists(value)]
        assert isinstance(part, list)
        return [part]

    counts = [Counter(words) for words in lists(content)]
    assert len(counts) > 40
    assert [word for count in counts for word in count if count[word] > 1] == []


def test_a_noun_of_natural_has_one_meaning() -> None:
    natural = load_template("natural")
    persons = natural.persons
    lists = (persons.one, persons.several, persons.collective, tuple(persons.ambiguous))
    counts = Counter(word for words in (*lists, natural.minors) for word in words)
    assert [word for word, count in counts.items() if count > 1] == []


def test_a_template_may_extend_another(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("extends: natural\nprefixes: ['{name}: {caption}']\n")
    mine, natural = load_template(str(path)), load_template("natural")
    assert mine.prefixes == ("{name}: {caption}",)
    assert mine.minors == natural.minors
    assert mine.persons == natural.persons
    assert mine.digest not in (natural.digest, hashlib.sha256(path.read_bytes()).hexdigest())


@pytest.mark.parametrize("base", ["nature", "names", "../card", "[natural]", "7", "mine"])
def test_a_template_extends_only_those_of_the_package(tmp_path: Path, base: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(f"extends: {base}\n")
    with pytest.raises(
        UsageError, match=r"mine\.yaml extends .*\n?expected: one of natural, paper"
    ):
        load_template(str(path))


def test_the_list_of_names_is_no_template() -> None:
    assert "names" not in template_names()
    with pytest.raises(UsageError, match="no caption template 'names'"):
        load_template("names")


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    first = load_template(changed(tmp_path))
    second = load_template(changed(tmp_path, prefixes=["{name}: {caption}"]))
    assert first.digest != second.digest
    assert second.prefixes == ("{name}: {caption}",)


def test_an_unknown_name_is_an_error_that_tells_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"no caption template 'nature'\nexpected: .*natural"):
        load_template("nature")


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"minors": None}, "minors: is missing"),
        ({"kinder": ["kind"]}, "kinder: there is no such field"),
        ({"minors": "child"}, r"minors: expected a list such as \[child\], found child"),
        ({"function_words": ["and", False]}, r"function_words\.1: expected text, found false"),
        ({"animals": ["Bear"]}, "animals.0: 'Bear' is not in lower case"),
        ({"animals": [""]}, "animals.0"),
        ({"prefixes": []}, "prefixes: .*at least 1"),
        ({"prefixes": ["A picture. {caption}"]}, "prefixes.0: .* has not {name} and"),
        ({"prefixes": ["{caption} {name}"]}, "prefixes.0"),
        ({"prefixes": ["{name} {caption} {name}"]}, "prefixes.0"),
        ({"prefixes": ["{name} {other} {caption}"]}, "prefixes.0"),
        ({"persons": {"one": []}}, "persons.one: .*at least 1"),
        ({"persons": {"one": ["man"]}}, "persons.several: is missing"),
        (
            {"reference": {"keywords": ["man"], "in_place": ["{left} {name}"]}},
            "reference.in_place.0",
        ),
        ({"digest": "0" * 64}, "is not a template"),
    ],
)
def test_a_wrong_field_is_named(tmp_path: Path, fields: dict[str, object], complaint: str) -> None:
    path = changed(tmp_path, **fields)
    with pytest.raises(UsageError, match=complaint) as caught:
        load_template(path)
    assert path in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[a, b]",
        b"persons: [",
        b"\xff\xfe\x00",
        b"minors: !!python/object/apply:os.system [echo]",
        b"minors: [2020-13-45]",
        b"minors: [2020-01-05]",
        b"1: 2",
    ],
)
def test_what_is_no_template_is_an_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.yaml"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=r"broken\.yaml"):
        load_template(str(path))


def test_a_folder_is_no_template(tmp_path: Path) -> None:
    (tmp_path / "folder.yaml").mkdir()
    with pytest.raises(UsageError, match="cannot be read"):
        load_template(str(tmp_path / "folder.yaml"))


def test_a_template_cannot_be_changed() -> None:
    template = load_template("natural")
    with pytest.raises(ValueError, match="frozen"):
        template.minors = ()  # type: ignore[misc]  # that it is refused is the point
