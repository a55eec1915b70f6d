"""One list, as the tutorial would write it. It shows the columns, filters and rows of ours."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import path

from members.models import Membership


class StockAdmin(admin.ModelAdmin):
    list_display = [
        *["name", "number", "phone", "organisation", "sex", "birth_year", "worker_group"],
        *["joined_on", "left_on"],
    ]
    list_filter = ["left_on", "worker_group", "is_migrant_worker", "entry", "joined_on"]
    list_select_related = ["person", "organisation"]
    search_fields = ["person__name", "person__pinyin", "person__pinyin_initials"]
    ordering = ["-id"]
    list_per_page = 50  # as ours; Django's default is 100

    def get_queryset(self, request: HttpRequest) -> Any:
        return Membership.objects.visible_to(request.user)

    def name(self, row: Membership) -> str:
        return row.person.name

    def number(self, row: Membership) -> str:
        return str(row.person.certificate_number)

    def phone(self, row: Membership) -> str:
        return str(row.person.phone)

    def sex(self, row: Membership) -> str:
        return row.person.get_sex_display()

    def birth_year(self, row: Membership) -> int:
        return row.person.birth_date.year


site = admin.AdminSite()
site.register(Membership, StockAdmin)
urlpatterns = [path("admin/", site.urls)]
