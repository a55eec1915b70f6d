"""Judging through the doors of those who do it: the draw, blind pages, recusals, sealed sheets."""

import io
import re
import zipfile
from decimal import Decimal

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from competitions.models import BlindCode, Recusal, Result, Score, ScoreSheet
from competitions.services import judging, offline, programmes, results, scoring, standings
from core.errors import NotPermitted, OutOfScope, Refused
from core.models import AuditEvent, DeclaredKin
from tests.factories import competitions as rows
from tests.factories import judging as stages
from tests.hardship.pages import browser, page, press, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def city(world):
    world.clerk = world.user("competitions_clerk")
    world.approver = world.user("competitions_approver")
    world.judges = [world.user("judge", display_name="周裁判") for _ in range(3)]
    world.unions = [world.own, world.sibling, world.foreign]
    world.stage = stages.contest(world.city, world.unions, by=world.clerk)
    return world


def seat_of(city, place):
    return city.stage.judges.get(user=city.judges[place])


def code_of(city, union):
    return BlindCode.objects.get(stage=city.stage, entry__organisation=union)


def prepared(city, **fields):
    stages.parts(city.stage, by=city.clerk)
    stages.seats(city.stage, city.judges, by=city.clerk)
    return judging.draw(city.stage, by=city.clerk, **fields)


def filled(city, seat, value=80):
    away = set(seat.recusals.values_list("code", flat=True))
    return {
        (code.pk, part.pk): Decimal(value)
        for code in city.stage.codes.all()
        for part in city.stage.parts.all()
        if code.pk not in away
    }


# The draw.


def test_a_stage_is_prepared_by_forms_and_drawn(city):
    client = browser(city.clerk)
    for name, weight in [("理论", 30), ("实操", 70)]:
        posted = {"stage": city.stage.pk, "name": name, "weight": weight, "maximum": 100}
        client.post(reverse("admin:competitions_scorepart_add"), posted)
    for number, judge in enumerate(city.judges):
        posted = {"stage": city.stage.pk, "user": judge.pk, "unit_name": f"外单位{number}"}
        client.post(reverse("admin:competitions_judge_seat"), posted)
    answer = client.post(
        reverse("admin:competitions_panel_draw"), {"stage": city.stage.pk}, follow=True
    )
    panel = city.stage.panel
    assert "与编号一致" in text(answer)
    assert panel.seed in text(answer)
    assert sorted(city.stage.codes.values_list("code", flat=True)) == ["001", "002", "003"]
    assert ScoreSheet.objects.filter(judge__stage=city.stage, state="open").count() == 3
    again = client.post(reverse("admin:competitions_panel_draw"), {"stage": city.stage.pk})
    assert "选择一个有效的选项" in text(again), "drawn once, it is not offered again"


@pytest.mark.parametrize("weights", [(30, 60), (50, 60)])
def test_weights_that_are_not_a_hundred_are_not_drawn(city, weights):
    stages.seats(city.stage, city.judges, by=city.clerk)
    for number, weight in enumerate(weights):
        city.stage.parts.create(name=f"第{number}项", weight=weight, maximum=100)
    with pytest.raises(Refused, match="应为 100%"):
        judging.draw(city.stage, by=city.clerk)


def test_too_few_judges_are_not_drawn(city):
    stages.parts(city.stage, by=city.clerk)
    stages.seats(city.stage, city.judges[:2], by=city.clerk)
    with pytest.raises(Refused, match="裁判只有 2 名，应不少于 3 名"):
        judging.draw(city.stage, by=city.clerk)


def test_after_the_draw_parts_and_seats_stay(city):
    prepared(city)
    with pytest.raises(Refused, match="不能再改动"):
        stages.parts(city.stage, by=city.clerk)
    with pytest.raises(Refused, match="不能再改动"):
        judging.seat(city.stage, name="王建国", unit_name="外单位", by=city.clerk)


@pytest.mark.parametrize(
    "changes",
    [{"drops_extremes": False}, {"normalises": True}, {"min_judges": 1}, {"appeal_hours": 0}],
)
def test_after_the_draw_the_rules_of_judging_stay(city, changes):
    type(city.stage.event.competition).objects.update(state="running")
    prepared(city)
    for name, value in changes.items():
        setattr(city.stage, name, value)
    with pytest.raises(Refused, match="该赛段已抽签"):
        programmes.save_stage(city.stage, by=city.clerk)
    stage = again(city.stage)
    stage.place = "市技师学院二号实训楼"
    assert programmes.save_stage(stage, by=city.clerk).place == stage.place


