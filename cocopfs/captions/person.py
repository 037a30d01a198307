"""Finding the one person whom a caption is about, or why there is none."""

from __future__ import annotations

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
    kinds = {mention.kind for mention in mentions}
    people = [mention for mention in mentions if mention.kind is MentionKind.PERSON]
    if MentionKind.MINOR in kinds:
        return PrefixReason.MINOR
    if MentionKind.SEVERAL in kinds or (people and MentionKind.ANOTHER in kinds):
        return PrefixReason.SEVERAL_PEOPLE
    unclear = [
        reason
        for kind, reason in (
            (MentionKind.UNSURE, PrefixReason.UNSURE),
            (MentionKind.AMBIGUOUS, PrefixReason.AMBIGUOUS),
        )
        if kind in kinds
    ]
    if len(people) > 1 or (people and MentionKind.UNSURE in kinds):
        choice = None if unclear else _of_gender(people, words, lexicon, gender)
        return choice or PrefixReason.SEVERAL_PEOPLE
    if people:
        return unclear[0] if unclear else people[0]
    depicted = [mention for mention in mentions if mention.kind is MentionKind.DEPICTED]
    if depicted:
        return PrefixReason.SEVERAL_PEOPLE if len(depicted) > 1 else PrefixReason.DEPICTED
    if unclear:
        return unclear[0]
    return PrefixReason.AMBIGUOUS if MentionKind.OWNER in kinds else PrefixReason.NO_PERSON


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
    return len(between) > 1 and between[-1] in ("as", "like") and between[-2] in lexicon.disguises


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
