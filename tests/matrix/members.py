"""The rows of members: the roster in the portal; the register and who moves or is merged in it."""

from typing import Any

from core.models import Organisation
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
from members.rules import headcounts
from members.services import merging
from tests.factories import members as register
from tests.factories.core import UserFactory, World
from tests.matrix.rows import REASON, Maker, Row

REGISTER = "clerk head"  # staff that keeps the register
EMPLOYERS = f"{REGISTER} competitions_clerk"  # who looks an employer up
KEEPERS = f"{REGISTER} chair"  # who keeps a roster in the portal

COUNTS = dict.fromkeys(
    [
        *headcounts.HEADCOUNT_LABELS,
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


ROWS: dict[str, Row] = {
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
    # The register: employers and the unions that cover them.
    "admin:members_employer_changelist": Row(EMPLOYERS),
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
        EMPLOYERS,
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
    "admin:members_employer_history": Row(EMPLOYERS, "employer"),
    "admin:members_employer_reveal": Row(
        REGISTER,
        "employer",
        sees=EMPLOYERS,
        args={"field": "phone"},
        writes=REGISTER,
        post=REASON,
    ),
    "admin:members_employer_cover": Row(
        REGISTER,
        "employer",
        sees=EMPLOYERS,
        writes=REGISTER,
        post=lambda world: {"union": world.own.pk, "since": "2024-01-01"},
    ),
    "admin:members_employer_uncover": Row(
        REGISTER,
        "covered_employer",
        sees=EMPLOYERS,
        writes=REGISTER,
        post={"on": "2025-01-01", **REASON},
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


def employer(place: Organisation, token: str) -> Employer:
    return register.employer(place, token, phone="13800000001")


def covered_employer(place: Organisation, token: str) -> Employer:
    covered = register.employer(place, token)
    Coverage.objects.create(employer=covered, organisation=place, since="2024-01-01")
    return covered


def unionprofile(place: Organisation, token: str) -> UnionProfile:
    return UnionProfile.objects.create(
        organisation=place, kind="single", address=token, chair_phone="13800000001"
    )


def post(place: Organisation, token: str) -> Post:
    return Post.objects.create(
        organisation=place, kind="cadre", holder_name=token, since="2021-03-01"
    )


def mechanism(place: Organisation, token: str) -> Mechanism:
    return Mechanism.objects.create(
        organisation=place, kind="election", since="2021-05-01", document=token
    )


def headcountreport(place: Organisation, token: str) -> HeadcountReport:
    return HeadcountReport.objects.create(organisation=place, year=2021)


def submitted_headcountreport(place: Organisation, token: str) -> HeadcountReport:
    return HeadcountReport.objects.create(organisation=place, year=2022, state="submitted")


def membership(place: Organisation, token: str) -> Membership:
    person = register.person()
    person.clean()  # takes sex and birth date from the number
    person.name = token
    person.save()
    return Membership.objects.create(person=person, organisation=place, joined_on="2020-05-01")


def pair(place: Organisation, token: str) -> DuplicateCandidate:
    """Of somebody who left and, under another number, came back."""
    first, second = (membership(place, token) for _ in range(2))
    for member in (first, second):
        member.person.name, member.person.professional_title = "王建国", token
        member.person.save()
    second.joined_on, second.left_on, second.leave_reason = "2010-05-01", "2015-05-01", "quit"
    second.save()
    return DuplicateCandidate.objects.create(
        first=first.person, second=second.person, organisation=place, codes=" name ", points=80
    )


def merge(place: Organisation, token: str) -> Merge:
    alike = pair(place, token)
    return merging.merge(
        alike,
        survivor=alike.first,
        reason="测试办理事由",
        by=UserFactory(username=f"merger-of-{place.code}", role="clerk", organisation=place),
    )


def transfer(place: Organisation, token: str) -> Transfer:
    """On its way to the place, from a union that no actor sees."""
    leaving = Organisation.objects.get(code="other_town")
    return Transfer.objects.create(
        membership=membership(leaving, token),
        organisation=leaving,
        target=place,
        issued_on="2025-01-01",
    )


SUBJECTS: dict[str, Maker] = {
    "employer": employer,
    "covered_employer": covered_employer,
    "unionprofile": unionprofile,
    "post": post,
    "mechanism": mechanism,
    "headcountreport": headcountreport,
    "submitted_headcountreport": submitted_headcountreport,
    "membership": membership,
    "pair": pair,
    "merge": merge,
    "transfer": transfer,
}