@pytest.mark.parametrize("other", ["kind", "event"])
def test_a_stage_of_an_approved_competition_is_not_made_another(city, other):
    type(city.stage.event.competition).objects.update(state="running")
    stage = again(city.stage)
    planned = stages.contest(city.city, [], by=city.clerk, state="planned")
    planned.delete()
    setattr(stage, other, "preliminary" if other == "kind" else planned.event)
    with pytest.raises(Refused, match="不能增加或改换赛段"):
        programmes.save_stage(stage, by=city.clerk)


def test_only_who_may_judge_there_gets_a_seat(city):
    with pytest.raises(Refused, match="没有裁判授权"):
        judging.seat(city.stage, user=city.user("leader"), unit_name="外单位", by=city.clerk)
    other = city.user("competitions_clerk", city.other_district)
    with pytest.raises(OutOfScope):
        judging.seat(city.stage, user=city.judges[0], unit_name="外单位", by=other)
    with pytest.raises(NotPermitted):
        judging.seat(city.stage, user=city.judges[0], unit_name="外", by=city.approver)


# Keeping away.


def test_a_judge_of_the_same_unit_keeps_away(city):
    stages.parts(city.stage, by=city.clerk)
    stages.seats(city.stage, city.judges, by=city.clerk)
    for union in city.unions:
        firm = city.stage.event.entries.get(organisation=union).employer
        type(firm).objects.filter(pk=firm.pk).update(name=f"{union.code}制造有限公司")
    entry = city.stage.event.entries.get(organisation=city.own)
    judging.seat(city.stage, name="周工", unit_name=f" {entry.employer.name} ", by=city.clerk)
    firm = city.stage.event.entries.get(organisation=city.sibling).employer
    judging.seat(city.stage, name="吴工", employer=firm, unit_name="分公司", by=city.clerk)
    at_own = city.user(None, city.own)
    at_own.assignments.create(organisation=city.city, role="judge", since="2020-01-01")
    judging.seat(city.stage, user=at_own, unit_name="某学校", by=city.clerk)
    judging.draw(city.stage, by=city.clerk)
    found = {
        (row.judge.number, row.code.entry.organisation.code, row.ground)
        for row in Recusal.objects.filter(judge__stage=city.stage)
    }
    assert found == {(4, "own", "unit"), (5, "sibling", "unit"), (6, "own", "unit")}


def test_kin_and_oneself_keep_away(city):
    mine = city.stage.event.entries.get(organisation=city.own).person
    kin = city.stage.event.entries.get(organisation=city.sibling).person
    fourth, fifth = city.user("judge"), city.user("judge")
    city.judges += [fourth, fifth]
    fourth.certificate_number = mine.certificate_number.clear()
    fourth.save()
    DeclaredKin.objects.create(
        user=fifth,
        name=kin.name,
        relation="spouse",
        certificate_number=kin.certificate_number.clear(),
    )
    prepared(city)
    grounds = dict(Recusal.objects.values_list("judge__user", "ground"))
    assert grounds == {fourth.pk: "self", fifth.pk: "kin"}


def test_too_few_left_after_recusals_is_refused(city):
    stages.parts(city.stage, by=city.clerk)
    stages.seats(city.stage, city.judges[:2], by=city.clerk)
    firm = city.stage.event.entries.get(organisation=city.own).employer
    judging.seat(city.stage, user=city.judges[2], employer=firm, unit_name="同厂", by=city.clerk)
    with pytest.raises(Refused, match="共 1 名选手回避后评分裁判不足 3 名"):
        judging.draw(city.stage, by=city.clerk)
    assert not BlindCode.objects.exists()


def test_a_recused_seat_is_empty_and_never_zero(city):
    city.judges.append(city.user("judge"))
    kin = city.stage.event.entries.get(organisation=city.own).person
    DeclaredKin.objects.create(
        user=city.judges[3],
        name=kin.name,
        relation="spouse",
        certificate_number=kin.certificate_number.clear(),
    )
    stages.judged(city.stage, city.judges, lambda judge, code, part: 80, by=city.clerk)
    found = standings.standings(city.stage)
    assert not found.missing
    assert {line.raw_points for line in found.lines} == {Decimal(80)}
    scored = Score.objects.filter(sheet__judge__user=city.judges[3], code=code_of(city, city.own))
    assert not scored.exists()


