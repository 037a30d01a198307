"""Whether a person is there, or only in a picture, on a screen or made of bronze."""

from __future__ import annotations

from cocopfs.captions.phrase import has_s
from cocopfs.captions.words import Lexicon, Word, next_word


def is_depicted(words: list[Word], first: int, head: int, lexicon: Lexicon) -> bool:
    """Whether the words around a noun phrase, words[first : head + 1], say so.

    "A picture of a man" at the caption's beginning is the photo itself.
    """
    after = next_word(words, head)
    figure = after is not None and after.noun in lexicon.figures and not words[head].ending
    return (
        figure
        or any(word.text in lexicon.material for word in words[first:head])
        or _belongs_to_depiction(words, first, head, lexicon)
        or _is_made(words, head)
        or _appears(words, head, lexicon)
        or _is_applied(words, head, lexicon)
    )


def _belongs_to_depiction(words: list[Word], first: int, head: int, lexicon: Lexicon) -> bool:
    """ "A statue of a man", "a room with a picture of a man", not "taking a picture of a man"."""
    source = _source(words, first, lexicon)
    if source is None:
        return False
    noun = words[source].noun
    if noun in lexicon.figures or noun in lexicon.surfaces:
        return True
    if noun not in lexicon.pictures:
        return False
    if any(word.text in lexicon.taking for word in words[max(0, source - 4) : source]):
        return False
    return not _is_the_photo(words, source, lexicon) or _is_hung(words, head, lexicon)


def _source(words: list[Word], first: int, lexicon: Lexicon) -> int | None:
    """The noun to which the phrase belongs: "statue" of "a statue of a man"."""
    index = first - 1
    if index < 1 or words[index].text not in lexicon.relations:
        return None
    index -= 1
    while index > 0 and words[index].text in ("that", "which", "is"):
        index -= 1
    return index


def _is_the_photo(words: list[Word], picture: int, lexicon: Lexicon) -> bool:
    """Nothing but its own modifiers before it, and "this is" or "a series of"."""
    if any(word.text in lexicon.made for word in words[:picture]):
        return False
    for index, word in enumerate(words[:picture]):
        before = words[index - 1].text if index else None
        if word.text in ("there", "this", "here", "is", "are", "of", "it", "these", "up", "over"):
            continue
        if word.text in lexicon.numbers or (word.text == "and" and before in lexicon.adjectives):
            continue
        if word.text in lexicon.animals or word.text in lexicon.verbs:
            return False
        if word.text in lexicon.prepositions or word.text in lexicon.function_words:
            return False
        if word.text.endswith("ing") and before is not None and before not in lexicon.determiners:
            return False
        if has_s(word) and word.text != "series":
            return False
    return True


def _is_hung(words: list[Word], head: int, lexicon: Lexicon) -> bool:
    """ "... of a man on the wall", "... of a man hanging above the bed"."""
    index = head + 1
    hanging = False
    while index < len(words) and words[index].joined and words[index].text in lexicon.hung:
        hanging |= words[index].text != "is"
        index += 1
    if index >= len(words) or words[index].text not in ("on", "above", "over", "in", "inside"):
        return False
    return hanging or _object(words, index, lexicon) in lexicon.places


def _appears(words: list[Word], head: int, lexicon: Lexicon) -> bool:
    """ "... a man talking on a TV", "somebody in the poster"."""
    index = head + 1
    if index < len(words) and words[index].text == "is":
        index += 1
    if index < len(words) and words[index].text in lexicon.appearing:
        index += 1
    if index >= len(words) or words[index].text not in ("on", "in", "inside"):
        return False
    return _object(words, index, lexicon) in lexicon.surfaces


def _is_made(words: list[Word], head: int) -> bool:
    """ "A man made of snow"."""
    after, second = next_word(words, head), next_word(words, head + 1)
    made = after is not None and after.text == "made"
    return made and second is not None and second.text in ("of", "from", "out")


def _is_applied(words: list[Word], head: int, lexicon: Lexicon) -> bool:
    """ "... a woman's face painted on it"."""
    return any(
        word.text in lexicon.applied and following.text in ("on", "onto")
        for word, following in zip(
            words[head + 1 : head + 4], words[head + 2 : head + 5], strict=False
        )
    )


def _object(words: list[Word], preposition: int, lexicon: Lexicon) -> str | None:
    """The noun of the phrase after a preposition, at most four words away."""
    noun = None
    for word in words[preposition + 1 : preposition + 6]:
        if not word.joined or word.text in lexicon.after or (noun and word.text.endswith("ing")):
            break
        noun = word.noun
    return noun
