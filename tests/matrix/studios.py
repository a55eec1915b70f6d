"""The rows of honours: studios, pairs, homes, and the documents by which they are judged.

The steps of their roads have their rows from their tables (`tests.matrix.procedures`).
"""

from typing import Any

from core.models import Organisation
from funds.models import Pool
from honours.models import (
    Apprenticeship,
    Award,
    HomeRule,
    Studio,
    StudioGrant,
    StudioGrantRule,
    StudioMember,
    StudioProject,
    StudioResult,
    StudioRule,
)
from honours.services import apprenticeships, studio_grants
from members.models import UnionProfile
from tests.factories import funds as money
from tests.factories import studios as honours
from tests.factories.core import UserFactory, World
from tests.matrix.rows import HONOURS, REASON, Maker, Row

CLERK = "honours_clerk"
APPROVER = "honours_approver"
SEES = f"chair {HONOURS}"
WRITES = f"chair {CLERK}"
DRAFT = "honours.studio:draft"
SCREENS = "admin:honours_"


def screen(model: str, subject: str) -> dict[str, Row]:
    """The pages of a screen that everybody of honours may read."""
    return {
        f"{SCREENS}{model}_changelist": Row(HONOURS),
        f"{SCREENS}{model}_change": Row(HONOURS, subject),
        f"{SCREENS}{model}_history": Row(HONOURS, subject),
    }


def rule(**fields: Any) -> Any:
    """What is posted for a document of the own union, from a day that no other has."""

    def post(world: World) -> dict[str, Any]:
        dates = {"since": "2031-01-01", "until": "2032-01-01"}
        return {"organisation": world.own.pk, "document": "甲工发〔2031〕1号", **dates, **fields}

    return post


def documents(model: str, post: Any) -> dict[str, Row]:
    """Dated documents, which the approver writes."""
    return {
        **screen(model, model),
        f"{SCREENS}{model}_add": Row(APPROVER, writes=APPROVER, post=post),
        f"{SCREENS}{model}_change": Row(HONOURS, model, writes=APPROVER, sees=HONOURS, post=post),
    }


def act(who: str, subject: str, post: Any, *, sees: str = HONOURS) -> Row:
    left = " ".join(role for role in sees.split() if role not in who.split())
    return Row(who, subject, sees=left, writes=who, post=post)


def _application(world: World) -> dict[str, Any]:
    award = Award.objects.filter(organisation=world.own, person__isnull=False).earliest("pk")
    return {
        "organisation": world.own.pk,
        "award": award.pk,
        "name": "新申报工作室",
        "kind": "craftsman",
        "level": "municipal",
        "field": "焊接",
        "founded_on": "2020-01-01",
    }


def _pair(world: World) -> dict[str, Any]:
    return {
        "organisation": world.own.pk,
        "master_name": "王建国",
        "apprentice_name": "赵静",
        "trade": "钳工",
        "goal": "取得中级工证书",
        "agreed_on": "2021-05-01",
        "until": "2023-05-01",
    }


COUNTS = {
    "held_on": "2022-12-01",
    "employees": "100",
    "members": "95",
    "voted": "90",
    "satisfied": "88",
}
RULE = {
    "least_team": "5",
    "least_projects": "1",
    "qualified_score": "60",
    "excellent_score": "90",
    "review_years": "3",
    "rectify_days": "90",
}
HOME_RULE = {
    "entry_percent": "90",
    "satisfied_percent": "90",
    "lower_percent": "60",
    "group_least": "5",
    "renew_days": "180",
    "rectify_days": "90",
}

