"""`LICENSES.md`: the licence of every ingredient, to go wherever the dataset goes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cocopfs.publish.front_matter import free_licence, ingredients, title
from cocopfs.publish.markdown import render_markdown


def render_licences(facts: Mapping[str, Any]) -> str:
    """As Markdown. facts: a manifest, see `card.Manifest`."""
    sources = facts["sources"]
    return render_markdown(
        "licences.md.j2",
        title=title(facts),
        freely=free_licence(facts),
        ingredients=[
            {**each, "url": sources[source]["origin"]["url"] if source else ""}
            for each, source in zip(ingredients(facts), ("coco", "gallery", None), strict=True)
        ],
        licences=facts["licences"],
        networks=[
            {"role": role, "licence": file["licence"] or "unknown", "sha256": file["sha256"]}
            for role, file in sorted(facts["pack"]["files"].items())
        ],
    )
