"""Whether the registers of money and the books agree, on the command line."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from core.models import Organisation
from funds import reconciliation

LABELS = {
    "applied": "登记",
    "refused": "撤销",
    "open": "未审批",
    "approved": "已审批",
    "paid": "已支付",
    "failed": "退票",
    "waiting": "待支付",
}


class Command(BaseCommand):
    help = "Compares what is owed, paid and booked. Status: 0 agrees, 1 differs, 2 wrong usage."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--org", required=True, help="code of the organisation")
        parser.add_argument("--json", action="store_true", help="an object for programs")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        organisation = Organisation.objects.filter(code=options["org"]).first()
        if organisation is None:
            raise CommandError(f"没有编码为“{options['org']}”的工会。", returncode=2)
        parts = [organisation, *Organisation.objects.get_children(organisation)]
        sums = {part: reconciliation.sums(part) for part in parts}
        found = reconciliation.differences(organisation)
        if options["json"]:
            self.stdout.write(self.as_json(sums, found))
        else:
            for part, each in sums.items():
                told = "　".join(
                    f"{LABELS[name]} {value:,}" for name, value in asdict(each).items()
                )
                even = "相符" if each.is_even else "不符"
                self.stdout.write(f"{part}（元）　{told}　{even}")
            for difference in found:
                self.stdout.write(str(difference))
        if found or not all(each.is_even for each in sums.values()):
            raise CommandError(f"账实不符，共 {len(found)} 处差异。", returncode=1)

    @staticmethod
    def as_json(
        sums: dict[Organisation, reconciliation.Sums], found: list[reconciliation.Difference]
    ) -> str:
        answer = {
            "sums": [
                {"org": part.code, "is_even": each.is_even, **asdict(each)}
                for part, each in sums.items()
            ],
            "differences": [asdict(each) for each in found],
        }
        return json.dumps(answer, ensure_ascii=False, default=str)
