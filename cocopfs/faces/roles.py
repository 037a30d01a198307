"""The parts that networks play, and where a person gets the ones that the paper used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from cocopfs.errors import UsageError


class Role(StrEnum):
    DETECTOR = "detector"
    RECOGNISER = "recogniser"
    GENDER = "gender"
    ETHNICITY = "ethnicity"
    SWAPPER = "swapper"
    AGE = "age"


NEEDED = (Role.DETECTOR, Role.RECOGNISER, Role.GENDER, Role.ETHNICITY)
"""What every build needs."""
OPTIONAL = (Role.SWAPPER, Role.AGE)
"""What some recipes need: those of inswapper, and those with an age floor."""


class MissingRoleError(UsageError):
    """A pack that has nothing for a role, as it may for an optional one."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a pack without `pack.yaml` has a role's file, and where the file comes from."""

    place: str
    source: str
    licence: str
    size: str  # about; of the file that the paper used


_INSIGHTFACE = "models: non-commercial research only"
_OF_DEEPFACE = "see its releases: trained on VGG-Face; DeepFace's code is MIT"
_BUFFALO = (
    "buffalo_l of insightface's model zoo (non-commercial research only): "
    "https://github.com/deepinsight/insightface/tree/master/model_zoo"
)
_DEEPFACE = "https://github.com/serengil/deepface_models/releases/tag/v1.0"

ORIGINS: Mapping[Role, Origin] = {
    Role.DETECTOR: Origin(
        "insightface/models/<name>/det_10g.onnx (SCRFD)", _BUFFALO, _INSIGHTFACE, "17 MB"
    ),
    Role.RECOGNISER: Origin(
        "insightface/models/<name>/w600k_r50.onnx (112x112 input)", _BUFFALO, _INSIGHTFACE, "174 MB"
    ),
    Role.GENDER: Origin(
        "deepface/.deepface/weights/gender_model_weights.onnx", _DEEPFACE, _OF_DEEPFACE, "512 MiB"
    ),
    Role.ETHNICITY: Origin(
        "deepface/.deepface/weights/race_model_single_batch.onnx",
        _DEEPFACE,
        _OF_DEEPFACE,
        "512 MiB",
    ),
    Role.SWAPPER: Origin(
        "inswapper_128.onnx",
        "no longer distributed by insightface: bring a copy that you may use, "
        "or go without one: --set swap.swapper=blend",
        _INSIGHTFACE,
        "554 MB",
    ),
    Role.AGE: Origin(
        "insightface/models/<name>/genderage.onnx (96x96 input)",
        f"{_BUFFALO}, or go without: --set select.min_age=null --set enroll.min_age=null",
        _INSIGHTFACE,
        "1.3 MB",
    ),
}
