"""Employers, and which union covers which of them since when."""

import datetime
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery

from core import masking
from core.fields import NO_PERSONAL_DATA, EncryptedTextField, Privacy
from core.models import Organisation
from core.rules import Invalid
from core.scope import ScopedModel, ScopedQuerySet
from members.rules import credit_codes


class Ownership(models.TextChoices):
    """单位性质. The codes of the unions' yearly statistical return."""

    STATE = "110", "国有"
    COLLECTIVE = "120", "集体"
    SHARE_COOPERATIVE = "130", "股份合作"
    JOINT = "140", "联营"
    STATE_SOLE = "151", "国有独资公司"
    LIMITED = "159", "其他有限责任公司"
    STATE_CONTROLLED = "161", "国有控股股份有限公司"
    JOINT_STOCK = "169", "其他股份有限公司"
    PRIVATE = "170", "私营"
    OTHER_DOMESTIC = "190", "其他内资"
    HONG_KONG_MACAO_TAIWAN = "200", "港澳台商投资"
    FOREIGN = "300", "外商投资"
    INSTITUTION = "400", "事业单位"
    ORGAN = "500", "机关"
    SOLE_TRADER = "600", "个体工商户"
    PRIVATE_NON_ENTERPRISE = "700", "民办非企业单位"


class Industry(models.TextChoices):
    """国民经济行业. The twenty sections of GB/T 4754-2017."""

    A = "A", "农、林、牧、渔业"
    B = "B", "采矿业"
    C = "C", "制造业"
    D = "D", "电力、热力、燃气及水生产和供应业"
    E = "E", "建筑业"
    F = "F", "批发和零售业"
    G = "G", "交通运输、仓储和邮政业"
    H = "H", "住宿和餐饮业"
    I = "I", "信息传输、软件和信息技术服务业"  # noqa: E741 - the section's own letter
    J = "J", "金融业"
    K = "K", "房地产业"
    L = "L", "租赁和商务服务业"
    M = "M", "科学研究和技术服务业"
    N = "N", "水利、环境和公共设施管理业"
    O = "O", "居民服务、修理和其他服务业"  # noqa: E741 - the section's own letter
    P = "P", "教育"
    Q = "Q", "卫生和社会工作"
    R = "R", "文化、体育和娱乐业"
    S = "S", "公共管理、社会保障和社会组织"
    T = "T", "国际组织"


def _covering(on: datetime.date) -> models.QuerySet:
    """The coverage in force on that day, of the employer of the outer query."""
    return Coverage.objects.in_force(on).filter(employer=OuterRef("pk")).order_by("pk")


class EmployerQuerySet(ScopedQuerySet):
    def covered(self, on: datetime.date) -> Self:
        """With a union on that day."""
        return self.filter(Exists(_covering(on)))

    def uncovered(self, on: datetime.date) -> Self:
        return self.filter(~Exists(_covering(on)))

    def with_union(self, on: datetime.date) -> Self:
        """Each with `union`, the name of the union that covers it on that day, or None."""
        return self.annotate(union=Subquery(_covering(on).values("organisation__name")[:1]))


class Employer(ScopedModel):
    """用人单位。One employer, known by its unified social credit code (GB 32100-2015).

    `organisation` is the union body whose territory or trade it belongs to; whether it has a union
    is said by `Coverage`. Head counts are persons (人), as last reported by the employer.
    """

    class Size(models.TextChoices):
        LARGE = "large", "大型"
        MEDIUM = "medium", "中型"
        SMALL = "small", "小型"
        MICRO = "micro", "微型"

    privacy = Privacy(
        purpose="掌握建会对象与经费缴纳单位",
        retention="单位注销后十年",
        masked={"contact": masking.name},
    )

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, verbose_name="主管工会", related_name="employers"
    )
    name = models.CharField("单位名称", max_length=120, db_index=True)
    credit_code = models.CharField(
        "统一社会信用代码",
        max_length=18,
        unique=True,
        error_messages={"unique": "该统一社会信用代码已登记。"},
    )
    ownership = models.CharField("单位性质", max_length=3, choices=Ownership.choices)
    industry = models.CharField("所属行业", max_length=1, choices=Industry.choices)
    size = models.CharField("规模", max_length=6, choices=Size.choices, blank=True)
    region_code = models.CharField("所在区划代码", max_length=12, blank=True)
    address = models.CharField("地址", max_length=200, blank=True)
    employees = models.PositiveIntegerField("职工人数", null=True, blank=True)
    is_above_scale = models.BooleanField("规模以上", default=False)
    is_platform = models.BooleanField("平台企业", default=False)
    has_party_group = models.BooleanField("建有党组织", default=False)
    contact = models.CharField("联系人", max_length=50, blank=True)
    phone = EncryptedTextField("联系电话", mask=masking.phone)
    opened_on = models.DateField("成立日期", null=True, blank=True)
    closed_on = models.DateField("注销日期", null=True, blank=True)

    objects = EmployerQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "用人单位"
        ordering = ["id"]
        permissions = [("reveal_employer", "查看用人单位联系电话原文")]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """The credit code in its one form, its check character right."""
        try:
            self.credit_code = credit_codes.credit_code(self.credit_code, of="employer").value
        except Invalid as error:
            raise ValidationError({"credit_code": error.message}) from error


class CoverageQuerySet(ScopedQuerySet):
    def in_force(self, on: datetime.date) -> Self:
        return self.filter(Q(until__isnull=True) | Q(until__gt=on), since__lte=on)

    def unionised(self) -> Self:
        """The coverage by which an employer got a union where it had none: the founding.

        A change from a joint union to one of its own the same day or later is no founding.
        """
        earlier = Coverage.objects.filter(
            Q(since__lt=OuterRef("since")) | Q(since=OuterRef("since"), pk__lt=OuterRef("pk")),
            employer=OuterRef("employer"),
        )
        return self.filter(~Exists(earlier))


class Coverage(ScopedModel):
    """建会覆盖。A union covers an employer from `since` up to, not on, `until`.

    A joint union (联合基层工会) covers several employers; an employer has one union at a time.
    """

    privacy = NO_PERSONAL_DATA

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, verbose_name="工会", related_name="coverages"
    )
    employer = models.ForeignKey(
        Employer, models.PROTECT, verbose_name="用人单位", related_name="coverages"
    )
    since = models.DateField("起始日")
    until = models.DateField("终止日", null=True, blank=True)

    objects = CoverageQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "建会覆盖"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["employer"],
                condition=Q(until__isnull=True),
                name="coverage_open_once",
                violation_error_message="该单位已由另一工会覆盖，请先终止原覆盖关系。",
            ),
            models.CheckConstraint(
                name="coverage_forward",
                condition=Q(until__isnull=True) | Q(until__gt=F("since")),
                violation_error_message="终止日应晚于起始日。",
            ),
        ]
        indexes = [models.Index(fields=["employer", "since"], name="coverage_employer")]

    def __str__(self) -> str:
        return f"{self.organisation} · {self.employer}"
