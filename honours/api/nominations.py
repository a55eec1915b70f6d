"""Candidates for programs: who is proposed, what was heard, and the steps on the way."""

from rest_framework import serializers

from core import masking
from core.api.proceedings import ProceedingDetail, ProceedingRows, ProceedingSerializer
from core.api.routes import router
from honours.models import Nomination, Opinion


class NominationSerializer(ProceedingSerializer):
    title = serializers.CharField(source="selection.title.name", read_only=True, label="荣誉称号")
    year = serializers.IntegerField(source="selection.year", read_only=True, label="年度")
    candidate = serializers.SerializerMethodField(label="人选")
    category_label = serializers.CharField(
        source="get_category_display", read_only=True, label="类别名称"
    )

    class Meta:
        model = Nomination
        fields = [
            *ProceedingSerializer.STANDS,
            *["selection", "title", "year", "candidate", "unit_name", "position"],
            *["category", "category_label", "flags", "reserve_order"],
        ]
        read_only_fields = fields

    def get_candidate(self, row: Nomination) -> str:
        return masking.name(row.name) if row.person_id else row.name


class OpinionTold(serializers.ModelSerializer):
    """What a department said; from `valid_until` on it holds no longer."""

    department_label = serializers.CharField(source="get_department_display", label="部门名称")

    class Meta:
        model = Opinion
        fields = ["department", "department_label", "verdict", "given_on", "valid_until"]


class NominationDetail(ProceedingDetail, NominationSerializer):
    opinions = OpinionTold(many=True, read_only=True, label="部门意见")

    class Meta(NominationSerializer.Meta):
        fields = [
            *NominationSerializer.Meta.fields,
            *["summary", "deeds", "rewards", "opinions"],
            *ProceedingDetail.MORE,
        ]
        read_only_fields = fields


class Nominations(ProceedingRows):
    serializer_class = NominationSerializer
    detail_serializer_class = NominationDetail
    filters = {"state": ["exact"], "selection": ["exact"]}
    related = ("organisation", "selection__title", "person")


router.register("honours/nominations", Nominations, basename="honours_nomination")
