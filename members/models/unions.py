"""What is known of a union beyond its place in the tree."""

import datetime
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from core import masking
from core.fields import NO_PERSONAL_DATA, EncryptedTextField, Privacy
from core.models import Organisation, User
from core.rules import Invalid
from core.scope import ScopedModel, ScopedQuerySet
from members.rules import contacts, credit_codes, headcounts


class UnionProfileQuerySet(ScopedQuerySet):
    def overdue(self, on: datetime.date) -> Self:
        """逾期未换届: the last day of the term lies behind, as in `committees.is_term_overdue`."""
        return self.filter(term_until__lt=on)


class UnionProfile(ScopedModel):
    """工会组织信息。The particulars of one union body: kind, legal person, term, chair, account."""

    class Kind(models.TextChoices):
        SINGLE = "single", "单独基层工会"
        JOINT = "joint", "联合基层工会"
        LEAGUE = "league", "工会联合会"
        FEDERATION = "federation", "总工会"
        INDUSTRY = "industry", "产业（系统）工会"
        BRANCH = "branch", "分会（小组）"

    class Sector(models.TextChoices):
        """八大领域. The fields in which the work plans ask for new unions."""

        NEW_ORGANISATIONS = "new_organisations", "“两新”组织"
        FREIGHT = "freight", "道路货运"
        EXPRESS = "express", "快递物流"
        DELIVERY = "delivery", "网约配送"
        RIDE_HAILING = "ride_hailing", "网约出行"
        CARE = "care", "家政护理"
        RETAIL = "retail", "商贸流通"
        PROPERTY = "property", "物业保安与房产中介"

    class DuesChannel(models.TextChoices):
        TAX = "tax", "税务代收"
        FISCAL = "fiscal", "财政划拨"
        DIRECT = "direct", "自行上缴"

    privacy = Privacy(
        purpose="工会组织管理与经费往来",
        retention="工会撤销后十年",
        masked={"chair_name": masking.name},
    )

    organisation = models.OneToOneField(
        Organisation, models.PROTECT, verbose_name="工会", related_name="profile"
    )
    kind = models.CharField("工会类型", max_length=12, choices=Kind.choices)
    sector = models.CharField("所属领域", max_length=20, choices=Sector.choices, blank=True)
    approval_number = models.CharField("批复文号", max_length=60, blank=True)
    union_code = models.CharField(
        "工会统一社会信用代码", max_length=18, unique=True, null=True, blank=True
    )
    legal_certificate = models.CharField("法人资格证号", max_length=40, blank=True)
    region_code = models.CharField("所在区划代码", max_length=12, blank=True)
    address = models.CharField("地址", max_length=200, blank=True)
    term_number = models.PositiveSmallIntegerField("届次", null=True, blank=True)
    term_since = models.DateField("本届起始日", null=True, blank=True)
    term_until = models.DateField("本届截止日", null=True, blank=True)
    chair_name = models.CharField("工会主席", max_length=50, blank=True)
    chair_phone = EncryptedTextField("主席手机号", mask=masking.phone)
    chair_full_time = models.BooleanField("主席专职", default=False)
    dues_channel = models.CharField(
        "经费收缴方式", max_length=6, choices=DuesChannel.choices, blank=True
    )
    account_name = models.CharField("账户户名", max_length=120, blank=True)
    account_bank = models.CharField("开户行", max_length=120, blank=True)
    account_number = EncryptedTextField("银行账号", mask=masking.account)
    has_own_account = models.BooleanField("独立账户", default=False)

    objects = UnionProfileQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "工会组织信息"
        ordering = ["id"]
        permissions = [("reveal_unionprofile", "查看工会账户和联系电话原文")]
        constraints = [
            models.CheckConstraint(
                name="unionprofile_term_forward",
                condition=Q(term_until__isnull=True)
                | Q(term_since__isnull=True)
                | Q(term_until__gt=F("term_since")),
                violation_error_message="本届截止日应晚于起始日。",
            )
        ]

    def __str__(self) -> str:
        return str(self.organisation)

    def clean(self) -> None:
        """Codes and phone in their one form."""
        wrong = {}
        if self.union_code:
            try:
                self.union_code = credit_codes.credit_code(self.union_code, of="union").value
            except Invalid as error:
                wrong["union_code"] = error.message
        if self.chair_phone:
            try:
                self.chair_phone = contacts.mobile(self.chair_phone.clear()).value
            except Invalid as error:
                wrong["chair_phone"] = error.message
        if wrong:
            raise ValidationError(wrong)
        self.union_code = self.union_code or None


class IntervalQuerySet(ScopedQuerySet):
    def in_force(self, on: datetime.date) -> Self:
        return self.filter(Q(until__isnull=True) | Q(until__gt=on), since__lte=on)


