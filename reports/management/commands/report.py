"""`manage.py report KIND --org CODE --period 2021 --out DIR`: a report made in this process.

Exit status 0 done, 1 refused, 2 wrong usage; a sentence on standard error, never a traceback.
"""

import shutil
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.errors import Refused
from core.jobs import run_now
from core.models import Job, Organisation, StoredFile
from core.periods import Period
from reports import services, shipped
from reports.models import ReportDefinition, ReportRun


class Command(BaseCommand):
    help = "Makes a report and writes its files: pdf, docx, xlsx and figures.json."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind", help="annual, or the code of a definition of your own")
        parser.add_argument("--org", required=True, metavar="CODE")
        parser.add_argument("--period", required=True, help="2021, 2021-Q3, 2021-07, day..day")
        parser.add_argument("--out", required=True, type=Path, metavar="DIR")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            period = Period.parse(options["period"])
        except ValueError as error:
            raise CommandError(str(error), returncode=2) from error
        organisation = Organisation.objects.filter(code=options["org"]).first()
        if organisation is None:
            raise CommandError(f"没有编码为“{options['org']}”的工会。", returncode=2)
        definition = self._definition(options["kind"], organisation)
        try:
            run = services.start(
                definition, organisation=organisation, period=period, by=None, send=False
            )
            finished = run_now(run.job)
        except Refused as refused:
            raise CommandError(str(refused), returncode=1) from refused
        if finished.state != Job.State.DONE:
            raise CommandError(finished.error, returncode=1)
        run = ReportRun.objects.get(pk=run.pk)
        for path in self._write(run, options["out"]):
            self.stdout.write(str(path))
        for sentence in run.findings:
            self.stderr.write(f"核对未通过：{sentence}")

    @staticmethod
    def _definition(kind: str, organisation: Organisation) -> ReportDefinition:
        """The nearest definition of that kind above the organisation; the shipped one if none."""
        above = [*Organisation.objects.get_ancestors(organisation), organisation]
        rows = ReportDefinition.objects.filter(kind=kind, organisation__in=above, is_active=True)
        found = rows.order_by("-organisation__depth").first()
        if found is None and kind == shipped.ANNUAL:
            found = shipped.install(above[0])
        if found is None:
            raise CommandError(f"没有代号为“{kind}”的报告定义。", returncode=2)
        return found

    @staticmethod
    def _write(run: ReportRun, folder: Path) -> list[Path]:
        stem = f"{run.definition.kind}-{run.organisation.code}-{run.period.key}"
        names: dict[str, StoredFile] = {
            f"{stem}.pdf": run.pdf,
            f"{stem}.docx": run.docx,
            f"{stem}.xlsx": run.xlsx,
            "figures.json": run.figures_json,
        }
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for name, file in names.items():
                with file.content.open() as source, (folder / name).open("wb") as target:
                    shutil.copyfileobj(source, target)
        except OSError as error:
            raise CommandError(
                f"无法写入“{error.filename}”：{error.strerror}。", returncode=2
            ) from error
        return [folder / name for name in names]
