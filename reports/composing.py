"""From frozen figures to the document that is set: text with figures put in, tables, charts."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from core import indicators
from core.bulk import batched
from core.periods import Period
from reports import annex, charts, layout, ranges, tokens, wording
from reports.faces import Faces
from reports.models import Figure, ReportRun

MISSING = "〔待补〕"  # stands in a draft where a figure has no value; such a draft is never checked


def cell_of(row: Any, column: str | Callable[[Any], Any]) -> Any:
    """What a column of a dataset shows of a row."""
    if callable(column):
        return column(row)
    for name in column.split("__"):
        row = getattr(row, name, None)
    return "" if row is None else row


def facts(run: ReportRun) -> dict[str, str]:
    """What a chapter may say of the run itself."""
    period: Period = run.period
    year = period.end.year
    return {
        "组织.名称": run.organisation.name,
        "组织.简称": run.organisation.label,
        "期间.名称": str(period),
        "期间.年": f"{year}年",
        "期间.上一年": f"{year - 1}年",
        "期间.下一年": f"{year + 1}年",
        "期间.截止日": f"{period.end.year}年{period.end.month}月{period.end.day}日",
    }


def address(figure: Figure) -> str:
    """The page of the figure's rows, as it stands in a PDF."""
    return settings.SITE_URL.rstrip("/") + reverse("reports:figure", args=[figure.pk])


def told_in(figure: Figure, block: tokens.TableOf) -> str:
    """The unit at the head of a column."""
    return block.money if block.money and figure.unit == wording.MONEY else figure.unit


