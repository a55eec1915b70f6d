"""Declarations of kin can be ended, and the database refuses to change or remove a decision.

Like the audit trail (0002_audit_guard): PostgreSQL refuses UPDATE, DELETE and TRUNCATE, SQLite
UPDATE and DELETE. On SQLite a later migration that alters `core_decision` rebuilds it and loses its
triggers: it must call `guard` again at its end.
"""

import core.fields
import django.utils.timezone
from django.db import migrations, models

TABLE = "core_decision"
POSTGRESQL = (
    """
    CREATE FUNCTION core_decision_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'decisions are append-only: % on % refused', TG_OP, TG_TABLE_NAME;
    END $$
    """,
    f"CREATE TRIGGER {TABLE}_guard BEFORE UPDATE OR DELETE OR TRUNCATE ON {TABLE} "
    "FOR EACH STATEMENT EXECUTE FUNCTION core_decision_refuse()",
)
POSTGRESQL_OFF = (f"DROP TRIGGER {TABLE}_guard ON {TABLE}", "DROP FUNCTION core_decision_refuse()")
SQLITE = tuple(
    f"CREATE TRIGGER {TABLE}_no_{act} BEFORE {act} ON {TABLE} "
    "BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END"
    for act in ("update", "delete")
)
SQLITE_OFF = tuple(f"DROP TRIGGER {TABLE}_no_{act}" for act in ("update", "delete"))


def guard(apps, schema_editor):
    _run(schema_editor, {"postgresql": POSTGRESQL, "sqlite": SQLITE})


def unguard(apps, schema_editor):
    _run(schema_editor, {"postgresql": POSTGRESQL_OFF, "sqlite": SQLITE_OFF})


def _run(schema_editor, statements):
    with schema_editor.connection.cursor() as cursor:
        for statement in statements[schema_editor.connection.vendor]:
            cursor.execute(statement)


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0006_workflow'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='declaredkin',
            name='declaredkin_once',
        ),
        migrations.AddField(
            model_name='declaredkin',
            name='ended_on',
            field=models.DateField(editable=False, null=True, verbose_name='终止日期'),
        ),
        migrations.AddField(
            model_name='declaredkin',
            name='since',
            field=models.DateField(default=django.utils.timezone.localdate, editable=False, verbose_name='申报日期'),
        ),
        migrations.AddConstraint(
            model_name='declaredkin',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_on', None)), fields=('user', 'certificate_index'), name='declaredkin_once', violation_error_message='该亲属已经申报。'),
        ),
            migrations.AlterField(
            model_name='declaredkin',
            name='relation',
            field=models.CharField(choices=[('spouse', '夫妻'), ('lineal', '直系血亲'), ('collateral', '三代以内旁系血亲'), ('affinity', '近姻亲')], max_length=20, verbose_name='关系'),
        ),
        migrations.AlterField(
            model_name='user',
            name='certificate_number',
            field=core.fields.EncryptedTextField(blank=True, editable=True, help_text='用于核对回避；没有登记的账号不能办理审核、审批。', null=True, verbose_name='身份证号'),
        ),
        migrations.RunPython(guard, unguard),
    ]
