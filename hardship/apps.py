"""Aid to households in need as Django knows it."""

from django.apps import AppConfig

# Acts whose codes do not read as verb and noun; see `core.timeline`.
ACTS = {
    "hardship.case.begin": "开始填报档案",
    "hardship.case.take_over": "移交登记存量档案",
    "hardship.case.take_back": "撤销档案登记",
    "hardship.recognition.withdraw": "撤销在档认定登记",
    "hardship.visit.withdraw": "撤销走访登记",
    "hardship.grant.take_over": "移交登记存量帮扶金",
    "hardship.grant.take_back": "撤销存量帮扶金登记",
    "hardship.familymember.withdraw": "移除家庭成员",
    "hardship.familymember.reveal": "查看完整内容",
    "hardship.case.reveal": "查看完整内容",
    "hardship.evidence.withdraw": "移除佐证材料",
    "hardship.visit.reveal": "查看完整内容",
    "hardship.datacheck.reveal": "查看完整内容",
    "hardship.review.reveal": "查看完整内容",
    "hardship.alert.reveal": "查看完整内容",
    "hardship.income.withdraw": "移除家庭收入",
    "hardship.expense.withdraw": "移除家庭支出",
    "hardship.vetoanswer.answer": "核对一票否决情形",
    "hardship.vetoanswer.propose_exception": "提出例外",
    "hardship.vetoanswer.approve_exception": "批准例外",
    "hardship.datacheck.request": "请求信息比对",
    "hardship.datacheck.answer": "登记比对答复",
    "hardship.datacheck.disclose": "向比对部门提供名单：",
    "hardship.datacheck.judge": "作出比对结论",
    "hardship.datacheck.clear": "登记比对无记录",
    "hardship.pairing.end": "解除结对",
    "hardship.recognition.end": "终止在档认定",
    "hardship.review.propose": "登记复核情况",
    "hardship.alert.settle": "处置返困预警",
    "hardship.evaluationsample.draw": "抽取评估样本",
    "hardship.evaluationsample.finish": "办结第三方评估",
    "hardship.evaluatedhousehold.judge": "填写评估结论",
    "hardship.evaluatedhousehold.report": "登记漏评",
    "hardship.evaluatedhousehold.withdraw": "撤销漏评登记",
    "hardship.sampleitem.settle": "处置第三方评估发现的问题",
    "hardship.grant.withdraw": "撤回帮扶金",
    "hardship.grant.approve": "批准发放帮扶金",
    "hardship.grant.confirm": "登记帮扶金到账",
    "hardship.grant.bounce": "登记帮扶金退票",
    "hardship.grant.reopen": "撤销批准，恢复拟发放",
}


class HardshipConfig(AppConfig):
    name = "hardship"
    verbose_name = "困难帮扶"

    def ready(self) -> None:
        from core import timeline
        from core.services import machines
        from hardship.models import DataCheck
        from hardship.models.households import Cause
        from hardship.services import payouts

        timeline.VERBS.update(ACTS)
        timeline.CODES["hardship.Procedure.checked_sources"] = dict(DataCheck.Source.choices)
        timeline.CODES["hardship.Case.further_causes"] = dict(Cause.choices)
        machines.PARTIES.update(DataCheck.Source.choices)
        payouts.register()
