"""Every mention of people in a caption, and what it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cocopfs.captions.beside_animals import is_beside_animals, names_animal
from cocopfs.captions.compounds import makes_animal, makes_sign, makes_thing
from cocopfs.captions.depiction import is_depicted
from cocopfs.captions.phrase import ends, has_s, phrase_start
from cocopfs.captions.words import Lexicon, Role, Word, next_word, two_words


class MentionKind(StrEnum):
    PERSON = "person"  # one adult who is there
    SEVERAL = "several"  # more than one, or somebody beside
    ANOTHER = "another"  # "another" alone: somebody beside, or a zebra
    MINOR = "minor"
    DEPICTED = "depicted"  # a statue, somebody on TV
    AMBIGUOUS = "ambiguous"  # perhaps no person: "a pitcher", "a zebra and its mother"
    OWNER = "owner"  # "somebody's house": perhaps not there
    UNSURE = "unsure"  # a person, but where the phrase begins or ends is not sure
    ABSENT = "absent"  # "without a passenger"; behind the camera


@dataclass(frozen=True, slots=True)
class Mention:
    """The words from `first` to `head` of the caption's words."""

    kind: MentionKind
    first: int
    head: int


def find_mentions(words: list[Word], lexicon: Lexicon) -> list[Mention]:
    """The mentions from left to right; they do not overlap. Compounds count by their last noun: "a
    passenger train" is no mention, "a woman tennis player" is one."""
    found: list[Mention] = []
    free = len(words)
    sign = -1
    for head in range(len(words) - 1, -1, -1):
        if head >= free:
            continue  # "woman" of "a woman tennis player"
        role = lexicon.roles.get(words[head].noun)
        if role is None:
            continue
        if makes_sign(words, head, lexicon):
            sign = head
        elif sign == head + 2 and words[head + 1].text in ("and", "or"):
            continue  # "man" of "a man and woman restroom sign"
        mention = _judge(role, words, head, lexicon)
        if mention is not None:
            found.append(mention)
            free = mention.first
    return found[::-1]


def _judge(role: Role, words: list[Word], head: int, lexicon: Lexicon) -> Mention | None:
    if makes_animal(words, head, lexicon) or two_words(words, head) in lexicon.not_persons:
        return None
    if role is Role.ONE:
        return _one(words, head, lexicon)
    kind: MentionKind | None = MentionKind.SEVERAL
    if role is Role.MINOR:
        kind = MentionKind.MINOR
    elif role is Role.ANOTHER:
        kind = MentionKind.ANOTHER if _stands_alone(words, head, lexicon) else None
    elif role is Role.COLLECTIVE:
        kind = kind if _is_of_people(words, head, lexicon) else None
    elif makes_thing(words, head, lexicon) or _is_class(words[head], lexicon):
        kind = None
    elif words[head].noun in lexicon.ambiguous:
        people = _decide(words, head, lexicon)
        kind = MentionKind.AMBIGUOUS if people is None else kind if people else None
    return None if kind is None else Mention(kind, head, head)


def _one(words: list[Word], head: int, lexicon: Lexicon) -> Mention | None:
    noun = words[head].noun
    if makes_thing(words, head, lexicon):
        return None
    ending = ends(words, head, lexicon)
    doubtful = False
    if noun in lexicon.ambiguous:
        decided = _decide(words, head, lexicon)
        if decided is False or (decided is None and not ending):
            return None
        doubtful = decided is None
    first = phrase_start(words, head, lexicon)
    start = head if first is None else first
    kind = MentionKind.PERSON
    if is_depicted(words, start, head, lexicon):
        kind = MentionKind.DEPICTED
    elif doubtful:
        kind = MentionKind.AMBIGUOUS
    elif not ending:
        if noun in lexicon.describing:
            return None
        kind = MentionKind.UNSURE
    elif _is_absent(words, start, head, lexicon):
        kind = MentionKind.ABSENT
    elif _is_counted(words, start, head, lexicon):
        kind = MentionKind.SEVERAL
    elif first is None:
        kind = MentionKind.UNSURE
    elif _may_be_animal(words, start, head, lexicon):
        kind = MentionKind.AMBIGUOUS
    elif _owns_only(words, head, lexicon):
        kind = MentionKind.OWNER
    return Mention(kind, start, head)


