"""`croissant.json`: the dataset for machines, in MLCommons' Croissant format with its RAI fields.

Croissant 1.0 (mlcommons.org/croissant) describes files and records, its RAI vocabulary how the data
came about and what it may be used for. There is no `datePublished`: at a build nobody knows when
its dataset will be published, and the time of a clock would make other bytes of the same dataset.
The day of a removal is part of the dataset, and stands as `dateModified`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import pyarrow as pa

from cocopfs.publish.card import column_descriptions
from cocopfs.publish.citation import PAPER
from cocopfs.publish.front_matter import free_licence, ingredients, title
from cocopfs.publish.parquet import published_schema
from cocopfs.publish.statements import statements

_PARQUET = "application/x-parquet"
_ROWS = "rows"


def render_croissant(facts: Mapping[str, Any], files: Mapping[str, Mapping[str, Any]]) -> str:
    """As JSON-LD, sorted and indented.

    facts: a manifest, see `card.Manifest`. files: the published files by path, with `sha256` and
    `bytes`.
    """
    data = msgspec.json.encode(_describe(facts, files), order="deterministic")
    return msgspec.json.format(data, indent=2).decode() + "\n"


def _describe(facts: Mapping[str, Any], files: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    says = {
        heading: [line.replace("`", "") for line in lines]
        for heading, lines in statements(facts).items()
    }
    parts = ingredients(facts)
    free = free_licence(facts)
    rows = sum(split["rows"] for split in facts["splits"].values())
    described: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": [
            "http://mlcommons.org/croissant/1.0",
            "http://mlcommons.org/croissant/RAI/1.0",
        ],
        "name": title(facts),
        "description": (
            f"{rows} pictures in which the face of the one person was swapped for that of somebody "
            "else, with captions that carry the other person's name, for identity-aware "
            "cross-modal retrieval."
        ),
        "version": f"{facts['dataset_version']}.0.0+{facts['recipe_digest'][:12]}",
        **({"dateModified": facts["changes"][-1]["date"]} if facts["changes"] else {}),
        "license": free or [f"{part['what']}: {part['licence']}" for part in parts],
        "citeAs": " ".join(PAPER.split()),
        "inLanguage": "en",
        "keywords": ["image-text retrieval", "identity-aware retrieval", "face swap", "synthetic"],
        "isLiveDataset": False,
        "rai:dataCollection": (
            f"Photographs and captions of {parts[0]['name']}, identities and portraits of "
            f"{parts[1]['name']}; photographs with one person and one usable face were taken by "
            "rule and network, as the recipe in manifest.json says."
        ),
        "rai:dataCollectionType": ["Secondary Data Analysis", "Software Collection", "Synthetic"],
        "rai:dataCollectionMissingData": (
            "Every photograph, identity and swap that was left out stands in rejections.parquet "
            "with its reason. A figure that could not be measured is null."
        ),
        "rai:dataManipulationProtocol": (
            f"The face was swapped by {facts['recipe']['swap']['swapper']} with the networks of "
            f"the pack {facts['pack']['name']}; swaps that fail the recipe's limits were left out."
        ),
        "rai:dataAnnotationProtocol": (
            "Boxes, landmarks, gender, ethnicity and figures are the networks'; captions are the "
            "photographs' own, with the name written in by rule. No person annotated anything."
        ),
        "rai:machineAnnotationTools": [f"cocopfs {facts['cocopfs']}"],
        "rai:dataLimitations": says["limits"],
        "rai:dataBiases": says["biases"],
        "rai:personalSensitiveInformation": says["personal"],
        "rai:dataUseCases": says["intended"],
        "rai:dataSocialImpact": "Forbidden: " + " ".join(says["forbidden"]),
        "rai:dataReleaseMaintenancePlan": _maintenance(facts["recipe"]["publish"]["contact"]),
        "distribution": [_file(path, entry) for path, entry in sorted(files.items())],
    }
    if rows:
        described["distribution"].append(
            {
                "@type": "cr:FileSet",
                "@id": _ROWS,
                "name": _ROWS,
                "encodingFormat": _PARQUET,
                "includes": "data/*.parquet",
            }
        )
        described["recordSet"] = [_samples()]
    return described


def _maintenance(contact: str | None) -> str:
    whom = f"Write to {contact}." if contact else "Ask whoever published it."
    return (
        "Anybody who is shown or named, and anybody who holds rights in a photograph, may ask for "
        f"removal. {whom} Removals and corrections come as a new version with another manifest."
    )


def _file(path: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": path,
        "name": path,
        "contentUrl": path,
        "contentSize": f"{entry['bytes']} B",
        "encodingFormat": _PARQUET,
        "sha256": entry["sha256"],
    }


def _samples() -> dict[str, Any]:
    meanings = column_descriptions()
    return {
        "@type": "cr:RecordSet",
        "@id": "samples",
        "name": "samples",
        "description": "The published rows, one for each swapped picture.",
        "key": {"@id": "samples/sample_id"},
        "field": [_field(field, meanings[field.name]) for field in published_schema()],
    }


def _field(field: pa.Field, meaning: str) -> dict[str, Any]:
    source: dict[str, Any] = {"fileSet": {"@id": _ROWS}, "extract": {"column": field.name}}
    kind = field.type
    described: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": f"samples/{field.name}",
        "name": field.name,
        "description": meaning,
        "source": source,
    }
    if pa.types.is_struct(kind):
        source["transform"] = {"jsonPath": "bytes"}
        return {**described, "dataType": "sc:ImageObject"}
    if pa.types.is_list(kind):
        described["repeated"] = True
        kind = kind.value_type
    return {**described, "dataType": _DATA_TYPES[kind]}


_DATA_TYPES = {
    pa.string(): "sc:Text",
    pa.int64(): "sc:Integer",
    pa.float64(): "sc:Float",
    pa.float32(): "sc:Float",
    pa.bool_(): "sc:Boolean",
}

# The context that the specification asks to be repeated in every file.
_TERMS = (
    *("citeAs", "column", "equivalentProperty", "extract", "field", "fileProperty", "fileObject"),
    *("fileSet", "format", "includes", "isLiveDataset", "jsonPath", "key", "md5", "parentField"),
    *("path", "recordSet", "references", "regex", "repeated", "replace", "samplingRate"),
    *("separator", "source", "subField", "transform"),
)
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    **{term: f"cr:{term}" for term in _TERMS},
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
}
