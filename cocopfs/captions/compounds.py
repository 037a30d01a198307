"""Nouns of people inside the name of a thing or an animal: "a passenger loading area"."""

from __future__ import annotations

from cocopfs.captions.phrase import has_s
from cocopfs.captions.words import Lexicon, Role, Word, next_word


def makes_thing(words: list[Word], head: int, lexicon: Lexicon) -> bool:
    """ "A cowboy hat", "a passenger train", "a man sized bear", but not "a man trains a horse"."""
    after = next_word(words, head)
    if after is None or words[head].ending:
        return False
    second = next_word(words, head + 1)
    if second is not None and second.text in (lexicon.determiners | lexicon.possessives):
        return not has_s(after) and _is_thing(words[head], after, lexicon)
    return (
        _is_thing(words[head], after, lexicon)
        or after.text in lexicon.shapes
        or _has_purpose(after, second, lexicon)
        or _is_fixed(words, head, lexicon)
    )


def makes_sign(words: list[Word], head: int, lexicon: Lexicon) -> bool:
    """Whether a noun belongs to what shows people, and "a man and" before it does too: "a man and
    woman restroom sign", "a bride and groom figurine"."""
    after = next_word(words, head)
    return after is not None and not words[head].ending and after.noun in lexicon.shared


def makes_animal(words: list[Word], head: int, lexicon: Lexicon) -> bool:
    """ "A baby elephant", "an adult polar bear", but not "a man's dog"."""
    if words[head].ending:
        return False
    after = next_word(words, head)
    if after is None:
        return False
    if after.noun in lexicon.animals:
        # "adult bears", but "a man ducks"
        return (
            after.noun in lexicon.animal
            or lexicon.roles[words[head].noun] is not Role.ONE
            or (words[head].noun in lexicon.describing or words[head].noun in lexicon.of_animals)
        )
    second = next_word(words, head + 1)
    return (
        second is not None
        and second.noun in lexicon.animals
        and after.text not in lexicon.after
        and after.text not in lexicon.determiners
        and after.text not in lexicon.possessives
        and not after.text.endswith("ing")
        and not has_s(after)
    )


def _is_thing(noun: Word, after: Word, lexicon: Lexicon) -> bool:
    things = lexicon.described if noun.noun in lexicon.describing else lexicon.things
    return after.noun in things


def _has_purpose(after: Word, second: Word | None, lexicon: Lexicon) -> bool:
    """ "A passenger loading area", "a pedestrian only street", not "a man crossing street"."""
    if second is None or after.text not in lexicon.purposes:
        return False
    doing = after.text.endswith("ing")
    return second.noun in lexicon.sites or (not doing and second.noun in lexicon.things)


def _is_fixed(words: list[Word], head: int, lexicon: Lexicon) -> bool:
    """ "A butcher block", "a mom and pop shop"; "a pedestrian crossing", but not "a pedestrian
    crossing busy streets"."""
    for rest in lexicon.compounds.get(words[head].noun, ()):
        last = head + len(rest)
        following = words[head + 1 : last + 1]
        if tuple(word.text for word in following) != rest or not all(w.joined for w in following):
            continue
        beyond = next_word(words, last)
        if rest[-1] == "made":
            return beyond is None or beyond.text not in lexicon.prepositions
        return (
            not rest[-1].endswith("ing")
            or beyond is None
            or beyond.text in lexicon.after
            or beyond.text in lexicon.prepositions
            or beyond.noun in lexicon.sites
            or has_s(beyond)
        )
    return False
