from core.api.proceedings import ProceedingDetail, ProceedingRows, ProceedingSerializer
from core.api.routes import router
from tests.procedures.models import Permit


class PermitSerializer(ProceedingSerializer):
    class Meta:
        model = Permit
        fields = [*ProceedingSerializer.STANDS, "name", "amount"]


class PermitDetail(ProceedingDetail, PermitSerializer):
    class Meta(PermitSerializer.Meta):
        fields = [*PermitSerializer.Meta.fields, *ProceedingDetail.MORE]


class Permits(ProceedingRows):
    serializer_class = PermitSerializer
    detail_serializer_class = PermitDetail
    filters = {"state": ["exact"]}


router.register("permits", Permits, basename="permit")
