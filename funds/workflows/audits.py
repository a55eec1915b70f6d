"""The road of a finding: the auditors put it, the audited union reports, the auditors close."""

from core.workflow import Transition, Workflow, register
from funds.forms.audits import RectifyForm
from funds.models import AuditFinding
from funds.services import audits

finding = register(
    Workflow(
        AuditFinding,
        "审计整改",
        initial="found",
        begins="audit",
        duties={"audit": "经审", "rectify": "整改"},
        related=(),
        transitions=[
            Transition(
                "issue",
                "下达整改",
                ["found"],
                "rectifying",
                permission="funds.audit_auditfinding",
                duty="audit",
                guard=audits.late,
                effect=audits.issue,
                says="由被审计工会在整改期限前报告整改情况；内容不能再修改。",
            ),
            Transition(
                "drop",
                "撤销问题",
                ["found"],
                "dropped",
                permission="funds.audit_auditfinding",
                duty="audit",
                needs_comment=True,
                is_awaited=False,
                is_danger=True,
                says="不下达，也不计入审计问题。",
            ),
            Transition(
                "report",
                "报告整改",
                ["rectifying"],
                "reported",
                permission="funds.report_auditfinding",
                duty="rectify",
                effect=audits.report,
                form=RectifyForm,
                days=10,
                says="由审计单位核对后销号。",
            ),
            Transition(
                "send_back",
                "退回整改",
                ["reported"],
                "rectifying",
                permission="funds.audit_auditfinding",
                duty="audit",
                needs_comment=True,
                days=20,
                is_danger=True,
                says="被审计工会继续整改，重新报告。",
            ),
            Transition(
                "close",
                "核销",
                ["reported"],
                "closed",
                permission="funds.audit_auditfinding",
                duty="audit",
                effect=audits.close,
                trusts="report",
                says="计入整改率。",
            ),
        ],
    )
)
