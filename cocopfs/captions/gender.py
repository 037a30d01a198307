"""Which gender a photo's captions give to its person."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from cocopfs.captions.template import CaptionTemplate
from cocopfs.records import Caption, Gender


def told_gender(captions: Iterable[Caption], template: CaptionTemplate) -> Gender | None:
    """The gender on which all captions agree that tell one; null where none does or they differ.

    A caption tells a gender by the template's words, whole and in any case, also possessive. Five
    people wrote the captions, and they saw the whole photo; a network sees one small face.
    """
    told = {
        gender
        for caption in captions
        for gender in (Gender.FEMALE, Gender.MALE)
        if _pattern(template.female if gender is Gender.FEMALE else template.male).search(
            caption.text
        )
    }
    return told.pop() if len(told) == 1 else None


@lru_cache(maxsize=8)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    listed = "|".join(re.escape(word) for word in words)
    return re.compile(rf"(?<![\w-])(?:{listed})(?:['’]s)?(?![\w-])", re.IGNORECASE)
