"""What a union hands in: entries, heads, innovations."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from competitions.forms import people
from competitions.models import (
    Competition,
    Entry,
    Event,
    Innovation,
    ParticipationReport,
)
from competitions.services import entries
from core.forms import ScopedForm
from members.models import Coverage, Employer, Membership, Person

CHOOSE = [("", "请选择")]
ENTER, REPORT, PROPOSE = (
    "competitions.add_entry",
    "competitions.add_participationreport",
    "competitions.add_innovation",
)


class EventField(forms.ModelChoiceField):
    def label_from_instance(self, event: Event) -> str:
        return f"{event.competition} · {event}"


# Where a service looks at a field that the form has under another name.
FIELDS = {"person": "people", "members": "people", "name": "team"}


def at_form(error: ValidationError, form: forms.Form) -> ValidationError:
    """The sentences of a service at the fields of the form, the others above it."""
    if not hasattr(error, "error_dict"):
        return error
    found: dict[str, list] = {}
    for name, told in error.error_dict.items():
        name = FIELDS.get(name, name)
        found.setdefault(name if name in form.fields else "__all__", []).extend(told)
    return ValidationError(found)


class OfUnion(ScopedForm):
    """A form about a unit of the own union; `once` are the fields that a draft keeps."""

    right = ""
    once: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        covered = Coverage.objects.visible_to(self.user, self.right).in_force(timezone.localdate())
        firms = Employer.objects.filter(pk__in=covered.values("employer")).order_by("name", "pk")
        field = self.fields["employer"]
        field.queryset = firms
        known = list(firms[:2])
        if len(known) == 1 and field.required:
            self.initial.setdefault("employer", known[0].pk)
        for name in self.once if self.row is not None else ():
            del self.fields[name]

    def union_of(self, employer: Employer) -> Any:
        """The union of the user's that covers the employer today."""
        covered = Coverage.objects.visible_to(self.user, self.right).in_force(timezone.localdate())
        return covered.select_related("organisation").get(employer=employer).organisation


