"""The text language of report chapters: data, never a template.

A chapter is plain text. Paragraphs are separated by blank lines; the lines of one paragraph are
joined without a space. A line that stands for itself begins with a mark:

    # 自身建设迈出新步伐            heading of level 1, numbered 一、 when set
    ## 建会入会扎实推进             heading of level 2, numbered （一）
    ### 新就业形态劳动者            heading of level 3, numbered 1.
    [[表 各区县会员情况 | codes=members.total, members.women | by=child]]
    [[表 各区县收缴情况 | codes=funds.collected | by=child | money=万元]]
    [[图 各区县会员数 | code=members.total | by=child]]
    [[名册 新建工会名册 | code=organisation.unions_established]]     an annex: the rows of a figure

Inside headings and paragraphs a token names a figure or a fact:

    {{ members.total }}          the figure in full, with its unit
    {{ members.total | 万 }}     in one of the styles of `reports.wording`
    {{ 组织.名称 }}              a fact: a short text given with the run

`\\{{` stands for two literal braces. Everything else, `{%`, `${`, `<b>` included, is text and is
printed as it stands; what a token brings in is text too and is never read again.

`parse` refuses what it does not know, so that a mistake is seen when the chapter is saved and not
when the report is due. `runs` puts figures and facts in.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from reports import wording
from reports.layout import Run

#: Ways in which a table or chart may split a figure, besides a dimension's own code.
SPLITS = ("child", "month")

_CODE = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+")
_FACT = re.compile(r"[\u4e00-\u9fff]+(?:\.[\u4e00-\u9fff]+)+")
_DIMENSION = re.compile(r"[a-z][a-z0-9_]*")
_TOKEN = re.compile(r"\\\{\{|\{\{(.*?)\}\}|\{\{")
_KINDS = {"表": {"codes", "by", "money"}, "图": {"code", "by"}, "名册": {"code"}}
_MOST_CODES = 8  # columns that a portrait page holds


class TextError(ValueError):
    """A chapter that cannot be used. `line` counts from 1; the message says what to do."""

    def __init__(self, line: int, message: str):
        super().__init__(f"第 {line} 行：{message}")
        self.line = line


@dataclass(frozen=True)
class Text:
    """Literal characters."""

    text: str


@dataclass(frozen=True)
class Token:
    """A figure by its indicator code, in a style."""

    code: str
    style: str = ""


@dataclass(frozen=True)
class Fact:
    """A short text given with the run, such as the organisation's name."""

    name: str


Part = Text | Token | Fact


@dataclass(frozen=True)
class Heading:
    level: int
    parts: tuple[Part, ...]
    line: int


@dataclass(frozen=True)
class Paragraph:
    parts: tuple[Part, ...]
    line: int


@dataclass(frozen=True)
class TableOf:
    """A table: one column per code, one row per member of the split.

    `money` is what amounts are told in, where yuan are too many digits for a column.
    """

    title: tuple[Part, ...]
    codes: tuple[str, ...]
    by: str
    line: int
    money: str = ""


@dataclass(frozen=True)
class ChartOf:
    """A bar chart of one code, one bar per member of the split."""

    title: tuple[Part, ...]
    code: str
    by: str
    line: int


@dataclass(frozen=True)
class RosterOf:
    """An annex that lists the rows behind the figure of one code."""

    title: tuple[Part, ...]
    code: str
    line: int


Block = Heading | Paragraph | TableOf | ChartOf | RosterOf


@dataclass(frozen=True)
class Chapter:
    """A parsed chapter, in order."""

    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Figure:
    """A computed figure as it is put into text: value in `unit`, and the page of its rows."""

    value: int | Decimal | None
    unit: str
    href: str = ""


def parse(
    text: str,
    *,
    units: Mapping[str, str] | None = None,
    facts: Collection[str] | None = None,
) -> Chapter:
    """Return the blocks of a chapter; raises TextError with the line and what to do.

    `units` maps every indicator code that exists to its unit; with it unknown codes, and styles
    that do not fit the unit, are refused. `facts` are the names of the facts that a run will
    give. Without them only the spelling is checked.
    """
    known = _Known(units, facts)
    return Chapter(tuple(_blocks(text, known)))


def codes(chapter: Chapter) -> tuple[str, ...]:
    """Return the indicator codes that a chapter uses, each once, in order of appearance."""
    found: dict[str, None] = {}
    for block in chapter.blocks:
        for part in block.parts if isinstance(block, Heading | Paragraph) else block.title:
            if isinstance(part, Token):
                found[part.code] = None
        match block:
            case TableOf(codes=several):
                found.update(dict.fromkeys(several))
            case ChartOf(code=code) | RosterOf(code=code):
                found[code] = None
    return tuple(found)


def runs(
    parts: tuple[Part, ...], figures: Mapping[str, Figure], facts: Mapping[str, str]
) -> tuple[Run, ...]:
    """Return text runs with figures and facts put in; each figure links to its rows.

    Raises WordingError when a figure has no value or was not computed, or a fact is not given.
    """
    return tuple(_run(part, figures, facts) for part in parts)


def _run(part: Part, figures: Mapping[str, Figure], facts: Mapping[str, str]) -> Run:
    match part:
        case Text(text):
            return Run(text)
        case Fact(name):
            if not facts.get(name):
                raise wording.WordingError(f"“{name}”没有内容，请先填写。")
            return Run(facts[name])
        case Token(code, style):
            if code not in figures:
                raise wording.WordingError(f"指标“{code}”没有计算结果，请重新生成报告。")
            figure = figures[code]
            try:
                return Run(wording.written(figure.value, figure.unit, style), figure.href)
            except wording.WordingError as error:
                raise wording.WordingError(f"指标“{code}”：{error}") from error


