"""What returns, adjustments and the pages of 应返未返 ask for."""

import datetime
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.utils import timezone

from core.admin import Table
from core.forms import ScopedForm
from core.models import Organisation
from funds.models import Distribution
from funds.models.distributions import KINDS
from funds.services import returns

SHOWN = 200  # unions of a list that is looked over


class ClaimForm(ScopedForm):
    """Whose dues are returned up to when. It is shown what would be returned, and asked again: what
    changed in between is shown once more."""

    fieldsets = (("", ("payer", "until", "within", "kind")),)

    payer = forms.ModelChoiceField(Organisation.objects.all(), label="返还工会")
    until = forms.DateField(
        label="应返截止日", initial=timezone.localdate, help_text="应返日期在此日及以前的一并返还。"
    )
    within = forms.ModelChoiceField(
        Organisation.objects.all(),
        label="收款工会范围",
        required=False,
        help_text="不选为返还工会的全部下级。",
    )
    kind = forms.ChoiceField(label="类别", choices=KINDS)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plan: returns.Plan | None = None
        mine = Organisation.objects.visible_to(self.user, "funds.add_return")
        self.fields["within"].queryset = mine
        owing = Distribution.objects.visible_to(self.user, "funds.add_return").order_by()
        paying = mine.filter(pk__in=owing.values("organisation"))
        self.fields["payer"].queryset = paying
        self.fields["payer"].initial = paying.order_by("path").first()

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if self.errors:
            return data
        seen = data.pop("seen")
        found = returns.plan(
            data["payer"], until=data["until"], within=data["within"], kind=data["kind"]
        )
        told = f"{len(found.payables)} {found.total}"
        if found.payables and seen == told:
            return data
        self.plan = found
        if not found.payables:
            raise forms.ValidationError(
                f"截至 {data['until']} 没有可以返还的款项。", code="nothing_due"
            )
        self.data = self.data.copy()
        self.data["seen"] = told
        raise forms.ValidationError("请核对下面的返还名单，无误后确认生成。", code="preview")

    @property
    def is_shown_first(self) -> bool:
        """Whether nothing is wrong: what would be done is to be looked over."""
        return self.has_error(NON_FIELD_ERRORS, "preview")

    @property
    def told(self) -> str:
        """What is shown before it is done."""
        count, left = len(self.plan.payables), len(self.plan.left_out)
        more = f"，下面先列出 {SHOWN} 个" if max(count, left) > SHOWN else ""
        return (
            f"为 {count:,} 个工会生成返还单，合计 {self.plan.total:,} 元；"
            f"本次不返还 {left:,} 个工会{more}。"
        )

    @property
    def act(self) -> str:
        return f"生成 {len(self.plan.payables):,} 张返还单，共 {self.plan.total:,} 元"

    def tables(self) -> list[Table]:
        """Who is paid, who is left out and why."""
        owed, left_out = self.plan.payables[:SHOWN], self.plan.left_out[:SHOWN]
        return [
            Table(
                "返还名单",
                ["收款工会", "收款账号", "金额（元）"],
                [[one.organisation, str(one.account), f"{one.amount:,}"] for one in owed],
                "没有可以返还的工会。",
            ),
            Table(
                "本次不返还",
                ["工会", "应返（元）", "原因"],
                [[one.organisation, f"{one.amount:,}", one.why] for one in left_out],
                "没有不能返还的工会。",
            ),
        ]


class PositionForm(ScopedForm):
    """As of which day, of which organisations, and in which rows."""

    ROWS = (("district", "区县（产业）"), ("union", "工会"))
    SORTS = (
        ("owed", "应返未返金额"),
        ("rate", "返还率由低到高"),
        ("oldest", "欠返最久"),
        ("over", "多返金额"),
    )

    on = forms.DateField(label="截至日期")
    place = forms.ModelChoiceField(Organisation.objects.all(), label="范围", required=False)
    rows = forms.ChoiceField(label="每行", choices=ROWS)
    sort = forms.ChoiceField(label="排序", choices=SORTS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.mine = Organisation.objects.visible_to(self.user, "funds.view_due")
        self.fields["place"].queryset = self.mine
        self.fields["place"].empty_label = "本人管辖的全部工会"

    def clean_on(self) -> datetime.date:
        on = self.cleaned_data["on"]
        if on > timezone.localdate():
            raise forms.ValidationError("截至日期不能晚于今天。")
        return on
