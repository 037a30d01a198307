"""YAML from outside: values only, and no more of them than were written."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import yaml

MAX_BYTES: Final = 4 * 2**20


class BrokenYamlError(ValueError):
    """Not YAML that is taken; the message says why."""


def parse_yaml(data: bytes | str) -> Any:
    """The value of a YAML document.

    Anchors and aliases are refused, for a few lines of them stand for gigabytes; so are tags other
    than YAML's own, which would make objects. Raises BrokenYamlError.
    """
    if len(data) > MAX_BYTES:
        raise BrokenYamlError(f"it has more than {MAX_BYTES} bytes")
    try:
        return yaml.load(data, _Loader)  # a SafeLoader that takes less
    except RecursionError as error:
        raise BrokenYamlError("it is nested too deeply") from error
    except (yaml.YAMLError, ValueError, TypeError, OverflowError) as error:
        # Besides its own errors: dates and numbers that are none, keys that cannot be keys.
        raise BrokenYamlError(str(error)) from error


def json_text(value: Any) -> str:
    """The value as JSON, for pydantic's strict reading. Raises BrokenYamlError that names the
    field whose value JSON does not know: dates, bytes, sets."""
    try:
        return json.dumps(value)
    except (TypeError, ValueError) as error:
        where, found = _unknown_to_json(value, ()) or ((), value)
        quote = ", put it in quotes" if isinstance(found, datetime.date) else ""
        raise BrokenYamlError(
            f"{'.'.join(where) or 'its content'} is of the type {type(found).__name__}{quote}"
        ) from error


def _unknown_to_json(value: Any, where: tuple[str, ...]) -> tuple[tuple[str, ...], Any] | None:
    if value is None or isinstance(value, (bool, int, float, str)):
        return None
    if isinstance(value, dict):
        items = [(str(key), below) for key, below in value.items()]
    elif isinstance(value, list):
        items = [(str(index), below) for index, below in enumerate(value)]
    else:
        return where, value
    found = (_unknown_to_json(below, (*where, key)) for key, below in items)
    return next((one for one in found if one is not None), None)


_EXPECTED: Final = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "string_type": "text",
    "string_too_short": "text that is not empty",
    "literal_error": "{expected}",
    "enum": "{expected}",
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than": "less than {lt}",
    "less_than_equal": "at most {le}",
    "multiple_of": "a multiple of {multiple_of}",
    "string_pattern_mismatch": "text of the pattern {pattern}",
    "too_short": "at least {min_length} values",
    "too_long": "at most {max_length} values",
}
"""What stands where a value is not what it should be, by pydantic's name of the fault."""
_LISTS: Final = ("tuple_type", "list_type", "set_type")
_OBJECTS: Final = ("model_type", "model_attributes_type", "dict_type", "dataclass_type")
_LONGEST: Final = 60


def in_our_words(
    problem: Mapping[str, Any], fields: Sequence[str] = (), example: Sequence[Any] = ()
) -> str:
    """One of `ValidationError.errors()` as a sentence's end, without its place: "expected a whole
    number, found 1.5". fields, example: of the object or the list that should be there."""
    kind, found = problem["type"], problem.get("input")
    if kind == "value_error":
        return str(problem["msg"]).removeprefix("Value error, ")
    if kind == "missing":
        short = isinstance(problem["loc"][-1], int)
        return "is missing, the list is too short" if short else "is missing"
    if kind == "extra_forbidden":
        return "there is no such field"
    if kind in _LISTS:
        alone = isinstance(found, (str, int, float))
        expected = f"a list such as {_shown(list(example or ([found] if alone else [])))}"
    elif kind in _OBJECTS:
        expected = f"an object with the fields {', '.join(fields)}" if fields else "an object"
    elif kind in _EXPECTED:
        expected = _EXPECTED[kind].format(
            **{
                name: f"{value:g}" if isinstance(value, float) else value
                for name, value in problem.get("ctx", {}).items()
            }
        )
    else:
        return str(problem["msg"])
    return f"expected {expected}, found {_shown(found)}"


def _shown(value: Any) -> str:
    """A value as it stands in a recipe, shortened."""
    if isinstance(value, str):
        text = value if value.isalnum() else repr(value)
    elif isinstance(value, list):
        text = f"[{', '.join(map(_shown, value))}]"
    else:
        text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


class _Loader(yaml.SafeLoader):
    def compose_node(self, parent: Any, index: Any) -> Any:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise yaml.YAMLError(f"anchors and aliases are not taken{event.start_mark}")
        return super().compose_node(parent, index)
