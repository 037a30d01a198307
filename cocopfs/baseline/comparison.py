"""The comparison: every method's ranking of the test split, seed by seed where it was trained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from cocopfs.audit.bootstrap import Interval, mean_interval, ratio_interval, share_interval
from cocopfs.baseline.clip import Clip
from cocopfs.baseline.entities import (
    RelevantPositions,
    average_precision_at,
    kmin_recall_at,
    relevant_positions,
)
from cocopfs.baseline.faces import Vectors
from cocopfs.baseline.features import text_features
from cocopfs.baseline.fusion import choose_weight, fused_blocks
from cocopfs.baseline.id_clip import IdClip
from cocopfs.baseline.prompts import (
    Expansion,
    ensemble,
    entity_only,
    expand,
    expand_entity_only,
    prompted,
)
from cocopfs.baseline.questions import Questions
from cocopfs.baseline.ranking import Ranking, mean_of, rank, rank_scores
from cocopfs.baseline.results import Difference, EntityMethod, Method
from cocopfs.baseline.retrieval import (
    RECALLS,
    chance_within,
    pick_within,
    recall_at,
    score_blocks,
)

_PRECISION_DEPTH = 10


@dataclass(frozen=True)
class Asker:
    """A trained model, what it makes of the split's pictures, (g, d), and by which faces it asks
    for each of them, (g, f)."""

    model: IdClip
    pictures: Vectors
    faces: Vectors

    def texts(
        self, questions: Questions, texts: Sequence[str], faces: Vectors | None = None
    ) -> Vectors:
        """(q, d) a question's text each. faces: (q, f), by default those of the pictures."""
        asked = self.faces[questions.target] if faces is None else faces
        return text_features(self.model, texts, asked)

    def rank(self, questions: Questions, texts: Sequence[str]) -> Ranking:
        return rank(self.texts(questions, texts), self.pictures, questions)

    def rank_pictures(self, questions: Questions, texts: Sequence[str]) -> Ranking:
        """As `rank`, but texts are not ranked."""
        return rank_scores(score_blocks(self.texts(questions, texts), self.pictures), questions)

    def picks(
        self, questions: Questions, texts: Sequence[str], faces: Vectors | None = None
    ) -> NDArray[np.float64]:
        """(q,) id@5 alone, for which no picture of another photograph is looked at."""
        asked, context = self.texts(questions, texts, faces), questions.pictures.context
        return recall_at(pick_within(asked, self.pictures, questions.target, context), 1)


