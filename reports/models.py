"""Definitions of reports, their runs, and the figures frozen in a run.

Beside the floors: imports `core` only, and knows indicators by code.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from core import indicators
from core.errors import Refused
from core.fields import NO_PERSONAL_DATA
from core.models import Job, Organisation, StoredFile, User
from core.periods import Period
from core.scope import ScopedModel, ScopedQuerySet
from reports import tokens, wording

# What a chapter may say of the run itself.
FACTS = (
    "组织.名称",
    "组织.简称",
    "期间.名称",
    "期间.年",
    "期间.上一年",
    "期间.下一年",
    "期间.截止日",
)


def checked(text: str) -> tokens.Chapter:
    """Text of a chapter, parsed; TextError for a code, style, fact or split that does not exist."""
    known = indicators.catalogue()
    units = {code: str(indicators.unit_of(each, known)) for code, each in known.items()}
    chapter = tokens.parse(text, units=units, facts=FACTS)
    for block in chapter.blocks:
        match block:
            case tokens.TableOf(codes=codes, by=by) if by not in tokens.SPLITS:
                several = codes
            case tokens.ChartOf(code=code, by=by) if by not in tokens.SPLITS:
                several = (code,)
            case tokens.RosterOf(code=code):
                _check_roster(known[code], block.line)
                continue
            case _:
                continue
        for code in several:
            _check_split(code, block.by, known, block.line)
    return chapter


def _check_roster(definition: indicators.Definition, line: int) -> None:
    """Rows are listed of what is counted by rows, and only where they hold no personal data."""
    if not isinstance(definition, indicators.Indicator):
        raise tokens.TextError(line, f"“{definition.label}”不由明细行统计，不能列名册。")
    if indicators.dataset_of(definition).model.privacy is not NO_PERSONAL_DATA:
        raise tokens.TextError(line, f"“{definition.label}”的明细含个人信息，不能列名册。")


def _check_split(code: str, by: str, known: Mapping[str, indicators.Definition], line: int) -> None:
    """Whatever the figure is computed from can be split by the dimension."""
    definition = known[code]
    for used in definition.uses():
        _check_split(used, by, known, line)
    if isinstance(definition, indicators.Manual):
        raise tokens.TextError(line, f"“{definition.label}”由人工填报，不能按“{by}”分列。")
    if isinstance(definition, indicators.Indicator):
        try:
            indicators.dataset_of(definition).dimension(by)
        except Refused as error:
            raise tokens.TextError(
                line, f"“{definition.label}”不能按“{by}”分列：{error}"
            ) from error


def checked_line(text: str) -> tokens.Chapter:
    """Text of one line such as a title: characters, figures and facts only."""
    chapter = checked(text)
    if len(chapter.blocks) > 1 or not all(
        isinstance(block, tokens.Paragraph) for block in chapter.blocks
    ):
        raise tokens.TextError(1, "此处只能写一行文字，不能有标题标记、表或图。")
    return chapter


@dataclass(frozen=True)
class Draft:
    """文稿: the text of one run, as it stood when the run was asked for."""

    title: str
    subtitle: str
    salutation: str
    chapters: tuple[str, ...]

    def line(self, name: str) -> tokens.Chapter:
        return tokens.parse(getattr(self, name))

    @cached_property
    def parsed(self) -> tuple[tokens.Chapter, ...]:
        return tuple(tokens.parse(text) for text in self.chapters)

    def everything(self) -> Iterator[tokens.Chapter]:
        """The lines of the head, then the chapters."""
        for name in ("title", "subtitle", "salutation"):
            yield self.line(name)
        yield from self.parsed


class DefinitionQuerySet(ScopedQuerySet):
    def usable_by(self, user: User) -> Self:
        """Those from which `user` may make reports: the own ones and those of the superiors."""
        paths = user.paths_with("reports.add_reportrun")
        above = {path[:end] for path in paths for end in range(4, len(path), 4)}
        own = Q(self.model.scope(paths)) | Q(organisation__path__in=above)
        return self.filter(own, is_active=True)


class ReportDefinition(ScopedModel):
    """一种报告。What a report is made of: its head and its chapters. Text is data."""

    privacy = NO_PERSONAL_DATA

    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name="所属工会")
    kind = models.SlugField("代号", max_length=30)
    name = models.CharField("名称", max_length=60)
    title = models.CharField("标题", max_length=120, help_text="可用 {{ 期间.年 }} 等。")
    subtitle = models.CharField("副标题", max_length=120, blank=True)
    salutation = models.CharField("称谓", max_length=60, blank=True)
    is_active = models.BooleanField("在用", default=True)

    objects = DefinitionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "报告定义"
        ordering = ["organisation__path", "kind"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "kind"],
                name="reportdefinition_once",
                violation_error_message="该工会已有同一代号的报告定义。",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        wrong = {}
        for field in ("title", "subtitle", "salutation"):
            try:
                checked_line(getattr(self, field))
            except tokens.TextError as error:
                wrong[field] = str(error)
        if wrong:
            raise ValidationError(wrong)

    def text(self) -> dict[str, Any]:
        """The whole text as it stands now, to be kept with a run."""
        return {
            "title": self.title,
            "subtitle": self.subtitle,
            "salutation": self.salutation,
            "chapters": [chapter.text for chapter in self.chapters.all()],
        }


class Chapter(ScopedModel):
    """一章。Text of a definition in the language of `reports.tokens`; refused when it is wrong."""

    privacy = NO_PERSONAL_DATA
    scope_by = "definition__organisation"

    definition = models.ForeignKey(
        ReportDefinition, models.CASCADE, verbose_name="报告定义", related_name="chapters"
    )
    number = models.PositiveSmallIntegerField("序号")
    name = models.CharField("章名", max_length=60)
    text = models.TextField(
        "正文",
        help_text="段落之间空一行；以“# ”“## ”“### ”开头的行为各级标题。"
        "数据写作 {{ members.total | 万 }}，"
        "表写作 [[表 标题 | codes=代码,代码 | by=child]]，"
        "图写作 [[图 标题 | code=代码 | by=child]]。",
    )

    class Meta:
        verbose_name = verbose_name_plural = "章节"
        ordering = ["definition", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["definition", "number"],
                name="chapter_number_once",
                violation_error_message="同一报告中序号不能重复。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.name}"

    def clean(self) -> None:
        try:
            checked(self.text)
        except tokens.TextError as error:
            raise ValidationError({"text": str(error)}) from error


class RunQuerySet(ScopedQuerySet):
    def visible_to(self, user: User, permission: str | None = None) -> Self:
        """Drafts are seen by those who make reports; others see what is published."""
        rows = super().visible_to(user, permission)
        if permission is None:
            making = Q(self.model.scope(user.paths_with("reports.add_reportrun")))
            rows = rows.filter(making | Q(state=ReportRun.State.PUBLISHED))
        return rows

    def newest(self) -> Self:
        """The last version of each report: what is still to be dealt with."""
        same = {name: OuterRef(name) for name in ("definition", "organisation", "start", "end")}
        later = self.model.objects.filter(**same, version__gt=OuterRef("version"))
        return self.filter(~Exists(later))


class ReportRun(ScopedModel):
    """一次报告。A definition computed for an organisation and period, frozen, and its files."""

    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        CHECKED = "checked", "已核对"
        SIGNED = "signed", "已签发"
        PUBLISHED = "published", "已发布"

    privacy = NO_PERSONAL_DATA

    definition = models.ForeignKey(ReportDefinition, models.PROTECT, verbose_name="报告")
    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name="工会")
    start = models.DateField("起始日")
    end = models.DateField("截止日")
    version = models.PositiveSmallIntegerField("版次")
    text = models.JSONField("文稿", default=dict, editable=False)
    state = models.CharField(
        "状态", max_length=10, choices=State.choices, default=State.DRAFT, editable=False
    )
    job = models.OneToOneField(Job, models.PROTECT, verbose_name="任务", null=True, editable=False)
    as_of = models.DateTimeField("数据快照时间", null=True, editable=False)
    findings = models.JSONField("核对结果", default=list, editable=False)
    pdf = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    docx = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    xlsx = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    figures_json = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    requested_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="编制人", null=True, related_name="+"
    )
    requested_at = models.DateTimeField("编制时间", default=timezone.now, editable=False)
    checked_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="核对人", null=True, related_name="+"
    )
    signed_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="签发人", null=True, related_name="+"
    )
    published_at = models.DateTimeField("发布时间", null=True, editable=False)

    objects = RunQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "报告"
        ordering = ["-id"]
        permissions = [
            ("check_reportrun", "核对报告"),
            ("sign_reportrun", "签发报告"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["definition", "organisation", "start", "end", "version"],
                name="reportrun_version_once",
            ),
            models.CheckConstraint(
                name="reportrun_four_eyes",
                condition=Q(signed_by__isnull=True)
                | Q(requested_by__isnull=True)
                | ~Q(signed_by=F("requested_by")),
                violation_error_message="签发人与编制人不能是同一人。",
            ),
            models.CheckConstraint(
                name="reportrun_signed_by_another",
                condition=Q(signed_by__isnull=True)
                | Q(checked_by__isnull=True)
                | ~Q(signed_by=F("checked_by")),
                violation_error_message="签发人与核对人不能是同一人。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.headline}（第{self.version}版）"

    @property
    def headline(self) -> str:
        """Whose report of which period: 江城市总工会2021年度工作报告."""
        return f"{self.organisation}{self.period}{self.definition}".replace("年年度", "年度")

    @property
    def period(self) -> Period:
        return Period(self.start, self.end)

    @property
    def draft(self) -> Draft:
        return Draft(**self.text | {"chapters": tuple(self.text["chapters"])})

    @property
    def is_finished(self) -> bool:
        return self.pdf_id is not None

    @property
    def files(self) -> list[tuple[str, StoredFile]]:
        """The files that exist, with what they are for."""
        kinds = (
            ("PDF（公文版式）", self.pdf),
            ("Word（供修改）", self.docx),
            ("Excel（附表）", self.xlsx),
            ("数据清单", self.figures_json),
        )
        return [(label, file) for label, file in kinds if file]


class Figure(ScopedModel):
    """一个数据。A figure of a run, frozen with the identities of the rows behind it.

    `split` and `key` name the part of a split figure (empty: the whole). `value` is None when it
    could not be told; `note` says why. `identities` is what `core.indicators.identities` gave, its
    ids as ranges; `definition` is the indicator as it stood on that day, its `terms` say in Chinese
    how it was counted; `parts` are the codes a derived figure was computed from.
    """

    privacy = NO_PERSONAL_DATA
    scope_by = "run__organisation"

    run = models.ForeignKey(ReportRun, models.CASCADE, verbose_name="报告", related_name="figures")
    code = models.CharField("指标", max_length=80)
    split = models.CharField("拆分", max_length=40, blank=True)
    key = models.CharField("部分", max_length=60, blank=True)
    label = models.CharField("名称", max_length=80)
    key_label = models.CharField("部分名称", max_length=120, blank=True)
    unit = models.CharField("单位", max_length=6)
    value = models.DecimalField("数值", max_digits=26, decimal_places=6, null=True)
    printed = models.CharField("文中写法", max_length=60, blank=True)
    rows = models.PositiveBigIntegerField("行数")
    digest = models.CharField("行摘要", max_length=64, blank=True)
    identities = models.JSONField("行标识", default=dict)
    definition = models.JSONField("口径", default=dict)
    parts = models.JSONField("构成", default=list)
    note = models.CharField("说明", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "报告数据"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["run", "code", "split", "key"], name="figure_once_a_run"
            )
        ]

    def __str__(self) -> str:
        return f"{self.label}{f'·{self.key_label}' if self.key_label else ''}"

    @property
    def shown(self) -> str:
        """The value for a page: grouped digits, percentages with two decimals."""
        return wording.cell(self.number, self.unit)

    @property
    def number(self) -> int | Decimal | None:
        """The value as it was computed: whole numbers are int again, money has its cents."""
        if self.value is None or self.unit == indicators.Unit.PERCENT:
            return self.value
        if self.unit == indicators.Unit.YUAN:
            return self.value.quantize(Decimal("0.01"))
        return int(self.value)
