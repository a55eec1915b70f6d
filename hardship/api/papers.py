"""Papers and visits, which support a file."""

from django.db import models
from django.urls import reverse
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.limits import LARGEST_UPLOAD
from core.api.routes import router
from core.api.serializers import RowSerializer
from core.api.views import Rows, tells
from core.services.records import require
from hardship.models import Evidence, Visit
from hardship.services import checks, files


class EvidenceSerializer(RowSerializer):
    name = serializers.CharField(source="file.name", read_only=True, label="文件名")
    address = serializers.SerializerMethodField(label="下载地址（登录后）")

    class Meta:
        model = Evidence
        fields = ["id", "case", "kind", "note", "name", "address"]

    def get_address(self, paper: Evidence) -> str:
        return reverse("file", args=[paper.file.token])


class EvidenceInput(EvidenceSerializer):
    file = serializers.FileField(label="文件", write_only=True)

    class Meta(EvidenceSerializer.Meta):
        fields = [*EvidenceSerializer.Meta.fields, "file"]


class Papers(Rows):
    serializer_class = EvidenceSerializer
    filters = {"case": ["exact"]}
    related = ("case__organisation", "file")
    parser_classes = [MultiPartParser]
    largest_body = LARGEST_UPLOAD

    @tells("上传佐证材料", request=EvidenceInput, responses={201: EvidenceSerializer})
    def create(self, request: Request) -> Response:
        sent = self.entered(EvidenceInput).validated_data
        paper = files.attach(
            sent["case"],
            sent["file"],
            name=sent["file"].name,
            kind=sent["kind"],
            note=sent.get("note", ""),
            by=request.user,
        )
        return self.made(paper)


class VisitSerializer(RowSerializer):
    visitors = serializers.SlugRelatedField(
        "username", many=True, read_only=True, label="走访人账号"
    )

    class Meta:
        model = Visit
        fields = ["id", "case", "kind", "held_on", "finding", "visitors", "photo"]


class VisitInput(VisitSerializer):
    visitors = serializers.ListField(
        child=serializers.CharField(max_length=60),
        allow_empty=False,
        max_length=20,
        label="走访人账号",
    )


class Visits(Rows):
    serializer_class = VisitSerializer
    filters = {"case": ["exact"], "kind": ["exact"], "held_on": ["gte", "lte"]}

    def rows(self) -> models.QuerySet:
        return super().rows().prefetch_related("visitors")

    @tells("登记走访", request=VisitInput, responses={201: VisitSerializer})
    def create(self, request: Request) -> Response:
        entered = self.entered(VisitInput)
        names = entered.validated_data.pop("visitors")
        visit = entered.row()
        require(request.user, "hardship.add_visit", visit.case)
        visitors = checks.visitors_named(visit.case, names)
        return self.made(checks.record_visit(visit, visitors, by=request.user))


router.register("hardship/evidence", Papers, basename="hardship_evidence")
router.register("hardship/visits", Visits, basename="hardship_visit")
