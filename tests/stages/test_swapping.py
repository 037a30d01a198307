"""Photos come out as if they had been worked on one by one, whoever does which part of it."""

from __future__ import annotations

import hashlib
import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from cocopfs.errors import IncompleteError
from cocopfs.faces.inswapper import Inswapper, open_inswapper
from cocopfs.records import Box, Face, Portrait, SwapTarget, pack_vector, unpack_vector
from cocopfs.stages.contract import one_thread_in_opencv
from cocopfs.stages.jpeg import AlikeJpegs, encode_jpeg
from cocopfs.stages.swapping import SwapJob, SwappedPhoto, blend_photos, swap_photos
from tests.faces.graphs import write_inswapper

IDENTITIES = 7
# Eyes, nose and mouth of a frontal face, in distances between the eyes.
SHAPE = np.array([[-0.5, 0], [0.5, 0], [0, 0.55], [-0.4, 1.05], [0.4, 1.05]])

Answer = list[tuple[int, list[tuple[str, bytes]], list[str]]]


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def inswapper(tmp_path_factory: pytest.TempPathFactory) -> Inswapper:
    path = tmp_path_factory.mktemp("models") / "inswapper_128.onnx"
    write_inswapper(path, seed=4)
    return open_inswapper(path, "cpu", 1, 512)


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> SwapJob:
    """Twelve photos with one to five identities each; the fifth one's face is too small."""
    folder = tmp_path_factory.mktemp("material")
    rng = np.random.default_rng(0)
    sources = {}
    for number in range(IDENTITIES):
        digest = _write(folder / f"gallery/{number}.png", rng, 120, 120)
        vector = rng.standard_normal(512).astype(np.float32)
        packed = pack_vector(vector / np.linalg.norm(vector))
        face = _face(60, 50, 30)
        sources[f"n{number}"] = (Portrait(f"p{number}", f"{number}.png", digest, face, 1, packed),)
    targets = []
    for number in range(12):
        name = f"{number}.png"
        digest = _write(folder / "coco/train2017" / name, rng, 200 + 10 * number, 240)
        eyes = 2 if number == 4 else 20 + number
        chosen = [f"n{(number + n) % IDENTITIES}" for n in range(1 + number % 5)]
        face = _face(100, 90, eyes)
        targets.append(SwapTarget(number, "train2017", name, digest, face, tuple(chosen)))
    return SwapJob(targets, sources, folder / "coco", folder / "gallery", 10**7)


def _write(path: Path, rng: np.random.Generator, width: int, height: int) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), rng.integers(0, 256, (height, width, 3), np.uint8))
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _face(x: float, y: float, eyes: float) -> Face:
    points = SHAPE * eyes + (x, y)
    box = Box(x - eyes, y - eyes, 2 * eyes, 2.6 * eyes)
    return Face(box, tuple(points.astype(np.float32).ravel().tolist()), 0.9)


def _answer(photo: SwappedPhoto) -> tuple[int, list[tuple[str, bytes]], list[str]]:
    swaps = [(one.class_id, one.swapped.picture.tobytes()) for one in photo.swaps()]
    return photo.target.photo_id, swaps, list(photo.refused)


def _serial(job: SwapJob, inswapper: Inswapper) -> Answer:
    """One photo after the other, one identity after the other."""
    found: Answer = []
    for target in job.targets:
        picture = job.read(target).pixels
        sources = [job.sources[class_id][0] for class_id in target.class_ids]
        if target.photo_id == 4:
            found.append((4, [], list(target.class_ids)))
            continue
        swaps = [
            inswapper.swap(picture, target.face.points, unpack_vector(one.embedding))
            for one in sources
        ]
        pictures = [one.picture.tobytes() for one in swaps]
        found.append((target.photo_id, list(zip(target.class_ids, pictures, strict=True)), []))
    return found


@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize("batch", [1, 3, 8, 100])
def test_the_pictures_are_those_of_one_thread(
    job: SwapJob,
    inswapper: Inswapper,
    monkeypatch: pytest.MonkeyPatch,
    together: bool,
    batch: int,
) -> None:
    """Whether photos share calls of the network, as on a GPU, or not."""
    monkeypatch.setattr(type(inswapper.network), "gathers", together)
    assert list(swap_photos(job, inswapper, batch, _answer)) == _serial(job, inswapper)


