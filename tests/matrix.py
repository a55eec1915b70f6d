"""The permission matrix: for every address, who may use it and on whose rows.

Each actor holds one role at the union `own`. A row of the table says which of them may: they get
2xx on rows of `own` and of `child` below it, and 404 on rows of the sibling, the parent, another
district and on a missing one, all with the same bytes. Whoever is not named gets 403 or 404, the
same for all rows, so that nothing can be told from it; or, named in `sees`, sees the row but may
not do this with it: 403 where it is seen, 404 elsewhere.

An app adds its rows and subjects to ROWS and SUBJECTS. An address without a row fails the suite.
"""

import io
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core import audit, indicators, roles
from core.models import (
    Assignment,
    Department,
    IndicatorDefinition,
    Job,
    ManualFigure,
    Notice,
    Organisation,
    SheetImport,
    SheetMapping,
    StoredFile,
    User,
)
from core.periods import Period
from core.roles import Role
from core.services import files, organisations
from members import rules
from members.models import (
    Coverage,
    DuplicateCandidate,
    Employer,
    HeadcountReport,
    Mechanism,
    Membership,
    Merge,
    Post,
    Transfer,
    UnionProfile,
)
from members.services import merging
from reports.models import Figure, ReportDefinition, ReportRun
from tests.factories import members as register
from tests.factories.core import PASSWORD, UserFactory, World

# Nobody may reveal the numbers of accounts, so the matrix adds a role that may.
REVEALER = Role(
    "revealer", "查看人", frozenset({"core.view_user", "core.reveal_user"}), door="admin"
)
STAFF = "system_admin security_admin auditor clerk head revealer"
PORTAL = "leader chair"
EVERYBODY = f"{STAFF} {PORTAL} nobody"
ACCOUNTS = "system_admin security_admin revealer"  # staff that views accounts
LOOKS = "system_admin security_admin clerk head"  # staff that views organisations
REGISTER = "clerk head"  # staff that keeps the register
KEEPERS = f"{REGISTER} chair"  # who keeps a roster in the portal


@dataclass(frozen=True)
class Row:
    """One address. `who` are the roles that may read it, `writes` those that may post `post`.

    `subject` names the builder in SUBJECTS of the rows that stand in the address; None for an
    address without one. `reach` are the places whose rows an entitled actor reaches, `lands` those
    where posting succeeds. `public` is the reason why the address needs no role.
    """

    who: str = ""
    subject: str | None = None
    sees: str = ""
    writes: str = ""
    post: dict[str, Any] | Callable[[Any], dict[str, Any]] | None = None
    reach: tuple[str, ...] = ("own", "child")
    lands: tuple[str, ...] = ("own", "child", "actor")
    args: dict[str, Any] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    public: str = ""
    reads: bool = True  # False: the address takes POST only


REASON = {"reason": "测试办理事由"}
STRONG = "a much longer one 2026"
COUNTS = dict.fromkeys(
    [
        *rules.HEADCOUNT_LABELS,
        *["employers", "cadres_full_time", "cadres_part_time", "social_workers"],
    ],
    3,
)


def _cadre(world: World) -> dict[str, Any]:
    day = {"organisation": world.own.pk, "since": "2022-01-01"}
    return {"holder_name": "刘洋", "kind": "cadre", **day}


def _election(world: World) -> dict[str, Any]:
    return {"organisation": world.own.pk, "kind": "election", "since": "2022-01-01"}


def _number_of_sibling(world: World) -> dict[str, str]:
    found = Membership.objects.filter(organisation=world.sibling).order_by("pk")[0]
    return {"number": found.person.certificate_number.clear()}


class Again(SimpleUploadedFile):
    """An upload that many actors send one after the other."""

    def read(self, *size: int) -> bytes:
        self.seek(0)
        return super().read(*size)


