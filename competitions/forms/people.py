"""Members named in a form: by their name, or a name with the end of the number."""

import re
from collections import defaultdict
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from core.models import User
from members.models import Membership, Person

_PARTS = re.compile(r"[\n、,，;；]+")
_NAMED = re.compile(r"(?P<name>\D+?)\s*(?P<tail>[\dXx]{4})?")
HELP = "在册会员的姓名；重名的在姓名后加证件号码后四位，如“王建国1234”"


def find(text: str, *, permission: str, user: User) -> list[Membership]:
    """The current members in scope whom a text names, in its order. Raises a sentence for the first
    that is unknown or stands for several."""
    asked = [part.strip() for part in _PARTS.split(text) if part.strip()]
    named = []
    for part in asked:
        if not (found := _NAMED.fullmatch(part)):
            raise ValidationError(f"“{part[:20]}”无法识别，请填写姓名，重名的加证件号码后四位。")
        named.append((part, found["name"].strip(), (found["tail"] or "").upper()))
    mine = Membership.objects.visible_to(user, permission).current()
    rows = mine.filter(person__name__in={name for _, name, _ in named})
    by_name: dict[str, list[Membership]] = defaultdict(list)
    for row in rows.select_related("person", "organisation", "employer").order_by("pk"):
        by_name[row.person.name].append(row)
    return [_one(part, by_name[name], tail) for part, name, tail in named]


def _one(part: str, rows: list[Membership], tail: str) -> Membership:
    if tail:
        rows = [row for row in rows if row.person.certificate_number.clear().endswith(tail)]
    if not rows:
        raise ValidationError(f"管辖范围内的在册会员中没有“{part}”，请核对姓名。")
    if len(rows) > 1:
        raise ValidationError(f"有 {len(rows)} 名在册会员叫“{part}”，请在姓名后加证件号码后四位。")
    return rows[0]


class OfMember(forms.ModelForm):
    """A row about one member, of the screen of staff; on an old row the field may stay empty."""

    member = forms.CharField(label="职工", max_length=60, required=False, help_text=HELP)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "member" in self.fields:
            kept = f"现为{self.instance.person.masked_label}，不改动时不填；"
            self.fields["member"].help_text = kept + HELP

    def clean_member(self) -> str:
        typed = self.cleaned_data["member"]
        if not typed and not self.instance.pk:
            raise ValidationError("请填写职工姓名。")
        if typed:
            opts, user = self._meta.model._meta, self._request.user
            found = find(typed, permission=f"{opts.app_label}.add_{opts.model_name}", user=user)
            if len(found) != 1:
                raise ValidationError("一条记录只填一名职工。")
            self.instance.person = found[0].person
        return typed


def written(people: list[Person]) -> str:
    """The persons as they are typed in."""
    return "\n".join(f"{one.name}{one.certificate_number.clear()[-4:]}" for one in people)
