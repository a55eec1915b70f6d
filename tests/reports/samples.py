"""A report of a few pages as plain values."""

from reports.layout import (
    Annex,
    Document,
    Heading,
    Paragraph,
    Roster,
    Run,
    Table,
)

NAMES = "堃喆镕赟玥昇珺翀䶮"
DISTRICTS = (
    "东城区 西城区 南湖区 北山区 河东县 河西县 临江市 望海市".split()  # noqa: SIM905 - reads better
)
BODY = "一年来，全市各级工会坚持以职工为中心的工作导向，扎实推进建会入会，全年新发展会员"


def paragraph(times: int = 4) -> Paragraph:
    """A paragraph of about `times` + 1 lines with figures and rare names."""
    return Paragraph(
        (
            Run(BODY * times),
            Run("33000人", "https://city.example/figures/1"),
            Run(f"，新建工会的企业负责人有赵{NAMES}等九人，共有会员"),
            Run("570多人", "https://city.example/figures/2"),
            Run("。"),
        )
    )


def table(rows: int = 8) -> Table:
    return Table(
        "各区县会员情况",
        ("区县", "会员总数（人）", "女会员（人）", "新入会（人）"),
        tuple(
            (
                Run(DISTRICTS[index % 8]),
                Run(f"{12345 + index:,}", "https://city.example/figures/3"),
                Run(f"{5000 + index:,}"),
                Run(f"{300 + index}"),
            )
            for index in range(rows)
        ),
        "注：截至2021年12月31日。",
    )


def report(**changes) -> Document:
    values = {
        "title": "凝心聚力建新功　服务大局谱新篇",
        "subtitle": "——在市总工会十一届五次全委会上的工作报告",
        "byline": ("市总工会主席　赵堃", "2022年1月12日"),
        "salutation": "各位委员、同志们：",
        "blocks": (
            Paragraph((Run("现在，我向大会报告工作，请予审议。"),)),
            Heading(1, (Run("2021年主要工作"),)),
            Heading(2, (Run("建会入会更加扎实有力"),)),
            *(paragraph() for _ in range(9)),
            Heading(2, (Run("组织建设更加牢固"),)),
            table(),
            paragraph(),
            Heading(1, (Run("2022年工作安排"),)),
            paragraph(),
            Roster("市级先进职工之家", ("主席", "人数"), tuple((f"赵{c}", "12") for c in NAMES)),
        ),
        "annexes": (Annex("各区县会员明细表", (table(),)),),
    }
    return Document(**{**values, **changes})
