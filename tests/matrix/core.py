"""The rows of core: the portal, the admin's own addresses, accounts, figures, work, the trail."""

import datetime
import io
import uuid
from collections.abc import Callable
from typing import Any

from django.utils import timezone

from core import audit
from core.models import (
    Assignment,
    CalendarDay,
    DeclaredKin,
    Department,
    IndicatorDefinition,
    Job,
    MachineKey,
    ManualFigure,
    Notice,
    Objection,
    Organisation,
    Publicity,
    StoredFile,
    User,
)
from core.services import files
from tests.factories.core import PASSWORD, UserFactory, account_number
from tests.factories.postings import posted
from tests.factories.proceedings import build
from tests.matrix.rows import (
    AID,
    AUDIT,
    CONTESTS,
    EVERYBODY,
    FINANCE,
    HONOURS,
    REASON,
    STAFF,
    Maker,
    Row,
)

SEPARATED = "system_admin security_admin auditor"
# Who holds a role that may be left to somebody else.
HOLDERS = " ".join(role for role in EVERYBODY.split() if role not in f"{SEPARATED} nobody".split())
ACCOUNTS = "system_admin security_admin revealer"  # staff that views accounts
OFFICES = f"{AID} {FINANCE} {AUDIT} {HONOURS} {CONTESTS}"  # of the trades, beside clerk and head
LOOKS = f"system_admin security_admin clerk head {OFFICES}"  # staff views organisations
EVERYWHERE = ("own", "child", "sibling", "parent", "other")
MUNICIPAL = "kept at the root of the tree alone: tests/core/test_calendar.py"
PUBLICITY = (
    f"head town_reviewer aid_clerk aid_reviewer aid_approver data_checker {HONOURS} {CONTESTS}"
)
OBJECTIONS = f"aid_clerk aid_reviewer aid_approver {HONOURS} {CONTESTS}"
INVESTIGATORS = "aid_clerk aid_reviewer honours_clerk honours_reviewer competitions_clerk"
WITHDRAWERS = "aid_clerk honours_clerk competitions_clerk"
STRONG = "a much longer one 2026"

