"""Training of the detector: scenes and portraits at all scales."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from cocopfs.world.portrait import draw_portrait
from cocopfs.world.seeds import generator
from cocopfs.world.training.loop import Course, Losses, device, half, load, seeded, train
from cocopfs.world.training.material import Use, read_material, training_identity
from cocopfs.world.training.nets import ANCHORS, STRIDES, Detector

COURSE = Course("detector", steps=5000, rate=2e-3)
_BATCH = 16
_SIDE = 320  # of what it trains on; it may be run at any size
_PORTRAITS = 600
# Which faces an anchor takes, by the root of their box's area in pixels: beyond the inner pair it
# may fire or not.
_RANGES = (
    ((0, 0, 32, 40), (18, 24, 64, 80)),
    ((44, 56, 110, 140), (72, 90, 180, 220)),
    ((120, 150, 300, 380), (200, 250, 2000, 2000)),
)


def train_detector(folder: Path, material: Path, report: Callable[[str], None]) -> Detector:
    net = seeded(COURSE, Detector).to(memory_format=torch.channels_last)
    pool = _Pool(material)

    def losses(_step: int, rng: np.random.Generator) -> Losses:
        pictures, targets = pool.batch(rng)
        with half():
            maps = net.maps(pictures)
        return _losses([found.float() for found in maps], targets)

    return train(COURSE, net, losses, folder, report)


def load_detector(folder: Path) -> Detector:
    return load(COURSE, Detector(), folder)


@dataclass(frozen=True)
class _Target:
    """Of one stride: `hit` (n, a, h, w) 1 where an anchor is the face's, -1 where it may be;
    `values` (n, a, 14, h, w) distances in strides; `weight` strides a face side."""

    hit: Tensor
    values: Tensor
    weight: Tensor


class _Pool:
    def __init__(self, material: Path) -> None:
        scenes = read_material(material, Use.TRAIN, "scenes")
        self._pictures = [
            picture[:height, :width]
            for picture, (width, height) in zip(scenes["picture"], scenes["size"], strict=True)
        ]
        faces = list(scenes["face"])
        for number in range(_PORTRAITS):
            seed = int(generator(0, "pack", "detector", "portrait", number).integers(1 << 62))
            found = draw_portrait(training_identity(Use.TRAIN, number), seed)
            box = found.box
            self._pictures.append(found.picture)
            faces.append(
                np.array(
                    [box.x, box.y, box.width, box.height, *found.landmarks.ravel()], np.float32
                )
            )
        self._faces = np.stack(faces)

    def batch(self, rng: np.random.Generator) -> tuple[Tensor, list[_Target]]:
        pictures = np.empty((_BATCH, _SIDE, _SIDE, 3), np.float32)
        faces = np.empty((_BATCH, 14), np.float32)
        for number, item in enumerate(rng.integers(0, len(self._pictures), _BATCH).tolist()):
            pictures[number], faces[number] = self._sample(item, rng)
        targets = [_assign(faces, level) for level in range(len(STRIDES))]
        x = torch.from_numpy(pictures[..., ::-1].copy()).permute(0, 3, 1, 2)
        x = ((x - 127.5) / 128).contiguous(memory_format=torch.channels_last)
        return x.to(device()), targets

    def _sample(
        self, item: int, rng: np.random.Generator
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The picture at a chance scale and place, and its face there."""
        picture, face = self._pictures[item], self._faces[item].copy()
        known = bool(np.isfinite(face[0]))
        height, width = picture.shape[:2]
        scale = float(np.exp(rng.uniform(np.log(0.5), np.log(1.6))))
        centre = rng.uniform(0, 1, 2) * (width, height)
        if known:
            side = float(np.sqrt(face[2] * face[3]))
            wanted = float(np.exp(rng.uniform(np.log(15), np.log(260))))
            scale = float(np.clip(wanted / side, 0.45, 4.2))
            if rng.random() < 0.9:
                centre = face[:2] + face[2:4] / 2
        reach = max(_SIDE / 2 - (0.6 * side * scale if known else 0), 20)
        place = _SIDE / 2 + rng.uniform(-reach, reach, 2)
        matrix = np.array(
            [[scale, 0, place[0] - scale * centre[0]], [0, scale, place[1] - scale * centre[1]]]
        )
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        if scale < 0.8:  # warpAffine does not average
            small = (max(round(width * scale), 1), max(round(height * scale), 1))
            picture = cv2.resize(picture, small, interpolation=way)
            shrunk = matrix.copy()
            shrunk[0, 0], shrunk[1, 1] = scale * width / small[0], scale * height / small[1]
            found = cv2.warpAffine(picture, shrunk, (_SIDE, _SIDE))
        else:
            found = cv2.warpAffine(picture, matrix, (_SIDE, _SIDE))
        if known:
            face[0:2] = face[0:2] * scale + matrix[:, 2]
            face[2:4] *= scale
            face[4:] = (face[4:].reshape(5, 2) * scale + matrix[:, 2]).ravel()
            middle = face[:2] + face[2:4] / 2
            if not ((middle > 4) & (middle < _SIDE - 4)).all():
                face[:] = np.nan
        light = rng.uniform(0.7, 1.3) * rng.uniform(0.92, 1.08, 3)
        return np.clip(found * light, 0, 255).astype(np.float32), face


