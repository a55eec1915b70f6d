"""Synthetic people and codes: plausible names, numbers that belong to nobody. No Django.

Resident numbers carry the region 330600, which is the city level of a code and is never issued on a
card; telephones begin with 154, a segment that no carrier was given.
"""

import datetime
from collections.abc import Sequence
from itertools import accumulate
from random import Random
from typing import TypeVar

from stdnum.cn import ric, uscc

Item = TypeVar("Item")


def listed(text: str) -> list[str]:
    """Words that are easier to read, and to add to, as one text."""
    return text.split()


REGION = "330600"
PHONES = "154"
SEQUENCES = 990  # 996 to 999 are reserved, and stand in the examples of templates

# Family names with their share of the population in thousandths.
SURNAMES = {
    "王": 71, "李": 70, "张": 67, "刘": 52, "陈": 45, "杨": 30, "黄": 22, "赵": 21, "吴": 20,
    "周": 20, "徐": 15, "孙": 15, "马": 13, "朱": 12, "胡": 12, "郭": 11, "何": 11, "林": 11,
    "高": 10, "罗": 10, "郑": 9, "梁": 9, "谢": 8, "宋": 8, "唐": 7, "许": 7, "邓": 7, "韩": 7,
    "冯": 6, "曹": 6, "彭": 6, "曾": 6, "肖": 6, "田": 5, "董": 5, "潘": 5, "袁": 5, "蔡": 5,
    "蒋": 5, "余": 5, "于": 5, "杜": 4, "叶": 4, "程": 4, "魏": 4, "苏": 4, "吕": 4, "丁": 4,
    "任": 4, "卢": 4, "姚": 4, "沈": 4, "钟": 4, "姜": 4, "崔": 4, "谭": 4, "陆": 4, "范": 3,
    "汪": 3, "廖": 3, "石": 3, "金": 3, "韦": 3, "贾": 3, "夏": 3, "付": 3, "方": 3, "邹": 3,
    "熊": 3, "白": 3, "孟": 3, "秦": 3, "邱": 2, "侯": 2, "江": 2, "尹": 2, "薛": 2, "单": 1,
    "仇": 1, "解": 1, "欧阳": 1, "司马": 1, "上官": 1, "诸葛": 1,
}  # fmt: skip
MALE = listed(
    "伟 强 磊 军 洋 勇 杰 涛 超 明 刚 平 辉 鹏 华 飞 鑫 波 斌 宇 浩 凯 俊 帆 健 俊杰 志强 "
    "建国 建华 志刚 国强 文斌 海波 晓东 永强 建军 国平 家豪 子轩 浩然 天宇 志远 立新 卫东 "
    "金宝 长青 大勇 春生 光明 庆丰"
)
FEMALE = listed(
    "芳 娜 敏 静 丽 艳 娟 霞 燕 玲 婷 雪 琳 颖 梅 莉 红 倩 萍 洁 秀英 桂英 秀兰 玉兰 婷婷 "
    "丽娟 春梅 海燕 雪梅 晓燕 淑芬 美玲 佳怡 欣怡 雨涵 梦瑶 诗涵 慧敏 小红 丽华 翠兰 凤英 "
    "文静 思雨 月华 彩霞"
)
# Characters that simple fonts and old systems lack.
RARE = {"男": listed("堃 喆 镕 赟 昇 翀 䶮"), "女": listed("玥 珺 喆 赟")}
RARE_SHARE = 0.004
MINORITY = {
    "男": ["买买提·艾力", "扎西·次仁", "阿不都·热合曼"],
    "女": ["阿依古丽·买买提", "卓玛·央金"],
}
MINORITY_SHARE = 0.0006


