"""When an adjusted amount is due, beside by when its procedure should go on."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("funds", "0012_held")]
    operations = [
        migrations.RenameField("adjustment", "due_on", "falls_due_on"),
        migrations.AddField(
            "adjustment",
            "due_on",
            models.DateField("办理期限", null=True, blank=True, editable=False),
        ),
    ]
