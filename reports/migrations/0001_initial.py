import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from core.tables import CreateModels


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '0001_initial'),
        ('core', '__first__'),
    ]

    operations = [
        CreateModels([
        migrations.CreateModel(
            name='ReportDefinition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.SlugField(max_length=30, verbose_name='代号')),
                ('name', models.CharField(max_length=60, verbose_name='名称')),
                ('title', models.CharField(help_text='可用 {{ 期间.年 }} 等。', max_length=120, verbose_name='标题')),
                ('subtitle', models.CharField(blank=True, max_length=120, verbose_name='副标题')),
                ('salutation', models.CharField(blank=True, max_length=60, verbose_name='称谓')),
                ('is_active', models.BooleanField(default=True, verbose_name='在用')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='core.organisation', verbose_name='所属工会')),
            ],
            options={
                'verbose_name': '报告定义',
                'verbose_name_plural': '报告定义',
                'ordering': ['organisation__path', 'kind'],
                'constraints': [models.UniqueConstraint(fields=('organisation', 'kind'), name='reportdefinition_once', violation_error_message='该工会已有同一代号的报告定义。')],
            },
        ),
        migrations.CreateModel(
            name='Chapter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField(verbose_name='序号')),
                ('name', models.CharField(max_length=60, verbose_name='章名')),
                ('text', models.TextField(help_text='段落之间空一行；以“# ”“## ”“### ”开头的行为各级标题。数据写作 {{ members.total | 万 }}，表写作 [[表 标题 | codes=代码,代码 | by=child]]，图写作 [[图 标题 | code=代码 | by=child]]。', verbose_name='正文')),
                ('definition', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='chapters', to='reports.reportdefinition', verbose_name='报告定义')),
            ],
            options={
                'verbose_name': '章节',
                'verbose_name_plural': '章节',
                'ordering': ['definition', 'number'],
                'constraints': [models.UniqueConstraint(fields=('definition', 'number'), name='chapter_number_once', violation_error_message='同一报告中序号不能重复。')],
            },
        ),
        migrations.CreateModel(
            name='ReportRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('start', models.DateField(verbose_name='起始日')),
                ('end', models.DateField(verbose_name='截止日')),
                ('version', models.PositiveSmallIntegerField(verbose_name='版次')),
                ('text', models.JSONField(default=dict, editable=False, verbose_name='文稿')),
                ('state', models.CharField(choices=[('draft', '草稿'), ('checked', '已核对'), ('signed', '已签发'), ('published', '已发布')], default='draft', editable=False, max_length=10, verbose_name='状态')),
                ('as_of', models.DateTimeField(editable=False, null=True, verbose_name='数据快照时间')),
                ('findings', models.JSONField(default=list, editable=False, verbose_name='核对结果')),
                ('requested_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='编制时间')),
                ('published_at', models.DateTimeField(editable=False, null=True, verbose_name='发布时间')),
                ('checked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='核对人')),
                ('definition', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='reports.reportdefinition', verbose_name='报告')),
                ('docx', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.storedfile')),
                ('figures_json', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.storedfile')),
                ('job', models.OneToOneField(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='core.job', verbose_name='任务')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='core.organisation', verbose_name='工会')),
                ('pdf', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.storedfile')),
                ('requested_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='编制人')),
                ('signed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='签发人')),
                ('xlsx', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.storedfile')),
            ],
            options={
                'verbose_name': '报告',
                'verbose_name_plural': '报告',
                'ordering': ['-id'],
                'permissions': [('check_reportrun', '核对报告'), ('sign_reportrun', '签发报告')],
                'constraints': [models.UniqueConstraint(fields=('definition', 'organisation', 'start', 'end', 'version'), name='reportrun_version_once'), models.CheckConstraint(condition=models.Q(('signed_by__isnull', True), ('requested_by__isnull', True), models.Q(('signed_by', models.F('requested_by')), _negated=True), _connector='OR'), name='reportrun_four_eyes', violation_error_message='签发人与编制人不能是同一人。'), models.CheckConstraint(condition=models.Q(('signed_by__isnull', True), ('checked_by__isnull', True), models.Q(('signed_by', models.F('checked_by')), _negated=True), _connector='OR'), name='reportrun_signed_by_another', violation_error_message='签发人与核对人不能是同一人。')],
            },
        ),
        migrations.CreateModel(
            name='Figure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=80, verbose_name='指标')),
                ('split', models.CharField(blank=True, max_length=40, verbose_name='拆分')),
                ('key', models.CharField(blank=True, max_length=60, verbose_name='部分')),
                ('label', models.CharField(max_length=80, verbose_name='名称')),
                ('key_label', models.CharField(blank=True, max_length=120, verbose_name='部分名称')),
                ('unit', models.CharField(max_length=6, verbose_name='单位')),
                ('value', models.DecimalField(decimal_places=6, max_digits=26, null=True, verbose_name='数值')),
                ('printed', models.CharField(blank=True, max_length=60, verbose_name='文中写法')),
                ('rows', models.PositiveBigIntegerField(verbose_name='行数')),
                ('digest', models.CharField(blank=True, max_length=64, verbose_name='行摘要')),
                ('identities', models.JSONField(default=dict, verbose_name='行标识')),
                ('definition', models.JSONField(default=dict, verbose_name='口径')),
                ('parts', models.JSONField(default=list, verbose_name='构成')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='说明')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='figures', to='reports.reportrun', verbose_name='报告')),
            ],
            options={
                'verbose_name': '报告数据',
                'verbose_name_plural': '报告数据',
                'ordering': ['id'],
                'constraints': [models.UniqueConstraint(fields=('run', 'code', 'split', 'key'), name='figure_once_a_run')],
            },
        ),
        ]),
    ]
