"""Members, incomes, expenditures: what is entered in a file."""

from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.routes import router
from core.api.serializers import RowSerializer
from core.api.views import Rows
from hardship.models import Expense, FamilyMember, Income
from hardship.services import files


class MemberSerializer(RowSerializer):
    class Meta:
        model = FamilyMember
        fields = [
            *["id", "case", "relation", "name", "certificate_type", "certificate_number", "sex"],
            *["employment", "workplace", "school", "illness", "disability", "left_on"],
        ]
        once = ["case"]


class IncomeSerializer(RowSerializer):
    class Meta:
        model = Income
        fields = [
            *["id", "case", "member", "kind", "amount", "first_month", "last_month"],
            *["payer", "evidence"],
        ]
        once = ["case"]


class ExpenseSerializer(RowSerializer):
    class Meta(IncomeSerializer.Meta):
        model = Expense
        fields = [*IncomeSerializer.Meta.fields, "is_by_event"]


class Parts(Rows):
    """What is entered in a file, while it may be written."""

    filters = {"case": ["exact"]}
    related = ("case__organisation",)

    def create(self, request: Request) -> Response:
        part = self.entered(self.serializer_class).row()
        return self.made(files.put(part, by=request.user))

    def partial_update(self, request: Request, pk: int) -> Response:
        part = self.entered(self.serializer_class, self.get_object()).row()
        return self.told(files.put(part, by=request.user))

    def destroy(self, request: Request, pk: int) -> Response:
        files.drop(self.get_object(), by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)


class Members(Parts):
    serializer_class = MemberSerializer


class Incomes(Parts):
    serializer_class = IncomeSerializer


class Expenses(Parts):
    serializer_class = ExpenseSerializer


router.register("hardship/members", Members, basename="hardship_member")
router.register("hardship/incomes", Incomes, basename="hardship_income")
router.register("hardship/expenses", Expenses, basename="hardship_expense")
