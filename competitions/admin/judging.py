"""Staff's screens of judging: parts, seats, the draw, the ranking, score sheets."""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from unfold.decorators import display

from competitions.forms.judging import (
    CorrectForm,
    DrawForm,
    RecuseForm,
    RunForm,
    SeatForm,
    UploadForm,
)
from competitions.models import BlindCode, Judge, Panel, ScorePart, ScoreSheet, Stage
from competitions.services import judging, offline, results, scoring, standings
from core import inbox
from core.admin import Mark, ReadOnlyAdmin, ScopedAdmin, Table, button, link
from core.forms import ReasonForm
from core.models import User

SHEET_MARKS = {
    "open": Mark.WAITING,
    "sealed": Mark.DONE,
    "proposed": Mark.WAITING,
    "refused": Mark.REFUSED,
    "replaced": Mark.OVER,
}
STAGE = ["stage__event__competition"]


@admin.register(ScorePart)
class ScorePartAdmin(ScopedAdmin):
    """What a stage is scored in; open until its codes are drawn."""

    list_display = ["name", "stage", "competition", "weight", "maximum", "is_practice"]
    list_select_related = STAGE
    ordering = ["-stage_id", "id"]
    sortable_by = ()
    fields = ["stage", "name", "weight", "maximum", "is_practice"]

    @display(description="竞赛")
    def competition(self, row: ScorePart) -> str:
        return str(row.stage.event.competition)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        drawn = isinstance(obj, ScorePart) and judging.panel_of(obj.stage) is not None
        return not drawn and super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        judging.put_part(obj, by=request.user)


@admin.register(Judge)
class JudgeAdmin(ReadOnlyAdmin):
    list_display = ["seat_told", "stage", "competition", "unit_name", "is_by_account"]
    list_select_related = [*STAGE, "user"]
    ordering = ["-stage_id", "number"]
    sortable_by = ()
    fields = ["stage", "number", "masked_label", "unit_name", "employer"]
    actions_list = ["seat"]
    actions_detail = ["recuse", "dismiss"]

    @display(description="裁判")
    def seat_told(self, row: Judge) -> str:
        return row.masked_label

    @display(description="裁判")
    def masked_label(self, row: Judge) -> str:
        return row.masked_label

    @display(description="竞赛")
    def competition(self, row: Judge) -> str:
        return str(row.stage.event.competition)

    @display(description="评分方式")
    def is_by_account(self, row: Judge) -> str:
        return "本人账号" if row.user_id else "离线评分表"

    def tables_of(self, obj: Judge, *, reader: User) -> list[Table]:
        rows = [
            [str(row.code), row.get_ground_display(), row.reason or None]
            for row in obj.recusals.select_related("code")
        ]
        return [Table("回避", ["盲评编号", "事由", "说明"], rows, "没有需要回避的选手。")]

    @button(
        "安排裁判",
        permission="competitions.add_judge",
        form=SeatForm,
        icon="person_add",
        consequences=lambda row: ["抽签后，与选手同一单位、申报为亲属的自动回避。"],
    )
    def seat(self, request: HttpRequest, row: None, stage: Stage, **given: Any) -> HttpResponse:
        made = judging.seat(stage, by=request.user, **given)
        messages.success(
            request, f"已安排{made}，全部席位安排后，在“评审和排名”中抽签，抽签后裁判方能评分。"
        )
        return redirect("admin:competitions_judge_change", made.pk)

    @button(
        "登记回避",
        permission="competitions.add_recusal",
        form=RecuseForm,
        icon="do_not_disturb_on",
        when=lambda row: row.sheets.filter(state=ScoreSheet.State.OPEN).exists(),
        consequences=lambda row: ["已给该编号的得分撤回；该席位对它留空，不计零分。"],
    )
    def recuse(self, request: HttpRequest, row: Judge, code: BlindCode, reason: str) -> str:
        judging.recuse(row, code, reason=reason, by=request.user)
        return f"已登记{row}对编号 {code} 回避。"

    @button(
        "撤下裁判",
        permission="competitions.change_judge",
        form=ReasonForm,
        icon="person_remove",
        danger=True,
        when=lambda row: not row.sheets.exclude(state=ScoreSheet.State.OPEN).exists(),
        consequences=lambda row: ["该席位和已填的得分一并移除，撤下事由记入审计记录。"],
    )
    def dismiss(self, request: HttpRequest, row: Judge, reason: str) -> str:
        told = row.masked_label
        judging.dismiss(row, reason=reason, by=request.user)
        return f"已撤下{told}。"


