"""Many faces in one call come out as each alone; a file with which they do not is used as it is."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from numpy.typing import NDArray
from onnx import helper, numpy_helper
from onnxruntime.capi import onnxruntime_pybind11_state as faults

from cocopfs.errors import UsageError
from cocopfs.faces import swap_network
from cocopfs.faces.batching import TARGET_OF
from cocopfs.faces.binding import BoundSession
from cocopfs.faces.graph import read_without_weights
from cocopfs.faces.session import Provider, Session, open_session
from cocopfs.faces.swap_network import TOLERANCE, SwapNetwork
from tests.faces import arrays, graphs

SPEAKING = "swaps one face at a time"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "inswapper_128.onnx"
    graphs.write_inswapper(path, seed=3)
    return path


def _alone(
    path: Path, targets: arrays.Numbers, sources: arrays.Numbers, target_of: NDArray[Any]
) -> arrays.Numbers:
    """What the file as it is gives, one by one."""
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    feeds = (
        {"target": targets[[place]], "source": source[None]}
        for source, place in zip(sources, target_of, strict=True)
    )
    return np.concatenate([session.run(None, feed)[0] for feed in feeds])


def _edited(path: Path, change: Callable[[onnx.GraphProto], None]) -> Path:
    model = onnx.load(path)
    change(model.graph)
    changed = path.with_name(f"{change.__name__}.onnx")
    changed.write_bytes(model.SerializeToString())
    return changed


@pytest.mark.parametrize(
    "target_of", [[0], [0] * 5, [0, 0, 1, 1, 1, 2], [2, 0, 1], list(range(3)) * 5]
)
def test_bits_do_not_depend_on_the_company(file: Path, target_of: list[int]) -> None:
    network = SwapNetwork(file, "cpu", 1)
    targets, sources, places = arrays.faces(3), arrays.sources(len(target_of)), np.array(target_of)
    found = network.run(targets, sources, places)
    assert network.batched
    assert found.shape == (len(target_of), 3, 128, 128)
    assert found.dtype == np.float32
    assert (found == _alone(file, targets, sources, places)).all()


def test_the_file_is_tried_once(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    SwapNetwork(file, "cpu", 1)

    def never(*_: Any) -> float:
        raise AssertionError("tried again")

    monkeypatch.setattr(SwapNetwork, "_difference", never)
    assert SwapNetwork(file, "cpu", 1).difference <= TOLERANCE["float32", "cpu"]
    with pytest.raises(AssertionError, match="tried again"):
        SwapNetwork(file, "cpu", 1, digest="another file's")
    with pytest.raises(AssertionError, match="tried again"):
        SwapNetwork(file, "cpu", 2)
    monkeypatch.setattr(swap_network, "processor", lambda provider: f"another {provider}")
    with pytest.raises(AssertionError, match="tried again"):
        SwapNetwork(file, "cpu", 1)


def test_a_spoilt_memory_is_made_anew(file: Path, cache: Path) -> None:
    SwapNetwork(file, "cpu", 1)
    notes = sorted((cache / "cocopfs" / "trials").iterdir())
    assert notes
    for note in notes:
        note.write_bytes(b"{")
    assert SwapNetwork(file, "cpu", 1).batched
    assert any(note.read_bytes() != b"{" for note in notes)


def _mixes_faces(graph: onnx.GraphProto) -> None:
    """The faces of one call influence each other: the mean over all of them is taken off."""
    graph.node[-1].output[0] = "raw"
    graph.node.append(helper.make_node("ReduceMean", ["raw"], ["mean"], axes=[0]))
    graph.node.append(helper.make_node("Mul", ["mean", "half"], ["less"]))
    graph.node.append(helper.make_node("Sub", ["raw", "less"], ["output"]))


def _takes_one(graph: onnx.GraphProto) -> None:
    """A weight as large as the whole batch stands beside the picture."""
    noise = numpy_helper.from_array(np.zeros((1, 3, 128, 128), np.float32), "noise")
    graph.initializer.insert(0, noise)
    graph.node[-1].output[0] = "raw"
    graph.node.append(helper.make_node("Concat", ["raw", "noise"], ["both"], axis=1))
    graph.node.append(helper.make_node("Slice", ["both", "zero", "three", "one"], ["output"]))
    for name, value in (("zero", 0), ("three", 3), ("one", 1)):
        graph.initializer.insert(0, numpy_helper.from_array(np.array([value]), name))


def _ignores_the_source(graph: onnx.GraphProto) -> None:
    graph.node[-1].output[0] = "unused"
    graph.node.append(helper.make_node("Identity", ["i"], ["output"]))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (_mixes_faces, "off by"),
        (_takes_one, "dimension"),
        (_ignores_the_source, "does not depend on the source"),
    ],
)
def test_a_file_that_cannot_be_batched_is_used_as_it_is(
    file: Path, change: Callable[[onnx.GraphProto], None], why: str
) -> None:
    path = _edited(file, change)
    targets, sources, places = arrays.faces(2), arrays.sources(3), np.array([0, 0, 1])
    for _ in range(2):  # the second time from memory
        with pytest.warns(UserWarning, match=f"{path.name} {SPEAKING}: .*({why})"):
            network = SwapNetwork(path, "cpu", 1)
        assert not network.batched
        assert not network.gathers
        assert network.difference == 0
        found = network.run(targets, sources, places)
        assert (found == _alone(path, targets, sources, places)).all()


class _Tf32Session(BoundSession):
    """On the CPU, but what is to run on CUDA is off as TF32's rounding would make it."""

    def __init__(self, session: Session, provider: Provider) -> None:
        super().__init__(session, "cpu")
        self.rounding = 0.9 * TOLERANCE["float32", "cuda"] if provider == "cuda" else 0

    def run(self, feed: Mapping[str, NDArray[Any]], shape: tuple[int, ...]) -> arrays.Numbers:
        return super().run(feed, shape) + np.float32(self.rounding)


