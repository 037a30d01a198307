"""Where the noun phrase of a person begins, and whether it ends with its noun."""

from __future__ import annotations

from cocopfs.captions.words import Lexicon, Word, next_word

_LONGEST = 6  # words before the noun


def phrase_start(words: list[Word], head: int, lexicon: Lexicon) -> int | None:
    """The first word of the phrase (determiner, modifiers), walking left from its noun; None where
    it is not sure which words belong to it."""
    first = head
    while first > 0 and head - first < _LONGEST:
        before = words[first - 1].text if words[first].joined else ""
        if before in lexicon.determiners or before in lexicon.possessives:
            return _first_determiner(words, first - 1, lexicon)
        if before in lexicon.openers:
            return first
        modifiers = _modifiers(words, first, head, lexicon)
        if not modifiers:
            return first if _may_begin(words, first, head, lexicon) else None
        first -= modifiers
    return 0 if first == 0 else None


def ends(words: list[Word], head: int, lexicon: Lexicon) -> bool:
    """Whether the phrase ends with that noun: "a man cave", "a man made lake" go on, and so does "a
    pedestrian filled area"."""
    after, second = next_word(words, head), next_word(words, head + 1)
    if words[head].ending or after is None:
        return True
    if after.text == "like":  # "a human like robot"
        return second is None or second.text in lexicon.unspecific
    if after.text == "made":  # "a man made a cake", "a man made lake"
        return second is not None and second.text in lexicon.unspecific
    if after.text in lexicon.after:
        return True
    if after.text.endswith("ed"):
        return second is None or second.noun not in (lexicon.things | lexicon.sites)
    return after.text.endswith(("ing", "ly")) or has_s(after)


def has_s(word: Word) -> bool:
    """Whether an ending makes a word a verb or a plural: not so in "tennis", "dress", "bus"."""
    return (
        word.text.endswith("s") and not word.ending and not word.text.endswith(("is", "ss", "us"))
    )


def _first_determiner(words: list[Word], index: int, lexicon: Lexicon) -> int:
    """ "A the man": nothing of this may stay before a name."""
    while (
        index > 0
        and words[index].joined
        and words[index - 1].text in lexicon.determiners
        and words[index - 1].text not in ("this", "that")
    ):
        index -= 1
    return index


def _modifiers(words: list[Word], first: int, head: int, lexicon: Lexicon) -> int:
    """How many words more to the left belong to the phrase: of "a tall, thin man" and "an old and
    bearded man" too."""
    before = words[first - 1].text
    adjectives = lexicon.adjectives
    if not words[first].joined:
        here = first == head or words[first].text in adjectives
        return 1 if here and words[first].gap == ", " and before in adjectives else 0
    if before in ("and", "or"):
        both = (
            first >= 2 and words[first].text in adjectives and words[first - 2].text in adjectives
        )
        return 2 if both and words[first - 1].joined else 0
    if before in lexicon.function_words:
        return 0
    return 1 if _may_modify(words, first - 1, head, lexicon) else 0


def _may_begin(words: list[Word], first: int, head: int, lexicon: Lexicon) -> bool:
    """Whether a noun without a determiner begins a phrase: "on the court, player waiting", "a dog
    and old man", but not "a cool, young man"."""
    before = words[first - 1]
    if words[first].joined:
        rest = words[first:head]
        return before.text in ("and", "or") and all(
            word.text in lexicon.adjectives for word in rest
        )
    if words[first].gap != ", ":
        return words[first].gap in (". ", "; ", ": ", "! ", "? ", " - ")
    if before.text in lexicon.adjectives or before.text.endswith(("ed", "ing")):
        return False
    described = first >= 2 and before.joined and words[first - 2].text in lexicon.determiners
    return not described or before.noun in lexicon.animals


def _may_modify(words: list[Word], index: int, head: int, lexicon: Lexicon) -> bool:
    """Whether an unknown word can be a modifier; else it is a verb or the head of another phrase:
    "horse carrying man", "dog chases man". "A Giants player" is written with a name, "Dog Chases
    Man" is a headline."""
    word = words[index]
    if word.text in lexicon.verbs:
        return False
    if word.text.endswith("ing"):
        before = words[index - 1].text if index and word.joined else None
        return (
            before is None
            or before in lexicon.determiners
            or before in lexicon.adjectives
            or before.endswith("ly")
        )
    name = index > 0 and word.name and not words[head].name
    return name or not has_s(word) or word.text in lexicon.s_words
