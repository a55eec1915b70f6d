"""移交: the old register of a city. Files that were decided on paper, and their families."""

import copy
from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from core.sheets import (
    ChoiceWidget,
    Column,
    Context,
    DateWidget,
    Row,
    Written,
    register,
)
from hardship.models import Case, FamilyMember, Recognition
from hardship.models.households import Level
from hardship.models.standards import Tier
from hardship.services import intake, takeover
from hardship.services.files import IN_OPEN_FILE
from hardship.sheets import cells
from hardship.sheets.family import FamilyColumns
from hardship.sheets.files import FileColumns
from members.sheets.widgets import parse_date

ENTERED = (
    "该档案已经登记，内容不同，不能以导入改动；确需更正的，请撤销原导入后重新导入，或在复核时更正。"
)
Ending = Recognition.Ending
ENDINGS = {value: label for value, label in Ending.choices if value != Ending.ADJUSTED}
ENDING_SPELLINGS = {
    "脱困": "out",
    "退档": "out",
    "解困": "handed_over",
    "解困转常态化帮扶": "handed_over",
    "死亡": "deceased",
    "死亡注销": "deceased",
    "调离": "moved",
    "调离注销": "moved",
    "重复": "duplicate",
    "重复建档": "duplicate",
    "失实": "misidentified",
}


def needed(name: str) -> Column:
    """A column of files, of which a draft may lack what a file that was decided has."""
    column = copy.copy(FileColumns.fields[name])
    column.required = True
    return column


def filed_on(attribute: str, **more: Any) -> Column:
    return cells.date("建档日期", attribute, synonyms=["认定日期", "入档日期", "建档时间"], **more)


@register
class TakeoverSheet(FileColumns):
    """存量困难职工档案: one row is one file of the old register, whether it goes on or is over."""

    main_cause = needed("main_cause")
    declared_persons = needed("declared_persons")
    declared_income = needed("declared_income")
    housing = needed("housing")
    tier = cells.choice(
        "困难类别",
        "first_recognition__tier",
        Tier.choices,
        ["深度困难", "相对困难"],
        required=True,
        synonyms=["困难类型", "类别"],
    )
    level = cells.choice(
        "档案级别",
        "first_recognition__level",
        Level.choices,
        ["市级", "全国级"],
        required=True,
        synonyms=["级别", "建档级别"],
    )
    filed_on = filed_on("filed_on", examples=["2020-03-02", "2019-06-10"], required=True)
    old_document = cells.text(
        "原认定文号",
        "old_document",
        ["江工困〔2020〕3号", "江工困〔2019〕7号"],
        required=True,
        max_length=60,
        synonyms=["认定文号", "批准文号", "原文号"],
    )
    recheck_due = Column(
        "下次复核期限",
        "recheck_due",
        widget=DateWidget(parse_date),
        help_text="在档的填写；不填按建档日期和复核周期推算",
        synonyms=["复核期限", "下次复核日期"],
        examples=["", ""],
    )
    until = cells.date(
        "终止日期",
        "first_recognition__until",
        ["", "2022-06-10"],
        help_text="已退出的填写，自此日起不再在档",
        synonyms=["退档日期", "脱困日期", "注销日期"],
    )
    ending = Column(
        "终止原因",
        "first_recognition__ending",
        widget=ChoiceWidget(ENDINGS, synonyms=ENDING_SPELLINGS),
        help_text="已退出的填写",
        synonyms=["退档原因", "脱困原因", "注销原因"],
        examples=["", "脱困退档"],
    )

    class Meta:
        name = "hardship_takeover"
        label = "存量困难职工档案"
        model = Case
        permission = takeover.PERMISSION
        export_permission = "hardship.export_case"
        purpose = "存量困难职工档案移交"
        import_id_fields = ("number", "filed_on")
        described_by = ("name", "number")
        parts = ((FamilyMember, "case"), (Recognition, "case"))
        notes = (
            "一行是一份旧档案；同一人先后几次建档的，各占一行，属同一户。",
            "建档当日当地须有低保标准和认定规则，没有的请先登记当时的标准和规则。",
            "只登记已经认定的结果，不重新计算；移交后的复核按现行规定办理。",
        )

    def prepare(self, context: Context) -> None:
        super().prepare(context)
        context.data["documents"] = takeover.Documents()

    def check(self, rows: Sequence[Row], context: Context) -> None:
        super().check(rows, context)
        for row in rows:
            since, until, ending = row.get("filed_on"), row.get("until"), row.get("ending")
            if since and until and until < since:
                row.refuse(
                    "ended_before_filed", "终止日期不能早于建档日期，请核对。", column="until"
                )
            if until and not ending:
                row.refuse("required", "填写了终止日期的，应填写终止原因。", column="ending")
            if ending and not until:
                row.refuse("required", "填写了终止原因的，应填写终止日期。", column="until")

    def match(self, rows: Sequence[Row], context: Context) -> None:
        people = self.people(rows, context)
        wanted = set(people.values())
        mine = self._entered(wanted, context)
        for row, index in people.items():
            row.instance = mine.get((index, row.get("filed_on")))
            if row.instance is not None:
                if any(self.differing(row)):
                    row.refuse("entered", ENTERED)
            else:
                self._judge_documents(row, context)
        self._judge_times({row: index for row, index in people.items() if row.instance is None})

    def _entered(self, people: set[bytes], context: Context) -> dict[tuple[bytes, Any], Case]:
        """The old files that were taken over already, by applicant and day of filing."""
        members = context.visible(FamilyMember, self.permission).filter(
            relation=FamilyMember.Relation.SELF,
            certificate_index__in=people,
            case__taken_over_on__isnull=False,
        )
        keys = dict(members.values_list("case", "certificate_index"))
        cases = self.recall(Case.objects.filter(pk__in=keys))
        return {(bytes(keys[case.pk]), case.filed_on): case for case in cases}

    def _judge_documents(self, row: Row, context: Context) -> None:
        documents: takeover.Documents = context.data["documents"]
        place, since = row.get("organisation"), row.get("filed_on")
        missing = takeover.undocumented(
            documents.standard(place, since), documents.rule(place, since, row.get("tier"))
        )
        if missing:
            row.refuse("undocumented", missing, column="filed_on")

    def _judge_times(self, people: dict[Row, bytes]) -> None:
        """No household is on file twice on one day, nobody in two open files."""
        known = intake.known_persons(set(people.values()))
        times: dict[Any, list] = {}
        households = {found.household for found in known.values()}
        rows = Recognition.objects.filter(household__in=households)
        for household, since, until in rows.values_list("household", "since", "until"):
            times.setdefault(household, []).append((since, until))
        for row, index in people.items():
            since, until = row.get("filed_on"), row.get("until")
            found = known.get(index)
            own = times.setdefault(found.household if found else index, [])
            if found and found.is_open and until is None:
                row.refuse("in_open_file", IN_OPEN_FILE, column="number")
            elif any(takeover.overlapping(since, until, *other) for other in own):
                row.refuse("overlapping", takeover.OVERLAPPING, column="filed_on")
            own.append((since, until))

    def write(self, rows: Sequence[Row], context: Context) -> None:
        facts = (*self.FACTS, "tier", "level", "filed_on", "old_document", "recheck_due")
        files = {}
        for row in rows:
            case = row.draft(
                Case, facts, organisation=row.get("organisation"), applicant_name=row.get("name")
            )
            files[row] = takeover.Old(
                case, self.applicant(row), row.get("until"), row.get("ending") or ""
            )
        takeover.take_over_many(
            list(files.values()), documents=context.data["documents"], by=context.by
        )
        for row, old in files.items():
            row.object_id = str(old.case.pk)

    def withdraw(self, rows: Sequence[Written], context: Context) -> None:
        takeover.withdraw_many([row.instance for row in rows], by=context.by)

    def rows(self, context: Context) -> QuerySet:
        return super().rows(context).filter(taken_over_on__isnull=False)


