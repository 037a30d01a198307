"""Swapping on a GPU: a loop of roop's kind and ours, and how much of the card is used.

The networks cost what the real ones cost (see network.py). The card's own rate is that of large
matrix products in the same precision, measured in the same run.

python benchmarks/gpu.py                        # 200 photos, 1,000 pictures
python benchmarks/gpu.py --precision float16
python benchmarks/gpu.py --device cpu --photos 4 --shrink 32    # tries the benchmark itself
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from material import IDENTITIES_A_PHOTO, draw_material
from network import GIGAFLOP
from onnx import TensorProto, helper
from real_cost import open_networks
from ways import BATCH, take_turns

from cocopfs.errors import UsageError
from cocopfs.faces.binding import BoundSession
from cocopfs.faces.session import Provider, open_session, resolve_device
from cocopfs.faces.swap_network import Precision

_PRODUCTS = 20  # in one call


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--photos", type=int, default=200)
    parser.add_argument("--precision", choices=("float32", "float16"), default="float32")
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--shrink", type=int, default=1, help="divides the swapper's channels")
    options = parser.parse_args()
    try:
        device = resolve_device(options.device)
    except UsageError as error:
        print(f"Not measured, for there is no GPU to use: {error.what}")
        return
    with tempfile.TemporaryDirectory() as name:
        os.environ["XDG_CACHE_HOME"] = name
        compare(Path(name), device, options)


def compare(folder: Path, device: Provider, options: Any) -> None:
    material = draw_material(folder, options.photos, max(options.photos, IDENTITIES_A_PHOTO))
    networks = open_networks(folder, material, device, 1, options.precision, options.shrink)
    size = 8192 if device == "cuda" else 512
    rate = matrix_rate(folder / "product.onnx", device, options.precision, size)
    pictures = options.photos * IDENTITIES_A_PHOTO
    print(f"{card()}; {pictures} pictures, {options.precision}")
    swaps = take_turns(
        networks.roops, networks.ours, networks.timed, material, turns=2, warm_up=2 * BATCH
    )
    flops = 1e9 * GIGAFLOP / options.shrink**2 * pictures / swaps.networks
    print(f"pictures a second: {pictures / swaps.wall:.1f}")
    print(f"share of the wall's clock in which the swapper runs: {swaps.networks / swaps.wall:.1%}")
    print(f"matrix products: {rate / 1e12:.1f} TFLOP/s; the swapper: {flops / 1e12:.1f}")
    on_cpu = networks.swap_network.operators_on_cpu
    print(f"operators that the CPU computes: {'unknown' if on_cpu is None else on_cpu.total()}")
    print(
        f"largest difference from one face at a time in float32: "
        f"{networks.swap_network.difference:.2g}"
    )


def matrix_rate(path: Path, device: Provider, precision: Precision, size: int) -> float:
    """Floating-point operations a second of products of square matrices."""
    kind = TensorProto.FLOAT16 if precision == "float16" else TensorProto.FLOAT
    # Random, since products of constants draw less power, and run at a higher clock. Of the size
    # that keeps the products' size. What goes in is one number: the bus is not what is measured.
    rng = np.random.default_rng(0)
    values = rng.standard_normal((size, size), np.float32) / np.float32(size**0.5)
    nodes = [
        helper.make_node("Cast", ["x"], ["scale"], to=kind),
        helper.make_node("Mul", ["w", "scale"], ["y0"]),
        *(helper.make_node("MatMul", [f"y{n}", "w"], [f"y{n + 1}"]) for n in range(_PRODUCTS)),
        helper.make_node("ReduceMean", [f"y{_PRODUCTS}"], ["m"]),
        helper.make_node("Cast", ["m"], ["mean"], to=TensorProto.FLOAT),
    ]
    ports = [
        helper.make_tensor_value_info("x", TensorProto.FLOAT, [1]),
        helper.make_tensor_value_info("mean", TensorProto.FLOAT, [1, 1]),
    ]
    half = values.astype(np.float16 if precision == "float16" else np.float32)
    weights = [onnx.numpy_helper.from_array(half, "w")]
    graph = helper.make_graph(nodes, "product", ports[:1], ports[1:], weights)
    opsets = [helper.make_opsetid("", 13)]
    path.write_bytes(
        helper.make_model(graph, ir_version=8, opset_imports=opsets).SerializeToString()
    )
    bound = BoundSession(open_session(path, device, 1), device)
    feed = {"x": np.ones(1, np.float32)}
    best = float("inf")
    for _ in range(5):
        start = time.perf_counter()
        bound.run(feed, (1, 1))
        best = min(best, time.perf_counter() - start)
    return 2 * size**3 * _PRODUCTS / best


def card() -> str:
    try:
        command = ["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "no card of NVIDIA's"


if __name__ == "__main__":
    main()
