"""What is held, for nobody yet or in custody, is found by index: few rows of many."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("funds", "0011_books_guard_once")]
    operations = [
        migrations.AddIndex(
            "allocation",
            models.Index(
                fields=["line"],
                condition=Q(is_live=True) & ~Q(held=0),
                name="allocation_held",
            ),
        ),
        migrations.AddIndex(
            "due",
            models.Index(
                fields=["organisation"],
                condition=Q(is_custody=True, released_by__isnull=True),
                name="due_held",
            ),
        ),
    ]
