"""The unions in scope: programs name them by their key."""

from core.api.routes import router
from core.api.serializers import RowSerializer
from core.api.views import Rows
from core.models import Organisation


class OrganisationSerializer(RowSerializer):
    class Meta:
        model = Organisation
        fields = ["id", "code", "name", "short_name", "level", "established_on", "closed_on"]


class Organisations(Rows):
    serializer_class = OrganisationSerializer
    filters = {"code": ["exact"], "level": ["exact"]}
    related = ()


router.register("organisations", Organisations, basename="organisation")
