"""The database itself keeps the books: entries add up to nothing and are never touched again.

Postings are written before their entry. On either engine the entry is refused unless at least two
postings stand for it that add up to zero, a posting is refused for an entry that stands already,
and nothing is updated or deleted. PostgreSQL, where two transactions may meet, adds every entry up
once more when the transaction that brought a posting commits. On SQLite a later migration that
alters one of the tables rebuilds it and loses its triggers: it must call `guard` again at its end.
"""

from django.db import migrations

TABLES = ("funds_journalentry", "funds_posting")

POSTGRESQL = (
    """
    CREATE FUNCTION funds_books_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'the books are append-only: % on % refused', TG_OP, TG_TABLE_NAME;
    END $$
    """,
    *(
        f"CREATE TRIGGER {table}_guard BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION funds_books_refuse()"
        for table in TABLES
    ),
    """
    CREATE FUNCTION funds_entry_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
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
    """,
    "CREATE TRIGGER funds_journalentry_balanced AFTER INSERT ON funds_journalentry "
    "FOR EACH ROW EXECUTE FUNCTION funds_entry_balanced()",
    "CREATE CONSTRAINT TRIGGER funds_posting_balanced AFTER INSERT ON funds_posting "
    "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION funds_entry_balanced()",
    """
    CREATE FUNCTION funds_posting_in_time() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (SELECT 1 FROM funds_journalentry WHERE id = NEW.entry_id) THEN
            RAISE EXCEPTION 'entry % is closed', NEW.entry_id;
        END IF;
        RETURN NEW;
    END $$
    """,
    "CREATE TRIGGER funds_posting_in_time BEFORE INSERT ON funds_posting "
    "FOR EACH ROW EXECUTE FUNCTION funds_posting_in_time()",
)
POSTGRESQL_OFF = (
    "DROP TRIGGER funds_posting_in_time ON funds_posting",
    "DROP TRIGGER funds_posting_balanced ON funds_posting",
    "DROP TRIGGER funds_journalentry_balanced ON funds_journalentry",
    *(f"DROP TRIGGER {table}_guard ON {table}" for table in TABLES),
    "DROP FUNCTION funds_posting_in_time()",
    "DROP FUNCTION funds_entry_balanced()",
    "DROP FUNCTION funds_books_refuse()",
)
# SQLite keeps decimals as floating numbers: they are added up as whole cents.
SQLITE = (
    *(
        f"CREATE TRIGGER {table}_no_{act} BEFORE {act} ON {table} "
        "BEGIN SELECT RAISE(ABORT, 'the books are append-only'); END"
        for table in TABLES
        for act in ("update", "delete")
    ),
    """
    CREATE TRIGGER funds_journalentry_balanced AFTER INSERT ON funds_journalentry
    WHEN (
        SELECT count(*) < 2 OR coalesce(sum(CAST(round(amount * 100) AS INTEGER)), 0) <> 0
        FROM funds_posting WHERE entry_id = NEW.id
    )
    BEGIN SELECT RAISE(ABORT, 'the entry does not balance'); END
    """,
    """
    CREATE TRIGGER funds_posting_in_time BEFORE INSERT ON funds_posting
    WHEN EXISTS (SELECT 1 FROM funds_journalentry WHERE id = NEW.entry_id)
    BEGIN SELECT RAISE(ABORT, 'the entry is closed'); END
    """,
)
SQLITE_OFF = (
    "DROP TRIGGER funds_posting_in_time",
    "DROP TRIGGER funds_journalentry_balanced",
    *(f"DROP TRIGGER {table}_no_{act}" for table in TABLES for act in ("update", "delete")),
)


def guard(apps, schema_editor):
    _run(schema_editor, {"postgresql": POSTGRESQL, "sqlite": SQLITE})


def unguard(apps, schema_editor):
    _run(schema_editor, {"postgresql": POSTGRESQL_OFF, "sqlite": SQLITE_OFF})


def _run(schema_editor, statements):
    with schema_editor.connection.cursor() as cursor:
        for statement in statements[schema_editor.connection.vendor]:
            cursor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("funds", "0001_initial")]
    operations = [migrations.RunPython(guard, unguard)]
