"""The rules by which the dataset's authors wrote names into captions, with their mistakes.

Their code drew at random and its draws are lost; here hash(seed, caption id) draws.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from cocopfs.captions.draw import draw
from cocopfs.captions.template import CaptionTemplate, Reference
from cocopfs.records import Caption, CaptionForm

Styles = tuple[tuple[str, ...], tuple[str, ...], CaptionForm]


def write_by_reference(
    caption: Caption, names: tuple[str, ...], template: CaptionTemplate, seed: int
) -> Styles:
    """A caption in place and in parentheses, each with every one of the names.

    Exactly one of the keywords must be there as a whole word, and the caption must have exactly two
    pieces beside that keyword's letters, wherever these are: "A man in a Manchester shirt" has
    three. Else a prefix template is drawn.
    """
    rules = template.reference
    if rules is None:
        raise ValueError("the template has no reference rules")
    text = unicodedata.normalize("NFC", caption.text)

    def styled(sentences: tuple[str, ...], purpose: str, fields: dict[str, str]) -> tuple[str, ...]:
        sentence = draw(sentences, f"reference {purpose}", seed, caption.caption_id)
        return tuple(_corrected(_filled(sentence, fields | {"name": name}), name) for name in names)

    fields = _pieces(text, rules)
    if fields is None:
        prefixed = styled(template.prefixes, "prefix", {"caption": text})
        return prefixed, prefixed, CaptionForm.PREFIX
    return (
        styled(rules.in_place, "in place", fields),
        styled(rules.in_parentheses, "in parentheses", fields),
        CaptionForm.IN_PLACE,
    )


def keyword_of(caption: Caption, rules: Reference) -> str | None:
    """The keyword whose place the name takes, as written; None for a prefix."""
    pieces = _pieces(unicodedata.normalize("NFC", caption.text), rules)
    return None if pieces is None else pieces["keyword"]


def keywords_in(caption: Caption, rules: Reference) -> list[str]:
    """All keywords that are there as whole words, as written, from left to right."""
    whole, _ = _patterns(rules.keywords)
    return [found[0] for found in whole.finditer(unicodedata.normalize("NFC", caption.text))]


def _pieces(text: str, rules: Reference) -> dict[str, str] | None:
    whole, keywords = _patterns(rules.keywords)
    found = {match[0].lower() for match in whole.finditer(text)}
    if len(found) != 1:
        return None
    keyword = found.pop()
    pieces = keywords[keyword].split(text)
    if len(pieces) != 2:
        return None
    left, right = pieces
    written = text[len(left) : len(text) - len(right)]
    return {"left": left.strip(), "keyword": written, "right": right.strip()}


def _filled(sentence: str, fields: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda place: fields[place[1]], sentence)


def _corrected(text: str, name: str) -> str:
    """No article before the name, and a blank after a comma."""
    for article in (" an ", "An ", " a ", "A "):
        kept = " " if article.startswith(" ") else ""
        text = text.replace(f"{article}{name}", f"{kept}{name}")
    return re.sub(r",(?=[^\s\d])", ", ", text)


@lru_cache(maxsize=8)
def _patterns(keywords: tuple[str, ...]) -> tuple[re.Pattern[str], dict[str, re.Pattern[str]]]:
    listed = "|".join(map(re.escape, keywords))
    letters = {word: re.compile(re.escape(word), re.IGNORECASE) for word in keywords}
    return re.compile(rf"\b(?:{listed})\b", re.IGNORECASE), letters
