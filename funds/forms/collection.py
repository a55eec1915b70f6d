"""What the services of collection ask people for."""

import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from core.forms import ScopedForm
from core.models import Organisation
from funds.models import BankArrival, CollectionBatch
from funds.services import payers
from members.models import Employer

LONGEST = datetime.timedelta(days=366)


def place(label: str) -> forms.ModelChoiceField:
    return forms.ModelChoiceField(Organisation.objects.none(), label=label)


class _PlaceForm(ScopedForm):
    """With an organisation of those where the user holds a right."""

    permission = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mine = Organisation.objects.visible_to(self.user, self.permission)
        self.fields["organisation"].queryset = mine
        self.fields["organisation"].initial = mine.order_by("path").first()


class TotalsForm(ScopedForm):
    """A batch as its hand-over list says."""

    channel = forms.ChoiceField(label="收缴方式", choices=CollectionBatch.Channel.choices)
    number = forms.CharField(label="批次号", max_length=40, help_text="移交清单上的编号。")
    declared_count = forms.IntegerField(label="移交笔数", min_value=0)
    declared_total = forms.DecimalField(
        label="移交金额（元）",
        max_digits=14,
        decimal_places=2,
        min_value=-(Decimal(10) ** 11),
        help_text="退库按负数计入。",
    )
    note = forms.CharField(label="说明", max_length=200, required=False)


class OpenForm(TotalsForm, _PlaceForm):
    permission = "funds.add_collectionbatch"

    organisation = place("收缴工会")
    field_order = ["organisation"]


class AmendForm(TotalsForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.initial = getattr(self.row, name)


class ArrivalsForm(ScopedForm):
    """Which of the arrivals that stand in no batch are this one's."""

    MOST = 200

    arrivals = forms.ModelMultipleChoiceField(
        BankArrival.objects.none(), label="未归集的到账", widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mine = BankArrival.objects.visible_to(self.user, "funds.change_bankarrival")
        rows = self.offered(mine.filter(organisation=self.row.organisation_id)).order_by("-on")
        keys = rows.values_list("pk", flat=True)[: self.MOST]
        self.fields["arrivals"].queryset = mine.filter(pk__in=list(keys))

    def offered(self, rows: Any) -> Any:
        return rows.filter(batch=None)


class AssignedForm(ArrivalsForm):
    """Which of the arrivals of this batch are not."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["arrivals"].label = "本批次的到账"

    def offered(self, rows: Any) -> Any:
        return rows.filter(batch=self.row)


class MatchForm(ScopedForm):
    """Who paid: one of those with a like name or code, or another one by its code, or a union."""

    suggested = forms.ChoiceField(label="相近的单位", required=False)
    code = forms.CharField(
        label="其他单位的信用代码",
        max_length=20,
        required=False,
        help_text="不在上面的，填写用人单位的统一社会信用代码。",
    )
    union = forms.ModelChoiceField(
        Organisation.objects.all(),
        label="基层工会自行上缴的",
        required=False,
        help_text="由工会而不是用人单位缴纳的，选择该工会。",
    )
    reason = forms.CharField(
        label="确认依据",
        min_length=4,
        max_length=200,
        help_text="例如：已与缴费单位财务电话核对，更名前后为同一单位。",
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [
            (str(each.pk), f"{each.name}　{each.credit_code}　{each.union or '未建会'}")
            for each in payers.suggest(self.row)
        ]
        self.fields["suggested"].choices = [("", "以下都不是"), *choices]

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        named = [name for name in ("suggested", "code", "union") if given.get(name)]
        if len(named) != 1:
            raise ValidationError("请在相近的单位、信用代码、基层工会中选择或填写其中一项。")
        employers = Employer.objects.within(self.row.batch.organisation)
        if code := given.get("code"):
            found = employers.filter(credit_code=code.strip().upper()).first()
            if found is None:
                raise ValidationError({"code": "没有找到这个信用代码的用人单位，请先登记该单位。"})
        else:
            chosen = given.get("suggested")
            found = employers.get(pk=chosen) if chosen else None
        given["employer"] = found
        return given


class PoolForm(_PlaceForm):
    permission = "funds.match_collectionline"

    organisation = place("收缴工会")


class SpanForm(_PlaceForm):
    """Whose receipts and arrivals, of which days."""

    permission = "funds.view_collectionbatch"

    organisation = place("收缴工会")
    first = forms.DateField(label="自")
    last = forms.DateField(label="至", initial=timezone.localdate)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["first"].initial = timezone.localdate().replace(day=1)

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        first, last = given.get("first"), given.get("last")
        if first and last and not first <= last <= first + LONGEST:
            raise ValidationError("起止日期应先后相接，最长一年。")
        return given


class YearForm(_PlaceForm):
    permission = "funds.view_wagedeclaration"

    organisation = place("范围")
    year = forms.IntegerField(label="年度", min_value=1990, max_value=2100)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["year"].initial = timezone.localdate().year


class ExportForm(YearForm):
    permission = "funds.export_wagedeclaration"
