"""第三方评估: drawing a sample, what the evaluator finds, closing it, answering what is amiss.

The organisation whose work is looked at draws and closes; what was found is written by the one
evaluator of the sample, who holds no part in the files.
"""

import datetime
import re
import secrets
from collections import Counter
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from core import audit, bulk, roles, workflow
from core.errors import OutOfScope, Refused
from core.models import Assignment, Organisation, User
from core.rules import text
from core.services import records
from core.services.records import require
from hardship import sampling
from hardship.models import (
    EvaluatedHousehold,
    EvaluationSample,
    EvaluationTask,
    Recognition,
    SampleItem,
)
from hardship.models.evaluation import Standing, Verdict
from hardship.services.files import trace

JUDGE = "hardship.judge_evaluatedhousehold"
FILES = "hardship.view_case"
REGIONS = (Organisation.Level.DISTRICT, Organisation.Level.INDUSTRY)
# So many digits are a telephone or certificate number, which no remark needs.
_NUMBER = re.compile(r"(?:\d[ \-]?){7,}")


# Drawing.


class Drawable(NamedTuple):
    """A household of the population, by the recognition that counts, and its stratum."""

    recognition: int
    case: int
    organisation: int
    district: int
    tier: str
    standing: str

    @property
    def stratum(self) -> sampling.Stratum:
        return self.district, self.tier, self.standing


def regions(organisation: Organisation) -> QuerySet[Organisation]:
    """The districts and industries that strata are made of; the organisation, if it has none."""
    below = Organisation.objects.within(organisation)
    return below.filter(level__in=REGIONS).exclude(pk=organisation.pk)


def population(
    organisation: Organisation, first: datetime.date, last: datetime.date
) -> dict[int, Drawable]:
    """By household: those on file on the last day, and those that left in the period.

    Two queries, however many they are. A change of tier is no leaving.
    """
    paths = dict(regions(organisation).values_list("path", "pk"))
    step = Organisation.steplen

    def region(path: str) -> int:
        above = (path[:length] for length in range(step, len(path) + 1, step))
        return next((paths[part] for part in above if part in paths), organisation.pk)

    on_file = Q(until__isnull=True) | Q(until__gt=last)
    left = Q(until__range=(first, last)) & ~Q(ending=Recognition.Ending.ADJUSTED)
    rows = Recognition.objects.within(organisation).filter(on_file | left, since__lte=last)
    rows = rows.order_by("household_id", "since", "pk").values_list(
        *["household_id", "pk", "case_id", "organisation_id", "organisation__path"],
        *["tier", "until"],
    )
    found = {}
    for household, key, case, union, path, tier, until in rows:  # the last one counts
        standing = Standing.LEFT if until and until <= last else Standing.ON_FILE
        found[household] = Drawable(key, case, union, region(path), tier, standing.value)
    return found


def chosen(sample: EvaluationSample) -> list[Drawable]:
    """Those that the seed draws from the rows as they stand now, in the order of their codes."""
    known = population(sample.organisation, sample.first, sample.last)
    strata = {household: drawable.stratum for household, drawable in known.items()}
    size = min(sample.size, len(known))
    return [known[household] for household in sampling.draw(strata, size, sample.seed)]


def drawn_again(sample: EvaluationSample) -> bool:
    """Whether the seed, put to the rows as they stand now, draws the households of the sample."""
    stored = sample.items.sampled().order_by("pk").values_list("recognition_id", flat=True)
    return list(stored) == [drawable.recognition for drawable in chosen(sample)]


def evaluators(user: User) -> QuerySet[User]:
    """Accounts that may evaluate somewhere in the scope of who draws, and see no file there."""
    codes = [code for code, role in roles.table().items() if JUDGE in role.permissions]
    paths = user.paths_with("hardship.add_evaluationsample")
    steps = range(Organisation.steplen, max(map(len, paths), default=0) + 1, Organisation.steplen)
    above = [path[:length] for path in paths for length in steps]
    reach = Assignment.scope(paths) | Q(organisation__path__in=above)
    held = Assignment.objects.in_force(timezone.localdate()).filter(reach, role__in=codes)
    return User.objects.filter(is_active=True, pk__in=held.values("user"))


