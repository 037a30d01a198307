"""Errors that a person can act on: what happened, where, and the next command."""

from __future__ import annotations


class CocopfsError(Exception):
    """A failure that is explained to the user instead of shown as a traceback.

    `what` names the offending file, field or item and what was found there; `expected` says what
    should have been there; `hint` is the next thing to do, best as a command.
    """

    exit_code = 2

    def __init__(self, what: str, *, expected: str | None = None, hint: str | None = None) -> None:
        super().__init__(what, expected, hint)
        self.what = what
        self.expected = expected
        self.hint = hint

    def __reduce__(self) -> tuple[object, ...]:
        # Errors cross process borders; the default would lose the keyword arguments.
        return _rebuild, (type(self), self.what, self.expected, self.hint)

    def __str__(self) -> str:
        lines = [self.what]
        if self.expected:
            lines.append(f"expected: {self.expected}")
        if self.hint:
            lines.append(f"next: {self.hint}")
        return "\n".join(lines)


class UsageError(CocopfsError):
    """The command, the recipe or an input that was named is wrong; nothing was done (exit 2)."""


class IncompleteError(CocopfsError):
    """The run ended before the dataset was whole; the same command goes on (exit 4)."""

    exit_code = 4


class FailedShareError(CocopfsError):
    """More items than `max_failed_share` could not be read or processed (exit 3)."""

    exit_code = 3


def _rebuild(
    kind: type[CocopfsError], what: str, expected: str | None, hint: str | None
) -> CocopfsError:
    return kind(what, expected=expected, hint=hint)
