"""Cost of a plan: `cocopfs build --dry-run` of a synthetic COCO, in time and memory.

The annotation files are as large as COCO's own would be for so many photos with one person each
and five captions; there is a gallery of twenty identities. Pictures are not needed to plan; with
--files there is an empty file for each, so that listing costs what it costs on that disk.

python benchmarks/dry_run.py                        # 1,000,000 photos: 1 GB below /tmp
python benchmarks/dry_run.py --photos 120000 --files
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from cocopfs.world.embedded import PACK

CAPTIONS = (
    "A man in a red jacket is riding a bicycle along a busy street.",
    "A person riding a bike down a road next to parked cars.",
    "Someone cycles past a row of shops on a cloudy afternoon.",
    "A cyclist wearing a jacket and a helmet passes a bus stop.",
    "The man on the bicycle looks over his shoulder at the traffic.",
)
OUTLINE = ",".join(f"{x}.25,{x + 7}.5" for x in range(100, 130))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--photos", type=int, default=1_000_000)
    parser.add_argument("--files", action="store_true", help="make an empty file for each photo")
    parser.add_argument("--folder", type=Path, default=None, help="where to write; default: /tmp")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        measure(Path(name), options.photos, files=options.files)


def measure(root: Path, photos: int, *, files: bool) -> None:
    """Write the corpus, plan it, print what that took."""
    started = time.monotonic()
    annotations = write_coco(root / "coco", photos, files=files)
    write_gallery(root / "gallery")
    print(
        f"{photos:,} photos, {annotations / 1e6:,.0f} MB of annotations, "
        f"written in {time.monotonic() - started:.0f} s"
    )
    command = [sys.executable, "-m", "cocopfs", "build", "trial", "--dry-run", "--device", "cpu"]
    command += ["--coco", str(root / "coco"), "--vggface2", str(root / "gallery")]
    command += ["--pack", str(PACK), "--out", str(root / "out"), "--set", "swap.swapper=blend"]
    started = time.monotonic()
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    seconds = time.monotonic() - started
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    shards = re.search(r"select.*", done.stdout)
    print(f"plan: {seconds:.1f} s ({usage.ru_utime + usage.ru_stime:.1f} s of processor time)")
    print(
        f"peak memory: {usage.ru_maxrss / 1024:,.0f} MiB, {usage.ru_maxrss * 1024 / photos:,.0f}"
        " bytes a photo"
    )
    print(shards.group() if shards else done.stdout)


def write_coco(root: Path, photos: int, *, files: bool) -> int:
    """The annotation files, and how many bytes they have."""
    (root / "annotations").mkdir(parents=True)
    (root / "train2017").mkdir()
    if files:
        for number in range(photos):
            os.close(os.open(root / "train2017" / file_name(number), os.O_CREAT | os.O_WRONLY))
    instances = root / "annotations" / "instances_train2017.json"
    captions = root / "annotations" / "captions_train2017.json"
    licence = '"licenses":[{"id":4,"name":"Attribution License","url":"http://example.org/by"}]'
    with instances.open("w") as file:
        file.write(f'{{{licence},"categories":[{{"id":1,"name":"person"}}],"images":[')
        join(file, photos, image)
        file.write('],"annotations":[')
        join(file, photos, person)
        file.write("]}")
    with captions.open("w") as file:
        file.write('{"annotations":[')
        join(file, 5 * photos, caption)
        file.write("]}")
    return instances.stat().st_size + captions.stat().st_size


def write_gallery(root: Path) -> None:
    for number in range(20):
        folder = root / "train" / f"n{number:06d}"
        folder.mkdir(parents=True)
        for portrait in range(16):
            (folder / f"{portrait:04d}_01.jpg").touch()


def join(file: TextIO, count: int, write: Callable[[int], str]) -> None:
    """The items of a JSON array, some at a time."""
    for start in range(0, count, 10_000):
        if start:
            file.write(",")
        file.write(",".join(map(write, range(start, min(start + 10_000, count)))))


def file_name(number: int) -> str:
    return f"{number + 1:012d}.jpg"


def image(number: int) -> str:
    name = file_name(number)
    return (
        f'{{"id":{number + 1},"file_name":"{name}","width":640,"height":480,"license":4,'
        f'"coco_url":"http://images.cocodataset.org/train2017/{name}",'
        f'"flickr_url":"http://farm1.staticflickr.com/1/{number:010d}_abcdef.jpg",'
        '"date_captured":"2013-11-14 11:18:45"}'
    )


def person(number: int) -> str:
    return (
        f'{{"id":{number + 1},"image_id":{number + 1},"category_id":1,"iscrowd":0,'
        f'"area":9000.5,"bbox":[100.25,50.5,200.0,{300 + number % 100}.75],'
        f'"segmentation":[[{OUTLINE}]]}}'
    )


def caption(number: int) -> str:
    return f'{{"id":{number + 1},"image_id":{number // 5 + 1},"caption":"{CAPTIONS[number % 5]}"}}'


if __name__ == "__main__":
    main()