def test_a_judge_declares_that_he_keeps_away(city):
    city.judges.append(city.user("judge"))
    prepared(city)
    seat, code = seat_of(city, 0), code_of(city, city.own)
    scoring.enter(seat.sheets.get(), filled(city, seat), by=city.judges[0])
    client = browser(city.judges[0])
    posted = {"code": code.pk, "reason": "曾为该选手师傅"}
    answer = client.post(reverse("competitions:recuse", args=[seat.pk]), posted, follow=True)
    assert f"已对编号 {code.code} 回避" in text(answer)
    assert not seat.sheets.get().scores.filter(code=code).exists()
    part = city.stage.parts.first()
    with pytest.raises(Refused, match="应当回避，不能评分"):
        scoring.enter(seat.sheets.get(), {(code.pk, part.pk): Decimal(0)}, by=city.judges[0])


def test_kin_declared_after_the_draw_is_found_at_sealing(city):
    city.judges.append(city.user("judge"))
    prepared(city)
    seat = seat_of(city, 0)
    scoring.enter(seat.sheets.get(), filled(city, seat), by=city.judges[0])
    kin = city.stage.event.entries.get(organisation=city.own).person
    DeclaredKin.objects.create(
        user=city.judges[0],
        name=kin.name,
        relation="spouse",
        certificate_number=kin.certificate_number.clear(),
    )
    with pytest.raises(Refused, match="应当回避的关系"):
        scoring.seal(seat.sheets.get(), by=city.judges[0])


# Blind pages.


def test_no_page_of_a_judge_tells_who_it_is(city):
    prepared(city)
    seat = seat_of(city, 0)
    client = browser(city.judges[0])
    pages = [
        text(client.get(reverse("competitions:seats"))),
        text(client.get(reverse("home"))),
        *[
            text(client.get(reverse(f"competitions:{name}", args=[seat.pk])))
            for name in ("score", "seal", "recuse")
        ],
    ]
    for entry in city.stage.event.entries.all():
        secrets = [entry.name, entry.person.name, entry.number, entry.employer.name]
        secrets.append(entry.organisation.name)
        for shown in pages:
            assert not [secret for secret in secrets if secret in shown]
    assert all(code in pages[2] for code in ("001", "002", "003"))


def test_a_seat_is_its_judges_alone(city):
    prepared(city)
    seat = seat_of(city, 0)
    for user, status in [(city.judges[1], 404), (city.clerk, 403), (city.user("leader"), 403)]:
        for name in ("score", "seal", "recuse"):
            url = reverse(f"competitions:{name}", args=[seat.pk])
            assert browser(user).get(url).status_code == status


# Scoring and sealing.


def test_a_judge_scores_on_the_page_and_seals(city):
    prepared(city)
    seat, client = seat_of(city, 0), browser(city.judges[0])
    url = reverse("competitions:score", args=[seat.pk])
    cells = {f"score_{code}_{part}": "85.5" for code, part in filled(city, seat)}
    first, *_ = cells
    wrong = text(client.post(url, cells | {first: "100.01"}))
    assert "应为 0 至 100 的数" in wrong
    assert not Score.objects.exists()
    half = text(client.post(url, {first: "85.5"}, follow=True))
    assert "还有 3 个编号没有评完" in half
    refused = client.post(reverse("competitions:seal", args=[seat.pk]), follow=True)
    assert "没有评完" in text(refused)
    assert "已全部评完" in text(client.post(url, cells, follow=True))
    sealed = text(client.post(reverse("competitions:seal", args=[seat.pk]), follow=True))
    sheet = seat.sheets.get()
    assert sheet.digest in sealed
    trace = AuditEvent.objects.get(action="competitions.scoresheet.seal")
    assert trace.changes["digest"][1] == sheet.digest
    assert "不能再改动" in text(client.post(url, cells | {first: "1"}))
    assert sheet.scores.first().value == Decimal("85.50")


