"""Aid to households in need as Django knows it."""

from django.apps import AppConfig

# Acts whose codes do not read as verb and noun; see `core.timeline`.
ACTS = {
    "hardship.case.begin": "开始填报档案",
    "hardship.familymember.withdraw": "移除家庭成员",
    "hardship.familymember.reveal": "查看完整内容",
    "hardship.case.reveal": "查看完整内容",
    "hardship.income.withdraw": "移除家庭收入",
    "hardship.expense.withdraw": "移除家庭支出",
    "hardship.vetoanswer.answer": "核对一票否决情形",
    "hardship.vetoanswer.propose_exception": "提出例外",
    "hardship.vetoanswer.approve_exception": "批准例外",
    "hardship.datacheck.request": "请求信息比对",
    "hardship.datacheck.answer": "登记比对答复",
    "hardship.datacheck.judge": "作出比对结论",
    "hardship.recognition.end": "终止在档认定",
    "hardship.review.propose": "登记复核情况",
    "hardship.alert.settle": "处置返困预警",
    "hardship.grant.withdraw": "撤回帮扶金",
    "hardship.grant.confirm": "登记帮扶金到账",
}


class HardshipConfig(AppConfig):
    name = "hardship"
    verbose_name = "困难帮扶"

    def ready(self) -> None:
        from core import timeline

        timeline.VERBS.update(ACTS)
