"""`manage.py sheet`: what it answers, and with which exit status."""

import io
import json

import openpyxl
import pytest
from django.core.management import CommandError, call_command

from core.models import Job
from tests.core.test_sheet_imports import GOOD, HEADINGS, NAME


@pytest.fixture
def clerk(world):
    return world.user("clerk", at=world.district)


def command(*arguments):
    out, err = io.StringIO(), io.StringIO()
    status = 0
    try:
        call_command("sheet", *map(str, arguments), stdout=out, stderr=err)
    except SystemExit as stopped:
        status = stopped.code
    except CommandError as error:
        status = error.returncode
        err.write(str(error))
    return status, out.getvalue(), err.getvalue()


def test_the_command_speaks_as_documented(world, clerk, tmp_path):
    good, bad, mark = tmp_path / "a.csv", tmp_path / "b.csv", tmp_path / "e.xlsx"
    good.write_text("\n".join([HEADINGS, *GOOD]), encoding="gb18030")
    bad.write_text("\n".join([HEADINGS, "东湖区总工会,03,"]))
    who = ["--org", "district", "--by", clerk.username]
    assert command("template", NAME, "--out", tmp_path / "t.xlsx")[0] == 0
    status, out, _ = command("import", NAME, good, *who, "--json")
    assert out.count("\n") == 1
    answer = json.loads(out)
    assert status == 0
    assert answer == {
        "job": Job.objects.get().pk,
        "read": 2,
        "created": 2,
        "updated": 0,
        "same": 0,
        "rejected": 0,
        "skipped": 0,
        "errors": [],
    }
    status, out, err = command("import", NAME, bad, *who, "--errors", mark, "--json")
    assert (status, json.loads(out)["errors"]) == (
        1,
        [{"row": 2, "column": "部门名称", "code": "required", "message": "“部门名称”不能为空。"}],
    )
    assert "整份未写入" in err
    assert openpyxl.load_workbook(mark).worksheets[0]["D2"].value
    assert command("import", NAME, bad, *who, "--partial", "--json")[0] == 0
    assert command("export", NAME, *who, "--out", mark)[0] == 0
    assert command("export", NAME, *who, "--out", tmp_path / "f.csv")[0] == 0
    assert (tmp_path / "f.csv").read_text(encoding="utf-8-sig").startswith("导出说明：")
    status, _, err = command("export", NAME, *who, "--out", tmp_path / "f.pdf")
    assert (status, "结尾" in err) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["import", "nothing", "x.csv", "--org", "city", "--by", "nobody"], 2),
        (["import", NAME, "x.csv", "--org", "city", "--by", "nobody"], 2),
        (["import", NAME, "x.csv", "--org", "nowhere", "--by", "clerk"], 2),
        (["import", NAME, "missing.csv", "--org", "city", "--by", "clerk"], 2),
        (["export", NAME, "--org", "foreign", "--by", "clerk", "--out", "x.xlsx"], 1),
    ],
)
def test_wrong_usage_and_refusals_have_their_status(world, arguments, status):
    world.user("clerk", at=world.district, username="clerk")
    assert command(*arguments)[0] == status
