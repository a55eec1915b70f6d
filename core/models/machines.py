"""Programs that come through the interface: their keys, and the answers that they were given."""

from typing import Self

from django.db import models
from django.utils import timezone

from core.fields import NO_PERSONAL_DATA, EncryptedTextField, Privacy
from core.models.accounts import User
from core.scope import ScopedModel, ScopedQuerySet


class MachineKeyQuerySet(ScopedQuerySet):
    def in_force(self) -> Self:
        """Not revoked, not expired, of an account that is open and no natural person's."""
        return self.filter(
            revoked_on=None,
            expires_on__gte=timezone.localdate(),
            user__is_active=True,
            user__certificate_index=None,
        )


class MachineKey(ScopedModel):
    """接口密钥。By what a program proves to be an account, which has roles like any other.

    The secret is shown once and kept as a keyed hash. `party` is the code of the partner for whom
    the key speaks, where an app keeps partners apart (`core.services.machines.PARTIES`).
    """

    scope_by = "user__organisation"
    privacy = NO_PERSONAL_DATA

    user = models.ForeignKey(User, models.PROTECT, verbose_name="接口账号", related_name="keys")
    label = models.CharField("用途", max_length=60)
    party = models.CharField("对接部门", max_length=40, blank=True)
    prefix = models.CharField("密钥开头", max_length=12, unique=True, editable=False)
    digest = models.BinaryField("密钥摘要", editable=False)
    created_at = models.DateTimeField("发放时间", default=timezone.now, editable=False)
    expires_on = models.DateField("有效期至")
    revoked_on = models.DateField("吊销日期", null=True, editable=False)
    last_used_on = models.DateField("最近使用", null=True, editable=False)

    objects = MachineKeyQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "接口密钥"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.label}（{self.prefix}…）"


class KeptAnswer(models.Model):
    """接口答复留存。What a write of the interface was answered, under the key its sender chose.

    Sent again, the same request gets the same answer and nothing is done twice. `digest` is of the
    request. Written in the transaction of the act.
    """

    privacy = Privacy(purpose="防止接口重复提交", retention="业务档案规定的年限")

    user = models.ForeignKey(User, models.PROTECT, verbose_name="账号", related_name="+")
    key = models.CharField("幂等键", max_length=100)
    digest = models.CharField("请求摘要", max_length=64)
    status = models.PositiveSmallIntegerField("答复状态", null=True)
    body = EncryptedTextField("答复内容")
    created_at = models.DateTimeField("时间", default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = "接口答复留存"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "key"],
                name="keptanswer_once",
                violation_error_message="该幂等键已经使用。",
            )
        ]

    def __str__(self) -> str:
        return self.key
