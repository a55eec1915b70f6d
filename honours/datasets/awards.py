"""Titles that were given, and those that are held."""

from core.indicators import Dataset, Dimension, Flow, Measure, Stock, Unit, register
from honours.models import Award, CollectiveAward

awards = Dataset(
    "honours.awards",
    "荣誉",
    Award,
    dates={
        "granted": Flow("授予", "granted_on"),
        "revoked": Flow("撤销", "revoked_on"),
        # Everybody to whom it was ever given (累计), also where it has run out meanwhile.
        "ever": Stock("累计", "granted_on"),
    },
    dimensions={
        "kind": Dimension("类别", "title__kind"),
        "title": Dimension("称号", "title__code"),
        "level": Dimension("级别", "level"),
        "recipient": Dimension("授予对象", "title__recipient"),
        "registered": Dimension("已登记的会员", "person"),
        "revoked_on": Dimension("撤销日期", "revoked_on"),
        "organisation_level": Dimension("组织层级", "organisation__level"),
    },
    measures={
        "awards": Measure("授予数", Unit.ITEM),
        "persons": Measure("获得者（会员，去重）", Unit.PERSON, distinct="person"),
        # Those whom the register of members does not know; each award is one of them.
        "others": Measure("获得者（未登记为会员的个人）", Unit.PERSON),
        "employers": Measure("获得单位（去重）", Unit.EMPLOYER, distinct="employer"),
        "unions": Measure("获得工会（去重）", Unit.EMPLOYER, distinct="union"),
    },
    columns=(
        ("获得者", lambda row: row.masked_label),
        ("称号", "title__name"),
        ("级别", lambda row: row.get_level_display()),
        ("授予日期", "granted_on"),
        ("授予机关", "granting_body"),
        ("表彰文号", "document_number"),
        ("推荐工会", "organisation__name"),
    ),
    permission="honours.open_figure",
    rows=lambda: Award.objects.select_related("title", "organisation"),
)

# No person is in it, so its rows may be listed in a report (荣誉榜).
collective = Dataset(
    "honours.collective",
    "集体荣誉",
    CollectiveAward,
    dates={"granted": Flow("授予", "granted_on")},
    dimensions={
        "kind": Dimension("类别", "title__kind"),
        "level": Dimension("级别", "level"),
        "recipient": Dimension("授予对象", "title__recipient"),
        "organisation_level": Dimension("组织层级", "organisation__level"),
    },
    measures={"awards": Measure("授予数", Unit.ITEM)},
    columns=(
        ("称号", "title__name"),
        ("获得者", "recipient_name"),
        ("授予日期", "granted_on"),
        ("授予机关", "granting_body"),
    ),
    permission="honours.open_figure",
    rows=lambda: CollectiveAward.objects.collective().select_related("title", "organisation"),
)

register(awards, collective)
