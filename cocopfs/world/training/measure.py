"""What a pack is worth: figures on people and scenes that nothing was trained on.

Measured on the pack's files, in the sessions that a build opens. Faces are aligned at their true
landmarks with a detector's noise on them; attributes see crops at half size, enlarged; the
swapper's figures are those of the aligned face, before it is pasted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from cocopfs.faces.models import Models, open_models
from cocopfs.faces.pack import open_pack
from cocopfs.faces.roles import NEEDED, Role
from cocopfs.faces.session import open_session
from cocopfs.quality.figures import intersection_over_union
from cocopfs.quality.ssim import mean_ssim
from cocopfs.records import Box, Ethnicity, Face, Gender
from cocopfs.world.kinds import Kind
from cocopfs.world.scenes import draw_scene, draw_spec
from cocopfs.world.training.material import AMOUNTS, FRAME, RECOGNISED, Arrays, Use, read_material

_BATCH = 32
_EMPTY_SCENES = 200
_INNER = np.s_[30:115, 24:104]  # of the aligned 128 pixels: brows to chin


@dataclass(frozen=True, slots=True)
class Figure:
    """aim: what it should reach; None where it is only told. below: whether less is better."""

    network: str
    name: str
    value: float
    aim: float | None = None
    below: bool = False

    @property
    def reached(self) -> bool | None:
        if self.aim is None:
            return None
        return self.value <= self.aim if self.below else self.value >= self.aim


def measure(pack: Path, material: Path) -> list[Figure]:
    """All figures of the pack in that folder."""
    models = open_models(open_pack(pack, (*NEEDED, Role.SWAPPER)), "cpu", 1, FRAME)
    gallery = read_material(material, Use.TEST, "portraits")
    targets = read_material(material, Use.TEST, "targets")
    scenes = read_material(material, Use.TEST, "scenes")
    embeddings = _embed(models, gallery["crop"])
    return [
        *_detection(models, scenes),
        *_recognition(models, embeddings, gallery["identity"], targets),
        *_attributes(models, (gallery, targets, scenes)),
        *_swapping(models, embeddings, targets, scenes),
    ]


# --- detector -------------------------------------------------------------------------------------


def _detection(models: Models, scenes: Arrays) -> Iterator[Figure]:
    found, false, errors, count = 0, 0, [], 0
    for picture, (width, height), values in zip(
        scenes["picture"], scenes["size"], scenes["face"], strict=True
    ):
        points = values[4:].reshape(5, 2)
        eyes = float(np.hypot(*(points[1] - points[0])))
        if not eyes >= _SMALLEST:
            continue
        count += 1
        faces = models.detector.detect(np.ascontiguousarray(picture[:height, :width]), 0.5)
        hits = [face for face in faces if _overlap(face, values) >= 0.5]
        found, false = found + bool(hits), false + len(faces) - len(hits)
        if hits:
            errors.append(float(np.hypot(*(hits[0].points - points).T).mean()) / eyes)
    yield Figure("detector", "recall at IoU 0.5", found / count, 0.99)
    yield Figure("detector", "landmark error, share of the eye distance", _mean(errors), 0.06, True)
    yield Figure("detector", "false faces a scene with a person", false / count)
    empty = sum(
        len(models.detector.detect(draw_scene(draw_spec(1, item, Kind.NO_PERSON)).picture, 0.5))
        for item in range(_EMPTY_SCENES)
    )
    yield Figure(
        "detector", f"false faces in {_EMPTY_SCENES} scenes without people", empty, 1, True
    )


_SMALLEST = 10.0  # pixels between the eyes: smaller faces are refused by `select`


def _overlap(face: Face, values: NDArray[np.float32]) -> float:
    return intersection_over_union(face.box, Box(*values[:4].tolist()))


# --- recogniser -----------------------------------------------------------------------------------


def _recognition(
    models: Models, embeddings: NDArray[np.float32], owners: NDArray[np.int64], targets: Arrays
) -> Iterator[Figure]:
    scores = embeddings @ embeddings.T
    upper = np.triu(np.ones(scores.shape, np.bool_), 1)
    same = owners[:, None] == owners[None]
    genuine, impostor = scores[upper & same], scores[upper & ~same]
    yield Figure("recogniser", "AUC", area_under_roc(genuine, impostor), 0.999)
    threshold = np.sort(impostor)[-int(1e-3 * len(impostor)) - 1]
    yield Figure("recogniser", "TAR at FAR 1e-3", float((genuine > threshold).mean()), 0.95)
    centres = _centres(embeddings, owners)
    swapped = _embed(models, targets["swapped"].reshape(-1, *targets["swapped"].shape[2:]))
    order = np.argsort(-(swapped @ centres.T), axis=1)[:, :5]
    hit = (order == targets["source"].reshape(-1, 1)).any(1)
    yield Figure("recogniser", "true swap finds its source in the top 5 of 100", hit.mean(), 0.90)


def area_under_roc(genuine: NDArray[np.float32], impostor: NDArray[np.float32]) -> float:
    """Area under the ROC curve: the chance that a genuine score is above an impostor's."""
    low = np.sort(impostor)
    below = np.searchsorted(low, genuine, "left") + np.searchsorted(low, genuine, "right")
    return float(below.mean() / 2 / len(impostor))