class _Exact(_Tf32Session):
    def __init__(self, session: Session, provider: Provider) -> None:
        BoundSession.__init__(self, session, "cpu")
        self.rounding = 0


@pytest.fixture
def on_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(path: Path, device: Provider, *given: Any) -> Session:
        return open_session(path, "cpu", *given)

    monkeypatch.setattr(swap_network, "resolve_device", lambda device: device)
    monkeypatch.setattr(swap_network, "open_session", opened)
    monkeypatch.setattr(swap_network, "BoundSession", _Tf32Session)
    monkeypatch.setattr(swap_network, "cuda_libraries", lambda: {"cudnn": "92400"})


def test_the_rounding_of_tf32_does_not_forbid_batches(file: Path, on_cuda: None) -> None:
    network = SwapNetwork(file, "cuda", 1)
    assert network.batched
    assert network.gathers
    assert network.difference == pytest.approx(0.9 * TOLERANCE["float32", "cuda"], rel=0.01)


def _leaks_a_little(graph: onnx.GraphProto) -> None:
    """The faces of one call influence each other, by less than TF32 rounds."""
    weight = numpy_helper.from_array(np.array([1e-3], np.float32), "little")
    graph.initializer.insert(0, weight)
    graph.node[-1].output[0] = "raw"
    graph.node.append(helper.make_node("ReduceMean", ["raw"], ["mean"], axes=[0]))
    graph.node.append(helper.make_node("Mul", ["mean", "little"], ["less"]))
    graph.node.append(helper.make_node("Sub", ["raw", "less"], ["output"]))


def test_a_wrong_rewriting_does_not_hide_in_the_rounding_of_tf32(file: Path, on_cuda: None) -> None:
    with pytest.warns(UserWarning, match=f"{SPEAKING}: .*off by .* over 1e-05"):
        network = SwapNetwork(_edited(file, _leaks_a_little), "cuda", 1)
    assert not network.batched