def test_the_database_freezes_a_sealed_sheet(city):
    """Written past the services, on either engine."""
    stages.judged(city.stage, city.judges, by=city.clerk)
    sheet, spare = ScoreSheet.objects.order_by("pk")[:2]
    one = sheet.scores.first()
    other = BlindCode.objects.create(
        stage=city.stage, entry=stages_entry(city), code="099", is_absent=True
    )
    open_ = ScoreSheet.objects.create(judge=spare.judge, number=2)
    loose = Score.objects.create(sheet=open_, code=other, part=one.part, value=1, maximum=100)
    stored, mine = ScoreSheet.objects.filter(pk=sheet.pk), Score.objects.filter(pk=one.pk)
    acts = [
        lambda: mine.update(value=1),
        lambda: mine.update(sheet=open_),
        lambda: mine._raw_delete("default"),
        lambda: Score.objects.filter(pk=loose.pk).update(sheet=sheet),
        lambda: Score.objects.create(sheet=sheet, code=other, part=one.part, value=1, maximum=100),
        lambda: stored.update(state="open", digest=""),
        lambda: stored.update(state="proposed"),
        lambda: stored.update(state="refused"),
        lambda: stored.update(digest="0" * 64),
        lambda: stored.update(judge=spare.judge, number=3),
        lambda: stored.update(number=7),
        lambda: stored.update(reason="另有说明"),
        lambda: stored.update(sealed_by=city.clerk),
        lambda: stored.update(sealed_at=None),
        lambda: stored.update(approved_by=city.clerk),
        lambda: stored._raw_delete("default"),
    ]
    if connection.vendor == "postgresql":
        connection.check_constraints()  # what is still to be looked at would keep it from emptying
        acts += [
            lambda: connection.cursor().execute("TRUNCATE competitions_score"),
            lambda: connection.cursor().execute("TRUNCATE competitions_scoresheet CASCADE"),
        ]
    for act in acts:
        with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
            act()
    assert scoring.is_intact(again(sheet))


def test_the_database_lets_a_correction_go_its_way_and_no_other(city):
    stages.announced(city.stage, city.judges, by=city.clerk)
    sheet, _ = corrected(city)
    proposed = ScoreSheet.objects.get(state="proposed")
    refused = ScoreSheet.objects.filter(pk=proposed.pk)
    scoring.refuse_correction(proposed, reason="原件无误，不予更正", by=city.approver)
    acts = [
        lambda: refused.update(state="proposed"),
        lambda: refused.update(state="replaced"),
        lambda: refused.update(approved_by=city.clerk),
    ]
    for act in acts:
        with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
            act()
    # The sheet that it was to take the place of is out of the way, and still it does not come back.
    ScoreSheet.objects.filter(pk=sheet.pk).update(state="replaced")
    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
        refused.update(state="sealed")


def again(row):
    return type(row).objects.get(pk=row.pk)


def stages_entry(city):
    from tests.factories import competitions

    return competitions.entry(city.other_town, state="accepted", holder=city.stage.event)


def test_a_score_out_of_bounds_is_refused_by_the_database(city):
    prepared(city)
    sheet = ScoreSheet.objects.first()
    code, part = city.stage.codes.first(), city.stage.parts.first()
    for value in (-1, 101):
        with pytest.raises(DatabaseError), transaction.atomic():
            Score.objects.create(sheet=sheet, code=code, part=part, value=value, maximum=100)


def test_nobody_types_into_another_judges_sheet(city):
    prepared(city)
    sheet = seat_of(city, 0).sheets.get()
    given = filled(city, seat_of(city, 0))
    for user in (city.judges[1], city.approver):
        with pytest.raises((NotPermitted, OutOfScope)):
            scoring.enter(sheet, given, by=user)
    assert not Score.objects.exists()


# Correction.


def corrected(city, value="10"):
    sheet = seat_of(city, 0).sheets.get()
    code, part = code_of(city, city.own), city.stage.parts.get(name="实操")
    posted = {"code": code.pk, "part": part.pk, "value": value, "reason": "誊写错误，原件为十分"}
    told = press(city.clerk, sheet, "correct", **posted)
    return sheet, told


def test_a_correction_is_a_new_sheet_that_another_approves(city):
    stages.announced(city.stage, city.judges, by=city.clerk)
    first = Result.objects.get(entry__organisation=city.own)
    assert (first.rank, first.raw_points) == (1, Decimal(90))
    old, told = corrected(city)
    new = ScoreSheet.objects.get(state="proposed")
    assert "更正待批" in told
    assert standings.standings(city.stage).lines[0].raw_points == Decimal(90), "not yet in force"
    with pytest.raises(NotPermitted):
        scoring.approve_correction(new, by=city.clerk)
    assert "名次已重新计算" in press(city.approver, new, "approve")
    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.state, new.state) == ("replaced", "sealed")
    assert scoring.is_intact(old)
    first.refresh_from_db()
    # Practice was 90, 90, 90 and is 10, 90, 90 now: 27 + 70 % of 63.33
    assert (first.rank, first.raw_points) == (3, Decimal("71.33"))
    assert AuditEvent.objects.filter(action="competitions.result.correct").exists()


