"""All figures of a swap together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cocopfs.faces.swapped import SwappedFace
from cocopfs.quality.colour import colour_difference
from cocopfs.quality.figures import landmark_error
from cocopfs.quality.outside import outside_fidelity
from cocopfs.quality.pixels import mean_change, seam, sharpness
from cocopfs.quality.pose import head_pose, pose_difference
from cocopfs.quality.region import Region
from cocopfs.records import Face, Figures


def measure(
    original: NDArray[np.uint8],
    face: Face,
    swap: SwappedFace,
    again: Face | None,
    *,
    grey: bool,
    similarity: float,
    residual: float,
) -> Figures:
    """All figures of one swap.

    original: (H, W, 3) uint8 BGR, the picture before the swap. face: the one that was replaced.
    again: the same face as the detector finds it in the swapped picture, if it does.
    grey: the picture has no colour. similarity: cosine of the swapped face and the portrait that
    drove the swap; residual: of the swapped face and the original one.
    Raises ValueError when the landmarks of a face fall into one point.
    """
    region = Region.around(original, swap)
    outside = outside_fidelity(original, swap)
    pose = head_pose(face.points)
    return Figures(
        similarity=similarity,
        residual_similarity=residual,
        margin=similarity - residual,
        redetected=again is not None,
        landmark_error=landmark_error(face, again) if again else None,
        pose_difference=pose_difference(pose, head_pose(again.points)) if again else None,
        yaw=pose.yaw,
        pitch=pose.pitch,
        roll=pose.roll,
        outside_psnr=outside.psnr,
        outside_ssim=outside.ssim,
        seam=seam(region),
        sharpness=sharpness(region),
        colour_difference=colour_difference(region, grey=grey),
        changed=mean_change(region),
        face_size=face.inter_ocular,
    )
