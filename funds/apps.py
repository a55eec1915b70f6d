"""Money as Django knows it."""

from django.apps import AppConfig

# Acts whose codes do not read as verb and noun; see `core.timeline`.
ACTS = {
    "funds.payable.claim": "登记应付款",
    "funds.payable.cancel": "撤销应付款",
    "funds.payable.correct_account": "更正收款账户",
    "funds.payable.reveal": "查看完整号码",
    "funds.payment.reveal": "查看完整号码",
    "funds.payment.include": "列入支付批次",
    "funds.payment.drop": "移出支付批次",
    "funds.payment.done": "支付成功",
    "funds.payment.bounced": "登记退票",
    "funds.bankresult.add": "登记银行回单",
    "funds.bankresult.change": "更正银行回单",
    "funds.bankresult.withdraw": "撤销银行回单登记",
    "funds.paymentbatch.begin": "建立支付批次",
    "funds.paymentbatch.submit": "提交复核",
    "funds.paymentbatch.check": "复核通过",
    "funds.paymentbatch.send_back": "复核退回",
    "funds.paymentbatch.approve": "审批通过",
    "funds.paymentbatch.refuse": "审批退回",
    "funds.paymentbatch.stop": "停止支付",
    "funds.paymentbatch.make_file": "生成银行文件",
    "funds.paymentbatch.send": "报送银行",
    "funds.paymentbatch.ask_resend": "申请重新报送",
    "funds.paymentbatch.resend": "同意重新报送",
    "funds.paymentbatch.keep_sent": "不同意重新报送",
    "funds.paymentbatch.settle": "回单入账",
    "funds.paymentbatch.void": "作废批次",
    "funds.paymentbatch.confirm_account": "确认账户共用",
}
# Names in `changes` that are no field of the row.
NAMES = {"payees": "收款人"}


class FundsConfig(AppConfig):
    name = "funds"
    verbose_name = "经费"

    def ready(self) -> None:
        from core import timeline

        timeline.VERBS.update(ACTS)
        timeline.NAMES.update(NAMES)
