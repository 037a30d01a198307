"""Published rows with drawn pictures, made up but for their types."""

from __future__ import annotations

from typing import get_type_hints

import cv2
import numpy as np

from cocopfs.records import CaptionForm, EncodedImage, Gender, MatchRule, Sample, Split

_CAPTIONS = 5


def jpeg(number: int, width: int = 96, height: int = 72) -> bytes:
    random = np.random.default_rng(number)
    pixels = cv2.resize(random.integers(0, 256, (6, 8, 3), np.uint8), (width, height))
    done, data = cv2.imencode(".jpg", pixels)
    assert done
    return data.tobytes()


def sample(number: int) -> Sample:
    """Row `number`; every column has a value of its own, and what may be null is null in some."""
    values: dict[str, object] = {}
    for name, kind in get_type_hints(Sample).items():
        plain: dict[object, object] = {
            str: f"{name} {number}",
            int: number,
            float: number / 7,
            float | None: number / 7 if number % 3 else None,
            bool: number % 2 == 0,
            tuple[str, ...]: tuple(f"{name} {number}.{i}, größer" for i in range(_CAPTIONS)),
            tuple[CaptionForm, ...]: (CaptionForm.PREFIX,) * _CAPTIONS,
            Split: Split.TRAIN,
            MatchRule: MatchRule.GENDER,
            EncodedImage: EncodedImage(jpeg(number), f"{number}.jpg"),
            tuple[float, ...] | None: (number / 8, -1.0) if number % 3 else None,
            Gender | None: Gender.FEMALE if number % 3 else None,
        }
        values[name] = plain.get(kind)
    return Sample(**values)  # type: ignore[arg-type]  # the values' types are made from the hints
