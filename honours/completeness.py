"""What a nomination still lacks, part by part: for its form and for the step that hands it in."""

from dataclasses import dataclass

from honours.criteria import Criteria
from honours.models import Category, Nomination, NominationPaper
from honours.models.candidates import Flag
from honours.rules import recommendations

K = NominationPaper.Kind


@dataclass(frozen=True)
class Part:
    code: str
    label: str


PARTS = {
    part.code: part
    for part in [
        Part("candidate", "人选情况"),
        Part("deeds", "简历和事迹"),
        Part("meeting", "民主推荐"),
        Part("record", "情形核对"),
        Part("papers", "推荐材料"),
    ]
}


def needed_papers(row: Nomination) -> list[str]:
    """Which papers must be there."""
    found = [K.MINUTES]
    if row.is_personal:
        found.append(K.IDENTITY)
        if row.category == Category.MIGRANT or Flag.MIGRANT_WORKER in row.flags:
            found.append(K.HOUSEHOLD)
    return found


def lacking(row: Nomination) -> dict[str, str]:
    """The sentence of each part that is not complete."""
    said = {
        "candidate": _candidate(row),
        "deeds": _deeds(row),
        "meeting": _meeting(row),
        "record": _record(row),
        "papers": _papers(row),
    }
    return {part: sentence for part, sentence in said.items() if sentence}


def incomplete(row: Nomination) -> str:
    """The first thing that is missing, for the step that hands it in."""
    for part, sentence in lacking(row).items():
        return f"{PARTS[part].label}：{sentence}"
    return ""


def _candidate(row: Nomination) -> str:
    if row.is_personal and row.person_id is None:
        return "个人荣誉须从会员名册选取人选，请撤回后重新推荐。"
    if not row.category:
        return "请选择类别。"
    if row.is_personal and not (row.unit_name and row.position):
        return "请填写所在单位和岗位、职务。"
    return ""


def _deeds(row: Nomination) -> str:
    if row.is_personal and not row.resume.strip():
        return "请填写工作简历。"
    if not row.summary.strip():
        return "请填写简要事迹（500 字以内）。"
    return "" if row.deeds.strip() else "请填写主要事迹（1500 字以内）。"


def _meeting(row: Nomination) -> str:
    meeting = row.meeting
    if meeting is None:
        return "请登记职工代表大会或职工大会的推荐情况。"
    return recommendations.obstacle(
        entitled=meeting.entitled, present=meeting.present, votes=meeting.votes
    )


def _record(row: Nomination) -> str:
    if not row.is_checked:
        return "请逐项核对是否存在不得推荐的情形。"
    return next(iter(Criteria(row.selection).barred(row)), "")


def _papers(row: Nomination) -> str:
    kept = {paper.kind for paper in row.papers.all()}
    missing = [K(kind).label for kind in needed_papers(row) if kind not in kept]
    return f"请上传：{'、'.join(missing)}。" if missing else ""
