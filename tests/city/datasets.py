"""The dataset of the test app."""

from core.indicators import Dataset, Dimension, Flow, Measure, Stock, Unit, register
from tests.city.models import Spell, Tag

SPELLS = Dataset(
    code="city.spells",
    label="测试关系",
    model=Spell,
    dates={
        "joined": Flow("加入日期", "since"),
        "left": Flow("离开日期", "until"),
        "in_force": Stock("在册", "since", "until"),
        "gone": Stock("已离册", "since", after=("until",)),
    },
    dimensions={
        "group": Dimension("群体", "group"),
        "sex": Dimension("性别", "human__sex"),
        "is_new": Dimension("是否新增", "is_new"),
        "age": Dimension("年龄", "age"),
        "age_band": Dimension(
            "年龄段",
            "age",
            buckets={
                "young": ("35岁及以下", None, 35),
                "middle": ("36至50岁", 36, 50),
                "old": ("51岁及以上", 51, None),
            },
        ),
        "number": Dimension("证件号码", "number"),
        "tag": Dimension(
            "标签",
            "human__tags",
            lambda: dict(Tag.objects.order_by("pk").values_list("pk", "name")),
        ),
    },
    measures={
        "rows": Measure("关系数", Unit.CASE),
        "people": Measure("人数", Unit.PERSON, distinct="human"),
        "ages": Measure("不同年龄数", Unit.ITEM, distinct="age"),
        "amount": Measure("金额", Unit.YUAN, total="amount"),
        "owed": Measure("欠付", Unit.YUAN, total="amount", only="above"),
        "over": Measure("多付", Unit.YUAN, total="amount", only="below"),
        "person_times": Measure("人次", Unit.PERSON_TIME, total="headcount"),
    },
    columns=(("所属工会", "organisation__name"), ("加入日期", "since")),
)

register(SPELLS)
