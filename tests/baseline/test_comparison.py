"""Methods, controls, groups and curves on vectors whose answers are known beforehand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from cocopfs.audit.samples import Samples
from tests.baseline.checkpoints import write_checkpoint

pytest.importorskip("torch", reason="torch is not installed: make test-full installs it")
pytest.importorskip("transformers")

from cocopfs.baseline.clip import Clip, load_clip
from cocopfs.baseline.collection import Collection
from cocopfs.baseline.comparison import Asker, Comparison, caption_features
from cocopfs.baseline.curves import COSINES, gallery_points, noise_points
from cocopfs.baseline.examples import Examples
from cocopfs.baseline.features import text_features
from cocopfs.baseline.groups import group_picks
from cocopfs.baseline.id_clip import IdClip
from cocopfs.baseline.probes import Probes, Unswapped
from cocopfs.baseline.questions import Questions
from cocopfs.baseline.shown import OriginalFaces

WIDTH = 8
PLACES = ("a dog", "a cat", "a cake", "a wave", "a surfboard", "a glass")
PHOTOS, SWAPS, PEOPLE = len(PLACES), 3, 5
ROWS = PHOTOS * SWAPS


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    return load_clip(write_checkpoint(tmp_path_factory.mktemp("clip")))


def questions() -> Questions:
    """Six photographs of three swaps, among five people; one caption each. The recogniser sees in
    every picture the very reference."""
    people = np.random.default_rng(3).normal(size=(PEOPLE, WIDTH)).astype(np.float32)
    people /= np.linalg.norm(people, axis=1, keepdims=True)
    context, place = np.divmod(np.arange(ROWS), SWAPS)
    identity = (context + place) % PEOPLE
    names = [f"Person {number}" for number in identity]
    scenes = [PLACES[number] for number in context]
    return Questions(
        rows=np.arange(ROWS),
        pictures=Examples(
            samples=[f"{a}_{b}" for a, b in zip(context, identity, strict=True)],
            crops=np.zeros((ROWS, 32, 32, 3), np.uint8),
            faces=people[identity],
            captions=[(f"a man with {scene}",) for scene in scenes],
            captions_tok=[(f"[TOK] with {scene}",) for scene in scenes],
            context=context,
            identity=identity,
        ),
        in_place=[(f"{n} with {scene}",) for n, scene in zip(names, scenes, strict=True)],
        names=names,
        genders=[None] * ROWS,
        identities=[f"n{number}" for number in identity],
        swapped=people[identity],
        target=np.arange(ROWS),
    )


@pytest.fixture(scope="module")
def comparison(clip: Clip) -> Comparison:
    """Both models see in a picture just what they make of its question: they find everything."""
    test = questions()
    trained = {}
    for key, tokens in (("clip-pad", 0), ("id-clip", 2)):
        model = IdClip(clip, WIDTH, tokens)
        seen = text_features(model, test.tok, test.faces())
        trained[key] = [Asker(model, seen, test.pictures.faces)] * 2
    random = np.random.default_rng(0).normal(size=(ROWS, clip.dim)).astype(np.float32)
    pictures = random / np.linalg.norm(random, axis=1, keepdims=True)
    labels = {"clip-pad": "CLIP-PAD", "id-clip": "Id-CLIP"}
    return Comparison(clip, test, pictures, trained, labels, "real", 4.0)


def probes(comparison: Comparison, unswapped: Unswapped | None = None) -> Probes:
    people = dict.fromkeys(range(PEOPLE))
    return Probes(comparison, people, people, unswapped)


def test_who_knows_all_finds_all_and_the_caption_alone_finds_by_chance(
    comparison: Comparison,
) -> None:
    found = {row.key: row for row in comparison.methods()}
    assert found["chance"].pick.mean == pytest.approx(1 / SWAPS)
    assert found["clip"].pick.mean == pytest.approx(1 / SWAPS, abs=1e-12)
    for key in ("clip-pad", "id-clip"):
        assert found[key].pick_of_seeds == found[key].first_of_seeds == (1, 1)
        assert found[key].pick.mean == 1
        assert found[key].text_to_image[1].mean == 1
        assert found[key].image_to_text[1].mean == 1
    assert found["oracle"].pick.mean == 1
    # A person is in 18/5 pictures on average, which the face alone cannot tell apart.
    own = np.bincount(comparison.test.pictures.identity)[comparison.test.pictures.identity]
    assert found["oracle"].text_to_image[1].mean == pytest.approx((1 / own).mean())
    assert "4 · z(face cosine)" in found["fusion"].note
    assert found["fusion"].pick.mean == 1


def test_differences_are_of_the_methods_that_are_named(comparison: Comparison) -> None:
    found = {row.label: row for row in comparison.differences()}
    above = found["Id-CLIP above CLIP, caption alone"]
    assert above.pick.mean == pytest.approx(1 - 1 / SWAPS)
    assert found["Id-CLIP above CLIP-PAD"].pick.mean == 0
    assert comparison.above("id-clip", "clip").mean == above.pick.mean


def test_the_expansion_in_place_is_the_tables_own(comparison: Comparison) -> None:
    found = {row.label: row for row in comparison.expansions()}
    assert len(found) == 14
    assert found["Id-CLIP, TOK"].text_to_image[1].mean == 1
    assert "Id-CLIP, ensemble of six prompts" in found


def test_the_face_oracle_finds_all_pictures_of_everybody(comparison: Comparison) -> None:
    found = {row.key: row for row in comparison.entities()}
    assert len(found) == 2 + 2 * 7, "in six ways and by an ensemble, beside names and oracle"
    assert {"names", "clip-pad", "id-clip", "id-clip ensemble", "oracle"} < found.keys()
    oracle = found["oracle"]
    assert oracle.average_precision.mean == 1
    assert all(interval.mean == 1 for interval in oracle.kmin.values())
    counts = np.bincount(comparison.test.pictures.identity)
    by_ten = oracle.average_precision_reference.mean
    assert by_ten == pytest.approx((counts / 10).mean()), "the reference divides by ten"


def test_a_text_that_is_there_twice_has_the_same_bits(clip: Clip) -> None:
    texts = ["a man with a dog", "a cat", "a man with a dog", "a woman riding a wave and a dog"]
    found = caption_features(clip, texts)
    assert found[0].tobytes() == found[2].tobytes()
    np.testing.assert_allclose(found, text_features(clip, texts), atol=1e-6)


# --- controls -------------------------------------------------------------------------------------


def test_another_of_the_photos_faces_never_finds_the_right_one(comparison: Comparison) -> None:
    found = {row.label: row for row in probes(comparison).controls()}
    assert len(found) == 4, "no originals, no controls with them"
    for model in ("CLIP-PAD", "Id-CLIP"):
        deranged = found[f"{model}, the face of another of the photo's swaps"]
        assert deranged.found.mean == 0
        assert deranged.expected == "below 33.3%"
        wrong = found[f"{model}, the face of somebody who is not in the photo"]
        assert wrong.found.mean == pytest.approx(1 / SWAPS, abs=1e-12)
        assert wrong.expected == "33.3%, exactly"
        assert wrong.note.endswith("0 left out")


def reworded(comparison: Comparison, row: int) -> Comparison:
    """One row is asked for in other words."""
    test = comparison.test
    tok = list(test.pictures.captions_tok)
    tok[row] = ("[TOK] eating a cake on a street and smiling",)
    return replace(
        comparison, test=replace(test, pictures=replace(test.pictures, captions_tok=tok))
    )


def test_a_wrong_face_picks_by_chance_exactly(comparison: Comparison) -> None:
    found = probes(comparison).wrong_faces
    assert found.found == pytest.approx(1 / SWAPS, abs=1e-12)
    assert found.chance == pytest.approx(1 / SWAPS, abs=1e-12)
    assert (found.apart, found.left_out) == (0, 0)


@pytest.mark.parametrize("row", range(0, ROWS, 4))
def test_one_row_of_other_words_is_told(comparison: Comparison, row: int) -> None:
    found = probes(reworded(comparison, row)).wrong_faces
    assert (found.apart, found.left_out) == (1, 0)


def test_words_that_tell_the_identity_are_no_chance(comparison: Comparison) -> None:
    """Pictures that lie where their row's own words lead, whoever's face asks."""
    test = comparison.test
    people = [("man", "woman", "person", "dog", "cat")[code] for code in test.pictures.identity]
    tok = [(f"[TOK] {word}",) for word in people]
    told = replace(test, pictures=replace(test.pictures, captions_tok=tok))
    asker = comparison.trained["id-clip"][0]
    anybody = np.repeat(test.pictures.faces[:1], ROWS, axis=0)
    seen = text_features(asker.model, told.tok, anybody)
    trained = {**comparison.trained, "id-clip": [replace(asker, pictures=seen)]}
    found = probes(replace(comparison, test=told, trained=trained)).wrong_faces
    assert found.apart == PHOTOS
    assert found.found is not None
    assert found.found > 1 / SWAPS + 0.1


def test_photos_of_several_genders_may_differ_in_their_words(comparison: Comparison) -> None:
    other = reworded(comparison, 0)
    ethnicities = dict.fromkeys(range(PEOPLE))
    genders: dict[int, str | None] = {code: ("female", "male")[code % 2] for code in range(PEOPLE)}
    mixed = Probes(other, genders, ethnicities, None)
    assert (mixed.wrong_faces.apart, mixed.wrong_faces.left_out) == (0, 1)
    assert mixed.wrong_faces.found == pytest.approx(1 / SWAPS, abs=1e-12)
    wrong = next(row for row in mixed.controls() if "not in the photo" in row.label)
    assert wrong.found.n == ROWS - SWAPS
    assert wrong.note.endswith("3 left out")


def test_originals_score_below_the_swaps(comparison: Comparison) -> None:
    photos = np.unique(comparison.test.pictures.context)
    strangers = np.random.default_rng(9).normal(size=(len(photos), WIDTH)).astype(np.float32)
    strangers /= np.linalg.norm(strangers, axis=1, keepdims=True)
    own = comparison.trained["id-clip"][0].pictures
    unswapped = Unswapped(OriginalFaces(photos, strangers), [-own[::SWAPS]] * 2)
    last = list(probes(comparison, unswapped).controls())[-2:]
    assert [row.found.mean for row in last] == [0, 0]


def test_an_original_that_is_the_swap_is_half_preferred(comparison: Comparison) -> None:
    first = np.array([0])
    own = comparison.trained["id-clip"][0].pictures[:1]
    found = probes(
        comparison, Unswapped(OriginalFaces(first, comparison.test.swapped[:1]), [own] * 2)
    )
    preferred = list(found.controls())[-2]
    assert preferred.found.n == SWAPS, "of the one photograph whose original is known"
    assert preferred.found.mean == pytest.approx(0.5 / SWAPS), "a tie, and two that lose"


def test_chance_is_that_of_the_questions_that_are_asked(comparison: Comparison) -> None:
    """A photograph of one swap has nobody else to ask for."""
    test = comparison.test
    context = np.append(np.zeros(ROWS - 1, np.int64), 1)
    alone = replace(test, pictures=replace(test.pictures, context=context))
    found = {row.label: row for row in probes(replace(comparison, test=alone)).controls()}
    deranged = found["Id-CLIP, the face of another of the photo's swaps"]
    assert deranged.found.n == ROWS - 1
    assert deranged.expected == f"below {1 / (ROWS - 1):.1%}"


# --- curves and groups ----------------------------------------------------------------------------


def test_curves_end_in_the_tables_figures(comparison: Comparison) -> None:
    sizes = list(gallery_points(comparison))
    assert [point.x for point in sizes] == [3, 6, 9, 18]
    assert all(point.found["id-clip"].mean == 1 for point in sizes)
    assert sizes[-1].found["id-clip"].n == ROWS
    noise = list(noise_points(comparison))
    assert [point.x for point in noise] == list(COSINES)
    assert noise[0].found["id-clip"].mean == 1
    assert noise[0].found["oracle"].mean == 1
    last = noise[-1].found["oracle"].mean
    assert last is not None
    assert last < 1


def test_groups_are_parts_of_the_test_rows(comparison: Comparison) -> None:
    values = np.arange(ROWS, dtype=np.float64)
    table = pa.table(
        {
            "gender": ["female", "male", None] * PHOTOS,
            "margin": values / 100_000,  # alike to the decimals that are shown
            "seam": [None, *values[1:]],
            "yaw": [0.0] * 14 + [1.0, 2.0, 3.0, 4.0],  # most are alike
            "pitch": [5.0] * ROWS,  # all are
            "small_face": [True] + [False] * (ROWS - 1),
            "redetected": [True] * ROWS,
        }
    )
    figures = ("margin", "seam", "yaw", "pitch", "small_face", "redetected")
    samples = Samples(table, figures, ())
    none = ((),) * ROWS
    photos = comparison.test.pictures.context
    collection = Collection(None, samples, none, none, none, photos)  # type: ignore[arg-type]
    found = list(group_picks(collection, comparison))
    rows = {(group.by, group.label): group.rows for group in found}
    assert [rows["gender", label] for label in ("female", "male", "unknown")] == [6, 6, 6]
    by = {name: [n for (own, _), n in rows.items() if own == name] for name, _ in rows}
    assert by["margin"] == [5, 4, 4, 5], "parts whose shown bounds are the same stay apart"
    assert by["seam"] == [5, 4, 4, 4, 1], "the last is unknown"
    assert by["yaw"] == [14, 4]
    assert by["small face"] == [1, 17]
    assert set(by) == {"gender", "ethnicity", "margin", "seam", "yaw", "small face"}
    assert all(group.picks["id-clip"].mean == 1 for group in found)
