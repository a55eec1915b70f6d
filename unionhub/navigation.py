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


def listed(title: str, model: str, icon: str) -> Place:
    """The list of a model ("members.person") in the admin, for whoever may view its rows."""
    app, name = model.split(".")
    return Place(title, f"admin:{app}_{name}_changelist", f"{app}.view_{name}", icon)


ADMIN = {
    "": [
        Place("工作台", "admin:index", icon="dashboard"),
        Place("表格导入导出", "sheets", "core.view_sheetimport", "table_view"),
    ],
    "会员与组织": [
        listed("工会组织", "core.organisation", "account_tree"),
        listed("工会组织信息", "members.unionprofile", "badge"),
        listed("会员", "members.membership", "group"),
        listed("会籍转接", "members.transfer", "swap_horiz"),
        listed("疑似重复", "members.duplicatecandidate", "difference"),
        listed("合并记录", "members.merge", "merge"),
        listed("用人单位", "members.employer", "apartment"),
        listed("任职", "members.post", "assignment_ind"),
        listed("制度机制", "members.mechanism", "rule"),
        listed("基层工会年报", "members.headcountreport", "fact_check"),
    ],
    "困难帮扶": [
        listed("困难职工档案", "hardship.case", "volunteer_activism"),
        listed("帮扶金", "hardship.grant", "redeem"),
        listed("家庭成员", "hardship.familymember", "family_restroom"),
        listed("信息比对", "hardship.datacheck", "travel_explore"),
        listed("走访", "hardship.visit", "home_pin"),
        listed("复核", "hardship.review", "event_repeat"),
        listed("返困预警", "hardship.alert", "notification_important"),
        listed("结对帮扶", "hardship.pairing", "handshake"),
        listed("评估样本", "hardship.evaluationsample", "science"),
        listed("样本户", "hardship.sampleitem", "checklist"),
        listed("评估任务", "hardship.evaluationtask", "assignment"),
        listed("评估对象", "hardship.evaluatedhousehold", "checklist"),
        listed("低保标准", "hardship.standard", "straighten"),
        listed("认定规则", "hardship.tierrule", "gavel"),
        listed("一票否决情形", "hardship.vetorule", "block"),
        listed("办理规定", "hardship.procedure", "route"),
        listed("帮扶上限", "hardship.grantcap", "vertical_align_top"),
    ],
    "荣誉表彰": [
        listed("荣誉名册", "honours.award", "military_tech"),
        listed("劳模档案", "honours.holder", "badge"),
        listed("劳模待遇", "honours.allowance", "payments"),
        listed("走访、体检、疗休养", "honours.care", "volunteer_activism"),
        listed("撤销荣誉", "honours.revocation", "gavel"),
        listed("荣誉称号", "honours.title", "list_alt"),
        listed("待遇标准", "honours.allowancerule", "request_quote"),
        listed("体检疗休养周期", "honours.carerule", "event_repeat"),
    ],
    "荣誉评选": [
        listed("评选", "honours.selection", "military_tech"),
        listed("推荐名额", "honours.quota", "pie_chart"),
        listed("推荐人选", "honours.nomination", "person_add"),
        listed("比例要求", "honours.ratioconstraint", "percent"),
        listed("征求意见规定", "honours.opinionrule", "forum"),
        listed("不得推荐情形", "honours.exclusionrule", "block"),
    ],
    "创新与建家": [
        listed("创新工作室", "honours.studio", "lightbulb"),
        listed("工作室成果", "honours.studioresult", "emoji_objects"),
        listed("工作室补助", "honours.studiogrant", "payments"),
        listed("师徒结对", "honours.apprenticeship", "diversity_3"),
        listed("会员评家", "honours.homerating", "how_to_vote"),
        listed("荣誉复查", "honours.inspection", "verified"),
        listed("工作室管理规定", "honours.studiorule", "gavel"),
        listed("工作室补助标准", "honours.studiograntrule", "price_change"),
        listed("建家标准", "honours.homerule", "straighten"),
    ],
    "劳动和技能竞赛": [
        listed("年度竞赛计划", "competitions.programme", "event_note"),
        listed("竞赛", "competitions.competition", "emoji_events"),
        listed("赛项", "competitions.event", "category"),
        listed("赛段", "competitions.stage", "flag"),
        listed("参赛报名", "competitions.entry", "how_to_reg"),
        listed("参赛人次填报", "competitions.participationreport", "fact_check"),
        listed("参赛单位", "competitions.participation", "apartment"),
        listed("往届冠军", "competitions.champion", "military_tech"),
        listed("竞赛规模要求", "competitions.sizerule", "straighten"),
        listed("评分项", "competitions.scorepart", "rule"),
        listed("裁判席位", "competitions.judge", "gavel"),
        listed("评审和排名", "competitions.panel", "leaderboard"),
        listed("盲评编号", "competitions.blindcode", "pin"),
        listed("评分表", "competitions.scoresheet", "grading"),
        listed("竞赛成绩", "competitions.result", "emoji_events"),
        listed("成绩申诉", "competitions.appeal", "feedback"),
        listed("取消成绩", "competitions.disqualification", "person_off"),
        listed("奖项规定", "competitions.prizerule", "policy"),
        listed("团体奖", "competitions.teamprize", "groups"),
        listed("证书批次", "competitions.certificatebatch", "print"),
        listed("获奖证书", "competitions.certificate", "workspace_premium"),
        listed("创新成果", "competitions.innovation", "lightbulb"),
        listed("职工培训", "competitions.training", "school"),
        listed("培训基地", "competitions.trainingbase", "location_city"),
        listed("技能等级证书", "competitions.skillcertificate", "workspace_premium"),
    ],
    "公示": [
        listed("公示", "core.publicity", "campaign"),
        listed("公示异议", "core.objection", "feedback"),
    ],
    "经费收缴": [
        listed("收缴批次", "funds.collectionbatch", "move_to_inbox"),
        listed("缴款明细", "funds.collectionline", "receipt"),
        listed("银行到账", "funds.bankarrival", "savings"),
        listed("工资申报", "funds.wagedeclaration", "price_check"),
        listed("曾用识别号", "funds.payeralias", "badge"),
        listed("分配单", "funds.distribution", "call_split"),
        listed("经费分成", "funds.allocation", "pie_chart"),
        listed("分成规则", "funds.splitrule", "gavel"),
        listed("缓减措施", "funds.supportmeasure", "trending_down"),
        listed("特殊缴费单位", "funds.specialpayer", "domain"),
    ],
    "经费": [
        listed("资金池", "funds.pool", "account_balance_wallet"),
        Place("应返未返", "admin:funds_due_positions", "funds.view_due", "leaderboard"),
        listed("应返台账", "funds.due", "list_alt_check"),
        listed("应返调整", "funds.adjustment", "exposure"),
        listed("返还单", "funds.return", "undo"),
        listed("应付款", "funds.payable", "request_quote"),
        listed("支付批次", "funds.paymentbatch", "payments"),
        listed("付款", "funds.payment", "receipt_long"),
        listed("银行回单", "funds.bankresult", "inventory"),
        listed("资金收支", "funds.fundentry", "swap_vert"),
        listed("审计问题", "funds.auditfinding", "rule_folder"),
        listed("预算", "funds.budgetline", "savings"),
        listed("财政划拨", "funds.fiscaltransfer", "account_balance"),
        listed("记账凭证", "funds.journalentry", "menu_book"),
        listed("小微企业返还", "funds.rebate", "currency_exchange"),
        listed("返还政策", "funds.rebatescheme", "policy"),
        listed("企业规模年报", "funds.sizereturn", "factory"),
        listed("会计科目", "funds.account", "list_alt"),
        listed("银行文件格式", "funds.banklayout", "description"),
    ],
    "报告": [
        Place("报告架", "reports:shelf", "reports.view_reportrun", "menu_book"),
        listed("报告定义", "reports.reportdefinition", "edit_document"),
        listed("人工填报数", "core.manualfigure", "edit_note"),
        listed("自定义指标", "core.indicatordefinition", "function"),
    ],
    "系统管理": [
        listed("账号", "core.user", "person"),
        listed("授权", "core.assignment", "key"),
        listed("接口密钥", "core.machinekey", "vpn_key"),
        listed("亲属申报", "core.declaredkin", "family_restroom"),
        listed("部门", "core.department", "groups"),
        listed("节假日安排", "core.calendarday", "calendar_month"),
        listed("任务", "core.job", "pending_actions"),
        listed("文件", "core.storedfile", "folder"),
        listed("审计记录", "core.auditevent", "policy"),
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
