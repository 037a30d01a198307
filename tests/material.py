"""What a build in a test is made of."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Material:
    """The raw material of a build."""

    coco: Path
    vggface2: Path
    pack: Path

    def options(self, out: Path, *more: object) -> list[object]:
        """The options of a build with `blend`."""
        return [
            "--coco",
            self.coco,
            "--vggface2",
            self.vggface2,
            "--pack",
            self.pack,
            "--out",
            out,
            "--device",
            "cpu",
            "--set",
            "swap.swapper=blend",
            *more,
        ]


def write_small(material: Material, folder: Path) -> Material:
    """A COCO of three photographs that `select` takes, and a gallery of three identities, to be
    broken or changed: annotations are copies, pictures and portraits too."""
    coco, gallery = folder / "coco", folder / "gallery"
    (coco / "annotations").mkdir(parents=True)
    (coco / "val2017").mkdir()
    wanted = {84533: "train2017", 551757: "train2017", 552775: "val2017"}
    instances: dict[str, Any] = {}
    captions: dict[str, Any] = {}
    for name in ("train2017", "val2017"):
        for kind, merged in (("instances", instances), ("captions", captions)):
            file = material.coco / "annotations" / f"{kind}_{name}.json"
            for part, content in json.loads(file.read_text()).items():
                if part in ("images", "annotations"):
                    key = "id" if part == "images" else "image_id"
                    found = [row for row in content if wanted.get(row[key]) == name]
                    merged.setdefault(part, []).extend(found)
                else:
                    merged[part] = content
    (coco / "annotations" / "instances_val2017.json").write_text(json.dumps(instances))
    (coco / "annotations" / "captions_val2017.json").write_text(json.dumps(captions))
    for photo, subset in wanted.items():
        file_name = f"{photo:012d}.jpg"
        shutil.copy(material.coco / subset / file_name, coco / "val2017" / file_name)
    for class_id in ("n000106", "n008937", "n005815"):
        shutil.copytree(material.vggface2 / "train" / class_id, gallery / "train" / class_id)
    shutil.copy(material.vggface2 / "identity_meta.csv", gallery / "identity_meta.csv")
    return Material(coco, gallery, material.pack)


def edit(path: Path, change: Callable[[Any], None]) -> None:
    """Change a JSON file's content."""
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
