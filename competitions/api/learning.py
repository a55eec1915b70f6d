"""Training and the grades that came of it, for programs; what came in goes by sheet and screen."""

from django.db import models
from django.db.models import Count
from rest_framework import serializers

from competitions.models import SkillCertificate, Training
from core.api.routes import router
from core.api.serializers import RowSerializer
from core.api.views import Rows


class TrainingSerializer(RowSerializer):
    organisation_name = serializers.CharField(
        source="organisation.name", read_only=True, label="举办工会名称"
    )
    base_name = serializers.CharField(
        source="base.name", read_only=True, default="", label="培训基地"
    )
    named = serializers.IntegerField(read_only=True, label="按名参训（人）")

    class Meta:
        model = Training
        fields = [
            *["id", "organisation_name", "title", "kind", "trade", "held_on", "sessions"],
            *["named", "headcount", "base_name", "place"],
        ]


class Trainings(Rows):
    serializer_class = TrainingSerializer
    filters = {"kind": ["exact"], "held_on": ["gte", "lte"]}
    related = ("organisation", "base")

    def rows(self) -> models.QuerySet:
        return super().rows().annotate(named=Count("trainees"))


class SkillCertificateSerializer(RowSerializer):
    organisation_name = serializers.CharField(
        source="organisation.name", read_only=True, label="所属工会名称"
    )
    holder = serializers.CharField(source="person.masked_label", read_only=True, label="职工")

    class Meta:
        model = SkillCertificate
        fields = [
            *["id", "organisation_name", "holder", "trade", "grade", "number", "issuer"],
            *["issued_on", "training", "competition"],
        ]


class SkillCertificates(Rows):
    serializer_class = SkillCertificateSerializer
    filters = {"trade": ["exact"], "grade": ["exact"], "issued_on": ["gte", "lte"]}
    related = ("organisation", "person")


router.register("competitions/trainings", Trainings, basename="competitions_training")
router.register(
    "competitions/skill-certificates", SkillCertificates, basename="competitions_skillcertificate"
)
