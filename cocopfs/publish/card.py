"""The dataset's card: `README.md` with the metadata that the Hugging Face Hub reads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypedDict, cast

import jinja2
import pyarrow as pa
import yaml
from markupsafe import Markup, escape

from cocopfs import resources
from cocopfs.publish.parquet import published_schema

_FOLDER = resources.TEMPLATES / "card"


class Account(TypedDict):
    """How many there were, and what became of them."""

    read: int
    kept: int
    rejected: int


class SplitFacts(TypedDict):
    rows: int
    photos: int
    identities: int
    shards: int


class PackFile(TypedDict):
    sha256: str
    bytes: int
    licence: str | None


class PackFacts(TypedDict):
    name: str
    digest: str
    files: Mapping[str, PackFile]  # by role


class Figure(TypedDict):
    mean: float
    lowest: float
    highest: float


class Manifest(TypedDict):
    """What the card needs of a dataset's manifest; there may be more in it."""

    cocopfs: str
    recipe: Mapping[str, Any]  # the whole recipe
    recipe_digest: str
    pack: PackFacts
    photos: Account
    identities: Account
    splits: Mapping[str, SplitFacts]  # those that have rows
    rejections: Mapping[str, Mapping[str, int]]  # by kind of item and reason
    figures: Mapping[str, Figure]
    caption_forms: Mapping[str, int]


def render_card(manifest: Mapping[str, Any]) -> str:
    """The card of a dataset, as Markdown with YAML front matter.

    manifest: see Manifest. Whatever text it holds is shown as that text: it can neither add
    metadata nor Markdown nor HTML.
    """
    facts = cast(Manifest, manifest)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        undefined=jinja2.StrictUndefined,
        finalize=_as_markdown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("dataset.md.j2").render(
        front_matter=Markup(_front_matter(facts)), columns=_columns(), **_content(facts)
    )


def column_descriptions() -> dict[str, str]:
    """What each published column means, in Markdown, in the order of the columns."""
    text = (_FOLDER / "columns.yaml").read_text("utf-8")
    described = cast(dict[str, str], yaml.safe_load(text))
    return {field.name: described[field.name] for field in published_schema()}


# --- metadata -------------------------------------------------------------------------------------


def _front_matter(facts: Manifest) -> str:
    data: dict[str, Any] = {
        "license": "other",
        "license_name": "ingredients-own-licences-research-only",
        "pretty_name": _title(facts),
        "language": ["en"],
        # The Hub has no task "image-text retrieval"; "text-to-image" would mean generation.
        "task_categories": ["image-to-text", "image-feature-extraction"],
        "size_categories": [_size_category(_rows(facts))],
        "tags": ["image-text-retrieval", "identity-aware-retrieval", "face-swap", "synthetic"],
    }
    if facts["splits"]:
        files = [{"split": split, "path": f"data/{split}-*.parquet"} for split in facts["splits"]]
        data["configs"] = [{"config_name": "default", "data_files": files}]
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=1000)


def _size_category(rows: int) -> str:
    bounds = [("1K", 10**3), ("10K", 10**4), ("100K", 10**5), ("1M", 10**6), ("10M", 10**7)]
    lower = ""
    for name, bound in bounds:
        if rows < bound:
            return f"{lower}<n<{name}" if lower else f"n<{name}"
        lower = name
    return f"n>{lower}"


# --- content --------------------------------------------------------------------------------------


def _content(facts: Manifest) -> dict[str, Any]:
    recipe, forms = facts["recipe"], facts["caption_forms"]
    splits = facts["splits"]
    return {
        "title": _title(facts),
        "version": facts["cocopfs"],
        "rows": _rows(facts),
        "photos": sum(split["photos"] for split in splits.values()),
        "identities": sum(split["identities"] for split in splits.values()),
        "splits": [{"name": name, **split} for name, split in splits.items()],
        "read": {"photos": facts["photos"]["read"], "identities": facts["identities"]["read"]},
        "kept": {"photos": facts["photos"]["kept"], "identities": facts["identities"]["kept"]},
        "rejections": [
            {"kind": kind, "reason": reason.replace("_", " "), "count": count}
            for kind, reasons in sorted(facts["rejections"].items())
            for reason, count in sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
        ],
        "figures": [
            {"name": name, **{key: f"{value:.3f}" for key, value in figure.items()}}
            for name, figure in facts["figures"].items()
        ],
        "captions": {"all": sum(forms.values()), "in_place": forms.get("in_place", 0)}
        if forms
        else None,
        "recipe": {
            "name": recipe["name"],
            "description": recipe["description"],
            "digest": facts["recipe_digest"],
            "seed": recipe["seed"],
            "swapper": recipe["swap"]["swapper"],
            "match": " and ".join(recipe["match"]["by"]) or "nothing",
        },
        "pack": {
            "name": facts["pack"]["name"],
            "digest": facts["pack"]["digest"],
            "files": [
                {"role": role, "sha256": file["sha256"], "licence": file["licence"] or "unknown"}
                for role, file in facts["pack"]["files"].items()
            ],
        },
    }


def _columns() -> list[dict[str, str | Markup]]:
    """Our own texts: their Markdown is meant."""
    return [
        {
            "name": Markup(f"`{name}`"),
            "type": _type_name(published_schema().field(name)),
            "meaning": Markup(meaning),
        }
        for name, meaning in column_descriptions().items()
    ]


def _type_name(field: pa.Field) -> str:
    if pa.types.is_struct(field.type):
        return "image"
    if pa.types.is_list(field.type):
        return f"list of {field.type.value_type}"
    return f"{field.type} or null" if field.nullable else str(field.type)


def _title(facts: Manifest) -> str:
    return " ".join(str(facts["recipe"]["publish"]["title"]).split())


def _rows(facts: Manifest) -> int:
    return sum(split["rows"] for split in facts["splits"].values())


def _as_markdown(value: object) -> object:
    """Every value that a template prints passes here: what is not Markup is shown literally.

    Only what is active inside a line is quoted: no line of a template may begin with a value.
    """
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    line = " ".join(value.split())
    return str(escape(_ACTIVE.sub(r"\\\g<0>", line)))


# Underscores inside a word are not among it.
_ACTIVE = re.compile(r"[\\`*\[\](){}#!|~$]|(?<![^\W_])_|_(?![^\W_])")
