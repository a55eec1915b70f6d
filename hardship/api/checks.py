"""Comparison with other authorities: what they are asked, answer, and what follows."""

from django.db import models
from django.db.models import Prefetch
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.errors import wrong
from core.api.limits import LARGEST_PAGE
from core.api.routes import router
from core.api.serializers import Input, RowSerializer
from core.api.views import Rows, tells
from core.services.records import require
from hardship.models import DataCheck, FamilyMember
from hardship.services import checks


class CheckSerializer(RowSerializer):
    organisation = serializers.IntegerField(
        source="case.organisation_id", read_only=True, label="工会"
    )

    class Meta:
        model = DataCheck
        fields = [
            *["id", "case", "organisation", "round", "source", "requested_on", "answered_on"],
            *["is_hit", "finding", "verdict", "note"],
        ]


class AnswerInput(Input):
    is_hit = serializers.BooleanField(label="查有记录")
    finding = serializers.CharField(label="答复内容", max_length=200)


class JudgeInput(Input):
    verdict = serializers.ChoiceField(DataCheck.Verdict.choices, label="结论")
    note = serializers.CharField(label="结论说明", max_length=200, required=False, allow_blank=True)


class DisclosureInput(Input):
    checks = serializers.ListField(
        child=serializers.IntegerField(),
        allow_empty=False,
        max_length=LARGEST_PAGE,
        label="比对请求编号",
    )
    purpose = serializers.CharField(min_length=4, max_length=200, label="用途")


class PersonAsked(serializers.Serializer):
    """A person in clear, for the authority that is asked about him."""

    name = serializers.CharField(label="姓名")
    certificate_type = serializers.CharField(label="证件类型")
    certificate_number = serializers.SerializerMethodField(label="证件号码")

    def get_certificate_number(self, member: FamilyMember) -> str:
        return member.certificate_number.clear()


class Disclosed(serializers.Serializer):
    """Whom one request is about."""

    check = serializers.IntegerField(label="比对请求编号")
    persons = PersonAsked(many=True, label="人员")


class DataChecks(Rows):
    """What authorities were asked. The program of one sees what is asked of it and still open."""

    serializer_class = CheckSerializer
    filters = {"case": ["exact"], "source": ["exact"], "verdict": ["exact"]}
    related = ("case__organisation",)

    def get_queryset(self) -> models.QuerySet:
        rows = super().get_queryset()
        if not self.request.user.has_perm("hardship.change_datacheck"):
            return rows
        party = self.request.auth.party if self.request.auth else ""
        return rows.asked().filter(source=party, verdict="")

    @tells("登记比对答复", request=AnswerInput, responses=CheckSerializer)
    @action(detail=True, methods=["post"])
    def answer(self, request: Request, pk: int) -> Response:
        check, user = self.get_object(), request.user
        if not user.has_perm("hardship.change_datacheck", check):
            require(user, "hardship.compare_case", check)
        sent = self.entered(AnswerInput).validated_data
        return self.told(checks.answer_data(check, **sent, by=user))

    @tells("作出比对结论", request=JudgeInput, responses=CheckSerializer)
    @action(detail=True, methods=["post"])
    def judge(self, request: Request, pk: int) -> Response:
        check = self.get_object()
        require(request.user, "hardship.compare_case", check)
        sent = self.entered(JudgeInput).validated_data
        return self.told(checks.judge_data(check, **sent, by=request.user))

    @tells(
        "取得比对名单（明文，记入审计）",
        request=DisclosureInput,
        responses=Disclosed(many=True),
    )
    @action(detail=False, methods=["post"], pagination_class=None)
    def disclosure(self, request: Request) -> Response:
        require(request.user, "hardship.change_datacheck")
        sent = self.entered(DisclosureInput).validated_data
        members = Prefetch("case__members", FamilyMember._default_manager.order_by("pk"))
        rows = self.get_queryset().filter(pk__in=sent["checks"]).prefetch_related(members)
        if len(rows) < len(set(sent["checks"])):
            raise wrong("does_not_exist", "", "checks")
        found = checks.disclose(rows, purpose=sent["purpose"], by=request.user)
        told = [{"check": check.pk, "persons": persons} for check, persons in found]
        return Response(Disclosed(told, many=True).data)

    @property
    def keeps_answers(self) -> bool:
        """Names and numbers are not kept a second time."""
        return self.action != "disclosure"


router.register("hardship/data-checks", DataChecks, basename="hardship_datacheck")
