"""The swap of a whole build: each network is called as often as it must be, and no more, and the
bytes do not tell who did the work."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cocopfs import supplies
from cocopfs.engine.executors import Executor
from cocopfs.errors import IncompleteError, UsageError
from cocopfs.faces.detector import Detector
from cocopfs.faces.recogniser import Recogniser
from cocopfs.faces.swap_network import TOLERANCE, SwapNetwork
from cocopfs.recipe import load_recipe
from cocopfs.records import Pairing, Reason, Swap
from cocopfs.stages import swapping
from cocopfs.stages.build import Build
from cocopfs.stages.pipeline import Materials
from cocopfs.supplies import executor_for
from tests.command import cocopfs
from tests.faces.graphs import write_inswapper, write_recogniser
from tests.material import Material
from tests.whole_build.trial import (
    ALONE,
    crew,
    decoded,
    run,
    run_steps,
    stage_rejections,
    trial_build,
    upstream,
)

BEFORE = ("select", "describe", "enroll", "match", "calibrate")
SETTINGS = (
    "swap.swapper=inswapper",
    "enroll.same_picture=1.0",  # random embeddings are all alike
    "judge.min_margin=-2",
    "judge.require_redetection=false",
    *(f"judge.max_{name}=null" for name in ("landmark_error", "pose_difference")),
    "judge.max_colour_difference=null",
    "judge.min_sharpness=null",
    "match.identities_per_photo=3",
)

Pixels = NDArray[np.uint8]


@pytest.fixture(scope="module")
def random_swapper(material: Material, tmp_path_factory: pytest.TempPathFactory) -> Material:
    """The pack with a swapper of inswapper's interface and a recogniser that fits it, both of
    random weights."""
    pack = tmp_path_factory.mktemp("random") / "pack"
    shutil.copytree(material.pack, pack)
    models = pack / "insightface" / "models" / "real-small"
    (models / "rec_mbf.onnx").unlink()
    write_recogniser(models / "rec_random.onnx", dimension=512, seed=1)
    write_inswapper(pack / "inswapper_128.onnx", seed=2)
    return Material(material.coco, material.vggface2, pack)


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


def swap_build(material: Material, out: Path, *more: str) -> Build:
    return trial_build(material, out, *SETTINGS, *more)


class Calls:
    """What the networks were given to look at, as bytes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.detected: list[bytes] = []
        self.embedded: list[bytes] = []
        self.swapped: list[tuple[int, int]] = []
        detect, embed, swap = Detector.detect, Recogniser.embed, SwapNetwork.run

        def detecting(network: Detector, picture: Pixels, *rest: Any) -> Any:
            self.detected.append(picture.tobytes())
            return detect(network, picture, *rest)

        def embedding(network: Recogniser, crops: Sequence[Pixels], batch: int) -> Any:
            self.embedded += [crop.tobytes() for crop in crops]
            return embed(network, crops, batch)

        def swapping(network: SwapNetwork, targets: Any, sources: Any, *rest: Any) -> Any:
            self.swapped.append((len(targets), len(sources)))
            return swap(network, targets, sources, *rest)

        monkeypatch.setattr(Detector, "detect", detecting)
        monkeypatch.setattr(Recogniser, "embed", embedding)
        monkeypatch.setattr(SwapNetwork, "run", swapping)

    def forget(self) -> None:
        for calls in (self.detected, self.embedded, self.swapped):
            calls.clear()


