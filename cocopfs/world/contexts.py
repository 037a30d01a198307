"""All contexts, by name."""

from __future__ import annotations

from collections.abc import Mapping

from cocopfs.world import (
    contexts_animals,
    contexts_boards,
    contexts_home,
    contexts_riding,
    contexts_snacks,
    contexts_sport,
    contexts_street,
    contexts_table,
    contexts_travel,
)
from cocopfs.world.stage import Context

CONTEXTS: Mapping[str, Context] = {
    context.name: context
    for part in (
        contexts_animals,
        contexts_boards,
        contexts_home,
        contexts_riding,
        contexts_snacks,
        contexts_sport,
        contexts_street,
        contexts_table,
        contexts_travel,
    )
    for context in part.CONTEXTS
}
