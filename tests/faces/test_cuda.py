"""What is found out about CUDA without a GPU; and, with one, that it does what the CPU does."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import onnxruntime as ort
import pytest
from numpy.typing import NDArray
from onnx import parser

from cocopfs.faces import cuda
from cocopfs.faces.binding import BoundSession
from cocopfs.faces.cuda import cuda_libraries, cuda_trouble, cuda_trouble_aside, not_on_cuda
from cocopfs.faces.gpus import count_gpus, processor
from cocopfs.faces.inswapper import open_inswapper
from cocopfs.faces.session import open_session
from cocopfs.faces.swap_network import TOLERANCE, Precision, SwapNetwork
from cocopfs.records import Box, Face, Portrait, SwapTarget, pack_vector, unpack_vector
from cocopfs.stages.swapping import SwapJob, SwappedPhoto, swap_photos
from tests.faces import arrays, graphs

TROUBLE = cuda_trouble(0)
needs_cuda = pytest.mark.skipif(TROUBLE is not None, reason=TROUBLE.what if TROUBLE else "")


@pytest.fixture
def built_for(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """This ONNX Runtime says that it was built for that CUDA, and the driver that it knows one."""

    def say(build: str, driver: int | None) -> None:
        monkeypatch.setattr(ort, "get_available_providers", lambda: [cuda.CUDA])
        monkeypatch.setattr(ort, "cuda_version", build, raising=False)
        monkeypatch.setattr(cuda, "_cuda_of_the_driver", lambda: driver)

    cuda_libraries.cache_clear()
    yield say
    cuda_libraries.cache_clear()


@pytest.mark.parametrize(
    ("build", "driver", "hint", "expected"),
    [
        ("13.0", 13, "pip install 'onnxruntime-gpu[cuda,cudnn]', or", "CUDA 13, 580 or newer"),
        ("13.0", 12, "update the driver, or pip install 'onnxruntime-gpu[cuda,cudnn]<1.27'", "580"),
        ("13.0", None, "install NVIDIA's driver", "CUDA 13, 580 or newer"),
        ("12.8", 12, "pip install 'onnxruntime-gpu[cuda,cudnn]', or", "CUDA 12, 525 or newer"),
        ("12.8", 13, "pip install 'onnxruntime-gpu[cuda,cudnn]', or", "CUDA 12, 525 or newer"),
        ("14.1", 14, "pip install 'onnxruntime-gpu[cuda,cudnn]', or", "a driver for CUDA 14, and"),
        ("", 13, "pip install 'onnxruntime-gpu[cuda,cudnn]', or", "a driver for CUDA, and"),
    ],
)
def test_the_hint_fits_the_build_and_the_driver(
    built_for: Any, build: str, driver: int | None, hint: str, expected: str
) -> None:
    built_for(build, driver)
    error = not_on_cuda("nothing runs")
    assert hint in str(error.hint)
    assert "--device cpu" in str(error.hint)
    assert expected in str(error.expected)
    assert ("the driver knows CUDA 12" in error.what) == (build == "13.0" and driver == 12)


def test_a_process_that_cuda_kills_is_no_end_of_this_one(
    built_for: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    built_for("13.0", 13)
    monkeypatch.setattr(cuda, "_ASIDE", "import sys; sys.exit('libcudart went mad')")
    trouble = cuda_trouble_aside([0])
    assert trouble is not None
    assert "exit code 1. libcudart went mad" in trouble.what


def test_what_another_process_prints_is_not_taken_for_its_answer(
    built_for: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    built_for("13.0", 13)
    start = (
        "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from cocopfs.faces import cuda; "
    )
    start += "print('hello'); cuda._probe = {7: None, 8: 'lost', 9: 'broken'}.get; "
    start += "cuda.tell_trouble(map(int, sys.argv[2:]))"
    monkeypatch.setattr(cuda, "_ASIDE", start)
    assert cuda_trouble_aside([7]) is None
    trouble = cuda_trouble_aside([7, 8, 9])
    assert trouble is not None
    assert "GPU 8: lost" in trouble.what


def test_libraries_of_another_cuda_do_not_count(
    built_for: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PyTorch may bring its own."""

    def version(name: str) -> str:
        if name in ("nvidia-cublas-cu12", "nvidia-cublas", "nvidia-cudnn-cu12", "nvidia-nccl-cu12"):
            return "1.2"
        raise metadata.PackageNotFoundError

    monkeypatch.setattr(metadata, "version", version)
    built_for("12.8", 12)
    found = cuda_libraries()
    assert {"nvidia-cublas-cu12", "nvidia-cudnn-cu12"} == {n for n in found if n[:6] == "nvidia"}
    assert found["onnxruntime build"].startswith("CUDA 12, ")
    cuda_libraries.cache_clear()
    built_for("13.0", 13)
    assert {"nvidia-cublas"} == {name for name in cuda_libraries() if name[:6] == "nvidia"}


