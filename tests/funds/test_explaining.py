"""Why this amount: the sentences of one receipt."""

import datetime

import pytest

from funds.explaining import explain
from funds.models import CollectionLine
from funds.services import custody, splitting
from members.services import unions
from tests.factories import splits
from tests.factories.splits import line, refund, rule, split

pytestmark = pytest.mark.django_db
day = datetime.date


@pytest.fixture
def rules(world):
    return rule(world.city, document_number="江工发〔2020〕1号")


@pytest.fixture
def batch(world):
    return splits.batch(world.city)


def test_each_part_is_told_exactly_and_to_the_cent(world, rules, batch):
    got = line(batch, "24691.36", union=world.own, entry_on=day(2026, 4, 10))
    split(got)
    assert explain(got) == [
        (
            f"税票 {got.receipt_number}，工会经费，所属期 2026年3月，2026-04-10 入库，"
            "金额 24,691.36 元。"
        ),
        (
            "按所属期适用“工会经费·一般单位”分成规则：江城市总工会，文号 江工发〔2020〕1号，"
            "自 2020-01-01 起的所属期。"
        ),
        "基层工会 60%：24,691.36 × 60% = 14,814.816 元，计到分，另得尾差 1 分，为 14,814.82 元。",
        "区县（产业） 15%：24,691.36 × 15% = 3,703.704 元，计到分，为 3,703.70 元。",
        "市级 10%：24,691.36 × 10% = 2,469.136 元，计到分，另得尾差 1 分，为 2,469.14 元。",
        "省级 10%：24,691.36 × 10% = 2,469.136 元，计到分，为 2,469.13 元。",
        "全国 5%：24,691.36 × 5% = 1,234.568 元，计到分，另得尾差 1 分，为 1,234.57 元。",
        "尾差共 3 分，按余数由大到小分给基层工会、市级、全国，余数相同的由下级到上级。",
        "基层工会部分 14,814.82 元归“甲厂工会委员会”。",
        "区县（产业）部分 3,703.70 元归“东湖区总工会”。",
        "应返期限：入库后次月月底前，即 2026-05-31。",
    ]


def test_a_measure_is_told_with_its_document(world, rules, batch):
    splits.measure(world.city)
    got = line(batch, "1000.00", union=world.own)
    split(got)
    assert (
        "按“缓减上缴经费”（江工发〔2026〕9号）上缴部分缓减 20%："
        "区县（产业） 30.00 元、市级 20.00 元、省级 20.00 元、全国 10.00 元，"
        "共 80.00 元留在基层工会，基层工会为 680.00 元。"
    ) in explain(got)


def test_where_a_part_without_a_union_went(world, batch):
    rule(world.city, {"grassroots": 50, "town": 50})
    unknown = line(batch)
    elsewhere = line(batch, payer=splits.payer(world.other_district))
    split(unknown)
    assert (
        "缴费单位尚未匹配，基层和乡镇、区县部分共 100.00 元由“江城市总工会”代管，"
        "确认缴费单位后重新分配。" in explain(unknown)
    )
    told = explain(elsewhere)
    assert "所属期内该单位没有工会，基层工会部分 50.00 元由“江城市总工会”代管，建会后返还。" in told
    assert "没有乡镇（街道）工会，该部分 50.00 元归收缴的“江城市总工会”。" in told


def test_custody_is_told_until_it_ends(world, rules, batch):
    splits.account(world.own, own=False)
    got = line(batch, union=world.own)
    split(got)
    kept = "“甲厂工会委员会”没有独立账户，其部分由“江城市总工会”代管，"
    assert f"{kept}开立独立账户后转出。" in explain(got)
    splits.account(world.own)
    custody.release(world.own, on=day(2026, 9, 1), by=None)
    assert f"{kept}已于 2026-09-01 转出。" in explain(got)


def test_a_preparation_fund_before_and_after_the_founding(world, batch):
    rule(world.city, {"held": 100}, kind="preparation")
    rule(world.city, kind="released", due_after="days", due_days=30)
    firm = splits.payer(world.town)
    got = line(batch, payer=firm, fund_kind="preparation")
    split(got)
    assert "100.00 元由“江城市总工会”代管，建会后按规定返还。" in explain(got)
    unions.cover(firm, union=world.own, since=day(2026, 7, 1), by=world.user("clerk"))
    custody.found(world.own, firm, on=day(2026, 8, 1), by=None)
    got.refresh_from_db()
    told = explain(got)
    assert "应返期限：建会后 30 天内。" in told
    assert any(each.startswith("2026-08-01 建会返还筹备金，依据：") for each in told)
    assert any("已被现在的分成替换" in each for each in told)


def test_a_refund_says_what_it_takes_back(world, rules, batch):
    got = line(batch, "100.00", union=world.own)
    split(got)
    back = refund(splits.batch(world.city), got, "-50.00")
    split(back)
    told = explain(back)
    assert f"冲回税票 {got.receipt_number}（100.00 元）的分成" in " ".join(told)
    assert "基层工会冲回 30.00 元。" in told


def test_a_receipt_below_zero_is_told_with_its_sign(world, rules, batch):
    got = line(batch, "-0.05", union=world.own)
    split(got)
    assert "区县（产业） 15%：-0.05 × 15% = -0.0075 元，计到分，另得尾差 1 分，为 -0.01 元。" in (
        explain(got)
    )


def test_an_earlier_version_is_told(world, rules, batch):
    got = line(batch, union=world.own)
    split(got, on=day(2026, 5, 1))
    rule(world.city, {"grassroots": 100}, valid_from=day(2026, 1, 1))
    rows = CollectionLine.objects.all()
    splitting.resplit(rows, organisation=world.city, reason="规则改了", on=day(2026, 6, 1), by=None)
    told = explain(got)
    assert "2026-06-01 重新分配，依据：规则改了。" in told
    assert told[-1].startswith("此前于 2026-05-01 按“工会经费·一般单位（江工发〔2020〕1号）”分配")


@pytest.mark.parametrize(
    ("state", "words"), [("counted", "现为“已核总数”"), ("refused", "已整批退回")]
)
def test_what_is_not_split_says_so(world, state, words):
    got = line(splits.batch(world.city, state=state), union=world.own)
    (told,) = explain(got)
    assert words in told
