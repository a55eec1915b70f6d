"""What is held is found by index; a large entry is added up once, not for each of its postings.

On PostgreSQL every posting asks, when its transaction commits, whether its entry balances. An entry
of thirty thousand postings would be added up thirty thousand times: from now on the first of them
asks, and the transaction remembers that it did. Nothing joins an entry that stands, so the answer
holds until the transaction ends; another transaction asks for itself.
"""

from django.db import migrations, models
from django.db.models import Q

ONCE = """
    CREATE OR REPLACE FUNCTION funds_entry_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        found record;
        entry bigint;
    BEGIN
        IF TG_TABLE_NAME = 'funds_posting' THEN
            entry := NEW.entry_id;
            IF current_setting('funds.balanced', true) = entry::text THEN
                RETURN NULL;
            END IF;
        ELSE
            entry := NEW.id;
        END IF;
        SELECT count(*) AS postings, coalesce(sum(amount), 0) AS total INTO found
        FROM funds_posting WHERE entry_id = entry;
        IF found.postings < 2 OR found.total <> 0 THEN
            RAISE EXCEPTION 'entry % does not balance: % postings, sum %',
                entry, found.postings, found.total;
        END IF;
        IF TG_TABLE_NAME = 'funds_posting' THEN
            PERFORM set_config('funds.balanced', entry::text, true);
        END IF;
        RETURN NULL;
    END $$
"""
EACH = """
    CREATE OR REPLACE FUNCTION funds_entry_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        found record;
        entry bigint;
    BEGIN
        IF TG_TABLE_NAME = 'funds_posting' THEN entry := NEW.entry_id; ELSE entry := NEW.id; END IF;
        SELECT count(*) AS postings, coalesce(sum(amount), 0) AS total INTO found
        FROM funds_posting WHERE entry_id = entry;
        IF found.postings < 2 OR found.total <> 0 THEN
            RAISE EXCEPTION 'entry % does not balance: % postings, sum %',
                entry, found.postings, found.total;
        END IF;
        RETURN NULL;
    END $$
"""


def once(apps, schema_editor):
    _run(schema_editor, ONCE)


def for_each(apps, schema_editor):
    _run(schema_editor, EACH)


def _run(schema_editor, statement):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("funds", "0005_returns_shipped")]
    operations = [
        migrations.RunPython(once, for_each),
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
