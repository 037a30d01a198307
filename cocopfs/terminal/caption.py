"""What `cocopfs caption --explain` says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cocopfs.captions.explain import Explanation
from cocopfs.captions.mentions import MentionKind
from cocopfs.records import CaptionForm, PrefixReason
from cocopfs.terminal.text import plain

_KINDS = {
    MentionKind.PERSON: "a person",
    MentionKind.SEVERAL: "more than one, or somebody beside",
    MentionKind.ANOTHER: "perhaps somebody beside",
    MentionKind.MINOR: "a minor",
    MentionKind.DEPICTED: "in a picture, or a figure",
    MentionKind.AMBIGUOUS: "perhaps no person",
    MentionKind.OWNER: "perhaps not there",
    MentionKind.UNSURE: "a person, but where its words begin or end is not sure",
    MentionKind.ABSENT: "not in the photo",
    None: "keyword",
}
_REASONS = {
    PrefixReason.NO_PERSON: "it mentions no person who is there",
    PrefixReason.SEVERAL_PEOPLE: "it mentions more than one person",
    PrefixReason.MINOR: "it may tell of a minor",
    PrefixReason.DEPICTED: "the person is in a picture, or a figure",
    PrefixReason.AMBIGUOUS: "what it mentions may be no person, or nobody who is there",
    PrefixReason.UNSURE: "where the words for the person begin or end is not sure",
}


def explanation_lines(captions: Iterable[Explanation]) -> Iterator[str]:
    """Caption by caption: whom it mentions, its form and why, and what becomes of it."""
    for told in captions:
        yield f"[bold]{plain(told.text.strip())}[/]"
        for label, value in _facts(told):
            yield f"  {label:<16}{plain(value)}"


def _facts(told: Explanation) -> Iterator[tuple[str, str]]:
    written = told.written
    mentions = [f"{found.words} ({_KINDS[found.kind]})" for found in told.mentions]
    yield "mentions", ", ".join(mentions) or "nobody"
    if written.form is CaptionForm.PREFIX:
        yield "form", f"{written.form}, {written.reason}: {_why(told)}"
        yield "becomes", written.in_place
    else:
        yield "form", f"{written.form}: the name takes the place of {told.phrase!r}"
        yield "in place", written.in_place
        yield "in parentheses", written.in_parentheses


def _why(told: Explanation) -> str:
    if told.written.reason is not PrefixReason.REFERENCE and told.written.reason is not None:
        return _REASONS[told.written.reason]
    keywords = {found.words.lower() for found in told.mentions}
    if not keywords:
        return "it has none of the reference's keywords"
    if len(keywords) > 1:
        return f"it has {len(keywords)} of the reference's keywords, and one is wanted"
    return f"the letters of {keywords.pop()!r} are in it more than once"
