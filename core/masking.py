"""How personal data is shown by default. Pure functions, clear text in, masked text out.

No national rule binds one form; these are the usual ones: number 4+4, phone 3+4, account last four,
given name starred, address down to the street.
"""

import re

# Family names of two characters, from the names in use, not from a standard.
COMPOUND_SURNAMES = frozenset({
    "欧阳", "太史", "端木", "上官", "司马", "东方", "独孤", "南宫", "万俟", "闻人", "夏侯",
    "诸葛", "尉迟", "公羊", "赫连", "澹台", "皇甫", "宗政", "濮阳", "公冶", "太叔", "申屠",
    "公孙", "慕容", "仲孙", "钟离", "长孙", "宇文", "司徒", "鲜于", "司空", "闾丘", "子车",
    "亓官", "司寇", "巫马", "公西", "颛孙", "壤驷", "公良", "漆雕", "乐正", "宰父", "谷梁",
    "拓跋", "夹谷", "轩辕", "令狐", "段干", "百里", "呼延", "东郭", "南门", "羊舌", "微生",
    "梁丘", "左丘", "东门", "西门", "第五", "贺兰", "即墨", "达奚", "褚师", "纳兰",
})  # fmt: skip

_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af]")


def name(text: str) -> str:
    """张* · 张*三 · 欧阳* · 阿**·***: the surname, and the last character of three."""
    if len(text) < 2:
        return "*" * len(text)
    if "·" in text or not _HAN.search(text):
        return text[0] + re.sub(r"[^·\s]", "*", text[1:])
    family = 2 if len(text) > 2 and text[:2] in COMPOUND_SURNAMES else 1
    given = len(text) - family
    if given == 1 or family == 2:
        return text[:family] + "*" * given
    return text[:family] + "*" * (given - 1) + text[-1]


def number(text: str) -> str:
    """A certificate number with its first and last four characters: 3306**********9990."""
    if len(text) <= 8:
        return "*" * max(len(text) - 2, 0) + text[-2:] if len(text) > 4 else "*" * len(text)
    return text[:4] + "*" * (len(text) - 8) + text[-4:]


def number_public(text: str) -> str:
    """A certificate number on public lists, where first and last parts could be put together."""
    return _last_four(text)


def phone(text: str) -> str:
    """A telephone number: 138****0001; of a landline the last four digits."""
    if re.fullmatch(r"[0-9]{11}", text):
        return text[:3] + "****" + text[-4:]
    return _last_four(text)


def account(text: str) -> str:
    """A bank account with its last four digits."""
    return _last_four(text)


def _last_four(text: str) -> str:
    return "*" * (len(text) - 4) + text[-4:] if len(text) > 4 else "*" * len(text)


def address(text: str) -> str:
    """Down to the street, town or community."""
    found = re.match(r".*?(?:街道|社区|镇|乡|村|路|街)", text)
    return f"{found.group()}****" if found else f"{text[:6]}****"


def text(value: str) -> str:
    """Anything else: nothing is shown."""
    return "****" if value else ""


def numbers_within(value: str) -> str:
    """A free text in which numbers of persons may have strayed, those masked."""
    return re.sub(r"[0-9]{10,}[0-9Xx]", lambda found: number(found[0]), value)
