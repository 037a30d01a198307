"""A small dataset of three clean splits with captions, made without any network but the drawn
world's recogniser, for tests of the baseline."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import cocopfs
from cocopfs.audit.contact_sheet import published_files
from cocopfs.engine.store import read_rows, write_table
from cocopfs.faces.pack import Role, open_pack
from cocopfs.records import Identity, pack_vector
from tests.audit.synthetic import jpeg, picture, write_manifest, write_synthetic

SPLITS = ("train", "validation", "test")
_PLACES = ("a dog", "a cat", "a cake", "a glass", "a wave", "the beach")
_WIDTH = 512


@dataclass(frozen=True)
class Made:
    out: Path
    coco: Path
    pack: Path


def write_made(
    folder: Path,
    photos: int = 6,
    per_photo: int = 3,
    people: int = 4,
    change: Callable[[dict[str, list[Any]]], None] | None = None,
    recipe: Mapping[str, Any] | None = None,
) -> Made:
    """photos, people: of each split; a person is in no other. change: of the columns before they
    are written. recipe: parts of the manifest's recipe, by name."""
    total = photos * len(SPLITS)
    made = write_synthetic(folder, total, per_photo, people * len(SPLITS))
    for file in published_files(made.out):
        file.unlink()
    identities = _with_vectors(made.out)
    rows = {name: list(values) for name, values in made.rows.items()}
    _rewrite(rows, photos, per_photo, people, identities)
    if change is not None:
        change(rows)
    files = {"private/identities.parquet": len(identities)}
    for split in SPLITS:
        chosen = [n for n, own in enumerate(rows["split"]) if own == split]
        name = f"data/{split}-00000-of-00001.parquet"
        table = {key: [values[n] for n in chosen] for key, values in rows.items()}
        pq.write_table(pa.table(table), made.out / name)
        files[name] = len(chosen)
    write_manifest(made.out, files, total, total * per_photo, len(identities))
    pack = Path(cocopfs.__file__).parent / "world" / "pack"
    manifest = json.loads((made.out / "manifest.json").read_text())
    digest = open_pack(pack, [Role.RECOGNISER]).digest_of(Role.RECOGNISER)
    manifest["pack"]["files"]["recogniser"]["sha256"] = digest
    manifest["recipe"] |= {"name": "coco-pfs", **(recipe or {})}
    (made.out / "manifest.json").write_text(json.dumps(manifest))
    run = [{"coco": str(made.coco), "vggface2": str(made.gallery), "pack": str(pack)}]
    (made.out / "run.json").write_text(json.dumps(run))
    (made.out / "work").mkdir(exist_ok=True)
    return Made(made.out, made.coco, pack)


def _with_vectors(out: Path) -> list[Identity]:
    """The gallery, with embeddings as long as the recogniser's."""
    random = np.random.default_rng(5)

    def seen(portrait: Any) -> Any:
        vector = random.normal(size=_WIDTH)
        packed = pack_vector(vector / np.linalg.norm(vector))
        return replace(portrait, embedding=packed)

    path = out / "private" / "identities.parquet"
    found = [
        replace(
            person,
            sources=tuple(seen(portrait) for portrait in person.sources),
            reference=seen(person.reference),
        )
        for person in read_rows(path, Identity)
    ]
    with path.open("wb") as file:
        write_table(file, Identity, found)
    return found


def _rewrite(
    rows: dict[str, list[Any]], photos: int, per_photo: int, people: int, gallery: list[Identity]
) -> None:
    for number in range(len(rows["split"])):
        photo, place = divmod(number, per_photo)
        split = photo // photos
        person = gallery[split * people + (photo + place) % people]
        plain = f"a man with {_PLACES[photo % photos % len(_PLACES)]} and {photo % photos}"
        rows["split"][number] = SPLITS[split]
        rows["sample_id"][number] = f"{photo}_{person.class_id}"
        rows["identity"][number] = person.class_id
        rows["name"][number] = person.name
        rows["gender"][number] = person.gender
        rows["ethnicity"][number] = person.ethnicity
        rows["source_portrait"][number] = person.sources[0].portrait_id
        rows["reference_portrait"][number] = person.reference.portrait_id
        in_place = plain.replace("a man", person.name)
        for name, text in (
            ("captions", plain),
            ("captions_in_place", in_place),
            ("captions_in_place_tok", plain.replace("a man", "[TOK]")),
        ):
            rows.setdefault(name, []).append([text, f"{text}, smiling"])
        pixels = {"bytes": jpeg(picture(number, swapped=True)), "path": f"{number}.jpg"}
        rows.setdefault("image", []).append(pixels)
