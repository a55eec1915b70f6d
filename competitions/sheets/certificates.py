"""技能等级证书: the grades of members, as authorities gave them."""

from collections.abc import Sequence

from django.db.models import QuerySet

from competitions.models import SkillCertificate
from competitions.sheets import cells
from core import masking
from core.services import records
from core.sheets import (
    Column,
    Context,
    IdentifierWidget,
    Row,
    Sheet,
    Written,
    register,
)
from members.models import Person
from members.sheets.widgets import day


@register
class SkillCertificateSheet(Sheet):
    """技能等级证书: one row is one grade of one member in one trade."""

    organisation = Column("所属工会", "organisation__name", export_only=True, width=30)
    name = cells.name()
    holder = cells.number(
        "person__certificate_number", ["330600199003079990", "330600199003079982"]
    )
    trade = Column(
        "职业（工种）",
        "trade",
        required=True,
        max_length=80,
        synonyms=["工种", "职业"],
        examples=["焊工", "电工"],
    )
    grade = Column(
        "技能等级",
        "grade",
        required=True,
        choices=dict(Person.SkillGrade.choices),
        synonyms=["等级", "职业技能等级"],
        examples=["高级工", "技师"],
    )
    number = Column(
        "证书编号",
        "number",
        identifier=True,
        personal=masking.number,
        width=24,
        widget=IdentifierWidget(40),
        synonyms=["证书号", "证书号码"],
        examples=["S000033060012021000001", "S000033060012021000002"],
    )
    issuer = Column(
        "发证机构",
        "issuer",
        required=True,
        max_length=120,
        width=28,
        synonyms=["发证单位", "评价机构"],
        examples=["江城市职业技能鉴定中心", "江城市职业技能鉴定中心"],
    )
    issued_on = Column(
        "发证日期",
        "issued_on",
        required=True,
        widget=day(),
        synonyms=["取证日期", "颁发日期"],
        examples=["2021-06-30", "2021-09-15"],
    )

    FIELDS = ("trade", "grade", "number", "issuer", "issued_on")

    class Meta:
        name = "skill_certificates"
        label = "技能等级证书"
        model = SkillCertificate
        permission = "competitions.add_skillcertificate"
        export_permission = "competitions.export_skillcertificate"
        purpose = "登记和统计职工技能等级提升"
        import_id_fields = ("holder", "trade", "grade")
        described_by = ("name", "trade", "grade")
        notes = ("所属工会取会员所在的工会；来源培训、来源竞赛在证书页填写。",)

    def match(self, rows: Sequence[Row], context: Context) -> None:
        people = context.data["people"] = cells.named(rows, context, "holder")
        stored = SkillCertificate.objects.filter(
            person__in=[one.person_id for one in people.values()],
            trade__in={row.get("trade") for row in rows},
        )
        known = {(each.person_id, each.trade, each.grade): each for each in self.recall(stored)}
        mine = {
            each.pk
            for each in context.visible(SkillCertificate, self.permission).filter(
                pk__in=[each.pk for each in known.values()]
            )
        }
        for row, member in people.items():
            found = known.get((member.person_id, row.get("trade"), row.get("grade")))
            if found is None or found.pk in mine:
                row.instance = found
            else:
                row.refuse(
                    "elsewhere", "该职工同工种、同等级的证书已由其他工会登记。", column="holder"
                )

    def write(self, rows: Sequence[Row], context: Context) -> None:
        people = context.data["people"]
        fresh = [row for row in rows if row.instance is None]
        known = [row for row in rows if row.instance is not None]
        made = [
            row.draft(
                SkillCertificate,
                self.FIELDS,
                person=people[row].person,
                organisation=people[row].organisation,
            )
            for row in fresh
        ]
        records.add_many(made, by=context.by)
        for row, certificate in zip(fresh, made, strict=True):
            row.object_id = str(certificate.pk)
        for row in known:
            row.assign(row.instance, self.FIELDS)
        records.save_many([row.instance for row in known], fields=self.FIELDS, by=context.by)

    def recall(self, records: QuerySet) -> QuerySet:
        return records.select_related("organisation", "person")

    def withdraw(self, rows: Sequence[Written], context: Context) -> None:
        found = [row.instance for row in rows]
        records.remove_many(found, by=context.by, action="competitions.skillcertificate.take_back")

    def restore(self, rows: Sequence[Written], context: Context) -> None:
        records.save_many([row.instance for row in rows], fields=self.FIELDS, by=context.by)

    def rows(self, context: Context) -> QuerySet:
        return self.recall(super().rows(context))
