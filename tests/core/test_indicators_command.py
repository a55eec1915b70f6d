"""`manage.py indicators`: shapes that programs read, and its exit statuses."""

import io
import json
from decimal import Decimal

import pytest
from django.core.management import CommandError, ManagementUtility, call_command
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from core import indicators
from core.models import Organisation
from core.periods import Period
from core.services import organisations
from tests.factories.city import spell


def run(*args):
    out = io.StringIO()
    call_command("indicators", *args, stdout=out)
    return out.getvalue()


def test_json_has_the_agreed_shape(world):
    row = spell(world.own, amount=Decimal("12.34"))
    asked = ["--code", "city.joined", "city.amount", "--code", "city.courier_share"]
    found = json.loads(run(*asked, "--org", "city", "--period", "2021", "--json"))
    assert found[0] == {
        "code": "city.joined",
        "label": "测试joined",
        "value": 1,
        "unit": "件",
        "org": "city",
        "period": "2021",
        "key": None,
        "rows": 1,
    }
    assert [line["value"] for line in found] == [1, 12.34, 0]
    split = json.loads(
        run(*asked[:2], "--org", "city", "--period", "2021-03", "--by", "child", "--rows", "--json")
    )
    assert [(line["key"], line["value"]) for line in split] == [
        ("district", 1), ("other_district", 0), ("city", 0),
    ]  # fmt: skip
    behind = split[0]["behind"][0]
    assert (behind["code"], behind["ids"], behind["count"]) == ("city.joined", [row.pk], 1)


def test_without_codes_every_indicator_is_told(world):
    found = json.loads(run("--org", "city", "--period", "2021", "--json"))
    assert [line["code"] for line in found] == list(indicators.catalogue())


def test_people_read_a_table(world):
    spell(world.own, amount=Decimal("1234.50"))
    text = run(
        "--org",
        "district",
        "--period",
        "2021-Q1",
        "--by",
        "child",
        "--rows",
        "--code",
        "city.amount",
        "city.base",
    )
    assert "东湖区总工会　2021年第一季度" in text
    assert "1,234.50元" in text
    assert "东湖区新街道总工会" in text
    assert "尚未填报" in text


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"--period": "21"}, 2),
        ({"--period": "2021-13"}, 2),
        ({"--org": "nowhere"}, 2),
        ({"--code": "city.nothing"}, 2),
        ({"--by": "colour"}, 2),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(world, change, status):
    options = {"--code": "city.joined", "--org": "city", "--period": "2021"} | change
    with pytest.raises(CommandError) as refusal:
        run(*(part for pair in options.items() for part in pair))
    assert refusal.value.returncode == status
    assert str(refusal.value).endswith("。")


def test_a_missing_argument_is_wrong_usage(capsys):
    with pytest.raises(SystemExit) as end:
        ManagementUtility(["manage.py", "indicators"]).execute()
    assert end.value.code == 2
    assert "--org" in capsys.readouterr().err


@pytest.mark.usefixtures("own_database")
def test_a_snapshot_can_not_write_and_leaves_no_trace():
    with indicators.snapshot():
        assert Organisation.objects.count() == 0
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SHOW transaction_isolation")
                assert cursor.fetchone() == ("repeatable read",)
    city = Organisation(code="x", name="江城市总工会", level=Organisation.Level.MUNICIPAL)
    refused = pytest.raises(DatabaseError, match="read-only|readonly")
    with refused, indicators.snapshot():
        organisations.plant(city)
    organisations.plant(city)
    assert Organisation.objects.count() == 1


@pytest.mark.usefixtures("own_database")
def test_figures_of_one_call_come_from_one_state():
    city = organisations.plant(
        Organisation(code="x", name="江城市总工会", level=Organisation.Level.MUNICIPAL)
    )
    with CaptureQueriesContext(connection) as caught:
        indicators.compute(["city.people"], organisation=city, period=Period.year(2021))
    statements = [query["sql"] for query in caught]
    assert statements[0].startswith("BEGIN")
    assert statements[-1] == "COMMIT"
