"""`manage.py demo`: a city with its rosters, history and accounts, in a fresh installation.

Exit status 0 done, 1 refused. A second run changes nothing and prints the accounts again. With
`--report` a worker, which must be running, makes the yearly report of 2021.
"""

import logging
import unicodedata
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from core import seals
from core.errors import Refused
from core.jobs import run_now
from core.models import Job, Organisation
from demo import accounts, report, tasks
from demo.places import CITY_NAME
from members.models import Employer, Membership


class Command(BaseCommand):
    help = "Builds the demo city in a fresh installation. Status: 0 done, 1 refused."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--report", action="store_true", help="also the yearly report of 2021, by a worker"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("演示城市不能建在正式运行的系统中。", returncode=1)
        try:
            job = tasks.found()
            if job.state == Job.State.DONE:
                self.stdout.write(f"{CITY_NAME}（演示）已经建成，本次没有改动。")
            else:
                self.stdout.write(f"正在建立{CITY_NAME}（演示）……")
                with self._progress():
                    job = run_now(job)
                if job.state != Job.State.DONE:
                    raise CommandError(f"演示城市没有建成：{job.error}", returncode=1)
                seals.seal()  # where no beat runs, nobody else would
            self._tell()
            if options["report"]:
                self._report()
        except Refused as refused:
            raise CommandError(str(refused), returncode=1) from refused

    @contextmanager
    def _progress(self) -> Iterator[None]:
        """The steps of the job, as they are done, on standard output."""
        logger, handler = logging.getLogger("demo"), logging.StreamHandler(self.stdout)
        logger.setLevel(logging.INFO)
        logger.addHandler(handler)
        logger.propagate = False
        try:
            yield
        finally:
            logger.propagate = True
            logger.removeHandler(handler)

    def _tell(self) -> None:
        counts = {
            "工会组织": f"{Organisation.objects.count():,} 个",
            "用人单位": f"{Employer.objects.count():,} 家",
            "在册会员": f"{Membership.objects.current().count():,} 人",
            "导入的表格": str(tasks.folder()),
        }
        for name, count in counts.items():
            self.stdout.write(f"{name}：{count}")
        self.stdout.write("账号（自行改过密码的，以本人的密码为准）：")
        heading = ("账号", "角色", "范围", "密码", "登录地址")
        for line in aligned([heading, *accounts.table(settings.SITE_URL)]):
            self.stdout.write(line)

    def _report(self) -> None:
        self.stdout.write(f"正在生成{report.YEAR}年度工作报告……")
        run = report.publish(report.wait(report.ask(), tell=self.stdout.write))
        for finding in run.findings:
            self.stdout.write(f"核对未通过：{finding}")
        self.stdout.write(f"年度工作报告：{report.copy(run)}")
        self.stdout.write(f"网上查看：{settings.SITE_URL}{reverse('reports:run', args=[run.pk])}")


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """The rows as lines with columns under one another; Chinese characters are two wide."""
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell + " " * (wide - width(cell)) for cell, wide in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    ]


def width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
