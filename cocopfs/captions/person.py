"""Finding the one person of a caption: where the noun phrase and its head lie."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from cocopfs.captions.template import CaptionTemplate


@dataclass(frozen=True, slots=True)
class NounPhrase:
    """Places in a caption: the phrase is text[start:end] (determiner, modifiers, head, and the
    possessive ending if it has one); `ending` is that ending ("'s") or nothing."""

    start: int
    end: int
    ending: str


def find_person(text: str, template: CaptionTemplate) -> NounPhrase | None:
    """The noun phrase of the only person whom a caption mentions.

    None where no person or more than one is mentioned, or where it is not sure what belongs to the
    phrase: a name in the wrong place is worse than one in a sentence of its own.
    text: with single blanks, see `cocopfs.captions.enrich.tidy`.
    """
    lexicon = _lexicon(template)
    words = _words(text)
    heads = []
    for index, word in enumerate(words):
        if _next_is(words, index, lexicon.animals):
            continue
        if word.noun in lexicon.other:
            return None
        if word.noun in lexicon.one:
            heads.append(index)
    if not heads:
        return None
    head = heads[-1]
    start = _phrase_start(words, head, lexicon)
    if start is None or any(index < start for index in heads) or not _ends(words, head, lexicon):
        return None
    return NounPhrase(words[start].start, words[head].end, words[head].ending)


# --- words ----------------------------------------------------------------------------------------

# Compounds with a hyphen are one word: "man-made" has no "man" in it.
_WORD = re.compile(r"\w+(?:[-'’]\w+)*")
_POSSESSIVE = re.compile(r"['’]s$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Word:
    start: int
    end: int
    text: str  # lower case
    noun: str  # without the possessive ending
    ending: str  # as written
    joined: bool  # nothing but a blank before it


def _words(text: str) -> list[_Word]:
    words: list[_Word] = []
    end = -1
    for found in _WORD.finditer(text):
        ending = _POSSESSIVE.search(found[0])
        noun = found[0][: ending.start()] if ending else found[0]
        joined = text[end : found.start()] == " "
        words.append(
            _Word(
                found.start(),
                found.end(),
                found[0].lower(),
                noun.lower(),
                ending[0] if ending else "",
                joined,
            )
        )
        end = found.end()
    return words


def _next_is(words: list[_Word], index: int, kind: frozenset[str]) -> bool:
    return index + 1 < len(words) and words[index + 1].joined and words[index + 1].noun in kind


# --- the phrase -----------------------------------------------------------------------------------

_LONGEST = 6  # words before the head


def _phrase_start(words: list[_Word], head: int, lexicon: _Lexicon) -> int | None:
    """The first word of the phrase, from its head to the left; None where it is not sure."""
    index = head
    while head - index < _LONGEST:
        if index == 0:
            return 0
        before = words[index - 1]
        if not words[index].joined:
            return None
        if before.text in lexicon.determiners:
            start = index - 1
            negated = (
                start > 0 and words[start].joined and words[start - 1].text in lexicon.negations
            )
            return None if negated else start
        if before.text in lexicon.prepositions:
            return index
        if before.text in lexicon.function_words or not _may_modify(words, index - 1, lexicon):
            return None
        index -= 1
    return None


def _may_modify(words: list[_Word], index: int, lexicon: _Lexicon) -> bool:
    """Whether an unknown word can be a modifier; else it is a verb or the head of another phrase:
    "horse carrying man", "dog chases man"."""
    word = words[index]
    if word.text.endswith("ing"):
        return index == 0 or (word.joined and words[index - 1].text in lexicon.determiners)
    return not _has_s(word)


def _ends(words: list[_Word], head: int, lexicon: _Lexicon) -> bool:
    """Whether the phrase ends with its head: "a man cave", "a woman statue" go on."""
    if words[head].ending or head + 1 == len(words) or not words[head + 1].joined:
        return True
    after = words[head + 1]
    return after.text in lexicon.after or after.text.endswith(("ing", "ed", "ly")) or _has_s(after)


def _has_s(word: _Word) -> bool:
    """Whether an ending makes a word a verb or a plural: not so in "tennis", "dress", "bus"."""
    return word.text.endswith("s") and not word.text.endswith(("is", "ss", "us", "'s", "’s"))


# --- the template's words -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Lexicon:
    one: frozenset[str]
    other: frozenset[str]
    animals: frozenset[str]
    determiners: frozenset[str]
    prepositions: frozenset[str]
    function_words: frozenset[str]
    negations: frozenset[str]
    after: frozenset[str]


@lru_cache(maxsize=8)
def _lexicon(template: CaptionTemplate) -> _Lexicon:
    function_words = frozenset(template.function_words)
    prepositions = frozenset(template.prepositions)
    return _Lexicon(
        one=frozenset(template.persons.one),
        other=frozenset((*template.persons.other, *template.minors)),
        animals=frozenset(template.animals),
        determiners=frozenset(template.determiners),
        prepositions=prepositions,
        function_words=function_words,
        negations=frozenset(template.negations),
        # "a pitcher of beer": what is followed by "of" may be no person
        after=(function_words | prepositions | frozenset(template.followers)) - {"of"},
    )