@transaction.atomic
def draw(sample: EvaluationSample, *, by: User) -> EvaluationSample:
    """Draw a sample that is not stored yet: its place, period, size and evaluator are given.

    The seed is nobody's choice, and every drawing stays: nobody draws until he likes the result.
    """
    require(by, "hardship.add_evaluationsample", sample.organisation)
    _refuse_dependent(sample)
    sample.drawn_on, sample.seed = timezone.localdate(), secrets.token_hex(16)
    if sample.last > sample.drawn_on:
        raise Refused("评估期间止不能晚于今天，请核对。", code="period")
    known = population(sample.organisation, sample.first, sample.last)
    if not 0 < sample.size <= len(known):
        raise Refused(
            f"评估范围和期间内共 {len(known)} 户，抽取户数应为 1 至 {len(known)} 户，请调整。"
            if known
            else "评估范围和期间内没有在档或退档的家庭，无法抽样，请调整范围或期间。",
            code="size",
        )
    counts = Counter(drawable.stratum for drawable in known.values())
    sample.population, sample.rule = len(known), _told(sample, counts)
    sample.full_clean()
    sample.save()
    items = [
        bulk.draft(
            SampleItem,
            {
                "sample_id": sample.pk,
                "code": f"A-{number:04}",
                "organisation_id": drawable.organisation,
                "district_id": drawable.district,
                "case_id": drawable.case,
                "recognition_id": drawable.recognition,
                "tier": drawable.tier,
                "standing": drawable.standing,
                "stratum_households": counts[drawable.stratum],
            },
        )
        for number, drawable in enumerate(chosen(sample), 1)
    ]
    bulk.create(items)
    trace(sample, {}, "draw", by=by)
    return sample


def _refuse_dependent(sample: EvaluationSample) -> None:
    """The evaluator may evaluate there, and has no part in what he evaluates."""
    if not sample.evaluator.has_perm(JUDGE, sample.organisation):
        raise Refused(
            "所选评估人员没有该范围的第三方评估授权，请联系安全管理员授权。", code="not_evaluator"
        )
    if sample.evaluator.has_perm(FILES):
        raise Refused("评估人员不得兼任困难帮扶的办理岗位，请另选评估人员。", code="dependent")


def _told(sample: EvaluationSample, counts: Counter[sampling.Stratum]) -> str:
    """抽样办法: the rule of the drawing, from which anybody can repeat it."""
    return (
        f"总体为 {sample.last} 在档的家庭和 {sample.first} 至 {sample.last} 退档的家庭，"
        f"共 {sum(counts.values())} 户，按区县（产业）、困难类别、在档或退档分为 {len(counts)} 层；"
        f"各层抽取户数按户数比例用最大余数法分配，合计 {sample.size} 户；"
        "层内按“种子:家庭编号”的 SHA-256 值由小到大抽取，代码另行打乱编排。"
    )


# What the evaluator finds.


def _task(key: int, *, by: User) -> EvaluationTask:
    """The sample, locked, of which this user is the evaluator and which is open."""
    mine = EvaluationTask.objects.visible_to(by, JUDGE).select_for_update(of=("self",))
    task = mine.filter(pk=key).first()
    if task is None:
        require(by, JUDGE)
        raise OutOfScope("没有找到这条记录，它可能不存在或不在本人管辖范围内。")
    if task.closed_on:
        raise Refused(f"本次评估已于 {task.closed_on} 办结，结论不能再改动。", code="closed")
    return task


@transaction.atomic
def judge(
    item: SampleItem, *, verdict: str, by: User, satisfaction: str = "", remark: str = ""
) -> EvaluatedHousehold:
    """What the evaluator found of one household; he may change it until the sample is closed.

    Of his own household and those of his kin he says no more than that he could not look.
    """
    task = _task(item.sample_id, by=by)
    row = EvaluatedHousehold.objects.select_for_update(of=("self",)).get(pk=item.pk, sample=task)
    if verdict not in dict(row.verdicts()) or row.verdict == Verdict.MISSED:
        raise Refused("错评只用于在档户，错退只用于已退档户，请重新选择结论。", code="verdict")
    if verdict != Verdict.UNVERIFIABLE:
        workflow.refuse_concerned(row.case, by)
    before = audit.snapshot(row)
    row.verdict, row.satisfaction, row.judged_on = verdict, satisfaction, timezone.localdate()
    row.remark = _anonymous(remark, "评估说明")
    row.full_clean()
    row.save()
    trace(row, before, "judge", by=by)
    return row


def places(organisation: Organisation) -> QuerySet[Organisation]:
    """Where a household may be missed: the districts of the sample, or the whole of it."""
    within = Organisation.objects.within(organisation)
    return within.filter(Q(level__in=REGIONS) | Q(pk=organisation.pk))


@transaction.atomic
def report_missed(
    sample: EvaluationSample, *, district: Organisation, place: str, remark: str, by: User
) -> EvaluatedHousehold:
    """漏评: a household that should be on file and is not. No name is kept, only where it lives."""
    task = _task(sample.pk, by=by)
    if not places(task.organisation).filter(pk=district.pk).exists():
        raise Refused("所选区县不在本次评估范围内，请重新选择。", code="district")
    number = task.items.filter(case=None).count() + 1
    row = EvaluatedHousehold(
        sample=task,
        code=f"B-{number:04}",
        organisation=district,
        district=district,
        place=_anonymous(place, "所在社区（村）"),
        verdict=Verdict.MISSED,
        remark=_anonymous(remark, "评估说明"),
        judged_on=timezone.localdate(),
    )
    row.full_clean()
    row.save()
    trace(row, {}, "report", by=by)
    return row


