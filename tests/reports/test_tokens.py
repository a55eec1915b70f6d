"""Chapters are data: tokens are put in, everything else is printed as it stands."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import tokens
from reports.tokens import ChartOf, Fact, Figure, Heading, Paragraph, TableOf, Text, Token
from reports.wording import WordingError

UNITS = {
    "members.total": "人",
    "members.women": "人",
    "members.joined_persons": "人",
    "members.rate": "%",
    "funds.refund": "元",
    "honours.homes": "家",
}
FACTS = {"组织.名称": "市总工会", "期间.年": "2021", "期间.下一年": "2022"}
FIGURES = {
    "members.total": Figure(33000, "人", "https://city.example/figures/1"),
    "members.joined_persons": Figure(573, "人", "https://city.example/figures/2"),
    "funds.refund": Figure(Decimal("7150000"), "元"),
    "members.rate": Figure(None, "%"),
}

CHAPTER = """\
# 自身建设迈出新步伐

## 建会入会扎实推进
截至{{ 期间.年 }}年底，{{组织.名称}}共有会员{{ members.total | 万 }}，
其中新入会{{ members.joined_persons | 多 }}。

[[表 各区县会员情况 | codes=members.total, members.women | by=child]]
[[图 各区县会员数 | code=members.total]]

返还{{ funds.refund | 万元 }}。
"""


def printed(text, figures=FIGURES, facts=FACTS):
    chapter = tokens.parse(text, units=UNITS, facts=facts)
    return "\n".join(
        "".join(run.text for run in tokens.runs(block.parts, figures, facts))
        for block in chapter.blocks
    )


def test_a_chapter_in_order():
    blocks = tokens.parse(CHAPTER, units=UNITS, facts=FACTS).blocks
    assert blocks[:2] == (
        Heading(1, (Text("自身建设迈出新步伐"),), 1),
        Heading(2, (Text("建会入会扎实推进"),), 3),
    )
    assert blocks[2].parts[1] == Text("年底，") or blocks[2].parts[1] == Fact("期间.年")
    assert Token("members.total", "万") in blocks[2].parts
    assert blocks[3] == TableOf(
        (Text("各区县会员情况"),), ("members.total", "members.women"), "child", 7
    )
    assert blocks[4] == ChartOf((Text("各区县会员数"),), "members.total", "child", 8)
    assert isinstance(blocks[5], Paragraph)
    assert blocks[5].line == 10


def test_codes_are_listed_once():
    chapter = tokens.parse(CHAPTER)
    assert tokens.codes(chapter) == (
        "members.total",
        "members.joined_persons",
        "members.women",
        "funds.refund",
    )


def test_figures_and_facts_are_put_in():
    chapter = tokens.parse(CHAPTER, units=UNITS, facts=FACTS)
    runs = tokens.runs(chapter.blocks[2].parts, FIGURES, FACTS)
    assert "".join(run.text for run in runs) == (
        "截至2021年底，市总工会共有会员3.3万人，其中新入会570多人。"
    )
    assert [run.href for run in runs if run.href] == [
        "https://city.example/figures/1",
        "https://city.example/figures/2",
    ]


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("甲\n\n共{{ members.totl }}", 3, "没有“members.totl”这个指标"),
        ("共{{ members.total | 万元 }}", 1, "只用于金额"),
        ("共{{ members.total | 大概 }}", 1, "没有“大概”这种数字写法"),
        ("共{{ members.total | }}", 1, "缺少写法"),
        ("共{{ members.total", 1, "没有配对"),
        ("共{{ 7*7 }}", 1, "不是指标代码"),
        ("共{{ 组织.密码 }}", 1, "没有“组织.密码”这项内容"),
        ("共{{ 组织.名称 | 万 }}", 1, "是文字"),
        ("#标题", 1, "井号后空一格"),
        ("#### 标题", 1, "井号后空一格"),
        ("[[像 甲 | code=members.total]]", 1, "没有“像”这种内容"),
        ("[[表 | codes=members.total]]", 1, "缺少标题"),
        ("[[表 甲 | codes=members.total", 1, "须以“]]”结尾"),
        ("[[表 甲]]", 1, "缺少 codes="),
        ("[[表 甲 | codes=members.total, members.total]]", 1, "出现了两次"),
        ("[[表 甲 | codes=members.total | money=万]]", 1, "money=万 不成立"),
        ("[[图 甲 | code=members.total | by=../x]]", 1, "不成立"),
        ("[[图 甲 | codes=members.total]]", 1, "看不懂"),
        ("[[图 甲 | code=members.total | code=members.women]]", 1, "写了两次"),
    ],
)
def test_refused_with_line_and_remedy(text, line, why):
    with pytest.raises(tokens.TextError, match=f"^第 {line} 行：.*{why}") as raised:
        tokens.parse(text, units=UNITS, facts=FACTS)
    assert raised.value.line == line


def test_a_figure_without_value_is_never_printed():
    with pytest.raises(WordingError, match=r"members\.rate.*没有值"):
        printed("入会率{{ members.rate }}")


PAYLOADS = [
    "{% include 'settings.py' %}",
    "{% load log %}{% get_admin_log 10 as log %}",
    "${7*7}",
    "#{7*7}",
    "<%= 7*7 %>",
    "{# comment #}",
    "{7*7}",
    "%(password)s",
    "{settings.SECRET_KEY}",
    "@(7*7)",
    "[[${7*7}",
    "<script>alert(1)</script>",
    "${T(java.lang.Runtime).getRuntime()}",
    "{php}echo 1;{/php}",
    "<#assign x=7>",
    "&lt;b&gt;",
    "\\{{ 7*7 }}",
    "\\{{ request.user.password }}",
    "\\{{ ''.__class__.__mro__ }}",
    "\\{{ config.items() }}",
]
BRACED = [
    "{{ 7*7 }}",
    "{{ request.user.password }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ members.total.__class__ }}",
    "{{ members.total|safe }}",
    "{{ settings.SECRET_KEY }}",
    "{{ cycler.__init__.__globals__ }}",
    "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "{{ organisation.delete }}",
    "{{ 组织.名称.__class__ }}",
    "{{{{ members.total }}}}",
    "{{ }}",
]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_in_the_text_is_printed_literally(payload):
    assert printed(f"甲{payload}乙") == f"甲{payload}乙".replace("\\{{", "{{")


@pytest.mark.parametrize("payload", BRACED)
def test_a_payload_in_a_token_is_refused_when_saved(payload):
    with pytest.raises(tokens.TextError):
        tokens.parse(f"甲{payload}乙", units=UNITS, facts=FACTS)


@pytest.mark.parametrize("payload", [*PAYLOADS, *BRACED])
def test_a_payload_in_a_value_is_printed_literally(payload):
    facts = {"组织.名称": payload}
    assert printed("由{{ 组织.名称 }}主办", facts=facts) == f"由{payload}主办"


@given(st.text())
def test_any_text_parses_or_is_refused_with_a_line(text):
    lines = len([*text.splitlines(), ""])
    try:
        chapter = tokens.parse(text, units=UNITS, facts=FACTS)
        seen = [block.line for block in chapter.blocks]
    except tokens.TextError as error:
        seen = [error.line]
    assert all(1 <= line <= lines for line in seen)
    assert seen == sorted(set(seen))
