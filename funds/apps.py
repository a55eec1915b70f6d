"""Money as Django knows it."""

from django.apps import AppConfig

# Acts whose codes do not read as verb and noun; see `core.timeline`.
ACTS = {
    "funds.bankarrival.withdraw": "撤销到账登记",
    "funds.collectionbatch.begin": "登记收缴批次",
    "funds.collectionline.match": "确认缴费单位",
    "funds.collectionline.withdraw": "移出收缴批次",
    "funds.payeralias.keep": "登记曾用识别号",
    "funds.wagedeclaration.export_arrears": "导出应收未收",
    "funds.wagedeclaration.withdraw": "撤销工资申报",
    "funds.distribution.book": "分配入账",
    "funds.collectionline.found": "建会后归入工会",
    "funds.collectionline.resplit": "发起重新分配：",
    "funds.return.claim": "生成返还单",
    "funds.return.paid": "银行确认返还",
    "funds.return.bounced": "返还退票",
    "funds.return.cancel": "撤销返还单",
    "funds.auditfinding.withdraw": "撤销审计问题登记",
    "funds.budgetline.adjust": "调整预算",
    "funds.budgetline.withdraw": "撤销预算登记",
    "funds.fiscaltransfer.withdraw": "撤销财政划拨登记",
    "funds.fundentry.withdraw": "撤销资金收支登记",
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
    "funds.rebate.begin": "列出小微企业返还",
    "funds.rebate.claim": "申请小微企业返还",
    "funds.sizereturn.withdraw": "撤销企业规模年报登记",
    "funds.paymentbatch.begin": "建立支付批次",
    "funds.paymentbatch.confirm_account": "确认账户共用",
}
# Names in `changes` that are no field of the row.
NAMES = {
    "period": "期间",
    "rows": "行数",
    "payees": "收款人",
    "dues": "应返笔数",
    "amount": "金额（元）",
}


class FundsConfig(AppConfig):
    name = "funds"
    verbose_name = "经费"

    def ready(self) -> None:
        from core import timeline
        from funds.services import returns

        returns.register()
        timeline.VERBS.update(ACTS)
        timeline.NAMES.update(NAMES)
