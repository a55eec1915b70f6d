"""Who lives in a household."""

from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone

from core import masking, workflow
from core.fields import PERSON, BlindIndexField, EncryptedTextField, Privacy
from core.rules import Invalid, certificates
from core.scope import ScopedModel, ScopedQuerySet
from hardship.models.households import RETENTION, Case
from members.models import Person
from members.rules import names


class FamilyMemberQuerySet(ScopedQuerySet):
    def living_together(self) -> Self:
        return self.filter(left_on__isnull=True)

    def of_person(self, identity: bytes) -> Self:
        """In whichever file, under this identity (`core.workflow.identity`)."""
        return self.filter(certificate_index=identity)


class FamilyMember(ScopedModel):
    """家庭成员。One person who lives in the household, the applicant (本人) among them.

    Of the whole city a person stands in one open file. `is_open` follows the file and the day of
    leaving the household; it is there for the constraint.
    """

    class Relation(models.TextChoices):
        SELF = "self", "本人"
        SPOUSE = "spouse", "配偶"
        CHILD = "child", "子女"
        PARENT = "parent", "父母"
        PARENT_IN_LAW = "parent_in_law", "配偶父母"
        GRANDPARENT = "grandparent", "祖父母、外祖父母"
        GRANDCHILD = "grandchild", "孙子女、外孙子女"
        SIBLING = "sibling", "兄弟姐妹"
        OTHER = "other", "其他"

    class Employment(models.TextChoices):
        WORKING = "working", "在岗"
        WAITING = "waiting", "下岗、待岗"
        UNEMPLOYED = "unemployed", "失业、无业"
        RETIRED = "retired", "退休"
        SICK = "sick", "病休"
        INTERNAL = "internal", "内退"
        STUDENT = "student", "在校学生"
        CHILD = "child", "学龄前儿童"
        UNABLE = "unable", "无劳动能力"

    scope_by = "case__organisation"
    privacy = Privacy(
        purpose="困难职工家庭的认定和帮扶",
        retention=RETENTION,
        masked={"name": masking.name, "birth_date": masking.text},
    )

    case = models.ForeignKey(Case, models.PROTECT, verbose_name="档案", related_name="members")
    relation = models.CharField("与申请人关系", max_length=13, choices=Relation.choices)
    name = models.CharField("姓名", max_length=50)
    certificate_type = models.CharField(
        "证件类型",
        max_length=10,
        choices=Person.CertificateType.choices,
        default=Person.CertificateType.RESIDENT,
    )
    certificate_number = EncryptedTextField(
        "证件号码", mask=masking.number, null=False, blank=False
    )
    certificate_index = BlindIndexField(of="certificate_number", use=PERSON)
    sex = models.CharField("性别", max_length=6, choices=Person.Sex.choices, blank=True)
    birth_date = models.DateField("出生日期", null=True, blank=True)
    employment = models.CharField("人员状况", max_length=10, choices=Employment.choices)
    workplace = models.CharField("工作单位", max_length=80, blank=True)
    school = EncryptedTextField("就读学校及年级")
    illness = EncryptedTextField("所患疾病")
    disability = EncryptedTextField("残疾类别和等级")
    left_on = models.DateField("不再共同生活", null=True, blank=True)
    is_open = models.BooleanField("在未办结档案中", default=True, editable=False)

    objects = FamilyMemberQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "家庭成员"
        ordering = ["id"]
        permissions = [("reveal_familymember", "查看家庭成员信息原文")]
        constraints = [
            models.UniqueConstraint(
                fields=["certificate_index"],
                condition=Q(is_open=True),
                name="familymember_open_once",
                violation_error_message="该人员已在本市一份未办结的困难职工档案中。",
            ),
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(relation="self"),
                name="familymember_one_applicant",
                violation_error_message="一份档案只有一名申请人（本人）。",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def masked_label(self) -> str:
        return f"{self.get_relation_display()} {masking.name(self.name)}"

    def certificate_number_key(self) -> str:
        return f"{self.certificate_type}:{self.certificate_number.clear()}"

    @property
    def identity(self) -> bytes:
        """Who this is in every table that names persons (`core.workflow.identity`)."""
        return workflow.identity(self.certificate_number.clear(), self.certificate_type)

    def clean(self) -> None:
        """Bring name and number into their one form; take from the number what it says."""
        wrong: dict[str, str] = {}
        foreign = self.certificate_type in {"foreigner", "passport"}
        try:
            self.name = names.person_name(self.name, foreign=foreign).value
        except Invalid as error:
            wrong["name"] = error.message
        if self.certificate_number:
            try:
                number = certificates.certificate_number(
                    self.certificate_type,
                    self.certificate_number.clear(),
                    on=timezone.localdate(),
                )
                certificates.agree_with_number(
                    number, sex=self.sex or None, birth_date=self.birth_date
                )
            except Invalid as error:
                wrong["certificate_number"] = error.message
            else:
                if number.mended:
                    self.certificate_number = number.value
                self.sex = number.sex or self.sex
                self.birth_date = number.birth_date or self.birth_date
        if self.relation == self.Relation.SELF and self.left_on:
            wrong["left_on"] = "申请人不再共同生活的，请关闭本档案，由其他成员另行申请。"
        if wrong:
            raise ValidationError(wrong)
