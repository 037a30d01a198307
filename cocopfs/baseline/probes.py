"""Controls on the test split: questions with the wrong face, pictures without a swap."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from cocopfs.audit.bootstrap import share_interval
from cocopfs.audit.wording import percent
from cocopfs.baseline.comparison import Asker, Comparison
from cocopfs.baseline.controls import (
    NOBODY,
    WrongIdentities,
    derangement,
    replaced_faces,
    wrong_identities,
)
from cocopfs.baseline.faces import Vectors
from cocopfs.baseline.features import text_features
from cocopfs.baseline.intervals import over_seeds
from cocopfs.baseline.questions import Questions
from cocopfs.baseline.results import Control
from cocopfs.baseline.retrieval import pick_within, recall_at
from cocopfs.baseline.shown import OriginalFaces, with_original
from cocopfs.baseline.verdict import WrongFaces

_SEED = 0  # of the draws; not of the trainings


@dataclass(frozen=True)
class Unswapped:
    """The original photographs of some of the test split's pictures, m of them.

    pictures: for every trained model in the order of `Comparison.trained["id-clip"]`, (m, d): what
    it sees in them.
    """

    originals: OriginalFaces
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
        test = self.test
        identities = test.pictures.identity[test.target]
        return wrong_identities(
            test.photos, test.caption, identities, self.genders, self.ethnicities, _SEED
        )

    @cached_property
    def wrong_faces(self) -> WrongFaces:
        """Id-CLIP with the faces of people who are not in the photo."""
        picks, asked = self._with_strangers("id-clip"), self._stranger_asked
        return WrongFaces(
            float(picks[asked].mean()) if asked.any() else None,
            float(self.comparison.chance[asked].mean()) if asked.any() else None,
            len(self._worded_apart[0]),
            len(self._worded_apart[1]),
        )

    def controls(self) -> Iterator[Control]:
        labels = self.comparison.labels
        wrong = self.wrong
        note = (
            f"{wrong.same_group} questions with somebody of the same gender and ethnicity, "
            f"{wrong.same_gender} of the same gender only, {wrong.other} of neither, "
            f"{len(self.test) - int(self._stranger_asked.sum())} left out"
        )
        swapped_round = derangement(
            self.test.photos, self.test.pictures.identity[self.test.target], _SEED
        )
        for key in ("clip-pad", "id-clip"):
            yield self._control(
                f"{labels[key]}, the face of somebody who is not in the photo",
                "{}, exactly",
                self._with_strangers(key),
                self._stranger_asked,
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

    # --- pieces -----------------------------------------------------------------------------------

    @cached_property
    def _stranger_asked(self) -> NDArray[np.bool_]:
        """(q,) which questions are asked with a wrong face, and are judged by it."""
        between_genders = self._worded_apart[1]
        left_out = np.isin(self.test.photos, [*between_genders])
        return np.asarray((self.wrong.identity != NOBODY) & ~left_out)

    @cached_property
    def _worded_apart(self) -> tuple[set[int], set[int]]:
        """The photographs whose swaps are asked for in different words: those of one gender, and
        those of several, where the words may follow the gender."""
        pictures = self.test.pictures
        texts: dict[int, set[tuple[str, ...]]] = {}
        genders: dict[int, set[str | None]] = {}
        owners = zip(pictures.context.tolist(), pictures.identity.tolist(), strict=True)
        for (photo, identity), own in zip(owners, pictures.captions_tok, strict=True):
            texts.setdefault(photo, set()).add(tuple(own))
            genders.setdefault(photo, set()).add(self.genders[identity])
        apart = {photo for photo, own in texts.items() if len(own) > 1}
        return (
            {photo for photo in apart if len(genders[photo]) == 1},
            {photo for photo in apart if len(genders[photo]) > 1},
        )

    def _with_strangers(self, key: str) -> NDArray[np.float64]:
        """(q,) id@5 with the faces of people who are not in the photo."""
        test, by_code = self.test, self._faces
        asked = list(zip(test.tok, self.wrong.identity.tolist(), strict=True))
        # What is the same goes through the tower once: features of two batches may differ in their
        # last bit, and so tell the swaps of a photograph apart.
        place = {pair: number for number, pair in enumerate(dict.fromkeys(asked))}
        rows = [place[pair] for pair in asked]
        texts = [text for text, _ in place]
        faces, _ = replaced_faces(by_code, [who for _, who in place])
        found = []
        for asker in self.comparison.trained[key]:
            vectors = text_features(asker.model, texts, faces)[rows]
            own = pick_within(vectors, asker.pictures, test.target, test.pictures.context)
            found.append(recall_at(own, 1))
        return over_seeds(found)

    @cached_property
    def _faces(self) -> dict[int, Vectors]:
        """The reference of each identity of the split, by its number."""
        pictures = self.test.pictures
        codes, firsts = np.unique(pictures.identity, return_index=True)
        return {int(c): pictures.faces[f] for c, f in zip(codes, firsts, strict=True)}

    def _with_faces(
        self, key: str, identities: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """(q,) id@5 with other faces, and which questions have one."""
        faces, asked = replaced_faces(self._faces, identities)
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
        rows, place = with_original(test.pictures.context, unswapped.originals)
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
        to_original = (faces * unswapped.originals.faces[place]).sum(axis=1)
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
