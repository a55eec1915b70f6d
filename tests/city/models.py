"""Rows that the tests of the figures count: nothing of the trade, every kind of column."""

from django.db import models

from core.fields import NO_PERSONAL_DATA, EncryptedTextField
from core.models import Organisation
from core.scope import ScopedModel


class Tag(models.Model):
    """标签。What a person may carry several of."""

    privacy = NO_PERSONAL_DATA

    name = models.CharField(max_length=20)

    def __str__(self) -> str:
        return self.name


class Human(models.Model):
    """一个人。Counted once however many spells there are."""

    privacy = NO_PERSONAL_DATA

    sex = models.CharField(max_length=1, choices=[("F", "女"), ("M", "男")], blank=True)
    tags = models.ManyToManyField(Tag)

    def __str__(self) -> str:
        return f"{self.pk}"


class Spell(ScopedModel):
    """一段关系。A human with an organisation from one day up to, not on, another; with payments."""

    privacy = NO_PERSONAL_DATA

    class Group(models.TextChoices):
        COURIER = "courier", "快递员"
        DRIVER = "driver", "司机"
        OTHER = "other", "其他"

    organisation = models.ForeignKey(Organisation, models.PROTECT)
    human = models.ForeignKey(Human, models.PROTECT)
    group = models.CharField(max_length=10, choices=Group.choices, blank=True)
    is_new = models.BooleanField(default=False)
    age = models.IntegerField(null=True)
    amount = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    number = EncryptedTextField()
    headcount = models.PositiveIntegerField(default=0)
    since = models.DateField()
    until = models.DateField(null=True)

    def __str__(self) -> str:
        return f"{self.pk}"
