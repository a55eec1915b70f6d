"""The file of a household in the portal, for the union that wrote it and the committee."""

from typing import Any

from core.views.proceedings import ProceedingPage
from hardship import dossier
from hardship.models import Case


class CasePage(ProceedingPage):
    model = Case
    template_name = "hardship/case.html"
    steps = "hardship:case"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            facts=[
                (field.verbose_name, _shown(self.object, field.name))
                for field in (Case._meta.get_field(name) for name in dossier.FACTS)
            ],
            tables=dossier.tables(self.object),
            **kwargs,
        )


def _shown(case: Case, name: str) -> Any:
    value = getattr(case, name)
    if isinstance(value, bool):
        return "是" if value else "否"
    display = getattr(case, f"get_{name}_display", None)
    return display() if display else value
