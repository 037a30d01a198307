"""CUDA: whether ONNX Runtime can use it here, with which libraries, and how to mend it."""

from __future__ import annotations

import contextlib
import ctypes
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from importlib import metadata

import numpy as np
import onnx
import onnxruntime as ort

from cocopfs.errors import UsageError

CUDA = "CUDAExecutionProvider"

_REPLACE = "pip install --force-reinstall --no-deps onnxruntime-gpu"
_LIBRARIES = "pip install 'onnxruntime-gpu[cuda,cudnn]'"
_FOR_CUDA_12 = "pip install 'onnxruntime-gpu[cuda,cudnn]<1.27'"
# https://docs.nvidia.com/deploy/cuda-compatibility/minor-version-compatibility.html
_DRIVERS = {12: 525, 13: 580}

# What decides which kernels run. Since CUDA 13 most of NVIDIA's packages have no suffix any more.
_PACKAGES = ("cuda-runtime", "cublas", "cuda-nvrtc", "cufft", "curand", "cudnn")

_PATIENCE = 120  # seconds
_ASIDE = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from cocopfs.faces.cuda import tell_trouble; tell_trouble(map(int, sys.argv[2:]))"
)


def cuda_trouble(gpu: int) -> UsageError | None:
    """Why CUDA cannot be used on the GPU of that number; None when it can. This process has CUDA's
    and cuDNN's libraries afterwards, and a context on that GPU, which takes memory there."""
    if CUDA not in ort.get_available_providers():
        return not_on_cuda(f"ONNX Runtime {ort.__version__} was built without CUDA")
    return _told(_probe(gpu))


def cuda_trouble_aside(gpus: Iterable[int]) -> UsageError | None:
    """`cuda_trouble` of the first of these GPUs that has any, found out in a process of its own:
    this one takes no memory of them."""
    if CUDA not in ort.get_available_providers():
        return not_on_cuda(f"ONNX Runtime {ort.__version__} was built without CUDA")
    try:
        ended = subprocess.run(
            [sys.executable, "-c", _ASIDE, json.dumps(sys.path), *map(str, gpus)],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=_PATIENCE,
        )
    except subprocess.TimeoutExpired:
        return _told(f"a process that tried it gave no answer in {_PATIENCE} s")
    if ended.returncode != 0:
        last = ended.stderr.strip().rpartition("\n")[2]
        return _told(f"a process that tried it ended with exit code {ended.returncode}. {last}")
    return _told(json.loads(ended.stdout.rpartition("\n")[2]))


def tell_trouble(gpus: Iterable[int]) -> None:
    """In the process of its own: writes what is wrong as JSON, on the standard output's last line,
    and ends the process. gpus: their numbers."""
    found = next((f"GPU {gpu}: {why}" for gpu in gpus if (why := _probe(gpu)) is not None), None)
    sys.stdout.write("\n" + json.dumps(found))
    sys.stdout.flush()
    os._exit(0)  # a library that fails while it is unloaded has done its work


def not_on_cuda(what: str) -> UsageError:
    """The error of a network that was to run on CUDA and does not, with the command that helps."""
    if CUDA in ort.get_available_providers():
        built, driver = _cuda_of_the_build(), _cuda_of_the_driver()
        newest = f"CUDA {built}" if built else "CUDA"
        from_on = f", {_DRIVERS[built]} or newer" if built in _DRIVERS else ""
        hint = _LIBRARIES
        if driver is None:
            hint = f"install NVIDIA's driver, so that nvidia-smi finds the card, and {_LIBRARIES}"
        elif built is not None and driver < built:
            what += f" (the driver knows CUDA {driver}, this build is for {newest})"
            hint = f"update the driver, or {_FOR_CUDA_12}, which is built for CUDA 12"
        return UsageError(
            what,
            expected=f"a graphics card, a driver for {newest}{from_on}, and the libraries of "
            f"{newest} and cuDNN 9",
            hint=f"{hint}, or go on with --device cpu",
        )
    shadowed = _version("onnxruntime-gpu") and _version("onnxruntime")
    return UsageError(
        what + (": plain onnxruntime lies over onnxruntime-gpu" if shadowed else ""),
        expected="onnxruntime-gpu, installed last (insightface and deepface bring the plain one)",
        hint=f"{_REPLACE}, then {_LIBRARIES}, or go on with --device cpu",
    )


@cache
def cuda_libraries() -> dict[str, str]:
    """What decides, besides the card, which kernels networks run on CUDA, and so which bits they
    give: this ONNX Runtime's build, cuDNN as it is loaded, and NVIDIA's installed packages for the
    build's CUDA, by their names. Takes no memory of a GPU."""
    _load_libraries()
    built = _cuda_of_the_build()
    found = {
        "onnxruntime build": f"CUDA {built}, {ort.get_build_info()}",
        "cudnn": _cudnn_version(),
    }
    suffixes = (f"-cu{built}",) if built == 12 else ("", f"-cu{built}")
    for name in (f"nvidia-{package}{suffix}" for package in _PACKAGES for suffix in suffixes):
        if version := _version(name):
            found[name] = version
    return found


def _told(why: str | None) -> UsageError | None:
    return None if why is None else not_on_cuda(f"ONNX Runtime cannot use CUDA: {why}")


@cache
def _probe(gpu: int) -> str | None:
    """Runs a network of one node on that GPU alone; says what went wrong."""
    said = _load_libraries()
    helper = onnx.helper
    x, y = (helper.make_tensor_value_info(n, onnx.TensorProto.FLOAT, [8]) for n in ("x", "y"))
    graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "probe", [x], [y])
    model = helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 13)])
    options = ort.SessionOptions()
    options.log_severity_level = 4
    options.add_session_config_entry("session.disable_cpu_ep_fallback", "1")
    try:
        session = ort.InferenceSession(
            model.SerializeToString(),
            options,
            providers=[(CUDA, {"device_id": str(gpu)})],
            enable_fallback=0,
        )
        result = session.run(None, {"x": np.arange(-4, 4, dtype=np.float32)})[0]
    except Exception as error:  # it has a class for each status, and none of them is news
        return " ".join([said, str(error)]).strip()
    if session.get_providers()[0] != CUDA or result.sum() != 6:
        return f"a test ran on {session.get_providers()[0]} and gave {result.tolist()}"
    return None


@cache
def _load_libraries() -> str:
    """CUDA's and cuDNN's, which pip puts where the loader does not look. Says what is missing."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):  # it prints that
        ort.preload_dlls()
    return " ".join(line.strip().removesuffix(".") + "." for line in said.getvalue().splitlines())


def _cudnn_version() -> str:
    try:
        cudnn = ctypes.CDLL("libcudnn.so.9")
    except OSError:
        return "unknown"
    cudnn.cudnnGetVersion.restype = ctypes.c_size_t
    return str(cudnn.cudnnGetVersion())


def _cuda_of_the_build() -> int | None:
    major = str(getattr(ort, "cuda_version", "")).partition(".")[0]
    return int(major) if major.isdigit() else None


def _cuda_of_the_driver() -> int | None:
    """The newest CUDA that the driver runs; None where there is no driver."""
    try:
        cuda = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return None
    found = ctypes.c_int()
    return None if cuda.cuDriverGetVersion(ctypes.byref(found)) else found.value // 1000


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None
