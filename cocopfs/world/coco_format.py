"""Annotation files as COCO writes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

LICENCES: Sequence[Mapping[str, Any]] = tuple(
    {"url": url, "id": number, "name": name}
    for number, (url, name) in enumerate(
        (
            (
                "http://creativecommons.org/licenses/by-nc-sa/2.0/",
                "Attribution-NonCommercial-ShareAlike License",
            ),
            ("http://creativecommons.org/licenses/by-nc/2.0/", "Attribution-NonCommercial License"),
            (
                "http://creativecommons.org/licenses/by-nc-nd/2.0/",
                "Attribution-NonCommercial-NoDerivs License",
            ),
            ("http://creativecommons.org/licenses/by/2.0/", "Attribution License"),
            (
                "http://creativecommons.org/licenses/by-sa/2.0/",
                "Attribution-ShareAlike License",
            ),
            ("http://creativecommons.org/licenses/by-nd/2.0/", "Attribution-NoDerivs License"),
            ("http://flickr.com/commons/usage/", "No known copyright restrictions"),
            ("http://www.usa.gov/copyright.shtml", "United States Government Work"),
        ),
        start=1,
    )
)
NO_DERIVATIVES = (3, 6)

_SUPERCATEGORIES = {
    "person": "1 person",
    "vehicle": "2 bicycle|3 car|4 motorcycle|5 airplane|6 bus|7 train|8 truck|9 boat",
    "outdoor": "10 traffic light|11 fire hydrant|13 stop sign|14 parking meter|15 bench",
    "animal": "16 bird|17 cat|18 dog|19 horse|20 sheep|21 cow|22 elephant|23 bear|24 zebra"
    "|25 giraffe",
    "accessory": "27 backpack|28 umbrella|31 handbag|32 tie|33 suitcase",
    "sports": "34 frisbee|35 skis|36 snowboard|37 sports ball|38 kite|39 baseball bat"
    "|40 baseball glove|41 skateboard|42 surfboard|43 tennis racket",
    "kitchen": "44 bottle|46 wine glass|47 cup|48 fork|49 knife|50 spoon|51 bowl",
    "food": "52 banana|53 apple|54 sandwich|55 orange|56 broccoli|57 carrot|58 hot dog|59 pizza"
    "|60 donut|61 cake",
    "furniture": "62 chair|63 couch|64 potted plant|65 bed|67 dining table|70 toilet",
    "electronic": "72 tv|73 laptop|74 mouse|75 remote|76 keyboard|77 cell phone",
    "appliance": "78 microwave|79 oven|80 toaster|81 sink|82 refrigerator",
    "indoor": "84 book|85 clock|86 vase|87 scissors|88 teddy bear|89 hair drier|90 toothbrush",
}
CATEGORIES: Sequence[Mapping[str, Any]] = tuple(
    {"supercategory": group, "id": int(number), "name": name}
    for group, members in _SUPERCATEGORIES.items()
    for number, name in (member.split(" ", 1) for member in members.split("|"))
)
CATEGORY_IDS: Mapping[str, int] = {entry["name"]: entry["id"] for entry in CATEGORIES}


def instances_file(
    images: Sequence[Mapping[str, Any]], annotations: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    return {**_head(images), "annotations": annotations, "categories": CATEGORIES}


def captions_file(
    images: Sequence[Mapping[str, Any]], annotations: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    return {**_head(images), "annotations": annotations}


def _head(images: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    info = {
        "description": "The drawn world of cocopfs, in COCO's format",
        "url": "https://cocodataset.org/#format-data",
        "version": "1.0",
        "year": 2026,
        "contributor": "cocopfs",
        "date_created": "2026/01/01",
    }
    return {"info": info, "licenses": LICENCES, "images": images}


def run_lengths(mask: NDArray[np.bool_]) -> dict[str, Any]:
    """COCO's uncompressed RLE: lengths of runs down the columns, beginning with the zeros."""
    flat = np.concatenate([[False], mask.ravel(order="F"), [False]])
    changes = np.flatnonzero(flat[1:] != flat[:-1])
    edges = np.concatenate([[0], changes, [mask.size]]) if mask.size else np.array([0])
    counts = np.diff(edges)
    if len(counts) > 1 and counts[-1] == 0:
        counts = counts[:-1]
    return {"counts": [int(count) for count in counts], "size": list(mask.shape)}
