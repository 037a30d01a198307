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
        assert load_template(name).digest == hashlib.sha256(path.read_bytes()).hexdigest()


def test_no_word_of_natural_is_in_two_lists() -> None:
    content = yaml.safe_load(NATURAL.read_text("utf-8"))
    # These are persons and minors, function words and prepositions too.
    for name in ("prefixes", "negations", "female", "male"):
        del content[name]
    lists = [*content.pop("persons").values(), *content.values()]
    counts = Counter(word for listed in lists for word in listed)
    assert [word for word, count in counts.items() if count > 1] == []


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
        ({"minors": None}, "minors: Field required"),
        ({"kinder": ["kind"]}, "kinder: Extra inputs"),
        ({"minors": "child"}, "minors: Input should be a valid array"),
        ({"function_words": ["and", False]}, r"function_words\.1: Input should be a valid string"),
        ({"animals": ["Bear"]}, "animals.0: 'Bear' is not in lower case"),
        ({"animals": [""]}, "animals.0"),
        ({"prefixes": []}, "prefixes: .*at least 1"),
        ({"prefixes": ["A picture. {caption}"]}, "prefixes.0: .* has not {name} and"),
        ({"prefixes": ["{caption} {name}"]}, "prefixes.0"),
        ({"prefixes": ["{name} {caption} {name}"]}, "prefixes.0"),
        ({"prefixes": ["{name} {other} {caption}"]}, "prefixes.0"),
        ({"persons": {"one": [], "other": []}}, "persons.one: .*at least 1"),
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
