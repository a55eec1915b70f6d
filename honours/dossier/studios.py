"""What the page of a studio shows below its facts, in both doors."""

from django.urls import reverse
from django.utils.html import format_html

from core import masking
from core.admin import Table
from honours.models import Studio, StudioResult
from honours.rules import studios as rules

SHOWN = 50  # rows of a table, the latest first


def tables_of(obj: Studio, *, masked: bool = True) -> list[Table]:
    """What hangs on a studio, for its page in both doors."""
    members = obj.members.order_by("until", "id")
    seen = dict(obj.haves.values_list("item", "seen_on"))
    return [
        Table(
            "团队",
            ["姓名", "角色", "岗位", "加入", "退出"],
            [
                [
                    masking.name(row.name) if masked else row.name,
                    row.get_role_display(),
                    row.post or None,
                    row.since,
                    row.until,
                ]
                for row in members[:SHOWN]
            ],
            "还没有成员。",
        ),
        Table(
            "七有核查",
            ["项目", "核查日期"],
            [[label, seen.get(item)] for item, label in rules.HAVES],
            "",
        ),
        Table(
            "课题",
            ["年度", "课题", "立项单位", "立项", "结题", "确认"],
            [
                [
                    row.year,
                    row.title,
                    row.approved_by or None,
                    row.approved_on,
                    row.finished_on,
                    row.standing,
                ]
                for row in obj.projects.all()[:SHOWN]
            ],
            "还没有课题。",
        ),
        Table(
            "成果",
            ["年度", "种类", "成果", "经济效益（元）", "带徒（人）", "佐证", "确认"],
            [
                [
                    row.year,
                    row.get_kind_display(),
                    row.title,
                    f"{row.benefit:,}" if row.benefit else None,
                    row.apprentices or None,
                    paper(row),
                    row.standing,
                ]
                for row in obj.results.select_related("evidence")[:SHOWN]
            ],
            "还没有成果。",
        ),
        Table(
            "年度考核",
            ["年度", "得分", "结论", "立项课题", "成果", "所依规定", "意见"],
            [
                [
                    row.year,
                    row.score,
                    row.get_verdict_display(),
                    row.facts.get("projects"),
                    row.facts.get("results"),
                    row.document,
                    row.note or None,
                ]
                for row in obj.assessments.all()
            ],
            "还没有考核。",
        ),
        Table(
            "补助",
            ["年度", "事由", "金额（元）", "标准文号", "办理"],
            [
                [
                    row.year,
                    row.get_purpose_display(),
                    f"{row.amount:,}",
                    row.document,
                    row.stage,
                ]
                for row in obj.grants.all()
            ],
            "还没有补助。",
        ),
    ]


def paper(row: StudioResult) -> str | None:
    if row.evidence is None:
        return None
    url = reverse("file", args=[row.evidence.token])
    return format_html('<a class="text-primary-600" href="{}">查看</a>', url)