def test_who_proposed_a_correction_does_not_approve_it(city):
    stages.announced(city.stage, city.judges, by=city.clerk)
    corrected(city)
    new = ScoreSheet.objects.get(state="proposed")
    city.clerk.assignments.create(
        organisation=city.city, role="competitions_approver", since="2020-01-01"
    )
    again = type(city.clerk).objects.get(pk=city.clerk.pk)
    with pytest.raises(Refused) as refusal:
        scoring.approve_correction(new, by=again)
    assert refusal.value.code == "four_eyes"
    press(city.approver, new, "refuse", reason="原件无误，不予更正")
    assert Result.objects.get(entry__organisation=city.own).rank == 1


def late(city):
    """A judge finds after sealing that he should have kept away from the first one."""
    city.judges.append(city.user("judge"))
    stages.announced(city.stage, city.judges, by=city.clerk)
    judge, code = seat_of(city, 0), code_of(city, city.own)
    with pytest.raises(Refused, match="更正为回避"):
        judging.recuse(judge, code, reason="曾为该选手师傅", by=city.judges[0])
    return judge.sheets.get(), code


def test_a_correction_empties_the_seat_of_a_late_recusal(city):
    sheet, code = late(city)
    posted = {"code": code.pk, "is_recused": "on", "reason": "曾为该选手师傅，应当回避"}
    told = press(city.clerk, sheet, "correct", **posted)
    assert "更正待批" in told
    assert "回避" in told
    assert not code.recusals.exists(), "not yet in force"
    new = ScoreSheet.objects.get(state="proposed")
    press(city.approver, new, "approve")
    (recusal,) = code.recusals.all()
    assert (recusal.judge, recusal.reason) == (sheet.judge, "曾为该选手师傅，应当回避")
    given = standings.standings(city.stage).marks[code]
    assert {len(scores) for scores in given.values()} == {3}, "an empty seat, and no zero"
    first = Result.objects.get(entry__organisation=city.own)
    assert (first.rank, first.raw_points) == (1, Decimal(90))
    # The next correction leaves the seat empty.
    new.refresh_from_db()
    other = code_of(city, city.sibling)
    part = city.stage.parts.get(name="实操")
    scoring.propose_correction(new, {(other.pk, part.pk): 9}, reason="誊写错误", by=city.clerk)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"part": "", "value": ""}, "请填写；应当回避的请勾选"),
        ({"is_recused": "on"}, "更正为回避的不填。"),
    ],
)
def test_a_correction_is_of_one_kind(city, changes, said):
    sheet, code = late(city)
    posted = {"code": code.pk, "part": city.stage.parts.first().pk, "value": "9"}
    told = press(city.clerk, sheet, "correct", **posted | {"reason": "誊写错误"} | changes)
    assert said in told
    assert not ScoreSheet.objects.filter(state="proposed").exists()


def test_a_late_recusal_that_leaves_too_few_is_not_approved(city):
    """The places are announced: nobody may come in for him any more."""
    stages.announced(city.stage, city.judges, by=city.clerk)
    sheet, code = seat_of(city, 0).sheets.get(), code_of(city, city.own)
    press(city.clerk, sheet, "correct", code=code.pk, is_recused="on", reason="应当回避，漏报")
    new = ScoreSheet.objects.get(state="proposed")
    with pytest.raises(Refused, match="只有 2 个评分"):
        scoring.approve_correction(new, by=city.approver)
    assert Result.objects.get(entry__organisation=city.own).rank == 1


# The ranking page.


