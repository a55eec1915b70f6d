"""Figures entered by hand, and indicators that staff define."""

from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from core import audit, indicators
from core.errors import Refused
from core.models import IndicatorDefinition, ManualFigure, Organisation, StoredFile, User
from core.periods import Period
from core.services import records


def define_indicator(definition: IndicatorDefinition, *, by: User) -> IndicatorDefinition:
    """Keep an indicator that staff defined, new or changed, if it passes the catalogue's check."""
    if definition._state.adding:
        definition.created_by = by
    return records.save(definition, by=by)


@transaction.atomic
def enter_manual_figure(
    code: str,
    *,
    organisation: Organisation,
    period: Period,
    value: Decimal | int,
    source: str,
    by: User,
    evidence: StoredFile | None = None,
) -> ManualFigure:
    """Enter a figure that no row gives. It counts once another person has signed it off."""
    indicator = indicators.catalogue().get(code)
    if not isinstance(indicator, indicators.Manual):
        raise Refused(f"“{code}”不是人工填报的指标。", code="not_manual")
    unit = indicators.unit_of(indicator, {})
    fractional = {indicators.Unit.YUAN, indicators.Unit.PERCENT}
    if unit not in fractional and Decimal(value) != int(value):
        raise Refused(f"“{indicator.label}”以{unit}计，应填写整数。", code="not_whole")
    if evidence is not None and not by.has_perm(evidence.permission, evidence):
        raise Refused("没有找到所选的佐证材料，请重新上传。", code="out_of_scope")
    figure = ManualFigure(
        code=code,
        organisation=organisation,
        start=period.start,
        end=period.end,
        value=value,
        source=source,
        evidence=evidence,
        entered_by=by,
    )
    return records.save(figure, by=by)


@transaction.atomic
def sign_off(figure: ManualFigure, *, by: User) -> ManualFigure:
    """Vouch for a figure that somebody else entered; from now on it counts."""
    figure = ManualFigure.objects.select_for_update().get(pk=figure.pk)
    records.require(by, "core.sign_off_manualfigure", figure)
    if figure.withdrawn_at or figure.signed_off_at:
        raise Refused("该填报数已签发或已作废，无须再签发。", code="not_waiting")
    if figure.entered_by_id == by.pk:
        raise Refused("填报人与签发人不能为同一人，请由另一人签发。", code="four_eyes")
    return _settle(figure, "sign_off", by, signed_off_by=by, signed_off_at=timezone.now())


@transaction.atomic
def withdraw(figure: ManualFigure, *, reason: str, by: User) -> ManualFigure:
    """Take a wrong figure back, so that the right one can be entered; the row stays."""
    figure = ManualFigure.objects.select_for_update().get(pk=figure.pk)
    needed = "sign_off" if figure.signed_off_at else "change"
    records.require(by, f"core.{needed}_manualfigure", figure)
    if figure.withdrawn_at:
        raise Refused("该填报数已作废。", code="not_live")
    if not reason.strip():
        raise Refused("请填写作废事由。", code="reason_required")
    return _settle(figure, "withdraw", by, reason=reason, withdrawn_at=timezone.now())


def _settle(
    figure: ManualFigure, verb: str, by: User, *, reason: str = "", **values: object
) -> ManualFigure:
    before = audit.snapshot(figure)
    for name, value in values.items():
        setattr(figure, name, value)
    figure.full_clean()
    figure.save(update_fields=list(values))
    audit.record(
        f"core.manualfigure.{verb}",
        by=by,
        obj=figure,
        changes=audit.difference(before, audit.snapshot(figure)),
        reason=reason,
    )
    return figure
