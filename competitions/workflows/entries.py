"""The road of an entry: a union hands it in, whoever runs the competition accepts or refuses it."""

from competitions.models import Entry
from competitions.services import entries as services
from core.workflow import Transition, Workflow, register

S = Entry.State
ACCEPT = {"permission": "competitions.accept_entry", "duty": "review"}

entry = register(
    Workflow(
        Entry,
        "参赛报名",
        initial=S.DRAFT,
        begins="enter",
        duties={"enter": "报名", "review": "审核"},
        related=["event__competition__organisation", "employer", "person"],
        is_applied_for=True,
        prepare=services.prepare,
        transitions=[
            Transition(
                "submit", "提交报名", [S.DRAFT], S.SUBMITTED,
                permission="competitions.change_entry", days=5,
                guard=services.unsubmittable, effect=services.lock_event,
                together=services.submit_many,
                says="由举办竞赛的工会审核，受理后给出参赛证号。",
            ),
            Transition(
                "accept", "受理报名", [S.SUBMITTED], S.ACCEPTED, **ACCEPT,
                guard=services.unacceptable, effect=services.number,
                together=services.number_many, trusts="submit",
                says="给出参赛证号，列入参赛名单。",
            ),
            Transition(
                "refuse", "不予受理", [S.SUBMITTED], S.REFUSED, **ACCEPT,
                effect=services.refuse_one, together=services.refuse_many,
                needs_comment=True, is_danger=True,
                says="不列入参赛名单，理由告知报名工会，截止报名前可以另行报名。",
            ),
            Transition(
                "withdraw", "撤回报名", [S.DRAFT, S.SUBMITTED, S.ACCEPTED], S.WITHDRAWN,
                permission="competitions.change_entry", needs_comment=True,
                guard=services.unwithdrawable, effect=services.step_out,
                is_awaited=False, is_danger=True,
                says="不再参赛，截止报名前可以另行报名。",
            ),
        ],
    )
)  # fmt: skip
