"""Notices of publicities as they are printed."""

import io

import pypdf
import pytest

from core.errors import Refused
from core.publicity import notice
from reports.notices import render

CONTENT = {
    "title": "关于拟推荐先进个人的公示",
    "kind": "先进个人推荐公示",
    "noun": "先进个人",
    "agency": "东湖区总工会",
    "contact": "0575-00000000",
    "headings": ["姓名", "工作单位", "推荐荣誉"],
    "rows": [["欧阳**", "甲厂", "先进生产者"], ["李*", "乙厂", "先进生产者"]],
    "posted_on": "2026-09-30",
    "ends_on": "2026-10-13",
    "days": 5,
    "counts_posting_day": False,
}


def test_a_notice_says_what_stands_on_the_page_and_is_the_same_bytes_again():
    pdf = render(notice(CONTENT))
    (page,) = pypdf.PdfReader(io.BytesIO(pdf)).pages
    text = "".join(page.extract_text().split())
    for part in [
        "关于拟推荐先进个人的公示",
        "2026年9月30日至2026年10月13日，共5个工作日（自公示次日起计）",
        "欧阳**甲厂先进生产者",
        "李*乙厂先进生产者",
        "0575-00000000",
        "东湖区总工会",
    ]:
        assert part in text
    assert render(notice(CONTENT)) == pdf


def test_a_name_that_cannot_be_printed_is_refused():
    with pytest.raises(Refused, match="字体中没有"):
        render(notice(CONTENT | {"rows": [["\ue000*", "甲厂", "先进生产者"]]}))