def test_a_photo_takes_one_call_of_the_network(
    job: SwapJob, inswapper: Inswapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[int, int]] = []
    threads = set()
    run = inswapper.network.run

    def counted(targets: Any, sources: Any, places: Any) -> NDArray[np.float32]:
        calls.append((len(targets), len(sources)))
        threads.add(threading.get_ident())
        return run(targets, sources, places)

    monkeypatch.setattr(inswapper.network, "run", counted)
    list(swap_photos(job, inswapper, 20, _answer))
    assert calls == [(1, len(t.class_ids)) for t in job.targets if t.photo_id != 4]
    assert threads == {threading.get_ident()}
    calls.clear()
    monkeypatch.setattr(type(inswapper.network), "gathers", True)
    list(swap_photos(job, inswapper, 8, _answer))
    wanted = sum(len(t.class_ids) for t in job.targets if t.photo_id != 4)
    assert len(calls) < len(job.targets) - 1
    assert wanted <= sum(sources for _, sources in calls) == 8 * len(calls)
    assert len({targets for targets, _ in calls}) == 1, "one shape, for which CUDA plans once"
    assert calls[0][0] > 1


def test_a_photo_is_read_once(
    job: SwapJob, inswapper: Inswapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    original = SwapJob.read

    def counted(self: SwapJob, target: SwapTarget) -> Any:
        read.append(target.photo_id)
        return original(self, target)

    monkeypatch.setattr(SwapJob, "read", counted)
    list(swap_photos(job, inswapper, 20, _answer))
    assert sorted(read) == [target.photo_id for target in job.targets]


def test_swaps_can_be_looked_at_again(job: SwapJob, inswapper: Inswapper) -> None:
    def twice(photo: SwappedPhoto) -> bool:
        return _answer(photo) == _answer(photo)

    assert all(swap_photos(job, inswapper, 20, twice))
    assert all(blend_photos(job, twice, poisson=False))


def test_blend_gives_the_same_account(job: SwapJob) -> None:
    found = list(blend_photos(job, _answer, poisson=False))
    assert [photo_id for photo_id, _, _ in found] == [target.photo_id for target in job.targets]
    for target, (_, swaps, refused) in zip(job.targets, found, strict=True):
        assert sorted([class_id for class_id, _ in swaps] + refused) == sorted(target.class_ids)
    assert found[4][1] == []


def test_a_photo_that_changed_ends_it_after_those_before(
    job: SwapJob, inswapper: Inswapper
) -> None:
    targets = list(job.targets)
    targets[6] = replace(targets[6], file_digest="another")
    photos = swap_photos(replace(job, targets=targets), inswapper, 20, _answer)
    assert [photo_id for photo_id, _, _ in islice(photos, 6)] == list(range(6))
    with pytest.raises(IncompleteError, match=r"6\.png changed"):
        next(photos)
    assert not [one for one in threading.enumerate() if one.name.startswith("pipeline")]


@pytest.mark.parametrize("swapper", ["inswapper", "blend"])
def test_the_files_are_those_of_encoding_each_picture_whole(
    job: SwapJob, inswapper: Inswapper, swapper: str
) -> None:
    def compared(photo: SwappedPhoto) -> int:
        jpegs = AlikeJpegs(95)
        for one in photo.swaps():
            found = jpegs.encode(one.swapped.picture, one.swapped.mask.rows)
            assert found == encode_jpeg(one.swapped.picture, 95)
        return len(photo.target.class_ids) - len(photo.refused)

    if swapper == "blend":
        counts = list(blend_photos(job, compared, poisson=False))
    else:
        counts = list(swap_photos(job, inswapper, 20, compared))
    assert max(counts) == 5


@pytest.mark.parametrize("swapper", ["inswapper", "blend"])
def test_a_photo_without_colour_gets_a_face_without_colour(
    job: SwapJob, inswapper: Inswapper, tmp_path: Path, swapper: str
) -> None:
    shutil.copytree(job.coco, tmp_path / "coco")
    targets = []
    for target in job.targets[:4]:
        file = tmp_path / "coco" / target.subset / target.file_name
        grey_pixels = np.asarray(cv2.imread(str(file), cv2.IMREAD_GRAYSCALE))
        cv2.imwrite(str(file), grey_pixels)
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        targets.append(replace(target, file_digest=digest))
    grey = replace(job, targets=targets, coco=tmp_path / "coco")

    def colours(photo: SwappedPhoto) -> list[int]:
        pictures = [one.swapped.picture for one in photo.swaps()]
        assert photo.original.grey
        return [int(np.ptp(picture, axis=2).max()) for picture in pictures]

    if swapper == "blend":
        found = list(blend_photos(grey, colours, poisson=False))
    else:
        found = list(swap_photos(grey, inswapper, 20, colours))
    assert [colour for photo in found for colour in photo] == [0] * 10


def test_opencv_has_one_thread_until_the_last_has_ended() -> None:
    before = cv2.getNumThreads()
    cv2.setNumThreads(2)
    first, second = one_thread_in_opencv(), one_thread_in_opencv()
    with first:
        second.__enter__()
        assert cv2.getNumThreads() == 1
    assert cv2.getNumThreads() == 1
    second.__exit__(None, None, None)
    assert cv2.getNumThreads() == 2
    cv2.setNumThreads(before)