@needs_cuda
def test_the_card_and_its_libraries_are_known_by_name() -> None:
    assert cuda_trouble_aside(range(count_gpus())) is None
    trouble = cuda_trouble_aside([count_gpus()])
    assert trouble is not None
    assert f"GPU {count_gpus()}: " in trouble.what
    assert processor("cuda") != "GPU"
    assert processor("cuda", count_gpus()) == "GPU"
    assert cuda_libraries()["cudnn"].isdigit()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "inswapper_128.onnx"
    graphs.write_inswapper(path, seed=5)
    return path


def _near(one: arrays.Numbers, other: arrays.Numbers) -> bool:
    return bool(np.abs(one - other).max() <= TOLERANCE["float32", "cuda"])


@needs_cuda
def test_buffers_on_the_gpu_give_what_the_cpu_gives(file: Path) -> None:
    bound = BoundSession(open_session(file, "cuda", 1), "cuda")
    assert not bound.session.operators_on_cpu()
    expected = open_session(file, "cpu", 1)
    for turn in range(3):
        feed = {"target": arrays.faces(turn + 1)[-1:], "source": arrays.sources(turn + 1)[-1:]}
        assert _near(bound.run(feed, (1, 3, 128, 128)), expected.run(None, feed)[0])


@pytest.fixture(scope="module")
def doubling(tmp_path_factory: pytest.TempPathFactory) -> BoundSession:
    """Of x [n, 3] the double, plus a place's number."""
    path = tmp_path_factory.mktemp("models") / "double.onnx"
    graphs.write_doubling(path)
    return BoundSession(open_session(path, "cuda", 1), "cuda")


def _doubled(bound: BoundSession, size: int, value: float) -> bool:
    x, place = np.full((size, 3), value, np.float32), np.arange(size).reshape(-1, 1)
    return bool((bound.run({"x": x, "place": place}, (size, 3)) == 2 * value + place).all())


@needs_cuda
def test_shapes_may_change_on_the_gpu(doubling: BoundSession) -> None:
    for size in (1, 5, 5, 2, 2, 1, 7000, 5):
        assert _doubled(doubling, size, size)


@needs_cuda
def test_threads_share_the_gpu_but_no_buffers(doubling: BoundSession) -> None:
    together = threading.Barrier(4)

    def work(number: int) -> bool:
        together.wait()
        return all(_doubled(doubling, 1 + (number + turn) % 3, number) for turn in range(200))

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(work, range(4)))


@needs_cuda
def test_memory_of_the_gpu_that_runs_out_is_told(doubling: BoundSession) -> None:
    count = 1 << 40
    x, place = np.broadcast_to(np.float32(0), (count, 3)), np.broadcast_to(0, (count, 1))
    with pytest.raises(MemoryError):
        doubling.run({"x": x, "place": place}, (count, 3))
    assert _doubled(doubling, 3, 4)


