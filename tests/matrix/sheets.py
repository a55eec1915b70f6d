"""The rows of `core.sheets`: imports, their mending, exports. Their sheet is the roster."""

import io
import json
import uuid

from django.core.files.uploadedfile import SimpleUploadedFile

from core.models import Job, Organisation, SheetImport, SheetMapping
from core.services import files
from tests.factories.core import UserFactory
from tests.matrix import core, members
from tests.matrix.rows import HONOURS, Maker, Row


class Again(SimpleUploadedFile):
    """An upload that many actors send one after the other."""

    def read(self, *size: int) -> bytes:
        self.seek(0)
        return super().read(*size)


# Who brings in tables of other apps, and sees nothing of the rosters.
WITH_SHEETS = (
    "committee aid_clerk aid_reviewer aid_approver data_checker finance_maker funds_auditor "
    f"{HONOURS} competitions_clerk competitions_approver"
)

ROWS: dict[str, Row] = {
    "sheets": Row(f"clerk head chair {WITH_SHEETS}"),
    "sheet_import": Row("clerk head chair", "sheet_import"),
    "sheet_undo": Row("clerk head chair", "written_import", writes="clerk head chair", post={}),
    "sheet_mend": Row(
        "clerk head chair",
        "roster_import",
        args={"number": 2},
        writes="clerk head chair",
        post={"name": "张建国"},
    ),
    "sheet_confirm": Row("clerk head chair", "mended_import", writes="clerk head chair", post={}),
    "sheet_mapping": Row(
        "clerk head chair",
        "strange_import",
        writes="clerk head chair",
        post={
            "place_name": "0",
            "place_number": "1",
            "place_organisation": "2",
            "place_joined_on": "3",
        },
    ),
    "sheet_mappings": Row(f"clerk head chair {WITH_SHEETS}"),
    "sheet_mapping_delete": Row(
        "clerk head chair", "sheetmapping", writes="clerk head chair", post={}
    ),
    "sheet_template": Row("clerk head chair", args={"name": "members"}),
    "sheet_upload": Row(
        "clerk head chair",
        args={"name": "members"},
        writes="clerk head chair",
        post=lambda world: {
            "organisation": world.own.pk,
            "file": Again("名册.csv", "姓名".encode()),
            "mode": "strict",
        },
    ),
    "sheet_export": Row(
        "clerk head chair",
        args={"name": "members"},
        writes="clerk head chair",
        post=lambda world: {
            "organisation": world.own.pk,
            "ending": ".csv",
            "purpose": "年度名册核对",
        },
    ),
}


def sheet_import(place: Organisation, token: str) -> SheetImport:
    """One that is finished, with a wrong row and its workbook."""
    made = SheetImport.objects.create(
        job=Job.objects.create(
            kind="core.sheet_import",
            label="导入表格",
            organisation=place,
            requested_by=UserFactory(organisation=place),
            state=Job.State.DONE,
        ),
        sheet="members",
        organisation=place,
        upload=core.storedfile(place, token),
        error_file=core.storedfile(place, token),
        state=SheetImport.State.REFUSED,
        read=1,
        rejected=1,
    )
    finding = {"column": "姓名", "code": "required", "message": token, "suggestion": ""}
    made.rows.create(number=2, outcome="rejected", errors=[finding], digest=b"")
    return made


def written_import(place: Organisation, token: str) -> SheetImport:
    """One that is finished and has added a member, whom nobody has touched since."""
    made = sheet_import(place, token)
    made.rows.update(
        outcome="created", errors=[], label=token, object_id=members.membership(place, token).pk
    )
    made.state, made.created, made.rejected = SheetImport.State.DONE, 1, 0
    made.save()
    return made


def roster_import(place: Organisation, token: str) -> SheetImport:
    """One of a roster that can be read, of whose rows the only one is wrong."""
    uploader = UserFactory(username=uuid.uuid4().hex, organisation=place)
    made = SheetImport.objects.create(
        job=Job.objects.create(
            kind="core.sheet_import",
            label="导入表格",
            organisation=place,
            requested_by=uploader,
            state=Job.State.DONE,
        ),
        sheet="members",
        organisation=place,
        upload=files.store(
            io.BytesIO(f"姓名,证件号码,所属工会,入会日期\n{token},,,2020-01-01\n".encode()),
            name=f"{token}.csv",
            media_type="text/csv",
            permission="members.import_membership",
            organisation=place,
            by=uploader,
        ),
        is_strict=False,
        state=SheetImport.State.DONE,
        read=1,
        rejected=1,
    )
    finding = {"column": "证件号码", "code": "required", "message": token, "suggestion": ""}
    made.rows.create(number=2, outcome="rejected", errors=[finding], digest=b"")
    return made


def strange_import(place: Organisation, token: str) -> SheetImport:
    """One of a file whose headings nobody knows."""
    made = roster_import(place, token)
    with made.upload.content.storage.open(made.upload.content.name, "wb") as stream:
        stream.write("甲列,乙列,丙列,丁列\n1,2,3,4\n".encode())
    made.rows.all().delete()
    made.read = made.rejected = 0
    made.state, made.code = SheetImport.State.REFUSED, "no_heading"
    made.told = [token]
    made.save()
    return made


def sheetmapping(place: Organisation, token: str) -> SheetMapping:
    return SheetMapping.objects.create(
        sheet="members",
        organisation=place,
        digest="0" * 64,
        headings=[token],
        places={"name": 0},
        saved_by=UserFactory(organisation=place),
    )


def mended_import(place: Organisation, token: str) -> SheetImport:
    made = roster_import(place, token)
    cells = json.dumps({"name": token})
    made.mends.create(number=2, state="mended", cells=cells, made_by=made.job.requested_by)
    return made


SUBJECTS: dict[str, Maker] = {
    "sheet_import": sheet_import,
    "written_import": written_import,
    "roster_import": roster_import,
    "mended_import": mended_import,
    "strange_import": strange_import,
    "sheetmapping": sheetmapping,
}
