"""The roster of unions: places in the tree with their particulars."""

from collections.abc import Sequence

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Length, Substr

from core import masking
from core.models import Lineage, Organisation
from core.services import organisations, records
from core.sheets import (
    Column,
    Context,
    DateWidget,
    IdentifierWidget,
    IntegerWidget,
    Row,
    Sheet,
    Written,
    register,
)
from members.models import UnionProfile
from members.rules import credit_codes
from members.sheets.widgets import PhoneWidget, RuleWidget, day, parse_date


@register
class OrganisationSheet(Sheet):
    """工会组织: places in the tree with their particulars. A superior stands above its unions."""

    code = Column(
        "组织编码",
        "code",
        required=True,
        widget=IdentifierWidget(32),
        identifier=True,
        synonyms=["工会编码", "编码", "组织代码", "工会代码", "工会组织编码"],
        examples=["JC01-01-901", "JC01-01-902"],
    )
    name = Column(
        "工会全称",
        "name",
        required=True,
        max_length=120,
        width=32,
        synonyms=["工会名称", "组织名称", "工会组织名称", "工会组织全称", "全称", "基层工会名称"],
        examples=["江城市第一机械厂工会委员会", "江城市新街片区联合工会委员会"],
    )
    short_name = Column(
        "简称",
        "short_name",
        max_length=60,
        synonyms=["工会简称", "组织简称"],
        examples=["一机工会", "新街联合工会"],
    )
    level = Column(
        "组织层级",
        "level",
        required=True,
        choices=dict(Organisation.Level.choices),
        synonyms=["层级", "工会层级", "工会级别", "级别"],
        examples=["基层", "基层"],
    )
    parent = Column(
        "上级工会编码",
        None,
        widget=IdentifierWidget(32),
        identifier=True,
        synonyms=["上级工会", "上级组织编码", "上级编码", "上级工会代码", "主管工会编码"],
        help_text="新建时必填：已登记的工会，或在本表前面的行中",
        examples=["JC01-01", "JC01-01"],
    )
    established_on = Column(
        "建会日期",
        "established_on",
        help_text="新建时必填",
        widget=day(),
        synonyms=["成立日期", "建会时间", "成立时间", "工会成立日期", "工会成立时间"],
        examples=["2012-05-04", "2021-03-18"],
    )
    kind = Column(
        "工会类型",
        "profile__kind",
        help_text="新建时必填",
        choices=dict(UnionProfile.Kind.choices),
        synonyms=["类型", "组织类型", "基层工会类型", "建会形式", "工会组织类型"],
        examples=["单独基层工会", "联合基层工会"],
    )
    sector = Column(
        "所属领域",
        "profile__sector",
        choices=dict(UnionProfile.Sector.choices),
        synonyms=["领域", "领域类别"],
        examples=["", "“两新”组织"],
    )
    approval_number = Column(
        "批复文号",
        "profile__approval_number",
        max_length=60,
        synonyms=["批复文件号", "批准文号", "批复号", "建会批复文号"],
        examples=["江工发〔2012〕8号", ""],
    )
    union_code = Column(
        "工会统一社会信用代码",
        "profile__union_code",
        identifier=True,
        width=22,
        widget=RuleWidget(credit_codes.credit_code, of="union"),
        synonyms=[
            "工会法人代码",
            "工会信用代码",
            "统一社会信用代码",
            "工会社会信用代码",
            "工会法人统一社会信用代码",
        ],
        examples=["81330600MC0000012J", ""],
    )
    legal_certificate = Column(
        "法人资格证号",
        "profile__legal_certificate",
        identifier=True,
        max_length=40,
        synonyms=["工会法人资格证号", "法人证号", "法人资格证书编号", "法人资格证书号"],
        examples=["", ""],
    )
    term_number = Column(
        "届次",
        "profile__term_number",
        widget=IntegerWidget(minimum=1, maximum=99),
        synonyms=["届别", "第几届", "本届届次"],
        examples=["3", "1"],
    )
    term_since = Column(
        "本届起始日",
        "profile__term_since",
        widget=day(),
        synonyms=["本届开始日期", "本届起始日期", "任期开始", "任期起始日", "届期起"],
        examples=["2020-06-01", "2021-03-18"],
    )
    term_until = Column(
        "本届截止日",
        "profile__term_until",
        widget=DateWidget(parse_date),
        synonyms=["本届结束日期", "本届截止日期", "任期届满", "任期截止日", "届满日期", "届期止"],
        examples=["2025-06-01", "2024-03-18"],
    )
    chair_name = Column(
        "工会主席",
        "profile__chair_name",
        personal=masking.name,
        max_length=50,
        synonyms=["主席姓名", "工会主席姓名", "工会负责人", "负责人", "主席"],
        examples=["李明", "周红"],
    )
    chair_phone = Column(
        "主席手机号",
        "profile__chair_phone",
        personal=masking.phone,
        identifier=True,
        widget=PhoneWidget(),
        synonyms=[
            "主席手机",
            "主席电话",
            "主席联系电话",
            "工会主席手机号",
            "工会主席电话",
            "联系电话",
            "手机号",
        ],
        examples=["13800000001", "13800000002"],
    )
    dues_channel = Column(
        "经费收缴方式",
        "profile__dues_channel",
        choices=dict(UnionProfile.DuesChannel.choices),
        synonyms=["经费收缴渠道", "经费上缴方式", "缴费方式", "经费缴纳方式"],
        examples=["税务代收", "税务代收"],
    )

    NODE = ("name", "short_name", "level", "established_on")
    PROFILE = (
        "kind", "sector", "approval_number", "union_code", "legal_certificate", "term_number",
        "term_since", "term_until", "chair_name", "chair_phone", "dues_channel",
    )  # fmt: skip

    class Meta:
        name = "organisations"
        label = "工会组织"
        model = Organisation
        permission = "core.add_organisation"
        export_permission = "members.reveal_unionprofile"
        purpose = "工会组织管理"
        import_id_fields = ("code",)
        described_by = ("code", "name")
        parts = ((UnionProfile, "organisation"), (Lineage, "descendant"))
        notes = ("上级工会须已登记，或写在本表前面的行中。",)

    def prepare(self, context: Context) -> None:
        context.look_up_organisations()
        context.data["announced"] = set()

    def check(self, rows: Sequence[Row], context: Context) -> None:
        known = context.lookups["organisation"]
        known.learn({row.get(name) for row in rows for name in ("code", "parent")} - {None})
        announced = context.data["announced"]
        for row in rows:
            parent = row.get("parent")
            if row.get("code") not in known:
                for name in ("parent", "established_on", "kind"):
                    if not row.cells.get(name, "").strip():
                        heading = self.fields[name].heading
                        row.refuse("required", f"新建工会时“{heading}”不能为空。", column=name)
            if parent and parent not in known and parent not in announced:
                row.refuse(
                    "unknown_organisation",
                    "在办理范围内没有编码为“{value}”的工会，也不在本表前面的行中，请核对上级工会。",
                    column="parent",
                    suggestion=known.nearest(parent),
                )
            since, until = row.get("term_since"), row.get("term_until")
            if since and until and until <= since:
                row.refuse("term_backward", "本届截止日应晚于起始日。", column="term_until")
            if row.get("code"):
                announced.add(row.get("code"))

    def match(self, rows: Sequence[Row], context: Context) -> None:
        codes = [row.get("code") for row in rows]
        found = self._loaded(Organisation.objects.filter(code__in=codes))
        stored = {row.code: row for row in found}
        known = context.lookups["organisation"]
        known.learn(stored)
        for row in rows:
            found = stored.get(row.get("code"))
            if found and found.code not in known:
                row.refuse("code_taken", "组织编码“{value}”不能使用，请另编。", column="code")
            elif found and row.get("parent", found.above) != found.above:
                row.refuse(
                    "parent_differs",
                    f"该工会现隶属于“{found.above}”，调整隶属关系请在工会组织页面办理。",
                    column="parent",
                )
            elif found:
                row.instance = found

    @staticmethod
    def _loaded(rows: QuerySet) -> QuerySet:
        """With the particulars, and the code of the superior as `above`."""
        above = Organisation.objects.order_by().filter(
            path=Substr(OuterRef("path"), 1, Length(OuterRef("path")) - Organisation.steplen)
        )
        return rows.select_related("profile").annotate(above=Subquery(above.values("code")))

    def write(self, rows: Sequence[Row], context: Context) -> None:
        by = context.by
        made: dict[str, Organisation] = {}
        wanted = {row.get("parent") for row in rows if row.instance is None}
        parents = {row.code: row for row in Organisation.objects.filter(code__in=wanted)}
        pairs, profiles = [], []
        for row in rows:
            if row.instance is not None:
                continue
            code = row.get("parent")
            parent = made.get(code) or parents.get(code)
            if parent is None:
                row.refuse(
                    "parent_rejected",
                    "上级工会“{value}”所在的行未通过，请先改正。",
                    column="parent",
                )
                continue
            organisation = Organisation()
            row.assign(organisation, ("code", "name", "short_name", "level", "established_on"))
            pairs.append((organisation, parent))
            made[organisation.code] = organisation
            profile = UnionProfile(organisation=organisation)
            row.assign(profile, self.PROFILE)
            profiles.append(profile)
        if pairs:
            organisations.establish_many(pairs, by=by)
            for row in rows:
                if row.get("code") in made:
                    row.object_id = str(made[row.get("code")].pk)
            for profile in profiles:
                profile.organisation_id = profile.organisation.pk
        changed = [row for row in rows if row.instance is not None]
        kept = []
        for row in changed:
            row.assign(row.instance, self.NODE)
            profile = getattr(row.instance, "profile", None)
            if profile is None:
                profile = UnionProfile(organisation=row.instance)
                profiles.append(profile)
            else:
                kept.append(profile)
            row.assign(profile, self.PROFILE)
        records.add_many(profiles, by=by)
        records.save_many([row.instance for row in changed], fields=self.NODE, by=by)
        records.save_many(kept, fields=self.PROFILE, by=by)

    def recall(self, records: QuerySet) -> QuerySet:
        return records.select_related("profile")

    def put_back(self, row: Written) -> None:
        kept = row.before
        if self._had_no_profile(row):
            kept = {name: value for name, value in kept.items() if name not in self.PROFILE}
        super().put_back(Written(row.number, row.instance, kept))

    @staticmethod
    def _had_no_profile(row: Written) -> bool:
        """Every profile has a kind: where there was none, the import added the profile."""
        return "kind" in row.before and row.before["kind"] is None

    def withdraw(self, rows: Sequence[Written], context: Context) -> None:
        self._withdraw_profiles(rows, context)
        organisations.withdraw_many([row.instance for row in rows], by=context.by)

    def restore(self, rows: Sequence[Written], context: Context) -> None:
        added = [row for row in rows if self._had_no_profile(row)]
        kept = [row.instance.profile for row in rows if not self._had_no_profile(row)]
        self._withdraw_profiles(added, context)
        records.save_many([row.instance for row in rows], fields=self.NODE, by=context.by)
        records.save_many(kept, fields=self.PROFILE, by=context.by)

    @staticmethod
    def _withdraw_profiles(rows: Sequence[Written], context: Context) -> None:
        profiles = [row.instance.profile for row in rows]
        records.remove_many(profiles, by=context.by, action="members.unionprofile.withdraw")

    def rows(self, context: Context) -> QuerySet:
        return self._loaded(super().rows(context).order_by("path"))

    def dehydrate_parent(self, row: Organisation) -> str:
        return row.above or ""
