"""What the figures of a swap are called, and on which side their bad end is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Figure:
    """A column of the dataset that measures its swaps. `bad` is the side on which swaps fail;
    None for what describes the photograph. `limit`: the field of the recipe's `judge` that it must
    keep to."""

    label: str
    meaning: str
    unit: str = ""
    bad: Literal["low", "high"] | None = None
    flag: bool = False
    decimals: int = 3
    limit: str | None = None


KNOWN: dict[str, Figure] = {
    "similarity": Figure(
        "similarity",
        "cosine of the swapped face and the portrait that drove the swap",
        bad="low",
    ),
    "residual_similarity": Figure(
        "residual similarity",
        "cosine of the swapped face and the original face",
        bad="high",
        limit="max_residual",
    ),
    "margin": Figure(
        "margin", "similarity less residual similarity", bad="low", limit="min_margin"
    ),
    "redetected": Figure(
        "re-detected", "the detector finds the face again where it was", bad="low", flag=True
    ),
    "landmark_error": Figure(
        "landmark error",
        "mean distance of swapped and original landmarks, in inter-ocular distances",
        bad="high",
        limit="max_landmark_error",
    ),
    "pose_difference": Figure(
        "pose difference",
        "Euclidean distance of yaw, pitch and roll of swapped and original face",
        "°",
        bad="high",
        decimals=1,
        limit="max_pose_difference",
    ),
    "outside_psnr": Figure(
        "PSNR outside (≤ 100)",
        "peak signal-to-noise ratio of swap and original outside the mask; 100 stands for no "
        "difference and is the cap",
        "dB",
        bad="low",
        decimals=1,
        limit="min_outside_psnr",
    ),
    "outside_ssim": Figure(
        "SSIM outside", "structural similarity of swap and original outside the mask", bad="low"
    ),
    "seam": Figure(
        "seam", "mean gradient on the mask's edge ring, swap over original", "×", bad="high"
    ),
    "sharpness": Figure(
        "sharpness",
        "variance of the Laplacian inside the mask, swap over original",
        "×",
        bad="low",
        limit="min_sharpness",
    ),
    "colour_difference": Figure(
        "colour difference",
        "ΔE2000 of the mean skin colour of the swapped face and of the skin around it",
        "ΔE",
        bad="high",
        decimals=1,
        limit="max_colour_difference",
    ),
    "changed": Figure(
        "change",
        "mean absolute change inside the mask",
        "grey levels",
        bad="low",
        decimals=1,
        limit="min_changed",
    ),
    "face_size": Figure(
        "face size", "distance between the eyes of the original face", "px", decimals=1
    ),
    "small_face": Figure("small face", "the face is smaller than judge.small_face", flag=True),
    "grey": Figure("greyscale", "no pixel of the photograph has a colour", flag=True),
    "yaw": Figure(
        "yaw", "turn of the original head, positive to the right of the picture", "°", decimals=1
    ),
    "pitch": Figure("pitch", "nod of the original head, positive upwards", "°", decimals=1),
    "roll": Figure("roll", "tilt of the original head, positive clockwise", "°", decimals=1),
}


def describe(name: str) -> Figure:
    """The figure of a column; one that is not known is called as its column."""
    return KNOWN.get(name, Figure(name.replace("_", " "), ""))
