"""The networks of a pack, opened when they are first needed, once in a process."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar, cast

from cocopfs.faces.age import AgeNetwork
from cocopfs.faces.attributes import Attributes
from cocopfs.faces.detector import Detector
from cocopfs.faces.inswapper import Inswapper, open_inswapper
from cocopfs.faces.pack import Pack, Role
from cocopfs.faces.recogniser import Recogniser
from cocopfs.faces.session import Device, resolve_device
from cocopfs.faces.swap_network import Precision

T = TypeVar("T")


def open_models(
    pack: Pack, device: Device, threads: int, detector_size: int, precision: Precision = "float32"
) -> Models:
    """The process's networks of that pack: the same object for the same arguments, so that tasks
    and threads of one worker share them. Nothing is opened yet."""
    with _OPENING:
        return _models(pack, device, threads, detector_size, precision)


class Models:
    """A pack's networks on one device. Each is opened at its first use, by one thread, and may
    then be used by several. Raises UsageError when a network's file is of no use for its role."""

    def __init__(
        self,
        pack: Pack,
        device: Device,
        threads: int,
        detector_size: int,
        precision: Precision = "float32",
    ) -> None:
        """threads: of each network. detector_size: side of the detector's input, pixels.
        precision: of the swapper; all others are in float32."""
        self.pack = pack
        self._device = device
        self._threads = threads
        self._detector_size = detector_size
        self._precision: Precision = precision
        self._opened: dict[type, Any] = {}
        self._lock = threading.RLock()

    @property
    def on_gpu(self) -> bool:
        return resolve_device(self._device) == "cuda"

    @property
    def detector(self) -> Detector:
        path = self.pack.path(Role.DETECTOR)
        return self._once(
            Detector, lambda: Detector(path, self._device, self._threads, self._detector_size)
        )

    @property
    def recogniser(self) -> Recogniser:
        path = self.pack.path(Role.RECOGNISER)
        return self._once(Recogniser, lambda: Recogniser(path, self._device, self._threads))

    @property
    def attributes(self) -> Attributes:
        gender, ethnicity = self.pack.path(Role.GENDER), self.pack.path(Role.ETHNICITY)
        return self._once(
            Attributes, lambda: Attributes(gender, ethnicity, self._device, self._threads)
        )

    @property
    def age(self) -> AgeNetwork:
        path = self.pack.path(Role.AGE)
        return self._once(AgeNetwork, lambda: AgeNetwork(path, self._device, self._threads))

    @property
    def inswapper(self) -> Inswapper:
        path, digest = self.pack.path(Role.SWAPPER), self.pack.digest_of(Role.SWAPPER)
        return self._once(
            Inswapper,
            lambda: open_inswapper(
                path,
                self._device,
                self._threads,
                self.recogniser.dimension,
                self._precision,
                digest,
            ),
        )

    def _once(self, kind: type[T], make: Callable[[], T]) -> T:
        with self._lock:
            if kind not in self._opened:
                self._opened[kind] = make()
            return cast(T, self._opened[kind])


_OPENING = threading.Lock()  # lru_cache alone would let two threads open two of them


@lru_cache(maxsize=1)  # networks are large, and a process works for one build
def _models(
    pack: Pack, device: Device, threads: int, detector_size: int, precision: Precision
) -> Models:
    return Models(pack, device, threads, detector_size, precision)
