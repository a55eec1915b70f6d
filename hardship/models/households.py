"""Households and their files."""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from core import masking
from core.fields import BlindIndexField, EncryptedTextField, Privacy
from core.models import Organisation, Proceeding
from core.rules import Checked, Invalid
from core.scope import ScopedModel, ScopedQuerySet
from core.search import begins
from hardship import rules
from hardship.models.standards import Procedure, Standard, Tier, TierRule, VetoRule
from members.rules import contacts

RETENTION = "档案关闭后十年"


def refuse_future(row: models.Model, *names: str) -> None:
    """What happened has a day that is not ahead."""
    ahead = [name for name in names if (day := getattr(row, name)) and day > timezone.localdate()]
    labels = {name: row._meta.get_field(name).verbose_name for name in ahead}
    if labels:
        raise ValidationError(
            {name: f"{told}不能晚于今天，请核对。" for name, told in labels.items()}
        )


class Household(ScopedModel):
    """困难职工家庭。One household through all its files: what 户 counts, once, over the years.

    It has nothing of its own but its number: who lives in it and how stands in the files.
    """

    privacy = Privacy(purpose="困难职工家庭的识别与计数", retention=RETENTION)

    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name="所属工会")
    since = models.DateField("首次登记", default=timezone.localdate)

    class Meta:
        verbose_name = verbose_name_plural = "困难职工家庭"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"第 {self.pk} 户"


class Cause(models.TextChoices):
    """致困原因, as the national form lists them."""

    OWN_ILLNESS = "own_illness", "本人大病"
    KIN_ILLNESS = "kin_illness", "供养直系亲属大病"
    SCHOOLING = "schooling", "子女上学"
    DISASTER = "disaster", "意外灾害"
    DISABILITY = "disability", "残疾"
    SINGLE_PARENT = "single_parent", "单亲"
    LOW_INCOME = "low_income", "收入低无法维持基本生活"
    LAID_OFF = "laid_off", "下岗失业"
    BANKRUPTCY = "bankruptcy", "企业停产破产"
    OTHER = "other", "其他"


class Level(models.TextChoices):
    """档案级别: whose file it is; central money is for the first only."""

    NATIONAL = "national", "全国级"
    PROVINCIAL = "provincial", "省级"
    MUNICIPAL = "municipal", "市级"
    DISTRICT = "district", "县级"


class CaseQuerySet(ScopedQuerySet):
    def open(self) -> Self:
        return self.filter(is_open=True)

    def called(self, text: str) -> Self:
        """By the beginning of the applicant's name."""
        return self.filter(begins(self, "applicant_name", text))

    def for_account(self, number: str) -> Self:
        """Files that name exactly this bank account (normalised)."""
        field = Case._meta.get_field("account_index")
        return self.filter(account_index=field.index(number))

    def means(self) -> dict[int, rules.Means]:
        """What the rules ask of each file, by its key, in four queries however many there are."""
        cases = list(self.select_related(None).only(*_ASKED))
        keys = [case.pk for case in cases]
        flows = {
            name: _flows(Case._meta.get_field(name).related_model, keys)
            for name in ("incomes", "expenses")
        }
        members = Case._meta.get_field("members").related_model.objects.living_together()
        members = members.filter(case__in=keys).order_by()
        persons = dict(members.values_list("case").annotate(models.Count("pk")))
        return {
            case.pk: _means(
                case,
                persons.get(case.pk, 0),
                flows["incomes"].get(case.pk, ()),
                flows["expenses"].get(case.pk, ()),
            )
            for case in cases
        }


def _flows(model: type[models.Model], keys: list[int]) -> dict[int, list[rules.Flow]]:
    """The incomes or expenditures of files, as the rules take them."""
    found: dict[int, list[rules.Flow]] = {}
    for row in model.objects.filter(case__in=keys, member__left_on__isnull=True).order_by("pk"):
        found.setdefault(row.case_id, []).append(row.flow())
    return found


