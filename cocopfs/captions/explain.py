"""Why a caption gets the form that it gets, for people who ask."""

from __future__ import annotations

from dataclasses import dataclass

from cocopfs.captions.enrich import Enriched, enrich, tidy
from cocopfs.captions.mentions import MentionKind
from cocopfs.captions.person import find_person
from cocopfs.captions.reference import keyword_of, keywords_in
from cocopfs.captions.template import CaptionTemplate
from cocopfs.records import Caption, Gender


@dataclass(frozen=True, slots=True)
class Mentioned:
    """People in a caption, in its words, and what they were taken for; null for a keyword of the
    reference's rules, which take nothing for anything."""

    words: str
    kind: MentionKind | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """What was found in a caption and what became of it. `phrase` is what the name takes the place
    of, null in the prefix form, whose reason `written` has."""

    text: str
    mentions: tuple[Mentioned, ...]
    phrase: str | None
    written: Enriched


def explain(
    caption: Caption, name: str, template: CaptionTemplate, seed: int, gender: Gender | None = None
) -> Explanation:
    """What `cocopfs.captions.enrich.enrich` does with the same arguments, and why.

    By the reference's rules nothing but keywords is found.
    """
    written = enrich(caption, name, template, seed, gender)
    if template.reference is not None:
        keywords = keywords_in(caption, template.reference)
        mentions = tuple(Mentioned(keyword, None) for keyword in keywords)
        keyword = keyword_of(caption, template.reference)
        return Explanation(caption.text, mentions, keyword, written)
    text = tidy(caption.text)
    found = find_person(text, template, gender)
    mentions = tuple(
        Mentioned(text[found.words[m.first].start : found.words[m.head].end], m.kind)
        for m in found.mentions
    )
    place = found.phrase
    phrase = None if place is None else text[place.start : place.end]
    return Explanation(text, mentions, phrase, written)
