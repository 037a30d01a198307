"""The dataset's card: `README.md` with the metadata that the Hugging Face Hub reads."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NotRequired, TypedDict, cast

import pyarrow as pa
import yaml
from markupsafe import Markup
from pydantic import BaseModel

from cocopfs.publish.audit_summary import AuditSummary
from cocopfs.publish.citation import PAPER
from cocopfs.publish.front_matter import (
    files_by_split,
    free_licence,
    front_matter,
    ingredients,
    ordered_splits,
    row_count,
    title,
)
from cocopfs.publish.layout import BUILT, Layout
from cocopfs.publish.markdown import CARDS, render_markdown
from cocopfs.publish.parquet import published_schema
from cocopfs.publish.redistribution import left_out
from cocopfs.publish.statements import embeddings_of, statements, tags
from cocopfs.publish.tombstones import described_changes
from cocopfs.recipe import Recipe

_PROCESS = (
    *("select", "describe", "enroll", "match", "calibrate", "swap", "judge", "caption"),
    "runtime",
)


class Manifest(TypedDict):
    """What the card needs of a dataset's manifest; there may be more in it."""

    cocopfs: str
    recipe: Mapping[str, Any]  # the whole recipe
    recipe_digest: str
    pack: Mapping[str, Any]
    sources: Mapping[str, Any]
    dataset_version: int
    changes: Sequence[Mapping[str, Any]]  # removals; see `tombstones.Change`
    photos: Mapping[str, int]  # read, kept, rejected
    identities: Mapping[str, int]
    splits: Mapping[str, Mapping[str, int]]  # those that have rows
    licences: Sequence[Mapping[str, Any]]
    rejections: Mapping[str, Mapping[str, int]]  # by kind of item and reason
    figures: Mapping[str, Mapping[str, float]]
    gate: Sequence[Mapping[str, Any]]
    thresholds: NotRequired[Sequence[Mapping[str, Any]]]  # older manifests have none
    caption_forms: Mapping[str, int]


def render_card(
    manifest: Mapping[str, Any],
    audit: AuditSummary | None = None,
    layout: Layout = BUILT,
) -> str:
    """The card of a dataset, as Markdown with YAML front matter.

    manifest: see Manifest. audit: of this dataset, see `read_audit`. layout: of the folder that the
    card is for, so that it speaks of no file that is not there. Whatever text they hold is shown as
    that text: it can neither add metadata nor Markdown nor HTML.
    """
    facts = cast(Manifest, manifest)
    return render_markdown(
        "dataset.md.j2",
        front_matter=Markup(front_matter(facts, layout)),
        layout=layout,
        warning=Markup(layout.warning) if layout.warning else None,
        columns=_columns(),
        sample_code=_sample_code(facts, layout),
        paper=Markup(PAPER),
        says={
            heading: [Markup(line) for line in lines]
            for heading, lines in statements(manifest, layout).items()
        },
        embeddings=embeddings_of(facts, layout),
        audit=audit,
        **_content(facts),
    )


def column_descriptions() -> dict[str, str]:
    """What each published column means, in Markdown, in the order of the columns."""
    text = (CARDS / "columns.yaml").read_text("utf-8")
    described = cast(dict[str, str], yaml.safe_load(text))
    return {field.name: described[field.name] for field in published_schema()}


# --- content --------------------------------------------------------------------------------------


