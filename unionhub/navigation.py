"""Where each role can go: the sidebar of the admin and the bar of the portal, in one table."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject


@dataclass(frozen=True)
class Place:
    """A page in the navigation. It is shown to whoever holds `permission`; "" means everybody."""

    title: str
    url: str
    permission: str = ""
    icon: str = ""

    def shown_to(self, user: Any) -> bool:
        return not self.permission or user.has_perm(self.permission)


ADMIN = {
    "": [
        Place("工作台", "admin:index", icon="dashboard"),
        Place("表格导入导出", "sheets", "core.view_sheetimport", "table_view"),
    ],
    "会员与组织": [
        Place(
            "工会组织",
            "admin:core_organisation_changelist",
            "core.view_organisation",
            "account_tree",
        ),
        Place(
            "工会组织信息",
            "admin:members_unionprofile_changelist",
            "members.view_unionprofile",
            "badge",
        ),
        Place(
            "会员",
            "admin:members_membership_changelist",
            "members.view_membership",
            "group",
        ),
        Place(
            "会籍转接",
            "admin:members_transfer_changelist",
            "members.view_transfer",
            "swap_horiz",
        ),
        Place(
            "疑似重复",
            "admin:members_duplicatecandidate_changelist",
            "members.view_duplicatecandidate",
            "difference",
        ),
        Place(
            "合并记录",
            "admin:members_merge_changelist",
            "members.view_merge",
            "merge",
        ),
        Place(
            "用人单位",
            "admin:members_employer_changelist",
            "members.view_employer",
            "apartment",
        ),
        Place(
            "任职",
            "admin:members_post_changelist",
            "members.view_post",
            "assignment_ind",
        ),
        Place(
            "制度机制",
            "admin:members_mechanism_changelist",
            "members.view_mechanism",
            "rule",
        ),
        Place(
            "基层工会年报",
            "admin:members_headcountreport_changelist",
            "members.view_headcountreport",
            "fact_check",
        ),
    ],
    "困难帮扶": [
        Place(
            "困难职工档案",
            "admin:hardship_case_changelist",
            "hardship.view_case",
            "volunteer_activism",
        ),
        Place(
            "帮扶金",
            "admin:hardship_grant_changelist",
            "hardship.view_grant",
            "redeem",
        ),
        Place(
            "家庭成员",
            "admin:hardship_familymember_changelist",
            "hardship.view_familymember",
            "family_restroom",
        ),
        Place(
            "信息比对",
            "admin:hardship_datacheck_changelist",
            "hardship.view_datacheck",
            "travel_explore",
        ),
        Place("走访", "admin:hardship_visit_changelist", "hardship.view_visit", "home_pin"),
        Place("复核", "admin:hardship_review_changelist", "hardship.view_review", "event_repeat"),
        Place(
            "返困预警",
            "admin:hardship_alert_changelist",
            "hardship.view_alert",
            "notification_important",
        ),
        Place(
            "结对帮扶",
            "admin:hardship_pairing_changelist",
            "hardship.view_pairing",
            "handshake",
        ),
        Place(
            "评估样本",
            "admin:hardship_evaluationsample_changelist",
            "hardship.view_evaluationsample",
            "science",
        ),
        Place(
            "样本户",
            "admin:hardship_sampleitem_changelist",
            "hardship.view_sampleitem",
            "checklist",
        ),
        Place(
            "评估任务",
            "admin:hardship_evaluationtask_changelist",
            "hardship.view_evaluationtask",
            "assignment",
        ),
        Place(
            "评估对象",
            "admin:hardship_evaluatedhousehold_changelist",
            "hardship.view_evaluatedhousehold",
            "checklist",
        ),
        Place(
            "低保标准",
            "admin:hardship_standard_changelist",
            "hardship.view_standard",
            "straighten",
        ),
        Place(
            "认定规则",
            "admin:hardship_tierrule_changelist",
            "hardship.view_tierrule",
            "gavel",
        ),
        Place(
            "一票否决情形",
            "admin:hardship_vetorule_changelist",
            "hardship.view_vetorule",
            "block",
        ),
        Place(
            "办理规定",
            "admin:hardship_procedure_changelist",
            "hardship.view_procedure",
            "route",
        ),
        Place(
            "帮扶上限",
            "admin:hardship_grantcap_changelist",
            "hardship.view_grantcap",
            "vertical_align_top",
        ),
    ],
    "荣誉表彰": [
        Place("荣誉名册", "admin:honours_award_changelist", "honours.view_award", "military_tech"),
        Place("劳模档案", "admin:honours_holder_changelist", "honours.view_holder", "badge"),
        Place(
            "劳模待遇", "admin:honours_allowance_changelist", "honours.view_allowance", "payments"
        ),
        Place(
            "走访、体检、疗休养",
            "admin:honours_care_changelist",
            "honours.view_care",
            "volunteer_activism",
        ),
        Place(
            "撤销荣誉", "admin:honours_revocation_changelist", "honours.view_revocation", "gavel"
        ),
        Place("荣誉称号", "admin:honours_title_changelist", "honours.view_title", "list_alt"),
        Place(
            "待遇标准",
            "admin:honours_allowancerule_changelist",
            "honours.view_allowancerule",
            "request_quote",
        ),
        Place(
            "体检疗休养周期",
            "admin:honours_carerule_changelist",
            "honours.view_carerule",
            "event_repeat",
        ),
    ],
    "荣誉评选": [
        Place(
            "评选",
            "admin:honours_selection_changelist",
            "honours.view_selection",
            "military_tech",
        ),
        Place("推荐名额", "admin:honours_quota_changelist", "honours.view_quota", "pie_chart"),
        Place(
            "推荐人选",
            "admin:honours_nomination_changelist",
            "honours.view_nomination",
            "person_add",
        ),
        Place(
            "比例要求",
            "admin:honours_ratioconstraint_changelist",
            "honours.view_ratioconstraint",
            "percent",
        ),
        Place(
            "征求意见规定",
            "admin:honours_opinionrule_changelist",
            "honours.view_opinionrule",
            "forum",
        ),
        Place(
            "不得推荐情形",
            "admin:honours_exclusionrule_changelist",
            "honours.view_exclusionrule",
            "block",
        ),
    ],
    "创新与建家": [
        Place(
            "创新工作室",
            "admin:honours_studio_changelist",
            "honours.view_studio",
            "lightbulb",
        ),
        Place(
            "工作室成果",
            "admin:honours_studioresult_changelist",
            "honours.view_studioresult",
            "emoji_objects",
        ),
        Place(
            "工作室补助",
            "admin:honours_studiogrant_changelist",
            "honours.view_studiogrant",
            "payments",
        ),
        Place(
            "师徒结对",
            "admin:honours_apprenticeship_changelist",
            "honours.view_apprenticeship",
            "diversity_3",
        ),
        Place(
            "会员评家",
            "admin:honours_homerating_changelist",
            "honours.view_homerating",
            "how_to_vote",
        ),
        Place(
            "荣誉复查",
            "admin:honours_inspection_changelist",
            "honours.view_inspection",
            "verified",
        ),
        Place(
            "工作室管理规定",
            "admin:honours_studiorule_changelist",
            "honours.view_studiorule",
            "gavel",
        ),
        Place(
            "工作室补助标准",
            "admin:honours_studiograntrule_changelist",
            "honours.view_studiograntrule",
            "price_change",
        ),
        Place(
            "建家标准",
            "admin:honours_homerule_changelist",
            "honours.view_homerule",
            "straighten",
        ),
    ],
    "劳动和技能竞赛": [
        Place(
            "年度竞赛计划",
            "admin:competitions_programme_changelist",
            "competitions.view_programme",
            "event_note",
        ),
        Place(
            "竞赛",
            "admin:competitions_competition_changelist",
            "competitions.view_competition",
            "emoji_events",
        ),
        Place("赛项", "admin:competitions_event_changelist", "competitions.view_event", "category"),
        Place("赛段", "admin:competitions_stage_changelist", "competitions.view_stage", "flag"),
        Place(
            "参赛报名",
            "admin:competitions_entry_changelist",
            "competitions.view_entry",
            "how_to_reg",
        ),
        Place(
            "参赛人次填报",
            "admin:competitions_participationreport_changelist",
            "competitions.view_participationreport",
            "fact_check",
        ),
        Place(
            "参赛单位",
            "admin:competitions_participation_changelist",
            "competitions.view_participation",
            "apartment",
        ),
        Place(
            "往届冠军",
            "admin:competitions_champion_changelist",
            "competitions.view_champion",
            "military_tech",
        ),
        Place(
            "竞赛规模要求",
            "admin:competitions_sizerule_changelist",
            "competitions.view_sizerule",
            "straighten",
        ),
        Place(
            "评分项",
            "admin:competitions_scorepart_changelist",
            "competitions.view_scorepart",
            "rule",
        ),
        Place(
            "裁判席位",
            "admin:competitions_judge_changelist",
            "competitions.view_judge",
            "gavel",
        ),
        Place(
            "评审和排名",
            "admin:competitions_panel_changelist",
            "competitions.view_panel",
            "leaderboard",
        ),
        Place(
            "盲评编号",
            "admin:competitions_blindcode_changelist",
            "competitions.view_blindcode",
            "pin",
        ),
        Place(
            "评分表",
            "admin:competitions_scoresheet_changelist",
            "competitions.view_scoresheet",
            "grading",
        ),
        Place(
            "竞赛成绩",
            "admin:competitions_result_changelist",
            "competitions.view_result",
            "emoji_events",
        ),
        Place(
            "成绩申诉",
            "admin:competitions_appeal_changelist",
            "competitions.view_appeal",
            "feedback",
        ),
        Place(
            "取消成绩",
            "admin:competitions_disqualification_changelist",
            "competitions.view_disqualification",
            "person_off",
        ),
        Place(
            "奖项规定",
            "admin:competitions_prizerule_changelist",
            "competitions.view_prizerule",
            "policy",
        ),
        Place(
            "团体奖",
            "admin:competitions_teamprize_changelist",
            "competitions.view_teamprize",
            "groups",
        ),
        Place(
            "证书批次",
            "admin:competitions_certificatebatch_changelist",
            "competitions.view_certificatebatch",
            "print",
        ),
        Place(
            "获奖证书",
            "admin:competitions_certificate_changelist",
            "competitions.view_certificate",
            "workspace_premium",
        ),
        Place(
            "创新成果",
            "admin:competitions_innovation_changelist",
            "competitions.view_innovation",
            "lightbulb",
        ),
        Place(
            "职工培训",
            "admin:competitions_training_changelist",
            "competitions.view_training",
            "school",
        ),
        Place(
            "培训基地",
            "admin:competitions_trainingbase_changelist",
            "competitions.view_trainingbase",
            "location_city",
        ),
        Place(
            "技能等级证书",
            "admin:competitions_skillcertificate_changelist",
            "competitions.view_skillcertificate",
            "workspace_premium",
        ),
    ],
    "公示": [
        Place("公示", "admin:core_publicity_changelist", "core.view_publicity", "campaign"),
        Place("公示异议", "admin:core_objection_changelist", "core.view_objection", "feedback"),
    ],
    "经费收缴": [
        Place(
            "收缴批次",
            "admin:funds_collectionbatch_changelist",
            "funds.view_collectionbatch",
            "move_to_inbox",
        ),
        Place(
            "缴款明细",
            "admin:funds_collectionline_changelist",
            "funds.view_collectionline",
            "receipt",
        ),
        Place(
            "银行到账", "admin:funds_bankarrival_changelist", "funds.view_bankarrival", "savings"
        ),
        Place(
            "工资申报",
            "admin:funds_wagedeclaration_changelist",
            "funds.view_wagedeclaration",
            "price_check",
        ),
        Place(
            "曾用识别号",
            "admin:funds_payeralias_changelist",
            "funds.view_payeralias",
            "badge",
        ),
        Place(
            "分配单",
            "admin:funds_distribution_changelist",
            "funds.view_distribution",
            "call_split",
        ),
        Place(
            "经费分成",
            "admin:funds_allocation_changelist",
            "funds.view_allocation",
            "pie_chart",
        ),
        Place("分成规则", "admin:funds_splitrule_changelist", "funds.view_splitrule", "gavel"),
        Place(
            "缓减措施",
            "admin:funds_supportmeasure_changelist",
            "funds.view_supportmeasure",
            "trending_down",
        ),
        Place(
            "特殊缴费单位",
            "admin:funds_specialpayer_changelist",
            "funds.view_specialpayer",
            "domain",
        ),
    ],
    "经费": [
        Place("资金池", "admin:funds_pool_changelist", "funds.view_pool", "account_balance_wallet"),
        Place("应返未返", "admin:funds_due_positions", "funds.view_due", "leaderboard"),
        Place("应返台账", "admin:funds_due_changelist", "funds.view_due", "list_alt_check"),
        Place("应返调整", "admin:funds_adjustment_changelist", "funds.view_adjustment", "exposure"),
        Place("返还单", "admin:funds_return_changelist", "funds.view_return", "undo"),
        Place("应付款", "admin:funds_payable_changelist", "funds.view_payable", "request_quote"),
        Place(
            "支付批次", "admin:funds_paymentbatch_changelist", "funds.view_paymentbatch", "payments"
        ),
        Place("付款", "admin:funds_payment_changelist", "funds.view_payment", "receipt_long"),
        Place(
            "银行回单", "admin:funds_bankresult_changelist", "funds.view_bankresult", "inventory"
        ),
        Place(
            "资金收支",
            "admin:funds_fundentry_changelist",
            "funds.view_fundentry",
            "swap_vert",
        ),
        Place(
            "审计问题",
            "admin:funds_auditfinding_changelist",
            "funds.view_auditfinding",
            "rule_folder",
        ),
        Place(
            "预算",
            "admin:funds_budgetline_changelist",
            "funds.view_budgetline",
            "savings",
        ),
        Place(
            "财政划拨",
            "admin:funds_fiscaltransfer_changelist",
            "funds.view_fiscaltransfer",
            "account_balance",
        ),
        Place(
            "记账凭证",
            "admin:funds_journalentry_changelist",
            "funds.view_journalentry",
            "menu_book",
        ),
        Place(
            "小微企业返还",
            "admin:funds_rebate_changelist",
            "funds.view_rebate",
            "currency_exchange",
        ),
        Place(
            "返还政策",
            "admin:funds_rebatescheme_changelist",
            "funds.view_rebatescheme",
            "policy",
        ),
        Place(
            "企业规模年报",
            "admin:funds_sizereturn_changelist",
            "funds.view_sizereturn",
            "factory",
        ),
        Place("会计科目", "admin:funds_account_changelist", "funds.view_account", "list_alt"),
        Place(
            "银行文件格式",
            "admin:funds_banklayout_changelist",
            "funds.view_banklayout",
            "description",
        ),
    ],
    "报告": [
        Place("报告架", "reports:shelf", "reports.view_reportrun", "menu_book"),
        Place(
            "报告定义",
            "admin:reports_reportdefinition_changelist",
            "reports.view_reportdefinition",
            "edit_document",
        ),
        Place(
            "人工填报数",
            "admin:core_manualfigure_changelist",
            "core.view_manualfigure",
            "edit_note",
        ),
        Place(
            "自定义指标",
            "admin:core_indicatordefinition_changelist",
            "core.view_indicatordefinition",
            "function",
        ),
    ],
    "系统管理": [
        Place("账号", "admin:core_user_changelist", "core.view_user", "person"),
        Place("授权", "admin:core_assignment_changelist", "core.view_assignment", "key"),
        Place("接口密钥", "admin:core_machinekey_changelist", "core.view_machinekey", "vpn_key"),
        Place(
            "亲属申报",
            "admin:core_declaredkin_changelist",
            "core.view_declaredkin",
            "family_restroom",
        ),
        Place("部门", "admin:core_department_changelist", "core.view_department", "groups"),
        Place(
            "节假日安排",
            "admin:core_calendarday_changelist",
            "core.view_calendarday",
            "calendar_month",
        ),
        Place("任务", "admin:core_job_changelist", "core.view_job", "pending_actions"),
        Place("文件", "admin:core_storedfile_changelist", "core.view_storedfile", "folder"),
        Place("审计记录", "admin:core_auditevent_changelist", "core.view_auditevent", "policy"),
    ],
}

PORTAL = [
    Place("待办", "home"),
    Place("会员名册", "members:roster", "members.import_membership"),
    Place("困难帮扶", "hardship:cases", "hardship.view_case"),
    Place("荣誉推荐", "honours:nominations", "honours.add_nomination"),
    Place("本会经费", "funds:own", "funds.view_return"),
    Place("小微企业返还", "funds:rebates", "funds.view_rebate"),
    Place("本会荣誉", "honours:own", "honours.view_award"),
    Place("创新工作室", "honours:studios", "honours.view_studio"),
    Place("师带徒", "honours:apprenticeships", "honours.view_apprenticeship"),
    Place("会员评家", "honours:ratings", "honours.view_homerating"),
    Place("竞赛报名", "competitions:entries", "competitions.add_entry"),
    Place("竞赛成绩", "competitions:results", "competitions.claim_result"),
    Place("评分任务", "competitions:seats", "competitions.view_ownseat"),
    Place("参赛人次", "competitions:reports", "competitions.add_participationreport"),
    Place("创新成果", "competitions:innovations", "competitions.add_innovation"),
    Place("报告", "reports:shelf", "reports.view_reportrun"),
    Place("表格导入导出", "sheets", "core.view_sheetimport"),
    Place("公示", "publicities"),
    Place("我的任务", "jobs"),
]


def portal(request: HttpRequest) -> dict[str, Any]:
    """The bar of the portal, for its templates."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}

    def bar() -> list[dict[str, Any]]:
        places = [(place.title, reverse(place.url)) for place in PORTAL if place.shown_to(user)]
        return [
            {"label": title, "url": url, "active": is_within(request.path, url)}
            for title, url in places
        ]

    # A page of the admin makes a context for each of its widgets, and none shows the bar.
    return {"navigation": SimpleLazyObject(bar)}


def is_within(path: str, url: str) -> bool:
    """Whether a page belongs to a place: it stands below it. The first page is itself only."""
    return path == url or (url != "/" and path.startswith(url))


def admin_sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups in which the user has a page, as unfold wants them; marked is the one place to
    which the page belongs, of several above it the nearest."""
    groups = []
    for title, places in ADMIN.items():
        items = [
            {"title": place.title, "icon": place.icon, "link": reverse(place.url), "active": False}
            for place in places
            if place.shown_to(request.user)
        ]
        if items:
            groups.append({"title": title, "items": items, "separator": bool(title)})
    first = reverse("admin:index")  # every page of the admin stands below it, and is not its own
    above = [
        item for group in groups for item in group["items"] if is_within(request.path, item["link"])
    ]
    if above:
        nearest = max(above, key=lambda item: len(item["link"]))
        nearest["active"] = nearest["link"] != first or request.path == first
    return groups
