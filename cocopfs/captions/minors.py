"""Whether a caption describes somebody as a minor."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from cocopfs.captions.template import CaptionTemplate


def mentions_minor(text: str, template: CaptionTemplate) -> str | None:
    """The first words of a caption that may describe a minor; None where there are none.

    They are the template's words (whole, in any case, also possessive and in a compound with a
    hyphen: "baby-faced") and ages under 18. What the words mean is not asked: "a baby elephant" and
    "a twenty-one year old" count too, since a photo too few does no harm and a swapped minor does.
    """
    found = _pattern(template.minors).search(_visible(text))
    return found[0] if found else None


def _visible(text: str) -> str:
    """Compatibility forms (full-width letters, ligatures) as plain ones; nothing invisible inside
    words."""
    plain = unicodedata.normalize("NFKC", text)
    return "".join(c for c in plain if unicodedata.category(c) != "Cf")


@lru_cache(maxsize=8)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    phrases = sorted(words, key=len, reverse=True)
    listed = "|".join(re.escape(phrase).replace(r"\ ", _GAP) for phrase in phrases)
    return re.compile(rf"(?<![^\W_])(?:{listed}|{_AGE})(?![^\W_])", re.IGNORECASE)


# --- ages -----------------------------------------------------------------------------------------

_GAP = r"[\s-]+"
_MAYBE_GAP = r"[\s-]*"
_CARDINAL = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen"
    "|seventeen"
)
_ORDINAL = (
    "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth"
    "|fourteenth|fifteenth|sixteenth|seventeenth"
)
_UNDER_18 = rf"(?:{_CARDINAL}|0?[0-9]|1[0-7])"
_YEARS = rf"(?:years?|yrs?)\.?{_MAYBE_GAP}(?:olds?|of{_GAP}age)|y\.?/?o"
_LESS = rf"(?:months?|mos?|weeks?|wks?|days?)\.?{_MAYBE_GAP}(?:olds?|of{_GAP}age)"
_AGE = "|".join(
    (
        rf"{_UNDER_18}{_MAYBE_GAP}(?:{_YEARS})",  # 8 year old, two-year-olds, 9yo
        rf"(?:{_CARDINAL}|[0-9]{{1,3}}){_MAYBE_GAP}{_LESS}",  # 18 months old
        rf"age[ds]?(?:{_GAP}(?:of|about|around))?[\s:]*{_UNDER_18}",  # aged 9, ages 5 to 7
        rf"(?:{_ORDINAL}|(?:[1-9]|1[0-7])(?:st|nd|rd|th)){_GAP}birthday",
    )
)
