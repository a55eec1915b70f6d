"""A procedure whose middle is a publicity, and the two kinds of it that the tests use."""

from core import publicity
from core.models import Decision
from core.services.publicity import post
from core.workflow import Transition, Workflow, register
from tests.postings.models import Candidate

publicity.register(
    publicity.Kind("postings.honour", "先进个人推荐公示", noun="先进个人", category="推荐荣誉")
)
publicity.register(
    publicity.Kind(
        "postings.named",
        "劳动模范推荐公示",
        noun="劳动模范",
        counts_posting_day=True,
        shows_full_names=True,
        keep_days=10,
    )
)


def show(
    candidate: Candidate, decision: Decision, *, kind: str = "postings.honour", unit: str = "甲厂"
) -> None:
    post(
        candidate,
        kind,
        title="关于拟推荐先进个人的公示",
        rows=[publicity.Shown(candidate.name, unit, "先进生产者")],
        passed="confirm",
        upheld="reject",
        withdrawn="take_back",
        contact="江城市总工会权益保障部",
        by=decision.by,
    )


register(
    Workflow(
        Candidate,
        "候选人",
        initial="draft",
        transitions=[
            Transition(
                "show",
                "公示",
                ["draft"],
                "shown",
                permission="postings.show_candidate",
                effect=show,
            ),
            Transition("confirm", "公示期满", ["shown"], "confirmed"),
            Transition("reject", "异议成立", ["shown"], "rejected"),
            Transition("take_back", "公示撤下", ["shown"], "draft"),
        ],
    )
)
