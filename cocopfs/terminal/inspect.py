"""What `cocopfs inspect` says."""

from __future__ import annotations

from pathlib import Path

from cocopfs.publish.inspect import Found
from cocopfs.publish.mark import DIGITAL_SOURCE_TYPE, Mark
from cocopfs.terminal.text import plain


def inspection(
    picture: Path, mark: Mark | None, dataset: Path | None, found: Found | None
) -> list[str]:
    name = plain(str(picture))
    if mark is None:
        return [
            f"{name} carries no mark of cocopfs. That proves nothing: whoever saves a picture anew "
            "may lose it."
        ]
    lines = [
        f"{name} says that its face was swapped:",
        f"  kind    {DIGITAL_SOURCE_TYPE.rsplit('/', 1)[-1]} (IPTC)",
        f"  tool    {plain(mark.tool)}",
        f"  sample  {mark.sample}",
    ]
    if dataset is None:
        return [*lines, "next: --dataset DIR finds its row"]
    if found is None:
        return [*lines, f"No row of {plain(str(dataset))} has this mark."]
    row = found.row
    told = {
        "row": f"{row.sample_id}, {row.split}",
        "identity": f"{row.identity}, {row.name}",
        "photo": f"{row.file_name}, {row.coco_url}",
        "owner": row.flickr_url,
        "licence": f"{row.licence_name}, {row.licence_url}",
        "caption": row.captions_in_place[0] if row.captions_in_place else "",
        "file": str(found.likeness),
    }
    return [*lines, *(f"  {key:<9}{plain(value)}" for key, value in told.items() if value)]