def test_raw_and_adjusted_stand_side_by_side(city):
    """The judge who is 30 below the others keeps away from the last contestant."""
    harsh, firm = city.user("judge"), city.stage.event.entries.get(organisation=city.foreign)
    fourth = stages_entry(city)
    stages.parts(city.stage, by=city.clerk)
    stages.seats(city.stage, city.judges, by=city.clerk)
    judging.seat(city.stage, user=harsh, employer=firm.employer, unit_name="外单位", by=city.clerk)
    assert fourth.employer_id != firm.employer_id
    judging.draw(city.stage, by=city.clerk)
    worth = {city.own.pk: 90, city.sibling.pk: 85, city.foreign.pk: 88, city.other_town.pk: 80}
    for seat in city.stage.judges.all():
        low = 30 if seat.user_id == harsh.pk else 0
        given = {
            key: Decimal(worth[BlindCode.objects.get(pk=key[0]).entry.organisation_id] - low)
            for key in filled(city, seat)
        }
        scoring.enter(seat.sheets.get(), given, by=seat.user)
        scoring.seal(seat.sheets.get(), by=seat.user)
    lines = {
        line.code.entry.organisation.code: line for line in standings.standings(city.stage).lines
    }
    assert (lines["foreign"].standing.raw_rank, lines["foreign"].standing.adjusted_rank) == (1, 2)
    assert (lines["own"].standing.raw_rank, lines["own"].standing.adjusted_rank) == (2, 1)
    assert lines["own"].rank == 2, "the stage goes by the raw scores"
    type(city.stage).objects.filter(pk=city.stage.pk).update(normalises=True)
    results.announce(city.stage, by=city.clerk)
    assert Result.objects.get(entry__organisation=city.own).rank == 1
    shown = text(browser(city.clerk).get(page(city.stage.panel)))
    assert "原始总分" in shown
    assert "上升 1" in shown
    assert re.search(r"-2\d\.\d\d", shown), "the harshness of the judge"


def test_absent_contestants_are_not_ranked(city):
    prepared(city)
    code = code_of(city, city.foreign)
    press(city.clerk, code, "record", is_absent="on")
    for seat in city.stage.judges.all():
        given = {key: v for key, v in filled(city, seat).items() if key[0] != code.pk}
        scoring.enter(seat.sheets.get(), given, by=seat.user)
        scoring.seal(seat.sheets.get(), by=seat.user)
    results.announce(city.stage, by=city.clerk)
    assert set(Result.objects.values_list("entry__organisation__code", flat=True)) == {
        "own",
        "sibling",
    }


def test_the_shorter_time_decides_between_equals(city):
    prepared(city)
    for seconds, union in ((320, city.own), (310, city.sibling)):
        press(city.clerk, code_of(city, union), "record", seconds=seconds)
    for seat in city.stage.judges.all():
        scoring.enter(seat.sheets.get(), filled(city, seat), by=seat.user)
        scoring.seal(seat.sheets.get(), by=seat.user)
    found = [
        (line.rank, line.code.entry.organisation.code)
        for line in standings.standings(city.stage).lines
    ]
    assert found == [(1, "sibling"), (2, "own"), (3, "foreign")]


def test_a_judge_announces_nothing_himself(city):
    clerk = city.judges[0]
    clerk.assignments.create(organisation=city.city, role="competitions_clerk", since="2020-01-01")
    city.judges[0] = type(clerk).objects.get(pk=clerk.pk)
    stages.judged(city.stage, city.judges, by=city.clerk)
    with pytest.raises(Refused) as refusal:
        results.announce(city.stage, by=city.judges[0])
    assert refusal.value.code == "four_eyes"


@pytest.mark.parametrize("judges_himself", [True, False])
def test_whose_identity_is_unknown_announces_unless_he_judged(city, judges_himself):
    """Beside a judge without an account, of whom no identity is known either."""
    stages.parts(city.stage, by=city.clerk)
    clerk = city.user("competitions_clerk", certificate_number="")
    assert clerk.certificate_index is None
    if judges_himself:
        clerk.assignments.create(organisation=city.city, role="judge", since="2020-01-01")
        clerk = again(clerk)
        city.judges[0] = clerk
    judging.seat(city.stage, name="赵国强", unit_name="外单位", by=city.clerk)
    stages.seats(city.stage, city.judges, by=city.clerk)
    judging.draw(city.stage, by=city.clerk)
    for seat in city.stage.judges.all():
        by = seat.user or city.clerk
        scoring.enter(seat.sheets.get(), filled(city, seat), by=by)
        scoring.seal(seat.sheets.get(), by=by)
    if judges_himself:
        with pytest.raises(Refused, match="本人是该赛段裁判"):
            results.announce(city.stage, by=clerk)
    else:
        assert results.announce(city.stage, by=clerk).announced_by == clerk


def test_a_judge_who_does_not_come_is_taken_off(city):
    city.judges.append(city.user("judge"))
    prepared(city)
    seat = seat_of(city, 3)
    press(city.clerk, seat, "dismiss", reason="因病不能到场")
    assert city.stage.judges.count() == 3
    assert AuditEvent.objects.filter(action="competitions.judge.dismiss").count() == 1


