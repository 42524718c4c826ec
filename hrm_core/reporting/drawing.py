"""Drawings as SVG: one look, the same bytes every time, colours that a page can change.

Text stays text, so that it can be searched, read aloud and set in the reader's fonts.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from hrm_core.palette import CODE_COLOURS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "CJK_FONTS",
    "COLOUR_NAMES",
    "FAINT",
    "FIRST",
    "FULL_WIDTH_IN",
    "INK",
    "MUTED",
    "PAPER",
    "SECOND",
    "SIDE",
    "Margins",
    "drawn",
    "plain_axes",
    "themed",
]

FULL_WIDTH_IN = 6.7
"""Width of the text on A4 paper."""

INK, MUTED, FAINT, PAPER = "#1f2429", "#59636e", "#d1d9e1", "#fefefe"
FIRST, SECOND, SIDE = CODE_COLOURS[1], CODE_COLOURS[3], CODE_COLOURS[2]
"""Colours of the first source, the second one, and of a difference in side only."""

COLOUR_NAMES = {
    INK: "--ink",
    MUTED: "--muted",
    FAINT: "--faint",
    PAPER: "--paper",
    FIRST: "--first",
    SECOND: "--second",
    SIDE: "--side",
}
"""Colours of paper that a page replaces by its own."""

CJK_FONTS = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Microsoft YaHei",
    "PingFang SC",
    "Hiragino Sans GB",
    "WenQuanYi Micro Hei",
    "Droid Sans Fallback",
)


class Margins(NamedTuple):
    """Room around the axes, in inches."""

    left: float = 0.6
    right: float = 0.15
    bottom: float = 0.45
    top: float = 0.3


_SETTINGS: dict[Any, Any] = {
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.6,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "axes.unicode_minus": True,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "font.family": ["DejaVu Sans"],
    "font.size": 8,
    "legend.fontsize": 7.5,
    "legend.frameon": False,
    "svg.fonttype": "none",
    # A label of a rater may hold dollar signs.
    "text.parse_math": False,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
}


@contextmanager
def drawn(
    name: str, height_in: float, width_in: float = FULL_WIDTH_IN, margins_in: Margins | None = None
) -> Iterator[tuple[Figure, list[str]]]:
    """A figure to draw on; when it is done its SVG is in the list.

    Parameters
    ----------
    name : str
        Unique in the report: names within the SVG begin with it.
    height_in, width_in : float
        Size in inches.
    margins_in : Margins, optional
        Room around the axes.  It is given, not found by measuring text, because that would be
        slow and depend on the fonts of this computer.
    """
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    margins_in = margins_in or Margins()
    # Whatever the user's own settings are, the figure is the same.
    with matplotlib.rc_context(), warnings.catch_warnings():
        matplotlib.rcdefaults()
        for setting, value in (_SETTINGS | {"svg.hashsalt": name}).items():
            matplotlib.rcParams[setting] = value
        # Letters that DejaVu lacks are drawn by the reader's fonts, not by these.
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from")
        figure = Figure(figsize=(width_in, height_in))
        figure.subplots_adjust(
            left=margins_in.left / width_in,
            right=1 - margins_in.right / width_in,
            bottom=margins_in.bottom / height_in,
            top=1 - margins_in.top / height_in,
        )
        FigureCanvasSVG(figure)
        done: list[str] = []
        yield figure, done
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
        done.append(_tidied(buffer.getvalue(), name))


def plain_axes(axes: Axes, *, keep: tuple[str, ...] = ("bottom",)) -> None:
    """Take away the frame but for `keep`."""
    for side, spine in axes.spines.items():
        spine.set_visible(side in keep)
    axes.tick_params(length=2.5, width=0.6)
    if "left" not in keep:
        axes.tick_params(axis="y", length=0)


def themed(svg: str) -> str:
    """The drawing with the colours of the page it stands on."""
    for colour, name in COLOUR_NAMES.items():
        svg = svg.replace(colour, f"var({name})")
    return svg


def _tidied(svg: str, name: str) -> str:
    """Only the drawing: no prologue, no metadata, and names that are unique in a page."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"\s*<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    used = set(re.findall(r'(?:url\(#|href="#)([^)"]+)', svg))

    def renamed(found: re.Match[str]) -> str:
        return f' id="{name}-{found[1]}"' if found[1] in used else ""

    svg = re.sub(r' id="([^"]+)"', renamed, svg)
    svg = re.sub(r'(url\(#|href="#)([^)"]+)', rf"\1{name}-\2", svg)
    # Said once for all text: the list is long and a drawing has hundreds of words.
    svg = re.sub(r"font: ([0-9.]+px) 'DejaVu Sans'", r"font-size: \1", svg)
    fonts = ", ".join(f"'{font}'" for font in ("DejaVu Sans", *CJK_FONTS))
    return svg.replace("<svg ", f'<svg font-family="{fonts}, sans-serif" ', 1)
