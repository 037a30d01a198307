"""A loop of roop's kind and ours on the CPU, with networks of the real ones' cost.

Their weights are random (see network.py), so pictures mean nothing, and where the faces are is
told to both. Also compares five swaps of one face in one call of the network with five calls.

python benchmarks/end_to_end.py                 # 4 photos, 20 pictures: some minutes
python benchmarks/end_to_end.py --photos 8 --threads 2
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

import numpy as np
import onnxruntime as ort
from material import IDENTITIES_A_PHOTO, draw_material
from real_cost import open_networks
from ways import take_turns

from cocopfs.faces.swap_network import SwapNetwork


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--photos", type=int, default=4)
    parser.add_argument("--threads", type=int, default=1, help="of each network")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        os.environ["XDG_CACHE_HOME"] = name
        compare(Path(name), options.photos, options.threads)


def compare(folder: Path, photos: int, threads: int) -> None:
    material = draw_material(folder, photos, identities=max(photos, IDENTITIES_A_PHOTO))
    networks = open_networks(folder, material, "cpu", threads)
    broadcast(networks.swap_network)
    print(f"{photos} photos, {IDENTITIES_A_PHOTO * photos} pictures, {threads} threads a network")
    take_turns(networks.roops, networks.ours, networks.timed, material, turns=min(photos, 2))


def broadcast(network: SwapNetwork, rounds: int = 2) -> None:
    """Five sources of one target in one call, and in five."""
    rng = np.random.default_rng(0)
    target = rng.random((1, 3, 128, 128), np.float32)
    sources = rng.standard_normal((IDENTITIES_A_PHOTO, 512), np.float32)
    places = np.zeros(len(sources), np.int64)
    together, apart = [], []
    for _ in range(rounds):
        start = time.process_time()
        found = network.run(target, sources, places)
        together.append(time.process_time() - start)
        start = time.process_time()
        alone = [network.run(target, source[None], places[:1]) for source in sources]
        apart.append(time.process_time() - start)
    difference = np.abs(found - np.concatenate(alone)).max()
    print(
        f"five swaps of a face: {min(together):.2f} s of CPU in one call, {min(apart):.2f} s in "
        f"five: {min(together) / min(apart):.3f}; difference {difference:.1g}, and from the file "
        f"as it is {network.difference:.1g} (ONNX Runtime {ort.__version__})"
    )


if __name__ == "__main__":
    main()
