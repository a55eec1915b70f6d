"""Files on their road."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core import workflow
from core.api.errors import wrong
from core.api.limits import LARGEST_PAGE
from core.api.proceedings import ProceedingDetail, ProceedingRows, ProceedingSerializer
from core.api.routes import router
from core.api.serializers import Input, RowSerializer
from core.api.views import tells
from core.services.records import require
from hardship import dossier, rules
from hardship.api.parts import MemberSerializer
from hardship.models import Case, DataCheck, FamilyMember, Review
from hardship.models.households import Cause
from hardship.services import checks, files, outcomes
from hardship.workflows import veto_answers


class ApplicantSerializer(MemberSerializer):
    class Meta(MemberSerializer.Meta):
        fields = [
            name for name in MemberSerializer.Meta.fields if name not in {"id", "case", "relation"}
        ]


class CaseSerializer(ProceedingSerializer):
    further_causes = serializers.ListField(
        child=serializers.ChoiceField(Cause.choices), required=False, label="次要致困原因"
    )

    class Meta:
        model = Case
        fields = [
            *ProceedingSerializer.STANDS,
            *["applicant_name", "applied_on", "authorised_on"],
            *["level", "tier", "main_cause", "further_causes", "cause_text"],
            *["event", "event_on", "event_harmed", "still_in_need"],
            *["is_migrant_worker", "is_settled", "employed_since"],
            *["declared_persons", "declared_income", "housing", "housing_area"],
            *["address", "phone", "account_holder", "bank", "account"],
            *["filed_on", "recheck_due", "watch_until"],
        ]
        read_only_fields = ["level"]  # which the decision sets
        once = ["organisation"]


class Line(serializers.Serializer):
    """A line of the calculation."""

    item = serializers.CharField(label="项目", source="label")
    formula = serializers.CharField(label="算法")
    result = serializers.CharField(label="结果", source="value")
    document = serializers.CharField(label="文号")


class Reckoned(serializers.Serializer):
    """What the rules say of a file, or what is missing to reckon it."""

    tier = serializers.CharField(label="困难类别")
    missing = serializers.CharField(label="尚缺的内容")
    lines = Line(many=True, label="测算过程")


class VetoTold(serializers.Serializer):
    """A circumstance that keeps off file, and its answer in this round."""

    rule = serializers.IntegerField(label="情形编号")
    label = serializers.CharField(label="情形")
    is_met = serializers.BooleanField(label="存在此情形", allow_null=True)
    is_excepted = serializers.BooleanField(label="已批准例外")


class CaseDetail(ProceedingDetail, CaseSerializer):
    assessment = serializers.SerializerMethodField(label="测算")
    vetoes = serializers.SerializerMethodField(label="一票否决核对")

    class Meta(CaseSerializer.Meta):
        fields = [*CaseSerializer.Meta.fields, "assessment", "vetoes", *ProceedingDetail.MORE]

    @extend_schema_field(Reckoned)
    def get_assessment(self, case: Case) -> Any:
        try:
            found = case.assessment
        except rules.Unassessable as missing:
            return Reckoned({"tier": "", "missing": str(missing), "lines": []}).data
        return Reckoned({"tier": found.tier, "missing": "", "lines": found.steps}).data

    @extend_schema_field(VetoTold(many=True))
    def get_vetoes(self, case: Case) -> Any:
        told = [
            {
                "rule": rule.pk,
                "label": rule.label,
                "is_met": answer.met,
                "is_excepted": answer.exception_approved,
            }
            for rule, answer in zip(case.veto_rules, veto_answers(case), strict=True)
        ]
        return VetoTold(told, many=True).data


class OpenCase(CaseSerializer):
    """A new file with its applicant."""

    applicant = ApplicantSerializer(label="申请人")

    class Meta(CaseSerializer.Meta):
        fields = [*CaseSerializer.Meta.fields, "applicant"]


class VetoesInput(Input):
    met = serializers.ListField(
        child=serializers.IntegerField(), label="存在的情形", max_length=LARGEST_PAGE
    )


class RequestInput(Input):
    sources = serializers.MultipleChoiceField(choices=DataCheck.Source.choices, label="比对部门")


class ReviewSerializer(RowSerializer):
    class Meta:
        model = Review
        fields = [
            *["outcome", "has_medical", "has_employment", "has_schooling", "has_housing"],
            *["has_insurance", "note"],
        ]


class Cases(ProceedingRows):
    serializer_class = CaseSerializer
    detail_serializer_class = CaseDetail
    filters = {
        **{name: ["exact"] for name in ("state", "tier", "level", "main_cause")},
        "applied_on": ["gte", "lte"],
        "recheck_due": ["lte"],
    }

    def get_object(self) -> Case:
        return dossier.read(super().get_object())

    def _stored(self) -> Case:
        """As a service takes it, which reads nothing from before it."""
        return super().get_object()

    @tells("新建档案", request=OpenCase, responses={201: CaseSerializer})
    def create(self, request: Request) -> Response:
        require(request.user, "hardship.add_case")
        entered = self.entered(OpenCase)
        applicant = FamilyMember()
        for name, value in entered.validated_data.pop("applicant").items():
            setattr(applicant, name, value)
        return self.made(files.open_draft(entered.row(), applicant, by=request.user))

    def partial_update(self, request: Request, pk: int) -> Response:
        case = self.entered(CaseSerializer, self._stored()).row()
        return self.told(workflow.amend(case, by=request.user))

    @tells("核对一票否决情形", request=VetoesInput, responses=VetoTold(many=True))
    @action(detail=True, methods=["post"], pagination_class=None)
    def vetoes(self, request: Request, pk: int) -> Response:
        case = self._stored()
        require(request.user, "hardship.change_case", case)
        against = self.entered(VetoesInput).validated_data["met"]
        met = [rule for rule in case.veto_rules if rule.pk in against]
        if len(met) < len(set(against)):
            raise wrong("invalid_choice", "", "met")
        checks.answer_vetoes(case, met, by=request.user)
        read = self.get_object()
        return Response(CaseDetail(read, context=self.get_serializer_context()).get_vetoes(read))

    @tells("登记复核情况", request=ReviewSerializer, responses=ReviewSerializer)
    @action(detail=True, methods=["post"])
    def review(self, request: Request, pk: int) -> Response:
        case = self._stored()
        require(request.user, "hardship.change_case", case)
        known = case.reviews.filter(round=case.round).first()
        review = self.entered(ReviewSerializer, known).row(case=case)
        return Response(ReviewSerializer(outcomes.propose(review, by=request.user)).data)

    @tells("请求信息比对", request=RequestInput, responses={204: None})
    @action(detail=True, methods=["post"], url_path="data-requests")
    def data_requests(self, request: Request, pk: int) -> Response:
        case = self._stored()
        require(request.user, "hardship.compare_case", case)
        sources = sorted(self.entered(RequestInput).validated_data["sources"])
        checks.request_data(case, sources, by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)


router.register("hardship/cases", Cases, basename="hardship_case")