@admin.register(Panel)
class PanelAdmin(ReadOnlyAdmin):
    """A stage that is judged: who has handed in, and the ranking as the sealed sheets have it."""

    list_display = ["stage", "competition", "drawn_on", "mark"]
    list_select_related = STAGE
    ordering = ["-id"]
    sortable_by = ()
    fieldsets = [
        (None, {"fields": ["stage", "competition", "mark", "until", "missing"]}),
        ("抽签", {"fields": ["drawn_on", "qualifiers", "seed", "again"]}),
        ("排名规则", {"fields": ["rule"]}),
    ]
    actions_list = ["draw"]
    actions_detail = ["announce", "export", "upload"]

    @display(description="竞赛")
    def competition(self, row: Panel) -> str:
        return str(row.stage.event.competition)

    @display(description="成绩")
    def mark(self, row: Panel) -> str:
        if row.announced_at:
            return Mark.DONE.of("已公布")
        return Mark.WAITING.of("评分中")

    @display(description="申诉截止")
    def until(self, row: Panel) -> Any:
        return row.takes_appeals_until or "公布成绩后起算"

    @display(description="尚缺")
    def missing(self, row: Panel) -> str:
        return _found(row).missing or "无"

    @display(description="按种子重抽")
    def again(self, row: Panel) -> str:
        if judging.drawn_again(row):
            return Mark.DONE.of("与编号一致")
        return Mark.REFUSED.of("与编号不一致，请核查")

    @display(description="办法")
    def rule(self, row: Panel) -> str:
        return told_rule(row.stage)

    def tables_of(self, obj: Panel, *, reader: User) -> list[Table]:
        found, away = _found(obj), standings.empty_seats(obj.stage)
        return [
            _ranking(found),
            _judges(obj, found, away),
            _marks(found, away),
            _codes(obj),
        ]

    @button(
        "抽签",
        permission="competitions.add_panel",
        form=DrawForm,
        icon="casino",
        consequences=lambda row: [
            "种子由系统随机产生，任何人可按种子重抽核对；一个赛段只抽一次。",
            "评分项和裁判从此固定，应当回避的席位自动留空。",
        ],
    )
    def draw(
        self, request: HttpRequest, row: None, stage: Stage, qualifiers: int | None
    ) -> HttpResponse:
        made = judging.draw(stage, qualifiers=qualifiers, by=request.user)
        messages.success(
            request,
            "已抽签，裁判可以按盲评编号评分；没有账号的裁判，请导出离线评分表。"
            "评分表全部封存后公布成绩。",
        )
        return redirect("admin:competitions_panel_change", made.pk)

    @button(
        "公布成绩",
        permission="competitions.announce_panel",
        icon="campaign",
        when=lambda row: row.announced_at is None,
        consequences=lambda row: [
            f"参赛工会可见名次和得分，{row.stage.appeal_hours} 小时内可以申诉。",
            "此后评分只能经更正程序改动。",
        ],
    )
    def announce(self, request: HttpRequest, row: Panel) -> str:
        made = results.announce(row.stage, by=request.user)
        return f"成绩已公布，申诉至 {made.takes_appeals_until:%Y-%m-%d %H:%M} 截止。"

    @button(
        "导出离线评分表",
        permission="competitions.export_panel",
        icon="download",
        when=lambda row: row.announced_at is None,
        consequences=lambda row: ["每名裁判一份，只有盲评编号；表中识别码与席位对应，不能混用。"],
    )
    def export(self, request: HttpRequest, row: Panel) -> HttpResponse:
        answer = HttpResponse(
            offline.write_all(row.stage, by=request.user), content_type="application/zip"
        )
        name = quote(f"{row.stage}评分表.zip")
        answer["Content-Disposition"] = f"attachment; filename*=utf-8''{name}"
        return answer

    @button(
        "导入离线评分表",
        permission="competitions.export_panel",
        form=UploadForm,
        icon="upload",
        when=lambda row: row.announced_at is None,
        consequences=lambda row: ["表中有一处错误即全部不写入；写入后仍须封存才计入排名。"],
    )
    def upload(self, request: HttpRequest, row: Panel, judge: ScoreSheet, file: Any) -> str:
        count = offline.read(judge, file, name=file.name, by=request.user)
        left = len(scoring.lacking(judge))
        told = f"还有 {left} 个编号没有评完。" if left else "已全部评完，请核对后封存。"
        return f"{judge.judge}的评分表已导入，改动 {count} 处。{told}"


