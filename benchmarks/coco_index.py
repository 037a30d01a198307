"""Time and peak memory of reading COCO's annotations: ours beside pycocotools.

Writes a synthetic snapshot of COCO's size and proportions into a temporary folder and reads it in
a process of its own each:

    python benchmarks/coco_index.py            # train2017: 118,287 images, about 530 MB of JSON
    python benchmarks/coco_index.py --images 5000
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

SUBSET = "train2017"
IMAGES = 118_287
ANNOTATIONS_PER_IMAGE = 860_001 / IMAGES
CAPTIONS_PER_IMAGE = 5
PERSON_SHARE = 262_465 / 860_001
REPEATS = 2  # the first reading of fresh files is slower; the best counts
POLYGON_NUMBERS = 42  # makes the instances file 434 MB, as COCO's is

READERS = {
    "cocopfs": (
        "from pathlib import Path\n"
        "from cocopfs.sources.coco import read_coco\n"
        "start = time.perf_counter()\n"
        "kept = read_coco(Path(sys.argv[1]), None)\n"
    ),
    "pycocotools": (
        "from pycocotools.coco import COCO\n"
        "start = time.perf_counter()\n"
        "with contextlib.redirect_stdout(None):\n"
        "    kept = [COCO(f'{sys.argv[1]}/annotations/{name}_train2017.json')\n"
        "            for name in ('instances', 'captions')]\n"
    ),
}
MEASURE = (
    "print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--images", type=int, default=IMAGES, help="images in the synthetic file")
    images = parser.parse_args().images
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_snapshot(root, images)
        print(f"{images:,} images")
        for file in sorted((root / "annotations").iterdir()):
            print(f"  {file.name}: {file.stat().st_size / 1e6:,.0f} MB")
        print(f"{'':12}{'seconds':>10}{'peak MiB':>10}")
        for name, program in READERS.items():
            seconds, peak = min(read(program, root) for _ in range(REPEATS))
            print(f"{name:12}{seconds:10.2f}{peak:10.0f}")


def read(program: str, root: Path) -> tuple[float, float]:
    """Seconds and peak resident MiB of a program that reads the snapshot."""
    program = f"import contextlib, resource, sys, time\n{program}{MEASURE}"
    done = subprocess.run(
        [sys.executable, "-c", program, str(root)], check=True, capture_output=True, text=True
    )
    seconds, peak = done.stdout.split()
    return float(seconds), float(peak)


def write_snapshot(root: Path, images: int) -> None:
    """instances and captions of `images` images, with COCO's numbers of each per image."""
    (root / "annotations").mkdir()
    (root / SUBSET).mkdir()
    choose = random.Random(0)
    listed = [_image(number) for number in range(1, images + 1)]
    licences = [{"id": number, "name": f"Licence {number}", "url": ""} for number in range(1, 9)]
    categories = [
        {"id": number, "name": "person" if number == 1 else f"thing {number}"}
        for number in range(1, 81)
    ]
    common: dict[str, object] = {"info": {}, "licenses": licences, "images": listed}
    _write(
        root / f"annotations/instances_{SUBSET}.json",
        common | {"categories": categories},
        _annotations(choose, images),
    )
    _write(root / f"annotations/captions_{SUBSET}.json", common, _captions(choose, images))


def _write(path: Path, head: dict[str, object], annotations: Iterator[str]) -> None:
    with path.open("w") as file:
        file.write(json.dumps(head)[:-1] + ', "annotations": [' + next(annotations))
        while chunk := list(islice(annotations, 10_000)):
            file.write("," + ",".join(chunk))
        file.write("]}")


def _image(number: int) -> dict[str, object]:
    name = f"{number:012}.jpg"
    return {
        "license": number % 8 + 1,
        "file_name": name,
        "coco_url": f"http://images.cocodataset.org/{SUBSET}/{name}",
        "height": 480,
        "width": 640,
        "date_captured": "2013-11-14 17:02:52",
        "flickr_url": f"http://farm7.staticflickr.com/6116/{number:010}_da26cf2c9e_z.jpg",
        "id": number,
    }


def _annotations(choose: random.Random, images: int) -> Iterator[str]:
    polygons = [
        json.dumps([[round(choose.uniform(0, 640), 2) for _ in range(POLYGON_NUMBERS)]])
        for _ in range(1000)
    ]
    for number in range(round(images * ANNOTATIONS_PER_IMAGE)):
        category = 1 if choose.random() < PERSON_SHARE else choose.randrange(2, 81)
        box = [round(choose.uniform(0, 400), 2) for _ in range(4)]
        yield (
            f'{{"segmentation": {choose.choice(polygons)}, "area": {box[2] * box[3]:.4f}, '
            f'"iscrowd": 0, "image_id": {choose.randint(1, images)}, "bbox": {box}, '
            f'"category_id": {category}, "id": {number + 1}}}'
        )


def _captions(choose: random.Random, images: int) -> Iterator[str]:
    for number in range(images * CAPTIONS_PER_IMAGE):
        yield json.dumps(
            {
                "image_id": number % images + 1,
                "id": number + 1,
                "caption": f"A person number {choose.randrange(10**9)} stands beside some things.",
            }
        )


if __name__ == "__main__":
    main()
