"""The caption template: the words, sentences and rules of a `templates/captions/*.yaml` file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from cocopfs import resources
from cocopfs.errors import UsageError
from cocopfs.safe_yaml import BrokenYamlError, in_our_words, parse_yaml

_FOLDER = resources.TEMPLATES / "captions"
NAMES_FILE = _FOLDER / "names.yaml"  # the names of `cocopfs.captions.pseudonyms`, no template


def _lower_case(word: str) -> str:
    if word != word.lower().strip() or not word:
        raise ValueError(f"{word!r} is not in lower case")
    return word


def _with_places(*places: str) -> Any:
    def check(sentence: str) -> str:
        wanted = "".join(places)
        if "".join(_braced(sentence)) != wanted:
            raise ValueError(f"{sentence!r} has not {' and, after it, '.join(places)}, once each")
        return sentence

    return AfterValidator(check)


def _braced(sentence: str) -> list[str]:
    """ "An image with {name}. {caption}" → ["{name}", "{caption}"]; a stray brace stays alone."""
    found, start = [], -1
    for index, letter in enumerate(sentence):
        if letter == "{":
            start = index
            found.append(letter)
        elif letter == "}":
            if start < 0:
                return [letter]
            found[-1] = sentence[start : index + 1]
            start = -1
    return found


Word = Annotated[str, AfterValidator(_lower_case)]
Words = tuple[Word, ...]
Prefix = Annotated[str, _with_places("{name}", "{caption}")]
Named = Annotated[str, _with_places("{left}", "{name}", "{right}")]
WithKeyword = Annotated[str, _with_places("{left}", "{keyword}", "{name}", "{right}")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Ambiguous(_Part):
    """Words beside a noun, or else anywhere in the caption, that make it a person or a thing."""

    person: Words
    thing: Words
    thing_after: Words = ()


class Persons(_Part):
    """Nouns of people; see `templates/captions/natural.yaml`, as for all lists of words."""

    one: Words = Field(min_length=1)
    several: Words
    collective: Words
    alone: Words
    classes: Words
    another: Words
    behind_camera: Words
    of_animals: Words
    describing: Words
    ambiguous: Mapping[Word, Ambiguous]
    not_persons: Words


class Compounds(_Part):
    """Words that make a thing of a person's noun: "a passenger loading area"."""

    fixed: Words
    shapes: Words
    purposes: Words
    sites: Words
    shared: Words
    trades: Words
    trade_things: Words


class BesideAnimals(_Part):
    """Words that make a person of "a male", "a mother" where the caption has an animal."""

    acts: Words
    keeping: Words
    company: Words
    pets: Words
    young: Words
    owners: Words
    clauses: Words
    no_animals: Words


class Depictions(_Part):
    """Words that tell of people who are not there but in a picture, or made of bronze."""

    figures: Words
    surfaces: Words
    pictures: Words
    taking: Words
    made: Words
    material: Words
    relations: Words
    hung: Words
    places: Words
    appearing: Words
    applied: Words


class Reference(_Part):
    """The rules of the dataset's authors; see `templates/captions/paper.yaml`."""

    keywords: Words = Field(min_length=1)
    in_place: tuple[Named | WithKeyword, ...] = Field(min_length=1)
    in_parentheses: tuple[WithKeyword, ...] = Field(min_length=1)


class CaptionTemplate(_Part):
    """`reference`: these rules write the names, and the words serve for minors and gender only."""

    digest: str  # sha256 of the file's bytes, and of those of the one that it extends
    persons: Persons
    minors: Words
    animals: Words
    things: Words
    belongings: Words
    compounds: Compounds
    beside_animals: BesideAnimals
    depictions: Depictions
    female: Words
    male: Words
    determiners: Words
    possessives: Words
    adjectives: Words
    s_words: Words
    prepositions: Words
    openers: Words
    function_words: Words
    numbers: Words
    negations: Words
    disguises: Words
    verbs: Words
    followers: Words
    prefixes: tuple[Prefix, ...] = Field(min_length=1)
    reference: Reference | None = None

    def __hash__(self) -> int:
        return hash(self.digest)


def template_names() -> list[str]:
    """The templates that come with the package."""
    return sorted(path.stem for path in _FOLDER.glob("*.yaml") if path != NAMES_FILE)


def load_template(name: str) -> CaptionTemplate:
    """The template of that name, or in that YAML file.

    A file may say `extends: natural` (or another name of the package) and then gives only the
    fields that differ.
    name: one of `template_names()`, or a path that ends in .yaml or .yml.
    Raises UsageError that names the file and the field.
    """
    path = Path(name) if name.endswith((".yaml", ".yml")) else _FOLDER / f"{name}.yaml"
    if path == NAMES_FILE:
        raise _unknown(name)
    return _parse(_read(path, name), path)


def _read(path: Path, name: str) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise _unknown(name) from None
    except (OSError, ValueError) as error:
        raise UsageError(f"caption template {path} cannot be read: {error}") from error


def _unknown(name: str) -> UsageError:
    return UsageError(
        f"there is no caption template {name!r}",
        expected=f"one of {', '.join(template_names())}, or the path of a .yaml file",
    )


@lru_cache(maxsize=8)
def _parse(data: bytes, path: Path) -> CaptionTemplate:
    content, digest = _content(data, path), hashlib.sha256(data)
    base = content.pop("extends", None)
    if base is not None:
        if base not in template_names() or base == path.stem:
            raise UsageError(
                f"caption template {path} extends {base!r}",
                expected=f"one of {', '.join(template_names())}",
            )
        data_of_base = _read(_FOLDER / f"{base}.yaml", base)
        digest.update(data_of_base)
        content = _content(data_of_base, _FOLDER / f"{base}.yaml") | content
    content["digest"] = digest.hexdigest()
    try:
        return CaptionTemplate.model_validate_json(json.dumps(content))
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, problem['loc']))}: {in_our_words(problem)}"
            for problem in error.errors()
        )
        raise UsageError(
            f"caption template {path}: {problems}",
            expected=f"lists of words or sentences: {', '.join(_fields())}",
        ) from error
    except TypeError as error:  # keys or values that JSON does not know
        raise UsageError(f"caption template {path} cannot be used: {error}") from error


def _content(data: bytes, path: Path) -> dict[str, Any]:
    try:
        content: Any = parse_yaml(data)
    except BrokenYamlError as error:
        raise UsageError(f"caption template {path} is not valid YAML: {error}") from error
    if not isinstance(content, dict) or "digest" in content:
        raise UsageError(
            f"caption template {path} is not a template",
            expected=f"a mapping of {', '.join(_fields())}",
        )
    return content


def _fields() -> list[str]:
    return [field for field in CaptionTemplate.model_fields if field != "digest"]
