import core.fields
import django.db.models.deletion
import django.utils.timezone
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models

from core.tables import CreateModels


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '0006_workflow'),
        ('core', '__first__'),
    ]

    operations = [
        CreateModels([
        migrations.CreateModel(
            name='BankLayout',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=40, unique=True, verbose_name='编码')),
                ('label', models.CharField(max_length=60, verbose_name='名称')),
                ('format', models.CharField(choices=[('csv', '文本（.csv）'), ('xlsx', '工作簿（.xlsx）')], max_length=4, verbose_name='文件类型')),
                ('encoding', models.CharField(choices=[('gb18030', 'GB18030'), ('utf-8', 'UTF-8')], default='gb18030', max_length=8, verbose_name='字符编码')),
                ('amount_style', models.CharField(choices=[('yuan', '元，两位小数'), ('fen', '分，整数')], default='yuan', max_length=4, verbose_name='金额写法')),
                ('columns', models.JSONField(help_text='按顺序列出：[[“字段”, “列名”], …]，字段见操作说明', verbose_name='各列')),
                ('has_headings', models.BooleanField(default=True, verbose_name='有列名行')),
                ('header', models.JSONField(blank=True, default=list, verbose_name='首行控制信息')),
                ('footer', models.JSONField(blank=True, default=list, verbose_name='末行控制信息')),
            ],
            options={
                'verbose_name': '银行文件格式',
                'verbose_name_plural': '银行文件格式',
                'ordering': ['code'],
            },
        ),
        migrations.CreateModel(
            name='Account',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=12, unique=True, verbose_name='科目编码')),
                ('name', models.CharField(max_length=60, verbose_name='科目名称')),
                ('role', models.CharField(blank=True, choices=[('bank', '银行存款'), ('transit', '在途支付'), ('owed', '应付'), ('grant', '困难帮扶金支出'), ('return', '经费返还'), ('rebate', '小微企业经费返还支出'), ('allowance', '荣誉津贴支出'), ('other', '其他支出')], max_length=12, verbose_name='支付用途')),
            ],
            options={
                'verbose_name': '会计科目',
                'verbose_name_plural': '会计科目',
                'ordering': ['code'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('role', ''), _negated=True), fields=('role',), name='account_role_once', violation_error_message='该支付用途已经指定了科目。')],
            },
        ),
        migrations.CreateModel(
            name='Pool',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(choices=[('central', '中央财政'), ('provincial', '省级财政'), ('municipal', '市级财政'), ('county', '县级财政'), ('union', '工会经费'), ('donation', '社会捐助')], max_length=12, verbose_name='资金来源')),
                ('year', models.PositiveSmallIntegerField(verbose_name='年度')),
                ('purpose', models.CharField(max_length=60, verbose_name='用途')),
                ('document_number', models.CharField(help_text='如“江工发〔2026〕12号”', max_length=60, verbose_name='文号')),
                ('amount', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='下达金额（元）')),
                ('claimed', models.DecimalField(decimal_places=2, default=Decimal('0.00'), editable=False, max_digits=14, verbose_name='已占用（元）')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='core.organisation', verbose_name='所属工会')),
            ],
            options={
                'verbose_name': '资金池',
                'verbose_name_plural': '资金池',
                'ordering': ['-year', 'organisation', 'id'],
                'constraints': [models.UniqueConstraint(fields=('organisation', 'source', 'year', 'purpose', 'document_number'), name='pool_once', violation_error_message='同一文号、年度、来源和用途的资金已经登记。'), models.CheckConstraint(condition=models.Q(('claimed__gte', 0), ('claimed__lte', models.F('amount'))), name='pool_never_overdrawn', violation_error_message='下达金额不能少于已占用的金额。'), models.CheckConstraint(condition=models.Q(('year__gte', 2000), ('year__lte', 2100)), name='pool_year', violation_error_message='年度应为四位年份，如 2026。')],
            },
        ),
        migrations.CreateModel(
            name='Payable',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('object_type', models.CharField(editable=False, max_length=80, verbose_name='事项类型')),
                ('object_id', models.CharField(editable=False, max_length=40, verbose_name='事项编号')),
                ('kind', models.CharField(choices=[('grant', '困难帮扶金'), ('return', '经费返还'), ('rebate', '小微企业经费返还'), ('allowance', '荣誉津贴'), ('other', '其他')], max_length=12, verbose_name='类别')),
                ('reason', models.CharField(max_length=100, verbose_name='事由')),
                ('payee_kind', models.CharField(choices=[('person', '个人'), ('union', '工会组织'), ('employer', '用人单位')], max_length=12, verbose_name='收款人类型')),
                ('payee_name', models.CharField(max_length=100, verbose_name='收款人')),
                ('certificate_type', models.CharField(choices=[('resident', '居民身份证'), ('permit', '港澳台居民居住证'), ('foreigner', '外国人永久居留身份证'), ('passport', '护照')], default='resident', max_length=20, verbose_name='证件类型')),
                ('payee_number', core.fields.EncryptedTextField(blank=True, editable=True, null=True, verbose_name='证件号码（信用代码）')),
                ('payee_index', core.fields.BlindIndexField(blank=True, null=True, of='payee_number', use='members.person.certificate_number')),
                ('bank', models.CharField(max_length=100, verbose_name='开户行')),
                ('account', core.fields.EncryptedTextField(blank=True, editable=True, null=True, verbose_name='收款账号')),
                ('account_index', core.fields.BlindIndexField(blank=True, null=True, of='account')),
                ('amount', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='金额（元）')),
                ('state', models.CharField(choices=[('waiting', '待支付'), ('batched', '支付中'), ('paid', '已支付'), ('bounced', '退票待更正'), ('cancelled', '已撤销')], default='waiting', editable=False, max_length=12, verbose_name='状态')),
                ('approved_on', models.DateField(editable=False, null=True, verbose_name='审批日期')),
                ('claimed_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='登记时间')),
                ('claimed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL, verbose_name='登记人')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='core.organisation', verbose_name='所属工会')),
                ('pool', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payables', to='funds.pool', verbose_name='资金池')),
            ],
            options={
                'verbose_name': '应付款',
                'verbose_name_plural': '应付款',
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['state', 'id'], name='payable_state'), models.Index(fields=['account_index'], name='payable_account')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'cancelled'), _negated=True), fields=('object_type', 'object_id'), name='payable_once', violation_error_message='该事项已经登记了应付款，不能重复支付。'), models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='payable_amount_positive', violation_error_message='金额应大于 0。')],
            },
        ),
        migrations.CreateModel(
            name='AccountCorrection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('former_bank', models.CharField(max_length=100, verbose_name='原开户行')),
                ('former_account', core.fields.EncryptedTextField(blank=True, editable=True, null=True, verbose_name='原账号')),
                ('bank', models.CharField(max_length=100, verbose_name='开户行')),
                ('account', core.fields.EncryptedTextField(blank=True, editable=True, null=True, verbose_name='账号')),
                ('reason', models.CharField(max_length=200, verbose_name='更正依据')),
                ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='更正时间')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL, verbose_name='更正人')),
                ('payable', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='corrections', to='funds.payable', verbose_name='应付款')),
            ],
            options={
                'verbose_name': '账户更正',
                'verbose_name_plural': '账户更正',
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='PaymentBatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state_since', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='状态起始')),
                ('due_on', models.DateField(blank=True, editable=False, null=True, verbose_name='办理期限')),
                ('round', models.PositiveSmallIntegerField(default=1, editable=False, verbose_name='轮次')),
                ('state', models.CharField(choices=[('draft', '草稿'), ('checking', '待复核'), ('approving', '待审批'), ('approved', '已审批'), ('filed', '已生成银行文件'), ('sent', '已报送银行'), ('resending', '待同意重新报送'), ('settled', '银行已回单'), ('void', '已作废')], editable=False, max_length=24, verbose_name='状态')),
                ('title', models.CharField(max_length=80, verbose_name='批次名称')),
                ('layout_used', models.JSONField(editable=False, null=True, verbose_name='所用格式')),
                ('count', models.PositiveIntegerField(default=0, editable=False, verbose_name='笔数')),
                ('total', models.DecimalField(decimal_places=2, default=Decimal('0.00'), editable=False, max_digits=14, verbose_name='金额（元）')),
                ('sha256', models.CharField(blank=True, editable=False, max_length=64, verbose_name='文件摘要')),
                ('sendings', models.PositiveSmallIntegerField(default=0, editable=False, verbose_name='报送次数')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='建立时间')),
                ('file', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='core.storedfile', verbose_name='银行文件')),
                ('layout', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='funds.banklayout', verbose_name='银行文件格式')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='core.organisation', verbose_name='所属工会')),
            ],
            options={
                'verbose_name': '支付批次',
                'verbose_name_plural': '支付批次',
                'ordering': ['-id'],
                'permissions': [('check_paymentbatch', '复核支付批次'), ('approve_paymentbatch', '审批支付批次'), ('pay_paymentbatch', '报送支付批次'), ('settle_paymentbatch', '登记银行回单')],
            },
        ),
        migrations.CreateModel(
            name='Payment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('line', models.PositiveIntegerField(verbose_name='序号')),
                ('reference', models.CharField(max_length=20, unique=True, verbose_name='付款流水号')),
                ('payee_name', models.CharField(max_length=100, verbose_name='收款人')),
                ('bank', models.CharField(max_length=100, verbose_name='开户行')),
                ('account', core.fields.EncryptedTextField(blank=True, editable=True, null=True, verbose_name='收款账号')),
                ('account_index', core.fields.BlindIndexField(blank=True, null=True, of='account', use='funds.payable.account')),
                ('amount', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='金额（元）')),
                ('result', models.CharField(choices=[('pending', '未回单'), ('done', '支付成功'), ('bounced', '退票'), ('dropped', '已移出')], default='pending', editable=False, max_length=8, verbose_name='结果')),
                ('bank_reason', models.CharField(blank=True, editable=False, max_length=200, verbose_name='银行说明')),
                ('result_on', models.DateField(editable=False, null=True, verbose_name='回单日期')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='core.organisation', verbose_name='所属工会')),
                ('payable', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='funds.payable', verbose_name='应付款')),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='funds.paymentbatch', verbose_name='支付批次')),
            ],
            options={
                'verbose_name': '付款',
                'verbose_name_plural': '付款',
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['result', 'result_on'], name='payment_result')],
                'constraints': [models.UniqueConstraint(fields=('batch', 'line'), name='payment_line_once'), models.UniqueConstraint(condition=models.Q(('result__in', ['pending', 'done'])), fields=('payable',), name='payment_live_once', violation_error_message='该应付款已在其他批次中支付，不能重复支付。'), models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='payment_amount_positive'), models.CheckConstraint(condition=models.Q(models.Q(('result__in', ['pending', 'dropped']), ('result_on__isnull', True)), models.Q(('result__in', ['done', 'bounced']), ('result_on__isnull', False)), _connector='OR'), name='payment_result_dated')],
            },
        ),
        migrations.CreateModel(
            name='JournalEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('on', models.DateField(verbose_name='日期')),
                ('kind', models.CharField(choices=[('committed', '审批确认应付'), ('sent', '报送银行'), ('confirmed', '银行确认支付'), ('reversal', '冲销')], max_length=12, verbose_name='种类')),
                ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='记录时间')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL, verbose_name='办理人')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='core.organisation', verbose_name='所属工会')),
                ('reverses', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reversal', to='funds.journalentry', verbose_name='所冲销的凭证')),
                ('payable', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='funds.payable', verbose_name='应付款')),
                ('payment', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='funds.payment', verbose_name='付款')),
            ],
            options={
                'verbose_name': '记账凭证',
                'verbose_name_plural': '记账凭证',
                'ordering': ['-id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('kind__in', ['sent', 'confirmed'])), fields=('payment', 'kind'), name='journalentry_payment_once'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'reversal'), ('reverses__isnull', False)), models.Q(models.Q(('kind', 'reversal'), _negated=True), ('reverses__isnull', True)), _connector='OR'), name='journalentry_reversal')],
            },
        ),
        migrations.CreateModel(
            name='BankResult',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='金额（元）')),
                ('outcome', models.CharField(choices=[('done', '成功'), ('bounced', '失败')], max_length=8, verbose_name='结果')),
                ('reason', models.CharField(blank=True, max_length=200, verbose_name='失败原因')),
                ('on', models.DateField(verbose_name='回单日期')),
                ('payment', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='bank_result', to='funds.payment', verbose_name='付款')),
            ],
            options={
                'verbose_name': '银行回单',
                'verbose_name_plural': '银行回单',
                'ordering': ['-id'],
                'permissions': [('export_bankresult', '导出银行回单')],
                'constraints': [models.CheckConstraint(condition=models.Q(('outcome', 'done'), models.Q(('reason', ''), _negated=True), _connector='OR'), name='bankresult_reason', violation_error_message='失败的付款应写明原因。')],
            },
        ),
        migrations.CreateModel(
            name='AccountConfirmation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account_index', models.BinaryField(verbose_name='账号索引')),
                ('payees', models.CharField(max_length=64, verbose_name='收款人摘要')),
                ('reason', models.CharField(max_length=200, verbose_name='确认理由')),
                ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='确认时间')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL, verbose_name='确认人')),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='confirmations', to='funds.paymentbatch', verbose_name='支付批次')),
            ],
            options={
                'verbose_name': '账户共用确认',
                'verbose_name_plural': '账户共用确认',
                'ordering': ['id'],
                'constraints': [models.UniqueConstraint(fields=('batch', 'account_index', 'payees'), name='accountconfirmation_once')],
            },
        ),
        migrations.CreateModel(
            name='Posting',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='金额（元）')),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='postings', to='funds.account', verbose_name='科目')),
                ('entry', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='postings', to='funds.journalentry', verbose_name='记账凭证')),
            ],
            options={
                'verbose_name': '分录',
                'verbose_name_plural': '分录',
                'ordering': ['id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('amount', 0), _negated=True), name='posting_not_nothing')],
            },
        ),
        ]),
    ]
