"""A name written into a caption: in place of the person, and in parentheses after it."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass

from cocopfs.captions.person import NounPhrase, find_person
from cocopfs.captions.template import CaptionTemplate
from cocopfs.records import Caption, CaptionForm

TOKEN = "[TOK]"


@dataclass(frozen=True, slots=True)
class Enriched:
    """A caption in both styles; `_tok` with TOKEN for the name. In the prefix form both styles are
    the same."""

    in_place: str
    in_parentheses: str
    in_place_tok: str
    in_parentheses_tok: str
    form: CaptionForm


def enrich(caption: Caption, name: str, template: CaptionTemplate, seed: int) -> Enriched:
    """Write a name into a caption.

    A caption of exactly one person gets the name where the person is; any other gets one of the
    template's sentences before it, chosen by hash(seed, caption id). The name goes in unchanged, in
    NFC; around it blanks and punctuation are tidied.
    """
    name = unicodedata.normalize("NFC", name)
    text = tidy(caption.text)
    phrase = find_person(text, template)
    if phrase is None:
        prefix = _choose(template.prefixes, seed, caption.caption_id)
        named, token = (_with_prefix(prefix, text, who) for who in (name, TOKEN))
        return Enriched(named, named, token, token, CaptionForm.PREFIX)
    return Enriched(
        in_place=_in_place(text, phrase, name),
        in_parentheses=_in_parentheses(text, phrase, name),
        in_place_tok=_in_place(text, phrase, TOKEN),
        in_parentheses_tok=_in_parentheses(text, phrase, TOKEN),
        form=CaptionForm.IN_PLACE,
    )


def tidy(text: str) -> str:
    """A caption in NFC with single blanks, none before punctuation and one after a comma."""
    text = " ".join(unicodedata.normalize("NFC", text).split())
    text = re.sub(r" +(?=[,;:!?]|\.(?!\d))", "", text)
    text = re.sub(r",(?=[^\W\d_])|(?<!\d),(?=\d)", ", ", text)
    return re.sub(r"^[\s,.;:!?]+", "", text)


def _in_place(text: str, phrase: NounPhrase, name: str) -> str:
    return text[: phrase.start] + _before(name + phrase.ending, text[phrase.end :])


def _in_parentheses(text: str, phrase: NounPhrase, name: str) -> str:
    return f"{text[: phrase.end]} ({name}{phrase.ending}){text[phrase.end :]}"


def _with_prefix(prefix: str, text: str, name: str) -> str:
    before, after = prefix.split("{name}")
    return before + _before(name, after.replace("{caption}", text).rstrip())


def _before(name: str, rest: str) -> str:
    """ "Robert Downey Jr." needs no second full stop."""
    return name + (rest[1:] if name.endswith(".") and rest.startswith(".") else rest)


def _choose(prefixes: tuple[str, ...], seed: int, caption_id: int) -> str:
    digest = hashlib.sha256(f"caption prefix\0{seed}\0{caption_id}".encode()).digest()
    return prefixes[int.from_bytes(digest[:8]) % len(prefixes)]
