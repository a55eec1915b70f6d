"""Input of the register's services, for the admin and for the portal."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.forms.models import fields_for_model, model_to_dict
from django.utils import timezone

from core.errors import Refused
from core.forms import ScopedForm, form_field
from core.models import Organisation, User
from core.rules import Invalid, text
from core.scope import visible_rows
from members.models import Membership, Person
from members.rules import names

OFFERED = 50  # unions to choose from when one member is enrolled

# What the service refuses in a sentence of its own, and the field the sentence belongs to.
REFUSED_AT = {
    "already_member": "certificate_number",
    "joined_before_left": "joined_on",
    "resembles_member": "is_another",
}


@contextmanager
def at_fields() -> Iterator[None]:
    """What enrolling refuses, as errors of the fields it is about."""
    try:
        yield
    except Invalid as error:
        raise ValidationError({"name": error.message}) from error
    except Refused as error:
        if error.code in REFUSED_AT:
            raise ValidationError({REFUSED_AT[error.code]: str(error)}) from error
        raise


def looks_like_number(text: str) -> bool:
    """Whether it is rather a number of a certificate or phone than a name.

    A personal number never stands in an address, so it is not searched for there.
    """
    return sum(char.isdigit() for char in text) > 5


class PersonForm(forms.Form):
    """Who is enrolled."""

    certificate_type = forms.ChoiceField(label="证件类型", choices=Person.CertificateType.choices)
    certificate_number = forms.CharField(label="证件号码", max_length=30)
    name = forms.CharField(label="姓名", max_length=50)
    sex = forms.ChoiceField(
        label="性别",
        choices=[("", "由证件号码得出"), *Person.Sex.choices],
        required=False,
        help_text="仅持护照的须填写。",
    )
    birth_date = forms.DateField(
        label="出生日期", required=False, help_text="仅持护照的须填写，其他证件由号码得出。"
    )
    phone = forms.CharField(label="手机号", max_length=20, required=False)
    is_another = forms.BooleanField(
        label="确认为另一人",
        required=False,
        help_text="仅在提示与已登记的会员相似、经核对确为两人时勾选。",
    )

    PERSON = ("certificate_type", "certificate_number", "name", "sex", "birth_date", "phone")

    def person(self) -> Person:
        """The registered person with this number, else a new one."""
        given = {name: self.cleaned_data[name] for name in self.PERSON}
        number = text.normalise_code(given["certificate_number"])
        known = Person.objects.numbered(given["certificate_type"], number).first()
        if known is None:
            return Person(**given)
        if known.name != names.person_name(given["name"], foreign=True).value:
            raise ValidationError(
                {"certificate_number": "该证件号码已登记，所填姓名与登记不一致，请对照证件核对。"}
            )
        return known


PERSON_CORRECTED = [
    "name",
    "sex",
    "birth_date",
    "ethnicity",
    "political_status",
    "education",
    "household",
]
CONTACT_CORRECTED = ["phone", "address", "skill_grade", "professional_title"]
MEMBERSHIP_CORRECTED = [
    "employer",
    "joined_on",
    "worker_group",
    "is_migrant_worker",
    "employment",
    "status",
    "position",
    "card_number",
]


class CorrectForm(ScopedForm):
    """What may be corrected of a person and of one membership; number and union may not."""

    fieldsets = [
        ("个人信息", PERSON_CORRECTED),
        ("联系方式与技能", CONTACT_CORRECTED),
        ("会籍信息", MEMBERSHIP_CORRECTED),
    ]

    def __init__(self, *args: Any, user: User, row: Membership, **kwargs: Any) -> None:
        personal = [*PERSON_CORRECTED, *CONTACT_CORRECTED]
        kwargs["initial"] = {
            **model_to_dict(row.person, personal),
            **model_to_dict(row, MEMBERSHIP_CORRECTED),
        }
        super().__init__(*args, user=user, row=row, **kwargs)
        self.fields.update(fields_for_model(Person, personal, formfield_callback=form_field))
        self.fields.update(
            fields_for_model(Membership, MEMBERSHIP_CORRECTED, formfield_callback=form_field)
        )
        if row.person.certificate_type != Person.CertificateType.PASSPORT:
            del self.fields["sex"], self.fields["birth_date"]  # the number says them
        employers = visible_rows(self.fields["employer"].queryset, user)
        self.fields["employer"].queryset = employers
        if row.employer_id and not employers.filter(pk=row.employer_id).exists():
            del self.fields["employer"]  # an employer of another district stays as it is


class LeaveForm(ScopedForm):
    on = forms.DateField(label="离会日期", help_text="自此日起不再计入会员。")
    reason = forms.ChoiceField(
        label="离会原因",
        choices=[
            ("", "请选择"),
            *(
                choice
                for choice in Membership.LeaveReason.choices
                if choice[0] != Membership.LeaveReason.TRANSFER
            ),
        ],
        help_text="转到其他工会的请办理会籍转接。",
    )
    note = forms.CharField(
        label="说明", max_length=200, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


class PortalForm(ScopedForm):
    """Days are picked, as on a phone."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, forms.DateField):
                field.widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


MEMBERSHIP_ENROLLED = [
    "employer",
    "worker_group",
    "is_migrant_worker",
    "employment",
    "position",
    "card_number",
]


class PortalEnrolForm(PersonForm, PortalForm):
    """A new member of the own union, with what is needed first."""

    organisation = forms.ModelChoiceField(Organisation.objects.none(), label="所属工会")
    joined_on = forms.DateField(label="入会日期", initial=timezone.localdate)

    fieldsets = [
        (
            "",
            [
                "name",
                "certificate_type",
                "certificate_number",
                "phone",
                "organisation",
                "joined_on",
            ],
        ),
        ("选填信息", ["is_another", "sex", "birth_date", *MEMBERSHIP_ENROLLED]),
    ]

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.fields.update(
            fields_for_model(Membership, MEMBERSHIP_ENROLLED, formfield_callback=form_field)
        )
        employers = self.fields["employer"]
        employers.queryset = visible_rows(employers.queryset, user)
        reach = Organisation.objects.visible_to(user, "members.add_membership")
        reach = reach.in_force(timezone.localdate())
        seats = models.Q(path__in=user.paths_with("members.add_membership"))
        branches = models.Q(level=Organisation.Level.BRANCH)
        offered = list(reach.filter(seats | branches)[:OFFERED])
        field = self.fields["organisation"]
        field.queryset = reach
        field.choices = [(place.pk, place.name) for place in offered]
        if offered:
            self.initial.setdefault("organisation", offered[0].pk)

    def membership(self) -> Membership:
        names = ["organisation", "joined_on", *MEMBERSHIP_ENROLLED]
        return Membership(**{name: self.cleaned_data[name] for name in names})


class PortalCorrectForm(CorrectForm, PortalForm):
    """The same with days that are picked."""


class PortalLeaveForm(LeaveForm, PortalForm):
    """The same with days that are picked."""
