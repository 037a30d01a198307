"""All contexts, by name."""

from __future__ import annotations

from collections.abc import Mapping

from cocopfs.world import contexts_animals, contexts_home, contexts_sport, contexts_table
from cocopfs.world import contexts_travel
from cocopfs.world.stage import Context

CONTEXTS: Mapping[str, Context] = {
    context.name: context
    for context in (
        *contexts_sport.CONTEXTS,
        *contexts_animals.CONTEXTS,
        *contexts_table.CONTEXTS,
        *contexts_travel.CONTEXTS,
        *contexts_home.CONTEXTS,
    )
}
