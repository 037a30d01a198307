"""Plots inside a page: reproducible, without ids in common, without anything from outside."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np

from cocopfs.audit.plots import Curve, densities, scatter
from cocopfs.audit.scores import Histogram
from cocopfs.audit.svg import COLOURS, plot


def example(name: str, label: str = "impostor") -> str:
    scores = Histogram()
    scores.add(np.random.default_rng(0).normal(0.2, 0.1, 500))
    return str(densities(name, [Curve(label, "impostor", "--", scores)], (0.4, 0.5), 1e-3))


def ids(svg: str) -> set[str]:
    return set(re.findall(r'\bid="([^"]+)"', svg))


def test_the_same_plot_has_the_same_bytes() -> None:
    assert example("first") == example("first")


def test_two_plots_share_no_id_and_find_their_own() -> None:
    x = np.random.default_rng(1).random(50)
    first, second = (str(scatter(name, x, x, "x", x > 0.5, None)) for name in "ab")
    assert ids(first)
    assert not ids(first) & ids(second)
    for svg in (first, second):
        used = set(re.findall(r'(?:url\(|href=")#([^)"]+)', svg))
        assert used
        assert used <= ids(svg)


def test_a_plot_is_well_formed_and_asks_for_nothing() -> None:
    svg = example("one")
    root = ElementTree.fromstring(svg)
    assert root.tag == "svg"
    assert root.get("role") == "img"
    assert "http" not in svg
    assert "<metadata" not in svg
    assert "<script" not in svg


def test_labels_are_shown_as_they_are() -> None:
    svg = example("one", '<script>alert(1)</script> $x_1$ & "quoted"')
    ElementTree.fromstring(svg)
    assert "<script" not in svg
    assert "&lt;script&gt;" in svg
    assert "$x_1$" in svg


def test_colours_are_the_pages() -> None:
    svg = example("one")
    assert "var(--impostor)" in svg
    assert not any(colour in svg for colour in COLOURS.values())
    literal = set(re.findall(r"(?:fill|stroke): (#[0-9a-f]{6}|[a-z]+)\b(?!\()", svg))
    assert literal <= {"none"}, "a literal colour does not follow the page into the dark"


def test_a_plot_of_nothing_is_a_plot() -> None:
    svg = str(plot("nothing", "nothing", 1.0, lambda _: None))
    assert ElementTree.fromstring(svg).get("aria-label") == "nothing"
    empty = np.empty(0)
    assert "svg" in str(scatter("s", empty, empty, "x", empty > 0, None, logarithmic=True))
