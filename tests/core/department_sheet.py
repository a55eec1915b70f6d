"""A small sheet over a model of the ground floor, for the tests of the engine."""

from django.db import transaction

from core import audit, masking
from core.errors import Refused
from core.models import Department
from core.services import records
from core.sheets.columns import Column, IdentifierWidget
from core.sheets.engine import Sheet, register
from core.sheets.lookups import LookupWidget


@transaction.atomic
def save_departments(departments, *, by):
    """Add or change many departments at once."""
    for department in departments:
        if "违规" in department.name:
            raise Refused(f"部门名称“{department.name}”不规范。", code="bad_name")
    new = [one for one in departments if one.pk is None]
    old = [one for one in departments if one.pk is not None]
    Department.objects.bulk_create(new)
    Department.objects.bulk_update(old, ["name"])
    audit.record("core.department.import", by=by, changes={"count": len(departments)})


@register
class DepartmentSheet(Sheet):
    class Meta:
        name = "test_departments"
        label = "部门名册"
        model = Department
        permission = "core.change_organisation"
        import_id_fields = ("organisation", "code")

    organisation = Column(
        "所属工会",
        "organisation",
        widget=LookupWidget("organisation", "工会"),
        required=True,
        synonyms=["工会名称"],
        examples=["江城市总工会", "江城市总工会"],
        help_text="填工会全称或编码。",
        width=30,
    )
    code = Column(
        "部门编码",
        "code",
        widget=IdentifierWidget(20),
        required=True,
        examples=["01", "02"],
        identifier=True,
    )
    name = Column(
        "部门名称",
        "name",
        required=True,
        max_length=40,
        examples=["组织部", "财务部"],
        personal=masking.name,
    )

    def prepare(self, context):
        context.look_up_organisations()

    def match(self, rows, context):
        found = {
            (one.organisation_id, one.code): one
            for one in Department.objects.filter(
                organisation__in={row.values["organisation"].pk for row in rows},
                code__in={row.values["code"] for row in rows},
            ).select_related("organisation")
        }
        for row in rows:
            row.instance = found.get((row.values["organisation"].pk, row.values["code"]))

    def write(self, rows, context):
        for row in rows:
            row.instance = row.instance or Department(
                organisation=row.values["organisation"], code=row.values["code"]
            )
            row.instance.name = row.values["name"]
        save_departments([row.instance for row in rows], by=context.by)

    def withdraw(self, rows, context):
        departments = [row.instance for row in rows]
        records.erase(departments, by=context.by, action="core.department.withdraw")

    def restore(self, rows, context):
        save_departments([row.instance for row in rows], by=context.by)

    def rows(self, context):
        rows = context.visible(Department, self.export_permission)
        return rows.select_related("organisation").order_by("organisation__path", "code")
