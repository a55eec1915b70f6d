"""Files that are kept, and notices to a user."""

import uuid

from django.db import models
from django.utils import timezone

from core.fields import NO_PERSONAL_DATA, Privacy
from core.models.accounts import User
from core.models.organisations import Organisation
from core.scope import ScopedModel


def stored_name(instance: "StoredFile", filename: str) -> str:
    """Our own name on disk; nothing of the user's reaches the path."""
    return f"{timezone.localdate():%Y/%m}/{instance.token.hex}"


class StoredFile(ScopedModel):
    """一个受控文件。An upload or a product; it leaves only through a view that checks scope.

    `permission` is what a user needs on the organisation to download it.
    """

    privacy = Privacy(purpose="业务表格、报告与佐证材料的留存", retention="按业务类别，见字段说明")

    token = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, verbose_name="所属工会")
    permission = models.CharField("下载权限", max_length=100)
    name = models.CharField("文件名", max_length=200)
    media_type = models.CharField("类型", max_length=100)
    size = models.PositiveBigIntegerField("大小（字节）")
    sha256 = models.CharField("摘要", max_length=64)
    content = models.FileField("内容", upload_to=stored_name, max_length=120)
    created_by = models.ForeignKey(User, models.PROTECT, verbose_name="上传人", null=True)
    created_at = models.DateTimeField("时间", default=timezone.now)
    expires_at = models.DateTimeField("保留至", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "文件"
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name


class Notice(models.Model):
    """一条通知。Told to one user: what happened and the page of the next step."""

    privacy = NO_PERSONAL_DATA

    user = models.ForeignKey(User, models.CASCADE, verbose_name="接收人", related_name="notices")
    text = models.CharField("内容", max_length=300)
    url = models.CharField("链接", max_length=300, blank=True)
    created_at = models.DateTimeField("时间", default=timezone.now)
    read_at = models.DateTimeField("阅读时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "通知"
        ordering = ["-id"]
        indexes = [models.Index(fields=["user", "-id"], name="notice_user")]

    def __str__(self) -> str:
        return self.text
