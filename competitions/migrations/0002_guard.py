"""Of a sealed score sheet the database changes nothing any more.

Like the audit trail (core 0002_audit_guard). On SQLite a later migration that alters these tables
rebuilds them and loses their triggers: it must call `guard` again at its end.
"""

from django.db import migrations

SHEET, SCORE = "competitions_scoresheet", "competitions_score"
WORDS = "a sealed score sheet is frozen"
FROZEN = ("judge_id", "number", "digest", "reason", "sealed_at", "sealed_by_id")
OLD, NEW = (", ".join(f"{row}.{name}" for name in FROZEN) for row in ("OLD", "NEW"))
SEALED = f"SELECT 1 FROM {SHEET} WHERE state <> 'open' AND id"
POSTGRESQL = (
    f"""
    CREATE FUNCTION {SHEET}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' OR NEW.state = 'open' OR ({OLD}) IS DISTINCT FROM ({NEW}) THEN
            RAISE EXCEPTION '{WORDS}: % on % refused', TG_OP, TG_TABLE_NAME;
        END IF;
        RETURN NEW;
    END $$
    """,
    f"""
    CREATE FUNCTION {SCORE}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (TG_OP <> 'INSERT' AND EXISTS ({SEALED} = OLD.sheet_id))
            OR (TG_OP <> 'DELETE' AND EXISTS ({SEALED} = NEW.sheet_id)) THEN
            RAISE EXCEPTION '{WORDS}: % on % refused', TG_OP, TG_TABLE_NAME;
        END IF;
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END $$
    """,
    f"CREATE TRIGGER {SHEET}_guard BEFORE UPDATE OR DELETE ON {SHEET} FOR EACH ROW "
    f"WHEN (OLD.state <> 'open') EXECUTE FUNCTION {SHEET}_refuse()",
    f"CREATE TRIGGER {SCORE}_guard BEFORE INSERT OR UPDATE OR DELETE ON {SCORE} FOR EACH ROW "
    f"EXECUTE FUNCTION {SCORE}_refuse()",
)
POSTGRESQL_OFF = (
    f"DROP TRIGGER {SHEET}_guard ON {SHEET}",
    f"DROP TRIGGER {SCORE}_guard ON {SCORE}",
    f"DROP FUNCTION {SHEET}_refuse()",
    f"DROP FUNCTION {SCORE}_refuse()",
)
CHANGED = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in FROZEN)
SQLITE_WHEN = {
    f"{SHEET}_no_update": (
        "UPDATE",
        SHEET,
        f"OLD.state <> 'open' AND (NEW.state = 'open' OR {CHANGED})",
    ),
    f"{SHEET}_no_delete": ("DELETE", SHEET, "OLD.state <> 'open'"),
    f"{SCORE}_no_insert": ("INSERT", SCORE, f"EXISTS ({SEALED} = NEW.sheet_id)"),
    f"{SCORE}_no_delete": ("DELETE", SCORE, f"EXISTS ({SEALED} = OLD.sheet_id)"),
    f"{SCORE}_no_update": (
        "UPDATE",
        SCORE,
        f"EXISTS ({SEALED} IN (OLD.sheet_id, NEW.sheet_id))",
    ),
}
SQLITE = tuple(
    f"CREATE TRIGGER {name} BEFORE {act} ON {table} WHEN {when} "
    f"BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
    for name, (act, table, when) in SQLITE_WHEN.items()
)
SQLITE_OFF = tuple(f"DROP TRIGGER {name}" for name in SQLITE_WHEN)


def guard(apps, schema_editor):
    _run(schema_editor, {"postgresql": POSTGRESQL, "sqlite": SQLITE})


def unguard(apps, schema_editor):
    _run(schema_editor, {"postgresql": POSTGRESQL_OFF, "sqlite": SQLITE_OFF})


def _run(schema_editor, statements):
    with schema_editor.connection.cursor() as cursor:
        for statement in statements[schema_editor.connection.vendor]:
            cursor.execute(statement)


class Migration(migrations.Migration):

    dependencies = [("competitions", "0001_initial")]

    operations = [migrations.RunPython(guard, unguard)]
