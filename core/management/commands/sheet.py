"""`manage.py sheet template | import | undo | export`: tables in and out, from the command line.

Exit status 0 done, 1 refused or rows rejected in strict mode, 2 wrong usage; a sentence on standard
error, never a traceback.
"""

import json
import shutil
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from core.errors import Refused
from core.jobs import run_now
from core.models import Job, Organisation, SheetImport, User
from core.sheets import exports, imports, undo
from core.sheets.engine import labels, registry, sheet_named
from core.sheets.workbooks import write_template


class Command(BaseCommand):
    help = "Write a template, import a table, or export one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        template = acts.add_parser("template", help="the empty table to fill in")
        coming = acts.add_parser("import", help="import a table")
        going = acts.add_parser("export", help="export rows as a table")
        for act in (template, coming, going):
            act.add_argument("name", help="、".join(labels()) or "name of the sheet")
        back = acts.add_parser("undo", help="take an import back")
        back.add_argument("number", type=int, metavar="IMPORT", help="its number in the address")
        back.add_argument("--by", required=True, metavar="USER")
        coming.add_argument("file", type=Path)
        for act in (coming, going):
            act.add_argument("--org", required=True, metavar="CODE")
            act.add_argument("--by", required=True, metavar="USER")
        template.add_argument("--out", required=True, type=Path, metavar="F.xlsx")
        going.add_argument("--out", required=True, type=Path, metavar="F.xlsx|F.csv")
        coming.add_argument("--partial", action="store_true", help="store the rows that are right")
        coming.add_argument("--errors", type=Path, metavar="F.xlsx", help="the table to mend")
        coming.add_argument("--json", action="store_true", help="counts and errors as JSON")
        going.add_argument("--purpose", default="", help="why; recorded with the export")

    def handle(self, *args: Any, **options: Any) -> None:
        if "name" in options and options["name"] not in registry:
            known = "、".join(f"{name}（{label}）" for name, label in labels().items())
            raise CommandError(f"没有名为“{options['name']}”的表格。现有：{known}。", returncode=2)
        try:
            getattr(self, f"_{options['act']}")(**options)
        except Refused as refused:
            raise CommandError(str(refused), returncode=1) from refused
        except OSError as error:
            raise CommandError(
                f"无法读写文件“{error.filename}”，请检查路径和权限。", returncode=2
            ) from error

    def _template(self, *, name: str, out: Path, **_: Any) -> None:
        write_template(sheet_named(name), out)
        self.stdout.write(f"模板已写入 {out}")

    def _export(self, *, name: str, out: Path, purpose: str, org: str, by: str, **_: Any) -> None:
        organisation, user = _who(org, by)
        count = exports.write(out, sheet=name, organisation=organisation, by=user, purpose=purpose)
        self.stdout.write(f"共 {count} 行，已写入 {out}")

    def _import(self, *, name: str, file: Path, org: str, by: str, **options: Any) -> None:
        organisation, user = _who(org, by)
        with file.open("rb") as stream, transaction.atomic():
            made = imports.start(
                stream,
                name=file.name,
                sheet=name,
                organisation=organisation,
                is_strict=not options["partial"],
                by=user,
                send=False,
            )
        finished = run_now(made.job)
        made.refresh_from_db()
        if finished.state != Job.State.DONE:
            raise CommandError(finished.error, returncode=1)
        if options["json"]:
            self.stdout.write(json.dumps(imports.summary(made), ensure_ascii=False))
        else:
            self.stdout.write(finished.result["summary"])
            for sentence in made.told:
                self.stdout.write(sentence)
        if made.error_file and options["errors"]:
            with made.error_file.content.open("rb") as kept, options["errors"].open("wb") as out:
                shutil.copyfileobj(kept, out)
        if made.state == SheetImport.State.REFUSED:
            self.stderr.write(finished.result["summary"])
            sys.exit(1)

    def _undo(self, *, number: int, by: str, **_: Any) -> None:
        user = _user(by)
        made = SheetImport.objects.visible_to(user).filter(pk=number).first()
        if made is None:
            raise CommandError(f"没有编号为 {number} 的导入。", returncode=2)
        with transaction.atomic():
            asked = undo.start(made, by=user, send=False)
        finished = run_now(asked)
        if finished.state != Job.State.DONE:
            raise CommandError(finished.error, returncode=1)
        self.stdout.write(finished.result["summary"])


def _user(username: str) -> User:
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise CommandError(f"没有可用的账号“{username}”。", returncode=2)
    return user


def _who(code: str, username: str) -> tuple[Organisation, User]:
    """The organisation and the user. Whether the one may act in the other is asked by the door."""
    user = _user(username)
    organisation = Organisation.objects.filter(code=code).first()
    if organisation is None:
        raise CommandError(f"没有编码为“{code}”的工会组织。", returncode=2)
    return organisation, user
