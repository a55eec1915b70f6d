"""Rows that go through a procedure, and who decided what on them."""

from collections.abc import Iterable
from typing import Self

from django.db import models
from django.utils import timezone

from core import masking
from core.fields import PERSON, BlindIndexField, EncryptedTextField, Privacy
from core.models.accounts import User, clean_resident_number
from core.models.organisations import Organisation
from core.scope import ScopedModel, ScopedQuerySet


class Proceeding(ScopedModel):
    """Base of every row that goes through a workflow (`core.workflow`).

    `state` is written by transitions only. `round` counts the passes through the procedure: duties
    are kept apart within one (a file that is checked again every year may see other people in
    other duties). `due_on` is the last day on which the row should wait in this state.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name="所属工会")
    state = models.CharField("状态", max_length=24, editable=False)
    state_since = models.DateTimeField("状态起始", default=timezone.now, editable=False)
    due_on = models.DateField("办理期限", null=True, blank=True, editable=False)
    round = models.PositiveSmallIntegerField("轮次", default=1, editable=False)

    class Meta:
        abstract = True

    def concerned(self) -> Iterable[bytes]:
        """Identities (`core.workflow.identity`) of the persons about whom it is decided: none of
        them, and nobody who declared one of them as kin, may take part."""
        raise NotImplementedError

    def bound(self) -> str:
        """What a decision binds, as text of one meaning: if it changes, what was decided on it
        no longer holds. "" where nothing is bound. What writes it locks the row first."""
        return ""


class DecisionQuerySet(ScopedQuerySet):
    def on(self, record: models.Model) -> Self:
        return self.filter(object_type=record._meta.label, object_id=record.pk)


class Decision(ScopedModel):
    """办理意见。One step that one person took on one row: what, with which words, on what basis.

    Appended by `core.workflow`; the database refuses change and removal. `person` is the identity
    of who acted, so that two accounts of one person count as one; `by` is empty where the system
    acted.
    """

    privacy = Privacy(
        purpose="业务办理留痕与岗位分离",
        retention="与所办业务的档案相同",
        masked={"comment": masking.text},
    )

    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name="所属工会")
    object_type = models.CharField("对象类型", max_length=80)
    object_id = models.PositiveBigIntegerField("对象编号")
    transition = models.CharField("环节", max_length=40)
    label = models.CharField("办理", max_length=40)
    source = models.CharField("原状态", max_length=24, blank=True)
    target = models.CharField("新状态", max_length=24, blank=True)
    duty = models.CharField("岗位", max_length=24, blank=True)
    round = models.PositiveSmallIntegerField("轮次", default=1)
    by = models.ForeignKey(User, models.PROTECT, verbose_name="办理人", null=True)
    person = models.BinaryField("办理人身份索引", null=True, editable=False)
    comment = models.TextField("意见", blank=True)
    digest = models.CharField("所依据内容的摘要", max_length=64, blank=True)
    at = models.DateTimeField("时间", default=timezone.now)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "办理意见"
        ordering = ["id"]
        indexes = [models.Index(fields=["object_type", "object_id", "id"], name="decision_object")]

    def __str__(self) -> str:
        return self.label


class DeclaredKinQuerySet(ScopedQuerySet):
    def in_force(self) -> Self:
        return self.filter(ended_on=None)


class DeclaredKin(ScopedModel):
    """亲属申报。A relative whom the holder of an account declared: he takes no part in what is
    decided about them (回避).

    The holder alone declares and ends; an ended declaration stays to be looked at.
    """

    class Relation(models.TextChoices):
        """公务员法第七十四条 names those between whom there is 回避."""

        SPOUSE = "spouse", "夫妻"
        LINEAL = "lineal", "直系血亲"
        COLLATERAL = "collateral", "三代以内旁系血亲"
        AFFINITY = "affinity", "近姻亲"

    scope_by = "user__organisation"
    privacy = Privacy(purpose="办理回避", retention="账号停用后三年", masked={"name": masking.name})

    user = models.ForeignKey(User, models.PROTECT, verbose_name="账号", related_name="kin")
    name = models.CharField("亲属姓名", max_length=50)
    relation = models.CharField("关系", max_length=20, choices=Relation.choices)
    certificate_number = EncryptedTextField(
        "亲属身份证号", mask=masking.number, null=False, blank=False
    )
    certificate_index = BlindIndexField(of="certificate_number", use=PERSON)
    since = models.DateField("申报日期", default=timezone.localdate, editable=False)
    ended_on = models.DateField("终止日期", null=True, editable=False)

    objects = DeclaredKinQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "亲属申报"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "certificate_index"],
                condition=models.Q(ended_on=None),
                name="declaredkin_once",
                violation_error_message="该亲属已经申报。",
            )
        ]

    def __str__(self) -> str:
        """Masked: those who watch over accounts read it above the record."""
        return f"{masking.name(self.name)}（{self.get_relation_display()}）"

    def clean(self) -> None:
        clean_resident_number(self)

    def certificate_number_key(self) -> str:
        return f"resident:{self.certificate_number.clear()}"
