"""Competitions as Django knows them."""

from django.apps import AppConfig

# Acts whose codes do not read as verb and noun; see `core.timeline`.
ACTS: dict[str, str] = {
    "competitions.scorepart.remove": "移除评分项",
    "competitions.panel.draw": "抽取盲评编号",
    "competitions.panel.announce": "公布比赛成绩",
    "competitions.judge.dismiss": "撤下裁判",
    "competitions.recusal.find": "核对回避",
    "competitions.recusal.declare": "申报回避",
    "competitions.blindcode.record": "登记用时或缺考",
    "competitions.score.withdraw": "撤回得分",
    "competitions.scoresheet.seal": "封存评分表",
    "competitions.scoresheet.propose": "提出评分更正",
    "competitions.scoresheet.approve": "批准评分更正",
    "competitions.scoresheet.refuse": "不批准评分更正",
    "competitions.scoresheet.replace": "评分表被更正",
    "competitions.result.announce": "公布名次",
    "competitions.result.correct": "更正名次",
    "competitions.result.prize": "确定奖项",
    "competitions.result.award": "表彰",
    "competitions.result.strike": "取消成绩",
    "competitions.result.register_account": "登记奖金收款账户",
    "competitions.result.confirm": "登记奖金到账",
    "competitions.result.bounce": "登记奖金退票",
    "competitions.result.reopen": "撤销奖金应付款",
    "competitions.result.reveal": "查看完整内容",
    "competitions.teamprize.award": "表彰",
    "competitions.appeal.file": "提出成绩申诉",
    "competitions.disqualification.propose": "提出取消成绩",
    "competitions.certificatebatch.make": "制作证书",
    "competitions.certificate.issue": "颁发证书",
    "competitions.certificate.revoke": "注销证书",
    "competitions.competition.take_over": "移交登记历年竞赛",
    "competitions.competition.take_back": "撤销竞赛登记",
    "competitions.programme.take_back": "撤销竞赛计划登记",
    "competitions.event.take_back": "撤销赛项登记",
    "competitions.stage.take_back": "撤销赛段登记",
    "competitions.entry.begin": "填写参赛报名",
    "competitions.entry.line_up": "更换队员",
    "competitions.entry.take_over": "移交登记历年选手",
    "competitions.entry.take_back": "撤销选手登记",
    "competitions.participationreport.begin": "填报参赛人次",
    "competitions.participationreport.take_over": "移交登记历年参赛人次",
    "competitions.participationreport.take_back": "撤销参赛人次登记",
    "competitions.innovation.begin": "申报创新成果",
    "competitions.innovation.take_over": "移交登记历年创新成果",
    "competitions.innovation.take_back": "撤销创新成果登记",
    "competitions.training.take_back": "撤销培训登记",
    "competitions.trainee.take_back": "撤销参训人员登记",
    "competitions.skillcertificate.take_back": "撤销技能等级证书登记",
}


class CompetitionsConfig(AppConfig):
    name = "competitions"
    verbose_name = "劳动和技能竞赛"

    def ready(self) -> None:
        from competitions.services import payouts
        from core import timeline

        payouts.register()
        timeline.VERBS.update(ACTS)