def test_another_cudnn_is_tried_anew(
    file: Path, on_cuda: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    SwapNetwork(file, "cuda", 1)
    monkeypatch.setattr(swap_network, "BoundSession", _Exact)
    assert SwapNetwork(file, "cuda", 1).difference > 0, "remembered"
    monkeypatch.setattr(swap_network, "cuda_libraries", lambda: {"cudnn": "92500"})
    assert SwapNetwork(file, "cuda", 1).difference <= TOLERANCE["float32", "cpu"]


def test_a_rewriting_for_which_cudnn_has_no_kernel_is_done_without(
    file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Refusing(BoundSession):
        def run(self, feed: Mapping[str, NDArray[Any]], shape: tuple[int, ...]) -> arrays.Numbers:
            if TARGET_OF in feed:
                raise faults.EPFail("OP not supported by CUDNN Frontend")
            return super().run(feed, shape)

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(swap_network, "BoundSession", Refusing)
    with pytest.warns(UserWarning, match=f"{SPEAKING}: OP not supported"):
        network = SwapNetwork(file, "cpu", 1)
    assert network.run(arrays.faces(1), arrays.sources(2), np.array([0, 0])).shape == (
        2,
        3,
        128,
        128,
    )


def test_half_precision_is_near_and_not_the_same(file: Path) -> None:
    network = SwapNetwork(file, "cpu", 1, "float16")
    targets, sources, places = arrays.faces(2), arrays.sources(3), np.array([0, 1, 1])
    found = network.run(targets, sources, places)
    expected = _alone(file, targets, sources, places)
    assert network.batched
    assert 0 < network.difference <= TOLERANCE["float16", "cpu"]
    assert found.dtype == np.float32
    assert 0 < np.abs(found - expected).max() <= 2 * network.difference


def _overflows(graph: onnx.GraphProto) -> None:
    """A weight is larger than float16 can hold."""
    for name, value in (("large", 1e6), ("small", 1e-6)):
        graph.initializer.insert(0, numpy_helper.from_array(np.array([value], np.float32), name))
    graph.node[-1].output[0] = "raw"
    graph.node.append(helper.make_node("Mul", ["raw", "large"], ["more"]))
    graph.node.append(helper.make_node("Mul", ["more", "small"], ["output"]))


def test_a_network_that_half_precision_breaks_is_refused(file: Path) -> None:
    path = _edited(file, _overflows)
    assert SwapNetwork(path, "cpu", 1).batched
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=UserWarning)  # of the conversion itself
        with pytest.raises(UsageError, match=r"_overflows\.onnx cannot run in float16") as caught:
            SwapNetwork(path, "cpu", 1, "float16")
    assert "swap.precision=float32" in str(caught.value.hint)


def test_weights_are_not_read_into_the_rewritten_graph(file: Path) -> None:
    assert read_without_weights(file).ByteSize() < 0.05 * file.stat().st_size


def test_a_link_to_the_file_is_as_good(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "other name.onnx"
    link.symlink_to(file)
    targets, sources, places = arrays.faces(1), arrays.sources(2), np.array([0, 0])
    found = SwapNetwork(link, "cpu", 1).run(targets, sources, places)
    assert (found == SwapNetwork(file, "cpu", 1).run(targets, sources, places)).all()


def test_threads_may_share_it(file: Path) -> None:
    network = SwapNetwork(file, "cpu", 1)
    targets, sources = arrays.faces(4), arrays.sources(6)
    places = np.array([0, 0, 1, 2, 3, 3])
    expected = network.run(targets, sources, places)

    def work(turn: int) -> bool:
        rows = np.arange(turn % 6, 6)
        found = network.run(targets, sources[rows], places[rows])
        return bool((found == expected[rows]).all())

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(work, range(40)))


def test_it_goes_on_after_memory_ran_out(file: Path) -> None:
    network = SwapNetwork(file, "cpu", 1)
    count = 1 << 40
    sources = np.broadcast_to(np.float32(0), (count, 512))
    with pytest.raises(MemoryError):
        network.run(arrays.faces(1), sources, np.broadcast_to(np.int64(0), (count,)))
    assert network.run(arrays.faces(1), arrays.sources(1), np.array([0])).any()
