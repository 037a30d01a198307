"""Numbers as the page and the terminal write them."""

from __future__ import annotations

import numpy as np

from cocopfs.audit.bootstrap import Interval
from cocopfs.audit.examine import Audit
from cocopfs.audit.figures import describe

UNKNOWN = "–"


def with_interval(found: Interval | None, decimals: int = 2, *, share: bool = False) -> str:
    """A mean, with its interval in brackets where there is one."""
    if found is None:
        return UNKNOWN
    return bounded(found.mean, found.low, found.high, decimals, share=share)


def bounded(
    value: float | None,
    low: float | None,
    high: float | None,
    decimals: int = 2,
    *,
    share: bool = False,
) -> str:
    """A value, with the ends of its interval in brackets where they are known."""

    def one(part: float) -> str:
        return percent(part) if share else number(part, decimals)

    if value is None or low is None or high is None:
        return UNKNOWN if value is None else one(value)
    return f"{one(value)} [{one(low)}, {one(high)}]"


def limit_of(audit: Audit, name: str) -> str:
    """What the gate asks of a figure; empty where it asks nothing."""
    figure, limit = describe(name), audit.figures[name].limit
    if name == "similarity":
        known = [value for value in audit.thresholds.values() if value is not None]
        if not known:
            return "no threshold" if audit.thresholds else ""
        ends = dict.fromkeys(number(end, 2) for end in (min(known), max(known)))
        return f"per group {'–'.join(ends)}"
    if name == "redetected":
        asked = audit.dataset.manifest.recipe.get("judge", {}).get("require_redetection")
        return "required" if asked else ""
    return "" if limit is None else f"{'min' if figure.bad == 'low' else 'max'} {limit:g}"


def number(value: float | None, decimals: int = 3) -> str:
    return UNKNOWN if value is None or np.isnan(value) else f"{value:.{decimals}f}"


def percent(value: float | None) -> str:
    return UNKNOWN if value is None or np.isnan(value) else f"{value:.1%}"


def shown(name: str, value: float | None) -> str:
    """A figure's value for people, with its unit."""
    figure = describe(name)
    if value is None or np.isnan(value):
        return UNKNOWN
    if figure.flag:
        return "yes" if value else "no"
    unit = figure.unit if figure.unit in ("", "°", "×") else f" {figure.unit}"
    return f"{number(value, figure.decimals)}{unit}"
