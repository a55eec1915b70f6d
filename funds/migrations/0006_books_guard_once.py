"""On PostgreSQL an entry is added up once when a transaction that brought postings commits.

Guard 0002 added it up once for each of its postings: a distribution to fifty thousand unions would
take a quarter of an hour. The entry that was added up last is remembered for the transaction, and
forgotten as soon as another posting comes.
"""

from django.db import migrations

POSTGRESQL = (
    """
    CREATE FUNCTION funds_posting_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        found record;
    BEGIN
        IF current_setting('funds.balanced', true) = NEW.entry_id::text THEN RETURN NULL; END IF;
        SELECT count(*) AS postings, coalesce(sum(amount), 0) AS total INTO found
        FROM funds_posting WHERE entry_id = NEW.entry_id;
        IF found.postings < 2 OR found.total <> 0 THEN
            RAISE EXCEPTION 'entry % does not balance: % postings, sum %',
                NEW.entry_id, found.postings, found.total;
        END IF;
        PERFORM set_config('funds.balanced', NEW.entry_id::text, true);
        RETURN NULL;
    END $$
    """,
    """
    CREATE OR REPLACE FUNCTION funds_posting_in_time() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (SELECT 1 FROM funds_journalentry WHERE id = NEW.entry_id) THEN
            RAISE EXCEPTION 'entry % is closed', NEW.entry_id;
        END IF;
        PERFORM set_config('funds.balanced', '', true);
        RETURN NEW;
    END $$
    """,
    "DROP TRIGGER funds_posting_balanced ON funds_posting",
    "CREATE CONSTRAINT TRIGGER funds_posting_balanced AFTER INSERT ON funds_posting "
    "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION funds_posting_balanced()",
)
POSTGRESQL_BACK = (
    "DROP TRIGGER funds_posting_balanced ON funds_posting",
    "CREATE CONSTRAINT TRIGGER funds_posting_balanced AFTER INSERT ON funds_posting "
    "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION funds_entry_balanced()",
    """
    CREATE OR REPLACE FUNCTION funds_posting_in_time() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (SELECT 1 FROM funds_journalentry WHERE id = NEW.entry_id) THEN
            RAISE EXCEPTION 'entry % is closed', NEW.entry_id;
        END IF;
        RETURN NEW;
    END $$
    """,
    "DROP FUNCTION funds_posting_balanced()",
)


def guard_once(apps, schema_editor):
    _on_postgresql(schema_editor, POSTGRESQL)


def guard_each(apps, schema_editor):
    _on_postgresql(schema_editor, POSTGRESQL_BACK)


def _on_postgresql(schema_editor, statements):
    if schema_editor.connection.vendor == "postgresql":
        with schema_editor.connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("funds", "0005_returns_shipped")]
    operations = [migrations.RunPython(guard_once, guard_each)]
