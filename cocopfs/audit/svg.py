"""Matplotlib's figures as SVG in a page: reproducible bytes, the page's own colours and font."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import matplotlib
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# Colours of the plots stand for the variables of the page's style sheet, so that a plot follows
# the page into the dark. Any distinct colours would do here.
COLOURS = {
    "ink": "#010101",
    "muted": "#020202",
    "line": "#030303",
    "genuine": "#040404",
    "impostor": "#050505",
    "source": "#060606",
    "original": "#070707",
    "kept": "#080808",
    "lost": "#090909",
    "fault": "#0a0a0a",
    "rejected": "#0b0b0b",
}

_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "text.parse_math": False,
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9.0,
    "axes.labelsize": 9.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": COLOURS["line"],
    "axes.labelcolor": COLOURS["ink"],
    "axes.linewidth": 0.8,
    "text.color": COLOURS["ink"],
    "xtick.color": COLOURS["line"],
    "ytick.color": COLOURS["line"],
    "xtick.labelcolor": COLOURS["muted"],
    "ytick.labelcolor": COLOURS["muted"],
    "xtick.labelsize": 8.0,
    "ytick.labelsize": 8.0,
    "legend.fontsize": 8.0,
    "legend.frameon": False,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "path.simplify": False,
}
_SVG = "{http://www.w3.org/2000/svg}"
_HREF = "{http://www.w3.org/1999/xlink}href"


def plot(
    name: str, title: str, height: float, draw: Callable[[Axes], None], width: float = 4.8
) -> Markup:
    """What `draw` puts on the axes, as one `<svg>` element.

    name: unique in the page; it begins all ids of the plot. title: read to those who do not see.
    height, width: in inches of 72 pixels. The bytes depend on what is drawn and on matplotlib.
    """
    style = {**_STYLE, "svg.hashsalt": f"cocopfs {name}"}
    with matplotlib.rc_context(style):
        figure = Figure(figsize=(width, height), layout="constrained")
        draw(figure.add_subplot())
        file = io.StringIO()
        unsaid = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(file, format="svg", metadata=unsaid)
    return Markup(_inline(file.getvalue(), name, title))


def _inline(document: str, name: str, title: str) -> str:
    root = ElementTree.fromstring(document)
    for metadata in root.findall(f"{_SVG}metadata"):
        root.remove(metadata)
    for element in root.iter():
        element.tag = element.tag.removeprefix(_SVG)
        if _HREF in element.attrib:
            element.set("href", element.attrib.pop(_HREF))
        for key, value in element.attrib.items():
            element.set(key, _own(key, value, name))
    for size in ("width", "height", "version"):
        root.attrib.pop(size, None)
    root.set("role", "img")
    root.set("class", "plot")
    root.set("aria-label", title)
    root.text = None
    return _coloured(ElementTree.tostring(root, encoding="unicode"))


def _own(key: str, value: str, name: str) -> str:
    """Ids and what points at them, under the plot's name: two plots of a page share none."""
    if key == "id":
        return f"{name}-{value}"
    if key == "href":
        return f"#{name}-{value.removeprefix('#')}"
    return value.replace("url(#", f"url(#{name}-")


def _coloured(text: str) -> str:
    for variable, colour in COLOURS.items():
        text = text.replace(colour, f"var(--{variable})")
    return re.sub(r"'DejaVu Sans', sans-serif", "system-ui, sans-serif", text)
