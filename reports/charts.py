"""Charts of the report: one message each, said by the title, values at the bars, no legend.

Drawn as SVG whose text is outlines, so that a chart needs no font where it is shown, and the same
values give the same bytes. The drawing library is loaded with the first chart: it takes 50 MB that
a process that draws none shall not carry.
"""

import io
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from reports import wording
from reports.faces import Faces

if TYPE_CHECKING:
    from matplotlib.font_manager import FontProperties

RED = "#B3261E"
INK = "#1F2328"
MUTED = "#57606A"
LINE = "#D0D7DE"
GROUND = "#8C959F"

_MOST_BARS = 40


class ChartError(ValueError):
    """Values that cannot be drawn; the message says why, in Chinese."""


def bars(
    title: str,
    values: Sequence[tuple[str, int | Decimal | None]],
    unit: str,
    faces: Faces,
    *,
    emphasis: str = "",
    target: int | Decimal | None = None,
    target_label: str = "",
) -> str:
    """Return a chart of horizontal bars as SVG, largest on top.

    `values` are (label, value); a value of None is drawn as 无数据. `emphasis` is the label of
    the bar that the title speaks of, the largest by default. `target` is drawn as a line.
    The title itself is not in the drawing: it stands above it in the document.
    """
    if not values:
        raise ChartError(f"“{title}”没有数据，画不成图。")
    if len(values) > _MOST_BARS:
        raise ChartError(f"“{title}”有 {len(values)} 条，一张图最多 {_MOST_BARS} 条，请改用表格。")
    known = [value for _, value in values if value is not None]
    if any(value < 0 for value in known):
        raise ChartError(f"“{title}”中有负数，请改用表格。")
    lacking = faces.missing("".join(label for label, _ in values) + unit + target_label, "hei")
    if lacking:
        raise ChartError(f"字体中没有“{lacking}”，“{title}”画不成图。")
    rows = sorted(values, key=lambda row: -1 if row[1] is None else row[1])
    emphasis = emphasis or rows[-1][0]
    highest = float(max([*known, target or 0], default=0)) or 1.0
    import matplotlib
    from matplotlib.figure import Figure

    # Colours and text are set per artist: nothing leaks into or out of matplotlib's own settings.
    with matplotlib.rc_context({"svg.fonttype": "path", "svg.hashsalt": "unionhub"}):
        height = 0.32 * len(rows) + (0.4 if target is not None else 0.15)
        figure = Figure(figsize=(5.9, height))
        # Labels of 10 pt stand left of the bars: the widest decides where these begin.
        widest = max(len(label) for label, _ in rows) * 10 + 10
        left = min(max(widest / (5.9 * 72), 0.12), 0.45)
        axes = figure.add_axes((left, 0.02, 0.82 - left, 0.96 if target is None else 0.86))
        for position, (label, value) in enumerate(rows):
            told = label == emphasis
            length = float(value or 0)
            axes.barh(position, length, height=0.62, color=RED if told else GROUND, linewidth=0)
            shown = "无数据" if value is None else wording.cell(value, unit) + unit
            colour = INK if told else MUTED
            font = _font(faces, label)
            axes.text(-0.015 * highest, position, label, ha="right", va="center",
                      color=colour, fontproperties=font, fontsize=10)  # fmt: skip
            axes.text(length + 0.012 * highest, position, shown, ha="left", va="center",
                      color=colour, fontproperties=_font(faces, shown), fontsize=10)  # fmt: skip
        if target is not None:
            axes.axvline(float(target), color=INK, linewidth=1)
            axes.text(float(target), len(rows) - 0.4, target_label, ha="center", va="bottom",
                      color=INK, fontproperties=_font(faces, target_label), fontsize=9)  # fmt: skip
        axes.axvline(0, color=LINE, linewidth=0.8)
        axes.set_xlim(0, highest)
        axes.set_ylim(-0.6, len(rows) - 0.4)
        axes.set_axis_off()
        drawing = io.StringIO()
        figure.savefig(drawing, format="svg", metadata={"Date": None, "Creator": None})
    return drawing.getvalue()


def _font(faces: Faces, text: str) -> "FontProperties":
    """黑体 by file; the helping face for a text that 黑体 cannot draw whole."""
    from matplotlib.font_manager import FontProperties

    pair = faces.hei
    face = pair.second if faces.substituted(text, "hei") else pair.first
    return FontProperties(fname=str(face.path))