class EntryForm(OfUnion):
    """An entry for an open event; `row` is the draft that is changed, whose event stays."""

    right = ENTER
    once = ("event",)

    event = EventField(Event.objects.none(), label="竞赛和赛项", empty_label="请选择")
    people = forms.CharField(
        label="选手",
        help_text=f"{people.HELP}。团体赛项每行一名队员。",
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=2000,
    )
    team = forms.CharField(label="队名", max_length=80, required=False, help_text="个人赛项不填")
    years_in_trade = forms.IntegerField(
        label="从业年限（年）", min_value=0, max_value=60, required=False
    )
    skill_grade = forms.ChoiceField(
        label="技能等级", choices=[("", "未评定"), *Person.SkillGrade.choices], required=False
    )
    employer = forms.ModelChoiceField(
        Employer.objects.none(),
        label="单位",
        required=False,
        empty_label="按会员登记的工作单位",
        help_text="会员名册没有登记工作单位的请选择",
    )
    leader_name = forms.CharField(label="领队（教练）", max_length=50, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.row is None:
            self.fields["event"].queryset = entries.open_events(self.user)
        else:
            self.initial |= {
                "people": people.written([each.person for each in self.row.line_up()]),
                "team": "" if self.row.is_single else self.row.name,
                "years_in_trade": self.row.years_in_trade,
                "skill_grade": self.row.skill_grade,
                "employer": self.row.employer_id,
                "leader_name": self.row.leader_name,
            }

    def clean_people(self) -> list[Membership]:
        return people.find(self.cleaned_data["people"], permission=ENTER, user=self.user)

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        event = self.row.event if self.row else given.get("event")
        found: list[Membership] = given.get("people") or []
        if event is None or not found:
            return given
        if event.team_size == 1 and len(found) > 1:
            self.add_error("people", "个人赛项一次报一名选手，其他选手请另行报名。")
        elif event.team_size > 1 and not given.get("team"):
            self.add_error("team", "团体赛项请填写队名。")
        return given

    def entry(self) -> tuple[Entry, list[Person]]:
        """What was filled in, as an unsaved entry or the changed draft, and its members."""
        given, found = self.cleaned_data, self.cleaned_data["people"]
        entry = self.row or Entry(event=given["event"])
        persons = [row.person for row in found]
        unions = {row.organisation_id: row.organisation for row in found}
        if self.row is None:
            single = len(unions) == 1
            entry.organisation = found[0].organisation if single else self.user.organisation
        if entry.is_single:
            entry.person, entry.name = persons[0], persons[0].name
        else:
            entry.name = given["team"]
        for name in ("years_in_trade", "skill_grade", "leader_name"):
            setattr(entry, name, given[name])
        entry.employer = given["employer"] or self._employer(found)
        return entry, persons

    def _employer(self, found: list[Membership]) -> Employer | None:
        """That of the members where they have one, else the only one that the union covers."""
        firms = {row.employer_id: row.employer for row in found if row.employer_id}
        if len(firms) == 1:
            return next(iter(firms.values()))
        known = list(self.fields["employer"].queryset[:2])
        return known[0] if len(known) == 1 else None


class ReportForm(OfUnion):
    """Heads of one unit in one competition; `row` is the draft that is changed."""

    right = REPORT
    once = ("competition", "employer")

    competition = forms.ModelChoiceField(
        Competition.objects.none(), label="竞赛", empty_label="请选择"
    )
    employer = forms.ModelChoiceField(Employer.objects.none(), label="单位", empty_label="请选择")
    headcount = forms.IntegerField(
        label="参赛人次", min_value=1, help_text="不含已按姓名报名的选手，同一人参加两次计 2 人次"
    )
    sessions = forms.IntegerField(
        label="举办场次",
        min_value=0,
        max_value=9999,
        initial=0,
        help_text="本单位自行举办的场次，多家联合举办的由主办单位填报",
    )
    workers = forms.IntegerField(
        label="应参加职工（人）",
        min_value=1,
        required=False,
        help_text="本单位相关工种的职工人数，可不填",
    )
    note = forms.CharField(label="说明", max_length=200, required=False)

    NAMES = ("headcount", "sessions", "workers", "note")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.row is None:
            self.fields["competition"].queryset = entries.offered_reports(self.user)
        else:
            self.initial |= {name: getattr(self.row, name) for name in self.NAMES}

    def report(self) -> ParticipationReport:
        given = self.cleaned_data
        row = self.row or ParticipationReport(
            competition=given["competition"],
            employer=given["employer"],
            organisation=self.union_of(given["employer"]),
        )
        for name in self.NAMES:
            setattr(row, name, given[name])
        return row


class InnovationForm(OfUnion):
    """A proposal or innovation of a unit of the own union."""

    right = PROPOSE
    once = ("employer",)

    employer = forms.ModelChoiceField(Employer.objects.none(), label="单位", empty_label="请选择")
    title = forms.CharField(label="名称", max_length=120)
    kind = forms.ChoiceField(label="种类", choices=CHOOSE + Innovation.Kind.choices)
    proposer = forms.CharField(
        label="建议人", max_length=50, help_text="会员填写姓名，班组填写班组名称"
    )
    proposed_on = forms.DateField(label="提出日期")
    content = forms.CharField(
        label="主要内容", max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )
    value = forms.DecimalField(
        label="申报年创效（元）",
        min_value=0,
        max_digits=14,
        decimal_places=2,
        required=False,
        help_text="由单位申报，可不填",
    )

    NAMES = ("title", "kind", "proposed_on", "content", "value")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.row is not None:
            person = self.row.person
            shown = people.written([person]) if person else self.row.proposer
            self.initial |= {name: getattr(self.row, name) for name in self.NAMES}
            self.initial["proposer"] = shown

    def innovation(self) -> Innovation:
        """A member is known by his name; whoever is none, such as a team, by what was typed."""
        given = self.cleaned_data
        row = self.row or Innovation(
            employer=given["employer"], organisation=self.union_of(given["employer"])
        )
        for name in self.NAMES:
            setattr(row, name, given[name])
        row.person, row.proposer = self._proposer(given["proposer"])
        return row

    def _proposer(self, text: str) -> tuple[Person | None, str]:
        try:
            found = people.find(text, permission=PROPOSE, user=self.user)
        except ValidationError:
            return None, text
        return (found[0].person, "") if len(found) == 1 else (None, text)
