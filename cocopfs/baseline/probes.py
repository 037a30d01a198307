"""Controls on the test split: questions with the wrong face, pictures without a swap."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from cocopfs.audit.bootstrap import Interval, mean_interval, share_interval
from cocopfs.audit.wording import percent
from cocopfs.baseline.comparison import Asker, Comparison
from cocopfs.baseline.controls import WrongIdentities, derangement, replaced_faces, wrong_identities
from cocopfs.baseline.faces import Vectors
from cocopfs.baseline.intervals import over_seeds
from cocopfs.baseline.questions import Questions
from cocopfs.baseline.results import Control
from cocopfs.baseline.retrieval import score_blocks

_SEED = 0  # of the draws; not of the trainings


@dataclass(frozen=True)
class Unswapped:
    """The original photographs of some of the test split's pictures, one for each photograph.

    photos: (m,) COCO ids. faces: (m, f), the original faces to the recogniser. pictures: for every
    trained model in the order of `Comparison.trained["id-clip"]`, (m, d): what it sees in them.
    """

    photos: NDArray[np.int64]
    faces: Vectors
    pictures: Sequence[Vectors]


@dataclass(frozen=True)
class Probes:
    """genders, ethnicities: of each identity by its number, as `Examples.identity` counts."""

    comparison: Comparison
    genders: dict[int, str | None]
    ethnicities: dict[int, str | None]
    unswapped: Unswapped | None

    @property
    def test(self) -> Questions:
        return self.comparison.test

    @cached_property
    def wrong(self) -> WrongIdentities:
        identities = self.test.pictures.identity[self.test.target]
        return wrong_identities(self.test.photos, identities, self.genders, self.ethnicities, _SEED)

    @cached_property
    def wrong_above_chance(self) -> Interval:
        """id@5 minus 1/n of Id-CLIP with the faces of people who are not in the photo."""
        picks, asked = self._with_faces("id-clip", self.wrong.identity)
        return mean_interval((picks - self.comparison.chance)[asked], self.test.photos[asked])

    def controls(self) -> Iterator[Control]:
        labels = self.comparison.labels
        wrong = self.wrong
        note = (
            f"{wrong.same_group} questions with somebody of the same gender and ethnicity, "
            f"{wrong.same_gender} of the same gender only, {wrong.other} of neither, "
            f"{wrong.nobody} left out"
        )
        swapped_round = derangement(
            self.test.photos, self.test.pictures.identity[self.test.target], _SEED
        )
        for key in ("clip-pad", "id-clip"):
            yield self._control(
                f"{labels[key]}, the face of somebody who is not in the photo",
                "{}, by chance",
                *self._with_faces(key, wrong.identity),
                note,
            )
        for key in ("clip-pad", "id-clip"):
            yield self._control(
                f"{labels[key]}, the face of another of the photo's swaps",
                "below {}",
                *self._with_faces(key, swapped_round),
            )
        if self.unswapped is not None:
            yield from self._against_originals(self.unswapped)

    def unswapped_share(self) -> float | None:
        """Share of the pictures whose face is nearer to the original's than to anybody's reference
        in the split; null without the originals."""
        if self.unswapped is None:
            return None
        rows, place = self._with_original(self.unswapped)
        to_original = (self.test.swapped[rows] * self.unswapped.faces[place]).sum(axis=1)
        return float(np.mean(to_original > self._nearest[1][rows])) if len(rows) else None

    def elsewhere_share(self) -> float:
        """Share of the pictures whose face is nearer to the reference of another identity of the
        split than to its own's."""
        return float(np.mean(self._nearest[0] != self.test.pictures.identity))

    @cached_property
    def _nearest(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Of each picture's face the identity whose reference is nearest, and its cosine: (g,)."""
        pictures = self.test.pictures
        codes, firsts = np.unique(pictures.identity, return_index=True)
        found, scores = [], []
        for block in score_blocks(self.test.swapped, pictures.faces[firsts]):
            found.append(codes[block.argmax(axis=1)])
            scores.append(block.max(axis=1))
        return np.concatenate(found), np.concatenate(scores)

    # --- pieces -----------------------------------------------------------------------------------

    def _with_faces(
        self, key: str, identities: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """(q,) id@5 with other faces, and which questions have one."""
        pictures = self.test.pictures
        codes, firsts = np.unique(pictures.identity, return_index=True)
        by_code = {int(c): pictures.faces[f] for c, f in zip(codes, firsts, strict=True)}
        faces, asked = replaced_faces(by_code, identities)
        faces[~asked] = self.test.faces()[~asked]
        models = self.comparison.trained[key]
        return over_seeds([a.picks(self.test, self.test.tok, faces) for a in models]), asked

    def _control(
        self,
        label: str,
        expected: str,
        picks: NDArray[np.float64],
        asked: NDArray[np.bool_],
        note: str = "",
    ) -> Control:
        """Of the questions that were asked; expected: with a place for chance among these."""
        found = share_interval(picks[asked], self.test.photos[asked])
        chance = float(self.comparison.chance[asked].mean()) if asked.any() else None
        return Control(label, expected.format(percent(chance)), found, note)

    def _against_originals(self, unswapped: Unswapped) -> Iterator[Control]:
        test = self.test
        rows, place = self._with_original(unswapped)
        of_row = np.full(len(test.pictures), -1, np.int64)
        of_row[rows] = place
        known = of_row[test.target] >= 0
        photos = test.photos[known]
        models = self.comparison.trained["id-clip"]
        preferred = over_seeds(
            [
                self._preferred(asker, pictures, of_row)[known]
                for asker, pictures in zip(models, unswapped.pictures, strict=True)
            ]
        )
        yield Control(
            "Id-CLIP, the unswapped photo scores above the swap",
            "well below 50.0%",
            share_interval(preferred, photos),
            "of the questions; half of them would be no preference",
        )
        faces = test.pictures.faces[rows]
        to_original = (faces * unswapped.faces[place]).sum(axis=1)
        to_swap = (faces * test.swapped[rows]).sum(axis=1)
        yield Control(
            "face oracle, the unswapped face scores above the swapped one",
            "near 0.0%",
            share_interval(
                np.asarray(to_original > to_swap, np.float64), test.pictures.context[rows]
            ),
            "of the pictures",
        )

    def _preferred(
        self, asker: Asker, originals: Vectors, of_row: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        test = self.test
        texts = asker.texts(test, test.tok)
        swap = (texts * asker.pictures[test.target]).sum(axis=1)
        original = (texts * originals[of_row[test.target]]).sum(axis=1)
        return np.asarray((original > swap) + 0.5 * (original == swap), np.float64)

    def _with_original(self, unswapped: Unswapped) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The pictures whose original is at hand, and its place among these."""
        place = {int(photo): number for number, photo in enumerate(unswapped.photos)}
        found = [(row, place[p]) for row, p in enumerate(self.test.pictures.context) if p in place]
        rows, places = zip(*found, strict=True) if found else ((), ())
        return np.asarray(rows, np.int64), np.asarray(places, np.int64)
