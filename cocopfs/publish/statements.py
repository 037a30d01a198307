"""What a dataset's cards say in sentences, chosen by what the manifest tells of it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec
import yaml

from cocopfs import resources
from cocopfs.publish.layout import BUILT, Layout
from cocopfs.sources.origin import COCO, VGGFACE2


class _Statement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    text: str
    when: frozenset[str] = frozenset()


TAGS = frozenset(
    {
        *("inswapper", "blend"),
        *("real-photographs", "invented-photographs", "real-portraits", "invented-portraits"),
        *("coco", "vggface2"),
        *("real-names", "pseudonym", "attributes", "embeddings", "swapped-embeddings"),
    }
)


def statements(facts: Mapping[str, Any], layout: Layout = BUILT) -> dict[str, list[str]]:
    """The sentences under limits, biases, personal, intended and forbidden.

    facts: a manifest. layout: of the folder that they are told of. They are our own texts, with
    Markdown in them.
    """
    holding = tags(facts, layout)
    return {
        heading: [" ".join(each.text.split()) for each in found if each.when <= holding]
        for heading, found in _all().items()
    }


def tags(facts: Mapping[str, Any], layout: Layout = BUILT) -> frozenset[str]:
    """What holds of a dataset in that layout, of TAGS."""
    recipe, sources = facts["recipe"], facts["sources"]
    photographs, portraits = sources["coco"]["origin"], sources["gallery"]["origin"]
    found = {
        recipe["swap"]["swapper"],
        f"{photographs['people']}-photographs",
        f"{portraits['people']}-portraits",
        "pseudonym" if recipe["caption"]["names"] == "pseudonym" else "real-names",
    }
    if photographs["name"] == COCO.name:
        found.add("coco")
    if portraits["name"] == VGGFACE2.name:
        found.add("vggface2")
    if layout.format != "idclip":
        found.add("attributes")
    if layout.features == "swapped":
        found.add("swapped-embeddings")
    elif embeddings_of(facts, layout) is not None:
        found.add("embeddings")
    return frozenset(found)


def embeddings_of(facts: Mapping[str, Any], layout: Layout) -> str | None:
    """Where the folder has the reference portraits' embeddings: "inline", "separate" or "features"
    (the file that Id-CLIP reads); null where it has none."""
    published = facts["recipe"]["publish"]["embeddings"]
    if layout.features is not None:
        return "features" if layout.features == "reference" else None
    holding = {"parquet": ("inline", "separate"), "webdataset": ("inline",)}
    return published if published in holding.get(layout.format, ()) else None


@cache
def _all() -> dict[str, list[_Statement]]:
    text = (resources.TEMPLATES / "card" / "statements.yaml").read_text("utf-8")
    return msgspec.convert(yaml.safe_load(text), dict[str, list[_Statement]])
