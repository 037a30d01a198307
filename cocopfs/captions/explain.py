"""Why a caption gets the form that it gets, for people who ask."""

from __future__ import annotations

from dataclasses import dataclass

from cocopfs.captions.enrich import tidy
from cocopfs.captions.mentions import MentionKind
from cocopfs.captions.person import find_person
from cocopfs.captions.reference import keyword_of
from cocopfs.captions.template import CaptionTemplate
from cocopfs.records import Caption, CaptionForm, Gender, PrefixReason


@dataclass(frozen=True, slots=True)
class Mentioned:
    """People in a caption, in its words, and what they were taken for."""

    words: str
    kind: MentionKind


@dataclass(frozen=True, slots=True)
class Explanation:
    """What was found in a caption. `phrase` is what the name takes the place of; `reason` says why
    there is none."""

    text: str
    mentions: tuple[Mentioned, ...]
    phrase: str | None
    form: CaptionForm
    reason: PrefixReason | None


def explain(
    caption: Caption, template: CaptionTemplate, gender: Gender | None = None
) -> Explanation:
    """The explanation of what `cocopfs.captions.enrich.enrich` does with the same arguments.

    By the reference's rules nothing but a keyword is found.
    """
    if template.reference is not None:
        keyword = keyword_of(caption, template.reference)
        return _explanation(caption.text, (), keyword, PrefixReason.REFERENCE)
    text = tidy(caption.text)
    found = find_person(text, template, gender)
    mentions = tuple(
        Mentioned(text[found.words[m.first].start : found.words[m.head].end], m.kind)
        for m in found.mentions
    )
    place = found.phrase
    phrase = None if place is None else text[place.start : place.end]
    return _explanation(text, mentions, phrase, found.reason)


def _explanation(
    text: str,
    mentions: tuple[Mentioned, ...],
    phrase: str | None,
    reason: PrefixReason | None,
) -> Explanation:
    if phrase is None:
        return Explanation(text, mentions, None, CaptionForm.PREFIX, reason)
    return Explanation(text, mentions, phrase, CaptionForm.IN_PLACE, None)