@pytest.fixture(scope="module")
def matched(random_swapper: Material, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build up to the swap. Tests copy it."""
    out = tmp_path_factory.mktemp("matched") / "out"
    run_steps(swap_build(random_swapper, out), *BEFORE)
    return out


@pytest.fixture
def copied(matched: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(matched, tmp_path / "out", copy_function=shutil.copy2))


def swaps(out: Path) -> list[Swap]:
    return list(upstream(out, "swap").read("swap", Swap))


def test_no_network_looks_twice_at_the_same_thing(
    random_swapper: Material, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, calls = tmp_path / "out", Calls(monkeypatch)
    build = swap_build(random_swapper, out)
    run_steps(build, "select")
    assert len(calls.detected) > 20
    assert max(Counter(calls.detected).values()) == 1, "the detector once a photo"
    assert not calls.embedded
    calls.forget()
    run_steps(build, "describe")
    assert not calls.detected
    run_steps(build, "enroll")
    assert len(calls.embedded) > 20
    assert max(Counter(calls.embedded).values()) == 1, "the recogniser once a portrait"
    assert max(Counter(calls.detected).values()) == 1
    calls.forget()
    run_steps(build, "match", "calibrate")
    assert not calls.detected + calls.embedded
    run_steps(build, "swap")
    pairings = Counter(row.photo_id for row in upstream(out, "match").read("match", Pairing))
    too_small = {
        int(row.item.split("_")[0])
        for row in stage_rejections(out, "swap")
        if row.reason is Reason.TOO_SMALL_TO_SWAP
    }
    expected = [count for photo_id, count in pairings.items() if photo_id not in too_small]
    assert sorted(calls.swapped) == sorted((1, count) for count in expected)
    assert len(calls.detected) == sum(expected), "once a swap, to find the face again"
    assert len(calls.embedded) == len(expected) + sum(expected), "original and swapped faces"


def _serially(
    groups: Iterable[Sequence[Any]],
    prepare: Callable[[Any], Any],
    run_model: Callable[[list[Any]], Iterable[Any]],
    finish: Callable[[Any], Any],
    **_: int,
) -> Iterator[Any]:
    for group in groups:
        for made in run_model([prepare(item) for item in group]):
            yield finish(made)


@pytest.mark.parametrize(
    "executor", [ALONE, Executor(2, "loky"), Executor(2, "threading")], ids=str
)
def test_the_same_bytes_as_one_thread_makes(
    random_swapper: Material,
    copied: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    executor: Executor,
) -> None:
    other = Path(shutil.copytree(copied, tmp_path / "other"))
    with monkeypatch.context() as patch:
        patch.setattr(swapping, "run_pipeline", _serially)
        run_steps(swap_build(random_swapper, other), "swap")
    swap_build(random_swapper, copied).run_stage("swap", crew(executor))
    files = [
        {path.name: path.read_bytes() for path in (out / "work" / "swap").rglob("*.*")}
        for out in (copied, other)
    ]
    assert len(files[0]) >= 3
    assert files[0] == files[1]


def test_another_batch_is_another_swap_and_nothing_else(
    random_swapper: Material, copied: Path
) -> None:
    run_steps(swap_build(random_swapper, copied), "swap")
    plan = {one.stage: one for one in swap_build(random_swapper, copied, "swap.max_batch=2").plan()}
    assert plan["swap"].reasons == ("swap.max_batch: 20 → 2",)
    assert all(plan[name].state == "up to date" for name in BEFORE)
    before = [row.picture for row in swaps(copied)]
    run_steps(swap_build(random_swapper, copied, "swap.max_batch=2"), "swap")
    assert [row.picture for row in swaps(copied)] == before, "on a CPU, bits are the same"


def test_memory_that_runs_out_ends_the_run_and_names_the_batch(
    random_swapper: Material, copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise MemoryError("Failed to allocate memory for requested buffer of size 2147483648")

    build = swap_build(random_swapper, copied)
    with monkeypatch.context() as patch:
        patch.setattr(SwapNetwork, "run", full)
        with pytest.raises(IncompleteError) as caught:
            run_steps(build, "swap")
    assert "lower --set swap.max_batch=" in str(caught.value.hint)
    run_steps(build, "swap")
    assert len(swaps(copied)) > 5


def test_half_precision_is_a_choice_that_the_manifest_tells(
    random_swapper: Material, copied: Path, tmp_path: Path
) -> None:
    other = Path(shutil.copytree(copied, tmp_path / "other"))
    exact = run(swap_build(random_swapper, copied))
    rough = run(swap_build(random_swapper, other, "swap.precision=float16"))
    for report, precision in ((exact, "float32"), (rough, "float16")):
        told = report.manifest["stack"]["swapper"]
        assert told["precision"] == precision
        assert told["tolerance"] == TOLERANCE[told["precision"], "cpu"]
        told_all = json.loads((report.out / "manifest.json").read_text())
        assert told_all["stack"]["swapper"] == told
        assert told_all["swap_calls"] == {"many_faces": len(swaps(report.out)), "one_face": 0}
    differences = [
        np.abs(decoded(one.picture).astype(int) - decoded(two.picture)).max()
        for one, two in zip(swaps(copied), swaps(other), strict=True)
    ]
    assert 0 < max(differences) <= 255 * TOLERANCE["float16", "cpu"] + 6, "and JPEG's rounding"


def test_gpus_are_refused_where_there_are_none(
    random_swapper: Material, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = random_swapper.options(tmp_path / "out", "--gpus", "all")
    ended = cocopfs(capsys, "build", "trial", *options)
    assert ended.code == 2
    assert "contradict each other" in ended.error
    options[options.index("cpu")] = "auto"
    ended = cocopfs(capsys, "build", "trial", *options)
    assert ended.code == 2
    assert "CUDA" in ended.error
    assert not (tmp_path / "out").exists()


def test_each_gpu_has_one_process(random_swapper: Material, tmp_path: Path) -> None:
    materials = swap_build(random_swapper, tmp_path).materials
    assert executor_for(materials, 3, "threading") == Executor(3, "threading")
    two = replace(materials, gpus=(1, 4))
    assert executor_for(two, 1, "loky") == Executor(2, "loky")
    with pytest.raises(UsageError, match="--gpus means 2 processes"):
        executor_for(two, 2, "threading")


@pytest.mark.parametrize(
    ("workers", "gpus"), [(1, (0, 2)), (2, (0, 2)), (4, (0, 2, 0, 2)), (3, None)]
)
def test_workers_are_shared_out_evenly_among_the_gpus(
    random_swapper: Material,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    workers: int,
    gpus: tuple[int, ...] | None,
) -> None:
    """On a machine that says it has four."""
    monkeypatch.setattr(supplies, "count_gpus", lambda: 4)
    devices = {("cuda", (0, 2)): "cuda"}  # that is asked for, on the GPUs that will be used
    monkeypatch.setattr(supplies, "resolve_device", lambda *asked: devices[asked])
    given = random_swapper.coco, random_swapper.vggface2, random_swapper.pack
    recipe = load_recipe("trial", SETTINGS)

    def materials() -> Materials:
        return supplies.gather(recipe, tmp_path, *given, "auto", None, workers, "0,2")

    if gpus is not None:
        assert materials().gpus == gpus
    else:
        with pytest.raises(UsageError, match="3 workers cannot be shared out evenly"):
            materials()
