"""What the marks of people say."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest

from cocopfs.audit.bootstrap import share_interval
from cocopfs.audit.dataset import Dataset, open_dataset
from cocopfs.audit.rating_files import AnswerKey, Mark, RatedItem
from cocopfs.audit.ratings import Ratings, examine_ratings
from cocopfs.audit.samples import Samples, photos_of, read_samples
from cocopfs.audit.whole import rating_page
from tests.audit.synthetic import Synthetic
from tests.command import cocopfs
from tests.whole_build.trial import silent

PAGE = "0123456789abcdef"
HEADER = "page,rater,item,looks,person\n"


@pytest.fixture
def dataset(synthetic: Synthetic) -> Dataset:
    return open_dataset(synthetic.out)


def samples_of(dataset: Dataset) -> Samples:
    return read_samples(dataset, silent())[0]


def marks_of(rater: str, real: Callable[[int], bool | None], items: range) -> list[Mark]:
    return [Mark(rater, item, real(item), item % 3 == 0) for item in items]


def big_key(samples: Samples) -> AnswerKey:
    """36 items: 12 originals; 12 swaps beside their own portrait, 12 beside a foreign one."""
    ids = [name or "" for name in samples.texts("sample_id")]
    return AnswerKey(
        PAGE,
        0,
        tuple(
            RatedItem(
                number + 1,
                name,
                "original" if number % 3 == 0 else "swap",
                "own" if number % 3 == 1 or number % 6 == 0 else "foreign",
            )
            for number, name in enumerate(ids)
        ),
    )


def said(key: AnswerKey, samples: Samples, same: Callable[[RatedItem], bool]) -> Ratings:
    """What becomes of one rater's answers to "same person?"."""
    marks = [Mark("Ann", item.item, False, same(item)) for item in key.items]
    return examine_ratings(key, marks, samples)


def test_two_raters_have_cohens_kappa_over_what_both_marked(dataset: Dataset) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    samples = samples_of(dataset)
    first = marks_of("Ann", lambda item: item % 2 == 0, range(1, 21))
    second = marks_of("Bob", lambda item: item % 4 < 2 if item > 3 else None, range(1, 25))
    found = examine_ratings(big_key(samples), [*first, *second], samples)
    assert found.agreement_real is not None
    both = range(4, 21)
    expected = metrics.cohen_kappa_score([i % 2 == 0 for i in both], [i % 4 < 2 for i in both])
    assert (found.agreement_real.kind, found.agreement_real.items) == ("Cohen", 17)
    assert found.agreement_real.kappa == pytest.approx(expected, abs=1e-12)
    assert found.agreement_same is not None
    assert found.agreement_same.kappa == pytest.approx(1.0)


def test_three_raters_have_fleiss_kappa(dataset: Dataset) -> None:
    samples = samples_of(dataset)
    marks = [
        mark
        for rater, every in (("Ann", 2), ("Bob", 3), ("Cy", 4))
        for mark in marks_of(rater, lambda item, every=every: item % every == 0, range(1, 25))  # type: ignore[misc]
    ]
    found = examine_ratings(big_key(samples), marks, samples).agreement_real
    assert found is not None
    assert (found.kind, found.raters, found.items) == ("Fleiss", 3, 24)
    # By hand: 24 items, of 72 marks 12 + 8 + 6 = 26 are yes.
    agreeing = sum(
        n * (n - 1) + (3 - n) * (2 - n)
        for n in ((i % 2 == 0) + (i % 3 == 0) + (i % 4 == 0) for i in range(1, 25))
    ) / (24 * 6)
    chance = (26 / 72) ** 2 + (46 / 72) ** 2
    assert found.kappa == pytest.approx((agreeing - chance) / (1 - chance))


def test_rates_and_correlations(dataset: Dataset) -> None:
    stats = pytest.importorskip("scipy.stats")
    samples = samples_of(dataset)
    key = big_key(samples)
    similarity = samples.values("similarity")
    marks = [
        Mark("Ann", item.item, bool(similarity[item.item - 1] > 0.6), item.kind == "swap")
        for item in key.items
    ]
    found = examine_ratings(key, marks, samples)
    assert found.agreement_real is None, "one rater agrees with nobody"
    assert (found.tar.mean, found.far.mean, found.originals_same.mean) == (1.0, 1.0, 0.0)
    swaps = [item.item - 1 for item in key.items if item.kind == "swap"]
    real = similarity[swaps] > 0.6
    assert found.swaps_real.mean == pytest.approx(real.mean())
    row = next(row for row in found.correlations if row.figure == "similarity")
    expected = stats.spearmanr(similarity[swaps], real).statistic
    assert row.real == pytest.approx(expected, abs=1e-12)
    assert row.same is None, "everybody said the same of all swaps"
    assert (row.swaps, row.own) == (24, 12)


def test_same_person_is_correlated_over_own_portraits_only(dataset: Dataset) -> None:
    stats = pytest.importorskip("scipy.stats")
    samples = samples_of(dataset)
    key = big_key(samples)
    margin = samples.values("margin")
    random = np.random.default_rng(0)
    noisy = margin + random.normal(0, 0.1, margin.size) > np.median(margin)

    def same(item: RatedItem) -> bool:
        """Beside a foreign portrait the other way round."""
        return bool(noisy[item.item - 1]) == (item.portrait == "own")

    row = next(row for row in said(key, samples, same).correlations if row.figure == "margin")
    own = [i.item - 1 for i in key.items if i.kind == "swap" and i.portrait == "own"]
    expected = stats.spearmanr(margin[own], noisy[own]).statistic
    assert expected > 0.3
    assert row.same == pytest.approx(expected, abs=1e-12)