@needs_cuda
def test_memory_that_runs_out_within_the_network_is_told(tmp_path: Path) -> None:
    """Of each of n numbers with each other: 4 TB."""
    path = tmp_path / "square.onnx"
    onnx.save(
        parser.parse_model(
            '<ir_version: 8, opset_import: ["" : 13]> g (float[n,1] x, float[1,n] y) => '
            "(float[n,1] z) { all = Mul(x, y) z = ReduceMean<axes = [1], keepdims = 1>(all) }"
        ),
        path,
    )
    bound = BoundSession(open_session(path, "cuda", 1), "cuda")
    for count, enough in ((4, True), (1 << 20, False), (8, True)):
        feed = {"x": np.ones((count, 1), np.float32), "y": np.ones((1, count), np.float32)}
        if enough:
            assert (bound.run(feed, (count, 1)) == 1).all()
        else:
            with pytest.raises(MemoryError):
                bound.run(feed, (count, 1))


@needs_cuda
@pytest.mark.parametrize("precision", ["float32", "float16"])
def test_many_faces_go_through_the_gpu_in_one_call(file: Path, precision: Precision) -> None:
    network = SwapNetwork(file, "cuda", 1, precision)
    assert network.batched
    assert network.gathers
    assert not network.operators_on_cpu
    assert 0 < network.difference <= TOLERANCE[precision, "cuda"]
    assert SwapNetwork(file, "cuda", 1, precision).difference == network.difference, "remembered"
    targets, sources, places = (
        arrays.faces(3),
        arrays.sources(8),
        np.array([0, 0, 1, 1, 1, 2, 2, 2]),
    )
    expected = SwapNetwork(file, "cpu", 1).run(targets, sources, places)
    found = network.run(targets, sources, places)
    assert np.abs(found - expected).max() <= 2 * TOLERANCE[precision, "cuda"]


@pytest.fixture
def job(tmp_path: Path) -> SwapJob:
    """Six photos with one to three identities each."""
    rng = np.random.default_rng(0)
    shape = np.array([[-0.5, 0], [0.5, 0], [0, 0.55], [-0.4, 1.05], [0.4, 1.05]])
    points = shape * 25 + (100, 90)
    face = Face(Box(75, 65, 50, 65), tuple(points.astype(np.float32).ravel().tolist()), 0.9)
    sources = {}
    for number in range(3):
        vector = rng.standard_normal(512).astype(np.float32)
        packed = pack_vector(vector / np.linalg.norm(vector))
        portrait = Portrait(f"p{number}", f"{number}.png", "", face, 1, packed)
        sources[f"n{number}"] = (portrait,)
    (tmp_path / "train2017").mkdir()
    targets = []
    for number in range(6):
        path = tmp_path / f"train2017/{number}.png"
        cv2.imwrite(str(path), rng.integers(0, 256, (240, 200 + 10 * number, 3), np.uint8))
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        chosen = tuple(f"n{place}" for place in range(1 + number % 3))
        targets.append(SwapTarget(number, "train2017", path.name, digest, face, chosen))
    return SwapJob(targets, sources, tmp_path, tmp_path, 10**7)


@needs_cuda
def test_photos_come_off_the_gpu_as_off_the_cpu(file: Path, job: SwapJob) -> None:
    """However many share a call. A level and a half for what is cut off and laid over."""
    serial = open_inswapper(file, "cpu", 1, 512)
    expected = [
        serial.swap(
            job.read(target).pixels,
            target.face.points,
            unpack_vector(job.sources[class_id][0].embedding),
        ).picture
        for target in job.targets
        for class_id in target.class_ids
    ]

    def pictures(photo: SwappedPhoto) -> list[NDArray[np.uint8]]:
        return [one.swapped.picture.copy() for one in photo.swaps()]

    for batch in (1, 4, 100):
        photos = swap_photos(job, open_inswapper(file, "cuda", 1, 512), batch, pictures)
        found = [picture for photo in photos for picture in photo]
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert np.abs(one.astype(int) - other).max() <= 255 * TOLERANCE["float32", "cuda"] + 1.5
