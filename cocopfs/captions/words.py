"""A caption as words, and a template's lists as sets that know the plurals."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from typing import NamedTuple

from cocopfs.captions.template import Ambiguous, CaptionTemplate

# Compounds with a hyphen are one word: "man-made" has no "man" in it.
_WORD = re.compile(r"\w+(?:[-'’]\w+)*")


class Word(NamedTuple):
    start: int
    end: int
    text: str  # lower case
    noun: str  # without the possessive ending
    ending: str  # the possessive ending, "'s" or "’s"
    joined: bool  # nothing but a blank before it
    gap: str  # what stands before it, if it is not joined: ", "
    name: bool  # written like a name: "Giants", not "GIANTS"


def split(text: str, lexicon: Lexicon) -> list[Word]:
    """The words of a caption with single blanks. What people often miswrite is understood: "a mans
    hat" as "a man's hat", "a women" as "a woman"."""
    words: list[Word] = []
    last = -1
    for found in _WORD.finditer(text):
        start, end = found.span()
        written = found[0]
        lower = written.lower()
        noun, ending = lower, ""
        if lower.endswith(("'s", "’s")):
            noun, ending = lower[:-2], lower[-2:]
        elif lower in lexicon.misspelt:
            noun, ending = _meant(lower, words, text[end : end + 1] == " ", lexicon)
        joined = start == last + 1 and text[last] == " "
        name = written[0].isupper() and not written.isupper()
        gap = "" if joined else text[max(last, 0) : start]
        words.append(Word(start, end, lower, noun, ending, joined, gap, name))
        last = end
    return words


def _meant(plural: str, words: list[Word], followed: bool, lexicon: Lexicon) -> tuple[str, str]:
    """What a plural means that may be none: its noun and possessive ending."""
    noun = lexicon.misspelt[plural]
    if plural in lexicon.unmarked:
        return noun, "'s"
    before = len(words) - 1
    while plural.endswith("men") and before > 0 and words[before].text in lexicon.adjectives:
        before -= 1
    if before < 0 or words[before].text not in ("a", "an"):
        return plural, ""
    if plural.endswith("men"):
        return noun, ""
    return (noun, "'s") if followed else (plural, "")


def next_word(words: list[Word], index: int) -> Word | None:
    """The word after that one, with nothing but a blank between."""
    if index + 1 < len(words) and words[index + 1].joined:
        return words[index + 1]
    return None


def two_words(words: list[Word], index: int) -> str:
    """That word with the one before it: "mp3 player"."""
    return f"{words[index - 1].text} {words[index].noun}" if index and words[index].joined else ""


class Role(Enum):
    ONE = auto()
    SEVERAL = auto()
    COLLECTIVE = auto()
    MINOR = auto()
    ANOTHER = auto()


@dataclass(frozen=True, slots=True)
class Context:
    """Of an ambiguous noun: the words that decide beside it, and those that do anywhere."""

    person_beside: frozenset[str]
    thing_beside: frozenset[str]
    person: frozenset[str]
    thing: frozenset[str]
    thing_after: frozenset[str]  # before the phrase: "in a diner"


@dataclass(frozen=True, slots=True)
class Lexicon:
    roles: dict[str, Role]
    unmarked: frozenset[str]  # always possessive: "mans", "someones"
    misspelt: dict[str, str]  # plurals and `unmarked`, to their nouns
    ambiguous: dict[str, Context]
    not_persons: frozenset[str]
    alone: frozenset[str]
    classes: frozenset[str]
    another: frozenset[str]
    behind_camera: frozenset[str]
    of_animals: frozenset[str]
    describing: frozenset[str]
    animal: frozenset[str]
    animals: frozenset[str]  # with their plurals
    things: frozenset[str]
    described: frozenset[str]  # the same with their plurals
    belongings: frozenset[str]
    compounds: dict[str, tuple[tuple[str, ...], ...]]  # what follows the first word
    shapes: frozenset[str]
    purposes: frozenset[str]
    sites: frozenset[str]
    shared: frozenset[str]
    trades: frozenset[str]
    trade_things: frozenset[str]
    human_acts: frozenset[str]
    keeping: frozenset[str]
    company: frozenset[str]
    pets: frozenset[str]
    young: frozenset[str]
    animal_owners: frozenset[str]
    clauses: frozenset[str]
    no_animals: frozenset[str]
    figures: frozenset[str]
    surfaces: frozenset[str]
    pictures: frozenset[str]
    taking: frozenset[str]
    made: frozenset[str]
    material: frozenset[str]
    relations: frozenset[str]
    hung: frozenset[str]
    places: frozenset[str]
    appearing: frozenset[str]
    applied: frozenset[str]
    female: frozenset[str]
    male: frozenset[str]
    determiners: frozenset[str]
    possessives: frozenset[str]
    adjectives: frozenset[str]
    s_words: frozenset[str]
    prepositions: frozenset[str]
    openers: frozenset[str]  # with the prepositions
    function_words: frozenset[str]
    unspecific: frozenset[str]  # with determiners and possessives
    numbers: frozenset[str]
    negations: frozenset[str]
    disguises: frozenset[str]
    verbs: frozenset[str]
    after: frozenset[str]  # what may follow a person's noun


