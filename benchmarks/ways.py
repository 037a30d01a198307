"""Two ways of swapping the same faces: a loop of roop's kind, and ours."""

from __future__ import annotations

import contextlib
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from insightface.app.common import Face as FoundFace
from insightface.model_zoo.arcface_onnx import ArcFaceONNX
from insightface.model_zoo.inswapper import INSwapper
from insightface.model_zoo.scrfd import SCRFD
from material import IDENTITIES_A_PHOTO, PHOTO_SIDE, PORTRAIT_SIDE, Material
from numpy.typing import NDArray
from stand_in import DetectorStandIn

from cocopfs.engine.pipeline import read_ahead
from cocopfs.faces.align import align
from cocopfs.faces.inswapper import Inswapper
from cocopfs.faces.scrfd import Scrfd
from cocopfs.recipe import SwapPart
from cocopfs.records import Face, SwapTarget
from cocopfs.sources.pictures import Picture
from cocopfs.stages.contract import (
    AHEAD,
    one_thread_in_opencv,
    threads_beside,
    usable_picture,
)
from cocopfs.stages.jpeg import AlikeJpegs
from cocopfs.stages.swapping import SwapJob, SwappedPhoto, swap_photos

DETECTOR_SIZE = 640
BATCH = SwapPart().max_batch
_QUALITY = 95
# Both ways write the same files.
_AS_OURS = [
    cv2.IMWRITE_JPEG_QUALITY,
    _QUALITY,
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
]
_MAX_PIXELS = 50_000_000


class Eyes:
    """A detector and a recogniser on stand-ins, in insightface's classes for the one way, and in
    ours for the other."""

    def __init__(self, detector: DetectorStandIn, recogniser: Any, recogniser_file: Path) -> None:
        self._expected = detector
        self._insightfaces = SCRFD(session=detector, static_shape_sessions=False)
        self._ours = Scrfd(detector, DETECTOR_SIZE)
        self.recogniser = ArcFaceONNX(str(recogniser_file), recogniser)
        self.networks = detector, recogniser

    def insightfaces(self, picture: NDArray[Any], told: Face, side: int) -> Any:
        """The face with its embedding, as `FaceAnalysis.get` gives it."""
        self._expected.expect(told, side)
        size = DETECTOR_SIZE, DETECTOR_SIZE
        boxes, points = self._insightfaces.detect(picture, input_size=size, det_thresh=0.5)
        face = FoundFace(bbox=boxes[0, :4], kps=np.asarray(points[0]), det_score=boxes[0, 4])
        self.recogniser.get(picture, face)
        return face

    def ours(self, picture: NDArray[np.uint8], told: Face, side: int) -> Face:
        self._expected.expect(told, side)
        return self._ours.detect(picture, 0.5)[0]


