"""Both ways with networks that cost what real ones cost, on a device."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import stand_in
from material import Material
from network import write_detector, write_network, write_recogniser
from ways import DETECTOR_SIZE, Eyes, OurWay, RoopsWay

from cocopfs.faces.graph import read_last_initializer
from cocopfs.faces.inswapper import Inswapper
from cocopfs.faces.session import Provider, open_session
from cocopfs.faces.swap_network import Precision, SwapNetwork


@dataclass(frozen=True)
class Networks:
    """timed: all of both ways, which know how many seconds they were busy."""

    roops: RoopsWay
    ours: OurWay
    timed: tuple[Any, ...]
    swap_network: SwapNetwork


def open_networks(
    folder: Path,
    material: Material,
    device: Provider,
    threads: int,
    precision: Precision = "float32",
    shrink: int = 1,
) -> Networks:
    """precision: of our swapper. shrink: of both swappers, to try a benchmark out."""
    swapper, recogniser, detector = (
        folder / f"{name}.onnx" for name in ("swapper", "recogniser", "detector")
    )
    write_network(swapper, shrink=shrink)
    write_recogniser(recogniser)
    write_detector(detector)
    eyes = Eyes(
        stand_in.DetectorStandIn(DETECTOR_SIZE, open_session(detector, device, threads)),
        stand_in.recogniser(open_session(recogniser, device, threads)),
        recogniser,
    )
    session = Timed(open_session(swapper, device, threads))
    network = SwapNetwork(swapper, device, threads, precision)
    timed = TimedNetwork(network)
    inswapper = Inswapper(timed, read_last_initializer(swapper))
    return Networks(
        RoopsWay(material, eyes, session, swapper),
        OurWay(material, eyes, inswapper),
        (session, timed, *eyes.networks),
        network,
    )


class Timed:
    """A session that knows how many seconds it was busy."""

    def __init__(self, network: Any) -> None:
        self.busy = 0.0
        self._network = network

    def __getattr__(self, name: str) -> Any:
        return getattr(self._network, name)

    def run(self, *given: Any) -> Any:
        start = time.perf_counter()
        made = self._network.run(*given)
        self.busy += time.perf_counter() - start
        return made


class TimedNetwork(Timed):
    """A swapper's network that knows how many seconds it was busy."""

    @property
    def batched(self) -> bool:
        return bool(self._network.batched)

    @property
    def gathers(self) -> bool:
        return bool(self._network.gathers)
