"""Samples for third-party evaluation; of a closed one the database changes nothing any more.

Like the audit trail (core 0002_audit_guard), but only what was found is frozen: how it is settled
is written afterwards. On SQLite a later migration that alters these tables rebuilds them and loses
their triggers: it must call `guard` again at its end.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


SAMPLE, ITEM = "hardship_evaluationsample", "hardship_sampleitem"
WORDS = "a closed evaluation is frozen"
FROZEN = (
    *("sample_id", "code", "organisation_id", "district_id", "case_id", "recognition_id", "tier"),
    *("standing", "stratum_households", "place", "verdict", "satisfaction", "remark", "judged_on"),
)
OLD, NEW = (", ".join(f"{row}.{name}" for name in FROZEN) for row in ("OLD", "NEW"))
CLOSED = f"SELECT 1 FROM {SAMPLE} WHERE closed_on IS NOT NULL AND id"
POSTGRESQL = (
    f"""
    CREATE FUNCTION {SAMPLE}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '{WORDS}: % on % refused', TG_OP, TG_TABLE_NAME;
    END $$
    """,
    f"""
    CREATE FUNCTION {ITEM}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (TG_OP <> 'UPDATE' OR ({OLD}) IS DISTINCT FROM ({NEW}))
            AND EXISTS ({CLOSED} IN (OLD.sample_id, NEW.sample_id)) THEN
            RAISE EXCEPTION '{WORDS}: % on % refused', TG_OP, TG_TABLE_NAME;
        END IF;
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END $$
    """,
    f"CREATE TRIGGER {SAMPLE}_guard BEFORE UPDATE OR DELETE ON {SAMPLE} FOR EACH ROW "
    f"WHEN (OLD.closed_on IS NOT NULL) EXECUTE FUNCTION {SAMPLE}_refuse()",
    f"CREATE TRIGGER {ITEM}_guard BEFORE INSERT OR UPDATE OR DELETE ON {ITEM} FOR EACH ROW "
    f"EXECUTE FUNCTION {ITEM}_refuse()",
)
POSTGRESQL_OFF = (
    f"DROP TRIGGER {SAMPLE}_guard ON {SAMPLE}",
    f"DROP TRIGGER {ITEM}_guard ON {ITEM}",
    f"DROP FUNCTION {SAMPLE}_refuse()",
    f"DROP FUNCTION {ITEM}_refuse()",
)
CHANGED = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in FROZEN)
SQLITE_WHEN = {
    f"{SAMPLE}_no_update": ("UPDATE", SAMPLE, "OLD.closed_on IS NOT NULL"),
    f"{SAMPLE}_no_delete": ("DELETE", SAMPLE, "OLD.closed_on IS NOT NULL"),
    f"{ITEM}_no_insert": ("INSERT", ITEM, f"EXISTS ({CLOSED} = NEW.sample_id)"),
    f"{ITEM}_no_delete": ("DELETE", ITEM, f"EXISTS ({CLOSED} = OLD.sample_id)"),
    f"{ITEM}_no_update": (
        "UPDATE",
        ITEM,
        f"({CHANGED}) AND EXISTS ({CLOSED} IN (OLD.sample_id, NEW.sample_id))",
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

    dependencies = [
        ('core', '0009_holidays'),
        ('hardship', '0004_sheets'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='EvaluationSample',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=80, verbose_name='评估名称')),
                ('first', models.DateField(verbose_name='评估期间起')),
                ('last', models.DateField(verbose_name='评估期间止')),
                ('size', models.PositiveIntegerField(verbose_name='抽取户数')),
                ('shows_cause', models.BooleanField(default=False, help_text='确需评估致困原因的才选；只提供支出型、收入型等大类', verbose_name='提供致困原因大类')),
                ('agency', models.CharField(max_length=80, verbose_name='评估机构')),
                ('drawn_on', models.DateField(editable=False, verbose_name='抽样日期')),
                ('population', models.PositiveIntegerField(editable=False, verbose_name='总体户数')),
                ('seed', models.CharField(editable=False, max_length=32, verbose_name='抽样种子')),
                ('rule', models.TextField(editable=False, verbose_name='抽样办法')),
                ('closed_on', models.DateField(blank=True, editable=False, null=True, verbose_name='办结日期')),
                ('evaluator', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='评估人员')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organisation', verbose_name='评估范围')),
            ],
            options={
                'verbose_name': '评估样本',
                'verbose_name_plural': '评估样本',
                'ordering': ['-id'],
                'permissions': [('close_evaluationsample', '办结第三方评估')],
            },
        ),
        migrations.CreateModel(
            name='EvaluationTask',
            fields=[
            ],
            options={
                'verbose_name': '评估任务',
                'verbose_name_plural': '评估任务',
                'proxy': True,
                'indexes': [],
                'constraints': [],
            },
            bases=('hardship.evaluationsample',),
        ),
        migrations.CreateModel(
            name='SampleItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=10, verbose_name='代码')),
                ('tier', models.CharField(blank=True, choices=[('deep', '深度困难'), ('relative', '相对困难'), ('accident', '意外致困')], max_length=8, verbose_name='困难类别')),
                ('standing', models.CharField(blank=True, choices=[('on_file', '在档'), ('left', '已退档')], max_length=7, verbose_name='在档情况')),
                ('stratum_households', models.PositiveIntegerField(default=0, verbose_name='所在层户数')),
                ('place', models.CharField(blank=True, max_length=60, verbose_name='所在社区（村）')),
                ('verdict', models.CharField(blank=True, choices=[('accurate', '准确'), ('wrong', '错评'), ('wrongly_closed', '错退'), ('unverifiable', '无法核实'), ('missed', '漏评')], max_length=14, verbose_name='评估结论')),
                ('satisfaction', models.CharField(blank=True, choices=[('satisfied', '满意'), ('fairly', '基本满意'), ('dissatisfied', '不满意')], max_length=12, verbose_name='满意度')),
                ('remark', models.CharField(blank=True, max_length=200, verbose_name='评估说明')),
                ('judged_on', models.DateField(blank=True, null=True, verbose_name='评估日期')),
                ('settled_on', models.DateField(blank=True, null=True, verbose_name='处置日期')),
                ('settlement', models.CharField(blank=True, max_length=200, verbose_name='处置情况')),
                ('case', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='hardship.case', verbose_name='档案')),
                ('district', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organisation', verbose_name='区县')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organisation', verbose_name='所属工会')),
                ('recognition', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='hardship.recognition', verbose_name='在档认定')),
                ('sample', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='items', to='hardship.evaluationsample', verbose_name='评估样本')),
            ],
            options={
                'verbose_name': '样本户',
                'verbose_name_plural': '样本户',
                'ordering': ['id'],
                'permissions': [('settle_sampleitem', '处置第三方评估发现的问题')],
            },
        ),
        migrations.CreateModel(
            name='EvaluatedHousehold',
            fields=[
            ],
            options={
                'verbose_name': '评估对象',
                'verbose_name_plural': '评估对象',
                'permissions': [('judge_evaluatedhousehold', '填写评估结论')],
                'proxy': True,
                'indexes': [],
                'constraints': [],
            },
            bases=('hardship.sampleitem',),
        ),
        migrations.AddConstraint(
            model_name='evaluationsample',
            constraint=models.CheckConstraint(condition=models.Q(('last__gte', models.F('first'))), name='evaluationsample_forward', violation_error_message='评估期间止不能早于评估期间起。'),
        ),
        migrations.AddIndex(
            model_name='sampleitem',
            index=models.Index(fields=['verdict', 'settled_on'], name='sampleitem_unsettled'),
        ),
        migrations.AddConstraint(
            model_name='sampleitem',
            constraint=models.UniqueConstraint(fields=('sample', 'code'), name='sampleitem_code_once', violation_error_message='该样本中已有相同代码。'),
        ),
        migrations.AddConstraint(
            model_name='sampleitem',
            constraint=models.UniqueConstraint(fields=('sample', 'case'), name='sampleitem_case_once', violation_error_message='该户已在本次样本中。'),
        ),
        migrations.AddConstraint(
            model_name='sampleitem',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('case__isnull', True), ('recognition__isnull', True), ('verdict', 'missed')), models.Q(('case__isnull', False), ('recognition__isnull', False), models.Q(('verdict', 'missed'), _negated=True)), _connector='OR'), name='sampleitem_missed_without_file', violation_error_message='漏评只用于没有档案的家庭。'),
        ),
        migrations.AddConstraint(
            model_name='sampleitem',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(models.Q(('verdict', 'wrong'), _negated=True), ('standing', 'on_file'), _connector='OR'), models.Q(models.Q(('verdict', 'wrongly_closed'), _negated=True), ('standing', 'left'), _connector='OR')), name='sampleitem_verdict_fits', violation_error_message='错评只用于在档户，错退只用于已退档户，请核对。'),
        ),
        migrations.AddConstraint(
            model_name='sampleitem',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('judged_on__isnull', True), ('verdict', '')), models.Q(models.Q(('verdict', ''), _negated=True), ('judged_on__isnull', False)), _connector='OR'), name='sampleitem_judged_with_verdict', violation_error_message='评估结论与评估日期应同时填写。'),
        ),
        migrations.AddConstraint(
            model_name='sampleitem',
            constraint=models.CheckConstraint(condition=models.Q(('settled_on__isnull', True), models.Q(('settlement', ''), _negated=True), _connector='OR'), name='sampleitem_settled_with_words', violation_error_message='处置问题须写明处置情况。'),
        ),
        migrations.RunPython(guard, unguard),
    ]