class RoopsWay:
    """For every picture that comes out, photo and source are decoded, faces are looked for in both
    and embedded, as FaceAnalysis.get does with all it finds, and the swapped face is pasted over
    the whole frame."""

    def __init__(self, material: Material, eyes: Eyes, swapper: Any, file: Path) -> None:
        """swapper: a session; file: the network that it is one of, or one of its interface."""
        self._material, self._eyes = material, eyes
        with contextlib.redirect_stdout(None):  # it prints its shape
            self._swapper = INSwapper(str(file), swapper)

    def work(self, targets: Sequence[SwapTarget], out: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            for target in targets:
                for class_id in target.class_ids:
                    portrait = _decoded(self._material.portrait(class_id))
                    told = self._material.sources[class_id][0].face
                    source = self._eyes.insightfaces(portrait, told, PORTRAIT_SIDE)
                    picture = _decoded(self._material.photo(target))
                    face = self._eyes.insightfaces(picture, target.face, PHOTO_SIDE)
                    swapped = self._swapper.get(picture, face, source)
                    restarts = [cv2.IMWRITE_JPEG_RST_INTERVAL, -(-swapped.shape[1] // 8)]
                    file = out / f"{target.item}_{class_id}.jpg"
                    cv2.imwrite(str(file), swapped, [*_AS_OURS, *restarts])


class OurWay:
    """Faces are looked for once in each photo, as `select` does, and each source is embedded once,
    as `enroll` does (`look`); then the faces are swapped."""

    def __init__(self, material: Material, eyes: Eyes, inswapper: Inswapper) -> None:
        self._material, self._eyes, self._inswapper = material, eyes, inswapper
        self._known: set[str] = set()

    @one_thread_in_opencv()
    def look(self, targets: Sequence[SwapTarget]) -> None:
        pictures = self._unseen(targets)
        threads = threads_beside(gpu=self._inswapper.network.gathers)
        for one, read in read_ahead(pictures, _Unseen.read, threads=threads, ahead=AHEAD):
            pixels = read().pixels
            face = self._eyes.ours(pixels, one.face, one.side)
            if one.is_source:
                self._eyes.recogniser.get_feat(align(pixels, face.points, 112)[0])

    @one_thread_in_opencv()
    def swap(self, targets: Sequence[SwapTarget], out: Path) -> None:
        def write(photo: SwappedPhoto) -> None:
            jpegs = AlikeJpegs(_QUALITY)
            for one in photo.swaps():
                data = jpegs.encode(one.swapped.picture, one.swapped.mask.rows)
                (out / f"{photo.target.item}_{one.class_id}.jpg").write_bytes(data)

        material = self._material
        job = SwapJob(targets, material.sources, material.coco, material.gallery, _MAX_PIXELS)
        for _ in swap_photos(job, self._inswapper, BATCH, write):
            pass

    def _unseen(self, targets: Sequence[SwapTarget]) -> Iterator[_Unseen]:
        """The photos, and the sources that no earlier one had."""
        material = self._material
        for target in targets:
            path = f"{target.subset}/{target.file_name}"
            yield _Unseen(material.coco, path, target.face, PHOTO_SIDE, is_source=False)
            for class_id in sorted(set(target.class_ids) - self._known):
                self._known.add(class_id)
                portrait = material.sources[class_id][0]
                yield _Unseen(
                    material.gallery, portrait.path, portrait.face, PORTRAIT_SIDE, is_source=True
                )


@dataclass(frozen=True)
class _Unseen:
    """A picture in which a face is to be looked for, the face, and the picture's longer side."""

    root: Path
    path: str
    face: Face
    side: int
    is_source: bool

    def read(self) -> Picture:
        return usable_picture(self.root, self.path, _MAX_PIXELS)


@dataclass
class Spent:
    """Seconds of the CPU, of the wall's clock, and of all networks."""

    cpu: float = 0
    wall: float = 0
    networks: float = 0

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.cpu + other.cpu, self.wall + other.wall, self.networks + other.networks)


def spend(work: Callable[..., object], networks: Sequence[Any], *given: object) -> Spent:
    """What a call takes. networks: things that know how many seconds they were `busy`."""
    cpu, wall, busy = time.process_time(), time.perf_counter(), _busy(networks)
    work(*given)
    return Spent(time.process_time() - cpu, time.perf_counter() - wall, _busy(networks) - busy)


def _busy(networks: Sequence[Any]) -> float:
    return float(sum(network.busy for network in networks))


def take_turns(
    roops: RoopsWay,
    ours: OurWay,
    networks: Sequence[Any],
    material: Material,
    turns: int,
    warm_up: int = 2 * IDENTITIES_A_PHOTO,
) -> Spent:
    """Both ways work on a part of the photos, one after the other, so that a busy machine hits
    both. Prints milliseconds a picture, and how many times less ours takes.

    networks: all of both ways. warm_up: pictures that are made before. Returns what ours spent on
    swapping."""
    roop, looked, swapped = Spent(), Spent(), Spent()
    out = material.coco.parent
    first = material.targets[: warm_up // IDENTITIES_A_PHOTO]
    roops.work(first[:2], out)  # imports, first calls
    ours.swap(first, out)
    for start in range(turns):
        part = material.targets[start::turns]
        roop += spend(roops.work, networks, part, out)
        looked += spend(ours.look, networks, part)
        swapped += spend(ours.swap, networks, part, out)
    whole = looked + swapped
    pictures = sum(len(target.class_ids) for target in material.targets)
    print(f"{'ms a picture':22}{'CPU':>10}{'wall':>10}{'networks':>10}{'wall / networks':>17}")
    rows = {
        "a loop of roop's kind": roop,
        "ours": whole,
        "  detecting, embedding": looked,
        "  swapping": swapped,
    }
    for name, one in rows.items():
        numbers = (1000 * value / pictures for value in (one.cpu, one.wall, one.networks))
        print(f"{name:22}" + "".join(f"{value:10.2f}" for value in numbers), end="")
        print(f"{one.wall / one.networks:17.3f}" if one.networks > 1e-3 * one.wall else "")
    for name, one in (("times less, all", whole), ("times less, swapping", swapped)):
        print(f"{name:22}{roop.cpu / one.cpu:9.2f}x{roop.wall / one.wall:9.2f}x")
    return swapped


def _decoded(path: Path) -> NDArray[Any]:
    picture = cv2.imread(str(path))
    assert picture is not None
    return picture