def _is_counted(words: list[Word], first: int, head: int, lexicon: Lexicon) -> bool:
    """ "The other man", "two young woman"."""
    if any(word.text in lexicon.another for word in words[first:head]):
        return True
    for index in range(head, max(head - 3, 0), -1):
        if not words[index].joined or words[index - 1].text in lexicon.determiners:
            return False
        if words[index - 1].text in lexicon.numbers:
            return True
    return False


def _may_be_animal(words: list[Word], first: int, head: int, lexicon: Lexicon) -> bool:
    """ "A zebra and its mother", not "a mother riding a horse"."""
    return (
        words[head].noun in lexicon.of_animals
        and any(names_animal(words, index, lexicon) for index in range(len(words)))
        and not is_beside_animals(words, first, head, lexicon)
    )


def _owns_only(words: list[Word], head: int, lexicon: Lexicon) -> bool:
    """ "Somebody's house", "a chef's hat"."""
    if not words[head].ending:
        return False
    trade = words[head].noun in lexicon.trades
    return any(
        word.noun in lexicon.belongings or (trade and word.noun in lexicon.trade_things)
        for word in words[head + 1 : head + 3]
    )


def _decide(words: list[Word], head: int, lexicon: Lexicon) -> bool | None:
    """Whether an ambiguous noun means a person; None if the caption does not tell. A noun without
    words that make it a person is one unless told."""
    context = lexicon.ambiguous[words[head].noun]
    if _text_before(words, head, lexicon) in context.thing_after:
        return False
    beside = []
    after = next_word(words, head)
    if after is not None:
        beside.append(after.text)
    if head and words[head].joined:
        beside.append(words[head - 1].text)
    if any(text in context.thing_beside for text in beside):
        return False
    if any(text in context.person_beside for text in beside):
        return True
    texts = [word.text for index, word in enumerate(words) if index != head]
    person = any(text in context.person for text in texts)
    thing = any(text in context.thing for text in texts)
    if not context.person_beside:
        return not thing
    return None if person == thing else person


def _text_before(words: list[Word], head: int, lexicon: Lexicon) -> str | None:
    """The word before a noun with its articles and adjectives: "in" of "in an old diner"."""
    index = head
    while index and words[index].joined:
        index -= 1
        text = words[index].text
        pair = text == "and" and words[index + 1].text in lexicon.adjectives
        if not pair and text not in lexicon.determiners and text not in lexicon.adjectives:
            return text
    return None


def _is_absent(words: list[Word], first: int, head: int, lexicon: Lexicon) -> bool:
    """ "No passenger", "without a man", "looks at the photographer"."""
    if words[first].text in lexicon.negations:
        return True
    if first == 0:
        return False
    before = words[first - 1].text
    return before in lexicon.negations or bool(
        not words[head].ending
        and lexicon.behind_camera & {words[head].noun, two_words(words, head)}
        and before in ("at", "to", "toward", "towards", "for")
    )


def _stands_alone(words: list[Word], index: int, lexicon: Lexicon) -> bool:
    """ "Another looks on", not "another zebra"."""
    after = next_word(words, index)
    return words[index].text == "another" and (
        after is None
        or after.text in lexicon.after
        or after.text.endswith("ing")
        or (has_s(after) and after.noun not in lexicon.animals)
    )


def _is_class(word: Word, lexicon: Lexicon) -> bool:
    """ "The men's room"."""
    return bool(word.ending) and word.noun in lexicon.classes


def _is_of_people(words: list[Word], head: int, lexicon: Lexicon) -> bool:
    """ "A crowd", "a group of skiers", not "a couple of dogs", "a family room"."""
    after = next_word(words, head)
    if after is not None and after.text == "of":
        return _begins_with_people(words, head + 2, lexicon)
    crowds = after is not None and after.text in lexicon.determiners  # "cars crowd the street"
    alone = words[head].noun in lexicon.alone
    return alone and not crowds and not makes_thing(words, head, lexicon)


def _begins_with_people(words: list[Word], first: int, lexicon: Lexicon) -> bool:
    """Whether the first noun is one of people: "three young skiers in a row", "them"."""
    for index in range(first, min(first + 5, len(words))):
        word = words[index]
        if word.text in lexicon.numbers and next_word(words, index) is not None:
            continue
        if word.noun in lexicon.roles and not makes_animal(words, index, lexicon):
            thing = makes_thing(words, index, lexicon) or _is_class(word, lexicon)
            return word.joined and not thing
        if not word.joined or word.text in lexicon.after or word.noun in lexicon.animals:
            return index == first and word.text in lexicon.function_words
    return False
