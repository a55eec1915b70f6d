"""manage.py audit verify | seal | head: the seals of the audit trail."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError

from core import audit, seals
from core.errors import Refused

SHOWN = 200


class Command(BaseCommand):
    help = "审计记录的封存与核验"

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("verify", help="核验全部审计记录；发现问题时退出码为 1")
        verbs.add_parser("seal", help="立即封存尚未封存的记录")
        head = verbs.add_parser("head", help="输出链头，供另行留存")
        head.add_argument("--accept", metavar="事由", help="恢复备份后认可库中现有的封条链")

    def handle(self, *, verb: str, **options: Any) -> None:
        try:
            with audit.origin():
                getattr(self, verb)(**options)
        except Refused as refusal:
            self._fail(str(refusal))
        except DatabaseError as error:
            self._fail(f"无法读写审计记录的数据库：{error}")

    def verify(self, **options: Any) -> None:
        report = seals.verify()
        looked = (
            f"已核验封条 {report.blocks} 个、已封存事件 {report.sealed} 条，"
            f"另有待封存事件 {report.pending} 条"
        )
        if not report.findings:
            self.stdout.write(f"{looked}，未发现问题。")
            return
        for finding in report.findings[:SHOWN]:
            self.stderr.write(str(finding))
        if (more := len(report.findings) - SHOWN) > 0:
            self.stderr.write(f"另有 {more} 处问题未列出。")
        self._fail(f"{looked}，发现问题 {len(report.findings)} 处。")

    def seal(self, **options: Any) -> None:
        blocks = seals.seal()
        count = sum(block.count for block in blocks)
        self.stdout.write(f"已封存 {count} 条，新增封条 {len(blocks)} 个。")

    def head(self, *, accept: str | None, **options: Any) -> None:
        head = seals.accept_head(reason=accept) if accept is not None else seals.last_head()
        self.stdout.write(f"{head.block} {head.event} {head.seal}")

    def _fail(self, sentence: str) -> None:
        self.stderr.write(sentence)
        raise SystemExit(1)
