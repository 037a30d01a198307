"""Finding the one person whom a caption is about, or why there is none."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from cocopfs.captions.mentions import Mention, MentionKind, find_mentions
from cocopfs.captions.template import CaptionTemplate
from cocopfs.captions.words import Lexicon, Word, lexicon_of, split
from cocopfs.records import Gender, PrefixReason


@dataclass(frozen=True, slots=True)
class NounPhrase:
    """Places in a caption: the phrase is text[start:end] (determiner, modifiers, noun, and the
    possessive ending if it has one); `ending` is that ending ("'s") or nothing."""

    start: int
    end: int
    ending: str


@dataclass(frozen=True, slots=True)
class Found:
    """The person's phrase, or the reason why there is none; and every mention of people."""

    phrase: NounPhrase | None
    reason: PrefixReason | None
    words: list[Word]
    mentions: list[Mention]


def find_person(text: str, template: CaptionTemplate, gender: Gender | None = None) -> Found:
    """The noun phrase of the only person whom a caption mentions.

    A name in the wrong place is worse than one in a sentence of its own, so any doubt is a reason
    for none. Two people of told and different genders, apart from each other in the caption, are
    told apart by `gender`: the photo has one person, and the identity shares that one's gender.
    text: with single blanks, see `cocopfs.captions.enrich.tidy`.
    """
    lexicon = lexicon_of(template)
    words = split(text, lexicon)
    mentions = _joined(find_mentions(words, lexicon), words, lexicon)
    chosen = _choose(mentions, words, lexicon, gender)
    if isinstance(chosen, PrefixReason):
        return Found(None, chosen, words, mentions)
    head = words[chosen.head]
    return Found(
        NounPhrase(words[chosen.first].start, head.end, head.ending), None, words, mentions
    )


def _choose(
    mentions: list[Mention], words: list[Word], lexicon: Lexicon, gender: Gender | None
) -> Mention | PrefixReason:
    count = Counter(mention.kind for mention in mentions)
    people = [mention for mention in mentions if mention.kind is MentionKind.PERSON]
    chosen: Mention | PrefixReason
    if count[MentionKind.MINOR]:
        chosen = PrefixReason.MINOR
    elif count[MentionKind.SEVERAL] or (people and count[MentionKind.ANOTHER]):
        chosen = PrefixReason.SEVERAL_PEOPLE
    elif count[MentionKind.UNSURE]:
        chosen = PrefixReason.SEVERAL_PEOPLE if people else PrefixReason.UNSURE
    elif people and count[MentionKind.AMBIGUOUS]:
        chosen = PrefixReason.AMBIGUOUS
    elif people:
        of_gender = _of_gender(people, words, lexicon, gender)
        chosen = people[0] if len(people) == 1 else of_gender or PrefixReason.SEVERAL_PEOPLE
    elif count[MentionKind.DEPICTED]:
        several = count[MentionKind.DEPICTED] > 1
        chosen = PrefixReason.SEVERAL_PEOPLE if several else PrefixReason.DEPICTED
    elif count[MentionKind.AMBIGUOUS] or count[MentionKind.OWNER]:
        chosen = PrefixReason.AMBIGUOUS
    else:
        chosen = PrefixReason.NO_PERSON
    return chosen


def _joined(mentions: list[Mention], words: list[Word], lexicon: Lexicon) -> list[Mention]:
    """Without second mentions of the same person, and with a company told as depicted together."""
    kept: list[Mention] = []
    for mention in mentions:
        if kept and mention.kind is MentionKind.PERSON:
            last = kept[-1]
            between = [word.text for word in words[last.head + 1 : mention.first]]
            if last.kind is MentionKind.DEPICTED and between in (["and"], ["with"], []):
                kept.append(Mention(MentionKind.DEPICTED, mention.first, mention.head))
                continue
            if last.kind is MentionKind.PERSON and _is_same(between, lexicon):
                continue
        kept.append(mention)
    return kept


def _is_same(between: list[str], lexicon: Lexicon) -> bool:
    """ "A man dressed as a woman", "the man is a surfer"."""
    if between in (["is"], ["was"]):
        return True
    disguised = any(word in lexicon.disguises for word in between[-3:-1])  # "dressed up as"
    return disguised and between[-1] in ("as", "like")


def _of_gender(
    people: list[Mention], words: list[Word], lexicon: Lexicon, gender: Gender | None
) -> Mention | None:
    if gender is None or len(people) != 2:
        return None
    first, second = people
    if [word.text for word in words[first.head + 1 : second.first]] in ([], ["and"], ["or"]):
        return None
    told = [_gender(mention, words, lexicon) for mention in people]
    if None in told or told[0] == told[1]:
        return None
    return people[told.index(gender)]


def _gender(mention: Mention, words: list[Word], lexicon: Lexicon) -> Gender | None:
    nouns = {word.noun for word in words[mention.first : mention.head + 1]}
    female, male = bool(nouns & lexicon.female), bool(nouns & lexicon.male)
    if female == male:
        return None
    return Gender.FEMALE if female else Gender.MALE
