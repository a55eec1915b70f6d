"""People and their memberships: history is rows, never an overwritten field."""

import datetime
from collections.abc import Iterable
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from core import masking
from core.fields import BlindIndexField, EncryptedTextField, Privacy
from core.models import Organisation
from core.rules import Invalid, certificates
from core.scope import ScopedModel, ScopedQuerySet, under
from core.search import begins
from members import pinyin
from members.models.employers import Employer
from members.rules import contacts, names


class PersonQuerySet(ScopedQuerySet):
    def numbered(self, certificate_type: str, number: str) -> Self:
        """The person with exactly this certificate number (normalised)."""
        field = Person._meta.get_field("certificate_index")
        return self.filter(certificate_index=field.index(f"{certificate_type}:{number}"))

    def holding(self, number: str) -> Self:
        """Those with exactly this number (normalised) on a certificate of any kind."""
        field = Person._meta.get_field("certificate_index")
        kinds = Person.CertificateType.values
        return self.filter(
            certificate_index__in=[field.index(f"{kind}:{number}") for kind in kinds]
        )

    def phoned(self, phone: str) -> Self:
        """Those with exactly this phone number (normalised)."""
        return self.filter(phone_index=Person._meta.get_field("phone_index").index(phone))


class Person(ScopedModel):
    """一名职工。One human being, known by type and number of the certificate.

    Sex and birth date are those of the number where it says them. A person belongs to every union
    he is or was a member of; what depends on the job stands on the `Membership`.
    """

    class CertificateType(models.TextChoices):
        RESIDENT = "resident", "居民身份证"
        PERMIT = "permit", "港澳台居民居住证"
        FOREIGNER = "foreigner", "外国人永久居留身份证"
        PASSPORT = "passport", "护照"

    class Sex(models.TextChoices):
        MALE = "male", "男"
        FEMALE = "female", "女"

    class PoliticalStatus(models.TextChoices):
        PARTY = "party", "中共党员"
        PROBATIONARY = "probationary", "中共预备党员"
        YOUTH_LEAGUE = "youth_league", "共青团员"
        DEMOCRATIC = "democratic", "民主党派"
        MASSES = "masses", "群众"

    class Education(models.TextChoices):
        PRIMARY = "primary", "小学及以下"
        JUNIOR = "junior", "初中"
        SENIOR = "senior", "高中"
        VOCATIONAL = "vocational", "中专（技校）"
        COLLEGE = "college", "大专"
        BACHELOR = "bachelor", "大学本科"
        MASTER = "master", "硕士研究生"
        DOCTOR = "doctor", "博士研究生"

    class SkillGrade(models.TextChoices):
        JUNIOR = "junior", "初级工"
        MIDDLE = "middle", "中级工"
        SENIOR = "senior", "高级工"
        TECHNICIAN = "technician", "技师"
        SENIOR_TECHNICIAN = "senior_technician", "高级技师"
        CHIEF = "chief", "首席技师"

    class Household(models.TextChoices):
        URBAN = "urban", "城镇"
        RURAL = "rural", "农村"

    privacy = Privacy(
        purpose="会员实名登记、会籍管理与会员服务",
        retention="退会或去世后十年",
        masked={"name": masking.name, "pinyin": masking.text, "pinyin_initials": masking.text},
    )

    name = models.CharField("姓名", max_length=50, db_index=True)
    pinyin = models.CharField("姓名拼音", max_length=200, db_index=True, blank=True, editable=False)
    pinyin_initials = models.CharField(
        "拼音首字母", max_length=50, db_index=True, blank=True, editable=False
    )
    certificate_type = models.CharField(
        "证件类型",
        max_length=10,
        choices=CertificateType.choices,
        default=CertificateType.RESIDENT,
    )
    certificate_number = EncryptedTextField(
        "证件号码", mask=masking.number, null=False, blank=False
    )
    certificate_index = BlindIndexField(of="certificate_number")
    sex = models.CharField("性别", max_length=6, choices=Sex.choices, blank=True)
    birth_date = models.DateField("出生日期", null=True, blank=True)
    ethnicity = models.CharField("民族", max_length=20, blank=True)
    political_status = models.CharField(
        "政治面貌", max_length=12, choices=PoliticalStatus.choices, blank=True
    )
    education = models.CharField("学历", max_length=10, choices=Education.choices, blank=True)
    phone = EncryptedTextField("手机号", mask=masking.phone)
    phone_index = BlindIndexField(of="phone")
    household = models.CharField("户籍类型", max_length=5, choices=Household.choices, blank=True)
    address = EncryptedTextField("现居住地", mask=masking.address)
    skill_grade = models.CharField(
        "职业技能等级", max_length=18, choices=SkillGrade.choices, blank=True
    )
    professional_title = models.CharField("专业技术职称", max_length=40, blank=True)

    objects = PersonQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "会员信息"
        ordering = ["id"]
        permissions = [("reveal_person", "查看个人信息原文"), ("merge_person", "合并会员信息")]
        constraints = [
            models.UniqueConstraint(
                fields=["certificate_index"],
                name="person_certificate_once",
                violation_error_message="该证件号码已登记。",
            ),
            models.CheckConstraint(
                name="person_sex_and_birth_known",
                condition=~Q(sex="") & Q(birth_date__isnull=False),
                violation_error_message="证件号码不含性别和出生日期时，须另行填写。",
            ),
        ]
        indexes = [
            models.Index(fields=["phone_index"], name="person_phone"),
            models.Index(fields=["name", "birth_date"], name="person_name_birth"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def masked_label(self) -> str:
        return masking.name(self.name)

    def clean(self) -> None:
        """Bring name, number and phone into their one form; take from the number what it says."""
        wrong: dict[str, str] = {}
        foreign = self.certificate_type in {"foreigner", "passport"}
        try:
            self.name = names.person_name(self.name, foreign=foreign).value
            self.pinyin, self.pinyin_initials = pinyin.of_name(self.name)
        except Invalid as error:
            wrong["name"] = error.message
        if self.phone:
            try:
                checked = contacts.mobile(self.phone.clear())
                if checked.mended:
                    self.phone = checked.value
            except Invalid as error:
                wrong["phone"] = error.message
        if self.certificate_number:
            try:
                self._take_from(
                    certificates.certificate_number(
                        self.certificate_type,
                        self.certificate_number.clear(),
                        # A user's own zone is never set, and looking for one takes as long as all
                        # the rest here.
                        on=timezone.localdate(timezone=timezone.get_default_timezone()),
                    )
                )
            except Invalid as error:
                wrong["certificate_number"] = error.message
        if wrong:
            raise ValidationError(wrong)

    def _take_from(self, number: certificates.PersonNumber) -> None:
        if number.mended:
            self.certificate_number = number.value
        certificates.agree_with_number(number, sex=self.sex or None, birth_date=self.birth_date)
        self.sex = number.sex or self.sex
        self.birth_date = number.birth_date or self.birth_date

    def certificate_number_key(self) -> str:
        """What the index of the number is made of: numbers of two types never collide."""
        return f"{self.certificate_type}:{self.certificate_number.clear()}"

    @classmethod
    def scope(cls, paths: Iterable[str]) -> Q:
        """Seen by every union the person is or was a member of."""
        return Q(Exists(Membership.objects.filter(Membership.scope(paths), person=OuterRef("pk"))))

    @property
    def scope_organisation(self) -> Organisation | None:
        """The union of the latest membership."""
        latest = max(self.memberships.all(), key=lambda row: row.joined_on, default=None)
        return latest and latest.organisation


class WorkerGroup(models.TextChoices):
    """从业群体: the eight groups (八大群体) and those who find work through platforms."""

    TRUCK_DRIVER = "truck_driver", "货车司机"
    COURIER = "courier", "快递员"
    CARE_WORKER = "care_worker", "护工护理员"
    DOMESTIC_WORKER = "domestic_worker", "家政服务员"
    MALL_CLERK = "mall_clerk", "商场信息员"
    FOOD_COURIER = "food_courier", "网约送餐员"
    ESTATE_AGENT = "estate_agent", "房产中介员"
    SECURITY_GUARD = "security_guard", "保安员"
    RIDE_HAILING_DRIVER = "ride_hailing_driver", "网约车司机"
    LIVESTREAMER = "livestreamer", "网络主播"


class MembershipQuerySet(ScopedQuerySet):
    def in_force(self, on: datetime.date) -> Self:
        """Members on that day; the day of leaving is the first day without membership."""
        return self.filter(Q(left_on__isnull=True) | Q(left_on__gt=on), joined_on__lte=on)

    def current(self) -> Self:
        return self.filter(left_on__isnull=True)

    def called(self, text: str) -> Self:
        """By the beginning of the name, of its pinyin or of the initials."""
        if not text.isascii():
            return self.filter(begins(self, "person__name", text))
        letters = text.lower().replace(" ", "").replace("'", "")
        return self.filter(
            begins(self, "person__pinyin", letters)
            | begins(self, "person__pinyin_initials", letters)
            # A foreign name is written as it stands on the certificate.
            | begins(self, "person__name", text)
        )

    def counted(self) -> Self:
        """Without those entered by error: ended by correction on their first day, they never
        counted, neither as members nor as joining or leaving."""
        return self.filter(
            Q(left_on__isnull=True)
            | Q(left_on__gt=F("joined_on"))
            | ~Q(leave_reason=Membership.LeaveReason.CORRECTION)
        )

    def last_first(self) -> Self:
        """The current one, else the last one, stands first."""
        return self.order_by(F("left_on").desc(nulls_first=True), "-joined_on", "-id")


class Membership(ScopedModel):
    """一段会籍。One person's membership in one union from `joined_on` up to, not on, `left_on`.

    A transfer ends one and begins the next on the same day. What the person was at that time (the
    group, the employer) stands here and stays with the figures of that time.
    """

    class Entry(models.TextChoices):
        NEW = "new", "新入会"
        REJOIN = "rejoin", "重新入会"
        TRANSFER = "transfer", "转入"

    class LeaveReason(models.TextChoices):
        TRANSFER = "transfer", "转出"
        QUIT = "quit", "退会"
        DEEMED_QUIT = "deemed_quit", "视为自动退会"
        EXPELLED = "expelled", "除名"
        DECEASED = "deceased", "去世"
        CORRECTION = "correction", "登记有误更正"

    class Employment(models.TextChoices):
        CONTRACT = "contract", "劳动合同"
        DISPATCHED = "dispatched", "劳务派遣"
        PART_TIME = "part_time", "非全日制"
        PLATFORM = "platform", "平台用工"

    class Status(models.TextChoices):
        WORKING = "working", "在岗"
        WAITING = "waiting", "待岗"
        SICK = "sick", "病休"
        INTERNAL = "internal", "内退"
        UNEMPLOYED = "unemployed", "失业"
        RETIRED = "retired", "退休"

    privacy = Privacy(purpose="会籍管理与会员统计", retention="退会或去世后十年")

    person = models.ForeignKey(
        Person, models.PROTECT, verbose_name="会员", related_name="memberships"
    )
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, verbose_name="所属工会", related_name="memberships"
    )
    employer = models.ForeignKey(
        Employer, models.PROTECT, verbose_name="工作单位", null=True, blank=True
    )
    joined_on = models.DateField("入会日期")
    entry = models.CharField(
        "入会方式", max_length=8, choices=Entry.choices, default=Entry.NEW, editable=False
    )
    left_on = models.DateField("离会日期", null=True, blank=True, editable=False)
    leave_reason = models.CharField(
        "离会原因", max_length=11, choices=LeaveReason.choices, blank=True, editable=False
    )
    kept_since = models.DateField("保留会籍起始日", null=True, blank=True, editable=False)
    card_number = models.CharField("会员证号", max_length=30, blank=True)
    worker_group = models.CharField(
        "从业群体", max_length=20, choices=WorkerGroup.choices, blank=True
    )
    is_migrant_worker = models.BooleanField("农民工", default=False)
    employment = models.CharField("用工形式", max_length=10, choices=Employment.choices, blank=True)
    status = models.CharField(
        "就业状况", max_length=10, choices=Status.choices, default=Status.WORKING
    )
    position = models.CharField("岗位（职务）", max_length=40, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "会员"
        ordering = ["id"]
        permissions = [
            ("transfer_membership", "办理会籍转接"),
            ("import_membership", "导入会员名册"),
            ("export_membership", "导出会员名册"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(left_on__isnull=True),
                name="membership_open_once",
                violation_error_message="该职工已有在册会籍，一人只能有一个会籍。",
            ),
            models.CheckConstraint(
                name="membership_forward",
                condition=Q(left_on__isnull=True) | Q(left_on__gte=F("joined_on")),
                violation_error_message="离会日期不能早于入会日期。",
            ),
            models.CheckConstraint(
                name="membership_left_with_reason",
                condition=Q(left_on__isnull=True, leave_reason="")
                | (Q(left_on__isnull=False) & ~Q(leave_reason="")),
                violation_error_message="离会日期与离会原因应同时填写。",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "left_on", "id"], name="membership_roster"),
            models.Index(fields=["joined_on"], name="membership_joined"),
            models.Index(fields=["left_on"], name="membership_left"),
            # Lists by a selective condition, newest first, in a scope.
            models.Index(
                fields=["worker_group", "id", "organisation"],
                condition=~Q(worker_group=""),
                name="membership_group",
            ),
            models.Index(
                fields=["entry", "id", "organisation"],
                condition=~Q(entry="new"),
                name="membership_entry",
            ),
            models.Index(
                fields=["id", "organisation"],
                condition=Q(left_on__isnull=False),
                name="membership_former",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.organisation}"

    @property
    def masked_label(self) -> str:
        return f"{self.person.masked_label} · {self.organisation}"


class Transfer(ScopedModel):
    """会籍转接。One transfer: the leaving union issues it, the receiving one accepts or declines.

    Until it is accepted the member stays where he is.
    """

    class State(models.TextChoices):
        ISSUED = "issued", "待接收"
        ACCEPTED = "accepted", "已接收"
        DECLINED = "declined", "已退回"

    privacy = Privacy(purpose="会籍转接留痕", retention="退会或去世后十年")

    membership = models.ForeignKey(
        Membership, models.PROTECT, verbose_name="原会籍", related_name="transfers_out"
    )
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, verbose_name="转出工会", related_name="transfers_out"
    )
    target = models.ForeignKey(
        Organisation, models.PROTECT, verbose_name="转入工会", related_name="transfers_in"
    )
    result = models.OneToOneField(
        Membership,
        models.PROTECT,
        verbose_name="新会籍",
        null=True,
        blank=True,
        related_name="transfer_in",
    )
    issued_on = models.DateField("转出日期")
    decided_on = models.DateField("接收（退回）日期", null=True, blank=True)
    state = models.CharField(
        "状态", max_length=8, choices=State.choices, default=State.ISSUED, editable=False
    )
    reason = models.CharField("说明", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "会籍转接"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["membership"],
                condition=Q(state="issued"),
                name="transfer_issued_once",
                violation_error_message="该会员已有一笔待接收的会籍转接。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.organisation} → {self.target}"

    @classmethod
    def scope(cls, paths: Iterable[str]) -> Q:
        """Seen from both sides."""
        paths = list(paths)
        return under(paths, "organisation__path") | under(paths, "target__path")
