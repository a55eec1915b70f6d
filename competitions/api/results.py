"""Places for programs: of the entries of unions in scope, since they were announced."""

from rest_framework import serializers

from competitions.models import Result
from core.api.routes import router
from core.api.serializers import RowSerializer
from core.api.views import Rows


class ResultSerializer(RowSerializer):
    organisation_name = serializers.CharField(
        source="organisation.name", read_only=True, label="参赛工会名称"
    )
    competition = serializers.IntegerField(
        source="event.competition_id", read_only=True, label="竞赛编号"
    )
    competition_name = serializers.CharField(
        source="event.competition.name", read_only=True, label="竞赛"
    )
    event_name = serializers.CharField(source="event.name", read_only=True, label="赛项")
    contestant = serializers.CharField(
        source="entry.shown_name", read_only=True, label="选手（队）"
    )

    class Meta:
        model = Result
        fields = [
            *["id", "organisation_name", "competition", "competition_name", "event_name"],
            *["entry", "contestant", "rank", "raw_rank", "adjusted_rank"],
            *["raw_points", "adjusted_points", "struck_on", "prize", "awarded_on"],
        ]


class Results(Rows):
    serializer_class = ResultSerializer
    filters = {"event": ["exact"], "entry": ["exact"], "awarded_on": ["gte", "lte"]}
    related = ("organisation", "event__competition", "entry__event")


router.register("competitions/results", Results, basename="competitions_result")
