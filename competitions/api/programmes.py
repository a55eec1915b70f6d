"""Competitions for programs: those that a federation holds, and those that a union may take part
in."""

from django.db import models
from rest_framework import serializers

from competitions.models import Competition, Event, Stage
from competitions.services import entries
from core.api.proceedings import ProceedingDetail, ProceedingRows, ProceedingSerializer
from core.api.routes import router
from core.api.serializers import RowSerializer
from core.api.views import Rows


class StageTold(serializers.ModelSerializer):
    """A round of an event, and how it is judged."""

    class Meta:
        model = Stage
        fields = ["id", "kind", "held_on", "place", "min_judges", "drops_extremes", "normalises"]


class EventTold(serializers.ModelSerializer):
    """A trade, and who may enter it."""

    class Meta:
        model = Event
        fields = [
            *["id", "name", "standard", "skill_grade", "team_size", "unit_limit"],
            *["min_age", "max_age", "min_years", "excludes_champions"],
        ]


class EventDetail(EventTold):
    stages = StageTold(many=True, read_only=True, label="赛段")

    class Meta(EventTold.Meta):
        fields = [*EventTold.Meta.fields, "stages"]


class CompetitionSerializer(ProceedingSerializer):
    year = serializers.IntegerField(source="programme.year", read_only=True, label="年度")
    programme_name = serializers.CharField(
        source="programme.name", read_only=True, label="年度竞赛计划"
    )

    class Meta:
        model = Competition
        fields = [
            *ProceedingSerializer.STANDS,
            *["year", "programme_name", "name", "level", "form", "host", "organiser"],
            *["co_organiser", "is_key_project", "starts_on", "ends_on", "enter_until"],
            *["budget", "document_number"],
        ]


class CompetitionDetail(ProceedingDetail, CompetitionSerializer):
    events = EventDetail(many=True, read_only=True, label="赛项")

    class Meta(CompetitionSerializer.Meta):
        fields = [*CompetitionSerializer.Meta.fields, "events", *ProceedingDetail.MORE]


class Competitions(ProceedingRows):
    serializer_class = CompetitionSerializer
    detail_serializer_class = CompetitionDetail
    filters = {
        **{name: ["exact"] for name in ("state", "level", "form")},
        "starts_on": ["gte", "lte"],
    }
    related = ("organisation", "programme")

    def rows(self) -> models.QuerySet:
        rows = super().rows()
        return rows.prefetch_related("events__stages") if self.action == "retrieve" else rows


class OfferSerializer(RowSerializer):
    organisation_name = serializers.CharField(
        source="organisation.name", read_only=True, label="举办工会名称"
    )
    events = EventTold(many=True, read_only=True, label="赛项")

    class Meta:
        model = Competition
        fields = [
            *["id", "organisation_name", "state", "name", "level", "form", "host"],
            *["starts_on", "ends_on", "enter_until", "events"],
        ]


class Offers(Rows):
    """What the unions of the user may enter for or report heads of today, whoever holds it."""

    serializer_class = OfferSerializer
    permission = "competitions.add_entry"
    filters = {name: ["exact"] for name in ("state", "level", "form")}

    def get_queryset(self) -> models.QuerySet:
        if getattr(self, "swagger_fake_view", False):
            return super().get_queryset()
        return self.rows().filter(pk__in=entries.offers(self.request.user).values("pk"))

    def rows(self) -> models.QuerySet:
        return super().rows().prefetch_related("events")


router.register("competitions/competitions", Competitions, basename="competitions_competition")
router.register("competitions/offers", Offers, basename="competitions_offer")