def test_a_judge_comes_in_for_one_who_was_taken_off_after_the_draw(city):
    prepared(city)
    press(city.clerk, seat_of(city, 1), "dismiss", reason="因病不能到场")
    url = reverse("admin:competitions_judge_seat")
    given = {"stage": city.stage.pk, "name": "赵国强", "unit_name": city.own.name}
    answer = browser(city.clerk).post(url, given)
    assert answer.status_code == 302, text(answer)
    made = city.stage.judges.get(name="赵国强")
    assert made.number == 4
    assert made.sheets.get().state == "open"
    assert [row.code for row in made.recusals.all()] == [code_of(city, city.own)]
    judging.seat(city.stage, name="钱卫东", unit_name="外单位", by=city.clerk)
    with pytest.raises(Refused, match="不能再改动"):
        judging.seat(city.stage, name="孙立新", unit_name="外单位", by=city.clerk)


def test_the_final_takes_the_best_of_the_preliminary(city):
    final = city.stage
    preliminary = final.event.stages.create(kind="preliminary", held_on=final.held_on)
    stages.announced(preliminary, city.judges, by=city.clerk)
    assert not Result.objects.exists(), "only the last stage gives places"
    stages.parts(final, by=city.clerk)
    stages.seats(final, city.judges, by=city.clerk)
    judging.draw(final, qualifiers=2, by=city.clerk)
    codes = {code.entry.organisation.code for code in final.codes.all()}
    assert codes == {"own", "sibling"}


def test_the_first_stage_has_no_qualifiers(city):
    with pytest.raises(Refused, match="晋级人数请留空"):
        prepared(city, qualifiers=2)


@pytest.mark.parametrize(("value", "is_approved"), [("10", False), ("89", True)])
def test_a_correction_lets_nobody_else_into_a_final_that_is_drawn(city, value, is_approved):
    final = city.stage
    city.stage = final.event.stages.create(kind="preliminary", held_on=final.held_on)
    stages.announced(city.stage, city.judges, by=city.clerk)
    stages.parts(final, by=city.clerk)
    stages.seats(final, city.judges, by=city.clerk)
    judging.draw(final, qualifiers=1, by=city.clerk)
    corrected(city, value)
    told = press(city.approver, ScoreSheet.objects.get(state="proposed"), "approve")
    assert ("晋级" not in told) is is_approved
    assert ScoreSheet.objects.filter(state="proposed").exists() is not is_approved


def test_where_a_stage_is_chosen_it_is_told_from_its_namesakes(city):
    """Every year has a final of welders."""
    other = rows.competition(city.city).events.get().stages.get()
    answer = browser(city.clerk).get(
        reverse("admin:autocomplete"),
        {"app_label": "competitions", "model_name": "scorepart", "field_name": "stage"},
    )
    told = {row["text"] for row in answer.json()["results"]}
    assert told == {f"{one.event.competition} · {one}" for one in (other, city.stage)}


def test_who_approves_a_correction_is_asked_and_sees_what_it_changes(city):
    stages.announced(city.stage, city.judges, by=city.clerk)
    corrected(city, "95")
    proposed = ScoreSheet.objects.get(state="proposed")
    waiting = text(browser(city.approver).get(reverse("admin:index")))
    assert "评分更正：待批" in waiting
    told = text(browser(city.approver).get(page(proposed)))
    assert "更正的得分" in told
    assert "95.00" in told
    assert "评分更正：待批" not in text(browser(city.clerk).get(reverse("admin:index")))


# Offline sheets.


def test_sheets_go_out_in_a_transaction_of_their_own(city, monkeypatch):
    """The trail refuses what is written outside of one, which a test never is."""
    prepared(city)
    outside, depths = len(connection.savepoint_ids), []
    keep = offline.audit.record
    monkeypatch.setattr(
        offline.audit,
        "record",
        lambda *args, **more: depths.append(len(connection.savepoint_ids)) or keep(*args, **more),
    )
    url = reverse("admin:competitions_panel_export", args=[city.stage.panel.pk])
    answer = browser(city.clerk).post(url)
    assert answer["Content-Type"] == "application/zip"
    assert depths
    assert min(depths) > outside


def workbook(city, seat):
    return openpyxl.load_workbook(io.BytesIO(offline.write(seat.sheets.get(), by=city.clerk)))


def handed_in(city, seat, book):
    written = io.BytesIO()
    book.save(written)
    file = SimpleUploadedFile("评分表.xlsx", written.getvalue())
    return press(city.clerk, city.stage.panel, "upload", judge=seat.sheets.get().pk, file=file)


