"""The accounts that collection and returns are posted to."""

from django.db import migrations

# As most unions' software has them; a federation puts its own in their place.
ACCOUNTS = [
    ("22101", "应付上级经费——省级", "upper_provincial"),
    ("22102", "应付上级经费——全国", "upper_national"),
    ("22103", "应付上级经费——市级", "upper_municipal"),
    ("22202", "应付下级经费——已审批", "return_owed"),
    ("22203", "应付下级经费——在途", "return_transit"),
    ("231", "代管经费", "held"),
    ("402", "拨缴经费收入", "income"),
]


def ship(apps, schema_editor):
    account = apps.get_model("funds", "Account")
    account.objects.bulk_create(
        [account(code=code, name=name, role=role) for code, name, role in ACCOUNTS]
    )


def take_back(apps, schema_editor):
    codes = [code for code, *_ in ACCOUNTS]
    apps.get_model("funds", "Account").objects.filter(code__in=codes).delete()


class Migration(migrations.Migration):
    dependencies = [("funds", "0004_collection_and_returns")]
    operations = [migrations.RunPython(ship, take_back)]
