"""Rows of the test procedure."""

from decimal import Decimal

from tests.factories.core import account_number
from tests.factories.proceedings import builds
from tests.procedures.models import Permit

APPLICANT = account_number(20_000)  # has no account


@builds(Permit, review=lambda permit: {"amount": "80.00"})
def permit(place, token="", state="draft", **fields):
    values = {"name": f"张建国{token}", "number": APPLICANT, "amount": Decimal("100.00")} | fields
    return Permit.objects.create(organisation=place, state=state, **values)