def _found(panel: Panel) -> standings.Standings:
    """The ranking, reckoned once for a page."""
    if "found" not in panel.__dict__:
        panel.found = standings.standings(panel.stage)
    return panel.found


def told_rule(stage: Stage) -> str:
    """The rules by which a stage is ranked, in words."""
    drops = (
        f"某选手某项评分多于 {stage.min_judges + 1} 个时去掉一个最高分和一个最低分；"
        if stage.drops_extremes
        else ""
    )
    basis = "校正名次" if stage.normalises else "原始名次"
    return (
        f"每项至少 {stage.min_judges} 名裁判评分，{drops}取平均分，按满分折算后乘权重，合计为总分。"
        "校正：某裁判某项与其他裁判共同评过的选手不少于 3 名时，从其评分中扣除与平均分的平均差距。"
        f"总分相同的，先比实操得分，再比用时，仍相同的并列。本赛段以{basis}为准；回避的席位不计零分。"
    )


def _ranking(found: standings.Standings) -> Table:
    headings = ["名次", "盲评编号", "选手（队）", "原始总分（分）", "原始名次"]
    headings += [
        "校正总分（分）",
        "校正名次",
        "名次变化",
        "实操得分（分）",
        "用时（秒）",
        "去掉的评分",
    ]
    seats = {judge.pk: judge.number for judge in found.judges}
    parts = {part.pk: part.name for part in found.parts}
    rows = []
    for line in found.lines:
        dropped = [
            f"{parts[part]}：{'、'.join(f'{seats[judge]} 号' for judge in counted.dropped)}"
            for part, counted in line.standing.raw.parts.items()
            if counted.dropped
        ]
        moved = line.moved
        rows.append(
            [
                *[line.rank, str(line.code), str(line.code.entry)],
                *[line.raw_points, line.standing.raw_rank],
                *[line.adjusted_points, line.standing.adjusted_rank],
                f"上升 {moved}" if moved > 0 else f"下降 {-moved}" if moved else "—",
                standings.ranking.shown(line.standing.raw.practice),
                line.code.seconds,
                "；".join(dropped) or None,
            ]
        )
    rows += [["成绩已取消", str(code), str(code.entry), *[None] * 8] for code in found.struck]
    rows += [["缺考", str(code), str(code.entry), *[None] * 8] for code in found.absent]
    told = [place for place in range(len(headings)) if place < 9 or any(row[place] for row in rows)]
    return Table(
        "排名（原始与校正并列）",
        [headings[place] for place in told],
        [[row[place] for place in told] for row in rows],
        found.missing or "没有选手。",
    )


def _judges(panel: Panel, found: standings.Standings, away: set[tuple[int, int]]) -> Table:
    sheets = {sheet.judge_id: sheet for sheet in standings.sheets(panel.stage)}
    headings = ["裁判", "单位", "评分表", "回避（名）"]
    headings += [f"尺度：{part.name}（分）" for part in found.parts]
    rows = []
    seats = Counter(judge for judge, _ in away)
    for judge in found.judges:
        sheet = sheets.get(judge.pk)
        rows.append(
            [
                link(Judge, judge.pk, judge.masked_label),
                judge.unit_name,
                link(ScoreSheet, sheet.pk, sheet.get_state_display()) if sheet else None,
                seats[judge.pk],
                *[_signed(found.harshness.get((judge.pk, part.pk))) for part in found.parts],
            ]
        )
    return Table("裁判（尺度为正表示偏宽，为负表示偏严）", headings, rows, "尚未安排裁判。")