class OfOldFile:
    """A row of an old file, which it names by the applicant and, where he had several, the day."""

    noun = "存量困难职工档案"

    def heads(self, context: Context) -> QuerySet[FamilyMember]:
        members = context.visible(FamilyMember, self.permission)
        return members.filter(case__taken_over_on__isnull=False)


@register
class TakeoverFamilySheet(OfOldFile, FamilyColumns):
    """存量家庭成员: the families of old files, until the first re-check."""

    filed_on = filed_on(
        "case__filed_on",
        examples=["", ""],
        help_text="同一户主有几份存量档案的填写，不填为最近一份",
    )

    class Meta:
        name = "hardship_takeover_family"
        label = "存量困难职工家庭成员"
        model = FamilyMember
        permission = takeover.PERMISSION
        export_permission = "hardship.export_case"
        purpose = "存量困难职工档案移交"
        import_id_fields = ("head", "filed_on", "number")
        described_by = ("name", "number")
        notes = ("请先导入存量困难职工档案；档案进入复核后，家庭成员由填报人在复核中更正。",)

    def row_key(self, row: Row) -> Sequence[Any] | None:
        key = cells.comparable(row, "head", "number")
        return key and [*key, row.get("filed_on") or ""]

    def choose(self, row: Row, cases: Sequence[Case]) -> Case | None:
        if not (since := row.get("filed_on")):
            return cases[-1]
        return next((case for case in cases if case.filed_on == since), None)

    def obstacle(self, case: Case) -> str:
        return takeover.moved_on(case)

    def put(self, members: Sequence[FamilyMember], context: Context) -> None:
        takeover.put_family_many(members, fields=self.PERSON, by=context.by)

    def drop(self, members: Sequence[FamilyMember], context: Context) -> None:
        takeover.drop_family_many(members, by=context.by)

    def rows(self, context: Context) -> QuerySet:
        return super().rows(context).filter(case__taken_over_on__isnull=False, case__round=1)
