"""What a new installation begins with: the accounts that payments are posted to, two bank files."""

from django.db import migrations

# Codes of the chart as most unions' software has it; a federation puts its own in their place.
ACCOUNTS = [
    ("102", "银行存款", "bank"),
    ("10299", "银行存款——在途支付", "transit"),
    ("222", "应付下级经费", "return"),
    ("223", "其他应付款", "owed"),
    ("501", "职工活动支出", "allowance"),
    ("502", "维权支出", "grant"),
    ("506", "补助下级支出", "rebate"),
    ("508", "其他支出", "other"),
]
COLUMNS = [
    ["number", "序号"],
    ["payee", "收款人户名"],
    ["account", "收款人账号"],
    ["bank", "收款人开户行"],
    ["amount", "金额"],
    ["purpose", "用途"],
    ["reference", "付款流水号"],
]
LAYOUTS = [
    {
        "code": "text",
        "label": "批量代发文本（GB18030，金额以分计）",
        "format": "csv",
        "encoding": "gb18030",
        "amount_style": "fen",
        "columns": COLUMNS,
        "has_headings": False,
        "header": ["batch", "count", "total"],
        "footer": [],
    },
    {
        "code": "workbook",
        "label": "网银批量转账工作簿（金额以元计）",
        "format": "xlsx",
        "encoding": "utf-8",
        "amount_style": "yuan",
        "columns": COLUMNS,
        "has_headings": True,
        "header": [],
        "footer": ["batch", "count", "total"],
    },
]


def ship(apps, schema_editor):
    account, layout = apps.get_model("funds", "Account"), apps.get_model("funds", "BankLayout")
    account.objects.bulk_create(
        [account(code=code, name=name, role=role) for code, name, role in ACCOUNTS]
    )
    layout.objects.bulk_create([layout(**each) for each in LAYOUTS])


def take_back(apps, schema_editor):
    codes = [each["code"] for each in LAYOUTS]
    apps.get_model("funds", "BankLayout").objects.filter(code__in=codes).delete()
    codes = [code for code, *_ in ACCOUNTS]
    apps.get_model("funds", "Account").objects.filter(code__in=codes).delete()


class Migration(migrations.Migration):
    dependencies = [("funds", "0002_books_guard")]
    operations = [migrations.RunPython(ship, take_back)]
