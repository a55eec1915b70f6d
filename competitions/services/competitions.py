"""What the steps of a competition ask of it."""

from django.utils import timezone

from competitions.models import Competition, Entry, Stage


def unready(competition: Competition) -> str:
    """Guard of submitting and approving: it can be entered until a day to come."""
    if not competition.events.exists():
        return "尚未设置赛项，请先添加至少一个赛项。"
    if competition.enter_until is None:
        return "尚未填写报名截止日，请先补填。"
    if competition.enter_until < timezone.localdate():
        return f"报名截止日 {competition.enter_until} 已过，请先修改。"
    stages = Stage.objects.filter(event__competition=competition)
    first = stages.order_by("held_on").first()
    if first and first.held_on <= competition.enter_until:
        until = competition.enter_until
        return f"“{first}”的比赛日期 {first.held_on} 不晚于报名截止日 {until}，请核对。"
    last = stages.order_by("held_on").last()
    if last and last.held_on > competition.ends_on:
        return f"“{last}”的比赛日期 {last.held_on} 晚于竞赛结束日期 {competition.ends_on}，请核对。"
    return ""


def still_entering(competition: Competition) -> str:
    """Guard of closing the entries: the last day is over."""
    until = competition.enter_until
    if until and until >= timezone.localdate():
        return f"报名截止日为 {until}，次日起方可截止报名。"
    return ""


def undecided_entries(competition: Competition) -> str:
    """Guard of the start: every entry that was handed in is accepted or refused."""
    waiting = Entry.objects.filter(event__competition=competition, state=Entry.State.SUBMITTED)
    count = waiting.count()
    return f"还有 {count:,} 件报名待审核，请先审核。" if count else ""


def is_judged(competition: Competition) -> bool:
    """Whether anybody is scored: a competition without a stage only counts heads."""
    return Stage.objects.filter(event__competition=competition).exists()


def is_counted(competition: Competition) -> bool:
    return not is_judged(competition)


def still_running(competition: Competition) -> str:
    """Guard of scoring: the last stage has been held."""
    stages = Stage.objects.filter(event__competition=competition)
    last = stages.order_by("held_on").last()
    if last and last.held_on > timezone.localdate():
        return f"“{last}”于 {last.held_on} 举行，赛后方可录入成绩。"
    return ""


def undecided_reports(competition: Competition) -> str:
    """Guard of filing: every report of heads that was handed in is accepted or sent back."""
    count = competition.reports.filter(state="submitted").count()
    return f"还有 {count:,} 份参赛人次待审核，请先审核。" if count else ""


def unconcluded(competition: Competition) -> str:
    """Guard of concluding a competition that only counts heads."""
    if competition.ends_on > timezone.localdate():
        return f"竞赛于 {competition.ends_on} 结束，结束后方可办结。"
    return undecided_reports(competition)