@transaction.atomic
def withdraw_missed(item: SampleItem, *, by: User) -> None:
    """Take back the household that was reported last, if it was a mistake."""
    task = _task(item.sample_id, by=by)
    missed = EvaluatedHousehold.objects.filter(sample=task, case=None)
    last = missed.select_for_update(of=("self",)).order_by("-code").first()
    if last is None or last.pk != item.pk:
        raise Refused("只能撤销最后登记的一户漏评，请依次撤销。", code="not_last")
    records.erase([last], by=by, action="hardship.evaluatedhousehold.withdraw")


def _anonymous(words: str, what: str) -> str:
    """The words as one line; a number by which somebody could be found is turned down."""
    words = text.normalise_line(words)
    if _NUMBER.search(words):
        raise Refused(f"“{what}”中不得写证件号码、电话或账号，请删去后再提交。", code="number")
    return words


# Closing, and answering.


@transaction.atomic
def close(sample: EvaluationSample, *, by: User) -> EvaluationSample:
    """办结: from now on the database itself changes no verdict, and what is amiss waits."""
    row = EvaluationSample.objects.select_for_update(of=("self",)).get(pk=sample.pk)
    require(by, "hardship.close_evaluationsample", row)
    if row.closed_on:
        raise Refused(f"本次评估已于 {row.closed_on} 办结。", code="closed")
    if left := row.items.unjudged().count():
        raise Refused(
            f"还有 {left} 户没有评估结论，请评估人员补填；确实无法核实的，选“无法核实”。",
            code="unjudged",
        )
    before = audit.snapshot(row)
    row.closed_on = timezone.localdate()
    row.save(update_fields=["closed_on"])
    trace(row, before, "finish", by=by)
    return row


@transaction.atomic
def settle(item: SampleItem, *, settlement: str, by: User) -> SampleItem:
    """处置: what was done about a household that a closed evaluation found amiss."""
    row = SampleItem.objects.select_for_update(of=("self",))
    row = row.select_related("sample", "case").get(pk=item.pk)
    require(by, "hardship.settle_sampleitem", row)
    if row.settled_on or row.verdict not in SampleItem.AMISS or row.sample.closed_on is None:
        raise Refused("该户没有待处置的问题，或本次评估尚未办结。", code="nothing_to_settle")
    if row.case:
        workflow.refuse_concerned(row.case, by)
    if len(settlement.strip()) < 4:
        raise Refused("请写明处置情况，不少于四个字。", code="reason_required")
    before = audit.snapshot(row)
    row.settled_on, row.settlement = timezone.localdate(), settlement.strip()
    row.full_clean()
    row.save(update_fields=["settled_on", "settlement"])
    trace(row, before, "settle", by=by)
    return row


# What came out.


class Outcome(NamedTuple):
    """One line of the result: households by what was found. Missed ones were not drawn."""

    district: str
    drawn: int
    accurate: int
    wrong: int
    wrongly_closed: int
    unverifiable: int
    missed: int
    satisfied: int
    asked: int

    @property
    def verified(self) -> int:
        return self.accurate + self.wrong + self.wrongly_closed

    @property
    def accuracy(self) -> str:
        """准确率: of those that could be verified; one that nobody could look at says nothing."""
        return percent(self.accurate, self.verified)

    @property
    def satisfaction(self) -> str:
        """Satisfied or fairly so, of those who were asked."""
        return percent(self.satisfied, self.asked)


def percent(part: int, whole: int) -> str:
    return f"{Decimal(part) * 100 / whole:.1f}%" if whole else "—"


def outcomes(sample: EvaluationSample) -> list[Outcome]:
    """By district, and all together as the last line. One query."""
    rows = sample.items.order_by("district__path").values_list(
        "district__name", "verdict", "satisfaction", "case_id"
    )
    found: dict[str, Counter[str]] = {}
    for district, verdict, satisfaction, case in rows:
        counts = found.setdefault(district, Counter())
        counts.update(drawn=case is not None, asked=bool(satisfaction))
        counts.update({verdict: 1, "satisfied": satisfaction in {"satisfied", "fairly"}})
    found["合计"] = sum(found.values(), Counter())
    names = Outcome._fields[1:]
    return [Outcome(name, *(counts[part] for part in names)) for name, counts in found.items()]
