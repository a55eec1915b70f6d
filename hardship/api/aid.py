"""What is given."""

from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.errors import wrong
from core.api.limits import LARGEST_PAGE
from core.api.routes import router
from core.api.serializers import Input, RowSerializer, VisibleKeyField
from core.api.views import Rows, tells
from core.services.records import require
from funds.models import Pool
from hardship.models import Grant
from hardship.services import aid


class GrantSerializer(RowSerializer):
    organisation_name = serializers.CharField(
        source="organisation.name", read_only=True, label="工会名称"
    )

    class Meta:
        model = Grant
        fields = [
            *["id", "organisation_name", "case", "beneficiary", "kind", "source", "cause"],
            *["amount", "period_first", "period_last", "tier", "level"],
            *["granted_on", "approved_on", "paid_on", "withdrawn_on"],
        ]


class ReasonInput(Input):
    reason = serializers.CharField(min_length=4, max_length=200, label="事由")


class ApproveInput(Input):
    grants = serializers.ListField(
        child=serializers.IntegerField(),
        allow_empty=False,
        max_length=LARGEST_PAGE,
        label="帮扶金编号",
    )
    pool = VisibleKeyField(queryset=Pool._default_manager.all(), label="资金池")


class Grants(Rows):
    serializer_class = GrantSerializer
    filters = {
        **{name: ["exact"] for name in ("case", "kind", "source", "cause")},
        "granted_on": ["gte", "lte"],
    }

    def create(self, request: Request) -> Response:
        row = self.entered(GrantSerializer).row()
        return self.made(aid.grant(row, by=request.user))

    @tells("批准发放", request=ApproveInput, responses=GrantSerializer(many=True))
    @action(detail=False, methods=["post"], pagination_class=None)
    def approve(self, request: Request) -> Response:
        """All of them or none: see `aid.approve`."""
        require(request.user, "hardship.approve_grant")
        sent = self.entered(ApproveInput).validated_data
        rows = self.get_queryset().filter(pk__in=sent["grants"])
        if len(rows) < len(set(sent["grants"])):
            raise wrong("does_not_exist", "", "grants")
        aid.approve(rows, pool=sent["pool"], by=request.user)
        return Response(self.get_serializer(rows.all(), many=True).data)

    @tells("撤回帮扶金", request=ReasonInput, responses=GrantSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: int) -> Response:
        row = self.get_object()
        require(request.user, "hardship.change_grant", row)
        reason = self.entered(ReasonInput).validated_data["reason"]
        return self.told(aid.withdraw(row, reason=reason, by=request.user))


router.register("hardship/grants", Grants, basename="hardship_grant")
