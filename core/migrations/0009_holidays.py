"""The holidays that the State Council has published so far: a new installation knows them."""

from chinese_calendar import constants
from django.db import migrations

SOURCE = "国务院办公厅节假日安排通知"
NAMES = {holiday.value: holiday.chinese for holiday in constants.Holiday}


def enter(apps, schema_editor):
    day = apps.get_model("core", "CalendarDay")
    found = [
        *((date, False, NAMES[name]) for date, name in constants.holidays.items()),
        *((date, True, f"{NAMES[name]}调休") for date, name in constants.workdays.items()),
    ]
    day.objects.bulk_create(
        [
            day(date=date, is_working=is_working, name=name, source=SOURCE)
            for date, is_working, name in found
            if is_working != (date.weekday() < 5)  # the table holds exceptions only
        ],
        ignore_conflicts=True,  # what was typed in before is kept
    )


def take_out(apps, schema_editor):
    apps.get_model("core", "CalendarDay").objects.filter(source=SOURCE).delete()


class Migration(migrations.Migration):
    dependencies = [("core", "0008_publicity")]
    operations = [migrations.RunPython(enter, take_out)]
