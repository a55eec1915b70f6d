"""Who is in a household: the applicant with whom a file is opened, and its other members."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.forms.models import fields_for_model
from django.utils import timezone

from core.forms import ScopedForm
from core.models import Organisation, User
from hardship.forms.entry import PartForm, picked, refuse_future
from hardship.models import Case, FamilyMember
from members.models import Membership, Person

OFFERED = 50  # unions to choose from
PASSPORT = ["sex", "birth_date"]  # of other certificates the number says them


def _by_passport(form: forms.BaseForm) -> None:
    """Only a passport's number does not tell sex and birth: elsewhere they follow the number."""
    if form.cleaned_data.get("certificate_type") != Person.CertificateType.PASSPORT:
        form.cleaned_data |= {"sex": "", "birth_date": None}


class OpenForm(ScopedForm):
    """The applicant, and the union of the file: what it needs to exist."""

    APPLICANT = (
        *["name", "certificate_type", "certificate_number", "employment", "workplace"],
        *PASSPORT,
    )
    fieldsets = [
        (
            "",
            [
                *["name", "certificate_type", "certificate_number", "phone"],
                *["employment", "workplace", "organisation"],
            ],
        ),
        ("仅持护照的填写", PASSPORT),
    ]
    # Whom the user has chosen from the roster: his numbers stand here as masks.
    member = forms.ModelChoiceField(
        Membership.objects.none(), required=False, widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.fields["member"].queryset = Membership.objects.visible_to(user).select_related(
            "person", "organisation", "employer"
        )
        self.fields |= fields_for_model(
            FamilyMember, self.APPLICANT, formfield_callback=picked
        ) | fields_for_model(Case, ["phone"], formfield_callback=picked)
        for name in ("certificate_number", "phone"):
            self.fields[name].required = True
            self.fields[name].help_text = ""
            self.fields[name].widget.attrs |= {"autocomplete": "off"}
        self.fields["phone"].widget.attrs |= {"inputmode": "tel"}
        self.reach = Organisation.objects.visible_to(user, "hardship.add_case").in_force(
            timezone.localdate()
        )
        self.fields["organisation"] = self._union()

    def _union(self) -> forms.Field:
        """A list of the unions in reach, or their names where they are too many to list."""
        unions = models.Q(level__in=[Organisation.Level.GRASSROOTS, Organisation.Level.BRANCH])
        offered = list(self.reach.filter(unions)[: OFFERED + 1])
        if len(offered) > OFFERED:
            return forms.CharField(
                label="所属工会",
                max_length=100,
                help_text="填写工会全称或编码。",
                widget=forms.TextInput(attrs={"autocomplete": "off"}),
            )
        choices = [("", "请选择"), *((place.code, place.name) for place in offered)]
        if len(offered) == 1:
            choices = choices[1:]
        else:
            own = [place.code for place in offered if place.pk == self.user.organisation_id]
            self.initial.setdefault("organisation", own[0] if own else "")
        return forms.ChoiceField(label="所属工会", choices=choices)

    def clean_organisation(self) -> Organisation:
        asked = self.cleaned_data["organisation"].strip()
        found = list(self.reach.filter(models.Q(code=asked) | models.Q(name=asked))[:2])
        if len(found) == 1:
            return found[0]
        if found:
            raise ValidationError("有同名的工会，请改填工会编码。")
        near = [place.name for place in self.reach.filter(name__contains=asked)[:3]]
        guess = f"是否为{'、'.join(f'“{name}”' for name in near)}？" if near else ""
        raise ValidationError(f"管辖范围内没有找到这个工会，请填写全称或编码。{guess}")

    def clean(self) -> dict[str, Any]:
        _by_passport(self)
        chosen = self.cleaned_data.get("member")
        if chosen:  # what was left as its mask is what the register has
            for name in ("certificate_number", "phone"):
                known = getattr(chosen.person, name)
                if known and self.cleaned_data.get(name) == str(known):
                    self.cleaned_data[name] = known.clear()
        return self.cleaned_data

    def applicant(self) -> FamilyMember:
        return FamilyMember(**{name: self.cleaned_data[name] for name in self.APPLICANT})

    def case(self) -> Case:
        return Case(
            organisation=self.cleaned_data["organisation"], phone=self.cleaned_data["phone"]
        )


class MemberForm(PartForm):
    """One person of the household. The applicant stays the applicant."""

    fieldsets = [
        (
            "",
            [
                *["relation", "name", "certificate_type", "certificate_number"],
                *["employment", "workplace"],
            ],
        ),
        ("就学、患病和残疾情况", ["school", "illness", "disability"]),
        ("仅持护照的填写", PASSPORT),
        ("已不再共同生活", ["left_on"]),
    ]

    class Meta(PartForm.Meta):
        model = FamilyMember
        fields = [
            *["relation", "name", "certificate_type", "certificate_number", "employment"],
            *["workplace", "school", "illness", "disability", *PASSPORT, "left_on"],
        ]

    def __init__(self, *args: Any, row: FamilyMember, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)
        own = row.relation == FamilyMember.Relation.SELF
        if own:
            del self.fields["relation"]
        else:
            relations = self.fields["relation"]
            relations.choices = [
                choice for choice in relations.choices if choice[0] != FamilyMember.Relation.SELF
            ]
        if own or row.pk is None:
            del self.fields["left_on"]
        self.fields["certificate_number"].widget.attrs |= {"autocomplete": "off"}

    def clean(self) -> dict[str, Any]:
        super().clean()
        _by_passport(self)
        if self.cleaned_data.get("left_on"):
            refuse_future(self, "left_on")
        return self.cleaned_data


class PersonsForm(PartForm):
    """How many the household says it is."""

    NEEDED = ["declared_persons"]

    class Meta(PartForm.Meta):
        model = Case
        fields = ["declared_persons"]
        help_texts = {"declared_persons": "按申请表填写，包括申请人，应与上面登记的人数一致。"}
