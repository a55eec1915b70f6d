"""`manage.py workflows`: the procedures as state diagrams and tables, for docs/workflows.md."""

from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from core import roles, workflow
from core.workflow import Transition, Workflow

HEAD = """# Procedures

Every procedure as its table says it: `manage.py workflows` writes this file, a test holds it true.
How a step is taken, and what is in its way, is told in [ADR 0016](adr/0016-workflow.md).
"""
COLUMNS = ["办理", "由", "到", "谁可以办理", "岗位", "须填", "期限"]


class Command(BaseCommand):
    help = "Writes the procedures as state diagrams and tables."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--out", type=Path, default=settings.BASE_DIR / "docs/workflows.md")

    def handle(self, *args: Any, out: Path, **options: Any) -> None:
        procedures = list(workflow.registry.values())
        out.write_text(document(procedures), "utf-8")
        self.stdout.write(f"{len(procedures)} procedures in {out}")


def document(procedures: Iterable[Workflow]) -> str:
    """The whole text, the procedures in the order of their labels in code."""
    ordered = sorted(procedures, key=lambda each: each.model._meta.label)
    return "\n".join([HEAD, *map(section, ordered)])


def section(procedure: Workflow) -> str:
    lines = [
        f"## {procedure.label} (`{procedure.model._meta.label}`)",
        "",
        "```mermaid",
        diagram(procedure),
        "```",
        "",
        _line(COLUMNS),
        _line(["---"] * len(COLUMNS)),
        *(_line(_told(procedure, step)) for step in procedure.transitions.values()),
    ]
    return "\n".join(lines) + "\n"


def diagram(procedure: Workflow) -> str:
    """States and steps (mermaid). A state in which a row may stay ends the picture too."""
    lines = ["stateDiagram-v2"]
    lines += [f"    {state}: {label}" for state, label in procedure.states.items()]
    lines.append(f"    [*] --> {procedure.initial}")
    lines += [
        f"    {source} --> {step.target}: {step.label}"
        for step in procedure.transitions.values()
        for source in step.sources
    ]
    ends = [
        state
        for state in procedure.states
        if state in procedure.rests or not any(procedure.leaving(state))
    ]
    return "\n".join([*lines, *(f"    {state} --> [*]" for state in ends)])


def _told(procedure: Workflow, step: Transition) -> list[str]:
    holders = [role.label for role in roles.table().values() if step.permission in role.permissions]
    return [
        step.label + ("（新一轮）" if step.begins_round else ""),
        "、".join(procedure.states[state] for state in step.sources),
        procedure.states[step.target],
        "、".join(holders) if step.permission else "系统",
        procedure.duties.get(step.duty, "") or "—",
        "、".join(_asked(step)) or "—",
        f"{step.days} 个工作日" if step.days else "—",
    ]


def _asked(step: Transition) -> list[str]:
    """What is filled in with the step."""
    fields = getattr(step.form, "base_fields", {}).items()
    words = ["意见"] if step.needs_comment else []
    return [str(field.label or name) for name, field in fields if field.required] + words


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
