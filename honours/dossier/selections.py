"""What the pages of a nomination and of a selection show, the same behind every door."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.html import format_html

from core.admin.base import Table
from core.admin.marks import Mark
from core.rules import Invalid
from honours.criteria import Criteria
from honours.models import Nomination, Opinion, Selection
from honours.models.candidates import named
from honours.models.nominations import last_valid_day
from honours.rules import opinions, quotas
from honours.services.quotas import shared

READ = ("selection__title", "selection__organisation", "organisation", "person", "employer")
ALSO = ("papers__file", "opinions__scan__file")


def read(row: Nomination) -> Nomination:
    """The nomination with everything its page shows."""
    rows = Nomination.objects.select_related(*READ, "recommendation")
    return rows.prefetch_related(*ALSO).get(pk=row.pk)


# One candidate.


def facts(row: Nomination) -> list[tuple[str, Any]]:
    """Label and value of what is known of the candidate; empty ones are left out."""
    told = [
        ("评选", str(row.selection)),
        ("证件号码", str(row.person.certificate_number) if row.person else ""),
        ("性别", row.person.get_sex_display() if row.person else ""),
        ("民族", row.person.ethnicity if row.person else ""),
        ("政治面貌", row.person.get_political_status_display() if row.person else ""),
        ("所在单位", row.unit_name),
        ("岗位、职务", row.position),
        ("类别", row.get_category_display() if row.category else ""),
        ("其他情况", named(row.flags)),
        ("推荐来源", row.reason),
        ("工作简历", row.resume),
        ("何时何地受过何种奖励", row.rewards),
        ("简要事迹", row.summary),
        ("主要事迹", row.deeds),
        ("候补次序", row.reserve_order or ""),
        (
            "荣誉登记",
            f"{row.award.document_number}，{row.award.granted_on}" if row.award_id else "",
        ),
    ]
    return [(label, value) for label, value in told if value]


def tables(row: Nomination) -> list[Table]:
    """The vote, what keeps off the list, the departments, the papers."""
    return [_meeting(row), _record(row), _opinions(row), _papers(row)]


def _meeting(row: Nomination) -> Table:
    meeting = row.meeting
    return Table(
        "民主推荐",
        ["会议", "召开日期", "应到（人）", "实到（人）", "赞成（票）"],
        [
            [
                meeting.get_kind_display(),
                meeting.held_on.isoformat(),
                f"{meeting.entitled:,}",
                f"{meeting.present:,}",
                f"{meeting.votes:,}",
            ]
        ]
        if meeting
        else [],
        "还没有登记民主推荐。",
    )


def _record(row: Nomination) -> Table:
    criteria = Criteria(row.selection)
    met = criteria.met(row)
    barred = criteria.barred(row)
    rows = []
    for bar in criteria.bars:
        stands = bar.code in met
        said = next((each for each in barred if each.startswith(bar.label)), "")
        if said:
            mark = Mark.REFUSED.of("不得推荐")
        elif stands:
            mark = Mark.WAITING.of("申请例外")
        else:
            mark = Mark.DONE.of("无") if row.is_checked else Mark.WAITING.of("未核对")
        words = said or (row.exception_reason if stands else "")
        rows.append([bar.label, mark, words or None, bar.document])
    return Table("不得推荐情形", ["情形", "结果", "说明", "文号"], rows, "现行规定没有列明情形。")


def _opinions(row: Nomination) -> Table:
    """Every department that is asked, then what others said."""
    given: dict[str, Opinion] = {}
    for opinion in sorted(row.opinions.all(), key=lambda one: (one.given_on, one.pk)):
        given[opinion.department] = opinion
    asked = Criteria(row.selection).asked(row)
    order = [*asked, *(code for code in given if code not in asked)]
    rows = [
        _opinion(asked.get(code) or given[code].get_department_display(), given.get(code))
        for code in order
    ]
    headings = ["部门", "意见", "出具日期", "有效期至", "说明", "扫描件"]
    return Table("部门意见", headings, rows, "该人选按现行规定不需要征求部门意见。")


MARKS = {
    opinions.AGREE: Mark.DONE,
    opinions.DISAGREE: Mark.REFUSED,
    opinions.CONDITIONAL: Mark.WAITING,
}


def _opinion(department: str, opinion: Opinion | None) -> list[Any]:
    if opinion is None:
        return [department, Mark.WAITING.of("未征求"), None, None, None, None]
    return [
        department,
        MARKS[opinion.verdict].of(opinion.get_verdict_display()),
        opinion.given_on.isoformat(),
        last_valid_day(opinion).isoformat(),
        opinion.note or None,
        _file(opinion.scan.file) if opinion.scan else None,
    ]


def _papers(row: Nomination) -> Table:
    rows = [[str(paper), _file(paper.file), paper.note or None] for paper in row.papers.all()]
    return Table("推荐材料", ["种类", "文件", "说明"], rows, "还没有上传材料。")


def _file(file: Any) -> str:
    url = reverse("file", args=[file.token])
    return format_html('<a class="text-primary-600" href="{}">{}</a>', url, file.name)


# The list of a selection.


def allotted(selection: Selection, above: Any = None) -> Table:
    """名额分配: how the largest remainder came to each number."""
    headings = ["工会", "依据数", "保底", "应得", "整数", "余数", "余数进位", "名额（名）", "说明"]
    title = "名额分配（最大余数法）"
    try:
        rows, parts = [], shared(selection, above)
    except Invalid as error:
        return Table(title, headings, [], f"保底名额已有改动，请重新分配：{error.message}")
    for quota, part in parts:
        moved = quota.number - part.number
        raised = "进 1" if part.is_raised else None
        told = f"调剂 {moved:+d}，{quota.note}" if moved else quota.note or None
        rows.append(
            [
                quota.organisation.label,
                f"{quota.weight:,}",
                part.minimum or None,
                quotas.decimals(part.exact),
                part.quotient,
                quotas.decimals(part.remainder),
                raised,
                quota.number,
                told,
            ]
        )
    if rows:
        weight = sum(quota.weight for quota, _ in parts)
        rows.append(["合计", f"{weight:,}", *[None] * 5, sum(row[7] for row in rows), None])
    return Table(title, headings, rows, "还没有分配名额。")


def constraints(selection: Selection, rows: Sequence[Nomination]) -> Table:
    """比例要求, as the list stands: each with its base, what is needed, what there is."""
    shown = []
    for one in Criteria(selection).judged(rows):
        wants_more = one.ratio.operator == "ge"
        if one.is_met:
            mark = Mark.DONE.of("符合" if one.base else "无基数，不作要求")
        else:
            mark = Mark.REFUSED.of(f"{'还差' if wants_more else '多出'} {one.missing} 名")
        bound = f"{'至少' if wants_more else '至多'} {one.bound}"
        shown.append([one.ratio.told, one.base, bound, one.count, mark, one.ratio.document])
    headings = ["要求", "基数（名）", "应有（名）", "现有（名）", "结果", "文号"]
    return Table("比例要求（按现有名单）", headings, shown, "该荣誉没有施行中的比例要求。")


def candidate_row(row: Nomination, shown: Any) -> list[Any]:
    tags = [tag for tag in row.tags if tag not in {row.category}]
    return [
        shown,
        row.organisation.label,
        row.get_category_display() or None,
        named(tags) or None,
        row.get_state_display(),
    ]


HEADINGS = ["人选", "推荐工会", "类别", "其他情况", "状态"]