@dataclass(frozen=True)
class Comparison:
    """All methods on the test split. trained: the models of each key, a seed each, with labels.
    pictures: the frozen tower's features; names: "real" or "pseudonym", what the dataset's are."""

    clip: Clip
    test: Questions
    pictures: Vectors
    trained: Mapping[str, Sequence[Asker]]
    labels: Mapping[str, str]
    names: str
    weight: float  # of the face in late fusion

    @cached_property
    def chance(self) -> NDArray[np.float64]:
        """1/n of each question."""
        return chance_within(self.test.target, self.test.pictures.context)

    @cached_property
    def plain(self) -> Vectors:
        """(q, d) what CLIP makes of the captions alone."""
        return caption_features(self.clip, self.test.plain)

    @cached_property
    def rankings(self) -> dict[str, Ranking]:
        """By method, in the table's order; trained ones are means over seeds."""
        test, found = self.test, dict[str, Ranking]()
        found["clip"] = rank(self.plain, self.pictures, test)
        if self.names == "real":
            found["names"] = self._untrained(test.named)
        found["pseudonyms"] = self._untrained(
            test.pseudonymous if self.names == "real" else test.named
        )
        faces = test.faces()
        found["fusion"] = rank_scores(
            fused_blocks(
                score_blocks(self.plain, self.pictures),
                score_blocks(faces, test.swapped),
                self.weight,
            ),
            test,
        )
        for key, models in self.trained.items():
            found[key] = mean_of([asker.rank(test, test.tok) for asker in models])
        found["oracle"] = rank_scores(score_blocks(faces, test.swapped), test)
        return found

    def methods(self) -> Iterator[Method]:
        """The table, chance first."""
        yield self._by_chance()
        for key, ranking in self.rankings.items():
            label, note = self.said(key)
            yield ranking.method(key, label, self.test, note)

    def differences(self) -> Iterator[Difference]:
        pairs = [("id-clip", "clip"), ("clip-pad", "clip"), ("id-clip", "clip-pad")]
        pairs += [("id-clip", "fusion"), ("id-clip", "pseudonyms")]
        pairs += [("names", "pseudonyms")] if "names" in self.rankings else []
        models = ("clip-pad", "id-clip")
        pairs += [(k, m) for k in self.trained for m in models if k.startswith(f"{m}-")]
        picks = {key: ranking.pick for key, ranking in self.rankings.items()}
        firsts = {key: ranking.text_to_image[1] for key, ranking in self.rankings.items()}
        photos = self.test.photos
        for one, other in pairs:
            yield Difference(
                f"{self.said(one)[0]} above {self.said(other)[0]}",
                mean_interval(picks[one] - picks[other], photos),
                mean_interval(firsts[one] - firsts[other], photos),
            )

    def times_chance(self, key: str) -> Interval:
        """id@5 of a method divided by 1/n, over all questions."""
        return ratio_interval(self.rankings[key].pick, self.chance, self.test.photos)

    def above(self, one: str, other: str) -> Interval:
        """id@5 of one method minus that of another, question by question."""
        above = self.rankings[one].pick - self.rankings[other].pick
        return mean_interval(above, self.test.photos)

    def expansions(self) -> Iterator[Method]:
        """Of all that was trained: where the face stands in the text, and ensembles of prompts.
        Texts are not ranked, and TOK is the table's own."""
        test = self.test
        for key, models in self.trained.items():
            for expansion in Expansion:
                texts = [
                    expand(expansion, tok, named, name)
                    for tok, named, name in zip(
                        test.tok, test.named, test.name_of_each, strict=True
                    )
                ]
                found = replace(self.rankings[key], image_to_text={})
                if expansion is not Expansion.TOK:
                    found = mean_of([asker.rank_pictures(test, texts) for asker in models])
                yield found.method(f"{key} {expansion}", f"{self.labels[key]}, {expansion}", test)
            found = mean_of([self._ensembled(asker) for asker in models])
            label = f"{self.labels[key]}, ensemble of six prompts"
            yield found.method(f"{key} ensemble", label, test)

    def _ensembled(self, asker: Asker) -> Ranking:
        ways = zip(*(prompted(text) for text in self.test.plain), strict=True)
        mean = ensemble([asker.texts(self.test, texts) for texts in ways])
        return rank_scores(score_blocks(mean, asker.pictures), self.test)

    # --- the identity alone -----------------------------------------------------------------------

    def entities(self) -> Iterator[EntityMethod]:
        """One query for every identity of the split, by its name or its face."""
        test = self.test
        codes, firsts = np.unique(test.pictures.identity, return_index=True)
        relevant = [np.flatnonzero(test.pictures.identity == code).tolist() for code in codes]
        names = [test.names[first] for first in firsts]
        faces = np.asarray(test.pictures.faces[firsts], np.float32)
        label = "CLIP with names" if self.names == "real" else "CLIP with pseudonyms"
        by_name = text_features(self.clip, [entity_only(name) for name in names])
        yield _entity("names", label, [relevant_positions(by_name, self.pictures, relevant)], codes)
        for key, models in self.trained.items():
            for expansion in Expansion:
                texts = [expand_entity_only(expansion, name) for name in names]
                found = [
                    relevant_positions(
                        text_features(asker.model, texts, asker.faces[firsts]),
                        asker.pictures,
                        relevant,
                    )
                    for asker in models
                ]
                plain = expansion is Expansion.TOK
                label = self.labels[key] if plain else f"{self.labels[key]}, {expansion}"
                yield _entity(key if plain else f"{key} {expansion}", label, found, codes)
            found = [
                relevant_positions(
                    ensemble(
                        [
                            text_features(asker.model, [text] * len(codes), asker.faces[firsts])
                            for text in prompted(None)
                        ]
                    ),
                    asker.pictures,
                    relevant,
                )
                for asker in models
            ]
            label = f"{self.labels[key]}, ensemble of six prompts"
            yield _entity(f"{key} ensemble", label, found, codes)
        yield _entity(
            "oracle", "face oracle", [relevant_positions(faces, test.swapped, relevant)], codes
        )

    # --- pieces -----------------------------------------------------------------------------------

    def _untrained(self, texts: Sequence[str]) -> Ranking:
        return rank(caption_features(self.clip, texts), self.pictures, self.test)

    def _by_chance(self) -> Method:
        count, gallery = len(self.test), len(self.test.pictures)
        return Method(
            "chance",
            "chance",
            "",
            share_interval(self.chance, self.test.photos),
            {k: _exactly(min(1.0, k / gallery), count) for k in RECALLS},
            {},
        )

    def said(self, key: str) -> tuple[str, str]:
        """A method's name, and what it is."""
        if key in self.labels:
            return self.labels[key], ""
        return {
            "clip": ("CLIP, caption alone", ""),
            "names": ("CLIP with names", "an identity that CLIP may know"),
            "pseudonyms": ("CLIP with pseudonyms", "names that CLIP cannot know"),
            "fusion": (
                "late fusion",
                f"z(CLIP, caption) + {self.weight:g} · z(face cosine), the weight from validation",
            ),
            "oracle": ("face oracle", "cosine of reference portrait and swapped face alone"),
        }[key]


def fusion_weight(clip: Clip, validation: Questions, pictures: Vectors) -> float:
    """The face's weight in late fusion that validation likes best."""
    return choose_weight(
        score_blocks(caption_features(clip, validation.plain), pictures),
        score_blocks(validation.faces(), validation.swapped),
        validation.target,
    ).weight


def caption_features(clip: Clip, texts: Sequence[str]) -> Vectors:
    """(q, d) float32. A text that is there several times goes through the tower once: the swaps of
    a photograph share its captions, and features that differ in their last bit, as of two batches,
    could tell them apart."""
    place = {text: number for number, text in enumerate(dict.fromkeys(texts))}
    return text_features(clip, list(place))[[place[text] for text in texts]]


def _entity(
    key: str, label: str, found: Sequence[RelevantPositions], codes: NDArray[np.int64]
) -> EntityMethod:
    """Means over seeds, then over identities: an identity is its own cluster."""

    def interval(figures: Sequence[NDArray[np.float64]]) -> Interval:
        return share_interval(np.mean(figures, axis=0), codes)

    return EntityMethod(
        key,
        label,
        {k: interval([kmin_recall_at(one, k) for one in found]) for k in RECALLS},
        interval([average_precision_at(one, _PRECISION_DEPTH) for one in found]),
        interval([average_precision_at(one, _PRECISION_DEPTH, divide_by_k=True) for one in found]),
    )


def _exactly(value: float, n: int) -> Interval:
    return Interval(float(value), None, None, n, 0)
