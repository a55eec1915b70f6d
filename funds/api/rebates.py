"""Rebates for programs: who is given how much, why, and the steps on the way."""

from rest_framework import serializers

from core.api.proceedings import ProceedingDetail, ProceedingRows, ProceedingSerializer
from core.api.routes import router
from funds.models import Rebate


class RebateSerializer(ProceedingSerializer):
    employer_code = serializers.CharField(
        source="employer.credit_code", read_only=True, label="统一社会信用代码"
    )
    employer_name = serializers.CharField(source="employer.name", read_only=True, label="单位名称")
    document_number = serializers.CharField(
        source="scheme.document_number", read_only=True, label="文号"
    )

    class Meta:
        model = Rebate
        fields = [
            *ProceedingSerializer.STANDS,
            *["employer_code", "employer_name", "document_number", "period_first", "period_last"],
            *["base_amount", "amount", "is_claimed"],
        ]


class RebateDetail(ProceedingDetail, RebateSerializer):
    explained = serializers.ListField(
        child=serializers.CharField(), read_only=True, label="计算依据"
    )

    class Meta(RebateSerializer.Meta):
        fields = [*RebateSerializer.Meta.fields, "explained", *ProceedingDetail.MORE]


class Rebates(ProceedingRows):
    serializer_class = RebateSerializer
    detail_serializer_class = RebateDetail
    filters = {"state": ["exact"], "period_first": ["exact"]}
    related = ("organisation", "employer", "scheme")


router.register("funds/rebates", Rebates, basename="funds_rebate")
