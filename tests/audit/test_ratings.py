"""The rating page and the files that people send back."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cocopfs.audit.dataset import Dataset, open_dataset
from cocopfs.audit.ratings import (
    AnswerKey,
    Mark,
    RatedItem,
    examine_ratings,
    read_ratings,
)
from cocopfs.audit.samples import Samples, read_samples
from cocopfs.audit.whole import rating_page
from cocopfs.errors import UsageError
from tests.audit.synthetic import Synthetic
from tests.command import cocopfs
from tests.whole_build.trial import silent

PAGE = "0123456789abcdef"
HEADER = "page,rater,item,looks,person\n"


def page_of(synthetic: Synthetic, count: int = 4, seed: int = 0) -> tuple[str, AnswerKey]:
    """The page's text and its answers."""
    page = rating_page(synthetic.out, None, None, count, seed, silent())
    facts = json.loads(page.key.read_text())
    items = tuple(RatedItem(**item) for item in facts["items"])
    return page.path.read_text(), AnswerKey(facts["page"], facts["seed"], items)


def keyed(dataset: Dataset, key: AnswerKey) -> None:
    import msgspec

    (dataset.private / f"rating-{key.page}.json").write_bytes(msgspec.json.encode(key))


# --- the page -------------------------------------------------------------------------------------


def test_swaps_and_originals_are_mixed(synthetic: Synthetic) -> None:
    text, key = page_of(synthetic, 5)
    kinds = [item.kind for item in key.items]
    assert (kinds.count("swap"), kinds.count("original")) == (5, 5)
    assert kinds != sorted(kinds)
    photos = [item.sample_id.split("_")[0] for item in key.items]
    assert len(set(photos)) == 10, "no photograph comes twice"
    assert text.count("data:image/jpeg") == 20