def _signed(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:+.2f}"


def _marks(found: standings.Standings, away: set[tuple[int, int]]) -> Table:
    """What each judge gave, part by part; a seat that was left empty is 回避."""
    headings = ["盲评编号", "评分项", *[str(judge) for judge in found.judges]]
    rows = [
        [
            str(code),
            part.name,
            *[
                "回避" if (judge.pk, code.pk) in away else by_part[part.pk].get(judge.pk)
                for judge in found.judges
            ],
        ]
        for code, by_part in sorted(found.marks.items(), key=lambda pair: pair[0].code)
        for part in found.parts
    ]
    return Table("各裁判评分", headings, rows, "评分表全部封存后显示。")


def _codes(panel: Panel) -> Table:
    rows = [
        [link(BlindCode, row.pk, row.code), str(row.entry), row.entry.organisation.name,
         row.seconds, "缺考" if row.is_absent else None]
        for row in panel.stage.codes.select_related("entry__event", "entry__organisation")
    ]  # fmt: skip
    return Table(
        "盲评编号", ["编号", "选手（队）", "参赛工会", "用时（秒）", "缺考"], rows, "尚未抽签。"
    )


@admin.register(BlindCode)
class BlindCodeAdmin(ReadOnlyAdmin):
    list_display = ["code", "stage", "entry", "seconds", "is_absent"]
    list_select_related = [*STAGE, "entry__event"]
    ordering = ["-id"]
    sortable_by = ()
    fields = ["code", "stage", "entry", "seconds", "is_absent"]
    actions_detail = ["record"]

    @button(
        "登记用时或缺考",
        permission="competitions.change_blindcode",
        form=RunForm,
        icon="timer",
        consequences=lambda row: ["用时只在总分和实操得分都相同时比较；缺考的不排名。"],
    )
    def record(
        self, request: HttpRequest, row: BlindCode, seconds: int | None, is_absent: bool
    ) -> str:
        judging.record_run(row, seconds=seconds, is_absent=is_absent, by=request.user)
        return f"编号 {row}已登记。"


def _corrections(sheet: ScoreSheet) -> list[Table]:
    """What a later version of a sheet says otherwise than the one before."""
    before = sheet.judge.sheets.filter(number=sheet.number - 1).first()
    if before is None:
        return []
    was = {(row.code_id, row.part_id): row.value for row in before.scores.all()}
    rows = [
        [row.code.code, row.part.name, was.get((row.code_id, row.part_id)), row.value]
        for row in sheet.scores.select_related("code", "part").order_by("code__code", "part")
        if was.get((row.code_id, row.part_id)) != row.value
    ]
    headings = ["盲评编号", "评分项", "原得分（分）", "更正为（分）"]
    return [Table("更正的得分", headings, rows, "与上一版没有不同。")]


@inbox.provider
def proposed_corrections(user: User) -> Iterable[inbox.Waiting]:
    """更正待批: to whoever may approve them and did not propose them."""
    rows = ScoreSheet.objects.visible_to(user, "competitions.approve_scoresheet")
    rows = rows.filter(state=ScoreSheet.State.PROPOSED).exclude(sealed_by=user)
    rows = rows.select_related("judge__stage__event__competition").order_by("sealed_at")
    for row in rows[: inbox.LONGEST]:
        yield inbox.Waiting(
            "评分更正：待批",
            f"{row.judge.stage.event.competition}　{row.judge.stage}",
            row.sealed_at,
            reverse("admin:competitions_scoresheet_change", args=[row.pk]),
        )


