"""Batches of receipts for programs: handed over whole or not at all, then followed."""

import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import limits
from core.api.errors import wrong
from core.api.proceedings import ProceedingDetail, ProceedingRows, ProceedingSerializer
from core.api.routes import router
from core.api.serializers import Input, RowSerializer
from core.api.views import Rows, tells
from core.errors import Refused
from core.models import Organisation
from core.services.records import require
from funds.models import TAX_ITEMS, CollectionBatch, CollectionLine, FundKind
from funds.services import collection

MOST = 10_000  # receipts of one batch; a larger one comes by sheet
ITEMS = {code: kind.value for code, kind in TAX_ITEMS.items()}


def _money(label: str, **more: Any) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=14, decimal_places=2, label=label, **more)


class ReceiptInput(Input):
    """One receipt, or with an amount below zero one refund."""

    receipt_number = serializers.CharField(max_length=40, label="税票号")
    credit_code = serializers.CharField(
        max_length=20, allow_blank=True, default="", label="纳税人识别号"
    )
    payer_name = serializers.CharField(max_length=120, label="缴费单位")
    tax_item = serializers.ChoiceField([*ITEMS, *FundKind.values], label="品目")
    period_first = serializers.DateField(label="所属期起")
    period_last = serializers.DateField(label="所属期止")
    wage_base = _money("工资总额（元）", required=False, allow_null=True)
    amount = _money("金额（元）")
    entry_on = serializers.DateField(label="入库日期")
    tax_office = serializers.CharField(
        max_length=80, allow_blank=True, default="", label="征收机关"
    )
    reverses = serializers.CharField(
        max_length=40, allow_blank=True, default="", label="所退税票号"
    )


class HandoverInput(Input):
    """A batch with its totals and every one of its receipts."""

    organisation = serializers.IntegerField(label="收缴工会编号")
    channel = serializers.ChoiceField(CollectionBatch.Channel.choices, label="收缴方式")
    number = serializers.CharField(max_length=40, label="批次号")
    declared_count = serializers.IntegerField(min_value=0, label="移交笔数")
    declared_total = _money("移交金额（元）")
    note = serializers.CharField(max_length=200, allow_blank=True, default="", label="说明")
    lines = ReceiptInput(many=True, max_length=MOST, label="明细")


class CollectionBatchSerializer(ProceedingSerializer):
    class Meta:
        model = CollectionBatch
        fields = [
            *ProceedingSerializer.STANDS,
            *["channel", "number", "declared_count", "declared_total", "note"],
            "difference_reason",
        ]


class CollectionBatchDetail(ProceedingDetail, CollectionBatchSerializer):
    class Meta(CollectionBatchSerializer.Meta):
        fields = [*CollectionBatchSerializer.Meta.fields, *ProceedingDetail.MORE]


class CollectionBatches(ProceedingRows):
    """Batches. What is handed over differs in nothing from its totals, or nothing of it is kept."""

    serializer_class = CollectionBatchSerializer
    detail_serializer_class = CollectionBatchDetail
    filters = {"state": ["exact"], "number": ["exact"]}
    largest_body = largest_json = limits.LARGEST_HANDOVER

    @tells("移交收缴批次", request=HandoverInput, responses=CollectionBatchSerializer)
    def create(self, request: Request) -> Response:
        require(request.user, "funds.add_collectionbatch")
        sent = self.entered(HandoverInput).validated_data
        mine = Organisation.objects.visible_to(request.user, "funds.add_collectionbatch")
        place = mine.filter(pk=sent["organisation"]).first()
        if place is None:
            raise wrong("does_not_exist", "没有此工会，或不在管辖范围内。", "organisation")
        return self.made(hand_over(sent | {"organisation": place}, by=request.user))


@transaction.atomic
def hand_over(sent: dict[str, Any], *, by: Any) -> CollectionBatch:
    """A batch with its lines, counted; refused whole where they differ."""
    lines = sent.pop("lines")
    batch = collection.open_batch(**sent, by=by)
    reversing = {each["receipt_number"]: each["reverses"] for each in lines if each["reverses"]}
    collection.record_many([_line(each, batch) for each in lines], reversing=reversing, by=by)
    if obstacle := collection.uncounted(batch):
        raise Refused(obstacle, code="control_totals")
    return batch


def _line(sent: dict[str, Any], batch: CollectionBatch) -> CollectionLine:
    facts: dict[str, str | Decimal | datetime.date | None] = {
        name: value for name, value in sent.items() if name not in {"tax_item", "reverses"}
    }
    item = sent["tax_item"]
    return CollectionLine(batch=batch, fund_kind=ITEMS.get(item, item), **facts)


class ReceiptSerializer(RowSerializer):
    organisation_name = serializers.CharField(
        source="organisation.name", read_only=True, label="所属工会名称"
    )

    class Meta:
        model = CollectionLine
        fields = [
            *["id", "batch", "organisation_name", "receipt_number", "credit_code", "payer_name"],
            *["fund_kind", "period_first", "period_last", "wage_base", "amount", "entry_on"],
            *["tax_office", "reverses", "match", "is_void"],
        ]


class CollectionLines(Rows):
    serializer_class = ReceiptSerializer
    filters = {
        **{name: ["exact"] for name in ("batch", "receipt_number", "credit_code", "fund_kind")},
        **{name: ["gte", "lte"] for name in ("period_first", "entry_on")},
        "match": ["exact"],
    }


router.register("funds/collections", CollectionBatches, basename="funds_collection")
router.register("funds/receipts", CollectionLines, basename="funds_receipt")
