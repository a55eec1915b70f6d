"""Honours as Django knows them."""

from django.apps import AppConfig

# Acts whose codes do not read as verb and noun; see `core.timeline`.
ACTS = {
    "honours.award.give": "授予荣誉",
    "honours.quota.hand": "下达",
    "honours.quota.withdraw": "收回",
    "honours.quota.change": "调整",
    "honours.opinion.add": "登记",
    "honours.recommendation.add": "登记",
    "honours.nominationpaper.withdraw": "移除推荐材料",
    "honours.nomination.export": "导出候选名单",
    "honours.award.revoke": "撤销荣誉",
    "honours.award.withdraw": "移除荣誉登记",
    "honours.holder.confirm": "确认劳模现状",
    "honours.holder.reveal": "查看完整内容",
    "honours.revocation.begin": "提出撤销荣誉",
    "honours.revocation.reveal": "查看完整内容",
    "honours.allowance.begin": "登记劳模待遇",
    "honours.allowance.paid": "登记待遇到账",
    "honours.allowance.bounced": "登记待遇退票",
    "honours.studiomember.withdraw": "撤销成员登记",
    "honours.studio.take_back": "撤销登记已命名的工作室",
    "honours.award.prolong": "延续荣誉有效期",
    "honours.studio.begin": "申报创新工作室",
    "honours.studio.take_over": "登记已命名的创新工作室",
    "honours.studio.see": "核查七有",
    "honours.studiomember.end": "登记成员退出",
    "honours.studioproject.report": "填报课题",
    "honours.studioproject.finish": "登记结题",
    "honours.studioproject.accept": "确认课题",
    "honours.studioproject.take_back": "撤回填报",
    "honours.studioresult.report": "填报成果",
    "honours.studioresult.accept": "确认成果",
    "honours.studioresult.take_back": "撤回填报",
    "honours.studiogrant.confirm": "银行确认支付补助",
    "honours.studiogrant.bounce": "补助退票",
    "honours.studiogrant.reopen": "撤销补助应付款",
    "honours.apprenticeship.report": "登记师徒结对",
    "honours.apprenticeship.accept": "确认师徒结对",
    "honours.apprenticeship.end": "登记带徒结果",
    "honours.apprenticeship.take_back": "撤回登记",
    "honours.homerating.report": "填报会员评家",
    "honours.inspection.propose": "登记荣誉复查",
}


# Names in `changes` that are no field of the row.
NAMES = {"haves": "七有", "document_number": "文号"}


class HonoursConfig(AppConfig):
    name = "honours"
    verbose_name = "荣誉表彰"

    def ready(self) -> None:
        from core import timeline
        from honours.models.candidates import LABELS, Circumstance, Flag
        from honours.services import payouts, studio_grants

        studio_grants.register()
        timeline.VERBS.update(ACTS)
        timeline.NAMES.update(NAMES)
        timeline.CODES.update(
            {
                "honours.Nomination.flags": dict(Flag.choices),
                "honours.Nomination.circumstances": dict(Circumstance.choices),
                "honours.RatioConstraint.wanted": LABELS,
                "honours.RatioConstraint.base": LABELS,
                "honours.OpinionRule.about_tags": LABELS,
            }
        )
        payouts.register()
