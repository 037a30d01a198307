"""A name written into a caption: in place of the person, and in parentheses after it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from cocopfs.captions.draw import draw
from cocopfs.captions.person import NounPhrase, find_person
from cocopfs.captions.reference import write_by_reference
from cocopfs.captions.template import CaptionTemplate
from cocopfs.records import Caption, CaptionForm, Gender, PrefixReason

TOKEN = "[TOK]"


@dataclass(frozen=True, slots=True)
class Enriched:
    """A caption in both styles; `_tok` with TOKEN for the name. In the prefix form both styles are
    the same, and `reason` says why."""

    in_place: str
    in_parentheses: str
    in_place_tok: str
    in_parentheses_tok: str
    form: CaptionForm
    reason: PrefixReason | None


def enrich(
    caption: Caption, name: str, template: CaptionTemplate, seed: int, gender: Gender | None = None
) -> Enriched:
    """Write a name into a caption.

    A caption of exactly one person gets the name where the person is; any other gets one of the
    template's sentences before it, chosen by hash(seed, caption id). The name goes in unchanged, in
    NFC; around it blanks and punctuation are tidied. A possessive gets "'s" whatever the name ends
    in ("James's hat"), with the caption's own apostrophe.
    gender: the identity's; tells two people of a caption apart.
    """
    name = unicodedata.normalize("NFC", name)
    if template.reference is not None:
        written = write_by_reference(caption, (name, TOKEN), template, seed)
        (in_place, in_place_tok), (in_parentheses, in_parentheses_tok), form = written
        reason = PrefixReason.REFERENCE if form is CaptionForm.PREFIX else None
        return Enriched(in_place, in_parentheses, in_place_tok, in_parentheses_tok, form, reason)
    text = tidy(caption.text)
    found = find_person(text, template, gender)
    phrase = found.phrase
    if phrase is None:
        prefix = draw(template.prefixes, "caption prefix", seed, caption.caption_id)
        named, token = (_with_prefix(prefix, text, who) for who in (name, TOKEN))
        return Enriched(named, named, token, token, CaptionForm.PREFIX, found.reason)
    return Enriched(
        in_place=_in_place(text, phrase, name),
        in_parentheses=_in_parentheses(text, phrase, name),
        in_place_tok=_in_place(text, phrase, TOKEN),
        in_parentheses_tok=_in_parentheses(text, phrase, TOKEN),
        form=CaptionForm.IN_PLACE,
        reason=None,
    )


def tidy(text: str) -> str:
    """A caption in NFC with single blanks, none before punctuation and one after a comma."""
    text = " ".join(unicodedata.normalize("NFC", text).split())
    text = re.sub(r"(?<=\w) (?=['’]s\b)", "", text, flags=re.IGNORECASE)  # "a man 's hat"
    text = re.sub(r" +(?=[,;:!?]|\.(?!\d))", "", text)
    text = re.sub(r",(?=[^\W\d_])|(?<!\d),(?=\d)", ", ", text)
    return re.sub(r"^[\s,.;:!?]+", "", text)


def _in_place(text: str, phrase: NounPhrase, name: str) -> str:
    return text[: phrase.start] + _before(name + phrase.ending, text[phrase.end :])


def _in_parentheses(text: str, phrase: NounPhrase, name: str) -> str:
    return f"{text[: phrase.end]} ({name}{phrase.ending}){text[phrase.end :]}"


def _with_prefix(prefix: str, text: str, name: str) -> str:
    before, after = prefix.split("{name}")
    if ". {caption}" in after:
        text = _capital(text)
    return before + _before(name, after.replace("{caption}", text).rstrip())


def _capital(text: str) -> str:
    """A sentence of its own begins with a capital; "iPhone" has one."""
    first = text.partition(" ")[0]
    return text[:1].upper() + text[1:] if first.isascii() and first.islower() else text


def _before(name: str, rest: str) -> str:
    """ "Robert Downey Jr." needs no second full stop."""
    return name + (rest[1:] if name.endswith(".") and rest.startswith(".") else rest)