ROWS: dict[str, Row] = {
    # The portal.
    "home": Row(EVERYBODY),
    "notices": Row(EVERYBODY),
    "notice": Row(subject="notice", reads=False, writes=EVERYBODY, post={}, reach=("actor",)),
    "jobs": Row(EVERYBODY),
    "job": Row("clerk head leader chair", "job"),
    "job_progress": Row("clerk head leader chair", "job"),
    "job_retry": Row("clerk head chair", "job", writes="clerk head chair", post={}),
    "file": Row(
        f"{LOOKS} leader chair committee judge",
        "storedfile",
        address=lambda row: {"token": row.token if row else uuid.UUID(int=0)},
    ),
    "account": Row(EVERYBODY),
    "password_change": Row(
        EVERYBODY, writes=EVERYBODY, post={"old": PASSWORD, "new": STRONG, "again": STRONG}
    ),
    "kin_declare": Row(
        EVERYBODY,
        writes=EVERYBODY,
        post={"name": "王桂兰", "relation": "spouse", "certificate_number": account_number(30_000)},
    ),
    "kin_end": Row(
        EVERYBODY,
        "declaredkin",
        writes=EVERYBODY,
        post=REASON,
        reach=("actor",),
    ),
    "delegate": Row(
        HOLDERS,
        "held_role",
        writes=HOLDERS,
        post=lambda world: {
            "to": User.objects.get(username="user-of-own").pk,
            "until": timezone.localdate().isoformat(),
            **REASON,
        },
        reach=("actor",),
    ),
    "delegation_end": Row(
        f"{HOLDERS} {SEPARATED}",
        "delegation",
        writes=f"{HOLDERS} {SEPARATED}",
        post=REASON,
        reach=("actor",),
    ),
    "login": Row(public="the way in"),
    "logout": Row(reads=False, writes=EVERYBODY, post={}),
    # The admin's own addresses.
    "admin:index": Row(STAFF),
    "admin:login": Row(public="leads to the one login page"),
    "admin:logout": Row(reads=False, writes=STAFF, post={}),
    "admin:jsi18n": Row(STAFF),
    "admin:app_list": Row(STAFF, args={"app_label": "core"}),
    "admin:autocomplete": Row(
        LOOKS,
        query={"app_label": "core", "model_name": "department", "field_name": "organisation"},
    ),
    # Organisations and departments.
    "admin:core_organisation_changelist": Row(LOOKS),
    "admin:core_organisation_add": Row(
        "clerk head",
        writes="clerk head",
        post=lambda world: {
            "parent": world.own.pk,
            "code": "new",
            "name": "新建工会",
            "level": "branch",
        },
    ),
    "admin:core_organisation_change": Row(
        LOOKS,
        "organisation",
        writes="clerk head",
        sees=f"system_admin security_admin {OFFICES}",
        post={"code": "changed", "name": "改名工会", "level": "branch"},
    ),
    "admin:core_organisation_history": Row(LOOKS, "organisation"),
    "admin:core_organisation_move": Row(
        "head",
        "organisation",
        sees=f"system_admin security_admin clerk {OFFICES}",
        writes="head",
        post=lambda world: {"parent": world.organisation("second").pk, "on": "2026-03-01"},
        lands=("child",),  # the right is needed at the old superior too
    ),
    "admin:core_organisation_close": Row(
        "clerk head",
        "organisation",
        sees=f"system_admin security_admin {OFFICES}",
        writes="clerk head",
        post={"on": "2026-03-01", **REASON},
    ),
    "admin:core_department_changelist": Row(LOOKS),
    "admin:core_department_add": Row(
        "system_admin",
        writes="system_admin",
        post=lambda world: {"organisation": world.own.pk, "code": "new", "name": "新部门"},
    ),
    "admin:core_department_change": Row(
        LOOKS,
        "department",
        sees=f"security_admin clerk head {OFFICES}",
        writes="system_admin",
        post=lambda world: {"organisation": world.own.pk, "code": "n", "name": "改名部门"},
    ),
    "admin:core_department_history": Row(LOOKS, "department"),
    # Accounts and grants.
    "admin:core_user_changelist": Row(ACCOUNTS),
    "admin:core_user_add": Row(
        "system_admin",
        writes="system_admin",
        post=lambda world: {
            "username": "newcomer",
            "display_name": "李四",
            "organisation": world.own.pk,
            "password1": STRONG,
        },
    ),
    "admin:core_user_change": Row(
        ACCOUNTS,
        "user",
        sees="security_admin revealer",
        writes="system_admin",
        post=lambda world: {
            "username": "renamed",
            "display_name": "李四",
            "organisation": world.own.pk,
        },
    ),
    "admin:core_user_history": Row(ACCOUNTS, "user"),
    "admin:core_user_reveal": Row(
        "revealer",
        "user",
        args={"field": "phone"},
        sees="system_admin security_admin",
        writes="revealer",
        post=REASON,
    ),
    "admin:core_user_reset_password": Row(
        "system_admin",
        "user",
        sees="security_admin revealer",
        writes="system_admin",
        post={"password1": STRONG, **REASON},
    ),
    "admin:core_user_deactivate": Row(
        "system_admin", "user", sees="security_admin revealer", writes="system_admin", post=REASON
    ),
    "admin:core_user_reactivate": Row(
        "system_admin",
        "closed_user",
        sees="security_admin revealer",
        writes="system_admin",
        post=REASON,
    ),
    "admin:core_machinekey_changelist": Row("security_admin"),
    "admin:core_machinekey_add": Row(
        "security_admin",
        writes="security_admin",
        post=lambda world: {
            "user": User.objects.get(username="machine-of-own").pk,
            "label": "联调",
            "party": "",
            "expires_on": timezone.localdate(),
        },
    ),
    "admin:core_machinekey_change": Row("security_admin", "machinekey"),
    "admin:core_machinekey_history": Row("security_admin", "machinekey"),
    "admin:core_machinekey_revoke": Row(
        "security_admin", "machinekey", writes="security_admin", post=REASON
    ),
    "admin:core_assignment_changelist": Row("security_admin"),
    "admin:core_assignment_add": Row(
        "security_admin",
        writes="security_admin",
        post=lambda world: {
            "user": User.objects.get(username="user-of-child").pk,
            "role": "chair",
            "organisation": world.child.pk,
        },
    ),
    "admin:core_assignment_change": Row("security_admin", "assignment"),
    "admin:core_assignment_history": Row("security_admin", "assignment"),
    "admin:core_assignment_delegate": Row(
        "security_admin",
        "assignment",
        writes="security_admin",
        post=lambda world: {
            "to": User.objects.get(username="user-of-own").pk,
            "until": timezone.localdate().isoformat(),
            **REASON,
        },
    ),
    "admin:core_assignment_revoke": Row(
        "security_admin", "assignment", writes="security_admin", post=REASON
    ),
    "admin:core_declaredkin_changelist": Row("security_admin"),
    "admin:core_declaredkin_change": Row("security_admin", "declaredkin"),
    "admin:core_declaredkin_history": Row("security_admin", "declaredkin"),
    # Figures.
    "admin:core_manualfigure_changelist": Row("clerk head"),
    "admin:core_manualfigure_add": Row(
        "clerk head",
        writes="clerk head",
        post=lambda world: {
            "code": "matrix.base",
            "organisation": world.own.pk,
            "start": "2020-01-01",
            "end": "2020-12-31",
            "value": "120",
            "source": "统计年鉴",
        },
    ),
    "admin:core_manualfigure_change": Row("clerk head", "manualfigure"),
    "admin:core_manualfigure_history": Row("clerk head", "manualfigure"),
    "admin:core_manualfigure_sign_off": Row(
        "head", "manualfigure", sees="clerk", writes="head", post={}
    ),
    "admin:core_manualfigure_withdraw": Row(
        "clerk head", "manualfigure", writes="clerk head", post=REASON
    ),
    "admin:core_indicatordefinition_changelist": Row("clerk head"),
    "admin:core_indicatordefinition_add": Row(
        "head",
        writes="head",
        post=lambda world: {
            "code": "own.new",
            "label": "新指标",
            "source": "本级规定",
            "organisation": world.own.pk,
            "definition": '{"kind": "manual", "unit": "人"}',
        },
    ),
    "admin:core_indicatordefinition_change": Row(
        "clerk head",
        "indicatordefinition",
        sees="clerk",
        writes="head",
        post=lambda world: {
            "code": "own.changed",
            "label": "改名指标",
            "source": "本级规定",
            "organisation": world.own.pk,
            "definition": '{"kind": "manual", "unit": "人"}',
        },
    ),
    "admin:core_indicatordefinition_history": Row("clerk head", "indicatordefinition"),
    # The calendar: one for the city, which its federation keeps.
    "admin:core_calendarday_changelist": Row(LOOKS),
    "admin:core_calendarday_change": Row(LOOKS, "calendarday", reach=EVERYWHERE),
    "admin:core_calendarday_history": Row(LOOKS, "calendarday", reach=EVERYWHERE),
    "admin:core_calendarday_add": Row(nobody=MUNICIPAL),
    "admin:core_calendarday_remove": Row(
        subject="calendarday", sees=LOOKS, reach=EVERYWHERE, nobody=MUNICIPAL
    ),
    # Publicity: the pages of everybody, and the screens.
    "publicities": Row(public="what is shown to the public is shown to everybody"),
    "publicity": Row(subject="publicity", public="the list that everybody may look at"),
    "publicity_objection": Row(subject="publicity", public="everybody may object, unnamed"),
    "publicity_receipt": Row(public="an objector has no account, but a code nobody can guess"),
    "admin:core_publicity_changelist": Row(PUBLICITY),
    "admin:core_publicity_change": Row(PUBLICITY, "publicity"),
    "admin:core_publicity_history": Row(PUBLICITY, "publicity"),
    "admin:core_publicity_withdraw": Row(
        WITHDRAWERS,
        "publicity",
        sees=PUBLICITY,
        writes=WITHDRAWERS,
        post=REASON,
    ),
    "admin:core_objection_changelist": Row(OBJECTIONS),
    "admin:core_objection_change": Row(OBJECTIONS, "objection"),
    "admin:core_objection_history": Row(OBJECTIONS, "objection"),
    "admin:core_objection_reveal": Row(
        INVESTIGATORS,
        "objection",
        args={"field": "phone"},
        sees=OBJECTIONS,
        writes=INVESTIGATORS,
        post=REASON,
    ),
    # Work, files, the trail.
    "admin:core_job_changelist": Row("clerk head"),
    "admin:core_job_change": Row("clerk head", "job"),
    "admin:core_job_history": Row("clerk head", "job"),
    "admin:core_job_retry": Row("clerk head", "job", writes="clerk head", post={}),
    "admin:core_storedfile_changelist": Row("clerk head"),
    "admin:core_storedfile_change": Row("clerk head", "storedfile"),
    "admin:core_storedfile_history": Row("clerk head", "storedfile"),
    "admin:core_auditevent_changelist": Row("auditor"),
    "admin:core_auditevent_change": Row("auditor", "auditevent"),
}