def _assign(faces: NDArray[np.float32], level: int) -> _Target:
    stride = STRIDES[level]
    cells = _SIDE // stride
    places = np.arange(cells, dtype=np.float32) * stride
    hit = np.zeros((len(faces), ANCHORS, cells, cells), np.float32)
    values = np.zeros((len(faces), ANCHORS, 14, cells, cells), np.float32)
    weight = np.ones((len(faces), 1, 1, 1, 1), np.float32)
    for number, face in enumerate(faces):
        if not np.isfinite(face[0]):
            continue
        side = float(np.sqrt(face[2] * face[3]))
        x, y = face[:2] + face[2:4] / 2
        away = np.maximum(np.abs(places[None, :] - x), np.abs(places[:, None] - y))
        near, inside = away <= 0.75 * stride, away <= max(0.3 * side, 1.6 * stride)
        for anchor, (outer, low, high, beyond) in enumerate(_RANGES[level]):
            if outer <= side <= beyond:
                hit[number, anchor][inside] = -1
            if low <= side <= high:
                hit[number, anchor][near] = 1
        edges = (places[None, :] - face[0], places[:, None] - face[1])
        box = [edges[0], edges[1], face[2] - edges[0], face[3] - edges[1]]
        points = [
            point - (places[None, :] if axis == 0 else places[:, None])
            for pair in face[4:].reshape(5, 2)
            for axis, point in enumerate(pair)
        ]
        maps = [np.broadcast_to(one, (cells, cells)) for one in (*box, *points)]
        values[number] = np.stack(maps) / stride
        weight[number] = stride / side
    return _Target(*(torch.from_numpy(one).to(device()) for one in (hit, values, weight)))


def _losses(maps: list[Tensor], targets: list[_Target]) -> Losses:
    """Focal loss of the scores (Lin et al. 2017), L1 of boxes and landmarks in face sides."""
    hits = torch.stack([(target.hit == 1).sum() for target in targets]).sum().clamp(min=1)
    score: list[Tensor] = []
    box: list[Tensor] = []
    points: list[Tensor] = []
    for found, target in zip(maps, targets, strict=True):
        n, _, height, width = found.shape
        logits = found[:, :ANCHORS]
        is_face = (target.hit == 1).float()
        counts = (target.hit >= 0).float()
        right = torch.sigmoid(torch.where(is_face > 0, logits, -logits))
        entropy = F.binary_cross_entropy_with_logits(logits, is_face, reduction="none")
        score.append((0.5 * entropy * (1 - right) ** 2 * counts).sum() / hits)
        ends = (ANCHORS, 5 * ANCHORS, 15 * ANCHORS)
        for kind, part, columns in ((box, slice(0, 4), 4), (points, slice(4, 14), 10)):
            start = ends[0] if columns == 4 else ends[1]
            stop = ends[1] if columns == 4 else ends[2]
            guess = found[:, start:stop].reshape(n, ANCHORS, columns, height, width)
            off = (guess - target.values[:, :, part]).abs() * target.weight
            kind.append((off.mean(2) * is_face).sum() / hits)
    return {
        "score": torch.stack(score).sum(),
        "box": 3 * torch.stack(box).sum(),
        "points": 12 * torch.stack(points).sum(),
    }
