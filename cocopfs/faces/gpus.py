"""Several GPUs: each worker process takes one of them for itself."""

from __future__ import annotations

import ctypes
import errno
import hashlib
import os
import platform
import socket
import time
from collections.abc import Sequence

import cv2

from cocopfs.errors import IncompleteError, UsageError
from cocopfs.faces.session import Provider, use_gpu, used_gpu

_PATIENCE = 60.0  # seconds; a worker that was killed may not have gone yet
_HELD = "COCOPFS_GPU"  # tells the processes that this one starts: process id, GPU, build
_taken: dict[str, tuple[int, socket.socket | None]] = {}


def choose_gpus(wish: str, count: int) -> tuple[int, ...]:
    """The numbers of the GPUs that are meant, sorted.

    wish: "all", or numbers with commas between. count: how many there are, see `count_gpus`.
    Raises UsageError when there is no such GPU.
    """
    if wish == "all":
        chosen = list(range(count))
    else:
        try:
            chosen = sorted({int(part) for part in wish.split(",")})
        except ValueError:
            chosen = []
    if not chosen or not 0 <= chosen[0] <= chosen[-1] < count:
        there = f"0 to {count - 1}" if count else "none, CUDA sees no GPU"
        raise UsageError(
            f"--gpus {wish}: there are no such GPUs",
            expected=f"all, or numbers with commas between: {there}",
            hint="nvidia-smi --list-gpus, and mind CUDA_VISIBLE_DEVICES",
        )
    return tuple(chosen)


def count_gpus() -> int:
    """GPUs that CUDA sees, after CUDA_VISIBLE_DEVICES; 0 without a driver."""
    try:
        cuda = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return 0
    found = ctypes.c_int()
    if cuda.cuInit(0) != 0 or cuda.cuDeviceGetCount(ctypes.byref(found)) != 0:
        return 0
    return found.value


def processor(provider: Provider, gpu: int | None = None) -> str:
    """What this process's networks run on: another one may give other bits, or take other ways to
    them. A GPU by its name, a CPU by its kind and the instructions that OpenCV finds on it.

    gpu: the number of the GPU that is meant, if not the one that this process uses.
    """
    if provider == "cpu":
        return f"{platform.machine()} {cv2.getCPUFeaturesLine()}"
    try:
        cuda = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return "GPU"
    device, name = ctypes.c_int(), ctypes.create_string_buffer(256)
    failed = cuda.cuInit(0) or cuda.cuDeviceGet(
        ctypes.byref(device), used_gpu() if gpu is None else gpu
    )
    failed = failed or cuda.cuDeviceGetName(name, len(name), device)
    return "GPU" if failed else name.value.decode(errors="replace")


def take_gpu(gpus: Sequence[int], build: str) -> int:
    """Let this process's networks run on one of the GPUs, of which each process of the build takes
    another one. It keeps it until it ends, and gets the same one when it asks again; a process that
    it starts itself shares it.

    gpus: their numbers; one that stands there twice may be taken by two processes.
    build: what the build's processes have in common, and no other's.
    Raises IncompleteError when there are more processes than numbers.
    """
    if build not in _taken:
        _taken[build] = _take(gpus, build)
    number, _ = _taken[build]
    os.environ[_HELD] = f"{os.getpid()} {number} {build}"
    use_gpu(number)
    return number


def _take(gpus: Sequence[int], build: str) -> tuple[int, socket.socket | None]:
    """A name in Linux's abstract namespace is one process's alone, and goes when the process does,
    however it ends."""
    for number in gpus:
        if os.environ.get(_HELD) == f"{os.getppid()} {number} {build}":
            return number, None
    patience = time.monotonic() + _PATIENCE
    while True:
        for place, number in enumerate(gpus):
            name = hashlib.sha256(f"{os.getuid()}:{build}:{place}".encode()).hexdigest()
            claim = socket.socket(socket.AF_UNIX)
            try:
                claim.bind(f"\0cocopfs-gpu-{name}")
            except OSError as error:
                claim.close()
                if error.errno != errno.EADDRINUSE:
                    raise
            else:
                return number, claim
        if time.monotonic() > patience:
            raise IncompleteError(
                f"another process has each of the GPUs {', '.join(map(str, gpus))}",
                hint="give as many --workers as --gpus",
            )
        time.sleep(0.1)
