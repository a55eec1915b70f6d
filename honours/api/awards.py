"""Awards for programs: who holds which title, masked; what came in goes by sheet and screen."""

from rest_framework import serializers

from core.api.routes import router
from core.api.serializers import RowSerializer
from core.api.views import Rows
from honours.models import Award


class AwardSerializer(RowSerializer):
    organisation_name = serializers.CharField(
        source="organisation.name", read_only=True, label="推荐工会名称"
    )
    title_code = serializers.CharField(source="title.code", read_only=True, label="称号编码")
    title_name = serializers.CharField(source="title.name", read_only=True, label="荣誉称号")
    recipient = serializers.CharField(source="masked_label", read_only=True, label="获得者")

    class Meta:
        model = Award
        fields = [
            *["id", "organisation_name", "title_code", "title_name", "level", "recipient"],
            *["granted_on", "granting_body", "document_number", "certificate_number", "edition"],
            *["valid_until", "revoked_on", "revocation_document"],
        ]


class Awards(Rows):
    serializer_class = AwardSerializer
    filters = {
        **{name: ["exact"] for name in ("level", "document_number", "certificate_number")},
        "granted_on": ["gte", "lte"],
    }
    related = ("organisation", "title")


router.register("honours/awards", Awards, basename="honours_award")
