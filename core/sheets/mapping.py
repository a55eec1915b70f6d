"""Files of a union's own shape: which of its headings are which of our columns, said once and kept.

What is kept holds for every file with the same row of headings that comes in for the same union.
"""

from collections.abc import Iterable, Mapping, Sequence

from django.db import transaction
from django.utils import timezone

from core import audit
from core.errors import Refused
from core.models import Organisation, SheetImport, SheetMapping, User
from core.services import records
from core.sheets.engine import Sheet, registry, sheet_named
from core.sheets.headings import Heading, headings_digest, likeness
from core.sheets.reading import Placement, heading_candidates

# Why a file was turned down that somebody can put right by saying which column is which.
MENDABLE = frozenset({"no_heading", "heading_missing", "heading_twice"})
# From here on a heading is offered as what was perhaps meant. A column that may stay empty should
# rather stay empty than take in what it is not.
ALIKE_REQUIRED, ALIKE = 0.55, 0.7


def offered(made: SheetImport, user: User) -> bool:
    """Whether this import waits for somebody to say which column is which."""
    return bool(
        made.sheet in registry
        and made.state == SheetImport.State.REFUSED
        and made.code in MENDABLE
        and not (made.upload.expires_at and made.upload.expires_at < timezone.now())
        and user.has_perm(sheet_named(made.sheet).permission, made.organisation)
    )


def outline(made: SheetImport) -> list[tuple[int, list[str]]]:
    """Rows of the upload that may be its heading, by number, the likeliest first.

    Reads the upload anew, so that nothing of it needs to be kept elsewhere. Refuses a file in which
    every row looks like data.
    """
    found = heading_candidates(made.upload.content.path, name=made.upload.name)
    if not found:
        raise Refused(
            "前几行中没有像表头的一行，请在表格第一行写上各列的名称后再上传。", code="no_heading"
        )
    return found


def guess(headings: Sequence[str], columns: Iterable[tuple[str, Heading]]) -> dict[str, int]:
    """Which heading each column perhaps is: names of columns to places, each place once."""
    scores = sorted(
        (
            (score, name, place)
            for name, column in columns
            for place, heading in enumerate(headings)
            if (score := likeness(heading, column))
            >= (ALIKE_REQUIRED if column.required else ALIKE)
        ),
        key=lambda score: -score[0],
    )
    found: dict[str, int] = {}
    for _, name, place in scores:
        if name not in found and place not in found.values():
            found[name] = place
    return found


@transaction.atomic
def remember(
    *,
    sheet: str,
    organisation: Organisation,
    headings: Sequence[str],
    places: Mapping[str, int],
    constants: Mapping[str, str],
    by: User,
) -> SheetMapping:
    """Keep which column is which, in place of what was said before of the same headings.

    `places` maps names of columns to places in `headings`, `constants` those that the file does not
    have to the text that stands for every row.
    """
    declared = sheet_named(sheet)
    records.require(by, declared.permission, organisation)
    _refuse_wrong(declared, headings, places, constants)
    digest = headings_digest(headings)
    earlier = SheetMapping.objects.filter(
        sheet=sheet, organisation=organisation, digest=digest
    ).first()
    kept = earlier or SheetMapping(sheet=sheet, organisation=organisation, digest=digest)
    kept.places, kept.constants = dict(places), dict(constants)
    kept.headings = list(headings)
    kept.saved_by, kept.saved_at = by, timezone.now()
    return records.save(kept, by=by)


@transaction.atomic
def forget(kept: SheetMapping, *, by: User) -> None:
    """Files with these headings are asked about again; what came in by it stays as it is."""
    records.require(by, "core.delete_sheetmapping", kept)
    if kept.sheet in registry:
        records.require(by, sheet_named(kept.sheet).permission, kept.organisation)
    changes = audit.difference(audit.snapshot(kept), {})
    audit.record("core.sheetmapping.delete", by=by, obj=kept, changes=changes)
    kept.delete()


def saved_for(made: SheetImport, sheet: Sheet) -> dict[str, Placement]:
    """What is kept for this union and sheet, by the digest of the headings.

    A table that was given back has the columns with one text for all rows among its own.
    """
    named = {name: column.column_name for name, column in sheet.incoming}
    found = {}
    kept_here = SheetMapping.objects.filter(sheet=made.sheet, organisation=made.organisation)
    for kept in kept_here:
        told = f"已按 {timezone.localdate(kept.saved_at)} 保存的对应关系读取。"
        places = {named[name]: at for name, at in kept.places.items() if name in named}
        constants = {named[name]: text for name, text in kept.constants.items() if name in named}
        found[kept.digest] = Placement(places, constants, told)
        if constants:
            width = len(kept.headings)
            behind = {heading: width + at for at, heading in enumerate(constants)}
            returned = headings_digest([*kept.headings, *constants])
            found[returned] = Placement(places | behind, {}, told)
    return found


def may_be_constant(sheet: Sheet, name: str) -> bool:
    """Whether all rows of a file may say the same here: it is required, and nobody's own."""
    column, key = sheet.fields[name], sheet._meta.import_id_fields
    return column.required and column.personal is None and list(key) != [name]


def _refuse_wrong(
    sheet: Sheet,
    headings: Sequence[str],
    places: Mapping[str, int],
    constants: Mapping[str, str],
) -> None:
    columns = dict(sheet.incoming)
    strangers = {*places, *constants} - columns.keys()
    if strangers or not all(0 <= place < len(headings) for place in places.values()):
        raise Refused("所选的列不在这份表格中，请重新选择。", code="unknown_column")
    for place in set(places.values()):
        names = [columns[name].column_name for name, at in places.items() if at == place]
        if len(names) > 1:
            raise Refused(
                f"“{headings[place]}”不能同时作为“{'”和“'.join(names)}”，请只选一处。",
                code="column_twice",
            )
    if any(not may_be_constant(sheet, name) for name in constants):
        raise Refused("这一列每行各不相同，不能整份填同一内容。", code="not_constant")
    for name, column in columns.items():
        if column.required and name not in places and not constants.get(name, "").strip():
            raise Refused(f"“{column.column_name}”必须对应一列。", code="column_missing")
