"""A split as it is asked about: its pictures, and a question for every caption of every one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cocopfs.baseline.collection import Collection
from cocopfs.baseline.examples import Examples
from cocopfs.baseline.faces import Vectors
from cocopfs.captions.pseudonyms import pseudonyms
from cocopfs.records import Gender, Split

# Pseudonyms that only stand beside real names in the comparison hide nobody: the key is no secret.
_OPEN_KEY = b"cocopfs train-baseline"
_GENDERS = {str(gender): gender for gender in Gender}


@dataclass(frozen=True)
class Questions:
    """The g pictures of a split and q questions for them, a caption each.

    rows: (g,) their numbers in the collection. pictures: with captions, and the faces that they are
    asked for by. in_place: the captions with the published name. names, (g,). swapped: (g, f), what
    the recogniser sees in the pictures. target: (q,) which picture each question is for; texts are
    in the questions' order, picture by picture.
    """

    rows: NDArray[np.int64]
    pictures: Examples
    in_place: Sequence[Sequence[str]]
    names: Sequence[str]
    genders: Sequence[Gender | None]
    identities: Sequence[str]
    swapped: Vectors
    target: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.target)

    @property
    def photos(self) -> NDArray[np.int64]:
        """(q,) the photograph of each question."""
        return self.pictures.context[self.target]

    @property
    def caption(self) -> NDArray[np.int64]:
        """(q,) which of its picture's captions each question is, from 0."""
        counts = [len(texts) for texts in self.pictures.captions]
        return np.concatenate([np.arange(count) for count in counts] or [np.empty(0, np.int64)])

    @property
    def own(self) -> list[list[int]]:
        """Of each picture the questions for it."""
        found: list[list[int]] = [[] for _ in range(len(self.pictures))]
        for question, picture in enumerate(self.target.tolist()):
            found[picture].append(question)
        return found

    @property
    def plain(self) -> list[str]:
        return [text for texts in self.pictures.captions for text in texts]

    @property
    def tok(self) -> list[str]:
        return [text for texts in self.pictures.captions_tok for text in texts]

    @property
    def named(self) -> list[str]:
        return [text for texts in self.in_place for text in texts]

    @property
    def name_of_each(self) -> list[str]:
        return [self.names[picture] for picture in self.target.tolist()]

    @property
    def pseudonymous(self) -> list[str]:
        """The captions with an invented name in place of the identity."""
        genders = dict(zip(self.identities, self.genders, strict=True))
        invented = pseudonyms(genders, _OPEN_KEY, set(self.names))
        return [
            text.replace("[TOK]", invented[self.identities[picture]])
            for text, picture in zip(self.tok, self.target.tolist(), strict=True)
        ]

    def faces(self) -> Vectors:
        """(q, f) the face that each question is asked with."""
        return np.asarray(self.pictures.faces[self.target], np.float32)


def ask(
    collection: Collection,
    split: Split,
    crops: NDArray[np.uint8],
    faces: Vectors,
    swapped: Vectors,
) -> Questions:
    """crops, faces, swapped: of all rows of the collection. Rows stay in the published order."""
    rows = collection.rows_of(split)
    chosen = rows.tolist()
    samples, identities = collection.texts("sample_id"), collection.texts("identity")
    names, genders = collection.texts("name"), collection.samples.texts("gender")
    codes = {identity: code for code, identity in enumerate(sorted(set(identities)))}
    own = [identities[row] for row in chosen]
    captions = [collection.captions[row] for row in chosen]
    start, stop = (int(rows[0]), int(rows[-1]) + 1) if chosen else (0, 0)
    # A split lies in one piece: a slice keeps a memory-mapped file on disk.
    whole = stop - start == len(rows)
    return Questions(
        rows=rows,
        pictures=Examples(
            samples=[samples[row] for row in chosen],
            crops=crops[start:stop] if whole else crops[rows],
            faces=faces[rows],
            captions=captions,
            captions_tok=[collection.tok[row] for row in chosen],
            context=collection.photos[rows],
            identity=np.asarray([codes[identity] for identity in own], np.int64),
        ),
        in_place=[collection.in_place[row] for row in chosen],
        names=[names[row] for row in chosen],
        genders=[_GENDERS.get(genders[row] or "") for row in chosen],
        identities=own,
        swapped=swapped[rows],
        target=np.repeat(np.arange(len(rows)), [len(texts) for texts in captions]),
    )