def _centres(embeddings: NDArray[np.float32], owners: NDArray[np.int64]) -> NDArray[np.float32]:
    sums = np.zeros((AMOUNTS[Use.TEST].identities, embeddings.shape[1]), np.float32)
    np.add.at(sums, owners, embeddings)
    return np.asarray(sums / np.linalg.norm(sums, axis=1, keepdims=True), np.float32)


def _embed(models: Models, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
    """crops: (n, 128, 128, 3) uint8 RGB; see `recogniser.prepare`."""
    inner = [np.ascontiguousarray(crop[*RECOGNISED, ::-1]) for crop in crops]
    return models.recogniser.embed(inner, _BATCH)


# --- attributes -----------------------------------------------------------------------------------


def _attributes(models: Models, materials: tuple[Arrays, ...]) -> Iterator[Figure]:
    smalls, genders, groups = (
        np.concatenate([one[name] for one in materials]) for name in ("small", "gender", "group")
    )
    large = [cv2.resize(small, (224, 224)).astype(np.float32) / 255 for small in smalls]
    gender, group = models.attributes.predict(large, _BATCH)
    assert gender.shape[1] == len(Gender)
    assert group.shape[1] == len(Ethnicity)
    yield Figure("gender", "accuracy", float((gender.argmax(1) == genders).mean()), 0.95)
    yield Figure("ethnicity", "accuracy", float((group.argmax(1) == groups).mean()), 0.92)


# --- swapper --------------------------------------------------------------------------------------


def _swapping(
    models: Models, embeddings: NDArray[np.float32], targets: Arrays, scenes: Arrays
) -> Iterator[Figure]:
    portraits = AMOUNTS[Use.TEST].portraits
    for name, material, which in (
        ("", targets, 0),
        (", same gender and group", targets, 1),
        (", in scenes", scenes, 0),
    ):
        before, after = material["crop"], material["swapped"][:, which]
        sources = material["source"][:, which]
        driving = embeddings[sources * portraits]  # the first portrait of each
        made = swap_crops(models, before, driving)
        aimed = name == ""
        untouched = _mean([_psnr(a[_INNER], b[_INNER]) for a, b in zip(before, after, strict=True)])
        psnr = _mean([_psnr(a[_INNER], b[_INNER]) for a, b in zip(made, after, strict=True)])
        ssim = _mean([mean_ssim(a, b) for a, b in zip(made, after, strict=True)])
        yield Figure("swapper", f"inner PSNR to the truth{name}, dB", psnr, 28.0 if aimed else None)
        yield Figure("swapper", f"inner PSNR of the untouched face{name}, dB", untouched)
        yield Figure("swapper", f"SSIM to the truth{name}", ssim, 0.90 if aimed else None)
        found, original, true = (_embed(models, crops) for crops in (made, before, after))
        near, far = (found * driving).sum(1), (found * original).sum(1)
        ideal = (true * driving).sum(1)
        share = float(near.mean() / ideal.mean())
        yield Figure("swapper", f"cosine to the source{name}", float(near.mean()))
        yield Figure("swapper", f"cosine of the truth to the source{name}", float(ideal.mean()))
        yield Figure(
            "swapper", f"share of the truth's cosine{name}", share, 0.90 if aimed else None
        )
        closer = float((near > far).mean())
        yield Figure(
            "swapper",
            f"closer to the source than to the original{name}",
            closer,
            0.97 if aimed else None,
        )


def swap_crops(
    models: Models, crops: NDArray[np.uint8], embeddings: NDArray[np.float32]
) -> NDArray[np.uint8]:
    """(n, 128, 128, 3) uint8 RGB aligned faces swapped for (n, 512) embeddings' faces."""
    session = open_session(models.pack.path(Role.SWAPPER), "cpu", 1)
    target, source = (port.name for port in session.get_inputs())
    found = []
    for crop, embedding in zip(crops, embeddings, strict=True):
        pixels = crop.transpose(2, 0, 1)[None].astype(np.float32) / 255
        feed = {target: pixels, source: models.inswapper.latent(embedding)}
        (made,) = session.run(None, feed)
        found.append(np.clip(255 * made[0].transpose(1, 2, 0), 0, 255).astype(np.uint8))
    return np.stack(found)


def _psnr(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> float:
    difference = first.astype(np.float64) - second
    return float(10 * np.log10(255**2 / max(np.square(difference).mean(), 1e-6)))


def _mean(values: list[float]) -> float:
    return float(np.mean(values)) if values else float("nan")  # which reaches no aim
