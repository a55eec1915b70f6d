"""The address at which the interface describes itself."""

from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework.permissions import IsAuthenticated


class Schema(SpectacularJSONAPIView):
    """For whoever may come in at all."""

    permission_classes = [IsAuthenticated]
    http_method_names = ["get", "head"]
