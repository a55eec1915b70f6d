"""Grants joined to payments: who laid down, who approved; one enumeration of fund sources."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def rename(former, name):
    """Money of the counties is called as in `funds`."""

    def forwards(apps, schema_editor):
        apps.get_model("hardship", "Grant").objects.filter(source=former).update(source=name)

    return forwards


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0009_holidays'),
        ('hardship', '0002_drafts_step_by_step'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='grant',
            options={'ordering': ['-id'], 'permissions': [('approve_grant', '批准发放帮扶金')], 'verbose_name': '帮扶金', 'verbose_name_plural': '帮扶金'},
        ),
        migrations.AddField(
            model_name='grant',
            name='approved_by',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='批准人'),
        ),
        migrations.AddField(
            model_name='grant',
            name='approved_on',
            field=models.DateField(blank=True, editable=False, null=True, verbose_name='批准日期'),
        ),
        migrations.AddField(
            model_name='grant',
            name='laid_by',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='登记人'),
        ),
        migrations.AlterField(
            model_name='grant',
            name='source',
            field=models.CharField(choices=[('central', '中央财政'), ('provincial', '省级财政'), ('municipal', '市级财政'), ('county', '县级财政'), ('union', '工会经费'), ('donation', '社会捐助')], max_length=12, verbose_name='资金来源'),
        ),
        migrations.AddIndex(
            model_name='grant',
            index=models.Index(condition=models.Q(('paid_on__isnull', True), ('withdrawn_on__isnull', True)), fields=['organisation', 'id'], name='grant_unpaid'),
        ),
        migrations.AddConstraint(
            model_name='grant',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('approved_by__isnull', True), ('approved_on__isnull', True)), models.Q(('approved_by__isnull', False), ('approved_on__isnull', False)), _connector='OR'), name='grant_approved_by_somebody', violation_error_message='批准日期与批准人应同时登记。'),
        ),
        migrations.RunPython(rename("district", "county"), rename("county", "district")),
    ]
