"""Receipts, their split, what is due and returned, rebates. On SQLite the books lose their guards
when their tables are rebuilt: they are taken off before and set up again after."""

import importlib
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.math
import django.db.models.lookups
import django.utils.timezone
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


guards = importlib.import_module("funds.migrations.0002_books_guard")


def set_free(apps, schema_editor):
    _on_sqlite(schema_editor, guards.SQLITE_OFF)


def guard_again(apps, schema_editor):
    _on_sqlite(schema_editor, guards.SQLITE)


def _on_sqlite(schema_editor, statements):
    if schema_editor.connection.vendor == "sqlite":
        with schema_editor.connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0011_delegation'),
        ('funds', '0003_shipped'),
        ('members', '0002_doubles'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(set_free, guard_again),
        migrations.CreateModel(
            name='Adjustment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state_since', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='状态起始')),
                ('round', models.PositiveSmallIntegerField(default=1, editable=False, verbose_name='轮次')),
                ('state', models.CharField(choices=[('draft', '草稿'), ('approving', '待审批'), ('booked', '已入账'), ('refused', '未批准')], editable=False, max_length=24, verbose_name='状态')),
                ('kind', models.CharField(choices=[('opening', '期初应返'), ('offset', '抵扣'), ('withheld', '抵扣欠缴'), ('write_off', '核销')], max_length=12, verbose_name='种类')),
                ('amount', models.DecimalField(decimal_places=2, help_text='增加应返为正数，减少为负数', max_digits=14, verbose_name='金额（元）')),
                ('period', models.DateField(help_text='该月第一天', verbose_name='所属月份')),
                ('due_on', models.DateField(verbose_name='应返日期')),
                ('document_number', models.CharField(max_length=60, verbose_name='文号')),
                ('reason', models.CharField(max_length=200, verbose_name='事由')),
            ],
            options={
                'verbose_name': '应返调整',
                'verbose_name_plural': '应返调整',
                'ordering': ['-id'],
                'permissions': [('approve_adjustment', '审批应返调整')],
            },
        ),
        migrations.CreateModel(
            name='Allocation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_live', models.BooleanField(default=True, verbose_name='有效')),
                ('amount', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='金额（元）')),
                ('grassroots', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=14, verbose_name='基层工会（元）')),
                ('town', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=14, verbose_name='乡镇（街道）（元）')),
                ('district', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=14, verbose_name='区县（产业）（元）')),
                ('municipal', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=14, verbose_name='市级（元）')),
                ('provincial', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=14, verbose_name='省级（元）')),
                ('national', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=14, verbose_name='全国（元）')),
                ('held', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=14, verbose_name='代管（元）')),
                ('support', models.DecimalField(decimal_places=2, default=Decimal('0.00'), max_digits=14, verbose_name='其中缓减留存（元）')),
            ],
            options={
                'verbose_name': '经费分成',
                'verbose_name_plural': '经费分成',
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='BankArrival',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reference', models.CharField(max_length=40, unique=True, verbose_name='银行流水号')),
                ('on', models.DateField(verbose_name='到账日期')),
                ('amount', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='金额（元）')),
                ('payer', models.CharField(blank=True, max_length=120, verbose_name='付款方')),
                ('remark', models.CharField(blank=True, max_length=200, verbose_name='附言')),
            ],
            options={
                'verbose_name': '银行到账',
                'verbose_name_plural': '银行到账',
                'ordering': ['-id'],
                'permissions': [('export_bankarrival', '导出银行到账')],
            },
        ),
        migrations.CreateModel(
            name='CollectionBatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state_since', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='状态起始')),
                ('due_on', models.DateField(blank=True, editable=False, null=True, verbose_name='办理期限')),
                ('round', models.PositiveSmallIntegerField(default=1, editable=False, verbose_name='轮次')),
                ('state', models.CharField(choices=[('receiving', '收录中'), ('counted', '已核总数'), ('reconciled', '已对账'), ('distributing', '分配中'), ('distributed', '已分配'), ('refused', '已整批退回')], editable=False, max_length=24, verbose_name='状态')),
                ('channel', models.CharField(choices=[('tax', '税务代收'), ('fiscal', '财政划拨'), ('direct', '自行上缴')], default='tax', max_length=6, verbose_name='收缴方式')),
                ('number', models.CharField(help_text='移交清单上的编号', max_length=40, verbose_name='批次号')),
                ('declared_count', models.PositiveIntegerField(verbose_name='移交笔数')),
                ('declared_total', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='移交金额（元）')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='说明')),
                ('difference_reason', models.CharField(blank=True, editable=False, max_length=200, verbose_name='对账差异说明')),
            ],
            options={
                'verbose_name': '收缴批次',
                'verbose_name_plural': '收缴批次',
                'ordering': ['-id'],
                'permissions': [('check_collectionbatch', '收缴批次对账'), ('distribute_collectionbatch', '收缴批次分配')],
            },
        ),
        migrations.CreateModel(
            name='CollectionLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('receipt_number', models.CharField(max_length=40, unique=True, verbose_name='税票号')),
                ('credit_code', models.CharField(blank=True, max_length=20, verbose_name='纳税人识别号')),
                ('payer_name', models.CharField(max_length=120, verbose_name='缴费单位')),
                ('fund_kind', models.CharField(choices=[('dues', '工会经费'), ('preparation', '建会筹备金')], max_length=12, verbose_name='品目')),
                ('period_first', models.DateField(verbose_name='所属期起')),
                ('period_last', models.DateField(verbose_name='所属期止')),
                ('wage_base', models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True, verbose_name='工资总额（元）')),
                ('amount', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='金额（元）')),
                ('entry_on', models.DateField(verbose_name='入库日期')),
                ('tax_office', models.CharField(blank=True, max_length=80, verbose_name='征收机关')),
                ('match', models.CharField(blank=True, choices=[('code', '信用代码'), ('union', '工会代码'), ('alias', '曾用识别号'), ('hand', '人工确认')], editable=False, max_length=6, verbose_name='匹配方式')),
            ],
            options={
                'verbose_name': '缴款明细',
                'verbose_name_plural': '缴款明细',
                'ordering': ['-id'],
                'permissions': [('export_collectionline', '导出缴款明细'), ('match_collectionline', '确认缴费单位')],
            },
        ),
        migrations.CreateModel(
            name='Distribution',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('collection', '收缴分配'), ('resplit', '重新分配'), ('founding', '建会返还筹备金'), ('custody', '代管经费转出'), ('rebate', '小微企业返还'), ('adjustment', '应返调整')], max_length=12, verbose_name='种类')),
                ('on', models.DateField(verbose_name='分配日期')),
                ('reason', models.CharField(max_length=200, verbose_name='依据')),
                ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='记录时间')),
            ],
            options={
                'verbose_name': '分配单',
                'verbose_name_plural': '分配单',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='Due',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(choices=[('share', '经费分成'), ('preparation', '筹备金返还'), ('custody', '代管转出'), ('rebate', '小微企业返还'), ('adjustment', '调整')], max_length=12, verbose_name='来源')),
                ('period', models.DateField(verbose_name='所属月份')),
                ('due_on', models.DateField(verbose_name='应返日期')),
                ('booked_on', models.DateField(verbose_name='入账日期')),
                ('amount', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='金额（元）')),
                ('is_custody', models.BooleanField(default=False, verbose_name='代管')),
            ],
            options={
                'verbose_name': '应返台账',
                'verbose_name_plural': '应返台账',
                'ordering': ['-id'],
                'permissions': [('export_due', '导出应返台账')],
            },
        ),
        migrations.CreateModel(
            name='PayerAlias',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('credit_code', models.CharField(max_length=20, unique=True, verbose_name='纳税人识别号')),
                ('on', models.DateField(verbose_name='确认日期')),
            ],
            options={
                'verbose_name': '曾用识别号',
                'verbose_name_plural': '曾用识别号',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='Rebate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state_since', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='状态起始')),
                ('due_on', models.DateField(blank=True, editable=False, null=True, verbose_name='办理期限')),
                ('round', models.PositiveSmallIntegerField(default=1, editable=False, verbose_name='轮次')),
                ('state', models.CharField(choices=[('claimed', '待核对'), ('checked', '待审批'), ('approved', '已核准'), ('refused', '不予返还'), ('withdrawn', '已撤回')], editable=False, max_length=24, verbose_name='状态')),
                ('period_first', models.DateField(verbose_name='所属期起')),
                ('period_last', models.DateField(verbose_name='所属期止')),
                ('base_amount', models.DecimalField(decimal_places=2, editable=False, max_digits=14, verbose_name='返还基数（元）')),
                ('amount', models.DecimalField(decimal_places=2, editable=False, max_digits=14, verbose_name='返还金额（元）')),
                ('is_claimed', models.BooleanField(default=False, editable=False, verbose_name='工会申请')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='申请说明')),
                ('facts', models.JSONField(default=dict, editable=False, verbose_name='认定依据')),
            ],
            options={
                'verbose_name': '小微企业返还',
                'verbose_name_plural': '小微企业返还',
                'ordering': ['-id'],
                'permissions': [('check_rebate', '核对小微企业返还'), ('approve_rebate', '审批小微企业返还'), ('export_rebate', '导出小微企业返还')],
            },
        ),
        migrations.CreateModel(
            name='RebateScheme',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, verbose_name='名称')),
                ('document_number', models.CharField(max_length=60, verbose_name='文号')),
                ('valid_from', models.DateField(verbose_name='所属期起')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='所属期止')),
                ('eligibility', models.CharField(choices=[('small_micro', '小型、微型企业'), ('small_payer', '年缴费低于限额的单位')], max_length=12, verbose_name='享受条件')),
                ('threshold', models.DecimalField(blank=True, decimal_places=2, help_text='低于此数，不含本数', max_digits=14, null=True, verbose_name='年缴费限额（元）')),
                ('percent', models.DecimalField(decimal_places=4, default=Decimal('100'), max_digits=7, verbose_name='返还比例（%）')),
                ('base', models.JSONField(default=list, verbose_name='返还哪些级次的分成')),
                ('cycle', models.CharField(choices=[('year', '按年'), ('quarter', '按季')], default='year', max_length=8, verbose_name='计算周期')),
                ('needs_union', models.BooleanField(default=True, verbose_name='须已建会')),
                ('due_days', models.PositiveSmallIntegerField(default=30, verbose_name='批准后返还天数')),
            ],
            options={
                'verbose_name': '返还政策',
                'verbose_name_plural': '返还政策',
                'ordering': ['-valid_from', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Return',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('return', '经费返还'), ('rebate', '小微企业经费返还')], max_length=12, verbose_name='类别')),
                ('until', models.DateField(verbose_name='应返截止日')),
                ('amount', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='金额（元）')),
                ('state', models.CharField(choices=[('open', '支付中'), ('paid', '已返还'), ('cancelled', '已撤销')], default='open', editable=False, max_length=12, verbose_name='状态')),
                ('paid_on', models.DateField(editable=False, null=True, verbose_name='返还日期')),
                ('made_on', models.DateField(verbose_name='制单日期')),
            ],
            options={
                'verbose_name': '返还单',
                'verbose_name_plural': '返还单',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='SizeReturn',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField(verbose_name='年度')),
                ('trade', models.CharField(max_length=20, verbose_name='划型行业')),
                ('employees', models.PositiveIntegerField(verbose_name='从业人员（人）')),
                ('revenue', models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True, verbose_name='营业收入（元）')),
                ('assets', models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True, verbose_name='资产总额（元）')),
                ('size', models.CharField(choices=[('large', '大型'), ('medium', '中型'), ('small', '小型'), ('micro', '微型')], editable=False, max_length=6, verbose_name='企业规模')),
            ],
            options={
                'verbose_name': '企业规模年报',
                'verbose_name_plural': '企业规模年报',
                'ordering': ['-year', 'id'],
                'permissions': [('export_sizereturn', '导出企业规模年报')],
            },
        ),
        migrations.CreateModel(
            name='SpecialPayer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('payer_class', models.CharField(choices=[('general', '一般单位'), ('organ', '机关事业单位'), ('railway', '铁路、民航'), ('finance', '金融')], max_length=12, verbose_name='单位类别')),
                ('valid_from', models.DateField(verbose_name='所属期起')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='所属期止')),
                ('document_number', models.CharField(blank=True, max_length=60, verbose_name='文号')),
            ],
            options={
                'verbose_name': '特殊缴费单位',
                'verbose_name_plural': '特殊缴费单位',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='SplitRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('dues', '工会经费'), ('preparation', '建会筹备金（建会前）'), ('released', '建会筹备金（建会后返还）')], max_length=12, verbose_name='经费种类')),
                ('payer_class', models.CharField(choices=[('general', '一般单位'), ('organ', '机关事业单位'), ('railway', '铁路、民航'), ('finance', '金融')], default='general', max_length=12, verbose_name='单位类别')),
                ('valid_from', models.DateField(verbose_name='所属期起')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='所属期止')),
                ('document_number', models.CharField(max_length=60, verbose_name='文号')),
                ('levy', models.DecimalField(decimal_places=4, default=Decimal('2'), help_text='占工资总额，一般为 2%', max_digits=7, verbose_name='计提比例（%）')),
                ('grassroots', models.DecimalField(decimal_places=4, default=Decimal('0'), max_digits=7, verbose_name='基层工会（%）')),
                ('town', models.DecimalField(decimal_places=4, default=Decimal('0'), max_digits=7, verbose_name='乡镇（街道）（%）')),
                ('district', models.DecimalField(decimal_places=4, default=Decimal('0'), max_digits=7, verbose_name='区县（产业）（%）')),
                ('municipal', models.DecimalField(decimal_places=4, default=Decimal('0'), max_digits=7, verbose_name='市级（%）')),
                ('provincial', models.DecimalField(decimal_places=4, default=Decimal('0'), max_digits=7, verbose_name='省级（%）')),
                ('national', models.DecimalField(decimal_places=4, default=Decimal('0'), max_digits=7, verbose_name='全国（%）')),
                ('held', models.DecimalField(decimal_places=4, default=Decimal('0'), help_text='建会前的筹备金由上级工会代管', max_digits=7, verbose_name='代管（%）')),
                ('tie_order', models.CharField(choices=[('up', '由下级到上级'), ('down', '由上级到下级')], default='up', max_length=4, verbose_name='尾差次序')),
                ('due_after', models.CharField(choices=[('days', '入库后若干天'), ('month', '次月月底'), ('quarter', '下季度末')], default='month', max_length=8, verbose_name='应返期限')),
                ('due_days', models.PositiveSmallIntegerField(default=0, verbose_name='天数')),
            ],
            options={
                'verbose_name': '分成规则',
                'verbose_name_plural': '分成规则',
                'ordering': ['kind', 'payer_class', '-valid_from', 'id'],
            },
        ),
        migrations.CreateModel(
            name='SupportMeasure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, verbose_name='名称')),
                ('document_number', models.CharField(max_length=60, verbose_name='文号')),
                ('valid_from', models.DateField(verbose_name='所属期起')),
                ('valid_to', models.DateField(verbose_name='所属期止')),
                ('percent', models.DecimalField(decimal_places=4, default=Decimal('0'), help_text='占上缴上级部分', max_digits=7, verbose_name='缓减比例（%）')),
            ],
            options={
                'verbose_name': '缓减措施',
                'verbose_name_plural': '缓减措施',
                'ordering': ['-valid_from', 'id'],
            },
        ),
        migrations.CreateModel(
            name='WageDeclaration',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('period_first', models.DateField(verbose_name='所属期起')),
                ('period_last', models.DateField(verbose_name='所属期止')),
                ('wages', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='工资总额（元）')),
                ('source', models.CharField(blank=True, max_length=60, verbose_name='申报依据')),
            ],
            options={
                'verbose_name': '工资申报',
                'verbose_name_plural': '工资申报',
                'ordering': ['-id'],
                'permissions': [('export_wagedeclaration', '导出工资申报')],
            },
        ),
        migrations.AddField(
            model_name='posting',
            name='payee',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organisation', verbose_name='往来工会'),
        ),
        migrations.AlterField(
            model_name='account',
            name='role',
            field=models.CharField(blank=True, choices=[('bank', '银行存款'), ('transit', '在途支付'), ('owed', '应付'), ('income', '拨缴经费收入'), ('upper_municipal', '应付市级经费'), ('upper_provincial', '应付省级经费'), ('upper_national', '应付全国经费'), ('held', '代管经费'), ('return_owed', '应付下级经费（已审批）'), ('return_transit', '应付下级经费（在途）'), ('grant', '困难帮扶金支出'), ('return', '应付下级经费'), ('rebate', '小微企业经费返还支出'), ('allowance', '荣誉津贴支出'), ('other', '其他支出')], max_length=20, verbose_name='入账用途'),
        ),
        migrations.AlterField(
            model_name='journalentry',
            name='kind',
            field=models.CharField(choices=[('distributed', '经费分配'), ('committed', '审批确认应付'), ('sent', '报送银行'), ('confirmed', '银行确认支付'), ('reversal', '冲销')], max_length=12, verbose_name='种类'),
        ),
        migrations.AlterField(
            model_name='journalentry',
            name='payable',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='funds.payable', verbose_name='应付款'),
        ),
        migrations.AlterField(
            model_name='payable',
            name='pool',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='payables', to='funds.pool', verbose_name='资金池'),
        ),
        migrations.AddIndex(
            model_name='posting',
            index=models.Index(condition=models.Q(('payee__isnull', False)), fields=['payee', 'account'], name='posting_payee'),
        ),
        migrations.AddConstraint(
            model_name='payable',
            constraint=models.CheckConstraint(condition=models.Q(('pool__isnull', False), ('kind__in', ['return', 'rebate']), _connector='OR'), name='payable_from_pool', violation_error_message='请选择资金池。'),
        ),
        migrations.AlterConstraint(
            model_name='account',
            name='account_role_once',
            constraint=models.UniqueConstraint(condition=models.Q(('role', ''), _negated=True), fields=('role',), name='account_role_once', violation_error_message='该入账用途已经指定了科目。'),
        ),
        migrations.AddField(
            model_name='adjustment',
            name='organisation',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='core.organisation', verbose_name='所属工会'),
        ),
        migrations.AddField(
            model_name='adjustment',
            name='payer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='adjustments_owed', to='core.organisation', verbose_name='应付工会'),
        ),
        migrations.AddField(
            model_name='allocation',
            name='district_union',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organisation', verbose_name='区县（产业）工会'),
        ),
        migrations.AddField(
            model_name='allocation',
            name='town_union',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organisation', verbose_name='乡镇（街道）工会'),
        ),
        migrations.AddField(
            model_name='allocation',
            name='union',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.organisation', verbose_name='基层工会'),
        ),
        migrations.AddField(
            model_name='bankarrival',
            name='organisation',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='core.organisation', verbose_name='收款工会'),
        ),
        migrations.AddField(
            model_name='collectionbatch',
            name='job',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, to='core.job', verbose_name='分配任务'),
        ),
        migrations.AddField(
            model_name='collectionbatch',
            name='organisation',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='core.organisation', verbose_name='所属工会'),
        ),
        migrations.AddField(
            model_name='bankarrival',
            name='batch',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='arrivals', to='funds.collectionbatch', verbose_name='收缴批次'),
        ),
        migrations.AddField(
            model_name='collectionline',
            name='batch',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='funds.collectionbatch', verbose_name='收缴批次'),
        ),
        migrations.AddField(
            model_name='collectionline',
            name='employer',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='collected', to='members.employer', verbose_name='用人单位'),
        ),
        migrations.AddField(
            model_name='collectionline',
            name='organisation',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='collected', to='core.organisation', verbose_name='所属工会'),
        ),
        migrations.AddField(
            model_name='collectionline',
            name='reverses',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='funds.collectionline', verbose_name='所退税票'),
        ),
        migrations.AddField(
            model_name='collectionline',
            name='union',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='paid_in', to='core.organisation', verbose_name='基层工会'),
        ),
        migrations.AddField(
            model_name='allocation',
            name='line',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='allocations', to='funds.collectionline', verbose_name='缴款明细'),
        ),
        migrations.AddField(
            model_name='distribution',
            name='batch',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='distributions', to='funds.collectionbatch', verbose_name='收缴批次'),
        ),
        migrations.AddField(
            model_name='distribution',
            name='by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL, verbose_name='办理人'),
        ),
        migrations.AddField(
            model_name='distribution',
            name='organisation',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='core.organisation', verbose_name='分配工会'),
        ),
        migrations.AddField(
            model_name='allocation',
            name='distribution',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='allocations', to='funds.distribution', verbose_name='分配单'),
        ),
        migrations.AddField(
            model_name='journalentry',
            name='distribution',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='entry', to='funds.distribution', verbose_name='分配单'),
        ),
        migrations.AddConstraint(
            model_name='journalentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('distribution__isnull', False), ('kind', 'distributed'), ('payable__isnull', True)), models.Q(models.Q(('kind', 'distributed'), _negated=True), ('distribution__isnull', True), ('payable__isnull', False)), _connector='OR'), name='journalentry_event'),
        ),
        migrations.AddField(
            model_name='due',
            name='adjustment',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='due', to='funds.adjustment', verbose_name='调整'),
        ),
        migrations.AddField(
            model_name='due',
            name='distribution',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='dues', to='funds.distribution', verbose_name='分配单'),
        ),
        migrations.AddField(
            model_name='due',
            name='organisation',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='dues', to='core.organisation', verbose_name='应返工会'),
        ),
        migrations.AddField(
            model_name='due',
            name='payer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='dues_owed', to='core.organisation', verbose_name='应付工会'),
        ),
        migrations.AddField(
            model_name='due',
            name='released_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='released', to='funds.distribution', verbose_name='转出'),
        ),
        migrations.AddField(
            model_name='payeralias',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL, verbose_name='确认人'),
        ),
        migrations.AddField(
            model_name='payeralias',
            name='employer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payer_aliases', to='members.employer', verbose_name='用人单位'),
        ),
        migrations.AddField(
            model_name='rebate',
            name='employer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rebates', to='members.employer', verbose_name='用人单位'),
        ),
        migrations.AddField(
            model_name='rebate',
            name='organisation',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='core.organisation', verbose_name='所属工会'),
        ),
        migrations.AddField(
            model_name='due',
            name='rebate',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='due', to='funds.rebate', verbose_name='返还资格'),
        ),
        migrations.AddField(
            model_name='rebatescheme',
            name='organisation',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='core.organisation', verbose_name='适用地区'),
        ),
        migrations.AddField(
            model_name='rebate',
            name='scheme',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rebates', to='funds.rebatescheme', verbose_name='返还政策'),
        ),
        migrations.AddField(
            model_name='return',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL, verbose_name='制单人'),
        ),
        migrations.AddField(
            model_name='return',
            name='organisation',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='returns', to='core.organisation', verbose_name='收款工会'),
        ),
        migrations.AddField(
            model_name='return',
            name='payable',
            field=models.OneToOneField(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='funds.payable', verbose_name='应付款'),
        ),
        migrations.AddField(
            model_name='return',
            name='payer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='returns_paid', to='core.organisation', verbose_name='返还工会'),
        ),
        migrations.AddField(
            model_name='due',
            name='returned_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='dues', to='funds.return', verbose_name='返还单'),
        ),
        migrations.AddField(
            model_name='sizereturn',
            name='employer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='size_returns', to='members.employer', verbose_name='用人单位'),
        ),
        migrations.AddField(
            model_name='sizereturn',
            name='organisation',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='core.organisation', verbose_name='所属工会'),
        ),
        migrations.AddField(
            model_name='specialpayer',
            name='employer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payer_classes', to='members.employer', verbose_name='用人单位'),
        ),
        migrations.AddField(
            model_name='splitrule',
            name='organisation',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='core.organisation', verbose_name='适用地区'),
        ),
        migrations.AddField(
            model_name='allocation',
            name='rule',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='funds.splitrule', verbose_name='分成规则'),
        ),
        migrations.AddField(
            model_name='supportmeasure',
            name='organisation',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='core.organisation', verbose_name='适用地区'),
        ),
        migrations.AddField(
            model_name='allocation',
            name='measure',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='funds.supportmeasure', verbose_name='缓减措施'),
        ),
        migrations.AddField(
            model_name='wagedeclaration',
            name='employer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='wages', to='members.employer', verbose_name='用人单位'),
        ),
        migrations.AddField(
            model_name='wagedeclaration',
            name='organisation',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='core.organisation', verbose_name='所属工会'),
        ),
        migrations.AddConstraint(
            model_name='adjustment',
            constraint=models.CheckConstraint(condition=models.Q(('amount', 0), _negated=True), name='adjustment_not_nothing', violation_error_message='金额不能为 0。'),
        ),
        migrations.AddConstraint(
            model_name='collectionbatch',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'refused'), _negated=True), fields=('organisation', 'number'), name='collectionbatch_once', violation_error_message='该批次号已经登记。'),
        ),
        migrations.AddIndex(
            model_name='bankarrival',
            index=models.Index(fields=['on'], name='bankarrival_on'),
        ),
        migrations.AddConstraint(
            model_name='bankarrival',
            constraint=models.CheckConstraint(condition=models.Q(('amount', 0), _negated=True), name='bankarrival_not_nothing', violation_error_message='金额不能为 0。'),
        ),
        migrations.AddIndex(
            model_name='collectionline',
            index=models.Index(fields=['employer', 'period_first'], name='collectionline_employer'),
        ),
        migrations.AddIndex(
            model_name='collectionline',
            index=models.Index(fields=['union', 'period_first'], name='collectionline_union'),
        ),
        migrations.AddIndex(
            model_name='collectionline',
            index=models.Index(fields=['entry_on'], name='collectionline_entry'),
        ),
        migrations.AddIndex(
            model_name='collectionline',
            index=models.Index(fields=['credit_code'], name='collectionline_code'),
        ),
        migrations.AddIndex(
            model_name='collectionline',
            index=models.Index(condition=models.Q(('match', '')), fields=['batch'], name='collectionline_unmatched'),
        ),
        migrations.AddConstraint(
            model_name='collectionline',
            constraint=models.CheckConstraint(condition=models.Q(('amount', 0), _negated=True), name='collectionline_not_nothing', violation_error_message='金额不能为 0。'),
        ),
        migrations.AddConstraint(
            model_name='collectionline',
            constraint=models.CheckConstraint(condition=models.Q(('period_last__gte', models.F('period_first'))), name='collectionline_period', violation_error_message='所属期止不能早于所属期起。'),
        ),
        migrations.AddConstraint(
            model_name='collectionline',
            constraint=models.CheckConstraint(condition=models.Q(('reverses__isnull', True), ('amount__lt', 0), _connector='OR'), name='collectionline_refund', violation_error_message='退库的金额应小于 0。'),
        ),
        migrations.AddConstraint(
            model_name='distribution',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'collection')), fields=('batch',), name='distribution_batch_once', violation_error_message='该收缴批次已经分配。'),
        ),
        migrations.AddConstraint(
            model_name='rebatescheme',
            constraint=models.CheckConstraint(condition=models.Q(('percent__gt', 0), ('percent__lte', 100)), name='rebatescheme_percent', violation_error_message='返还比例应大于 0，不超过 100。'),
        ),
        migrations.AddConstraint(
            model_name='rebatescheme',
            constraint=models.CheckConstraint(condition=models.Q(('valid_to__isnull', True), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='rebatescheme_forward', violation_error_message='所属期止不能早于所属期起。'),
        ),
        migrations.AddConstraint(
            model_name='rebatescheme',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('eligibility', 'small_payer'), ('threshold__gt', 0)), models.Q(('eligibility', 'small_micro'), ('threshold__isnull', True)), _connector='OR'), name='rebatescheme_threshold', violation_error_message='按年缴费认定的应填写限额，按企业规模认定的不填。'),
        ),
        migrations.AddConstraint(
            model_name='rebate',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['refused', 'withdrawn']), _negated=True), fields=('scheme', 'employer', 'period_first'), name='rebate_once', violation_error_message='该单位这一所属期的返还已经登记。'),
        ),
        migrations.AddIndex(
            model_name='return',
            index=models.Index(fields=['paid_on'], name='return_paid'),
        ),
        migrations.AddConstraint(
            model_name='return',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='return_positive'),
        ),
        migrations.AddConstraint(
            model_name='return',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('paid_on__isnull', False), ('state', 'paid')), models.Q(models.Q(('state', 'paid'), _negated=True), ('paid_on__isnull', True)), _connector='OR'), name='return_paid_dated'),
        ),
        migrations.AddIndex(
            model_name='due',
            index=models.Index(fields=['organisation', 'due_on'], name='due_organisation'),
        ),
        migrations.AddIndex(
            model_name='due',
            index=models.Index(condition=models.Q(('is_custody', False), ('returned_by__isnull', True)), fields=['organisation'], name='due_open'),
        ),
        migrations.AddConstraint(
            model_name='due',
            constraint=models.CheckConstraint(condition=models.Q(('amount', 0), _negated=True), name='due_not_nothing'),
        ),
        migrations.AddConstraint(
            model_name='due',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('is_custody', True), ('returned_by__isnull', True)), models.Q(('is_custody', False), ('released_by__isnull', True)), _connector='OR'), name='due_custody'),
        ),
        migrations.AddConstraint(
            model_name='sizereturn',
            constraint=models.UniqueConstraint(fields=('employer', 'year'), name='sizereturn_once', violation_error_message='该单位本年度的规模数据已经登记。'),
        ),
        migrations.AddConstraint(
            model_name='specialpayer',
            constraint=models.UniqueConstraint(fields=('employer', 'valid_from'), name='specialpayer_once', violation_error_message='该单位在同一天已有类别。'),
        ),
        migrations.AddConstraint(
            model_name='specialpayer',
            constraint=models.CheckConstraint(condition=models.Q(('valid_to__isnull', True), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='specialpayer_forward', violation_error_message='所属期止不能早于所属期起。'),
        ),
        migrations.AddConstraint(
            model_name='splitrule',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.LessThan(django.db.models.functions.math.Abs(models.ExpressionWrapper(django.db.models.expressions.CombinedExpression(models.Value(Decimal('100')), '-', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('grassroots'), '+', models.F('town')), '+', models.F('district')), '+', models.F('municipal')), '+', models.F('provincial')), '+', models.F('national')), '+', models.F('held'))), models.FloatField())), models.Value(5e-05)), name='splitrule_whole', violation_error_message='各级比例合计应为 100%。'),
        ),
        migrations.AddConstraint(
            model_name='splitrule',
            constraint=models.CheckConstraint(condition=models.Q(('district__gte', 0), ('grassroots__gte', 0), ('held__gte', 0), ('levy__gte', 0), ('municipal__gte', 0), ('national__gte', 0), ('provincial__gte', 0), ('town__gte', 0)), name='splitrule_not_negative', violation_error_message='比例不能小于 0。'),
        ),
        migrations.AddConstraint(
            model_name='splitrule',
            constraint=models.CheckConstraint(condition=models.Q(('valid_to__isnull', True), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='splitrule_forward', violation_error_message='所属期止不能早于所属期起。'),
        ),
        migrations.AddConstraint(
            model_name='splitrule',
            constraint=models.UniqueConstraint(fields=('organisation', 'kind', 'payer_class', 'valid_from'), name='splitrule_once', violation_error_message='该地区、种类、类别在同一天已有规则。'),
        ),
        migrations.AddConstraint(
            model_name='supportmeasure',
            constraint=models.CheckConstraint(condition=models.Q(('percent__gt', 0), ('percent__lte', 100)), name='supportmeasure_percent', violation_error_message='缓减比例应大于 0，不超过 100。'),
        ),
        migrations.AddConstraint(
            model_name='supportmeasure',
            constraint=models.CheckConstraint(condition=models.Q(('valid_to__gte', models.F('valid_from'))), name='supportmeasure_forward', violation_error_message='所属期止不能早于所属期起。'),
        ),
        migrations.AddConstraint(
            model_name='allocation',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.LessThan(django.db.models.functions.math.Abs(models.ExpressionWrapper(django.db.models.expressions.CombinedExpression(models.F('amount'), '-', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('grassroots'), '+', models.F('town')), '+', models.F('district')), '+', models.F('municipal')), '+', models.F('provincial')), '+', models.F('national')), '+', models.F('held'))), models.FloatField())), models.Value(0.005)), name='allocation_whole', violation_error_message='各级分成合计应等于缴款金额。'),
        ),
        migrations.AddConstraint(
            model_name='allocation',
            constraint=models.UniqueConstraint(condition=models.Q(('is_live', True)), fields=('line',), name='allocation_live_once'),
        ),
        migrations.AddConstraint(
            model_name='wagedeclaration',
            constraint=models.UniqueConstraint(fields=('employer', 'period_first', 'period_last'), name='wagedeclaration_once', violation_error_message='该单位这一所属期的工资已经申报。'),
        ),
        migrations.AddConstraint(
            model_name='wagedeclaration',
            constraint=models.CheckConstraint(condition=models.Q(('period_last__gte', models.F('period_first'))), name='wagedeclaration_period', violation_error_message='所属期止不能早于所属期起。'),
        ),
        migrations.AddConstraint(
            model_name='wagedeclaration',
            constraint=models.CheckConstraint(condition=models.Q(('wages__gt', 0)), name='wagedeclaration_positive', violation_error_message='工资总额应大于 0。'),
        ),
        migrations.RunPython(guard_again, set_free),
    ]