def test_who_takes_every_swap_for_the_portraits_person_is_found_out(dataset: Dataset) -> None:
    """Without a look at the portrait: all accepts are true and all are false."""
    samples = samples_of(dataset)
    key = big_key(samples)
    blind = said(key, samples, lambda item: item.kind == "swap")
    assert (blind.tar.mean, blind.far.mean, blind.d_prime.mean) == (1.0, 1.0, 0.0)
    seeing = said(key, samples, lambda item: item.kind == "swap" and item.portrait == "own")
    assert (seeing.tar.mean, seeing.far.mean, seeing.originals_same.mean) == (1.0, 0.0, 0.0)
    assert seeing.d_prime.mean is not None
    assert seeing.d_prime.mean > 3


def test_accepts_are_counted_apart_for_own_and_foreign_portraits(dataset: Dataset) -> None:
    samples = samples_of(dataset)
    key = big_key(samples)
    wrong = {item.item for item in key.items if item.item % 4 == 0}
    found = said(key, samples, lambda item: (item.portrait == "own") != (item.item in wrong))
    for portrait, rate in (("own", found.tar), ("foreign", found.far)):
        items = [i.item for i in key.items if i.kind == "swap" and i.portrait == portrait]
        share = sum(item in wrong for item in items) / 12
        assert rate.mean == pytest.approx(1 - share if portrait == "own" else share)
        assert (rate.n, rate.clusters) == (12, 12)
    assert found.d_prime.low is not None
    assert (found.d_prime.n, found.d_prime.clusters) == (24, 12), "the same twelve photographs"


def test_items_of_one_photograph_are_no_further_evidence(dataset: Dataset) -> None:
    """Intervals are over photographs: 36 swaps of twelve, and the raters go by the photograph."""
    samples = samples_of(dataset)
    photos = photos_of(samples)
    ids = samples.texts("sample_id")
    items = tuple(RatedItem(n + 1, name or "", "swap", "own") for n, name in enumerate(ids))
    found = said(AnswerKey(PAGE, 0, items), samples, lambda i: bool(photos[i.item - 1] % 2))
    assert (found.tar.n, found.tar.clusters) == (36, 12)
    assert (found.swaps_real.n, found.swaps_real.clusters) == (36, 12)
    expected = share_interval((photos % 2).astype(np.float64), photos)
    assert found.tar == expected


def test_a_page_of_own_portraits_only_tells_no_false_accepts(dataset: Dataset) -> None:
    samples = samples_of(dataset)
    items = tuple(RatedItem(i.item, i.sample_id, i.kind) for i in big_key(samples).items)
    found = said(AnswerKey(PAGE, 0, items), samples, lambda item: item.item % 2 == 0)
    assert found.tar.n == 24
    assert (found.far.mean, found.d_prime.mean) == (None, None)


def test_marks_and_items_are_counted(dataset: Dataset) -> None:
    samples = samples_of(dataset)
    marks = [m for rater in "ABC" for m in marks_of(rater, lambda _: True, range(1, 13))]
    found = examine_ratings(big_key(samples), marks, samples)
    assert (found.marks, found.items) == (36, 12)


def test_samples_that_are_gone_are_left_out(dataset: Dataset) -> None:
    samples = samples_of(dataset)
    key = AnswerKey(PAGE, 0, (RatedItem(1, "999_nobody", "swap"),))
    found = examine_ratings(key, [Mark("Ann", 1, True, True)], samples)
    assert (found.marks, found.unknown) == (0, 1)
    assert found.swaps_real.mean is None


def test_ratings_come_into_the_report(
    synthetic: Synthetic, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = rating_page(synthetic.out, None, None, 8, 0, silent())
    key = msgspec.json.decode(made.key.read_bytes(), type=AnswerKey)
    random = np.random.default_rng(0)
    files: list[object] = []
    for rater in ("Ann", "Bob"):
        path = tmp_path / f"{rater}.csv"
        lines = [
            f"{key.page},{rater},{item.item},{random.choice(['real', 'fake'])},"
            f"{'same' if item.kind == 'swap' else 'different'}"
            for item in key.items
        ]
        path.write_text(HEADER + "\n".join(lines) + "\n")
        files += ["--ratings", path]
    ended = cocopfs(capsys, "audit", synthetic.out, *files)
    assert ended.code == 0, ended.error
    page = (synthetic.out / "audit" / "report.html").read_text()
    assert "People’s eyes" in page
    assert "Cohen’s κ" in page
    facts = json.loads((synthetic.out / "audit" / "audit.json").read_text())["ratings"]
    assert facts["raters"] == ["Ann", "Bob"]
    assert (facts["tar"]["mean"], facts["far"]["mean"]) == (1.0, 1.0)
    assert "2 raters, 32 marks on 16 items" in " ".join(page.split())
    assert "2 raters, 32 marks on 16 items" in ended.output
    for told in ("TAR", "FAR", "d-prime of the two", "Cohen’s κ"):
        assert told in ended.output
        assert told in page
    assert len(facts["correlations"]) >= 10