class Composer:
    """Puts the frozen figures of one run into the text of its definition."""

    def __init__(self, run: ReportRun, faces: Faces) -> None:
        self.run, self.draft = run, run.draft
        self.faces, self.facts = faces, facts(run)
        self.whole: dict[str, Figure] = {}
        self.parts: dict[tuple[str, str], list[Figure]] = {}
        for figure in run.figures.all():
            if figure.split:
                self.parts.setdefault((figure.code, figure.split), []).append(figure)
            else:
                self.whole[figure.code] = figure
        self.values: Mapping[str, tokens.Figure] = {
            code: tokens.Figure(figure.number, figure.unit, address(figure))
            for code, figure in self.whole.items()
        }

    def document(self) -> layout.Document:
        """The document; WordingError or ChartError where a figure cannot be shown as asked."""
        day = timezone.localdate(self.run.as_of)
        return layout.Document(
            title=self.line("title"),
            subtitle=self.line("subtitle"),
            salutation=self.line("salutation"),
            byline=(f"{self.run.organisation.name}　{day.year}年{day.month}月{day.day}日",),
            blocks=tuple(self.blocks()),
            annexes=tuple(self.annexes()),
        )

    def line(self, name: str) -> str:
        """A text of one line, such as the title."""
        blocks = self.draft.line(name).blocks
        return "".join(run.text for block in blocks for run in self.runs(block.parts))

    def runs(self, parts: tuple[tokens.Part, ...]) -> tuple[layout.Run, ...]:
        known = [
            tokens.Text(MISSING)
            if isinstance(part, tokens.Token) and self.lacks(part.code)
            else part
            for part in parts
        ]
        return tokens.runs(tuple(known), self.values, self.facts)

    def lacks(self, code: str) -> bool:
        return code in self.values and self.values[code].value is None

    def blocks(self) -> Iterator[layout.Block]:
        for chapter in self.draft.parsed:
            for block in chapter.blocks:
                match block:
                    case tokens.Heading(level, parts):
                        yield layout.Heading(level, self.runs(parts))
                    case tokens.Paragraph(parts):
                        yield layout.Paragraph(self.runs(parts))
                    case tokens.TableOf():
                        yield self.table(block)
                    case tokens.ChartOf():
                        yield self.chart(block)
                    case tokens.RosterOf():
                        figure = self.whole[block.code]
                        told = layout.Run(f"《{self.title(block.title)}》", address(figure))
                        yield layout.Paragraph((told, layout.Run("附后。")))

    def rosters(self) -> Iterator[tokens.RosterOf]:
        for chapter in self.draft.parsed:
            yield from (block for block in chapter.blocks if isinstance(block, tokens.RosterOf))

    def annexes(self) -> Iterator[layout.Annex]:
        """The rosters; a sentence in place of one that is longer than the rows that are kept."""
        for block in self.rosters():
            figure, title = self.whole[block.code], self.title(block.title)
            if "ids" in figure.identities:
                head, rows = self.listed(figure)
                shown = tuple(tuple(map(str, row)) for row in rows)
                content = layout.Roster(f"共{figure.rows}条", head, shown)
            else:
                told = f"共{figure.rows}条，超出名册篇幅，请在电子版中打开明细查看。"
                content = layout.Paragraph((layout.Run(told, address(figure)),))
            yield layout.Annex(title, (content,))

    @staticmethod
    def listed(figure: Figure) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        """Headings and rows behind a figure, as they are today, in the order of the tree."""
        dataset = indicators.datasets[figure.definition["dataset"]]
        path = dataset.at_organisation("path")
        known = {}
        for ids in batched(ranges.unpack(figure.identities["ids"]), 5000):
            found = dataset.base().filter(pk__in=ids).annotate(stands=models.F(path))
            for row in found:
                known[row.stands, row.pk] = tuple(
                    cell_of(row, column) for _, column in dataset.columns
                )
        return tuple(head for head, _ in dataset.columns), [known[at] for at in sorted(known)]

    def title(self, parts: tuple[tokens.Part, ...]) -> str:
        return "".join(run.text for run in self.runs(parts))

    def columns(self, codes: tuple[str, ...], by: str) -> Iterator[tuple[str, list[Figure]]]:
        """Each part of a split with its figures, in the order of the codes.

        The own level (本级) is no district: it stands only where it holds something.
        """
        several = [{figure.key: figure for figure in self.parts[code, by]} for code in codes]
        own = self.run.organisation.code if by == indicators.CHILD else None
        for key, first in several[0].items():
            figures = [part[key] for part in several]
            if key != own or any(figure.rows for figure in figures):
                yield first.key_label, figures

    def heading(self, by: str, code: str) -> str:
        """What the first column of a table holds."""
        if by == indicators.CHILD:
            return "单位"
        return "月份" if by == indicators.MONTH else self.split_label(by, code)

    def split_label(self, by: str, code: str) -> str:
        """The Chinese name of a dimension; "分类" once its dataset is gone."""
        figures = (self.whole[each] for each in (code, *self.whole[code].parts))
        for figure in figures:
            dataset = indicators.datasets.get(figure.definition.get("dataset"))
            if dataset and by in dataset.dimensions:
                return dataset.dimensions[by].label
        return "分类"

    def table(self, block: tokens.TableOf) -> layout.Table:
        heads = [self.whole[code] for code in block.codes]
        lines = list(self.columns(block.codes, block.by))
        if self.has_total(block.by):
            lines.append(("合计", heads))
        return layout.Table(
            title=self.title(block.title),
            head=(
                self.heading(block.by, block.codes[0]),
                *(f"{figure.label}（{told_in(figure, block)}）" for figure in heads),
            ),
            rows=tuple(
                (
                    layout.Run(label),
                    *(
                        layout.Run(
                            wording.cell(figure.number, figure.unit, block.money), address(figure)
                        )
                        for figure in figures
                    ),
                )
                for label, figures in lines
            ),
            note=self.note(block, heads),
        )

    @staticmethod
    def has_total(by: str) -> bool:
        """Months of a stock do not add up, so a table by month has no line for the whole."""
        return by != indicators.MONTH

    def note(self, block: tokens.TableOf, heads: list[Figure]) -> str:
        """What a reader who adds up the column has to know."""
        text = "各项数字均由业务台账逐条统计，电子版可点开查看明细。"
        counted_once = [
            f"“{head.label}”"
            for head in heads
            if head.unit != indicators.Unit.PERCENT
            and head.value is not None
            and sum(part.value or 0 for part in self.parts[head.code, block.by]) > head.value
        ]
        if any(told_in(head, block) in wording.LARGE for head in heads):
            text += f"金额以{block.money}计，四舍五入，各行之和与合计可能略有出入。"
        if self.has_total(block.by) and counted_once:
            text += f"{'、'.join(counted_once)}合计去除重复，小于各行之和。"
        return text

    def chart(self, block: tokens.ChartOf) -> layout.Chart | layout.Paragraph:
        """The drawing; a sentence in its place where nothing stands below the organisation."""
        title = self.title(block.title)
        figures = [figures[0] for _, figures in self.columns((block.code,), block.by)]
        values = [(figure.key_label, figure.number) for figure in figures]
        if not values:
            return layout.Paragraph((layout.Run(f"（“{title}”没有分项数据，未制图。）"),))
        unit = self.whole[block.code].unit
        return layout.Chart(
            title=title,
            svg=charts.bars(title, values, unit, self.faces),
            summary="；".join(
                f"{label}{wording.cell(value, unit)}{unit}" for label, value in values
            ),
        )

    def sheets(self) -> Iterator[annex.Sheet]:
        """The annex tables as workbook sheets: all figures, then each table of the text."""
        yield annex.Sheet(
            "全部数据",
            ("指标", "部分", "数值", "单位", "明细行数", "说明"),
            [
                (
                    figure.label,
                    figure.key_label,
                    figure.number,
                    figure.unit,
                    figure.rows,
                    figure.note,
                )
                for figure in self.run.figures.all()
            ],
        )
        for block in self.rosters():
            figure = self.whole[block.code]
            if "ids" in figure.identities:
                head, rows = self.listed(figure)
                shown = [tuple(map(str, row)) for row in rows]
                yield annex.Sheet(self.title(block.title), head, shown)
        for chapter in self.draft.parsed:
            for block in chapter.blocks:
                if isinstance(block, tokens.TableOf):
                    heads = [self.whole[code] for code in block.codes]
                    lines = list(self.columns(block.codes, block.by))
                    if self.has_total(block.by):
                        lines.append(("合计", heads))
                    yield annex.Sheet(
                        self.title(block.title),
                        (
                            self.heading(block.by, block.codes[0]),
                            *(f"{figure.label}（{figure.unit}）" for figure in heads),
                        ),
                        [(label, *(each.number for each in figures)) for label, figures in lines],
                        self.note(replace(block, money=""), heads),
                    )