@dataclass(frozen=True)
class _Known:
    units: Mapping[str, str] | None
    facts: Collection[str] | None

    def code(self, code: str, line: int) -> str:
        if not _CODE.fullmatch(code):
            raise TextError(line, f"“{code}”不是指标代码，应写作 members.total 这样的小写代码。")
        if self.units is not None and code not in self.units:
            raise TextError(line, f"没有“{code}”这个指标，请在指标目录中核对代码。")
        return code


def _blocks(text: str, known: _Known) -> Iterator[Block]:
    lines: list[str] = []
    start = 0
    for number, raw in enumerate([*text.splitlines(), ""], start=1):
        line = raw.strip(" \t\u3000\ufeff")
        alone = line.startswith(("#", "[["))
        if lines and (alone or not line):
            yield Paragraph(_parts("".join(lines), start, known), start)
            lines = []
        if line.startswith("#"):
            yield _heading(line, number, known)
        elif line.startswith("[["):
            yield _directive(line, number, known)
        elif line:
            start = start if lines else number
            lines.append(line)


def _heading(line: str, number: int, known: _Known) -> Heading:
    found = re.fullmatch(r"(#+)\s+(.+)", line)
    if not found or len(found[1]) > 3:
        raise TextError(number, "标题应写作“# 标题”“## 标题”或“### 标题”，井号后空一格。")
    return Heading(len(found[1]), _parts(found[2], number, known), number)


def _directive(line: str, number: int, known: _Known) -> Block:
    if not line.endswith("]]"):
        raise TextError(number, "以“[[”开头的一行须以“]]”结尾，并独占一行。")
    pieces = [piece.strip() for piece in line[2:-2].split("|")]
    kind, _, title = pieces[0].partition(" ")
    if kind not in _KINDS:
        raise TextError(number, f"没有“{kind}”这种内容，可用的有：表、图、名册。")
    if not title.strip():
        raise TextError(number, f"{kind}缺少标题，应写作“[[{kind} 标题 | …]]”。")
    options = _options(kind, pieces[1:], number)
    parts = _parts(title.strip(), number, known)
    by = options.get("by", "child")
    if by not in SPLITS and not _DIMENSION.fullmatch(by):
        raise TextError(number, f"by={by} 不成立，可写 child（下级单位）、month（月）或维度代码。")
    if kind == "表":
        several = [known.code(code.strip(), number) for code in options["codes"].split(",")]
        if len(several) > _MOST_CODES:
            raise TextError(number, f"一张表最多 {_MOST_CODES} 个指标，请分成几张表。")
        if len(set(several)) < len(several):
            raise TextError(number, "同一指标在表中出现了两次，请删去一个。")
        money = options.get("money", "")
        if money and money not in wording.LARGE:
            raise TextError(number, f"money={money} 不成立，可写{'、'.join(wording.LARGE)}。")
        return TableOf(parts, tuple(several), by, number, money)
    code = known.code(options["code"], number)
    if kind == "名册":
        return RosterOf(parts, code, number)
    return ChartOf(parts, code, by, number)


def _options(kind: str, pieces: list[str], number: int) -> dict[str, str]:
    options: dict[str, str] = {}
    for piece in pieces:
        name, equals, value = (side.strip() for side in piece.partition("="))
        if not equals or not value or name not in _KINDS[kind]:
            allowed = "、".join(f"{key}=…" for key in sorted(_KINDS[kind]))
            raise TextError(number, f"{kind}中的“{piece}”看不懂，可写：{allowed}。")
        if name in options:
            raise TextError(number, f"{kind}中的 {name}= 写了两次，请删去一个。")
        options[name] = value
    needed = "codes" if kind == "表" else "code"
    if needed not in options:
        raise TextError(number, f"{kind}缺少 {needed}=指标代码。")
    return options


def _parts(text: str, number: int, known: _Known) -> tuple[Part, ...]:
    parts: list[Part] = []
    literal = ""
    end = 0
    for found in _TOKEN.finditer(text):
        literal += text[end : found.start()]
        end = found.end()
        if found[0].startswith("\\"):
            literal += "{{"
            continue
        if found[1] is None:
            raise TextError(number, "“{{”没有配对的“}}”；若要原样印出，请写作“\\{{”。")
        if literal:
            parts.append(Text(literal))
            literal = ""
        parts.append(_token(found[1].strip(), number, known))
    literal += text[end:]
    if literal:
        parts.append(Text(literal))
    return tuple(parts)


def _token(inside: str, number: int, known: _Known) -> Part:
    name, bar, style = (side.strip() for side in inside.partition("|"))
    if _FACT.fullmatch(name):
        if bar:
            raise TextError(number, f"“{name}”是文字，不能带“| {style}”。")
        if known.facts is not None and name not in known.facts:
            raise TextError(number, f"没有“{name}”这项内容，可用的有：{'、'.join(known.facts)}。")
        return Fact(name)
    if bar and not style:
        raise TextError(number, f"“{name}”后的“|”缺少写法，如“| 万”，或删去“|”。")
    code = known.code(name, number)
    try:
        if known.units is not None:
            wording.check(known.units[code], style)
        else:
            wording.style_of(style)
    except wording.WordingError as error:
        raise TextError(number, str(error)) from error
    return Token(code, style)