def cells_of(book):
    return [row for row in book.active.iter_rows(min_row=6) if row[0].value]


def test_sheets_go_out_blind_and_locked(city):
    prepared(city)
    answer = browser(city.clerk).post(page(city.stage.panel, "export"))
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.namelist() == [
        "01号裁判评分表.xlsx",
        "02号裁判评分表.xlsx",
        "03号裁判评分表.xlsx",
    ]
    book = openpyxl.load_workbook(io.BytesIO(archive.read("01号裁判评分表.xlsx")))
    told = " ".join(str(cell.value) for row in book.active.iter_rows() for cell in row)
    for entry in city.stage.event.entries.all():
        assert entry.name not in told
        assert entry.employer.name not in told
    assert book.active.protection.sheet
    (first, *_) = cells_of(book)
    assert first[0].protection.locked
    assert not first[1].protection.locked
    assert offline.digest(seat_of(city, 0).sheets.get()) in told


def test_a_sheet_that_comes_back_is_written(city):
    prepared(city)
    seat = seat_of(city, 0)
    book = workbook(city, seat)
    for row in cells_of(book):
        row[1].value, row[2].value = "８５．５", "90分"
    told = handed_in(city, seat, book)
    assert "改动 6 处。已全部评完，请核对后封存" in told
    assert set(seat.sheets.get().scores.values_list("value", flat=True)) == {
        Decimal("85.50"),
        Decimal(90),
    }
    press(city.clerk, seat.sheets.get(), "seal")
    assert seat.sheets.get().state == "sealed"
    assert "改动 0 处" not in told


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda rows: setattr(rows[0][1], "value", 855), "855 超过满分 100，是否为 85.5？"),
        (lambda rows: setattr(rows[0][1], "value", "九十"), "“九十”不是得分，请填数字"),
        (lambda rows: setattr(rows[0][1], "value", -5), "“-5”不是得分，请填数字"),
        (lambda rows: setattr(rows[0][1], "value", 85.555), "85.555 超过两位小数"),
        (lambda rows: setattr(rows[1][0], "value", rows[0][0].value), "与第 6 行重复"),
        (lambda rows: setattr(rows[0][0], "value", "077"), "编号“077”不在本赛段"),
    ],
)
def test_mistakes_of_a_tired_clerk_are_named_and_nothing_is_written(city, spoil, said):
    prepared(city)
    seat = seat_of(city, 0)
    book = workbook(city, seat)
    for row in cells_of(book):
        row[1].value = row[2].value = 80
    spoil(cells_of(book))
    told = handed_in(city, seat, book)
    assert said in told
    assert "没有写入任何得分" in told
    assert not Score.objects.exists()


def test_the_sheet_of_another_judge_or_stage_is_not_taken(city):
    prepared(city)
    other = workbook(city, seat_of(city, 1))
    assert "这是2 号裁判的评分表，不是1 号裁判的" in handed_in(city, seat_of(city, 0), other)
    book = workbook(city, seat_of(city, 0))
    book.active["B4"] = "ABC"
    assert "识别码与本赛段不符" in handed_in(city, seat_of(city, 0), book)
    book = workbook(city, seat_of(city, 0))
    book.active["C5"] = "操作"
    assert "没有找到唯一的“实操（满分100）”一列" in handed_in(city, seat_of(city, 0), book)


def test_a_recused_code_that_was_scored_on_paper_is_named(city):
    city.judges.append(city.user("judge"))
    prepared(city)
    seat, code = seat_of(city, 0), code_of(city, city.own)
    book = workbook(city, seat)
    judging.recuse(seat, code, reason="曾为该选手师傅", by=city.clerk)
    for row in cells_of(book):
        row[1].value = row[2].value = 80
    told = handed_in(city, seat, book)
    assert f"编号 {code.code}“理论”：应当回避，请留空" in told


def test_a_spreadsheet_that_made_7_of_007_is_understood(city):
    prepared(city)
    seat = seat_of(city, 0)
    book = workbook(city, seat)
    for row in cells_of(book):
        row[0].value = int(row[0].value)
        row[1].value = row[2].value = 80
    assert "改动 6 处" in handed_in(city, seat, book)


def test_pages_ask_the_same_number_of_queries_for_many(city, django_assert_max_num_queries):
    for _ in range(6):
        stages_entry(city)
    stages.judged(city.stage, city.judges, by=city.clerk)
    with django_assert_max_num_queries(12):
        assert len(standings.standings(city.stage).lines) == 9
