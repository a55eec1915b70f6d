"""What of homes of employees may be counted."""

from core.indicators import Dataset, Dimension, Flow, Measure, Unit, register
from honours.datasets.studios import OPEN
from honours.models import HomeRating, Inspection

ratings = Dataset(
    "honours.home_ratings",
    "会员评家",
    HomeRating,
    dates={"held": Flow("评家", "held_on")},
    dimensions={
        "year": Dimension("评家年度", "year"),
        "organisation_level": Dimension("组织层级", "organisation__level"),
    },
    measures={
        "unions": Measure("评家工会（去重）", Unit.ORGANISATION, distinct="organisation"),
        "voted": Measure("参评会员人次", Unit.PERSON_TIME, total="voted"),
        "satisfied": Measure("满意会员人次", Unit.PERSON_TIME, total="satisfied"),
    },
    columns=(
        ("工会", "organisation__name"),
        ("评家年度", "year"),
        ("评家日期", "held_on"),
        ("参评会员（人）", "voted"),
        ("满意票（票）", "satisfied"),
    ),
    permission=OPEN,
    rows=lambda: HomeRating.objects.filter(state=HomeRating.State.ACCEPTED).select_related(
        "organisation"
    ),
)

inspections = Dataset(
    "honours.inspections",
    "荣誉复查",
    Inspection,
    dates={"held": Flow("复查", "held_on"), "delisted": Flow("摘牌", "ended_on")},
    dimensions={
        "kind": Dimension("复查种类", "kind"),
        "state": Dimension("结论", "state"),
        "title_kind": Dimension("称号类别", "award__title__kind"),
        "level": Dimension("称号级别", "award__level"),
    },
    measures={"inspections": Measure("复查", Unit.TIME)},
    columns=(
        ("荣誉", lambda row: str(row.award)),
        ("所属工会", "organisation__name"),
        ("复查种类", lambda row: row.get_kind_display()),
        ("复查日期", "held_on"),
        ("结论", lambda row: row.get_state_display()),
        ("摘牌日期", "ended_on"),
    ),
    permission=OPEN,
    rows=lambda: Inspection.objects.exclude(state=Inspection.State.WITHDRAWN).select_related(
        "organisation", "award__title"
    ),
)

register(ratings, inspections)
