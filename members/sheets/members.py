"""The roster of members: persons and their membership."""

import json
from collections.abc import Sequence
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from core import masking
from core.rules import Invalid, certificates
from core.sheets import (
    BooleanWidget,
    ChoiceWidget,
    Column,
    Context,
    IdentifierWidget,
    Lookup,
    LookupWidget,
    Row,
    Sheet,
    Written,
    register,
)
from members.models import DuplicateCandidate, Employer, Membership, Person
from members.models.people import WorkerGroup
from members.rules import names
from members.services import people
from members.sheets import doubles, spellings, suggestions
from members.sheets.widgets import PhoneWidget, day


@register
class MemberSheet(Sheet):
    """会员名册: persons and their membership. One row is one person in one union."""

    name = Column(
        "姓名",
        "person__name",
        required=True,
        personal=masking.name,
        max_length=50,
        synonyms=["名字", "人员姓名"],
        examples=["张建国", "欧阳静"],
    )
    certificate_type = Column(
        "证件类型",
        "person__certificate_type",
        widget=ChoiceWidget(dict(Person.CertificateType.choices), synonyms=spellings.CERTIFICATE),
        help_text="不填为居民身份证",
        synonyms=["证件种类", "证件名称", "身份证件类型"],
        examples=["居民身份证", "居民身份证"],
    )
    number = Column(
        "证件号码",
        "person__certificate_number",
        required=True,
        identifier=True,
        personal=masking.number,
        width=22,
        widget=IdentifierWidget(20),
        synonyms=[
            "身份证号",
            "身份证号码",
            "公民身份号码",
            "公民身份证号",
            "居民身份证号码",
            "身份证",
            "证件号",
            "身份号码",
            "身份证件号码",
            "有效证件号码",
        ],
        examples=["330600199003079990", "330600199003079982"],
    )
    sex = Column(
        "性别",
        "person__sex",
        widget=ChoiceWidget(dict(Person.Sex.choices), synonyms=spellings.SEX),
        help_text="居民身份证号已含性别，可不填",
        synonyms=["男女"],
        examples=["男", "女"],
    )
    birth_date = Column(
        "出生日期",
        "person__birth_date",
        widget=day(),
        help_text="居民身份证号已含出生日期，可不填",
        synonyms=["出生年月日", "生日", "出生时间"],
        examples=["", "1990-03-07"],
    )
    ethnicity = Column(
        "民族",
        "person__ethnicity",
        max_length=20,
        synonyms=["民族成分", "族别"],
        examples=["汉族", "汉族"],
    )
    political_status = Column(
        "政治面貌",
        "person__political_status",
        widget=ChoiceWidget(dict(Person.PoliticalStatus.choices), synonyms=spellings.POLITICAL),
        synonyms=["政治面貌情况", "政治身份", "面貌"],
        examples=["群众", "中共党员"],
    )
    education = Column(
        "学历",
        "person__education",
        widget=ChoiceWidget(dict(Person.Education.choices), synonyms=spellings.EDUCATION),
        synonyms=["文化程度", "学历层次", "最高学历", "受教育程度", "学历情况", "教育程度"],
        examples=["大专", "大学本科"],
    )
    phone = Column(
        "手机号",
        "person__phone",
        identifier=True,
        personal=masking.phone,
        widget=PhoneWidget(),
        synonyms=[
            "手机",
            "手机号码",
            "移动电话",
            "联系电话",
            "联系方式",
            "电话",
            "电话号码",
            "本人电话",
            "联系手机",
        ],
        examples=["13800000004", "13800000005"],
    )
    household = Column(
        "户籍类型",
        "person__household",
        widget=ChoiceWidget(dict(Person.Household.choices), synonyms=spellings.HOUSEHOLD),
        synonyms=["户口性质", "户口类型", "户籍性质", "户口类别"],
        examples=["城镇", "农村"],
    )
    skill_grade = Column(
        "职业技能等级",
        "person__skill_grade",
        choices=dict(Person.SkillGrade.choices),
        synonyms=["技能等级", "职业资格等级", "技术等级"],
        examples=["高级工", ""],
    )
    organisation = Column(
        "所属工会",
        "organisation",
        required=True,
        width=24,
        widget=LookupWidget("organisation", "工会", shown="code"),
        synonyms=[
            "所属工会编码",
            "工会名称",
            "工会编码",
            "所属工会名称",
            "工会",
            "基层工会",
            "所在工会",
            "所属基层工会",
            "基层工会名称",
            "工会组织名称",
            "工会组织",
            "单位工会",
        ],
        examples=["JC01-01", "JC01-01"],
    )
    employer = Column(
        "工作单位",
        "employer",
        width=24,
        widget=LookupWidget("employer", "用人单位", shown="credit_code"),
        help_text="单位名称或统一社会信用代码",
        synonyms=[
            "单位",
            "单位名称",
            "所在单位",
            "用人单位",
            "就业单位",
            "工作单位名称",
            "企业名称",
            "所属单位",
            "公司名称",
        ],
        examples=["", ""],
    )
    joined_on = Column(
        "入会日期",
        "joined_on",
        required=True,
        widget=day(),
        synonyms=["入会时间", "加入工会时间", "加入工会日期", "入会年月日", "入会年月"],
        examples=["2012-05-04", "2021-03-18"],
    )
    card_number = Column(
        "会员证号",
        "card_number",
        identifier=True,
        max_length=30,
        synonyms=["会员卡号", "工会会员证号", "会员证编号", "会员编号", "工会卡号"],
        examples=["", ""],
    )
    worker_group = Column(
        "从业群体",
        "worker_group",
        choices=dict(WorkerGroup.choices),
        help_text="八大群体或新就业形态，其他不填",
        synonyms=["八大群体", "就业群体", "群体类别", "群体", "职业群体", "新就业形态类型"],
        examples=["", "网约送餐员"],
    )
    is_migrant_worker = Column(
        "农民工",
        "is_migrant_worker",
        widget=BooleanWidget(),
        synonyms=["是否农民工", "进城务工人员", "是否为农民工"],
        examples=["否", "是"],
    )
    employment = Column(
        "用工形式",
        "employment",
        choices=dict(Membership.Employment.choices),
        synonyms=["用工性质", "用工方式", "用工类型", "就业形式"],
        examples=["劳动合同", "平台用工"],
    )
    status = Column(
        "就业状况",
        "status",
        choices=dict(Membership.Status.choices),
        synonyms=["就业状态", "在岗状态", "在岗情况"],
        examples=["在岗", "在岗"],
    )
    position = Column(
        "岗位（职务）",
        "position",
        max_length=40,
        synonyms=["岗位", "职务", "工种", "工作岗位", "职业", "现任职务", "职务（岗位）"],
        examples=["钳工", "骑手"],
    )
    is_another = Column(
        "确认为另一人",
        widget=BooleanWidget(),
        help_text="仅在提示与已登记的会员相似、经核对确为两人时填“是”",
        examples=["", ""],
    )

    PERSON = ("name", "certificate_type", "sex", "birth_date", "ethnicity", "political_status",
              "education", "phone", "household", "skill_grade")  # fmt: skip
    MEMBERSHIP = ("employer", "joined_on", "card_number", "worker_group", "is_migrant_worker",
                  "employment", "status", "position")  # fmt: skip

    class Meta:
        name = "members"
        label = "会员名册"
        model = Membership
        permission = "members.import_membership"
        export_permission = "members.export_membership"
        purpose = "会员实名登记"
        import_id_fields = ("number",)
        page = "members:roster"
        described_by = ("name", "number")
        parts = (
            (Person, "memberships"),
            (DuplicateCandidate, "first__memberships"),
            (DuplicateCandidate, "second__memberships"),
        )
        notes = ("同一证件号码只能有一个在册会籍；已在其他工会的，请办理会籍转接。",)

    def prepare(self, context: Context) -> None:
        context.look_up_organisations()
        employers = Employer.objects.visible_to(context.by)
        context.lookups["employer"] = Lookup(employers, code="credit_code", names=["name"])
        context.data["persons"] = {}

    def check(self, rows: Sequence[Row], context: Context) -> None:
        today = timezone.localdate()
        for row in rows:
            values = row.values
            kind = values.setdefault("certificate_type", Person.CertificateType.RESIDENT.value)
            try:
                foreign = kind in {"foreigner", "passport"}
                if written := values.get("name"):
                    name = names.person_name(written, foreign=foreign)
                    values["name"] = name.value
                    if name.mended:
                        row.remark("mended", "姓名中的空格或间隔号已统一写法。", column="name")
            except Invalid as error:
                row.refuse(error.code, error.message, column="name")
            if (number := values.get("number")) is None:
                continue
            try:
                checked = certificates.certificate_number(kind, number, on=today)
            except Invalid as error:
                row.refuse(
                    error.code, error.message, column="number", suggestion=error.suggestion or None
                )
                continue
            values["number"] = checked.value
            if checked.mended:
                row.remark("mended", "证件号码已统一为规范写法。", column="number")
            for remark in checked.remarks:
                row.remark(remark.code, remark.message, column="number")
            for name, said in (("sex", checked.sex), ("birth_date", checked.birth_date)):
                written = values.get(name)
                if said and written and written != said:
                    row.refuse(
                        f"{name}_contradicts_number",
                        "“{value}”与证件号码不一致，请对照证件核对。",
                        column=name,
                    )
                elif said:
                    values[name] = said
                elif not written:
                    row.refuse("required", "该类证件须另行填写此项。", column=name)
        suggestions.add_numbers(rows, context)

    def row_key(self, row: Row) -> Sequence[Any] | None:
        """The number, however it is spelt: with a small x, with blanks, or as one of 15 digits."""
        number = row.get("number")
        return [certificates.comparable_number(number)] if number else None

    def match(self, rows: Sequence[Row], context: Context) -> None:
        field = Person._meta.get_field("certificate_index")
        index = {
            field.index(f"{row.get('certificate_type')}:{row.get('number')}"): row for row in rows
        }
        current = Membership.objects.current().select_related("organisation", "employer")
        persons = Person.objects.filter(certificate_index__in=index).prefetch_related(
            Prefetch("memberships", current, to_attr="current")
        )
        reach, unknown = context.lookups["organisation"], dict.fromkeys(rows)
        reach.learn({now.organisation.code for person in persons for now in person.current})
        for person in persons:
            row = index[bytes(person.certificate_index)]
            now = person.current[0] if person.current else None
            del unknown[row]
            is_here = now is None or now.organisation_id == row.get("organisation").pk
            if is_here and doubles.contradicts(row, person.pk, person.name, context):
                continue
            if now is None:
                context.data["persons"][row.get("number")] = person
            elif is_here:
                now.person = person
                row.instance = now
            else:
                where = f"“{now.organisation}”" if now.organisation.code in reach else "其他工会"
                row.refuse(
                    "already_member",
                    f"“{{value}}”已是{where}的在册会员，请办理会籍转接。",
                    column="number",
                )
        doubles.refuse_second(list(unknown), context)

    def write(self, rows: Sequence[Row], context: Context) -> None:
        pairs, fixed, new = [], [], []
        registered = context.data["persons"]
        for row in rows:
            if row.instance is not None:
                person, membership = row.instance.person, row.instance
                row.assign(person, self.PERSON)
                row.assign(membership, self.MEMBERSHIP)
                fixed.append((person, membership))
                continue
            if person := registered.get(row.get("number")):
                row.before = json.dumps({"person": person.pk})  # stays if this is taken back
                row.assign(person, self.PERSON)
            else:
                person = row.draft(Person, self.PERSON, certificate_number=row.get("number"))
            organisation = row.get("organisation")
            pairs.append(
                (person, row.draft(Membership, self.MEMBERSHIP, organisation=organisation))
            )
            new.append(row)
        if pairs:
            made = people.enrol_many(pairs, by=context.by)
            for row, membership in zip(new, made, strict=True):
                row.object_id = str(membership.pk)
            doubles.note(new, context)
        if fixed:
            people.correct_many(fixed, by=context.by)

    def recall(self, records: QuerySet) -> QuerySet:
        rows = records.select_related("person")
        return rows.prefetch_related("organisation", "person__memberships__organisation")

    def withdraw(self, rows: Sequence[Written], context: Context) -> None:
        people.withdraw_many(
            [row.instance for row in rows],
            persons=[row.instance.person for row in rows if not row.before],
            by=context.by,
        )

    def restore(self, rows: Sequence[Written], context: Context) -> None:
        people.correct_many([(row.instance.person, row.instance) for row in rows], by=context.by)

    def rows(self, context: Context) -> QuerySet:
        return super().rows(context).current().select_related("person", "organisation", "employer")
