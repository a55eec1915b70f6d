"""What holders of titles were given: allowances that the bank confirmed, visits, check-ups."""

from core.indicators import Dataset, Dimension, Flow, Measure, Unit, register
from honours.models import Allowance, Care

# Whoever answers for a figure opens its rows, in which persons are masked.
OPEN = "honours.open_figure"
PLACE = Dimension("组织层级", "organisation__level")

allowances = Dataset(
    "honours.allowances",
    "已发放的劳模待遇",
    Allowance,
    dates={"paid": Flow("发放", "paid_on")},
    dimensions={
        "kind": Dimension("待遇", "kind"),
        "level": Dimension("称号级别", "level"),
        "organisation_level": PLACE,
    },
    measures={
        "amount": Measure("金额", Unit.YUAN, total="amount"),
        "persons": Measure("劳模（去重）", Unit.PERSON, distinct="holder"),
        "person_times": Measure("发放人次", Unit.PERSON_TIME),
    },
    columns=(
        ("劳模", lambda row: row.masked_label),
        ("所属工会", "organisation__name"),
        ("待遇", lambda row: row.get_kind_display()),
        ("年度", "year"),
        ("金额（元）", "amount"),
        ("发放日期", "paid_on"),
    ),
    permission=OPEN,
    rows=lambda: Allowance.objects.standing().select_related("holder__person", "organisation"),
)

cares = Dataset(
    "honours.cares",
    "劳模走访、体检和疗休养",
    Care,
    dates={"held": Flow("办理", "held_on")},
    dimensions={
        "kind": Dimension("项目", "kind"),
        "level": Dimension("称号级别", "level"),
        "organisation_level": PLACE,
    },
    measures={
        "amount": Measure("金额（慰问金、慰问品和服务费用）", Unit.YUAN, total="total"),
        "persons": Measure("劳模（去重）", Unit.PERSON, distinct="holder"),
        "person_times": Measure("人次", Unit.PERSON_TIME),
    },
    columns=(
        ("劳模", lambda row: row.holder.masked_label),
        ("所属工会", "organisation__name"),
        ("项目", lambda row: row.get_kind_display()),
        ("日期", "held_on"),
        ("金额（元）", "total"),
    ),
    permission=OPEN,
    rows=lambda: Care.objects.select_related("holder__person", "organisation"),
)

register(allowances, cares)
