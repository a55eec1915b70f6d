"""How a row finds its file: by the number of the applicant, in the uploader's scope."""

from collections.abc import Collection, Iterable, Sequence

from django.db.models import QuerySet

from core import workflow
from core.models import User
from core.rules import certificates
from core.sheets import Context, Row
from hardship.models import Case, FamilyMember
from members.models import Person

UNKNOWN = "没有找到申请人证件号码为“{value}”的{noun}，请核对号码；尚未建档的请先导入档案。"


def identities(number: str) -> list[bytes]:
    """Who may bear a number, whatever kind of certificate it is on."""
    text = certificates.comparable_number(number)
    return [workflow.identity(text, kind) for kind in Person.CertificateType.values]


def applicants(numbers: Iterable[str], members: QuerySet) -> dict[str, list[FamilyMember]]:
    """The applicants among these members who have one of the numbers, by the number as it is
    written; the newest file comes last. One query."""
    asked: dict[bytes, set[str]] = {}
    for number in numbers:
        for index in identities(number):
            asked.setdefault(index, set()).add(number)
    rows = members.filter(relation=FamilyMember.Relation.SELF, certificate_index__in=asked)
    found: dict[str, list[FamilyMember]] = {}
    for member in rows.select_related("case__organisation").order_by("case__filed_on", "pk"):
        for number in asked[bytes(member.certificate_index)]:
            found.setdefault(number, []).append(member)
    return found


def link(
    rows: Sequence[Row], context: Context, members: QuerySet, *, noun: str, column: str = "head"
) -> dict[Row, list[Case]]:
    """The files in scope to which each row may belong; a row that has none is refused.

    Rows of one file have the same `Case`, with its members read.
    """
    if refuse_unknown_user(rows, context.by):
        return {}
    known = applicants({row.get(column) for row in rows}, members)
    cases = Case.objects.filter(
        pk__in={member.case_id for found in known.values() for member in found}
    )
    cases = {
        case.pk: case
        for case in cases.select_related("organisation").prefetch_related("members", "recognitions")
    }
    linked = {}
    for row in rows:
        if found := known.get(row.get(column)):
            linked[row] = [cases[member.case_id] for member in found]
        else:
            row.refuse("unknown_file", UNKNOWN.replace("{noun}", noun), column=column)
    return linked


def refuse_unknown_user(rows: Sequence[Row], by: User) -> bool:
    """Whether nobody can tell whom the user must leave to others: then he brings in nothing."""
    refusal = workflow.Ties(by).refusal(())
    for row in rows if refusal else ():
        row.refuse(refusal.code, str(refusal))
    return refusal is not None


def member(row: Row, case: Case, concerned: Collection[bytes]) -> FamilyMember | None:
    """The member of the file whom a row names in `number`, the applicant where it is blank.

    None, and the row refused, where he is not one of them or the file concerns the user.
    """
    people = {member.identity: member for member in case.members.all()}
    asked = identities(row.get("number") or row.get("head"))
    found = next((people[index] for index in asked if index in people), None)
    if not people.keys().isdisjoint(concerned):
        row.refuse("concerned", CONCERNED)
        return None
    if found is None:
        row.refuse(
            "unknown_member",
            "该户档案中没有证件号码为“{value}”的家庭成员，请核对，或先导入家庭成员。",
            column="number",
        )
    return found


CONCERNED = "涉及本人或本人申报的亲属，应当回避，请由其他人员办理。"
