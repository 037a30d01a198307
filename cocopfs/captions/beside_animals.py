"""Whether "a male", "a mother" in a caption with animals is a person: "a male walking a horse"."""

from __future__ import annotations

from cocopfs.captions.words import Lexicon, Word

_FAR = 9  # words after the noun that are looked at
_ADJECTIVES = 3  # words between an article and its animal


def is_beside_animals(words: list[Word], first: int, head: int, lexicon: Lexicon) -> bool:
    """Whether what follows the phrase words[first : head + 1] is done or worn by people only.

    "A male in a shirt", "a female riding a horse", "a parent with a dog". Not "a mother and her
    calf", and never "its mother".
    """
    if words[first].text in lexicon.animal_owners:
        return False
    for index in range(head + 1, min(head + 1 + _FAR, len(words))):
        word = words[index]
        direct = index == head + 1 and word.joined
        if word.text in lexicon.human_acts:
            return True
        if word.text in lexicon.keeping and _is_grown(words, index, lexicon.animals, lexicon):
            return True
        if (
            direct
            and word.text in lexicon.company
            and _is_grown(words, index, lexicon.pets, lexicon)
        ):
            return True
        if (
            names_animal(words, index, lexicon)
            or word.noun in lexicon.roles
            or word.text in lexicon.clauses
            or (not word.joined and word.gap != ", ")
        ):
            return False
    return False


def names_animal(words: list[Word], index: int, lexicon: Lexicon) -> bool:
    """Whether a word means a living animal; not so "hot dog", "toy horse"."""
    if words[index].noun not in lexicon.animals:
        return False
    before = words[index - 1].text if index and words[index].joined else None
    return before not in lexicon.no_animals


def _is_grown(words: list[Word], index: int, animals: frozenset[str], lexicon: Lexicon) -> bool:
    """Whether words[index] has one of these animals for its object: "a big dog", not "her calf"."""
    if index + 1 >= len(words):
        return False
    begins = lexicon.determiners | lexicon.possessives | lexicon.numbers
    begin = words[index + 1].text
    if begin not in begins or begin in lexicon.animal_owners:
        return False
    for place in range(index + 2, min(index + 3 + _ADJECTIVES, len(words))):
        word = words[place]
        if not word.joined or word.text in lexicon.young or word.noun in lexicon.young:
            return False
        if word.noun in lexicon.animals:
            return word.noun in animals and names_animal(words, place, lexicon)
        if word.text in lexicon.after or word.noun in lexicon.of_animals:
            return False
    return False
