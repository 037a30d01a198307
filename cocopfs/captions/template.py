"""The caption template: the words and sentences of a `templates/captions/*.yaml` file."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from cocopfs import resources
from cocopfs.errors import UsageError

_FOLDER = resources.TEMPLATES / "captions"


def _lower_case(word: str) -> str:
    if word != word.lower().strip() or not word:
        raise ValueError(f"{word!r} is not in lower case")
    return word


def _has_both_places(prefix: str) -> str:
    name, caption = prefix.find("{name}"), prefix.find("{caption}")
    if not 0 <= name < caption or sorted(c for c in prefix if c in "{}") != ["{", "{", "}", "}"]:
        raise ValueError(f"{prefix!r} has not {{name}} and, after it, {{caption}}, once each")
    return prefix


Word = Annotated[str, AfterValidator(_lower_case)]
Prefix = Annotated[str, AfterValidator(_has_both_places)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Persons(_Part):
    """`one`: nouns of exactly one adult. `other`: words that mean, or may mean, anybody else."""

    one: tuple[Word, ...] = Field(min_length=1)
    other: tuple[Word, ...]


class CaptionTemplate(_Part):
    """See `templates/captions/natural.yaml`, which says what each list of words is for."""

    digest: str  # sha256 of the file's bytes
    persons: Persons
    minors: tuple[Word, ...]
    animals: tuple[Word, ...]
    female: tuple[Word, ...]
    male: tuple[Word, ...]
    determiners: tuple[Word, ...]
    prepositions: tuple[Word, ...]
    function_words: tuple[Word, ...]
    negations: tuple[Word, ...]
    followers: tuple[Word, ...]
    prefixes: tuple[Prefix, ...] = Field(min_length=1)


def template_names() -> list[str]:
    """The templates that come with the package."""
    return sorted(path.stem for path in _FOLDER.glob("*.yaml"))


def load_template(name: str) -> CaptionTemplate:
    """The template of that name, or in that YAML file.

    name: one of `template_names()`, or a path that ends in .yaml or .yml.
    Raises UsageError that names the file and the field.
    """
    path = Path(name) if name.endswith((".yaml", ".yml")) else _FOLDER / f"{name}.yaml"
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise UsageError(
            f"there is no caption template {name!r}",
            expected=f"one of {', '.join(template_names())}, or the path of a .yaml file",
        ) from None
    except (OSError, ValueError) as error:
        raise UsageError(f"caption template {path} cannot be read: {error}") from error
    return _parse(data, path)


@lru_cache(maxsize=8)
def _parse(data: bytes, path: Path) -> CaptionTemplate:
    try:
        content: Any = yaml.safe_load(data)
    except (yaml.YAMLError, ValueError) as error:
        raise UsageError(f"caption template {path} is not valid YAML: {error}") from error
    if not isinstance(content, dict) or "digest" in content:
        raise UsageError(
            f"caption template {path} is not a template",
            expected=f"a mapping of {', '.join(_fields())}",
        )
    content["digest"] = hashlib.sha256(data).hexdigest()
    try:
        return CaptionTemplate.model_validate_json(json.dumps(content))
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, problem['loc']))}: {problem['msg'].removeprefix('Value error, ')}"
            for problem in error.errors()
        )
        raise UsageError(
            f"caption template {path}: {problems}",
            expected=f"lists of words or sentences: {', '.join(_fields())}",
        ) from error
    except TypeError as error:  # keys or values that JSON does not know
        raise UsageError(f"caption template {path} cannot be used: {error}") from error


def _fields() -> list[str]:
    return [field for field in CaptionTemplate.model_fields if field != "digest"]
