"""Of a sealed score sheet the database changes nothing any more.

Like the audit trail (core 0002_audit_guard). What a sealed sheet says stays; its state goes the way
of a correction and no other, and whoever approved that stays too. On PostgreSQL, where two
transactions may meet, a score waits for whoever seals its sheet at that moment. On SQLite a later
migration that alters these tables rebuilds them and loses their triggers: it must call `guard`
again at its end.
"""

from django.db import migrations

SHEET, SCORE = "competitions_scoresheet", "competitions_score"
WORDS = "a sealed score sheet is frozen"
FROZEN = ("judge_id", "number", "digest", "reason", "sealed_at", "sealed_by_id")


def touched(differs):
    """The condition that a sealed sheet is changed otherwise than by a step of a correction."""
    changed = " OR ".join(f"OLD.{name} {differs} NEW.{name}" for name in FROZEN)
    return f"""{changed}
        OR (OLD.state <> NEW.state AND OLD.state || ' ' || NEW.state
            NOT IN ('sealed replaced', 'proposed sealed', 'proposed refused'))
        OR (OLD.approved_by_id {differs} NEW.approved_by_id
            AND (OLD.state <> 'proposed' OR NEW.state = 'proposed'))"""


POSTGRESQL = (
    f"""
    CREATE FUNCTION {SHEET}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP <> 'UPDATE' OR {touched("IS DISTINCT FROM")} THEN
            RAISE EXCEPTION '{WORDS}: % on % refused', TG_OP, TG_TABLE_NAME;
        END IF;
        RETURN NEW;
    END $$
    """,
    f"""
    CREATE FUNCTION {SCORE}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        states text[];
    BEGIN
        IF TG_OP <> 'TRUNCATE' THEN
            states := ARRAY(
                SELECT state FROM {SHEET} WHERE id IN (OLD.sheet_id, NEW.sheet_id) FOR SHARE
            );
        END IF;
        IF TG_OP = 'TRUNCATE' OR 'open' <> ANY (states) THEN
            RAISE EXCEPTION '{WORDS}: % on % refused', TG_OP, TG_TABLE_NAME;
        END IF;
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END $$
    """,
    f"CREATE TRIGGER {SHEET}_guard BEFORE UPDATE OR DELETE ON {SHEET} FOR EACH ROW "
    f"WHEN (OLD.state <> 'open') EXECUTE FUNCTION {SHEET}_refuse()",
    f"CREATE TRIGGER {SCORE}_guard BEFORE INSERT OR UPDATE OR DELETE ON {SCORE} FOR EACH ROW "
    f"EXECUTE FUNCTION {SCORE}_refuse()",
    *(
        f"CREATE TRIGGER {table}_whole BEFORE TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()"
        for table in (SHEET, SCORE)
    ),
)
POSTGRESQL_OFF = (
    *(
        f"DROP TRIGGER {table}_{name} ON {table}"
        for table in (SHEET, SCORE)
        for name in ("guard", "whole")
    ),
    f"DROP FUNCTION {SHEET}_refuse()",
    f"DROP FUNCTION {SCORE}_refuse()",
)
SEALED = f"SELECT 1 FROM {SHEET} WHERE state <> 'open' AND id"
SQLITE_WHEN = {
    f"{SHEET}_no_update": ("UPDATE", SHEET, f"OLD.state <> 'open' AND ({touched('IS NOT')})"),
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
