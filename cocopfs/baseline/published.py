"""The reference's own figures on its own test set, to stand beside those of a rebuilt one.

From the saved outputs of the reference's notebooks (github mesnico/IdCLIP @3c45573): 358
identities, 1,760 pictures. Its face features were most likely taken from the swapped pictures
themselves: compare them with a run of `face: swapped`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PublishedRow:
    """Recall@1, 5, 10, 50 of text to image, %: without and with visual prompts."""

    query: str
    clip_pad: tuple[float, float, float, float]
    id_clip: tuple[float, float, float, float]


IN_CONTEXT = (
    PublishedRow("caption alone, plain CLIP", (12.1, 56.2, 69.1, 92.2), (12.4, 57.9, 70.6, 93.2)),
    PublishedRow("real names, plain CLIP", (26.2, 58.2, 70.1, 91.8), (27.9, 61.7, 72.9, 93.0)),
    PublishedRow("TOK in place of the entity", (36.3, 66.6, 77.8, 95.2), (39.2, 68.2, 78.5, 95.7)),
    PublishedRow("TOK, best single template", (39.3, 69.7, 80.8, 96.5), (43.2, 71.2, 80.8, 96.7)),
    PublishedRow("NAME + TOK", (36.4, 65.0, 75.8, 94.4), (37.5, 66.1, 76.3, 94.3)),
)


@dataclass(frozen=True, slots=True)
class PublishedEntityRow:
    """kmin-R@1, 5, 10, 50 and mAP@10 divided by 10, %."""

    method: str
    kmin: tuple[float, float, float, float]
    average_precision: float


ENTITY_ONLY = (
    PublishedEntityRow("plain CLIP with names", (12.8, 6.0, 8.4, 17.5), 2.1),
    PublishedEntityRow("CLIP-PAD", (21.8, 11.8, 14.2, 28.2), 3.6),
    PublishedEntityRow("Id-CLIP", (24.3, 13.7, 16.2, 31.4), 4.2),
)