@lru_cache(maxsize=8)
def lexicon_of(template: CaptionTemplate) -> Lexicon:
    persons, shown = template.persons, template.depictions
    compounds, beside = template.compounds, template.beside_animals
    nouns = (*persons.one, *persons.ambiguous)
    roles: dict[str, Role] = {}
    for words, role in (
        (persons.another, Role.ANOTHER),
        (_plurals(nouns), Role.SEVERAL),
        (persons.collective, Role.COLLECTIVE),
        (persons.several, Role.SEVERAL),
        (nouns, Role.ONE),
        (template.minors, Role.MINOR),
    ):
        roles.update(dict.fromkeys(words, role))
    prepositions = frozenset(template.prepositions)
    function_words = frozenset(template.function_words)
    verbs = frozenset(template.verbs)
    unmarked = {f"{noun}s": noun for noun in nouns if noun.endswith(("man", "one", "body"))}
    unspecific = function_words | prepositions | set(template.determiners)
    return Lexicon(
        roles=roles,
        unmarked=frozenset(unmarked),
        misspelt={_plural(noun): noun for noun in nouns} | unmarked,
        ambiguous={
            form: _context(context, unspecific)
            for noun, context in persons.ambiguous.items()
            for form in (noun, _plural(noun))
        },
        not_persons=_with_plurals(persons.not_persons),
        alone=frozenset(persons.alone),
        classes=frozenset(persons.classes),
        another=frozenset(persons.another),
        behind_camera=frozenset(persons.behind_camera),
        of_animals=frozenset(persons.of_animals),
        describing=frozenset(persons.describing),
        animal=frozenset(template.animals),
        animals=_with_plurals(template.animals),
        things=frozenset(template.things),
        described=_with_plurals(template.things),
        belongings=frozenset(template.belongings),
        compounds=_compounds(compounds.fixed),
        shapes=frozenset(compounds.shapes),
        purposes=frozenset(compounds.purposes),
        sites=_with_plurals(compounds.sites),
        shared=_with_plurals(compounds.shared),
        trades=_with_plurals(compounds.trades),
        trade_things=_with_plurals(compounds.trade_things),
        human_acts=frozenset(beside.acts),
        keeping=frozenset(beside.keeping),
        company=frozenset(beside.company),
        pets=_with_plurals(beside.pets),
        young=_with_plurals(beside.young),
        animal_owners=frozenset(beside.owners),
        clauses=frozenset(beside.clauses),
        no_animals=frozenset(beside.no_animals),
        figures=_with_plurals(shown.figures),
        surfaces=_with_plurals(shown.surfaces),
        pictures=_with_plurals(shown.pictures),
        taking=frozenset(shown.taking),
        made=frozenset(shown.made),
        material=frozenset(shown.material),
        relations=frozenset(shown.relations),
        hung=frozenset(shown.hung),
        places=_with_plurals(shown.places),
        appearing=frozenset(shown.appearing),
        applied=frozenset(shown.applied),
        female=frozenset(template.female),
        male=frozenset(template.male),
        determiners=frozenset(template.determiners),
        possessives=frozenset(template.possessives),
        adjectives=frozenset(template.adjectives),
        s_words=frozenset(template.s_words),
        prepositions=prepositions,
        openers=prepositions | frozenset(template.openers),
        function_words=function_words,
        unspecific=function_words | {*template.determiners, *template.possessives},
        numbers=frozenset(template.numbers),
        negations=frozenset(template.negations),
        disguises=frozenset(template.disguises),
        verbs=verbs,
        # "the driver of a bus": the name cannot stand before "of"
        after=(function_words | prepositions | verbs | frozenset(template.followers)) - {"of"},
    )


def _context(context: Ambiguous, unspecific: frozenset[str]) -> Context:
    person, thing = frozenset(context.person), frozenset(context.thing)
    return Context(
        person,
        thing,
        person - unspecific,
        thing - unspecific,
        frozenset(context.thing_after),
    )


def _compounds(fixed: Iterable[str]) -> dict[str, tuple[tuple[str, ...], ...]]:
    """ "mom and pop" → {"mom": (("and", "pop"),)}."""
    found: dict[str, tuple[tuple[str, ...], ...]] = {}
    for compound in fixed:
        first, *rest = compound.split()
        found[first] = (*found.get(first, ()), tuple(rest))
    return found


def _with_plurals(nouns: Iterable[str]) -> frozenset[str]:
    nouns = tuple(nouns)
    return frozenset((*nouns, *_plurals(nouns)))


def _plurals(nouns: Iterable[str]) -> list[str]:
    return [_plural(noun) for noun in nouns]


def _plural(noun: str) -> str:
    if noun.endswith("man") and noun != "human":
        return f"{noun[:-3]}men"
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return f"{noun[:-1]}ies"
    if noun.endswith("fe"):
        return f"{noun[:-2]}ves"
    return f"{noun}es" if noun.endswith(("s", "sh", "ch", "x")) else f"{noun}s"
