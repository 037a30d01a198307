"""What a dataset's cards say in sentences, chosen by what the manifest tells of it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec
import yaml

from cocopfs import resources
from cocopfs.sources.origin import COCO, VGGFACE2


class _Statement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    text: str
    when: frozenset[str] = frozenset()


TAGS = frozenset(
    {
        *("inswapper", "blend"),
        *("real-photographs", "invented-photographs", "real-portraits", "invented-portraits"),
        *("coco", "vggface2"),
        *("real-names", "pseudonym", "embeddings"),
    }
)


def statements(facts: Mapping[str, Any]) -> dict[str, list[str]]:
    """The sentences under limits, biases, personal, intended and forbidden.

    facts: a manifest. They are our own texts, with Markdown in them.
    """
    holding = tags(facts)
    return {
        heading: [" ".join(each.text.split()) for each in found if each.when <= holding]
        for heading, found in _all().items()
    }


def tags(facts: Mapping[str, Any]) -> frozenset[str]:
    """What holds of a dataset, of TAGS."""
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
    if recipe["publish"]["embeddings"] != "none":
        found.add("embeddings")
    return frozenset(found)


@cache
def _all() -> dict[str, list[_Statement]]:
    text = (resources.TEMPLATES / "card" / "statements.yaml").read_text("utf-8")
    return msgspec.convert(yaml.safe_load(text), dict[str, list[_Statement]])
