"""Sessions of ONNX Runtime: on the device that was asked for, or an error that says how to mend it.

ONNX Runtime falls back to the CPU without an exception when CUDA cannot be used, so every session
is asked afterwards where it runs. On CUDA, matrix products of float32 networks are in TF32, as is
ONNX Runtime's default: inputs are rounded to 10 bits after the point.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

import numpy as np
import onnx
import onnxruntime as ort
from onnxruntime.capi import onnxruntime_pybind11_state as faults

from cocopfs.errors import UsageError
from cocopfs.faces.graph import Graph, read_graph

Device = Literal["auto", "cuda", "cpu"]
Provider = Literal["cuda", "cpu"]

_WEIGHTS_FOLDER = "session.model_external_initializers_file_folder_path"
_CPU = "CPUExecutionProvider"
_CUDA = "CUDAExecutionProvider"
# The default, EXHAUSTIVE, takes the algorithm that happened to be fastest at the first call: other
# bytes on the next run. HEURISTIC asks cuDNN's rules, which know only shapes and the device.
# DEFAULT pins one algorithm, but a slow one.
_CUDA_OPTIONS = {"cudnn_conv_algo_search": "HEURISTIC"}
_gpu = 0

# How ONNX Runtime, CUDA, cuBLAS and cuDNN say that memory ran out, in small letters.
_OUT_OF_MEMORY = (
    "failed to allocate memory",
    "out of memory",
    "bad_alloc",
    "cudaerrormemoryallocation",
    "status_alloc_failed",
    "device_allocation_failed",
)

# What ONNX Runtime raises when the model, not the machine, is at fault.
_MODEL_FAULTS = (
    faults.Fail,
    faults.InvalidArgument,
    faults.InvalidGraph,
    faults.InvalidProtobuf,
    faults.NoModel,
    faults.NoSuchFile,
    faults.NotImplemented,
    UnicodeDecodeError,  # its message quotes bytes of a broken file
)

RUN_FAULTS = (*_MODEL_FAULTS, faults.RuntimeException, RuntimeError)
"""What a session raises that cannot do with its inputs what its graph asks for."""

_REPLACE = "pip install --force-reinstall --no-deps onnxruntime-gpu"


def use_gpu(number: int) -> None:
    """Sessions that this process opens from now on, if on CUDA, run on the GPU of that number."""
    global _gpu  # noqa: PLW0603  # a process has one
    _gpu = number


def used_gpu() -> int:
    """The number of the GPU that `use_gpu` was told last; 0 before."""
    return _gpu


def resolve_device(device: Device) -> Provider:
    """The device to run on. `auto` is CUDA where a network of one node really runs on it.

    Raises UsageError when CUDA was asked for and cannot be used; the hint says how to mend it.
    """
    if device == "cpu":
        return "cpu"
    trouble = _cuda_trouble()
    if trouble is None:
        return "cuda"
    if device == "auto":
        return "cpu"
    raise trouble


class Session(ort.InferenceSession):  # type: ignore[misc]
    """A session that raises MemoryError when the memory of its device does not suffice: that is no
    fault of the model, and smaller batches help. May be used by several threads at once.

    gpu: the number of the one that it runs on, if it runs on CUDA.
    """

    gpu = 0

    def run(self, *arguments: Any, **options: Any) -> Any:
        with memory_faults():
            return super().run(*arguments, **options)


def open_session(path: Path, device: Device, threads: int, graph: bytes | None = None) -> Session:
    """A session of the model on that device.

    threads: threads within one operator; operators run one after the other. Part of the result's
    bytes, since it decides in which order numbers are added up.
    graph: run this model instead, whose large weights are those of the file: see
    `graph.read_without_weights`.
    Raises UsageError when the file is no sound model, when it keeps weights outside its folder, and
    when the session does not run where it was asked to; MemoryError when it has no room.
    """
    target = resolve_device(device)
    _refuse_foreign_weights(path, read_graph(path))
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.use_deterministic_compute = True
    options.log_severity_level = 3
    cuda = (_CUDA, _CUDA_OPTIONS | {"device_id": str(_gpu)})
    providers: list[Any] = [cuda, _CPU] if target == "cuda" else [_CPU]
    if graph is not None:
        # by its true place: ONNX Runtime follows no link that leads out of the folder
        options.add_session_config_entry(_WEIGHTS_FOLDER, str(path.resolve().parent))
    model = str(path) if graph is None else graph
    try:
        with memory_faults():
            session = Session(model, options, providers=providers, enable_fallback=0)
    except _MODEL_FAULTS as error:
        raise UsageError(
            f"ONNX Runtime {ort.__version__} cannot open {path}: {error}",
            hint="get the file again, or a newer ONNX Runtime",
        ) from error
    found = session.get_providers()[0]
    if found != (_CUDA if target == "cuda" else _CPU):
        raise _not_on_cuda(f"{path} was to run on CUDA, but ONNX Runtime put it on {found}")
    session.gpu = _gpu
    return session


@contextlib.contextmanager
def memory_faults() -> Iterator[None]:
    """Turns what ONNX Runtime and CUDA say of memory that ran out into MemoryError."""
    try:
        yield
    except Exception as error:  # it has a class for each status, and CUDA's own faults fit none
        if any(sign in str(error).lower() for sign in _OUT_OF_MEMORY):
            raise MemoryError(str(error)) from error
        raise


def available_providers() -> list[str]:
    """What the installed ONNX Runtime was built for, e.g. CUDAExecutionProvider."""
    return list(ort.get_available_providers())


def _refuse_foreign_weights(path: Path, graph: Graph) -> None:
    folder = path.parent.resolve()
    for location in graph.external:
        file = None if "\0" in location else (folder / location).resolve()
        if file is None or not file.is_relative_to(folder):
            raise UsageError(
                f"{path} keeps weights outside its folder, in {location!r}",
                expected="weights in the model's own folder",
                hint="do not use this file, unless you made it: then move the weights beside it",
            )
        if not file.is_file():
            raise UsageError(
                f"{path} keeps weights in {location!r}, which is missing",
                expected=f"the file {file}",
                hint="get the model again, with all its files",
            )


def _cuda_trouble() -> UsageError | None:
    """Why CUDA cannot be used; None when it can."""
    if _CUDA not in ort.get_available_providers():
        return _not_on_cuda(f"ONNX Runtime {ort.__version__} was built without CUDA")
    why = _probe_cuda()
    return None if why is None else _not_on_cuda(f"ONNX Runtime cannot use CUDA: {why}")


def _not_on_cuda(what: str) -> UsageError:
    if _CUDA in ort.get_available_providers():
        return UsageError(
            what,
            expected="a graphics card, its driver, and the CUDA and cuDNN libraries of this build",
            hint="pip install 'onnxruntime-gpu[cuda,cudnn]', or go on with --device cpu",
        )
    shadowed = _installed("onnxruntime-gpu") and _installed("onnxruntime")
    return UsageError(
        what + (": plain onnxruntime lies over onnxruntime-gpu" if shadowed else ""),
        expected="onnxruntime-gpu, installed last (insightface and deepface bring the plain one)",
        hint=f"{_REPLACE}, or go on with --device cpu",
    )


def _installed(distribution: str) -> bool:
    try:
        metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return False
    return True


@cache
def _probe_cuda() -> str | None:
    """Runs a network of one node on CUDA alone; says what went wrong. CUDA's and cuDNN's libraries,
    which pip puts where the loader does not look, are in the process afterwards."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):  # it prints what it could not load
        ort.preload_dlls()
    helper = onnx.helper
    x, y = (helper.make_tensor_value_info(n, onnx.TensorProto.FLOAT, [8]) for n in ("x", "y"))
    graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "probe", [x], [y])
    model = helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 13)])
    options = ort.SessionOptions()
    options.log_severity_level = 4
    options.add_session_config_entry("session.disable_cpu_ep_fallback", "1")
    try:
        session = ort.InferenceSession(
            model.SerializeToString(), options, providers=[_CUDA], enable_fallback=0
        )
        result = session.run(None, {"x": np.arange(-4, 4, dtype=np.float32)})[0]
    except (
        *_MODEL_FAULTS,
        faults.EPFail,
        faults.RuntimeException,
        RuntimeError,
        ValueError,
    ) as error:
        return " ".join([str(error), said.getvalue().strip()]).strip()
    if session.get_providers()[0] != _CUDA or result.sum() != 6:
        return f"a test ran on {session.get_providers()[0]} and gave {result.tolist()}"
    return None
