"""Where the demo city lies: its districts, their towns, its trade federations, by code."""

import datetime

CITY, CITY_NAME = "JC", "江城市总工会"
DELIVERY, FREIGHT = "JC-WL", "JC-HY"
DISTRICTS = {
    "JC01": ("城东区", "新桥街道 花园街道 东湖街道 解放街道 文昌街道 石井街道 东郊镇"),
    "JC02": ("城西区", "西门街道 建设街道 和平街道 莲塘街道 古井街道 大塘镇 西山镇"),
    "JC03": ("江北区", "江北街道 滨江街道 码头街道 红星街道 北苑街道 柳溪镇"),
    "JC04": ("江南区", "江南街道 南苑街道 会展街道 双桥街道 青枫街道 沙洲镇"),
    "JC05": ("临港新区", "港口街道 保税街道 海湾街道 新港镇 盐场镇"),
    "JC06": ("青山县", "青山镇 云雾镇 石门镇 松岭镇 竹溪乡 茶园乡"),
    "JC07": ("白水县", "白水镇 河口镇 长堤镇 平川镇 稻香乡 芦塘乡"),
    "JC08": ("云溪市", "云溪街道 城关街道 龙潭镇 枫林镇 古渡镇"),
}
TOWN_WEIGHTS = {"JC01": 1.4, "JC02": 1.3, "JC03": 1.2, "JC04": 1.3, "JC05": 1.0, "JC06": 0.7,
                "JC07": 0.7, "JC08": 0.9}  # fmt: skip

TOWN_REVIEW = "JC01"  # the district whose streets look at hardship files before it does
OWN_LINE = "JC05"  # the district with a minimum-living line of its own
# 低保标准, 元 for one person and month, from each 1 July (the first from the beginning).
LINES = {
    CITY: {2018: 680, 2019: 730, 2020: 780, 2021: 830, 2022: 880, 2023: 940, 2024: 1_010,
           2025: 1_060, 2026: 1_110},
    OWN_LINE: {2018: 720, 2019: 780, 2020: 830, 2021: 880, 2022: 940, 2023: 1_000, 2024: 1_070,
               2025: 1_130, 2026: 1_190},
}  # fmt: skip


def line(district: str, on: datetime.date) -> int:
    """The minimum-living line of a district on a day, in yuan for one person and month."""
    lines = LINES.get(district, LINES[CITY])
    return next(
        amount for year, amount in sorted(lines.items(), reverse=True)
        if on >= datetime.date(year, 7, 1) or year == min(lines)
    )  # fmt: skip
