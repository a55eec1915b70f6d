"""Money that was raised, received, passed on and spent, beside the dues that are collected."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone

from core import masking
from core.fields import Privacy
from core.models import Organisation
from core.scope import ScopedModel
from funds.models.pools import FundSource, money
from members.models import Person


class FundEntry(ScopedModel):
    """资金收支。One amount that an organisation raised, received, passed on or spent on a day.

    Raising is from society and budgets, receiving and passing on are between unions, so a figure
    counts one direction only. `union` is the union at the other end where that is in the tree:
    what comes from outside has none. `person` is who got it, so that persons are counted once.
    Below zero money went back. `serial` tells entries apart that are alike in all else.
    """

    class Direction(models.TextChoices):
        RAISE = "raise", "筹集"
        RECEIVE = "receive", "收到"
        ALLOCATE = "allocate", "下拨"
        SPEND = "spend", "支出"

    class Campaign(models.TextChoices):
        WARMTH = "warmth", "送温暖"
        COOL = "cool", "送清凉"
        STUDY = "study", "金秋助学"
        EPIDEMIC = "epidemic", "疫情防控"
        STAY_LOCAL = "stay_local", "就地过年、稳岗留工"
        RELIEF = "relief", "困难帮扶"

    class Purpose(models.TextChoices):
        STUDY_JOB_AID = "study_job_aid", "助学就业帮扶"
        CHAIR_ALLOWANCE = "chair_allowance", "非公企业工会主席津贴"
        MODEL_CHECKUP = "model_checkup", "劳模体检"
        SPECIAL_SUBSIDY = "special_subsidy", "专项补助"
        CONDOLENCE = "condolence", "慰问"
        SUPPLIES = "supplies", "物资采购"
        OTHER = "other", "其他"

    KEY = (
        "organisation", "direction", "campaign", "purpose", "source", "amount", "entry_on",
        "counterparty", "document_number", "serial",
    )  # fmt: skip

    privacy = Privacy(
        purpose="工会资金收支登记（会计法会计档案要求）",
        retention="会计凭证保管期三十年",
        masked={"counterparty": masking.name},
    )

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, verbose_name="所属工会", related_name="fund_entries"
    )
    direction = models.CharField("收支方向", max_length=8, choices=Direction.choices)
    campaign = models.CharField("活动", max_length=12, choices=Campaign.choices, blank=True)
    purpose = models.CharField("用途", max_length=16, choices=Purpose.choices)
    source = models.CharField("资金来源", max_length=12, choices=FundSource.choices)
    amount = money("金额", help_text="资金退回的填负数")
    entry_on = models.DateField("日期")
    counterparty = models.CharField("对方名称", max_length=120, help_text="付款或收款的单位、个人")
    is_person = models.BooleanField("对方是个人", default=False)
    person = models.ForeignKey(
        Person, models.PROTECT, verbose_name="对方会员", null=True, blank=True, related_name="+"
    )
    union = models.ForeignKey(
        Organisation,
        models.PROTECT,
        verbose_name="往来工会",
        null=True,
        blank=True,
        related_name="+",
        help_text="资金从哪个工会收到、下拨或发放到哪个工会",
    )
    document_number = models.CharField("文号", max_length=60, blank=True)
    serial = models.CharField(
        "序号", max_length=20, blank=True, help_text="其他各项都相同的几笔，用序号区分"
    )
    project = models.CharField("项目", max_length=60, blank=True)
    note = models.CharField("备注", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "资金收支"
        ordering = ["-id"]
        permissions = [("export_fundentry", "导出资金收支")]
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "organisation",
                    "direction",
                    "campaign",
                    "purpose",
                    "source",
                    "amount",
                    "entry_on",
                    "counterparty",
                    "document_number",
                    "serial",
                ],
                name="fundentry_once",
                violation_error_message="这笔收支已经登记；确为另一笔的，请填写不同的序号。",
            ),
            models.CheckConstraint(
                name="fundentry_not_nothing",
                condition=~Q(amount=0),
                violation_error_message="金额不能为 0。",
            ),
            models.CheckConstraint(
                name="fundentry_member_is_person",
                condition=Q(person__isnull=True) | Q(is_person=True),
                violation_error_message="对方会员是个人，请勾选“对方是个人”。",
            ),
        ]
        indexes = [models.Index(fields=["entry_on", "organisation"], name="fundentry_on")]

    def __str__(self) -> str:
        return f"{self.entry_on} {self.get_direction_display()} {self.amount:,}元"

    @property
    def whom(self) -> str:
        """Who is at the other end; a person masked."""
        return masking.name(self.counterparty) if self.is_person else self.counterparty

    def clean(self) -> None:
        if self.entry_on and self.entry_on > timezone.localdate():
            raise ValidationError({"entry_on": "日期不能晚于今天，请核对。"})
        if self.union_id and self.union_id == self.organisation_id:
            raise ValidationError({"union": "往来工会不能是本工会，请核对。"})
