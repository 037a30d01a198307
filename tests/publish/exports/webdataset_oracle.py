"""What `webdataset` reads of tar files, as JSON; on its own, since it leaves files open."""

from __future__ import annotations

import hashlib
import json
import sys

import webdataset

found = [
    {
        "key": sample["__key__"],
        "jpg": hashlib.sha256(sample["jpg"]).hexdigest(),
        "json": json.loads(sample["json"]),
    }
    for sample in webdataset.WebDataset(sys.argv[1:], shardshuffle=False)
]
sys.stdout.write(json.dumps(found))
