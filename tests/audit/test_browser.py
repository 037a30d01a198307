"""The pages in a real browser: Chromium without a window."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cocopfs.audit.dataset import open_dataset
from cocopfs.audit.rating_files import read_ratings
from cocopfs.audit.whole import audit_dataset, rating_page
from tests.audit.chromium import COMMAND, Page, browser
from tests.audit.synthetic import Synthetic, write_synthetic
from tests.whole_build.trial import silent

pytestmark = [
    pytest.mark.full,
    pytest.mark.skipif(COMMAND is None, reason="no Chromium (Debian: apt-get install chromium)"),
]

HOSTILE = '<img src=x onerror="window.hit=1"><script>window.hit=1</script>'
# What a picture or a plot that is not there would look like.
EMPTY_PICTURES = "[...document.images].filter(i => !i.complete || i.naturalWidth < 8).length"
EMPTY_PLOTS = """[...document.querySelectorAll("svg.plot")].filter(s => {
  const box = s.getBoundingClientRect();
  return box.width < 100 || box.height < 30 || s.querySelectorAll("path, use").length < 2;
}).length"""
# Text of a plot that sticks out of it.
CUT_TEXT = """[...document.querySelectorAll("svg.plot text")].filter(t => {
  const own = t.getBoundingClientRect(), all = t.closest("svg").getBoundingClientRect();
  return own.left < all.left - 3 || own.right > all.right + 3;
}).map(t => t.textContent)"""
SMALLEST_TEXT = """Math.min(...[...document.querySelectorAll("svg.plot text")]
  .map(t => t.getBoundingClientRect().height))"""


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Synthetic:
    folder = tmp_path_factory.mktemp("browser")
    made = write_synthetic(folder, photos=24, per_photo=3, names={0: HOSTILE})
    audit_dataset(made.out, None, None, None, "cpu", [], silent())
    return made


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    with browser(tmp_path) as found:
        yield found


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1400, 390])
def test_the_report_shows_everything(
    page: Page, dataset: Synthetic, tmp_path: Path, width: int, dark: bool
) -> None:
    page.open(dataset.out / "audit" / "report.html", width, 900, dark=dark)
    assert page.complaints == []
    assert page.evaluate("document.images.length") >= 80
    assert page.evaluate(EMPTY_PICTURES) == 0
    assert page.evaluate("document.querySelectorAll('svg.plot').length") >= 24
    assert page.evaluate(EMPTY_PLOTS) == 0
    assert page.evaluate(CUT_TEXT) == []
    assert page.evaluate(SMALLEST_TEXT) >= 7
    assert page.evaluate("document.documentElement.scrollWidth") <= width, "it scrolls sideways"
    assert page.evaluate("window.hit") is None
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    ink = page.evaluate("getComputedStyle(document.querySelector('svg.plot text')).fill")
    assert (paper == "rgb(255, 255, 255)") is not dark
    assert ink != paper
    assert all(url.startswith(("file:", "data:")) for url in page.requests)
    page.screenshot(tmp_path / "report.png")
    assert (tmp_path / "report.png").stat().st_size > 100_000


def test_a_report_of_swaps_alone(page: Page, tmp_path: Path) -> None:
    made = write_synthetic(tmp_path / "alone")
    shutil.rmtree(made.coco)
    shutil.rmtree(made.out / "private")
    audit_dataset(made.out, None, None, None, "cpu", [], silent())
    page.open(made.out / "audit" / "report.html", 390, 900)
    assert page.complaints == []
    assert page.evaluate(EMPTY_PICTURES) == 0
    assert page.evaluate(EMPTY_PLOTS) == 0


def _shown(element: str) -> str:
    return f"document.getElementById('{element}').offsetWidth > 0"


def _at(place: int, question: str) -> str:
    """Whether the page asks that question of that picture."""
    text = f"document.getElementById('place').innerText === 'Picture {place} of 6'"
    return f"{text} && {_shown(f'ask-{question}')}"


def test_the_rating_page_is_filled_in(page: Page, dataset: Synthetic, tmp_path: Path) -> None:
    """By keys and by buttons, with a change of mind, a reload in the middle, and the file at the
    end."""
    made = rating_page(dataset.out, None, None, 3, 0, silent())
    downloads = tmp_path / "downloads"
    page.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(downloads))
    page.open(made.path, 390, 900)
    page.click("#begin")
    page.until("document.body.innerText.includes('Please give a name')")
    page.evaluate("document.getElementById('rater').focus()")
    for key in ("A", "n", "n", "Enter"):
        page.press(key)
    page.until(_at(1, "looks"))
    assert page.evaluate("document.getElementById('picture').naturalWidth") > 50
    assert not page.evaluate(_shown("portrait")), "judged alone first"
    page.press("s")  # answers the other question
    page.press("r")
    page.until(_at(1, "person"))
    assert page.evaluate(_shown("portrait"))
    page.press("d")
    page.until(_at(2, "looks"))
    page.click("#fake")
    page.until(_at(2, "person"))
    page.click("#back")
    page.until(_at(2, "looks"))
    page.click("#real")
    page.until(_at(2, "person"))
    page.click("#same")
    page.until(_at(3, "looks"))
    page.press("f")
    page.until(_at(3, "person"))
    page.open(made.path, 1400, 900)
    page.click("#begin")
    page.until(_at(3, "person"))
    page.press("d")
    for place in (4, 5, 6):
        page.until(_at(place, "looks"))
        page.press("f")
        page.until(_at(place, "person"))
        page.press("s")
    page.until(_shown("end"))
    page.screenshot(tmp_path / "end.png")
    page.click("#save")
    file = downloads / f"rating-{made.key.stem.removeprefix('rating-')}-Ann.csv"
    deadline = time.monotonic() + 20
    while not file.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert page.complaints == []
    _, marks = read_ratings([file], open_dataset(dataset.out))
    assert [(mark.rater, mark.item, mark.real, mark.same) for mark in marks] == [
        ("Ann", 1, True, False),
        ("Ann", 2, True, True),
        ("Ann", 3, False, False),
        ("Ann", 4, False, True),
        ("Ann", 5, False, True),
        ("Ann", 6, False, True),
    ]


def test_a_second_rater_begins_anew(page: Page, dataset: Synthetic) -> None:
    made = rating_page(dataset.out, None, None, 3, 0, silent())
    page.open(made.path, 1400, 900)

    def begin(name: str) -> None:
        page.evaluate(f"document.getElementById('rater').value = '{name}'")
        page.click("#begin")

    begin("Ann")
    page.until(_at(1, "looks"))
    page.press("r")
    page.until(_at(1, "person"))
    page.open(made.path, 1400, 900)
    begin("Bob")
    page.until(_at(1, "looks"))
    assert page.evaluate("csv().trim().split('\\r\\n').length") == 1, "no mark of Ann's"
    assert page.evaluate("state.rater") == "Bob"
