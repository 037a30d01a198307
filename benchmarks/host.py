"""What swapping costs beside its network: a loop of roop's kind and ours, on the same photos.

The networks are stand-ins: the swapper takes so many milliseconds a picture without the CPU, as an
accelerator would; the others answer at once. Both ways read files, find faces, embed sources,
align, paste and encode. Neither measures a figure.

python benchmarks/host.py                  # 60 photos, 300 pictures, 5 ms each
python benchmarks/host.py --milliseconds 1 --together
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import stand_in
from material import IDENTITIES_A_PHOTO, draw_material
from network import write_network
from ways import DETECTOR_SIZE, Eyes, OurWay, RoopsWay, take_turns

from cocopfs.faces.graph import read_last_initializer
from cocopfs.faces.inswapper import Inswapper

TURNS = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--photos", type=int, default=60)
    parser.add_argument("--milliseconds", type=float, default=5, help="of the swapper, a picture")
    parser.add_argument("--together", action="store_true", help="several photos in one call")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        compare(Path(name), options.photos, options.milliseconds / 1000, options.together)


def compare(folder: Path, photos: int, seconds: float, together: bool) -> None:
    material = draw_material(folder, photos, identities=photos)
    file = folder / "small_inswapper.onnx"
    write_network(file, shrink=64)
    eyes = Eyes(stand_in.DetectorStandIn(DETECTOR_SIZE), stand_in.recogniser(), file)
    swapper = stand_in.swapper(seconds)
    roops = RoopsWay(material, eyes, swapper, file)
    network = stand_in.SwapNetworkStandIn(seconds, together=together)
    ours = OurWay(material, eyes, Inswapper(network, read_last_initializer(file)))

    pictures = photos * IDENTITIES_A_PHOTO
    print(f"{photos} photos, {pictures} pictures, {1000 * seconds:g} ms of the swapper each")
    networks = (swapper, network, *eyes.networks)
    take_turns(roops, ours, networks, material, TURNS)


if __name__ == "__main__":
    main()