ROWS: dict[str, Row] = {
    # The portal.
    "honours:studios": Row(SEES),
    "honours:studio_new": Row("chair", writes="chair", post=_application),
    "honours:studio": Row(SEES, DRAFT),
    "honours:studio_edit": act(
        WRITES,
        DRAFT,
        {
            "name": "改名工作室",
            "kind": "craftsman",
            "level": "municipal",
            "field": "数控",
            "founded_on": "2020-01-01",
        },
        sees=SEES,
    ),
    "honours:studio_member_new": act(
        WRITES, DRAFT, {"name": "赵静", "role": "member", "since": "2020-02-01"}, sees=SEES
    ),
    "honours:studio_project_new": act(
        WRITES, "named_studio", {"year": "2022", "title": "夹具改进"}, sees=SEES
    ),
    "honours:studio_result_new": act(
        WRITES,
        "named_studio",
        {"kind": "patent", "title": "一种夹具", "obtained_on": "2022-03-01"},
        sees=SEES,
    ),
    "honours:studio_member_end": act(WRITES, "studio_member", {"on": "2022-02-01"}, sees=SEES),
    "honours:studio_project_finish": act(WRITES, "studio_project", {"on": "2022-02-01"}, sees=SEES),
    "honours:studio_project_withdraw": act(WRITES, "studio_project", {}, sees=SEES),
    "honours:studio_result_withdraw": act(WRITES, "studio_result", {}, sees=SEES),
    "honours:apprenticeships": Row(SEES),
    "honours:apprenticeship_new": Row(WRITES, writes=WRITES, post=_pair),
    "honours:apprenticeship": Row(SEES, "apprenticeship"),
    "honours:apprenticeship_end": act(
        WRITES, "accepted_pair", {"ended_on": "2022-02-01", "outcome": "finished"}, sees=SEES
    ),
    "honours:apprenticeship_withdraw": act(WRITES, "apprenticeship", {}, sees=SEES),
    "honours:ratings": Row(SEES),
    "honours:rating_new": Row(
        "chair",
        writes="chair",
        post=lambda world: {
            "organisation": world.own.pk,
            "year": "2023",
            **COUNTS | {"held_on": "2023-12-01"},
        },
    ),
    "honours:rating": Row(SEES, "honours.homerating:submitted"),
    "honours:rating_correct": act("chair", "returned_rating", COUNTS, sees=SEES),
    # The screens.
    **screen("studio", DRAFT),
    f"{SCREENS}studio_see_haves": act(
        CLERK, "named_studio", {"on": "2022-02-01", "items": ["plate", "place"]}
    ),
    f"{SCREENS}studio_accept_year": act(CLERK, "worked_studio", {"year": "2021"}),
    f"{SCREENS}studio_assess": act(CLERK, "named_studio", {"year": "2022", "score": "80"}),
    f"{SCREENS}studio_lay_grant": act(CLERK, "named_studio", {"purpose": "new", "source": "union"}),
    **screen("studioresult", "studio_result"),
    **screen("studiogrant", "studio_grant"),
    f"{SCREENS}studiogrant_approve": act(
        APPROVER,
        "studio_grant",
        lambda world: {"pool": Pool.objects.get(purpose="工作室补助", organisation=world.own).pk},
    ),
    f"{SCREENS}studiogrant_withdraw": act(CLERK, "studio_grant", REASON),
    **screen("apprenticeship", "apprenticeship"),
    f"{SCREENS}apprenticeship_accept": act(CLERK, "apprenticeship", {}),
    f"{SCREENS}apprenticeship_accept_listed": Row(CLERK, writes=CLERK, post={}),
    **screen("homerating", "honours.homerating:submitted"),
    f"{SCREENS}homerating_show_candidates": Row(HONOURS),
    **screen("inspection", "honours.inspection:proposed"),
    f"{SCREENS}inspection_add": Row(
        CLERK,
        writes=CLERK,
        post=lambda world: {
            "award": Award.objects.get(organisation=world.own, unit_name__startswith="复查").pk,
            "kind": "supervision",
            "held_on": "2022-02-01",
            "finding": "阵地完好",
            "proposal": "keep",
        },
    ),
    f"{SCREENS}inspection_show_due": Row(CLERK),
    **documents("studiorule", rule(**RULE)),
    **documents("studiograntrule", rule(level="county", purpose="new", amount="10000")),
    **documents("homerule", rule(**HOME_RULE)),
}


def named_studio(place: Organisation, token: str) -> Studio:
    return honours.named(place, token)


def worked_studio(place: Organisation, token: str) -> Studio:
    """One whose union has reported of a year."""
    made = honours.named(place, token)
    honours.project(made, by=UserFactory(organisation=place, role="chair"))
    return made


def studio_member(place: Organisation, token: str) -> StudioMember:
    return honours.named(place, token).members.filter(role="member").first()


def studio_project(place: Organisation, token: str) -> StudioProject:
    chair = UserFactory(organisation=place, role="chair")
    return honours.project(honours.named(place, token), by=chair, title=f"课题{token}")


def studio_result(place: Organisation, token: str) -> StudioResult:
    chair = UserFactory(organisation=place, role="chair")
    return honours.result(honours.named(place, token), by=chair, title=f"成果{token}")


def studio_grant(place: Organisation, token: str) -> StudioGrant:
    """Laid down for a union that has an account, with a pool to pay it from."""
    UnionProfile.objects.get_or_create(
        organisation=place,
        defaults={
            "kind": "single",
            "account_name": place.name,
            "account_bank": "江城银行城东支行",
            "account_number": money.account_number(),
            "has_own_account": True,
        },
    )
    money.pool(place, purpose="工作室补助")
    clerk = UserFactory(organisation=place, role=CLERK)
    return studio_grants.lay_down(
        honours.named(place, token), purpose="new", source="union", by=clerk
    )


def accepted_pair(place: Organisation, token: str) -> Apprenticeship:
    made = honours.pair(place, token)
    apprenticeships.accept([made], by=UserFactory(organisation=place, role=CLERK))
    return made


def home_award(place: Organisation, token: str) -> Award:
    return honours.award(place, "home_county", unit_name=f"复查{token}")


def returned_rating(place: Organisation, token: str) -> Any:
    made = honours.home_rating(place, token)
    type(made).objects.filter(pk=made.pk).update(state="returned", year=2022)
    return made


def document(model: type, **facts: Any) -> Maker:
    def make(place: Organisation, token: str) -> Any:
        return model.objects.create(
            organisation=place,
            document=f"甲工发〔2020〕{token}",
            since="2020-01-01",
            until="2020-02-01",
            **facts,
        )

    return make


SUBJECTS: dict[str, Maker] = {
    "named_studio": named_studio,
    "worked_studio": worked_studio,
    "studio_member": studio_member,
    "studio_project": studio_project,
    "studio_result": studio_result,
    "studio_grant": studio_grant,
    "apprenticeship": honours.pair,
    "accepted_pair": accepted_pair,
    "returned_rating": returned_rating,
    "home_award": home_award,
    "studiorule": document(StudioRule),
    "studiograntrule": document(StudioGrantRule, level="county", purpose="new", amount=10_000),
    "homerule": document(HomeRule),
}
