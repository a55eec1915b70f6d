"""The procedure of the ground floor's own: what happens to an objection against a publicity."""

from core.models import Decision, Objection
from core.services import publicity
from core.workflow import Transition, Workflow, register


def end_publicity(objection: Objection, decision: Decision) -> None:
    publicity.uphold(objection)


# Three people: who published the list, who investigates, who decides.
register(
    Workflow(
        Objection,
        "公示异议",
        initial="received",
        editable=(),  # what was said stays as it was said
        duties={"investigation": "异议调查", "decision": "异议认定"},
        related=("publicity",),
        transitions=[
            Transition(
                "investigate", "受理调查", ["received"], "investigating",
                permission="core.investigate_objection", duty="investigation", days=5,
                says="请在 5 个工作日内查明情况，并提交调查结果。",
            ),
            Transition(
                "report", "提交调查结果", ["investigating"], "investigated",
                permission="core.investigate_objection", duty="investigation", days=3,
                needs_comment=True,
                says="由另一人认定异议是否成立。",
            ),
            Transition(
                "uphold", "认定异议成立", ["investigated"], "upheld",
                permission="core.decide_objection", duty="decision",
                needs_comment=True, is_danger=True, effect=end_publicity,
                says="公示立即终止，名单从公开页面撤下，所公示的事项不再进入下一环节。",
            ),
            Transition(
                "dismiss", "认定异议不成立", ["investigated"], "dismissed",
                permission="core.decide_objection", duty="decision", needs_comment=True,
                says="没有其他未办结异议的，公示期满后自动进入下一环节。",
            ),
        ],
    )
)  # fmt: skip
