"""Valid inputs, small and made up, that mutation starts from."""

from __future__ import annotations

import json

_IMAGES = [
    {
        "id": number,
        "file_name": f"{number:012d}.jpg",
        "width": 640,
        "height": 480,
        "license": 1 + number % 2,
        "coco_url": f"http://images.cocodataset.org/val2017/{number:012d}.jpg",
        "flickr_url": "http://farm1.staticflickr.com/1/1.jpg",
    }
    for number in range(1, 6)
]
_PERSON = {"id": 1, "name": "person", "supercategory": "person"}

COCO_INSTANCES = json.dumps(
    {
        "info": {"year": 2017},
        "licenses": [
            {"id": 1, "name": "Attribution License", "url": "http://creativecommons.org/by/2.0/"},
            {"id": 2, "name": "No known restrictions", "url": ""},
        ],
        "images": _IMAGES,
        "annotations": [
            {
                "id": 10 * image["id"],  # type: ignore[operator]
                "image_id": image["id"],
                "category_id": 1,
                "bbox": [10.5, 20.25, 100.0, 200.75],
                "iscrowd": 0,
                "area": 2.5,
                "segmentation": [[1.0, 2.0, 3.0]],
            }
            for image in _IMAGES
        ],
        "categories": [_PERSON, {"id": 2, "name": "bicycle", "supercategory": "vehicle"}],
    }
).encode()

COCO_CAPTIONS = json.dumps(
    {
        "annotations": [
            {
                "id": 100 * image["id"] + turn,  # type: ignore[operator]
                "image_id": image["id"],
                "caption": f"A man rides bicycle {turn} down a street.",
            }
            for image in _IMAGES
            for turn in range(5)
        ]
    }
).encode()

IDENTITY_LIST = (
    b'Class_ID, Name, Sample_Num, Flag, Gender\nn000001, "14th_Dalai_Lama", 424, 0, m\n'
    b'n000002, "Anne,_Princess_Royal", 315, 1, f\n',
    b'Class_ID, Name, Sample_Num, Flag, Gender\nn000001," ""14th_Dalai_Lama""",424,0, m\n',
    b'id,name,gender\n1,"O\'Neil, ""Tip""",male\n2,Zo\xc3\xab,female\n3,Sam,\n',
)

_SHA = "0123456789abcdef" * 4

MANIFEST_JSON = json.dumps(
    {
        "cocopfs": "0.1.0",
        "recipe": {
            "name": "trial",
            "caption": {"names": "real", "template": "natural"},
            "publish": {"title": "COCO-PFS"},
            "calibrate": {"far": 0.001},
            "judge": {"min_margin": 0.0},
            "swap": {"jpeg_quality": 95},
            "runtime": {"threads": 1},
        },
        "recipe_digest": _SHA,
        "pack": {
            "name": "small",
            "digest": _SHA,
            "files": {"detector": {"sha256": _SHA, "bytes": 12, "licence": None}},
        },
        "photos": {"read": 5, "kept": 2, "rejected": 3},
        "identities": {"read": 3, "kept": 3, "rejected": 0},
        "splits": {"train": {"rows": 2, "photos": 2, "identities": 2, "shards": 1}},
        "rejections": {"photo": {"no_face": 3}},
        "figures": {"margin": {"mean": 0.5, "lowest": 0.25, "highest": 0.75}},
        "caption_forms": {"in_place": 10},
        "prefix_reasons": {},
        "stages": {"write": {"digest": _SHA, "items": 2, "rows": 2, "rejections": 0}},
        "sources": {"coco": {"annotations": {}, "limit": None}},
        "stack": {"device": "cpu", "libraries": {"numpy": "2.1"}},
        "files": {"data/train-00000-of-00001.parquet": {"sha256": _SHA, "bytes": 9, "rows": 2}},
    }
).encode()
