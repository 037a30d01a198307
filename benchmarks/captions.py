"""How long writing names into captions takes: COCO's 600,000 on one core.

python benchmarks/captions.py FILE [FILE ...]    # COCO's captions_*.json, repeated as needed
python benchmarks/captions.py FILE --template paper
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from itertools import cycle, islice
from pathlib import Path

from cocopfs.captions.enrich import enrich
from cocopfs.captions.template import load_template
from cocopfs.records import Caption

CAPTIONS = 600_000  # train2017 and val2017 have 616,767
NAME = "Caitlin Foord"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("files", type=Path, nargs="+", help="captions_*.json")
    parser.add_argument("--captions", type=int, default=CAPTIONS)
    parser.add_argument("--template", default="natural")
    arguments = parser.parse_args()
    template = load_template(arguments.template)
    texts = [row["caption"] for file in arguments.files for row in _rows(file)]
    found: Counter[str] = Counter()
    start, start_cpu = time.perf_counter(), time.process_time()
    for number, text in enumerate(islice(cycle(texts), arguments.captions)):
        done = enrich(Caption(number, text), NAME, template, 0)
        found[done.reason or done.form] += 1
    seconds, cpu = time.perf_counter() - start, time.process_time() - start_cpu
    print(f"{arguments.captions:,} captions ({len(texts):,} different), one process")
    print(f"{seconds:.1f} s, {cpu:.1f} s of CPU, {1e6 * cpu / arguments.captions:.1f} µs a caption")
    for reason, count in found.most_common():
        print(f"{count / arguments.captions:8.1%}  {reason}")


def _rows(file: Path) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = json.loads(file.read_text("utf-8"))["annotations"]
    return rows


if __name__ == "__main__":
    main()
