"""Addresses of hardship in the portal."""

from django.urls import path

from core.views.proceedings import step_paths
from hardship.models import Case, Expense, FamilyMember, Income
from hardship.views import (
    entry,
    files,
    opening,
    rows,
    waiting,  # noqa: F401 - registers what waits
)

CASES = "hardship/cases/"
ENTRY = f"{CASES}<int:pk>/entry/"

app_name = "hardship"
urlpatterns = [
    path(CASES, opening.Cases.as_view(), name="cases"),
    path(f"{CASES}new/", opening.Open.as_view(), name="open"),
    path(f"{CASES}<int:pk>/", files.CasePage.as_view(), name="case"),
    *step_paths(Case, CASES, name="case", view=files.CaseStepPage),
    # The form of a file, part by part.
    path(ENTRY, entry.Summary.as_view(), name="entry"),
    path(f"{ENTRY}applicant/", entry.Applicant.as_view(), name="entry_applicant"),
    path(f"{ENTRY}members/", entry.Members.as_view(), name="entry_members"),
    path(f"{ENTRY}incomes/", entry.Incomes.as_view(), name="entry_incomes"),
    path(f"{ENTRY}expenses/", entry.Expenses.as_view(), name="entry_expenses"),
    path(f"{ENTRY}causes/", entry.Causes.as_view(), name="entry_causes"),
    path(f"{ENTRY}home/", entry.Home.as_view(), name="entry_home"),
    path(f"{ENTRY}papers/", entry.Papers.as_view(), name="entry_papers"),
    path(f"{ENTRY}visit/", entry.VisitPage.as_view(), name="entry_visit"),
    path(f"{ENTRY}vetoes/", entry.Vetoes.as_view(), name="entry_vetoes"),
    path(f"{ENTRY}review/", entry.ReviewPage.as_view(), name="entry_review"),
    # Its rows.
    path(f"{ENTRY}papers/new/", rows.PaperRow.as_view(), name="paper_add"),
    path(f"{CASES}papers/<int:pk>/remove/", rows.PaperRemoval.as_view(), name="paper_remove"),
]
for _name, _model, _row, _removal in [
    ("member", FamilyMember, rows.MemberRow, rows.MemberRemoval),
    ("income", Income, rows.IncomeRow, rows.IncomeRemoval),
    ("expense", Expense, rows.ExpenseRow, rows.ExpenseRemoval),
]:
    urlpatterns += [
        path(f"{ENTRY}{_name}s/new/", _row.as_view(), name=f"{_name}_add"),
        path(f"{CASES}{_name}s/<int:pk>/", _row.as_view(model=_model), name=f"{_name}_change"),
        path(f"{CASES}{_name}s/<int:pk>/remove/", _removal.as_view(), name=f"{_name}_remove"),
    ]
