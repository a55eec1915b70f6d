"""The members' register as Django knows it."""

from django.apps import AppConfig

# Acts whose codes do not read as verb and noun; see `core.timeline`.
ACTS = {
    "members.membership.enrol": "登记入会",
    "members.membership.correct": "更正会籍信息",
    "members.membership.withdraw": "撤销入会登记",
    "members.membership.leave": "办理离会",
    "members.membership.keep": "保留会籍",
    "members.membership.settle": "合并时理顺会籍",
    "members.person.correct": "更正个人信息",
    "members.person.withdraw": "撤销个人信息登记",
    "members.person.look_alike": "查找疑似重复",
    "members.person.merge": "合并会员信息",
    "members.person.unmerge": "撤销会员信息合并",
    "members.person.reveal": "查看完整号码",
    "members.duplicatecandidate.apart": "确认不是同一人",
    "members.duplicatecandidate.withdraw": "撤销疑似重复",
    "members.transfer.issue": "办理会籍转出",
    "members.transfer.accept": "接收会籍转接",
    "members.transfer.decline": "退回会籍转接",
    "members.coverage.cover": "登记建会覆盖",
    "members.coverage.withdraw": "撤销建会覆盖登记",
    "members.coverage.reopen": "恢复建会覆盖",
    "members.coverage.uncover": "终止建会覆盖",
    "members.employer.withdraw": "撤销用人单位登记",
    "members.employer.reveal": "查看完整号码",
    "members.unionprofile.withdraw": "撤销工会组织信息登记",
    "members.unionprofile.reveal": "查看完整号码",
    "members.headcountreport.submitted": "上报年报",
    "members.headcountreport.accepted": "审定年报",
    "members.headcountreport.draft": "退回年报",
}
# Names in `changes` that are no field of the row.
NAMES = {"absorbed": "并入的证件号码", "restored": "恢复的证件号码"}


class MembersConfig(AppConfig):
    name = "members"
    verbose_name = "会员与组织"

    def ready(self) -> None:
        from core import timeline

        timeline.VERBS.update(ACTS)
        timeline.NAMES.update(NAMES)