def department(place: Organisation, token: str) -> Department:
    return Department.objects.create(organisation=place, code="d", name=token)


def user(place: Organisation, token: str) -> User:
    return UserFactory(
        username=f"user-of-{place.code}",
        display_name=token,
        organisation=place,
        phone="13800000001",
    )


def closed_user(place: Organisation, token: str) -> User:
    return UserFactory(
        username=f"closed-of-{place.code}",
        display_name=token,
        organisation=place,
        is_active=False,
    )


def assignment(place: Organisation, token: str) -> Assignment:
    holder = UserFactory(username=f"holder-of-{place.code}", display_name=token, organisation=place)
    return Assignment.objects.create(user=holder, organisation=place, role="leader")


def held_role(place: Organisation, token: str) -> Assignment:
    holder = UserFactory(display_name=token, organisation=place)
    return Assignment.objects.create(user=holder, organisation=place, role="leader")


def delegation(source: Assignment) -> Assignment:
    """What somebody, who may do nothing besides, holds in the place of another."""
    taker = UserFactory(organisation=source.organisation)
    return Assignment.objects.create(
        user=taker,
        organisation=source.organisation,
        role=source.role,
        until=timezone.localdate(),
        delegated_from=source,
    )


# Of the one who has no role there is nothing of it.
OWNED: dict[str, Callable[[User], Any]] = {
    "held_role": lambda user: user.assignments.first(),
    "delegation": lambda user: user.grants and delegation(user.assignments.first()),
}