class Post(ScopedModel):
    """任职。A person's post in the union from `since` up to, not on, `until`.

    Cadres, mediators, delegates, committee members and those deployed to communities. The holder is
    a registered person, or only a name where the register does not have him.
    """

    class Kind(models.TextChoices):
        CHAIR = "chair", "工会主席"
        VICE_CHAIR = "vice_chair", "副主席"
        COMMITTEE = "committee", "委员"
        AUDIT_HEAD = "audit_head", "经审主任"
        WOMEN_HEAD = "women_head", "女职工委员会主任"
        CADRE = "cadre", "工会干部"
        SOCIAL_WORKER = "social_worker", "社会化工会工作者"
        ORGANISER = "organiser", "组织员"
        MEDIATOR = "mediator", "调解员"
        DELEGATE = "delegate", "职工代表"
        DEPLOYMENT = "deployment", "下沉社区"

    privacy = Privacy(
        purpose="工会干部队伍管理", retention="离任后十年", masked={"holder_name": masking.name}
    )

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, verbose_name="工会", related_name="posts"
    )
    person = models.ForeignKey(
        "members.Person", models.PROTECT, verbose_name="会员", null=True, blank=True
    )
    holder_name = models.CharField("姓名", max_length=50)
    kind = models.CharField("职务", max_length=16, choices=Kind.choices)
    is_full_time = models.BooleanField("专职", default=False)
    since = models.DateField("任职日")
    until = models.DateField("离任日", null=True, blank=True)

    objects = IntervalQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "任职"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="post_forward",
                condition=Q(until__isnull=True) | Q(until__gte=F("since")),
                violation_error_message="离任日不能早于任职日。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.masked_holder}"

    @property
    def masked_holder(self) -> str:
        return masking.name(self.holder_name)


class Mechanism(ScopedModel):
    """制度机制。Something an organisation has since a day: a congress of workers, open management,
    a women's committee, fiscal appropriation of dues, an election held.

    `until` is the first day without it; an event (a re-election) is a row of its own each time.
    """

    class Kind(models.TextChoices):
        WORKERS_CONGRESS = "workers_congress", "职工代表大会"
        OPEN_MANAGEMENT = "open_management", "厂务公开"
        WOMEN_COMMITTEE = "women_committee", "女职工委员会"
        MEDIATION_COMMITTEE = "mediation_committee", "劳动争议调解委员会"
        COURT_LINK = "court_link", "“法院+工会”诉调对接"
        FISCAL_APPROPRIATION = "fiscal_appropriation", "工会经费财政划拨"
        ELECTION = "election", "换届选举"
        STANDARDISED = "standardised", "规范化建设达标"

    privacy = NO_PERSONAL_DATA

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, verbose_name="工会", related_name="mechanisms"
    )
    kind = models.CharField("种类", max_length=24, choices=Kind.choices)
    since = models.DateField("建立（举行）日期")
    until = models.DateField("终止日", null=True, blank=True)
    document = models.CharField("文号", max_length=60, blank=True)

    objects = IntervalQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "制度机制"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "kind", "since"],
                name="mechanism_once",
                violation_error_message="该工会在同一日期已有同类记录。",
            ),
            models.CheckConstraint(
                name="mechanism_forward",
                condition=Q(until__isnull=True) | Q(until__gt=F("since")),
                violation_error_message="终止日应晚于建立日期。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} · {self.get_kind_display()}"


class HeadcountReport(ScopedModel):
    """基层工会年报。The head counts (人) of one union on 31 December, as it reports them.

    Reports count accepted returns only. Numbers without names: they give no distinct persons.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        SUBMITTED = "submitted", "已上报"
        ACCEPTED = "accepted", "已审定"

    privacy = NO_PERSONAL_DATA

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, verbose_name="工会", related_name="headcounts"
    )
    year = models.PositiveSmallIntegerField("年度")
    as_of = models.DateField("截止日", blank=True, editable=False)
    employers = models.PositiveIntegerField("覆盖单位数（家）", default=0)
    employees = models.PositiveIntegerField("职工总数（人）", default=0)
    employees_women = models.PositiveIntegerField("女职工（人）", default=0)
    employees_migrant = models.PositiveIntegerField("农民工（人）", default=0)
    employees_dispatched = models.PositiveIntegerField("劳务派遣工（人）", default=0)
    members = models.PositiveIntegerField("会员总数（人）", default=0)
    members_women = models.PositiveIntegerField("女会员（人）", default=0)
    members_migrant = models.PositiveIntegerField("农民工会员（人）", default=0)
    members_new_form = models.PositiveIntegerField("新就业形态会员（人）", default=0)
    cadres_full_time = models.PositiveIntegerField("专职工会干部（人）", default=0)
    cadres_part_time = models.PositiveIntegerField("兼职工会干部（人）", default=0)
    social_workers = models.PositiveIntegerField("社会化工会工作者（人）", default=0)
    state = models.CharField(
        "状态", max_length=10, choices=State.choices, default=State.DRAFT, editable=False
    )
    accepted_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="审定人", null=True, blank=True, editable=False
    )

    class Meta:
        verbose_name = verbose_name_plural = "基层工会年报"
        ordering = ["-year", "id"]
        permissions = [("accept_headcountreport", "审定基层工会年报")]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "year"],
                name="headcount_once_a_year",
                violation_error_message="该工会本年度已有年报。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.year}年年报"

    def clean(self) -> None:
        """The logic checks of the form: parts within their whole, members within employees."""
        profile = UnionProfile.objects.filter(organisation=self.organisation_id).first()
        counts = {name: getattr(self, name) for name in headcounts.HEADCOUNT_LABELS}
        found = headcounts.headcount_contradictions(
            counts, covers_new_form=bool(profile and profile.sector) or bool(self.members_new_form)
        )
        if found:
            raise ValidationError([remark.message for remark in found])

    def save(self, *args, **kwargs) -> None:
        self.as_of = datetime.date(self.year, 12, 31)
        super().save(*args, **kwargs)
