"""What the page of a file shows, in the admin and in the portal: facts, calculation, what supports
it. Personal values stay masked; what is sealed is revealed one by one elsewhere."""

from collections.abc import Sequence

from django.db.models import Prefetch, prefetch_related_objects
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from core.admin import Table
from hardship import rules
from hardship.models import (
    Case,
    DataCheck,
    Evidence,
    Expense,
    Grant,
    Income,
    Recognition,
    VetoAnswer,
)

FACTS = [
    *["applied_on", "tier", "level", "main_cause", "cause_text", "event", "event_on"],
    *["is_migrant_worker", "employed_since", "declared_persons", "declared_income"],
    *["housing", "housing_area", "address", "phone", "account_holder", "bank", "account"],
    *["authorised_on", "filed_on", "recheck_due", "watch_until"],
    *["taken_over_on", "old_document"],
]

STEP = ["项目", "算法", "结果", "文号"]

# What hangs on a file, each kind of it read once: what its form fills in, then what follows.
ENTERED = [
    *["members", "visits__visitors", "reviews"],
    Prefetch("incomes", Income.objects.select_related("member")),
    Prefetch("expenses", Expense.objects.select_related("member")),
    Prefetch("evidence", Evidence.objects.select_related("file")),
    Prefetch("veto_answers", VetoAnswer.objects.select_related("rule", "approved_by")),
]
PARTS = [
    *ENTERED,
    *["data_checks", "alerts", "pairings"],
    Prefetch("grants", Grant.objects.with_state().select_related("beneficiary")),
    Prefetch("recognitions", Recognition.objects.select_related("standard")),
]


def read(case: Case, parts: Sequence[str | Prefetch] = PARTS) -> Case:
    """The file as a page needs it, which writes nothing through it."""
    prefetch_related_objects([case], *parts)
    return case.for_page()


def tables(case: Case) -> list[Table]:
    """Of a file that was `read`."""
    return [
        calculation(case),
        _members(case),
        _money(case),
        _evidence(case),
        _visits(case),
        _vetoes(case),
        _data_checks(case),
        _recognitions(case),
        _grants(case),
        _pairings(case),
        *([_alerts(case)] if case.alerts.all() else []),
    ]


def calculation(case: Case) -> Table:
    """测算过程, line by line, each after its document; or what is missing to reckon.

    Of an old file the word of those who decided it on paper, until the first re-check.
    """
    if case.taken_over_on and case.round == 1 and case.first_recognition:
        steps = case.first_recognition.steps
        return Table("测算过程", STEP, [[*step[:3], step[3] or None] for step in steps], "")
    try:
        steps, empty = case.assessment.steps, ""
    except rules.Unassessable as missing:
        steps, empty = (), str(missing)
    rows = [[*step[:3], step.document or None] for step in steps]
    return Table("测算过程", STEP, rows, empty)


def _members(case: Case) -> Table:
    rows = [
        [
            row.get_relation_display(),
            row.name,
            str(row.certificate_number),
            row.get_employment_display(),
            row.workplace or None,
            _said(row.illness),
            _said(row.disability),
            row.left_on,
        ]
        for row in case.members.all()
    ]
    headings = [
        "关系",
        "姓名",
        "证件号码",
        "人员状况",
        "工作单位",
        "疾病",
        "残疾",
        "不再共同生活",
    ]
    return Table("家庭成员", headings, rows, "尚未登记家庭成员。")


def _said(sealed: object) -> str | None:
    """That something is there, never what."""
    return "已登记" if sealed else None


def _money(case: Case) -> Table:
    kept = [
        (what, row)
        for what, rows in (("收入", case.incomes), ("支出", case.expenses))
        for row in rows.all()
    ]
    rows = [
        [
            what,
            row.member.name,
            row.get_kind_display(),
            f"{row.amount:,.2f}",
            f"{row.first_month:%Y-%m} 至 {row.last_month:%Y-%m}",
            row.payer or None,
        ]
        for what, row in kept
    ]
    headings = ["收支", "成员", "种类", "每月金额（元）", "月份", "单位"]
    return Table("家庭收支", headings, rows, "尚未登记收入和支出。")


def _evidence(case: Case) -> Table:
    rows = [
        [
            str(row),
            format_html('<a href="{}">{}</a>', reverse("file", args=[row.file.token]), row.file),
            timezone.localdate(row.file.created_at),
            row.note or None,
        ]
        for row in case.evidence.all()
    ]
    return Table("佐证材料", ["种类", "文件", "上传日期", "说明"], rows, "尚未上传佐证材料。")


def _visits(case: Case) -> Table:
    rows = [
        [
            row.held_on,
            row.get_kind_display(),
            "、".join(visitor.display_name for visitor in row.visitors.all()),
        ]
        for row in case.visits.all()
    ]
    return Table("走访", ["日期", "种类", "走访人"], rows, "尚未登记走访。")


def _vetoes(case: Case) -> Table:
    rows = [
        [
            row.rule.label,
            "有" if row.is_met else "无",
            row.reason or None,
            row.approved_by.display_name if row.approved_by else ("待批准" if row.reason else None),
            row.rule.document,
        ]
        for row in case.veto_answers.all()
        if row.round == case.round
    ]
    headings = ["情形", "核对", "例外理由", "例外批准人", "文号"]
    return Table("一票否决核对", headings, rows, "本轮尚未核对一票否决情形。")


def _data_checks(case: Case) -> Table:
    shown = {True: "有", False: "无", None: None}
    rows = [
        [
            str(row),
            row.requested_on,
            row.answered_on,
            shown[row.is_hit],
            DataCheck.Verdict(row.verdict).label if row.verdict else None,
            row.note or None,
        ]
        for row in case.data_checks.all()
        if row.round == case.round
    ]
    headings = ["部门", "请求日期", "答复日期", "查有记录", "结论", "说明"]
    return Table("信息比对", headings, rows, "本轮尚未请求比对。")


def _recognitions(case: Case) -> Table:
    rows = [
        [
            row.get_tier_display(),
            row.get_level_display(),
            row.get_entry_display(),
            row.since,
            row.until,
            row.get_ending_display() or None,
            row.standard.document,
        ]
        for row in case.recognitions.all()
    ]
    headings = ["类别", "级别", "建档方式", "起始日", "终止日", "终止原因", "低保标准"]
    return Table("在档经历", headings, rows, "尚未建档。")


def _grants(case: Case) -> Table:
    rows = [
        [
            row.get_kind_display(),
            row.beneficiary.name,
            row.get_source_display(),
            f"{row.amount:,.2f}",
            f"{row.period_first} 至 {row.period_last}",
            Grant.State(row.state).label,
            row.paid_on,
        ]
        for row in case.grants.all()
    ]
    headings = ["种类", "受助人", "资金来源", "金额（元）", "期间", "状态", "发放日期"]
    return Table("帮扶金", headings, rows, "尚无帮扶金。")


def _pairings(case: Case) -> Table:
    rows = [[row.cadre_name, row.cadre_post, row.since, row.until] for row in case.pairings.all()]
    return Table("结对帮扶", ["结对干部", "单位及职务", "结对日期", "解除日期"], rows, "尚未结对。")


def _alerts(case: Case) -> Table:
    rows = [
        [row.get_kind_display(), row.raised_on, row.settled_on, row.settlement or None]
        for row in case.alerts.all()
    ]
    return Table("返困预警", ["种类", "预警日期", "处置日期", "处置情况"], rows, "")