def _means(
    case: "Case", persons: int, incomes: Sequence[rules.Flow], expenses: Sequence[rules.Flow]
) -> rules.Means:
    return rules.Means(
        applied_on=case.applied_on,
        persons=persons,
        incomes=incomes,
        expenses=expenses,
        event=case.event,
        harmed=case.event_harmed,
        still_in_need=case.still_in_need,
        migrant=rules.Migrant(case.employed_since, case.is_settled)
        if case.is_migrant_worker
        else None,
    )


def _document(read: Callable[["Case"], Any]) -> property:
    """What a document says of a file, as a property: see `Case.for_page`."""

    def known(case: "Case") -> Any:
        if case._known is None:
            return read(case)
        if read.__name__ not in case._known:
            case._known[read.__name__] = read(case)
        return case._known[read.__name__]

    return property(known, doc=read.__doc__)


class Case(Proceeding):
    """困难职工档案。One file of one household, from the draft to its closing. 一户一档.

    It is filled in step by step: what a draft may lack is asked for when it is handed in
    (`hardship.completeness`). Its parts (members, incomes, expenditures, evidence, answers) may be
    written while `is_editable`. It is reckoned with the rules in force on `applied_on`; a re-check
    and a re-opening set that day anew.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        RETURNED = "returned", "退回补正"
        SUBMITTED = "submitted", "待基层工会初审"
        TOWN = "town", "待街道审核"
        DISTRICT = "district", "待区县复审"
        COMPARISON = "comparison", "信息比对中"
        PUBLICITY = "publicity", "公示中"
        DECISION = "decision", "待市级审批"
        FILED = "filed", "在档"
        RECHECK = "recheck", "复核填报中"
        RECHECK_REVIEW = "recheck_review", "复核待区县审核"
        RECHECK_DECISION = "recheck_decision", "复核待市级审定"
        WATCH = "watch", "返困监测"
        CLOSED = "closed", "已关闭"
        REFUSED = "refused", "不予建档"
        WITHDRAWN = "withdrawn", "已撤回"

    EDITABLE = frozenset({State.DRAFT, State.RETURNED, State.RECHECK})
    OVER = frozenset({State.CLOSED, State.REFUSED, State.WITHDRAWN})
    # When an exception may be approved, and when authorities may be asked.
    UNDER_REVIEW = frozenset({State.SUBMITTED, State.TOWN, State.DISTRICT, State.RECHECK_REVIEW})
    COMPARED = frozenset({State.COMPARISON, State.RECHECK_REVIEW})

    class Event(models.TextChoices):
        DISASTER = "disaster", "自然灾害"
        SAFETY = "safety", "重特大安全事故"
        EPIDEMIC = "epidemic", "公共卫生事件"
        SECURITY = "security", "社会安全事件"
        ACCIDENT = "accident", "其他意外事故"
        ILLNESS = "illness", "突发重大疾病"

    class Housing(models.TextChoices):
        UNIT = "unit", "承租单位公房"
        PUBLIC = "public", "廉租公租房"
        BOUGHT = "bought", "自购房"
        BUILT = "built", "自建房"
        RENTED = "rented", "租房"
        NONE = "none", "无房"
        OTHER = "other", "其他"

    privacy = Privacy(
        purpose="困难职工家庭的认定、帮扶和动态管理",
        retention=RETENTION,
        masked={
            "applicant_name": masking.name,
            "account_holder": masking.name,
            "cause_text": masking.text,  # may name an illness
        },
    )

    state = models.CharField(
        "状态", max_length=24, choices=State.choices, default=State.DRAFT, editable=False
    )
    household = models.ForeignKey(
        Household, models.PROTECT, verbose_name="家庭", related_name="cases", editable=False
    )
    is_open = models.BooleanField("未办结", default=True, editable=False)
    applicant_name = models.CharField("申请人", max_length=50, editable=False, db_index=True)
    applied_on = models.DateField(
        "申请（复核）日期",
        default=timezone.localdate,
        help_text="按此日适用的低保标准和认定规则计算",
    )
    authorised_on = models.DateField("签署核对授权书日期", null=True, blank=True)
    level = models.CharField("档案级别", max_length=10, choices=Level.choices, blank=True)
    tier = models.CharField(
        "困难类别", max_length=8, choices=Tier.choices, blank=True, editable=False
    )
    main_cause = models.CharField("主要致困原因", max_length=13, choices=Cause.choices, blank=True)
    further_causes = models.JSONField("次要致困原因", default=list, blank=True)
    cause_text = models.CharField("原因说明", max_length=200, blank=True)

    event = models.CharField("突发事件", max_length=8, choices=Event.choices, blank=True)
    event_on = models.DateField("事件日期", null=True, blank=True)
    event_harmed = models.BooleanField("成员因事件伤残或死亡", default=False)
    still_in_need = models.BooleanField("政府救助后仍有困难", default=False)
    is_migrant_worker = models.BooleanField("农民工", default=False)
    is_settled = models.BooleanField("在本市长期居住", default=False)
    employed_since = models.DateField("劳动关系起始日", null=True, blank=True)

    declared_persons = models.PositiveSmallIntegerField("家庭人口（人）", null=True, blank=True)
    declared_income = models.DecimalField(
        "家庭年收入（元）", max_digits=12, decimal_places=2, null=True, blank=True
    )
    housing = models.CharField("住房类型", max_length=6, choices=Housing.choices, blank=True)
    housing_area = models.DecimalField(
        "建筑面积（平方米）", max_digits=7, decimal_places=2, null=True, blank=True
    )
    address = EncryptedTextField("家庭住址", mask=masking.address)
    phone = EncryptedTextField("手机号", mask=masking.phone)
    account_holder = models.CharField("开户名", max_length=50, blank=True)
    bank = models.CharField("开户银行", max_length=60, blank=True)
    account = EncryptedTextField("银行账号", mask=masking.account)
    account_index = BlindIndexField(of="account")

    has_town_review = models.BooleanField("经街道审核", default=False, editable=False)
    filed_on = models.DateField("建档日期", null=True, blank=True, editable=False)
    recheck_due = models.DateField("下次复核期限", null=True, blank=True, editable=False)
    watch_until = models.DateField("监测截止日", null=True, blank=True, editable=False)
    taken_over_on = models.DateField(
        "移交登记日期", null=True, blank=True, editable=False, help_text="存量档案登记入本系统之日"
    )
    old_document = models.CharField("原认定文号", max_length=60, blank=True, editable=False)

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "困难职工档案"
        ordering = ["-id"]
        permissions = [
            ("check_case", "基层初审困难职工档案"),
            ("endorse_case", "街道审核困难职工档案"),
            ("review_case", "区县复审困难职工档案"),
            ("compare_case", "比对困难职工档案"),
            ("approve_case", "审批困难职工档案"),
            ("watch_case", "办理复核与返困监测"),
            ("reveal_case", "查看困难职工档案原文"),
            ("export_case", "导出困难职工档案"),
            ("takeover_case", "移交存量困难职工档案"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["household"],
                condition=Q(is_open=True),
                name="case_open_once",
                violation_error_message="该户已有一份未办结的困难职工档案，一户只能有一份。",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "state", "id"], name="case_state"),
            models.Index(fields=["account_index"], name="case_account"),
        ]

    def __str__(self) -> str:
        return f"{self.applicant_name}户"

    @property
    def masked_label(self) -> str:
        return f"{masking.name(self.applicant_name)}户"

    def get_absolute_url(self) -> str:
        return reverse("hardship:case", args=[self.pk])

    @property
    def is_editable(self) -> bool:
        return self.state in self.EDITABLE

    @property
    def applicant(self) -> Any:
        """The member who applied (本人), or None; members that were prefetched are not read
        again."""
        return next((row for row in self.members.all() if row.relation == "self"), None)

    @property
    def first_recognition(self) -> Any:
        """The time on file with which this file began, or None; as with `applicant`."""
        return next(iter(self.recognitions.all()), None)

    def clean(self) -> None:
        wrong: dict[str, str] = {}
        causes = self.further_causes
        known = set(Cause.values) - {self.main_cause}
        if not isinstance(causes, list) or len(set(causes) & known) < len(causes):
            wrong["further_causes"] = "次要致困原因不能重复，也不能与主要原因相同，请重新选择。"
        elif len(causes) > 3:
            wrong["further_causes"] = "次要致困原因最多三项，请减少。"
        if self.main_cause == Cause.OTHER and not self.cause_text:
            wrong["cause_text"] = "主要致困原因为“其他”时，请写明原因。"
        for name, rule in (("phone", contacts.mobile), ("account", _personal_account)):
            if value := getattr(self, name):
                try:
                    checked = rule(value.clear())
                    if checked.mended:
                        setattr(self, name, checked.value)
                except Invalid as error:
                    wrong[name] = error.message
        if self.applied_on and self.applied_on > timezone.localdate():
            wrong["applied_on"] = "申请日期不能晚于今天，请核对。"
        if wrong:
            raise ValidationError(wrong)

    # What a decision is about.

    def concerned(self) -> Iterable[bytes]:
        """Everybody of the household: none of them, and none of their kin, takes part."""
        if self.pk is None:
            return []
        return [bytes(member.certificate_index) for member in self.members.all()]

    def bound(self) -> str:
        """Who, how much, by which rule and standard, and to which account."""
        try:
            found = self.assessment
            judged = [found.tier, *found.totals, *(tuple(step) for step in found.steps)]
        except rules.Unassessable as error:
            judged = [str(error)]
        members = sorted(index.hex() for index in self.concerned())
        account = self.account_index and bytes(self.account_index).hex()
        told = [members, judged, account, self.main_cause, str(self.applied_on)]
        return json.dumps(told, ensure_ascii=False, default=str)

    # What the rules say of it.

    _known: dict[str, Any] | None = None

    def for_page(self) -> Self:
        """This row, which from now on reads each document once: for pages, which write nothing."""
        self._known = self._known or {}
        return self

    def means(self) -> rules.Means:
        """What the rules ask of this file; parts that were prefetched are not read again."""
        members = list(self.members.all())
        gone = {member.pk for member in members if member.left_on}
        incomes, expenses = (
            [row.flow() for row in rows.all() if row.member_id not in gone]
            for rows in (self.incomes, self.expenses)
        )
        return _means(self, len(members) - len(gone), incomes, expenses)

    @_document
    def standard(self) -> Standard | None:
        """The minimum-living line on the day of the application."""
        return Standard.objects.applying(self.organisation, self.applied_on).first()

    @_document
    def tier_rules(self) -> dict[str, TierRule]:
        """The rules of that day by tier, in the order in which they are tried."""
        found = TierRule.objects.nearest(self.organisation, self.applied_on)
        return {row.tier: row for row in sorted(found, key=lambda row: Tier.values.index(row.tier))}

    @_document
    def veto_rules(self) -> list[VetoRule]:
        """The one-vote vetoes of that day."""
        return VetoRule.objects.nearest(self.organisation, self.applied_on)

    @_document
    def procedure(self) -> Procedure:
        """How files go here today; what nobody has laid down has its usual value."""
        today = timezone.localdate()
        return Procedure.objects.applying(self.organisation, today).first() or Procedure()

    @property
    def assessment(self) -> rules.Assessment:
        """The calculation, as the rows stand. Raises `rules.Unassessable`."""
        standard = self.standard
        line = standard and standard.line()
        return rules.assess(self.means(), line, [row.rule() for row in self.tier_rules.values()])


_ASKED = (
    *["applied_on", "event", "event_harmed", "still_in_need"],
    *["is_migrant_worker", "is_settled", "employed_since"],
)


def _personal_account(text: str) -> Checked:
    return contacts.bank_account(text, personal=True)