def _content(facts: Manifest) -> dict[str, Any]:
    recipe, forms = facts["recipe"], facts["caption_forms"]
    splits, meanings = facts["splits"], column_descriptions()
    thresholds = _thresholds(facts)
    return {
        "title": title(facts),
        "version": facts["cocopfs"],
        "rows": row_count(facts),
        "photos": sum(split["photos"] for split in splits.values()),
        "identities": sum(split["identities"] for split in splits.values()),
        "invented": {"invented-photographs", "invented-portraits"} <= tags(facts),
        "freely": free_licence(facts),
        "splits": [{"name": name, **splits[name]} for name in ordered_splits(facts)],
        "read": {"photos": facts["photos"]["read"], "identities": facts["identities"]["read"]},
        "kept": {"photos": facts["photos"]["kept"], "identities": facts["identities"]["kept"]},
        "rejections": [
            {"kind": kind, "reason": reason.replace("_", " "), "count": count}
            for kind, reasons in sorted(facts["rejections"].items())
            for reason, count in sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
        ],
        "groups": [
            {
                "label": f"{group['gender'] or 'unknown'}, {group['ethnicity'] or 'unknown'}",
                "judged": group["judged"],
                "accepted": group["accepted"],
                "share": f"{group['accepted'] / group['judged']:.1%}",
                "threshold": told,
            }
            for group, told in zip(facts["gate"], thresholds, strict=True)
        ],
        "similarity_gate": _similarity_gate(thresholds),
        "min_margin": f"{recipe['judge']['min_margin']:g}",
        "max_residual": recipe["judge"].get("max_residual"),  # older recipes have none
        "far": f"{recipe['calibrate']['far']:g}",
        "figures": [
            {
                "name": _figure_name(name),
                "meaning": Markup(_figure_name(meanings.get(name, "").split(";")[0])),
                **{key: f"{value:.3f}" for key, value in figure.items()},
            }
            for name, figure in sorted(facts["figures"].items())
        ],
        "captions": {"all": sum(forms.values()), "in_place": forms.get("in_place", 0)}
        if forms
        else None,
        "pseudonymous": "pseudonym" in tags(facts),
        "dataset_version": facts["dataset_version"],
        "changes": described_changes(facts["changes"]),
        "contact": recipe["publish"]["contact"],
        "settings": _settings(recipe),
        "recipe": {
            "name": recipe["name"],
            "description": recipe["description"],
            "digest": facts["recipe_digest"],
            "seed": recipe["seed"],
            "swapper": recipe["swap"]["swapper"],
            "match": " and ".join(recipe["match"]["by"]) or "nothing",
        },
        "ingredients": ingredients(facts),
        "licences": facts["licences"],
        "left_out": left_out(facts),
        "pack": {
            "name": facts["pack"]["name"],
            "digest": facts["pack"]["digest"],
            "files": [
                {"role": role, "sha256": file["sha256"], "licence": file["licence"] or "unknown"}
                for role, file in sorted(facts["pack"]["files"].items())
            ],
        },
    }


_NONE, _NOT_NOTED = "none: too few pairs", "not noted"


def _thresholds(facts: Manifest) -> list[str]:
    """The similarity that each group of the gate had to reach, in words."""
    if "thresholds" not in facts:
        return [_NOT_NOTED] * len(facts["gate"])
    noted = {(row["gender"], row["ethnicity"]): row["threshold"] for row in facts["thresholds"]}
    found = [noted.get((group["gender"], group["ethnicity"])) for group in facts["gate"]]
    return [_NONE if threshold is None else f"{threshold:.3f}" for threshold in found]


def _similarity_gate(thresholds: Sequence[str]) -> Literal["all", "some", "none", "unknown"]:
    """Which groups' swaps had to reach a similarity."""
    if not thresholds or _NOT_NOTED in thresholds:
        return "unknown"
    if _NONE not in thresholds:
        return "all"
    return "none" if set(thresholds) == {_NONE} else "some"


def _figure_name(text: str) -> str:
    """Words for columns' names."""
    return text.replace("_", " ").replace("psnr", "PSNR").replace("ssim", "SSIM")


def _settings(recipe: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The recipe's fields with their values and what the recipe's model says of them."""
    rows = []
    for part in _PROCESS:
        model = Recipe.model_fields[part].annotation
        known = (
            model.model_fields if isinstance(model, type) and issubclass(model, BaseModel) else {}
        )
        order = list(known)
        for field, value in sorted(
            recipe[part].items(), key=lambda item: order.index(item[0]) if item[0] in known else -1
        ):
            meaning = known[field].description if field in known else None
            shown = value if isinstance(value, str) else json.dumps(value)
            if field == "template":  # may be the path of a file
                shown = Path(shown).name
            rows.append(
                {"name": Markup(f"`{part}.{field}`"), "value": shown, "meaning": meaning or ""}
                if field in known
                else {"name": f"{part}.{field}", "value": shown, "meaning": ""}
            )
    return rows


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


def _sample_code(facts: Manifest, layout: Layout) -> Markup | None:
    """Python that opens the folder it is run in; None where `datasets` has no reader for it."""
    files = files_by_split(facts, layout)
    if not files:
        return None
    listed = "".join(f"    {json.dumps(split)}: {json.dumps(files[split])},\n" for split in files)
    return Markup(
        "from datasets import load_dataset\n\n"
        f"files = {{\n{listed}}}\n"
        f'dataset = load_dataset("{layout.format}", data_files=files)\n'
        f'rows = dataset["{next(iter(files))}"]'
    )


def _type_name(field: pa.Field) -> str:
    if pa.types.is_struct(field.type):
        return "image"
    if pa.types.is_list(field.type):
        return f"list of {field.type.value_type}"
    return f"{field.type} or null" if field.nullable else str(field.type)
