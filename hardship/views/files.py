"""The file of a household in the portal, for the union that wrote it and the committee."""

from typing import Any

from django.utils.functional import cached_property

from core.views.proceedings import ProceedingPage, StepPage
from hardship import dossier
from hardship.models import Case


class CasePage(ProceedingPage):
    model = Case
    template_name = "hardship/case.html"
    steps = "hardship:case"

    def get_object(self, queryset: Any = None) -> Case:
        return dossier.read(super().get_object(queryset))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            facts=_facts(self.object),
            tables=dossier.tables(self.object),
            may_enter=self.object.is_editable
            and self.request.user.has_perm("hardship.change_case", self.object),
            **kwargs,
        )


class CaseStepPage(StepPage):
    @cached_property
    def row(self) -> Case:
        return dossier.read(super().row)


def _facts(case: Case) -> list[tuple[str, Any]]:
    """What is known of the file, label and value."""
    fields = (Case._meta.get_field(name) for name in dossier.FACTS)
    told = ((field.verbose_name, _shown(case, field.name)) for field in fields)
    return [(label, value) for label, value in told if value not in (None, "")]


def _shown(case: Case, name: str) -> Any:
    value = getattr(case, name)
    if isinstance(value, bool):
        return "是" if value else "否"
    display = getattr(case, f"get_{name}_display", None)
    return display() if display else value