def test_the_page_does_not_tell_the_answers(synthetic: Synthetic) -> None:
    text, key = page_of(synthetic)
    plain = re.sub(r"data:image/jpeg;base64,[A-Za-z0-9+/=]+", "", text)
    data = json.loads(re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', text)[0])
    assert [sorted(item) for item in data["items"]] == [["picture", "portrait"]] * 8
    for item in key.items:
        assert item.sample_id not in plain
    for name in {*synthetic.rows["identity"], *synthetic.rows["name"]}:
        assert name not in plain
    assert not re.search(r"https?:", plain)


def test_the_draw_follows_the_seed(synthetic: Synthetic) -> None:
    first, again, other = page_of(synthetic), page_of(synthetic), page_of(synthetic, seed=1)
    assert first == again
    assert first[1].items != other[1].items
    assert first[1].page != other[1].page


def test_more_swaps_than_there_are(synthetic: Synthetic) -> None:
    _, key = page_of(synthetic, 500)
    assert sum(item.kind == "swap" for item in key.items) == 36
    assert sum(item.kind == "original" for item in key.items) == 12


def test_a_page_needs_the_originals(
    synthetic: Synthetic, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(synthetic.coco)
    ended = cocopfs(capsys, "audit", synthetic.out, "--rate", 3)
    assert ended.code == 2
    assert "--coco" in ended.error
    assert not (synthetic.out / "audit").exists()


def test_what_cannot_be_read_is_passed_over(
    synthetic: Synthetic, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in sorted(synthetic.coco.rglob("*.jpg"))[:6]:
        path.write_bytes(b"no picture")
    ended = cocopfs(capsys, "audit", synthetic.out, "--rate", 6)
    assert ended.code == 0
    assert "could not be read" in ended.output


# --- the files ------------------------------------------------------------------------------------


@pytest.fixture
def dataset(synthetic: Synthetic) -> Dataset:
    """With a page of four items."""
    found = open_dataset(synthetic.out)
    ids = synthetic.rows["sample_id"]
    kinds = ("swap", "original", "swap", "swap")
    items = tuple(
        RatedItem(number + 1, ids[3 * number], kind)  # type: ignore[arg-type]
        for number, kind in enumerate(kinds)
    )
    keyed(found, AnswerKey(PAGE, 0, items))
    return found


def samples_of(dataset: Dataset) -> Samples:
    return read_samples(dataset, silent())[0]


def test_marks_are_read(dataset: Dataset, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"{HEADER}{PAGE},Ann B,1,real,same\r\n{PAGE},Ann B,2,fake,\n\n")
    _, marks = read_ratings([path], dataset)
    assert marks == [Mark("Ann B", 1, True, True), Mark("Ann B", 2, False, None)]


def test_a_file_that_a_spreadsheet_has_saved(dataset: Dataset, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(f"\ufeff{HEADER}{PAGE},Ann,1,real,same\n".encode())
    assert len(read_ratings([path], dataset)[1]) == 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        HEADER.encode(),
        b"page;rater;item;looks;person\n",
        b"\xff\xfe\x00",
        b"\x00" * 100,
        HEADER.encode() + b'"unclosed',
        f"{HEADER}{PAGE},Ann,1,real\n".encode(),
        f"{HEADER}{PAGE},Ann,1,real,same,more\n".encode(),
        f"{HEADER}{PAGE},Ann,9,real,same\n".encode(),
        f"{HEADER}{PAGE},Ann,0,real,same\n".encode(),
        f"{HEADER}{PAGE},Ann,-1,real,same\n".encode(),
        f"{HEADER}{PAGE},Ann,{'9' * 5000},real,same\n".encode(),
        f"{HEADER}{PAGE},Ann,\N{ARABIC-INDIC DIGIT ONE},real,same\n".encode(),
        f"{HEADER}{PAGE},Ann,1,REAL,same\n".encode(),
        f"{HEADER}{PAGE},Ann,1,real,maybe\n".encode(),
        f"{HEADER}{PAGE},,1,real,same\n".encode(),
        f"{HEADER}{PAGE},=cmd(),1,real,same\n".encode(),
        f"{HEADER}{PAGE},{'A' * 41},1,real,same\n".encode(),
        f"{HEADER}{PAGE},<b>Ann</b>,1,real,same\n".encode(),
        f"{HEADER}{PAGE},Ann\n\x1b[31m,1,real,same\n".encode(),
        f"{HEADER}../../../etc/passw,Ann,1,real,same\n".encode(),
        f"{HEADER}fedcba9876543210,Ann,1,real,same\n".encode(),
        f"{HEADER}{PAGE},Ann,1,real,same\n{PAGE},Ann,1,fake,same\n".encode(),
        f"{HEADER}{PAGE},Ann,1,real,same\nfedcba9876543210,Ann,2,real,same\n".encode(),
        HEADER.encode() + b"a" * 200_000 + b"\n",
        HEADER.encode() * 100_000,
    ],
)
def test_a_file_that_is_not_the_pages_is_refused(
    dataset: Dataset, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "hostile.csv"
    path.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        read_ratings([path], dataset)
    assert "hostile.csv" in str(caught.value)
    assert len(str(caught.value)) < 1000


def test_a_file_that_is_not_there(dataset: Dataset, tmp_path: Path) -> None:
    for path in (tmp_path / "missing.csv", tmp_path):
        with pytest.raises(UsageError, match="cannot be read"):
            read_ratings([path], dataset)


def test_one_file_given_twice(dataset: Dataset, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"{HEADER}{PAGE},Ann,1,real,same\n")
    with pytest.raises(UsageError, match="a second time"):
        read_ratings([path, path], dataset)


# --- what they say --------------------------------------------------------------------------------


def ann(item: int) -> bool:
    return item % 2 == 0


def marks_of(rater: str, real: Callable[[int], bool | None], items: range) -> list[Mark]:
    return [Mark(rater, item, real(item), item % 3 == 0) for item in items]


def big_key(samples: Samples) -> AnswerKey:
    ids = [name or "" for name in samples.texts("sample_id")]
    return AnswerKey(
        PAGE,
        0,
        tuple(
            RatedItem(number + 1, name, "original" if number % 4 == 0 else "swap")
            for number, name in enumerate(ids[:24])
        ),
    )


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
    assert (found.swaps_same.mean, found.originals_same.mean) == (1.0, 0.0)
    swaps = [item.item - 1 for item in key.items if item.kind == "swap"]
    real = similarity[swaps] > 0.6
    assert found.swaps_real.mean == pytest.approx(real.mean())
    row = next(row for row in found.correlations if row.figure == "similarity")
    expected = stats.spearmanr(similarity[swaps], real).statistic
    assert row.real == pytest.approx(expected, abs=1e-12)
    assert row.same is None, "everybody said the same of all swaps"
    assert row.swaps == 18


def test_samples_that_are_gone_are_left_out(dataset: Dataset) -> None:
    samples = samples_of(dataset)
    key = AnswerKey(PAGE, 0, (RatedItem(1, "999_nobody", "swap"),))
    found = examine_ratings(key, [Mark("Ann", 1, True, True)], samples)
    assert (found.marks, found.unknown) == (0, 1)
    assert found.swaps_real.mean is None


def test_ratings_come_into_the_report(
    synthetic: Synthetic, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, key = page_of(synthetic, 8)
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
    assert facts["swaps_same"]["mean"] == 1.0
    assert len(facts["correlations"]) >= 10