ROWS: dict[str, Row] = {
    # The portal.
    "home": Row(EVERYBODY),
    "notices": Row(EVERYBODY),
    "notice": Row(subject="notice", reads=False, writes=EVERYBODY, post={}, reach=("actor",)),
    "jobs": Row(EVERYBODY),
    "job": Row("clerk head leader chair", "job"),
    "job_progress": Row("clerk head leader chair", "job"),
    "job_retry": Row("clerk head chair", "job", writes="clerk head chair", post={}),
    "reports:shelf": Row("clerk head leader"),
    "reports:start": Row("clerk head"),
    "reports:run": Row("clerk head leader", "published_run"),
    "reports:check": Row("clerk head", "run", writes="clerk head", post={}),
    "reports:sign": Row("head", "checked_run", sees="clerk", writes="head", post={}),
    "reports:publish": Row("head", "signed_run", sees="clerk", writes="head", post={}),
    "reports:figure": Row("clerk head leader", "figure"),
    "reports:figure_export": Row(
        subject="figure", reads=False, writes="clerk head leader", post={}
    ),
    "admin:reports_reportdefinition_changelist": Row("clerk head"),
    "admin:reports_reportdefinition_add": Row("head"),
    "admin:reports_reportdefinition_change": Row("clerk head", "reportdefinition"),
    "admin:reports_reportdefinition_history": Row("clerk head", "reportdefinition"),
    "file": Row("system_admin security_admin clerk head leader chair", "file"),
    "sheets": Row("clerk head chair"),
    "sheet_import": Row("clerk head chair", "sheet_import"),
    "sheet_undo": Row("clerk head chair", "written_import", writes="clerk head chair", post={}),
    "sheet_mend": Row(
        "clerk head chair",
        "roster_import",
        args={"number": 2},
        writes="clerk head chair",
        post={"name": "张建国"},
    ),
    "sheet_confirm": Row("clerk head chair", "mended_import", writes="clerk head chair", post={}),
    "sheet_mapping": Row(
        "clerk head chair",
        "strange_import",
        writes="clerk head chair",
        post={
            "place_name": "0",
            "place_number": "1",
            "place_organisation": "2",
            "place_joined_on": "3",
        },
    ),
    "sheet_mappings": Row("clerk head chair"),
    "sheet_mapping_delete": Row(
        "clerk head chair", "sheetmapping", writes="clerk head chair", post={}
    ),
    "sheet_template": Row("clerk head chair", args={"name": "members"}),
    "sheet_upload": Row(
        "clerk head chair",
        args={"name": "members"},
        writes="clerk head chair",
        post=lambda world: {
            "organisation": world.own.pk,
            "file": Again("名册.csv", "姓名".encode()),
            "mode": "strict",
        },
    ),
    "sheet_export": Row(
        "clerk head chair",
        args={"name": "members"},
        writes="clerk head chair",
        post=lambda world: {
            "organisation": world.own.pk,
            "ending": ".csv",
            "purpose": "年度名册核对",
        },
    ),
    # The roster of the own union in the portal.
    "members:roster": Row("clerk head leader chair"),
    "members:member": Row("clerk head leader chair", "membership"),
    "members:enrol": Row(
        KEEPERS,
        writes=KEEPERS,
        post=lambda world: {
            "organisation": world.own.pk,
            "joined_on": "2024-03-01",
            "name": "李梅",
            "certificate_type": "resident",
            "certificate_number": register.resident_number(),
        },
    ),
    "members:correct": Row(
        KEEPERS,
        "membership",
        sees="leader",
        writes=KEEPERS,
        post={"name": "李梅", "joined_on": "2020-06-01", "status": "working"},
    ),
    "members:leave": Row(
        KEEPERS,
        "membership",
        sees="leader",
        writes=KEEPERS,
        post={"on": "2024-01-01", "reason": "quit"},
    ),
    "account": Row(EVERYBODY),
    "password_change": Row(
        EVERYBODY, writes=EVERYBODY, post={"old": PASSWORD, "new": STRONG, "again": STRONG}
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
        sees="system_admin security_admin",
        post={"code": "changed", "name": "改名工会", "level": "branch"},
    ),
    "admin:core_organisation_history": Row(LOOKS, "organisation"),
    "admin:core_organisation_move": Row(
        "head",
        "organisation",
        sees="system_admin security_admin clerk",
        writes="head",
        post=lambda world: {"parent": world.organisation("second").pk, "on": "2026-03-01"},
        lands=("child",),  # the right is needed at the old superior too
    ),
    "admin:core_organisation_close": Row(
        "clerk head",
        "organisation",
        sees="system_admin security_admin",
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
        sees="security_admin clerk head",
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
    "admin:core_assignment_revoke": Row(
        "security_admin", "assignment", writes="security_admin", post=REASON
    ),
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
    # The register: employers and the unions that cover them.
    "admin:members_employer_changelist": Row(REGISTER),
    "admin:members_employer_add": Row(
        REGISTER,
        writes=REGISTER,
        post=lambda world: {
            "organisation": world.own.pk,
            "name": "新建企业",
            "credit_code": register.credit_code(),
            "ownership": "170",
            "industry": "C",
        },
    ),
    "admin:members_employer_change": Row(
        REGISTER,
        "employer",
        writes=REGISTER,
        post=lambda world: {
            "organisation": world.own.pk,
            "name": "改名企业",
            "credit_code": register.credit_code(),
            "ownership": "170",
            "industry": "C",
        },
    ),
    "admin:members_employer_history": Row(REGISTER, "employer"),
    "admin:members_employer_reveal": Row(
        REGISTER, "employer", args={"field": "phone"}, writes=REGISTER, post=REASON
    ),
    "admin:members_employer_cover": Row(
        REGISTER,
        "employer",
        writes=REGISTER,
        post=lambda world: {"union": world.own.pk, "since": "2024-01-01"},
    ),
    "admin:members_employer_uncover": Row(
        REGISTER, "covered_employer", writes=REGISTER, post={"on": "2025-01-01", **REASON}
    ),
    # Unions: particulars, posts, mechanisms, yearly returns.
    "admin:members_unionprofile_changelist": Row(REGISTER),
    "admin:members_unionprofile_add": Row(
        REGISTER,
        writes=REGISTER,
        post=lambda world: {
            "organisation": world.organisation("second").pk,
            "kind": "branch",
        },
    ),
    "admin:members_unionprofile_change": Row(
        REGISTER, "unionprofile", writes=REGISTER, post={"kind": "branch", "chair_name": "刘洋"}
    ),
    "admin:members_unionprofile_history": Row(REGISTER, "unionprofile"),
    "admin:members_unionprofile_reveal": Row(
        REGISTER, "unionprofile", args={"field": "chair_phone"}, writes=REGISTER, post=REASON
    ),
    "admin:members_post_changelist": Row(REGISTER),
    "admin:members_post_add": Row(REGISTER, writes=REGISTER, post=_cadre),
    "admin:members_post_change": Row(REGISTER, "post", writes=REGISTER, post=_cadre),
    "admin:members_post_history": Row(REGISTER, "post"),
    "admin:members_mechanism_changelist": Row(REGISTER),
    "admin:members_mechanism_add": Row(REGISTER, writes=REGISTER, post=_election),
    "admin:members_mechanism_change": Row(REGISTER, "mechanism", writes=REGISTER, post=_election),
    "admin:members_mechanism_history": Row(REGISTER, "mechanism"),
    "admin:members_headcountreport_changelist": Row(REGISTER),
    "admin:members_headcountreport_add": Row(
        REGISTER,
        writes=REGISTER,
        post=lambda world: {"organisation": world.own.pk, "year": 2023, **COUNTS},
    ),
    "admin:members_headcountreport_change": Row(
        REGISTER, "headcountreport", writes=REGISTER, post=COUNTS
    ),
    "admin:members_headcountreport_history": Row(REGISTER, "headcountreport"),
    "admin:members_headcountreport_submit": Row(
        REGISTER, "headcountreport", writes=REGISTER, post={}
    ),
    "admin:members_headcountreport_accept": Row(
        "head", "submitted_headcountreport", sees="clerk", writes="head", post={}
    ),
    "admin:members_headcountreport_send_back": Row(
        "head",
        "submitted_headcountreport",
        sees="clerk",
        writes="head",
        post={"reason": "数据不全"},
    ),
    # Members and their transfers.
    "admin:members_membership_changelist": Row(REGISTER),
    "admin:members_membership_find": Row(REGISTER, post=_number_of_sibling),
    "admin:members_membership_add": Row(
        REGISTER,
        writes=REGISTER,
        post=lambda world: {
            "organisation": world.own.pk,
            "joined_on": "2024-03-01",
            "name": "李梅",
            "certificate_type": "resident",
            "certificate_number": register.resident_number(),
        },
    ),
    "admin:members_membership_change": Row(REGISTER, "membership"),
    "admin:members_membership_history": Row(REGISTER, "membership"),
    "admin:members_membership_reveal": Row(
        REGISTER, "membership", args={"field": "certificate_number"}, writes=REGISTER, post=REASON
    ),
    "admin:members_membership_correct": Row(
        REGISTER,
        "membership",
        writes=REGISTER,
        post={"name": "李梅", "joined_on": "2020-06-01", "status": "working"},
    ),
    "admin:members_membership_transfer": Row(
        REGISTER,
        "membership",
        writes=REGISTER,
        post={"target": "foreign", "on": "2025-01-01"},
    ),
    "admin:members_membership_keep": Row(
        REGISTER,
        "membership",
        writes=REGISTER,
        post={"since": "2023-01-01", "status": "retired"},
    ),
    "admin:members_membership_leave": Row(
        REGISTER, "membership", writes=REGISTER, post={"on": "2024-01-01", "reason": "quit"}
    ),
    "admin:members_membership_look_alike": Row(REGISTER, "membership", writes=REGISTER, post={}),
    # Persons who may be one.
    "admin:members_duplicatecandidate_changelist": Row(REGISTER),
    "admin:members_duplicatecandidate_search": Row(REGISTER, writes=REGISTER, post={}),
    "admin:members_duplicatecandidate_change": Row(REGISTER, "pair"),
    "admin:members_duplicatecandidate_history": Row(REGISTER, "pair"),
    "admin:members_duplicatecandidate_merge": Row(
        REGISTER, "pair", writes=REGISTER, post={"survivor": "first", **REASON}
    ),
    "admin:members_duplicatecandidate_apart": Row(
        REGISTER, "pair", writes=REGISTER, post={"why": "已电话核实"}
    ),
    "admin:members_merge_changelist": Row(REGISTER),
    "admin:members_merge_change": Row(REGISTER, "merge"),
    "admin:members_merge_history": Row(REGISTER, "merge"),
    "admin:members_merge_undo": Row("head", "merge", sees="clerk", writes="head", post=REASON),
    "admin:members_transfer_changelist": Row(REGISTER),
    "admin:members_transfer_change": Row(REGISTER, "transfer"),
    "admin:members_transfer_history": Row(REGISTER, "transfer"),
    "admin:members_transfer_accept": Row(
        REGISTER, "transfer", writes=REGISTER, post={"on": "2025-01-10"}
    ),
    "admin:members_transfer_decline": Row(
        REGISTER, "transfer", writes=REGISTER, post={"on": "2025-01-10", "reason": "未到岗"}
    ),
}


# One row of each kind for each organisation, every one carrying the organisation's token.


def _department(place: Organisation, token: str) -> Department:
    return Department.objects.create(organisation=place, code="d", name=token)


def _user(place: Organisation, token: str) -> User:
    return UserFactory(
        username=f"user-of-{place.code}",
        display_name=token,
        organisation=place,
        phone="13800000001",
    )


def _closed_user(place: Organisation, token: str) -> User:
    return UserFactory(
        username=f"closed-of-{place.code}",
        display_name=token,
        organisation=place,
        is_active=False,
    )


def _assignment(place: Organisation, token: str) -> Assignment:
    holder = UserFactory(username=f"holder-of-{place.code}", display_name=token, organisation=place)
    return Assignment.objects.create(user=holder, organisation=place, role="leader")


def _job(place: Organisation, token: str, state: str = Job.State.FAILED) -> Job:
    return Job.objects.create(
        kind="tests.matrix",
        label=token,
        organisation=place,
        requested_by=None,
        state=state,
        finished_at=timezone.now(),
    )


def _sheet_import(place: Organisation, token: str) -> SheetImport:
    """One that is finished, with a wrong row and its workbook."""
    made = SheetImport.objects.create(
        job=Job.objects.create(
            kind="core.sheet_import",
            label="导入表格",
            organisation=place,
            requested_by=UserFactory(organisation=place),
            state=Job.State.DONE,
        ),
        sheet="members",
        organisation=place,
        upload=_storedfile(place, token),
        error_file=_storedfile(place, token),
        state=SheetImport.State.REFUSED,
        read=1,
        rejected=1,
    )
    finding = {"column": "姓名", "code": "required", "message": token, "suggestion": ""}
    made.rows.create(number=2, outcome="rejected", errors=[finding], digest=b"")
    return made


def _written_import(place: Organisation, token: str) -> SheetImport:
    """One that is finished and has added a member, whom nobody has touched since."""
    made = _sheet_import(place, token)
    made.rows.update(
        outcome="created", errors=[], label=token, object_id=_membership(place, token).pk
    )
    made.state, made.created, made.rejected = SheetImport.State.DONE, 1, 0
    made.save()
    return made


def _roster_import(place: Organisation, token: str) -> SheetImport:
    """One of a roster that can be read, of whose rows the only one is wrong."""
    uploader = UserFactory(username=uuid.uuid4().hex, organisation=place)
    made = SheetImport.objects.create(
        job=Job.objects.create(
            kind="core.sheet_import",
            label="导入表格",
            organisation=place,
            requested_by=uploader,
            state=Job.State.DONE,
        ),
        sheet="members",
        organisation=place,
        upload=files.store(
            io.BytesIO(f"姓名,证件号码,所属工会,入会日期\n{token},,,2020-01-01\n".encode()),
            name=f"{token}.csv",
            media_type="text/csv",
            permission="members.import_membership",
            organisation=place,
            by=uploader,
        ),
        is_strict=False,
        state=SheetImport.State.DONE,
        read=1,
        rejected=1,
    )
    finding = {"column": "证件号码", "code": "required", "message": token, "suggestion": ""}
    made.rows.create(number=2, outcome="rejected", errors=[finding], digest=b"")
    return made


def _strange_import(place: Organisation, token: str) -> SheetImport:
    """One of a file whose headings nobody knows."""
    made = _roster_import(place, token)
    with made.upload.content.storage.open(made.upload.content.name, "wb") as stream:
        stream.write("甲列,乙列,丙列,丁列\n1,2,3,4\n".encode())
    made.rows.all().delete()
    made.read = made.rejected = 0
    made.state, made.code = SheetImport.State.REFUSED, "no_heading"
    made.told = [token]
    made.save()
    return made


def _sheetmapping(place: Organisation, token: str) -> SheetMapping:
    return SheetMapping.objects.create(
        sheet="members",
        organisation=place,
        digest="0" * 64,
        headings=[token],
        places={"name": 0},
        saved_by=UserFactory(organisation=place),
    )


def _mended_import(place: Organisation, token: str) -> SheetImport:
    made = _roster_import(place, token)
    cells = json.dumps({"name": token})
    made.mends.create(number=2, state="mended", cells=cells, made_by=made.job.requested_by)
    return made


def _storedfile(place: Organisation, token: str) -> StoredFile:
    return files.store(
        io.BytesIO(token.encode()),
        name=token,
        media_type="text/plain",
        permission="core.view_organisation",
        organisation=place,
        by=None,
    )


def _auditevent(place: Organisation, token: str) -> Any:
    return audit.record("core.organisation.change", by=None, organisation=place, label=token)


def _notice(place: Organisation, token: str) -> Notice:
    holder = UserFactory(username=f"told-of-{place.code}", display_name=token, organisation=place)
    return Notice.objects.create(user=holder, text=token)


def _indicatordefinition(place: Organisation, token: str) -> IndicatorDefinition:
    maker = UserFactory(username=f"maker-of-{place.code}", organisation=place)
    return IndicatorDefinition.objects.create(
        code=f"own.{place.code}",
        label="上级指标" if place.code == "town" else token,  # offered to those below
        source=token,
        definition={"kind": "manual", "unit": "人"},
        organisation=place,
        created_by=maker,
    )


def _manualfigure(place: Organisation, token: str) -> ManualFigure:
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


def _employer(place: Organisation, token: str) -> Employer:
    return register.employer(place, token, phone="13800000001")


def _covered_employer(place: Organisation, token: str) -> Employer:
    covered = register.employer(place, token)
    Coverage.objects.create(employer=covered, organisation=place, since="2024-01-01")
    return covered


def _unionprofile(place: Organisation, token: str) -> UnionProfile:
    return UnionProfile.objects.create(
        organisation=place, kind="single", address=token, chair_phone="13800000001"
    )


def _post(place: Organisation, token: str) -> Post:
    return Post.objects.create(
        organisation=place, kind="cadre", holder_name=token, since="2021-03-01"
    )


def _mechanism(place: Organisation, token: str) -> Mechanism:
    return Mechanism.objects.create(
        organisation=place, kind="election", since="2021-05-01", document=token
    )


def _headcountreport(place: Organisation, token: str) -> HeadcountReport:
    return HeadcountReport.objects.create(organisation=place, year=2021)


def _submitted_headcountreport(place: Organisation, token: str) -> HeadcountReport:
    return HeadcountReport.objects.create(organisation=place, year=2022, state="submitted")


def _membership(place: Organisation, token: str) -> Membership:
    person = register.person()
    person.clean()  # takes sex and birth date from the number
    person.name = token
    person.save()
    return Membership.objects.create(person=person, organisation=place, joined_on="2020-05-01")


def _pair(place: Organisation, token: str) -> DuplicateCandidate:
    """Of somebody who left and, under another number, came back."""
    first, second = (_membership(place, token) for _ in range(2))
    for member in (first, second):
        member.person.name, member.person.professional_title = "王建国", token
        member.person.save()
    second.joined_on, second.left_on, second.leave_reason = "2010-05-01", "2015-05-01", "quit"
    second.save()
    return DuplicateCandidate.objects.create(
        first=first.person, second=second.person, organisation=place, codes=" name ", points=80
    )


def _merge(place: Organisation, token: str) -> Merge:
    pair = _pair(place, token)
    return merging.merge(
        pair,
        survivor=pair.first,
        reason="测试办理事由",
        by=UserFactory(username=f"merger-of-{place.code}", role="clerk", organisation=place),
    )


def _transfer(place: Organisation, token: str) -> Transfer:
    """On its way to the place, from a union that no actor sees."""
    leaving = Organisation.objects.get(code="other_town")
    return Transfer.objects.create(
        membership=_membership(leaving, token),
        organisation=leaving,
        target=place,
        issued_on="2025-01-01",
    )


def _definition(place: Organisation, kind: str, token: str) -> ReportDefinition:
    # A definition is meant for those below: its name and kind may be known to them.
    name = "上级报告" if place.code == "town" else f"报告{token}"
    return ReportDefinition.objects.create(organisation=place, kind=kind, name=name, title=token)


def _reportdefinition(place: Organisation, token: str) -> ReportDefinition:
    return _definition(place, "annual", token)


def _run_that_is(state: str, half: int) -> Callable[[Organisation, str], ReportRun]:
    """A finished run in a state, of a half-year of 2021 or 2020 that no other run has."""

    def make(place: Organisation, token: str) -> ReportRun:
        period = Period.half(2021 - half // 2, half % 2 + 1)
        return ReportRun.objects.create(
            definition=_definition(place, state, token),
            organisation=place,
            start=period.start,
            end=period.end,
            version=1,
            state=state,
            as_of=timezone.now(),
            requested_by=UserFactory(organisation=place),
            job=_job(place, token, Job.State.DONE),
            pdf=_storedfile(place, token),
        )

    return make


def _figure(place: Organisation, token: str) -> Figure:
    run = _run_that_is(ReportRun.State.PUBLISHED, 2)(place, token)
    run.definition.kind = "counted"
    run.definition.save()
    membership = Membership.objects.filter(organisation=place).first()
    counted = indicators.shipped["members.total"]
    return Figure.objects.create(
        run=run,
        code=counted.code,
        label=token,
        unit="人",
        value=1,
        rows=1,
        identities={
            "count": 1,
            "digest": indicators.digest([membership.pk]),
            "ids": str(membership.pk),
        },
        definition={**counted.as_json(), "terms": []},
    )


# How a subject is made, and how it stands in the address; the missing one has nobody's number.
SUBJECTS: dict[str, Callable[[Organisation, str], Any]] = {
    "department": _department,
    "user": _user,
    "closed_user": _closed_user,
    "assignment": _assignment,
    "job": _job,
    "sheet_import": _sheet_import,
    "written_import": _written_import,
    "roster_import": _roster_import,
    "mended_import": _mended_import,
    "strange_import": _strange_import,
    "sheetmapping": _sheetmapping,
    "storedfile": _storedfile,
    "auditevent": _auditevent,
    "notice": _notice,
    "indicatordefinition": _indicatordefinition,
    "manualfigure": _manualfigure,
    "employer": _employer,
    "covered_employer": _covered_employer,
    "unionprofile": _unionprofile,
    "post": _post,
    "mechanism": _mechanism,
    "headcountreport": _headcountreport,
    "submitted_headcountreport": _submitted_headcountreport,
    "membership": _membership,
    "pair": _pair,
    "merge": _merge,
    "transfer": _transfer,
    "reportdefinition": _reportdefinition,
    "figure": _figure,
    "run": _run_that_is(ReportRun.State.DRAFT, 0),
    "checked_run": _run_that_is(ReportRun.State.CHECKED, 1),
    "signed_run": _run_that_is(ReportRun.State.SIGNED, 3),
    "published_run": _run_that_is(ReportRun.State.PUBLISHED, 3),
}

# Where the rows of a case stand, seen from the actors at `own`.
PLACES = {"own": "own", "child": "child", "sibling": "sibling", "parent": "town"} | {
    "other": "foreign",
    "missing": None,
}
HIDDEN = ["sibling", "town", "foreign"]


class Stage:
    """The world of the matrix: a row of every kind at every place, one logged-in actor a role."""

    def __init__(self) -> None:
        self.world = World()
        second = Organisation(code="second", name="甲厂二车间分会", level="branch")
        organisations.establish(second, parent=self.world.own, by=self.world.builder)
        IndicatorDefinition.objects.create(
            code="matrix.base",
            label="从业人员基数",
            source="统计年鉴",
            definition={"kind": "manual", "unit": "人"},
            organisation=self.world.city,
            created_by=self.world.builder,
        )
        self.tokens = {}
        self.subjects = {}
        for code in ("own", "child", *HIDDEN):
            place = getattr(self.world, code)
            token = f"TOKEN{uuid.uuid4().hex}"
            self.tokens[code] = token
            if code != "town":  # the name of the superior may be known to those below
                Organisation.objects.filter(pk=place.pk).update(name=f"{place.name}{token}")
            made = {kind: make(place, token) for kind, make in SUBJECTS.items()}
            self.subjects[code] = made | {"organisation": place, "file": made["storedfile"]}
        self.clients = {"anonymous": Client()}
        for role in [*roles.table(), "nobody"]:
            user = self.world.user(role if role != "nobody" else None, self.world.own)
            self.subjects[role] = {"notice": Notice.objects.create(user=user, text="通知")}
            self.clients[role] = Client()
            self.clients[role].force_login(user)

    def url(self, name: str, actor: str, place: str | None) -> str:
        """The address on the row of a place (None: on a row that does not exist)."""
        row = ROWS[name]
        arguments = dict(row.args)
        if row.subject == "file":
            found = place and self.subjects[place]["file"].token
            arguments["token"] = found or uuid.UUID(int=0)
        elif row.subject:
            where = {"actor": actor}.get(place, place)
            found = where and self.subjects[where][row.subject].pk
            key = "object_id" if name.startswith("admin:") else "pk"
            arguments[key] = found or 10**9
        return reverse(name, kwargs=arguments)