class Chance:
    """A source of chance that gives the same answers for the same seed."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - a made-up city, no secret

    def one(self, items: Sequence[Item]) -> Item:
        return items[int(self.random.random() * len(items))]

    def weighted(self, shares: dict[Item, float]) -> Item:
        return self.random.choices(list(shares), list(shares.values()))[0]

    def happens(self, probability: float) -> bool:
        return self.random.random() < probability

    def between(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return self.random.randint(low, high)

    def day(self, first: datetime.date, last: datetime.date) -> datetime.date:
        """A day, both ends included."""
        return first + datetime.timedelta(days=self.between(0, (last - first).days))

    def shares(self, total: int, weights: Sequence[float], *, least: int = 0) -> list[int]:
        """Split `total` into whole parts in proportion to the weights, none below `least`."""
        rest = total - least * len(weights)
        if rest < 0:
            raise ValueError(f"{total} cannot be split into {len(weights)} parts of {least}")
        exact = [rest * weight / sum(weights) for weight in weights]
        parts = [int(part) for part in exact]
        by_fraction = sorted(range(len(parts)), key=lambda at: parts[at] - exact[at])
        for at in by_fraction[: rest - sum(parts)]:
            parts[at] += 1
        return [part + least for part in parts]


class Registry:
    """Hands out names and numbers, each number once."""

    def __init__(self, chance: Chance) -> None:
        self.chance = chance
        self._surnames, self._weights = list(SURNAMES), list(accumulate(SURNAMES.values()))
        self._numbers: set[str] = set()
        self._phones = self._codes = 0

    def name(self, sex: str) -> tuple[str, str]:
        """A name and the ethnicity (民族) that goes with it. `sex` is 男 or 女."""
        chance = self.chance
        if chance.happens(MINORITY_SHARE):
            name = chance.one(MINORITY[sex])
            return name, "藏族" if name[:2] in {"扎西", "卓玛"} else "维吾尔族"
        surname = chance.random.choices(self._surnames, cum_weights=self._weights)[0]
        if chance.happens(RARE_SHARE):
            return surname + chance.one(RARE[sex]), "汉族"
        return surname + chance.one(MALE if sex == "男" else FEMALE), "汉族"

    def number(self, born: datetime.date, sex: str) -> str:
        """A resident number with a right check digit. GB 11643-1999: odd sequences are male."""
        while True:
            sequence = self.chance.between(0, SEQUENCES // 2 - 1) * 2 + (sex == "男")
            body = f"{REGION}{born:%Y%m%d}{sequence:03}"
            if body not in self._numbers:
                self._numbers.add(body)
                return body + ric.calc_check_digit(f"{body}0")

    def slip(self, number: str) -> str:
        """The number with one wrong digit and the check digit that makes it look right."""
        for digit in "13579" if number[14] in "02468" else "02468":
            body = f"{number[:14]}{digit}{number[15:17]}"
            if body not in self._numbers:
                self._numbers.add(body)
                return body + ric.calc_check_digit(f"{body}0")
        raise LookupError("every neighbour of the number is taken")

    def phone(self) -> str:
        """A mobile number of eleven digits; neighbours look unlike."""
        self._phones += 1
        return phone_number(self._phones)

    def credit_code(self, start: str) -> str:
        """A unified social credit code (GB 32100-2015). `start`: 91 company, 81 union, …"""
        self._codes += 1
        return credit_code(start, self._codes)


def phone_number(place: int) -> str:
    """The mobile number at a place below a hundred millions."""
    return f"{PHONES}{place * 7_368_787 % 100_000_000:08}"


def credit_code(start: str, place: int) -> str:
    """The credit code at a place below a million."""
    body = f"MA{place * 7_919 % 1_000_000:06}"
    code = f"{start}{REGION}{body}{organisation_check(body)}"
    return code + uscc.calc_check_digit(code)


def organisation_check(body: str) -> str:
    """The check character of the organisation code inside a credit code. GB 11714-1997."""
    total = sum(
        int(char, 36) * weight for char, weight in zip(body, (3, 7, 9, 10, 5, 8, 4, 2), strict=True)
    )
    return "0123456789X0"[11 - total % 11]
