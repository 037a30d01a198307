"""Where the noun phrase of a person begins, and whether it ends with its noun."""

from __future__ import annotations

from cocopfs.captions.words import Lexicon, Word, next_word

_LONGEST = 6  # words before the noun


def phrase_start(words: list[Word], head: int, lexicon: Lexicon) -> int | None:
    """The first word of the phrase (determiner, modifiers), walking left from its noun; None where
    it is not sure which words belong to it."""
    first = head
    while head - first < _LONGEST:
        if first == 0:
            return 0
        before = words[first - 1]
        if not words[first].joined:
            if before.text not in lexicon.adjectives or words[first].text not in (
                lexicon.adjectives | {words[head].text}
            ):
                return _bare_after_punctuation(words, first, lexicon)
        elif before.text in lexicon.determiners or before.text in lexicon.possessives:
            return _first_determiner(words, first - 1, lexicon)
        elif before.text in lexicon.openers:
            return first
        elif before.text in ("and", "or"):
            # "an old and bearded man", but "a dog and old man"
            if first >= 2 and words[first - 1].joined and _both(words, first, lexicon.adjectives):
                first -= 1
            elif all(word.text in lexicon.adjectives for word in words[first:head]):
                return first
            else:
                return None
        elif before.text in lexicon.function_words or not _may_modify(words, first - 1, lexicon):
            return None
        first -= 1
    return None


def ends(words: list[Word], head: int, lexicon: Lexicon) -> bool:
    """Whether the phrase ends with that noun: "a man cave", "a man made lake" go on, and so does "a
    pedestrian filled area"."""
    after = next_word(words, head)
    if words[head].ending or after is None or after.text in lexicon.after:
        return True
    if after.text.endswith("ed"):
        second = next_word(words, head + 1)
        return second is None or second.noun not in lexicon.things
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


def _bare_after_punctuation(words: list[Word], first: int, lexicon: Lexicon) -> int | None:
    """ "On the court, player waiting" begins after the comma, "a cool, young man" does not."""
    before = words[first - 1]
    listed = first >= 2 and words[first - 2].text in lexicon.determiners and before.joined
    if before.text in lexicon.adjectives or (listed and before.noun not in lexicon.animals):
        return None
    return None if before.text.endswith(("ed", "ing")) else first


def _both(words: list[Word], first: int, adjectives: frozenset[str]) -> bool:
    return words[first].text in adjectives and words[first - 2].text in adjectives


def _may_modify(words: list[Word], index: int, lexicon: Lexicon) -> bool:
    """Whether an unknown word can be a modifier; else it is a verb or the head of another phrase:
    "horse carrying man", "dog chases man"."""
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
    return not has_s(word) or word.text in lexicon.s_words or (index > 0 and word.name)
