"""A network runs on the device that was asked for, or a person is told how to mend it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.capi import onnxruntime_pybind11_state as faults

from cocopfs.errors import UsageError
from cocopfs.faces import cuda, session
from cocopfs.faces.session import Session, memory_faults, open_session, resolve_device, use_gpu
from tests.faces import graphs

without_cuda = pytest.mark.skipif(
    "CUDAExecutionProvider" in ort.get_available_providers(),
    reason="this ONNX Runtime was built with CUDA",
)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.onnx"
    graphs.write_classifier(path, 2, seed=0)
    return path


@pytest.fixture
def claims_cuda(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """ONNX Runtime says that it was built with CUDA."""
    offered = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(ort, "get_available_providers", lambda: offered)
    probe = cuda._probe
    probe.cache_clear()
    yield
    probe.cache_clear()


def test_a_session_has_the_threads_that_it_was_given(model: Path) -> None:
    options = open_session(model, "cpu", 3).get_session_options()
    assert options.intra_op_num_threads == 3
    assert options.inter_op_num_threads == 1
    assert options.use_deterministic_compute


@without_cuda
def test_auto_is_the_cpu_where_there_is_no_cuda(model: Path) -> None:
    assert resolve_device("auto") == "cpu"
    assert open_session(model, "auto", 1).get_providers() == ["CPUExecutionProvider"]


@without_cuda
def test_cuda_without_a_build_for_it_names_the_package(model: Path) -> None:
    with pytest.raises(UsageError, match="built without CUDA") as caught:
        open_session(model, "cuda", 1)
    assert "--force-reinstall --no-deps onnxruntime-gpu" in str(caught.value.hint)
    assert "lies over" not in caught.value.what


@without_cuda
def test_a_shadowed_gpu_build_is_recognised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.metadata.version", lambda _: "1.31.1")
    with pytest.raises(UsageError, match="plain onnxruntime lies over onnxruntime-gpu") as caught:
        resolve_device("cuda")
    assert "pip install --force-reinstall --no-deps onnxruntime-gpu" in str(caught.value.hint)


@without_cuda
def test_a_build_whose_cuda_does_not_run_is_not_believed(claims_cuda: None) -> None:
    with pytest.warns(UserWarning, match="CUDAExecutionProvider"):
        assert resolve_device("auto") == "cpu"
    with pytest.raises(UsageError, match="cannot use CUDA") as caught:
        resolve_device("cuda")
    assert "cuDNN" in str(caught.value.expected)


def test_each_process_tries_the_gpu_that_it_uses(
    claims_cuda: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[int] = []
    monkeypatch.setattr(cuda, "_probe", tried.append)
    monkeypatch.setattr(session, "_gpu", 0)
    assert resolve_device("auto") == "cuda"
    use_gpu(3)
    assert resolve_device("cuda") == "cuda"
    assert tried == [0, 3]


@without_cuda
def test_others_gpus_are_not_tried_in_this_process(
    claims_cuda: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cuda, "_probe", pytest.fail)
    assert resolve_device("auto", aside=[2, 5]) == "cpu"
    with pytest.raises(UsageError, match="cannot use CUDA: GPU 2: "):
        resolve_device("cuda", aside=[2, 5])


@without_cuda
def test_a_silent_fallback_to_the_cpu_is_an_error(
    monkeypatch: pytest.MonkeyPatch, model: Path
) -> None:
    monkeypatch.setattr(session, "resolve_device", lambda _: "cuda")
    with (
        pytest.warns(UserWarning, match="CUDAExecutionProvider"),
        pytest.raises(UsageError, match="put it on CPUExecutionProvider"),
    ):
        open_session(model, "cuda", 1)


def _recorded(model: Path) -> Session:
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.add_session_config_entry("session.record_ep_graph_assignment_info", "1")
    return Session(str(model), options, providers=["CPUExecutionProvider"])


tells_where_nodes_run = pytest.mark.skipif(
    not hasattr(ort.InferenceSession, "get_provider_graph_assignment_info"),
    reason="ONNX Runtime tells where nodes run since 1.24",
)


@tells_where_nodes_run
def test_operators_on_the_cpu_are_counted_without_the_arithmetic_of_shapes(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    onnx.save(
        onnx.parser.parse_model(
            '<ir_version: 8, opset_import: ["" : 13]> g (float[n,4] x) => (float[m] y) {'
            " shape = Shape(x) all = ReduceProd<keepdims = 1>(shape) flat = Reshape(x, all)"
            " a = Relu(flat) b = Sigmoid(a) y = Relu(b) }"
        ),
        path,
    )
    assert _recorded(path).operators_on_cpu() == {"Relu": 2, "Sigmoid": 1}


def test_where_nothing_was_recorded_nobody_guesses(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert open_session(model, "cpu", 1).operators_on_cpu() is None
    told = "get_provider_graph_assignment_info"
    monkeypatch.delattr(ort.InferenceSession.__base__, told, raising=False)
    assert _recorded(model).operators_on_cpu() is None, "before 1.24"


@tells_where_nodes_run
def test_a_network_that_cuda_cannot_run_whole_is_named(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Session, "operators_on_cpu", lambda _: {"Resize": 2, "Det": 1})
    with pytest.warns(UserWarning, match=r"model\.onnx: the CPU computes 1 Det, 2 Resize"):
        open_session(model, "cpu", 1)


def test_a_graph_that_cannot_run_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "odd.onnx"
    ports = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [1]) for n in ("x", "y")]
    node = helper.make_node("NoSuchOperator", ["x"], ["y"])
    graph = helper.make_graph([node], "odd", ports[:1], ports[1:])
    path.write_bytes(helper.make_model(graph, ir_version=8).SerializeToString())
    with pytest.raises(UsageError, match=r"cannot open .*odd\.onnx"):
        open_session(path, "cpu", 1)


def test_broken_files_are_refused_by_name(tmp_path: Path, model: Path) -> None:
    path = tmp_path / "broken.onnx"
    for content in (b"", b"no model", model.read_bytes()[:-20]):
        path.write_bytes(content)
        with pytest.raises(UsageError, match=r"broken\.onnx"):
            open_session(path, "cpu", 1)


def test_memory_that_runs_out_is_told_from_a_broken_model(tmp_path: Path) -> None:
    path = tmp_path / "large.onnx"
    x = helper.make_tensor_value_info("x", TensorProto.INT64, [1])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n"])
    graph = helper.make_graph([helper.make_node("ConstantOfShape", ["x"], ["y"])], "g", [x], [y])
    opsets = [helper.make_opsetid("", 13)]
    model: onnx.ModelProto = helper.make_model(graph, ir_version=8, opset_imports=opsets)
    path.write_bytes(model.SerializeToString())
    opened = open_session(path, "cpu", 1)
    with pytest.raises(MemoryError, match="allocate"):
        opened.run(None, {"x": np.array([1 << 50])})
    with pytest.raises(faults.InvalidArgument):
        opened.run(None, {"x": np.zeros((1, 1), np.int64)})
    assert opened.run(None, {"x": np.array([3])})[0].tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    "said",
    [
        "bfc_arena.cc:376 Failed to allocate memory for requested buffer of size 2147483648",
        "CUDA failure 2: out of memory ; GPU=0 ; hostname=a ; expr=cudaMalloc((void**)&p, size);",
        "CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED ; GPU=0",
        "CUDNN_FE failure 11: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED",
        "Available memory of 1024 is smaller than requested bytes of 4096",
        "std::bad_alloc",
    ],
)
def test_the_words_of_memory_that_ran_out_are_known(said: str) -> None:
    with pytest.raises(MemoryError), memory_faults():
        raise faults.RuntimeException(said)
    with pytest.raises(faults.RuntimeException), memory_faults():
        raise faults.RuntimeException("CUDA failure 700: an illegal memory access")


def _write_with_weights_in(path: Path, location: str) -> None:
    tensor = numpy_helper.from_array(np.full(4, 2, np.float32), "w")
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=location)
    tensor.external_data.add(key="length", value="16")
    ports = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [4]) for n in ("x", "y")]
    node = helper.make_node("Mul", ["x", "w"], ["y"])
    graph = helper.make_graph([node], "loose", ports[:1], ports[1:], [tensor])
    opsets = [helper.make_opsetid("", 13)]
    model: onnx.ModelProto = helper.make_model(graph, ir_version=8, opset_imports=opsets)
    path.write_bytes(model.SerializeToString())


def test_weights_beside_the_model_are_read(tmp_path: Path) -> None:
    (tmp_path / "weights").write_bytes(np.full(4, 2, np.float32).tobytes())
    _write_with_weights_in(tmp_path / "model.onnx", "weights")
    opened = open_session(tmp_path / "model.onnx", "cpu", 1)
    assert opened.run(None, {"x": np.full(4, 3, np.float32)})[0].tolist() == [6] * 4


@pytest.mark.parametrize("location", ["../secret", "/etc/passwd", "a/../../secret", "link", "a\0b"])
def test_weights_outside_the_folder_are_refused(tmp_path: Path, location: str) -> None:
    (tmp_path / "secret").write_bytes(bytes(16))
    folder = tmp_path / "pack"
    folder.mkdir()
    (folder / "link").symlink_to("../secret")
    _write_with_weights_in(folder / "model.onnx", location)
    with pytest.raises(UsageError, match="keeps weights outside its folder"):
        open_session(folder / "model.onnx", "cpu", 1)


@pytest.mark.parametrize("location", ["missing", "*/_ORT_MEM_ADDR_/*"])
def test_missing_weights_are_named(tmp_path: Path, location: str) -> None:
    """The second is no file, but ONNX Runtime's own word for an address in memory."""
    _write_with_weights_in(tmp_path / "model.onnx", location)
    with pytest.raises(UsageError, match="is missing"):
        open_session(tmp_path / "model.onnx", "cpu", 1)
