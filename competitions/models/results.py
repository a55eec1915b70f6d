"""What came out: places, prizes, appeals, certificates."""

import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from competitions.models.entries import Entry
from competitions.models.programmes import Competition, Event, Stage
from core import masking
from core.fields import NO_PERSONAL_DATA, EncryptedTextField, Privacy
from core.models import Organisation, Proceeding, StoredFile, User
from core.models.dated import DatedRule, once
from core.scope import ScopedModel, ScopedQuerySet
from honours.models import Award, Title


class PrizeRule(DatedRule):
    """奖项规定。Which prize the ranks from `first_rank` to `last_rank` of an event bring, and since
    when.

    `title` is entered in the register of honours when the competition is awarded, where it is given
    to such a recipient (`Result.title`); `amount` is paid. With `nominates` whoever has such a
    place may be proposed for a higher honour, by a selection.
    """

    level = models.CharField("竞赛级别", max_length=12, choices=Competition.Level.choices)
    first_rank = models.PositiveSmallIntegerField("名次起")
    last_rank = models.PositiveSmallIntegerField("名次止")
    prize = models.CharField("奖项", max_length=40, help_text="如“一等奖”")
    title = models.ForeignKey(
        Title,
        models.PROTECT,
        verbose_name="荣誉称号",
        null=True,
        blank=True,
        related_name="+",
        help_text="只授予称号授予对象的一类选手，如个人称号不授予团队；奖项不受影响",
    )
    amount = models.DecimalField(
        "奖金（元）", max_digits=10, decimal_places=2, null=True, blank=True
    )
    nominates = models.BooleanField("可推荐上级荣誉", default=False)

    same_by = ("level", "first_rank")

    class Meta:
        verbose_name = verbose_name_plural = "奖项规定"
        ordering = ["organisation__path", "level", "first_rank", "-since"]
        constraints = [
            *once("prizerule", "level", "first_rank", message="该级别这一名次已有奖项规定。"),
            models.CheckConstraint(
                name="prizerule_ranks",
                condition=Q(first_rank__gte=1, last_rank__gte=models.F("first_rank")),
                violation_error_message="名次止不能小于名次起，名次从 1 起。",
            ),
            models.CheckConstraint(
                name="prizerule_amount",
                condition=Q(amount__isnull=True) | Q(amount__gt=0),
                violation_error_message="奖金应大于 0；没有奖金的不填。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prize}（第 {self.first_rank} 至 {self.last_rank} 名）"


class ResultQuerySet(ScopedQuerySet):
    def standing(self) -> Self:
        """Which were not struck."""
        return self.filter(struck_on=None)

    def with_names(self) -> Self:
        return self.select_related(
            "entry__employer", "entry__person", "event__competition", "organisation"
        )


class Result(ScopedModel):
    """竞赛成绩。The place of one entry in its event, by the scores of the last stage.

    `rank` is the one that holds: the adjusted one where the stage asks for it. Points are rounded
    for display; the ranks were found before rounding. `organisation` is the union of the entry.
    Who is struck (`Disqualification`) has points, and neither place nor prize.
    """

    privacy = Privacy(purpose="竞赛成绩与奖金发放", retention="竞赛归档后五年（奖金凭证三十年）")

    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name="参赛工会")
    event = models.ForeignKey(Event, models.PROTECT, verbose_name="赛项", related_name="results")
    stage = models.ForeignKey(Stage, models.PROTECT, verbose_name="赛段", related_name="results")
    entry = models.OneToOneField(Entry, models.PROTECT, verbose_name="选手", related_name="result")
    rank = models.PositiveSmallIntegerField("名次", null=True, blank=True)
    raw_rank = models.PositiveSmallIntegerField("原始名次", null=True, blank=True)
    adjusted_rank = models.PositiveSmallIntegerField("校正名次", null=True, blank=True)
    struck_on = models.DateField("成绩取消日期", null=True, editable=False)
    raw_points = models.DecimalField("原始总分", max_digits=5, decimal_places=2)
    adjusted_points = models.DecimalField("校正总分", max_digits=5, decimal_places=2)
    rule = models.ForeignKey(
        PrizeRule,
        models.PROTECT,
        verbose_name="奖项规定",
        null=True,
        editable=False,
        related_name="results",
    )
    prize = models.CharField("奖项", max_length=40, blank=True)
    amount = models.DecimalField(
        "奖金（元）", max_digits=10, decimal_places=2, null=True, editable=False
    )
    awarded_on = models.DateField("表彰日期", null=True, editable=False)
    award = models.OneToOneField(
        Award, models.PROTECT, verbose_name="荣誉", null=True, related_name="+", editable=False
    )
    bank = models.CharField("开户行", max_length=100, blank=True)
    account = EncryptedTextField("收款账号", mask=masking.account)
    paid_on = models.DateField("奖金到账日期", null=True, editable=False)

    objects = ResultQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "竞赛成绩"
        ordering = ["event", models.F("rank").asc(nulls_last=True), "id"]
        permissions = [
            ("pay_result", "发放竞赛奖金"),
            ("claim_result", "登记奖金收款账户"),
            ("reveal_result", "查看奖金收款账号原文"),
            ("nominate_result", "按竞赛成绩推荐荣誉"),
        ]
        constraints = [
            models.CheckConstraint(
                name="result_placed_or_struck",
                condition=Q(
                    struck_on__isnull=True,
                    rank__isnull=False,
                    raw_rank__isnull=False,
                    adjusted_rank__isnull=False,
                )
                | Q(
                    struck_on__isnull=False,
                    rank__isnull=True,
                    raw_rank__isnull=True,
                    adjusted_rank__isnull=True,
                    prize="",
                    awarded_on__isnull=True,
                ),
                violation_error_message="取消成绩的没有名次和奖项，其余的应有名次。",
            )
        ]
        indexes = [models.Index(fields=["organisation", "id"], name="result_organisation")]

    def __str__(self) -> str:
        return f"{self.entry} {self.place}"

    @property
    def place(self) -> str:
        """The rank in words, or that there is none."""
        return "成绩已取消" if self.struck_on else f"第 {self.rank} 名"

    def get_absolute_url(self) -> str:
        return reverse("competitions:result", args=[self.pk])

    @property
    def points(self) -> object:
        """The points by which the rank was found."""
        return self.adjusted_points if self.stage.normalises else self.raw_points

    @property
    def recipient(self) -> Title.Recipient:
        """What kind of recipient the contestant is for the register of honours."""
        return Title.Recipient.PERSON if self.entry.is_single else Title.Recipient.TEAM

    @property
    def title(self) -> Title | None:
        """The title that comes with the prize, if it is given to such a recipient."""
        title = self.rule.title if self.rule else None
        return title if title and title.recipient == self.recipient else None

    @property
    def title_told(self) -> str:
        """The title, or why it does not come with the prize."""
        title = self.rule.title if self.rule else None
        if title is None or self.title:
            return str(title or "")
        told = f"“{title}”只授予{title.get_recipient_display()}"
        return f"{told}，不授予{self.recipient.label}，奖项不变"


class TeamPrize(ScopedModel):
    """团体奖。A prize of a competition to a union that took part: 优秀组织奖, 优胜团队 …"""

    privacy = NO_PERSONAL_DATA

    competition = models.ForeignKey(
        Competition, models.PROTECT, verbose_name="竞赛", related_name="team_prizes"
    )
    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name="获奖工会")
    prize = models.CharField("奖项", max_length=40)
    title = models.ForeignKey(
        Title, models.PROTECT, verbose_name="荣誉称号", null=True, blank=True, related_name="+"
    )
    awarded_on = models.DateField("表彰日期", null=True, editable=False)
    award = models.OneToOneField(
        Award, models.PROTECT, verbose_name="荣誉", null=True, related_name="+", editable=False
    )

    class Meta:
        verbose_name = verbose_name_plural = "团体奖"
        ordering = ["competition", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["competition", "organisation", "prize"],
                name="teamprize_once",
                violation_error_message="该工会在本竞赛中已有这一奖项。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.prize}"


class Appeal(Proceeding):
    """成绩申诉。What a union says against a result, within the hours after it was announced."""

    class State(models.TextChoices):
        FILED = "filed", "待复核"
        UPHELD = "upheld", "成立"
        DISMISSED = "dismissed", "不成立"

    privacy = Privacy(
        purpose="竞赛成绩申诉的复核", retention="竞赛归档后五年", masked={"text": masking.text}
    )

    state = models.CharField("状态", max_length=24, choices=State.choices, editable=False)
    result = models.ForeignKey(Result, models.PROTECT, verbose_name="成绩", related_name="appeals")
    text = models.TextField("申诉内容", max_length=1000)
    filed_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="提出人", related_name="+", editable=False
    )

    class Meta:
        verbose_name = verbose_name_plural = "成绩申诉"
        ordering = ["-id"]
        permissions = [("answer_appeal", "复核成绩申诉")]
        constraints = [
            models.UniqueConstraint(
                fields=["result"],
                condition=Q(state="filed"),
                name="appeal_open_once",
                violation_error_message="该成绩已有一件申诉正在复核。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.result.entry}成绩申诉"

    def get_absolute_url(self) -> str:
        return reverse("competitions:appeal", args=[self.pk])

    def concerned(self) -> list[bytes]:
        return list(self.result.entry.concerned())

    def bound(self) -> str:
        return self.text


class CertificateBatch(ScopedModel):
    """证书批次。The certificates of one competition that are printed together."""

    scope_by = "competition__organisation"
    privacy = NO_PERSONAL_DATA

    competition = models.ForeignKey(
        Competition, models.PROTECT, verbose_name="竞赛", related_name="batches"
    )
    made_by = models.ForeignKey(User, models.PROTECT, verbose_name="制作人", related_name="+")
    made_at = models.DateTimeField("制作时间", default=timezone.now)
    file = models.ForeignKey(
        StoredFile, models.PROTECT, verbose_name="证书文件", null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = verbose_name_plural = "证书批次"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.competition}证书"


class Certificate(ScopedModel):
    """获奖证书。One printed certificate: what stands on it, and whether it still holds.

    The code on it is signed over all that stands on it (`services.certificates.signature`): a row
    that was changed, or a code that was made up, is not recognised. A prize has one certificate for
    good: another only in the place of one that was revoked as a misprint.
    """

    class Cause(models.TextChoices):
        MISPRINT = "misprint", "证书印制有误，可以重新制作"
        VOID = "void", "奖项不应授予（如冒名参赛），不再制作"

    privacy = Privacy(
        purpose="竞赛获奖证书的制发与核验",
        retention="永久（获奖档案）",
        masked={"recipient_name": masking.name},
    )

    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name="参赛工会")
    batch = models.ForeignKey(
        CertificateBatch, models.PROTECT, verbose_name="批次", related_name="certificates"
    )
    result = models.ForeignKey(
        Result,
        models.PROTECT,
        verbose_name="成绩",
        null=True,
        blank=True,
        related_name="certificates",
    )
    team_prize = models.ForeignKey(
        TeamPrize,
        models.PROTECT,
        verbose_name="团体奖",
        null=True,
        blank=True,
        related_name="certificates",
    )
    number = models.CharField("证书编号", max_length=24, unique=True)
    recipient_name = models.CharField("获奖者", max_length=120)
    unit_name = models.CharField("单位", max_length=120, blank=True)
    is_personal = models.BooleanField("授予个人", default=True)
    competition_name = models.CharField("竞赛名称", max_length=120)
    event_name = models.CharField("赛项", max_length=80, blank=True)
    prize = models.CharField("奖项", max_length=40)
    title_name = models.CharField("荣誉称号", max_length=60, blank=True)
    agency = models.CharField("颁发单位", max_length=120)
    document_number = models.CharField("表彰文号", max_length=60, blank=True)
    issued_on = models.DateField("颁发日期")
    revoked_on = models.DateField("注销日期", null=True, editable=False)
    revoked_for = models.CharField(
        "注销情形", max_length=8, choices=Cause.choices, blank=True, editable=False
    )
    revoked_reason = models.CharField("注销事由", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "获奖证书"
        ordering = ["-id"]
        permissions = [
            ("revoke_certificate", "注销获奖证书"),
            ("print_certificate", "制作获奖证书"),
        ]
        constraints = [
            models.CheckConstraint(
                name="certificate_of_one",
                condition=Q(result__isnull=False, team_prize__isnull=True)
                | Q(result__isnull=True, team_prize__isnull=False),
                violation_error_message="证书应对应一项成绩或一项团体奖。",
            ),
            models.UniqueConstraint(
                fields=["result"],
                condition=~Q(revoked_for="misprint"),
                name="certificate_result_once",
                violation_error_message="该成绩已有证书，或证书已注销且不再制作。",
            ),
            models.UniqueConstraint(
                fields=["team_prize"],
                condition=~Q(revoked_for="misprint"),
                name="certificate_team_once",
                violation_error_message="该团体奖已有证书，或证书已注销且不再制作。",
            ),
            models.CheckConstraint(
                name="certificate_revoked_for",
                condition=Q(revoked_on__isnull=True, revoked_for="")
                | (Q(revoked_on__isnull=False) & ~Q(revoked_for="")),
                violation_error_message="注销的证书应写明注销情形。",
            ),
        ]
        indexes = [models.Index(fields=["organisation", "id"], name="certificate_organisation")]

    def __str__(self) -> str:
        return self.number

    @property
    def masked_label(self) -> str:
        """The recipient as pages show him: a person masked."""
        return masking.name(self.recipient_name) if self.is_personal else self.recipient_name

    def is_standing(self, on: datetime.date) -> bool:
        return self.revoked_on is None or self.revoked_on > on
