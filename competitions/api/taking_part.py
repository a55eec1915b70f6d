"""What unions hand in, for programs: entries, heads, innovations, written by the portal's forms."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from competitions.forms.taking_part import (
    EntryForm,
    InnovationForm,
    OfUnion,
    ReportForm,
    at_form,
)
from competitions.models import Entry, Innovation, ParticipationReport
from competitions.services import entries, innovations, participation
from core import workflow
from core.api.proceedings import ProceedingDetail, ProceedingRows, ProceedingSerializer
from core.api.routes import router
from core.api.serializers import Input, input_of
from core.models import Proceeding, User
from core.services.records import permission, require


class Drafted(Input):
    """The fields of a form; what it asks for `once` a draft keeps."""

    once: Sequence[str] = ()

    def closed(self) -> Sequence[str]:
        return self.once if self.instance is not None else ()


def drafted(form: type[OfUnion]) -> type[Drafted]:
    name = form.__name__.replace("Form", "Input")
    return type(name, (Drafted, input_of(form, name)), {"once": form.once})


class HandedIn(ProceedingRows):
    """Rows that unions draft and correct, by the form of the portal and its services."""

    form: type[OfUnion]
    input: type[Drafted]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.input, told = drafted(cls.form), cls.serializer_class
        extend_schema_view(
            create=extend_schema(request=cls.input, responses={201: told}),
            partial_update=extend_schema(request=cls.input, responses=told),
        )(cls)

    def write(self, form: Any, *, by: User) -> Proceeding:
        raise NotImplementedError

    def create(self, request: Request) -> Response:
        require(request.user, self.form.right)
        return self.made(self._written(self.entered(self.input).initial_data))

    def partial_update(self, request: Request, pk: int) -> Response:
        row = self.get_object()
        require(request.user, permission(row, "change"), row)
        told = self.get_serializer(row).data
        sent = self.entered(self.input, row).initial_data
        # What comes back as it was told, masks among it, is left alone.
        sent = {name: value for name, value in sent.items() if told.get(name) != value}
        known = self.form(user=request.user, row=row).initial
        return self.told(self._written({**known, **sent}, row))

    def _written(self, given: dict[str, Any], row: Proceeding | None = None) -> Proceeding:
        form = self.form(given, user=self.request.user, row=row)
        if not form.is_valid():
            raise ValidationError(form.errors.as_data())
        try:
            return self.write(form, by=self.request.user)
        except ValidationError as error:
            raise at_form(error, form) from error


class OfUnitSerializer(ProceedingSerializer):
    """A row about a unit of the union."""

    UNIT = ("employer_code", "employer_name")

    employer_code = serializers.CharField(
        source="employer.credit_code", read_only=True, label="统一社会信用代码"
    )
    employer_name = serializers.CharField(source="employer.name", read_only=True, label="单位名称")


# Entries.


class EntrySerializer(OfUnitSerializer):
    competition = serializers.IntegerField(
        source="event.competition_id", read_only=True, label="竞赛编号"
    )
    competition_name = serializers.CharField(
        source="event.competition.name", read_only=True, label="竞赛"
    )
    event_name = serializers.CharField(source="event.name", read_only=True, label="赛项")
    contestant = serializers.CharField(source="shown_name", read_only=True, label="选手（队）")

    class Meta:
        model = Entry
        fields = [
            *ProceedingSerializer.STANDS,
            *["competition", "competition_name", "event", "event_name", "contestant"],
            *OfUnitSerializer.UNIT,
            *["years_in_trade", "skill_grade", "leader_name", "number"],
        ]
        read_only_fields = fields


class EntryDetail(ProceedingDetail, EntrySerializer):
    contestants = serializers.SerializerMethodField(label="参赛人员")

    class Meta(EntrySerializer.Meta):
        fields = [*EntrySerializer.Meta.fields, "contestants", *ProceedingDetail.MORE]
        read_only_fields = fields

    def get_contestants(self, row: Entry) -> list[str]:
        return [each.masked_label for each in row.line_up()]


class Entries(HandedIn):
    serializer_class = EntrySerializer
    detail_serializer_class = EntryDetail
    form = EntryForm
    filters = {"state": ["exact"], "event": ["exact"], "number": ["exact"]}
    related = ("organisation", "event__competition__organisation", "employer", "person")

    def write(self, form: EntryForm, *, by: User) -> Entry:
        entry, people = form.entry()
        if form.row is None:
            return entries.enter(entry, members=people, by=by)
        return entries.amend(entry, members=people, by=by)


# Heads.


class ReportSerializer(OfUnitSerializer):
    competition_name = serializers.CharField(
        source="competition.name", read_only=True, label="竞赛名称"
    )

    class Meta:
        model = ParticipationReport
        fields = [
            *ProceedingSerializer.STANDS,
            *["competition", "competition_name"],
            *OfUnitSerializer.UNIT,
            *["headcount", "sessions", "workers", "note"],
        ]
        read_only_fields = fields


class ReportDetail(ProceedingDetail, ReportSerializer):
    class Meta(ReportSerializer.Meta):
        fields = [*ReportSerializer.Meta.fields, *ProceedingDetail.MORE]
        read_only_fields = fields


class Reports(HandedIn):
    serializer_class = ReportSerializer
    detail_serializer_class = ReportDetail
    form = ReportForm
    filters = {"state": ["exact"], "competition": ["exact"]}
    related = ("organisation", "competition__organisation", "employer")

    def write(self, form: ReportForm, *, by: User) -> ParticipationReport:
        row = form.report()
        return workflow.amend(row, by=by) if form.row else participation.report(row, by=by)


# Innovations.


class InnovationSerializer(OfUnitSerializer):
    proposer = serializers.SerializerMethodField(label="建议人")

    class Meta:
        model = Innovation
        fields = [
            *ProceedingSerializer.STANDS,
            *["title", "kind", "proposer"],
            *OfUnitSerializer.UNIT,
            *["proposed_on", "content", "value", "adopted_on", "level", "selected_on"],
        ]
        read_only_fields = fields

    def get_proposer(self, row: Innovation) -> str:
        return row.person.name if row.person else row.proposer  # masked on its way out


class InnovationDetail(ProceedingDetail, InnovationSerializer):
    class Meta(InnovationSerializer.Meta):
        fields = [*InnovationSerializer.Meta.fields, *ProceedingDetail.MORE]
        read_only_fields = fields


class Innovations(HandedIn):
    serializer_class = InnovationSerializer
    detail_serializer_class = InnovationDetail
    form = InnovationForm
    filters = {"state": ["exact"], "kind": ["exact"], "proposed_on": ["gte", "lte"]}
    related = ("organisation", "employer", "person")

    def write(self, form: InnovationForm, *, by: User) -> Innovation:
        row = form.innovation()
        return workflow.amend(row, by=by) if form.row else innovations.propose(row, by=by)


router.register("competitions/entries", Entries, basename="competitions_entry")
router.register("competitions/reports", Reports, basename="competitions_report")
router.register("competitions/innovations", Innovations, basename="competitions_innovation")
