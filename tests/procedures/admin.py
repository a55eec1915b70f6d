from django.contrib import admin

from core.admin import ProceedingAdmin
from tests.procedures.models import Permit


@admin.register(Permit)
class PermitAdmin(ProceedingAdmin):
    list_display = ["name", "state", "due_on"]
    fields = ["organisation", "name", "number", "amount"]
