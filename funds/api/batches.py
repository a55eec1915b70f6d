"""Payment batches for programs: where they stand, and the steps of the four persons."""

from rest_framework import serializers

from core.api.proceedings import ProceedingDetail, ProceedingRows, ProceedingSerializer
from core.api.routes import router
from funds.models import PaymentBatch


class BatchSerializer(ProceedingSerializer):
    number = serializers.CharField(read_only=True, label="批次号")

    class Meta:
        model = PaymentBatch
        fields = [
            *ProceedingSerializer.STANDS,
            *["number", "title", "count", "total", "sha256", "sendings"],
        ]


class BatchDetail(ProceedingDetail, BatchSerializer):
    class Meta(BatchSerializer.Meta):
        fields = [*BatchSerializer.Meta.fields, *ProceedingDetail.MORE]


class Batches(ProceedingRows):
    serializer_class = BatchSerializer
    detail_serializer_class = BatchDetail
    filters = {"state": ["exact"]}


router.register("funds/batches", Batches, basename="funds_batch")
