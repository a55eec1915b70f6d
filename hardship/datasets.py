"""What of hardship may be counted. 户, 人, 人次 and 元 are measures of their own."""

from core import masking
from core.indicators import Dataset, Dimension, Flow, Measure, Stock, Unit, register
from hardship.models import Grant, Recognition, SampleItem, Visit

LEVEL = Dimension("组织层级", "organisation__level")
# Whoever answers for a figure opens its rows, in which households are masked; files stay closed.
OPEN = "hardship.open_figure"

recognitions = Dataset(
    "hardship.recognitions",
    "困难职工家庭在档",
    Recognition,
    dates={
        "on_file": Stock("在档", "since", "until"),
        "filed": Flow("建档", "since"),
        "ended": Flow("退档", "until"),
    },
    dimensions={
        "tier": Dimension("困难类别", "tier"),
        "level": Dimension("档案级别", "level"),
        "cause": Dimension("主要致困原因", "main_cause"),
        "entry": Dimension("建档方式", "entry"),
        "ending": Dimension("终止原因", "ending"),
        "migrant": Dimension("农民工", "case__is_migrant_worker"),
        "filed_on": Dimension("建档日期", "case__filed_on"),
        "organisation_level": LEVEL,
    },
    measures={
        # On any day a household has one recognition, so in stocks rows are households and add up.
        "households": Measure("困难职工家庭", Unit.HOUSEHOLD),
        # In a period one household may come, change its tier and go.
        "distinct_households": Measure(
            "困难职工家庭（去重）", Unit.HOUSEHOLD, distinct="household"
        ),
    },
    columns=(
        ("家庭", lambda row: row.case.masked_label),
        ("所属工会", "organisation__name"),
        ("困难类别", lambda row: row.get_tier_display()),
        ("档案级别", lambda row: row.get_level_display()),
        ("建档方式", lambda row: row.get_entry_display()),
        ("起始日", "since"),
        ("终止日", "until"),
        ("终止原因", lambda row: row.get_ending_display()),
    ),
    permission=OPEN,
    rows=lambda: Recognition.objects.select_related("case", "organisation"),
)

grants = Dataset(
    "hardship.grants",
    "已发放的帮扶金",
    Grant,
    dates={"paid": Flow("发放", "paid_on")},
    dimensions={
        "kind": Dimension("帮扶种类", "kind"),
        "source": Dimension("资金来源", "source"),
        "cause": Dimension("帮扶事由", "cause"),
        "tier": Dimension("困难类别", "tier"),
        "level": Dimension("档案级别", "level"),
        "migrant": Dimension("农民工", "case__is_migrant_worker"),
        "organisation_level": LEVEL,
    },
    measures={
        "amount": Measure("帮扶金额", Unit.YUAN, total="amount"),
        "person_times": Measure("帮扶人次", Unit.PERSON_TIME),
        "persons": Measure(
            "受助人（去重）", Unit.PERSON, distinct="beneficiary__certificate_index"
        ),
        "households": Measure("受助家庭（去重）", Unit.HOUSEHOLD, distinct="household"),
    },
    columns=(
        ("家庭", lambda row: row.case.masked_label),
        ("受助人", lambda row: masking.name(row.beneficiary.name)),
        ("所属工会", "organisation__name"),
        ("帮扶种类", lambda row: row.get_kind_display()),
        ("资金来源", lambda row: row.get_source_display()),
        ("金额（元）", "amount"),
        ("发放日期", "paid_on"),
    ),
    permission=OPEN,
    rows=lambda: Grant.objects.standing().select_related("case", "beneficiary", "organisation"),
)

visits = Dataset(
    "hardship.visits",
    "走访困难职工家庭",
    Visit,
    dates={"held": Flow("走访", "held_on")},
    dimensions={
        "kind": Dimension("走访种类", "kind"),
        "tier": Dimension("困难类别", "case__tier"),
        "level": Dimension("档案级别", "case__level"),
        "migrant": Dimension("农民工", "case__is_migrant_worker"),
        "organisation_level": LEVEL,
    },
    measures={
        "person_times": Measure("走访人次", Unit.PERSON_TIME),
        "households": Measure("走访家庭（去重）", Unit.HOUSEHOLD, distinct="case__household"),
    },
    columns=(
        ("家庭", lambda row: row.case.masked_label),
        ("所属工会", "organisation__name"),
        ("走访种类", lambda row: row.get_kind_display()),
        ("走访日期", "held_on"),
    ),
    permission=OPEN,
    rows=lambda: Visit.objects.select_related("case", "organisation"),
)

evaluations = Dataset(
    "hardship.evaluations",
    "第三方评估结果",
    SampleItem,
    dates={"closed": Flow("评估办结", "sample__closed_on")},
    dimensions={
        "verdict": Dimension("评估结论", "verdict"),
        "satisfaction": Dimension("满意度", "satisfaction"),
        "tier": Dimension("困难类别", "tier"),
        "standing": Dimension("在档情况", "standing"),
        "organisation_level": LEVEL,
    },
    measures={
        # One that was found missing has no file by which it could be known in two evaluations.
        "households": Measure("评估发现的家庭", Unit.HOUSEHOLD),
        "distinct_households": Measure(
            "评估的家庭（去重）", Unit.HOUSEHOLD, distinct="case__household"
        ),
    },
    columns=(
        ("评估", "sample__title"),
        ("代码", "code"),
        ("所属工会", "organisation__name"),
        ("困难类别", lambda row: row.get_tier_display()),
        ("评估结论", lambda row: row.get_verdict_display()),
        ("处置日期", "settled_on"),
    ),
    permission=OPEN,
    rows=lambda: SampleItem.objects.select_related("sample", "organisation"),
)

register(recognitions, grants, visits, evaluations)
