"""A receipt stands once; those of a batch that was refused may be handed over again."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("funds", "0006_fund_entries")]

    operations = [
        migrations.AddField(
            "collectionline",
            "is_void",
            models.BooleanField("已退回", default=False, editable=False),
        ),
        migrations.AlterField(
            "collectionline",
            "receipt_number",
            models.CharField("税票号", max_length=40),
        ),
        migrations.AddConstraint(
            "collectionline",
            models.UniqueConstraint(
                fields=["receipt_number"],
                condition=Q(is_void=False),
                name="collectionline_receipt",
                violation_error_message="该税票号已经登记。",
            ),
        ),
    ]
