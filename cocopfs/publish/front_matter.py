"""The metadata at the head of a card, as the Hugging Face Hub reads it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from cocopfs.publish.layout import BUILT, Layout
from cocopfs.publish.statements import tags
from cocopfs.records import Split

_HUB_LICENCES = {"Apache-2.0": "apache-2.0", "CC BY 4.0": "cc-by-4.0", "CC0-1.0": "cc0-1.0"}


def front_matter(facts: Mapping[str, Any], layout: Layout = BUILT) -> str:
    """YAML, without the lines that enclose it.

    facts: a manifest, see `card.Manifest`. layout: of the folder; the Hub opens parquet and
    webdataset by itself.
    """
    free = free_licence(facts)
    data: dict[str, Any] = {
        **({"license": _HUB_LICENCES[free]} if free in _HUB_LICENCES else _OTHER_LICENCE),
        "pretty_name": title(facts),
        "language": ["en"],
        # The Hub has no task "image-text retrieval"; "text-to-image" would mean generation.
        "task_categories": ["image-to-text", "image-feature-extraction"],
        "size_categories": [_size_category(row_count(facts))],
        "source_datasets": _source_datasets(facts),
        "annotations_creators": ["machine-generated"],
        "tags": ["image-text-retrieval", "identity-aware-retrieval", "face-swap", "synthetic"],
    }
    if files := files_by_split(facts, layout):
        listed = [{"split": split, "path": path} for split, path in files.items()]
        data["configs"] = [{"config_name": "default", "data_files": listed}]
    if tags(facts) & {"real-photographs", "real-portraits"}:
        data |= _GATE
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=1000)


def files_by_split(facts: Mapping[str, Any], layout: Layout) -> dict[str, str]:
    """A pattern of the files of each split with rows, as `datasets` takes it; none where it has no
    reader for the format."""
    pattern = {"parquet": "data/{}-*.parquet", "webdataset": "{}-*.tar"}.get(layout.format)
    if pattern is None:
        return {}
    return {str(split): pattern.format(split) for split in ordered_splits(facts)}


def title(facts: Mapping[str, Any]) -> str:
    return " ".join(str(facts["recipe"]["publish"]["title"]).split())


def ordered_splits(facts: Mapping[str, Any]) -> list[Split]:
    """Those that have rows; a manifest that was read again has lost their order."""
    return [split for split in Split if split in facts["splits"]]


def row_count(facts: Mapping[str, Any]) -> int:
    return sum(split["rows"] for split in facts["splits"].values())


def ingredients(facts: Mapping[str, Any]) -> list[dict[str, str]]:
    """What the dataset was made of, and under which licence: `what`, `name`, `licence`."""
    photographs, portraits = (facts["sources"][source]["origin"] for source in ("coco", "gallery"))
    networks = sorted({file["licence"] or "unknown" for file in facts["pack"]["files"].values()})
    return [
        {
            "what": "photographs and captions",
            "name": photographs["name"],
            "licence": photographs["licence"],
        },
        {
            "what": "identities, names and portraits",
            "name": portraits["name"],
            "licence": portraits["licence"],
        },
        {"what": "networks", "name": facts["pack"]["name"], "licence": "; ".join(networks)},
    ]


def free_licence(facts: Mapping[str, Any]) -> str | None:
    """The one licence of a dataset in which nobody is real; None where there is no such."""
    found = {each["licence"] for each in ingredients(facts)}
    invented = {"invented-photographs", "invented-portraits"} <= tags(facts)
    return found.pop() if invented and len(found) == 1 else None


_OTHER_LICENCE = {
    "license": "other",
    "license_name": "ingredients-own-licences-research-only",
    "license_link": "LICENSES.md",
}
_GATE = {
    "extra_gated_heading": "Access to pictures with swapped faces of real people",
    "extra_gated_prompt": (
        "These pictures show real people with other people's faces. The swapped face in each of "
        "them is synthetic: nobody was where a picture shows them. By asking for access you agree "
        "to the forbidden uses and the licences on this card, and to delete what is withdrawn: "
        "pictures whose removal somebody asked for, as soon as you hear of it."
    ),
    "extra_gated_fields": {
        "Name": "text",
        "Affiliation": "text",
        "Country": "country",
        "What it is for": {
            "type": "select",
            "options": [
                "Retrieval by identity and context",
                "Biases of such retrieval",
                "Detection of swapped faces",
                {"label": "Something else", "value": "other"},
            ],
        },
        "I use it for non-commercial research only": "checkbox",
        "I pass none of the pictures off as real, and identify or harass nobody with them": (
            "checkbox"
        ),
        "I delete what is withdrawn": "checkbox",
    },
    "extra_gated_button_content": "Agree and ask for access",
}


def _source_datasets(facts: Mapping[str, Any]) -> list[str]:
    named = [f"extended|other-{name}" for name in ("coco", "vggface2") if name in tags(facts)]
    return named or ["original"]


def _size_category(rows: int) -> str:
    bounds = [("1K", 10**3), ("10K", 10**4), ("100K", 10**5), ("1M", 10**6), ("10M", 10**7)]
    lower = ""
    for name, bound in bounds:
        if rows < bound:
            return f"{lower}<n<{name}" if lower else f"n<{name}"
        lower = name
    return f"n>{lower}"
