"""The audit trail cannot be changed, and what is changed all the same is found and named."""

import datetime
import json
import random
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.db import Error, connection, transaction
from django.utils import timezone

from core import audit, seals
from core.errors import Refused
from core.models import AuditBlock, AuditEvent, Department
from core.services import records

EVENT, BLOCK = AuditEvent._meta.db_table, AuditBlock._meta.db_table
POSTGRESQL = connection.vendor == "postgresql"
GUARD = import_module("core.migrations.0002_audit_guard")


@pytest.fixture(autouse=True)
def head_file(settings, tmp_path):
    settings.AUDIT_HEAD_FILE = tmp_path / "audit.head"
    return settings.AUDIT_HEAD_FILE


def write(count, start=0):
    """`count` events, each in a transaction of its own."""
    made = []
    for number in range(start, start + count):
        with transaction.atomic():
            made.append(
                audit.record(
                    "core.test.act", by=None, reason=f"第 {number} 次", changes={"n": number}
                )
            )
    return made


def run(statement, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def unguard():
    """What an intruder with the rights of the database owner would do first."""
    GUARD.unguard(None, SimpleNamespace(connection=connection))


@pytest.fixture
def chain(db):
    """Six blocks of five events each, sealed two hours ago, with the guard taken off."""
    for number in range(6):
        write(5, start=number * 5)
        seals.seal(now=timezone.now() - datetime.timedelta(hours=2) + seconds(5 * number))
    unguard()
    return list(AuditEvent.objects.order_by("pk").values_list("pk", flat=True))


def seconds(count):
    return datetime.timedelta(seconds=count)


def kinds(report):
    return {finding.kind for finding in report.findings}


def named(report, kind):
    """Ids and block numbers that findings of this kind name."""
    return {
        place
        for finding in report.findings
        if finding.kind == kind
        for place in (finding.events or (finding.block,))
    }


def test_an_untouched_chain_has_no_findings(chain):
    report = seals.verify()
    assert (report.blocks, report.sealed, report.pending) == (6, 30, 0)
    assert report.findings == ()
    assert report.head == seals.last_head() == seals.read_head()


def test_nothing_new_makes_no_block(chain):
    assert seals.seal() == []
    assert AuditBlock.objects.count() == 6


def test_the_trail_can_begin_empty(db):
    assert seals.verify().findings == ()
    assert seals.seal() == []
    assert seals.read_head() == seals.Head()


# Tampering, kind by kind


EDITS = {
    "at": "2020-01-01 00:00:00+00:00",
    "actor_id": 77,
    "actor": "别人",
    "address": "10.9.8.7",
    "request_id": "f" * 32,
    "action": "core.test.other",
    "object_type": "core.User",
    "object_id": "1",
    "object_label": "某某",
    "organisation_path": "0001",
    "changes": '{"n": 99}',
    "reason": "改过的事由",
}


def test_every_column_is_sealed():
    assert set(EDITS) == {field.attname for field in AuditEvent._meta.fields} - {"id"}


@pytest.mark.parametrize("column", EDITS)
def test_an_edited_column_is_found(chain, column):
    run(f"UPDATE {EVENT} SET {column} = %s WHERE id = %s", EDITS[column], chain[12])
    report = seals.verify()
    assert kinds(report) == {"event_changed"}
    assert named(report, "event_changed") == {chain[12]}


@pytest.mark.parametrize("place", [0, 4, 5, 17, 29])
def test_a_deleted_event_is_found(chain, place):
    run(f"DELETE FROM {EVENT} WHERE id = %s", chain[place])
    report = seals.verify()
    assert kinds(report) == {"event_deleted"}
    assert named(report, "event_deleted") == {chain[place]}


@pytest.mark.parametrize(("one", "other"), [(5, 7), (0, 4)])
def test_events_that_changed_places_are_found(chain, one, other):
    swap(EVENT, chain[one], chain[other])
    report = seals.verify()
    assert kinds(report) == {"event_reordered"}
    assert named(report, "event_reordered") == {chain[one], chain[other]}


def test_events_that_changed_blocks_are_found(chain):
    swap(EVENT, chain[3], chain[20])
    report = seals.verify()
    assert named(report, "event_changed") == {chain[3], chain[20]}


def swap(table, one, other):
    far = -(10**9)
    run(f"UPDATE {table} SET id = %s WHERE id = %s", far, one)
    run(f"UPDATE {table} SET id = %s WHERE id = %s", one, other)
    run(f"UPDATE {table} SET id = %s WHERE id = %s", other, far)


@pytest.fixture
def gap(db):
    """Three blocks; the second one was sealed while an id of its range was missing."""
    old = timezone.now() - datetime.timedelta(hours=2)
    write(5)
    seals.seal(now=old)
    missing = write(5)[2].pk
    unguard()
    row = AuditEvent.objects.filter(pk=missing)
    values = row.values().get()
    row.delete()
    seals.seal(now=old + seconds(5))
    write(5)
    seals.seal(now=old + seconds(10))
    return values


def test_an_event_put_into_a_gap_is_found(gap):
    assert seals.verify().findings == ()
    AuditEvent.objects.create(**gap)
    for _ in range(2):
        report = seals.verify()
        assert kinds(report) == {"event_inserted"}
        assert named(report, "event_inserted") == {gap["id"]}
        assert seals.seal() == [], "a stranger must not be sealed in"


@pytest.mark.parametrize("pk", [0, -5])
def test_an_event_before_the_first_one_is_found(chain, pk):
    run(f"UPDATE {EVENT} SET id = %s WHERE id = %s", pk, chain[2])
    report = seals.verify()
    assert named(report, "event_deleted") == {chain[2]}
    assert pk in named(report, "event_inserted") | named(report, "unsealed")


def test_a_late_commit_within_the_hour_is_sealed_and_stays_proved(gap):
    now = timezone.now() - datetime.timedelta(hours=1, minutes=55)
    AuditEvent.objects.create(**gap)
    assert seals.verify(now=now).findings == ()
    assert seals.verify(now=now).pending == 1
    (block,) = seals.seal(now=now)
    assert (block.late, block.count, block.absent) == ([gap["id"]], 1, [])
    write(3)
    seals.seal()
    report = seals.verify()
    assert (report.findings, report.sealed, report.pending) == ((), 18, 0)
    run(f"UPDATE {EVENT} SET reason = 'x' WHERE id = %s", gap["id"])
    assert named(seals.verify(), "event_changed") == {gap["id"]}
    run(f"DELETE FROM {EVENT} WHERE id = %s", gap["id"])
    assert named(seals.verify(), "event_deleted") == {gap["id"]}


BLOCK_EDITS = {
    "first_id": 3,
    "last_id": 10**6,
    "absent": "[[1, 2]]",
    "late": "[7]",
    "count": 4,
    "digest": "0" * 64,
    "marks": "0" * 40,
    "previous": "1" * 64,
    "seal": "2" * 64,
    "sealed_at": "2020-01-01 00:00:00+00:00",
}


def test_every_column_of_a_block_is_sealed():
    assert set(BLOCK_EDITS) == {field.attname for field in AuditBlock._meta.fields} - {"id"}


@pytest.mark.parametrize("number", [1, 3, 6])
@pytest.mark.parametrize("column", BLOCK_EDITS)
def test_an_edited_block_is_found(chain, column, number):
    run(f"UPDATE {BLOCK} SET {column} = %s WHERE id = %s", BLOCK_EDITS[column], number)
    report = seals.verify()
    assert kinds(report) == {"block_changed"}
    assert named(report, "block_changed") == {number}


@pytest.mark.parametrize("number", [1, 3, 5])
def test_a_deleted_block_is_found(chain, number):
    run(f"DELETE FROM {BLOCK} WHERE id = %s", number)
    report = seals.verify()
    assert kinds(report) == {"block_deleted"}
    assert named(report, "block_deleted") == {number}


def test_a_deleted_block_whose_number_was_closed_up_is_found(chain):
    run(f"DELETE FROM {BLOCK} WHERE id = 3")
    for number in (4, 5, 6):
        run(f"UPDATE {BLOCK} SET id = %s WHERE id = %s", number - 1, number)
    assert named(seals.verify(), "block_deleted") == {3}


@pytest.mark.parametrize(("one", "other"), [(2, 3), (1, 6)])
def test_blocks_that_changed_places_are_found(chain, one, other):
    swap(BLOCK, one, other)
    assert named(seals.verify(), "block_moved") == {one, other}


def test_a_block_copied_over_another_is_found(chain):
    columns = ", ".join(f'"{name}"' for name in BLOCK_EDITS)
    run(f"DELETE FROM {BLOCK} WHERE id = 4")
    run(f"INSERT INTO {BLOCK} (id, {columns}) SELECT 4, {columns} FROM {BLOCK} WHERE id = 2")
    report = seals.verify()
    assert "block_moved" in kinds(report)
    assert named(report, "block_moved") & {2, 4}


@pytest.mark.parametrize("with_events", [True, False])
@pytest.mark.parametrize("number", [1, 4, 6])
def test_a_cut_tail_is_found_by_the_head_file(chain, number, with_events):
    first = AuditBlock.objects.get(pk=number).first_id
    run(f"DELETE FROM {BLOCK} WHERE id >= %s", number)
    if with_events:
        run(f"DELETE FROM {EVENT} WHERE id >= %s", first)
    report = seals.verify()
    assert kinds(report) == {"tail_cut"}
    assert named(report, "tail_cut") == {number}


def test_the_sealer_does_not_bury_a_cut_tail(chain, head_file):
    run(f"DELETE FROM {BLOCK} WHERE id = 6")
    before = head_file.read_text()
    with pytest.raises(Refused) as refusal:
        seals.seal()
    assert refusal.value.code == "head_mismatch"
    assert head_file.read_text() == before
    assert kinds(seals.verify()) == {"tail_cut"}


def test_a_lost_head_file_is_found_and_accepted_only_with_a_reason(chain, head_file):
    head_file.unlink()
    assert kinds(seals.verify()) == {"head_missing"}
    with pytest.raises(Refused):
        seals.seal()
    with pytest.raises(Refused):
        seals.accept_head(reason=" ")
    seals.accept_head(reason="数据盘更换，从备份恢复")
    assert seals.seal()[0].count == 1
    assert seals.verify().findings == ()
    assert AuditEvent.objects.get(action="core.auditblock.accept_head").reason


@pytest.mark.parametrize("content", ["", "{", "[]", '{"block": "x"}', '{"block": 1}'])
def test_a_damaged_head_file_is_a_finding(chain, head_file, content):
    head_file.write_text(content)
    assert kinds(seals.verify()) == {"head_missing"}


def test_a_chain_written_anew_does_not_fit_the_head(chain, head_file):
    head = json.loads(head_file.read_text())
    head_file.write_text(json.dumps(head | {"seal": "0" * 64}))
    assert named(seals.verify(), "head_mismatch") == {6}


def test_a_head_that_lags_behind_is_caught_up(chain, head_file):
    """The sealer died between its commit and the file."""
    fourth = AuditBlock.objects.get(pk=4)
    seals.write_head(seals.Head(4, fourth.last_id, fourth.seal))
    assert seals.verify().findings == ()
    seals.seal()
    assert seals.read_head().block == 6


def test_events_without_a_seal_are_a_finding_after_a_minute(chain):
    unsealed = write(2)
    assert seals.verify().pending == 2
    report = seals.verify(now=timezone.now() + seconds(61))
    assert named(report, "unsealed") == {event.pk for event in unsealed}


def test_columns_that_no_longer_hold_their_type_are_found(chain):
    if POSTGRESQL:
        pytest.skip("PostgreSQL keeps the types of its columns itself")
    harmed = [chain[place] for place in (3, 11, 16, 17)]
    run(f"UPDATE {EVENT} SET at = '2026-99-99 00:00:00' WHERE id = %s", chain[3])
    run(f"UPDATE {EVENT} SET actor = CAST(x'ff00fe' AS TEXT) WHERE id = %s", chain[11])
    nested = "[" * 900 + "]" * 900
    run(f"UPDATE {EVENT} SET changes = %s WHERE id = %s", nested, chain[16])
    run(f"UPDATE {EVENT} SET changes = %s WHERE id = %s", '["\\ud800"]', chain[17])
    assert named(seals.verify(), "event_changed") == set(harmed)
    run(f"UPDATE {BLOCK} SET sealed_at = '2026-99-99 00:00:00' WHERE id = 2")
    run(f"UPDATE {BLOCK} SET sealed_at = 'never', count = 'many' WHERE id = 5")
    report = seals.verify()
    assert named(report, "block_changed") == {2, 5}
    assert named(report, "event_changed") == set(harmed)


# Tampering at random


def tamper(draw, ids):
    """One act of an intruder; gives the kinds that may name it and the places they must name."""
    act = draw.choice(
        ["edit", "delete", "swap", "edit block", "delete block", "swap blocks", "cut"]
    )
    if act == "edit":
        pk, column = draw.choice(ids), draw.choice(sorted(EDITS))
        run(f"UPDATE {EVENT} SET {column} = %s WHERE id = %s", EDITS[column], pk)
        return {"event_changed"}, {pk}
    if act == "delete":
        gone = draw.sample(ids, draw.randint(1, 6))
        run(f"DELETE FROM {EVENT} WHERE id IN ({','.join(map(str, gone))})")
        return {"event_deleted"}, set(gone)
    if act == "swap":
        one, other = draw.sample(ids, 2)
        swap(EVENT, one, other)
        return {"event_reordered", "event_changed"}, {one, other}
    if act == "edit block":
        number, column = draw.randint(1, 6), draw.choice(sorted(BLOCK_EDITS))
        run(f"UPDATE {BLOCK} SET {column} = %s WHERE id = %s", BLOCK_EDITS[column], number)
        return {"block_changed"}, {number}
    if act == "delete block":
        number = draw.randint(1, 5)
        run(f"DELETE FROM {BLOCK} WHERE id = %s", number)
        return {"block_deleted"}, {number}
    if act == "swap blocks":
        one, other = draw.sample(range(1, 7), 2)
        swap(BLOCK, one, other)
        return {"block_moved"}, {one, other}
    number = draw.randint(1, 6)
    run(f"DELETE FROM {EVENT} WHERE id >= (SELECT first_id FROM {BLOCK} WHERE id = %s)", number)
    run(f"DELETE FROM {BLOCK} WHERE id >= %s", number)
    return {"tail_cut"}, {number}


@pytest.mark.parametrize("seed", range(70))
def test_whatever_is_tampered_with_is_named(chain, seed):
    expected, places = tamper(random.Random(seed), chain)
    report = seals.verify()
    assert kinds(report) <= expected
    assert {place for kind in expected for place in named(report, kind)} == places
    assert all("封条" in str(finding) for finding in report.findings)


# The guard of the database


STATEMENTS = [
    f"UPDATE {EVENT} SET reason = 'x'",
    f"DELETE FROM {EVENT}",
    f"UPDATE {BLOCK} SET count = 0",
    f"DELETE FROM {BLOCK}",
    *([f"TRUNCATE {EVENT}", f"TRUNCATE {BLOCK}"] if POSTGRESQL else []),
]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_database_refuses_to_change_the_trail(db, statement):
    write(2)
    seals.seal()
    with pytest.raises(Error, match="append-only"), transaction.atomic():
        run(statement)
    assert AuditEvent.objects.count() == 2


@pytest.mark.parametrize("model", [AuditEvent, AuditBlock])
def test_the_orm_is_refused_too(db, model):
    write(2)
    seals.seal()
    row = model.objects.first()
    acts = [row.delete, row.save, model.objects.all().delete]
    for act in acts:
        with pytest.raises(Error, match="append-only"), transaction.atomic():
            act()
    assert seals.verify().findings == ()


def test_the_guard_can_be_taken_off_and_put_on(chain):
    GUARD.guard(None, SimpleNamespace(connection=connection))
    with pytest.raises(Error, match="append-only"), transaction.atomic():
        run(f"DELETE FROM {EVENT}")


# Act and trace


def test_an_act_and_its_trace_are_committed_together(world, monkeypatch):
    clerk = world.user("system_admin")
    count = AuditEvent.objects.count()

    def fails(**kwargs):
        raise OSError("the disk is full")

    monkeypatch.setattr(AuditEvent.objects, "create", fails)
    with pytest.raises(OSError, match="disk"):
        records.save(Department(organisation=world.city, code="1", name="办公室"), by=clerk)
    monkeypatch.undo()
    assert not Department.objects.exists()
    assert AuditEvent.objects.count() == count
    with transaction.atomic():
        records.save(Department(organisation=world.city, code="1", name="办公室"), by=clerk)
        transaction.set_rollback(True)
    assert not Department.objects.exists()
    assert AuditEvent.objects.count() == count
    records.save(Department(organisation=world.city, code="1", name="办公室"), by=clerk)
    assert AuditEvent.objects.count() == count + 1


HOSTILE = ["a\r\nb", "\x1b[31mred\x1b[0m", '"], "x": ["', "\u2028line", "\x85next", "😀"]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_one_line_of_json(db, text):
    with transaction.atomic():
        audit.record("core.test.act", by=None, label=text, reason=text, changes={text: [text]})
    (entry,) = seals.entries(seals.Q())
    assert "\n" not in entry.content
    assert "\r" not in entry.content
    assert "\x1b" not in entry.content
    assert text in json.loads(entry.content)
    seals.seal()
    assert seals.verify().findings == ()


# The command


def test_the_command_says_what_it_looked_at(chain, capsys):
    call_command("audit", "verify")
    out = capsys.readouterr().out
    assert out == "已核验封条 6 个、已封存事件 30 条，另有待封存事件 0 条，未发现问题。\n"
    write(3)
    call_command("audit", "seal")
    assert capsys.readouterr().out == "已封存 3 条，新增封条 1 个。\n"
    call_command("audit", "head")
    assert tuple(capsys.readouterr().out.split()) == tuple(map(str, seals.read_head()))


def test_the_command_fails_with_the_findings(chain, capsys):
    run(f"UPDATE {EVENT} SET reason = 'x' WHERE id = %s", chain[7])
    with pytest.raises(SystemExit) as stop:
        call_command("audit", "verify")
    assert stop.value.code == 1
    first, last = capsys.readouterr().err.splitlines()
    assert first == f"事件 {chain[7]} 的内容被改动（第 2 号封条）。"
    assert last.endswith("发现问题 1 处。")


def test_the_command_seals_no_broken_chain(chain, head_file, capsys):
    head_file.unlink()
    with pytest.raises(SystemExit) as stop:
        call_command("audit", "seal")
    assert stop.value.code == 1
    assert "manage.py audit verify" in capsys.readouterr().err
    call_command("audit", "head", "--accept", "数据盘更换")
    call_command("audit", "seal")
    call_command("audit", "verify")


def test_many_events_make_several_blocks(db, monkeypatch):
    monkeypatch.setattr(seals, "BLOCK_SIZE", 4)
    write(10)
    assert [block.count for block in seals.seal()] == [4, 4, 2]
    assert seals.verify().sealed == 10


def test_of_two_sealers_one_seals(db, monkeypatch):
    write(3)
    late = seals._late

    def overtaken(now):
        monkeypatch.setattr(seals, "_late", late)
        seals.seal()
        return late(now)

    monkeypatch.setattr(seals, "_late", overtaken)
    assert seals.seal() == []
    assert [block.count for block in AuditBlock.objects.all()] == [3]
    assert seals.verify().findings == ()


def test_what_the_beat_sends_is_a_task_that_seals(db, settings):
    from celery import current_app

    write(3)
    task = current_app.tasks[settings.CELERY_BEAT_SCHEDULE["seal-audit"]["task"]]
    task()
    assert (seals.verify().sealed, seals.verify().pending) == (3, 0)