def declaredkin(place: Organisation, token: str) -> DeclaredKin:
    holder = UserFactory(username=f"kin-of-{place.code}", display_name=token, organisation=place)
    number = account_number(30_001)
    return DeclaredKin.objects.create(
        user=holder, name=token, relation="spouse", certificate_number=number
    )


def job(place: Organisation, token: str, state: str = Job.State.FAILED) -> Job:
    return Job.objects.create(
        kind="tests.matrix",
        label=token,
        organisation=place,
        requested_by=None,
        state=state,
        finished_at=timezone.now(),
    )


def machinekey(place: Organisation, token: str) -> MachineKey:
    user = UserFactory(
        username=f"machine-of-{place.code}", organisation=place, certificate_number=None
    )
    until = timezone.localdate()
    return MachineKey.objects.create(
        user=user, label=token[:60], prefix=place.code[:12], digest=b"", expires_on=until
    )


def storedfile(place: Organisation, token: str) -> StoredFile:
    return files.store(
        io.BytesIO(token.encode()),
        name=token,
        media_type="text/plain",
        permission="core.view_organisation",
        organisation=place,
        by=None,
    )


def auditevent(place: Organisation, token: str) -> Any:
    return audit.record("core.organisation.change", by=None, organisation=place, label=token)


def notice(place: Organisation, token: str) -> Notice:
    holder = UserFactory(username=f"told-of-{place.code}", display_name=token, organisation=place)
    return Notice.objects.create(user=holder, text=token)


def indicatordefinition(place: Organisation, token: str) -> IndicatorDefinition:
    maker = UserFactory(username=f"maker-of-{place.code}", organisation=place)
    return IndicatorDefinition.objects.create(
        code=f"own.{place.code}",
        label="上级指标" if place.code == "town" else token,  # offered to those below
        source=token,
        definition={"kind": "manual", "unit": "人"},
        organisation=place,
        created_by=maker,
    )


def manualfigure(place: Organisation, token: str) -> ManualFigure:
    enterer = UserFactory(username=f"enterer-of-{place.code}", organisation=place)
    return ManualFigure.objects.create(
        code="matrix.base",
        organisation=place,
        start="2021-01-01",
        end="2021-12-31",
        value=100,
        source=token,
        entered_by=enterer,
    )


def calendarday(place: Organisation, token: str) -> CalendarDay:
    date = datetime.date(2030, 1, 1) + datetime.timedelta(weeks=CalendarDay.objects.count())
    return CalendarDay.objects.create(date=date, is_working=False, name="元旦")


def publicity(place: Organisation, token: str) -> Publicity:
    """The token stands in what only staff see: who posted it."""
    by = UserFactory(username=f"poster-of-{place.code}", display_name=token, organisation=place)
    return posted(place, by)


def objection(place: Organisation, token: str) -> Objection:
    return build(Objection, place, Objection.State.RECEIVED, token)


SUBJECTS: dict[str, Maker] = {
    "department": department,
    "user": user,
    "closed_user": closed_user,
    "assignment": assignment,
    "machinekey": machinekey,
    "declaredkin": declaredkin,
    "held_role": held_role,
    "delegation": lambda place, token: delegation(held_role(place, token)),
    "job": job,
    "storedfile": storedfile,
    "auditevent": auditevent,
    "notice": notice,
    "indicatordefinition": indicatordefinition,
    "manualfigure": manualfigure,
    "calendarday": calendarday,
    "publicity": publicity,
    "objection": objection,
}
