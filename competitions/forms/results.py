"""What results, prizes, appeals and certificates ask for."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from competitions.models import Appeal, Certificate, Competition, Result, TeamPrize
from competitions.services import nominations
from core.forms import ReasonForm, ScopedForm
from core.models import Organisation
from core.rules import Invalid
from funds.models import Pool
from funds.models.pools import AID_SOURCES
from honours.models import Title
from members.rules import contacts


class AwardForm(ScopedForm):
    document_number = forms.CharField(
        label="表彰文号", max_length=60, help_text="如“江工发〔2026〕12号”"
    )
    awarded_on = forms.DateField(label="表彰日期", help_text="文件印发的日期，不晚于今天")


class AppealForm(ScopedForm):
    text = forms.CharField(
        label="申诉内容",
        min_length=10,
        max_length=Appeal._meta.get_field("text").max_length,
        help_text="写明对哪一项评分有异议及其依据，不少于 10 个字。",
        widget=forms.Textarea(attrs={"rows": 6}),
    )


class AccountForm(ScopedForm):
    bank = forms.CharField(label="开户行", max_length=100)
    account = forms.CharField(
        label="收款账号",
        max_length=40,
        help_text="获奖者本人的账号；团体奖填本工会账号。加密保存。",
    )

    def clean_account(self) -> str:
        try:
            return contacts.bank_account(self.cleaned_data["account"], personal=False).value
        except Invalid as error:
            raise ValidationError(str(error)) from error


class NominateForm(ScopedForm):
    """Which open selection the contestant is proposed for."""

    selection = forms.ChoiceField(label="评选")
    reason = forms.CharField(
        label="推荐理由",
        min_length=4,
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        row: Result = self.row
        self.selections = {str(one.pk): one for one in nominations.open_to(row)}
        known = [(key, str(one)) for key, one in self.selections.items()]
        self.fields["selection"].choices = [("", "请选择"), *known]
        self.initial["reason"] = nominations.reason(row)

    def clean_selection(self) -> Any:
        return self.selections[self.cleaned_data["selection"]]


class PayForm(ScopedForm):
    competition = forms.ModelChoiceField(Competition.objects.all(), label="竞赛")
    pool = forms.ModelChoiceField(Pool.objects.all(), label="资金池")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        given = self.fields["competition"].queryset
        self.fields["competition"].queryset = given.filter(state__in=["awarded", "archived"])
        pools = self.fields["pool"].queryset
        self.fields["pool"].queryset = pools.exclude(source__in=AID_SOURCES)


class IssueForm(ScopedForm):
    competition = forms.ModelChoiceField(
        Competition.objects.all(), label="竞赛", help_text="已发文表彰的竞赛"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        given = self.fields["competition"].queryset
        self.fields["competition"].queryset = given.filter(state__in=["awarded", "archived"])


class TeamPrizeForm(ScopedForm):
    competition = forms.ModelChoiceField(Competition.objects.all(), label="竞赛")
    organisation = forms.ModelChoiceField(Organisation.objects.all(), label="获奖工会")
    prize = forms.CharField(
        label="奖项",
        max_length=TeamPrize._meta.get_field("prize").max_length,
        help_text="如“优秀组织奖”",
    )
    title = forms.ModelChoiceField(
        Title.objects.filter(recipient=Title.Recipient.UNION),
        label="荣誉称号",
        required=False,
        help_text="记入荣誉登记的才选",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        given = self.fields["competition"].queryset
        self.fields["competition"].queryset = given.filter(state__in=["running", "scoring"])


class RevokeForm(ReasonForm):
    """Why a certificate holds no longer, and whether another is made in its place."""

    cause = forms.ChoiceField(
        label="注销情形",
        choices=Certificate.Cause.choices,
        widget=forms.RadioSelect,
        help_text="只有印制有误的，下一批才为该奖项重新制作证书。",
    )

    field_order = ("cause", "reason")
