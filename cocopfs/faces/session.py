"""Sessions of ONNX Runtime: on the device that was asked for, or an error that says how to mend it.

ONNX Runtime falls back to the CPU without an exception when CUDA cannot be used, so every session
is asked afterwards where it runs. On CUDA, matrix products of float32 networks are in TF32, as is
ONNX Runtime's default: inputs are rounded to 10 bits after the point.
"""

from __future__ import annotations

import contextlib
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import onnxruntime as ort
from onnxruntime.capi import onnxruntime_pybind11_state as faults

from cocopfs.errors import UsageError
from cocopfs.faces.cuda import CUDA, cuda_trouble, cuda_trouble_aside, not_on_cuda
from cocopfs.faces.graph import Graph, read_graph

Device = Literal["auto", "cuda", "cpu"]
Provider = Literal["cuda", "cpu"]

_WEIGHTS_FOLDER = "session.model_external_initializers_file_folder_path"
_RECORD = "session.record_ep_graph_assignment_info"
_CPU = "CPUExecutionProvider"
# Since ONNX Runtime 1.20 each asks other rules of cuDNN for a convolution's kernel: HEURISTIC its
# mode A; EXHAUSTIVE, the default, its mode B, which takes longer to answer, and that for every new
# shape; DEFAULT those for what has no good kernel. None of them times kernels any more, so the same
# shape gets the same one. https://github.com/microsoft/onnxruntime/issues/22705
_CUDA_OPTIONS = {"cudnn_conv_algo_search": "HEURISTIC"}
_gpu = 0

# What ONNX Runtime leaves to the CPU for the shapes of arrays. On CUDA it has kernels of all of
# these for floating-point numbers, so whichever is on the CPU nevertheless computes a shape.
_SHAPE_OPERATORS = """
    Shape Size Constant ConstantOfShape Range Identity Cast Gather Slice Split Concat Squeeze
    Unsqueeze Reshape Expand Tile Add Sub Mul Div Mod Neg Abs Floor Ceil Min Max Equal Less
    LessOrEqual Greater GreaterOrEqual And Or Not Where ReduceProd ReduceMin ReduceMax ReduceSum
""".split()  # noqa: SIM905  # forty lines otherwise

# How ONNX Runtime, CUDA, cuBLAS and cuDNN say that memory ran out, in small letters.
_OUT_OF_MEMORY = (
    "failed to allocate memory",
    "is smaller than requested bytes",
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

# EPFail: among others what a convolution says for which cuDNN has no kernel.
RUN_FAULTS = (*_MODEL_FAULTS, faults.EPFail, faults.RuntimeException, RuntimeError)
"""What a session raises that cannot do with its inputs what its graph asks for."""


def use_gpu(number: int) -> None:
    """Sessions that this process opens from now on, if on CUDA, run on the GPU of that number."""
    global _gpu  # noqa: PLW0603  # a process has one
    _gpu = number


def used_gpu() -> int:
    """The number of the GPU that `use_gpu` was told last; 0 before."""
    return _gpu


def resolve_device(device: Device, aside: Sequence[int] = ()) -> Provider:
    """The device to run on. `auto` is CUDA where a network of one node really runs on it: on this
    process's GPU, see `use_gpu`.

    aside: try these GPUs instead, in a process of its own. For a process that leaves the networks
    to others: trying would take memory of the GPU for as long as it lives.
    Raises UsageError when CUDA was asked for and cannot be used; the hint says how to mend it.
    """
    if device == "cpu":
        return "cpu"
    trouble = cuda_trouble_aside(aside) if aside else cuda_trouble(_gpu)
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

    def operators_on_cpu(self) -> Counter[str] | None:
        """How many nodes of a session on CUDA the CPU computes, by operator; what only computes
        the shapes of arrays is left out, since ONNX Runtime does that on the CPU on purpose. None
        where it does not tell: before 1.24, and of a session on the CPU."""
        try:
            parts = self.get_provider_graph_assignment_info()
        except (AttributeError, faults.Fail):  # Fail: nothing was recorded
            return None
        nodes = (node for part in parts if part.ep_name == _CPU for node in part.get_nodes())
        return Counter(node.op_type for node in nodes if node.op_type not in _SHAPE_OPERATORS)

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
    cuda = (CUDA, _CUDA_OPTIONS | {"device_id": str(_gpu)})
    providers: list[Any] = [cuda, _CPU] if target == "cuda" else [_CPU]
    if target == "cuda":
        options.add_session_config_entry(_RECORD, "1")
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
    if found != (CUDA if target == "cuda" else _CPU):
        raise not_on_cuda(f"{path} was to run on CUDA, but ONNX Runtime put it on {found}")
    session.gpu = _gpu
    if on_cpu := session.operators_on_cpu():
        told = ", ".join(f"{count} {operator}" for operator, count in sorted(on_cpu.items()))
        warnings.warn(
            f"{path}: the CPU computes {told}, for which ONNX Runtime {ort.__version__} has "
            "nothing on CUDA: slower, and data goes to and fro",
            stacklevel=2,
        )
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
