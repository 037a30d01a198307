"""YAML from outside: values only, and no more of them than were written."""

from __future__ import annotations

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


class _Loader(yaml.SafeLoader):
    def compose_node(self, parent: Any, index: Any) -> Any:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise yaml.YAMLError(f"anchors and aliases are not taken{event.start_mark}")
        return super().compose_node(parent, index)
