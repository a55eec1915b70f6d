"""The database itself refuses to change or remove what the audit trail holds.

PostgreSQL refuses UPDATE, DELETE and TRUNCATE, SQLite (which has no TRUNCATE) UPDATE and DELETE.
On SQLite a later migration that alters one of the tables rebuilds it and loses its triggers: it
must call `guard` again at its end.
"""

from django.db import migrations

TABLES = ("core_auditevent", "core_auditblock")

POSTGRESQL = (
    """
    CREATE FUNCTION core_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'the audit trail is append-only: % on % refused', TG_OP, TG_TABLE_NAME;
    END $$
    """,
    *(
        f"CREATE TRIGGER {table}_guard BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION core_audit_refuse()"
        for table in TABLES
    ),
)
POSTGRESQL_OFF = (
    *(f"DROP TRIGGER {table}_guard ON {table}" for table in TABLES),
    "DROP FUNCTION core_audit_refuse()",
)
SQLITE = tuple(
    f"CREATE TRIGGER {table}_no_{act} BEFORE {act} ON {table} "
    "BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END"
    for table in TABLES
    for act in ("update", "delete")
)
SQLITE_OFF = tuple(
    f"DROP TRIGGER {table}_no_{act}" for table in TABLES for act in ("update", "delete")
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
    dependencies = [("core", "0001_initial")]
    operations = [migrations.RunPython(guard, unguard)]
