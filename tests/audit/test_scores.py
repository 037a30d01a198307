"""Histograms, densities and trends of similarities."""

from __future__ import annotations

import numpy as np
import pytest

from cocopfs.audit.scores import Histogram, gallery_scores, trend
from cocopfs.quality.calibration import calibrate
from cocopfs.records import Box, Ethnicity, Face, Gender, Identity, Portrait, pack_vector


def histogram(scores: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Histogram:
    found = Histogram()
    found.add(scores)
    return found


def test_the_density_is_scipys() -> None:
    stats = pytest.importorskip("scipy.stats")
    scores = np.random.default_rng(0).normal(0.4, 0.12, 3000).clip(-1, 1)
    at, density = histogram(scores).density()
    quartiles = np.subtract(*np.percentile(scores, [75, 25])) / 1.34
    bandwidth = 0.9 * min(scores.std(), quartiles) * scores.size**-0.2
    theirs = stats.gaussian_kde(scores, bandwidth / scores.std(ddof=1))(at)
    assert np.abs(density - theirs).max() < 0.02 * theirs.max()


@pytest.mark.parametrize("scores", [[0.5], [0.5, 0.5], [-1.0, 1.0], [0.1, 0.2, 0.9]])
def test_a_density_has_area_one(scores: list[float]) -> None:
    at, density = histogram(np.array(scores)).density()
    assert np.trapezoid(density, at) == pytest.approx(1, abs=0.02)


def test_no_scores_have_no_density() -> None:
    assert histogram(np.array([np.nan])).n == 0
    assert histogram(np.empty(0)).density()[0].size == 0


def gallery(count: int, portraits: int, *, one_group: bool) -> list[Identity]:
    random = np.random.default_rng(0)
    found = []
    for number in range(count):
        centre = random.normal(size=16)
        made = []
        for place in range(portraits):
            vector = centre + random.normal(size=16)
            data = pack_vector(vector / np.linalg.norm(vector))
            face = Face(Box(0, 0, 1, 1), (0.0,) * 10, 1.0)
            made.append(Portrait(f"{number}/{place}", "", "", face, 1.0, data))
        gender = (Gender.FEMALE, Gender.MALE, None)[0 if one_group else number % 3]
        found.append(
            Identity(
                f"n{number:04d}",
                "",
                gender,
                Ethnicity.WHITE if one_group or number % 2 else None,
                (),
                tuple(made[1:]),
                made[0],
                made[0].embedding,
            )
        )
    return found


@pytest.mark.parametrize(("count", "portraits", "one_group"), [(12, 4, False), (220, 5, True)])
def test_the_pairs_are_those_of_the_calibration(
    count: int, portraits: int, one_group: bool
) -> None:
    """The second gallery's one group needs two blocks."""
    identities = gallery(count, portraits, one_group=one_group)
    found = gallery_scores(identities)
    (overall, *_) = calibrate(identities, 0.01)
    assert found.genuine.n == overall.genuine_pairs
    assert found.impostor.n == overall.impostor_pairs
    centres = np.linspace(-1, 1, found.genuine.counts.size + 1)[:-1] + 1 / found.genuine.counts.size
    for histogram, mean in (
        (found.genuine, overall.genuine_mean),
        (found.impostor, overall.impostor_mean),
    ):
        assert histogram.counts @ centres / histogram.n == pytest.approx(mean, abs=2e-3)


def test_a_trend_follows_its_medians() -> None:
    x = np.linspace(0, 10, 400)
    found = trend(x, 2 * x)
    assert found is not None
    assert np.allclose(found.median, 2 * found.x, atol=1e-9)
    assert (found.lower <= found.median).all()
    assert (found.median <= found.upper).all()
    assert (np.diff(found.x) > 0).all()


def test_few_points_and_equal_points_have_no_trend() -> None:
    assert trend(np.arange(30.0), np.arange(30.0)) is None
    assert trend(np.ones(100), np.arange(100.0)) is None