@admin.register(ScoreSheet)
class ScoreSheetAdmin(ReadOnlyAdmin):
    list_display = ["told", "competition", "number", "mark", "sealed_at"]
    list_select_related = ["judge__stage__event__competition"]
    ordering = ["-id"]
    sortable_by = ()
    fieldsets = [
        (None, {"fields": ["told", "competition", "number", "mark", "reason"]}),
        ("封存", {"fields": ["sealed_at", "sealed_by", "approved_by", "digest", "intact"]}),
    ]
    actions_detail = ["seal", "correct", "approve", "refuse"]

    @display(description="评分表")
    def told(self, row: ScoreSheet) -> str:
        return f"{row.judge.stage} {row.judge}"

    @display(description="竞赛")
    def competition(self, row: ScoreSheet) -> str:
        return str(row.judge.stage.event.competition)

    @display(description="状态")
    def mark(self, row: ScoreSheet) -> str:
        return SHEET_MARKS[row.state].of(row.get_state_display())

    @display(description="核验摘要")
    def intact(self, row: ScoreSheet) -> str:
        if row.state == ScoreSheet.State.OPEN:
            return Mark.WAITING.of("尚未封存")
        if scoring.is_intact(row):
            return Mark.DONE.of("与封存时一致")
        return Mark.REFUSED.of("与封存时不一致，请核查")

    def tables_of(self, obj: ScoreSheet, *, reader: User) -> list[Table]:
        parts = list(obj.judge.stage.parts.all())
        scores: dict[str, dict[int, Decimal]] = {}
        for row in obj.scores.select_related("code").order_by("code__code"):
            scores.setdefault(row.code.code, {})[row.part_id] = row.value
        rows = [[code, *[given.get(part.pk) for part in parts]] for code, given in scores.items()]
        if obj.state != ScoreSheet.State.OPEN:  # it is complete: who is not on it was not to be
            others = obj.judge.stage.codes.exclude(code__in=scores)
            rows += [
                [row.code, *["缺考" if row.is_absent else "回避"] * len(parts)] for row in others
            ]
        headings = ["盲评编号", *[part.name for part in parts]]
        return [*_corrections(obj), Table("得分", headings, rows, "还没有评分。")]

    @button(
        "封存离线评分表",
        permission="competitions.change_scoresheet",
        icon="lock",
        when=lambda row: row.state == ScoreSheet.State.OPEN,
        consequences=lambda row: ["封存后不能改动，摘要记入审计链；请先与纸质评分表核对。"],
    )
    def seal(self, request: HttpRequest, row: ScoreSheet) -> str:
        sealed = scoring.seal(row, by=request.user)
        return f"评分表已封存，摘要为 {sealed.digest[:16]}。"

    @button(
        "提出更正",
        permission="competitions.correct_scoresheet",
        form=CorrectForm,
        icon="edit_note",
        when=lambda row: row.state == ScoreSheet.State.SEALED,
        consequences=lambda row: [
            "生成新的一版，经另一人批准后代替现在的评分表；原表保留。",
            "更正为回避的，批准后该席位对该编号留空，不计零分。",
        ],
    )
    def correct(self, request: HttpRequest, row: ScoreSheet, **given: Any) -> HttpResponse:
        made = scoring.propose_correction(row, **given, by=request.user)
        messages.success(request, "更正已提出，由另一人批准后生效，批准前仍以原评分表为准。")
        return redirect("admin:competitions_scoresheet_change", made.pk)

    @button(
        "批准更正",
        permission="competitions.approve_scoresheet",
        icon="task_alt",
        when=lambda row: row.state == ScoreSheet.State.PROPOSED,
        consequences=lambda row: ["本版代替原评分表，已公布的名次按更正后的得分重新计算。"],
    )
    def approve(self, request: HttpRequest, row: ScoreSheet) -> str:
        scoring.approve_correction(row, by=request.user)
        return "更正已批准，名次已重新计算。"

    @button(
        "不批准更正",
        permission="competitions.approve_scoresheet",
        form=ReasonForm,
        icon="block",
        danger=True,
        when=lambda row: row.state == ScoreSheet.State.PROPOSED,
        consequences=lambda row: ["原评分表继续有效。"],
    )
    def refuse(self, request: HttpRequest, row: ScoreSheet, reason: str) -> str:
        scoring.refuse_correction(row, reason=reason, by=request.user)
        return "更正未批准，原评分表继续有效。"
