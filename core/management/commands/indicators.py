"""Figures on the command line: of any indicator, organisation and period, with their rows."""

import json
from argparse import ArgumentParser
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core import indicators
from core.errors import Refused
from core.models import Organisation
from core.periods import Period

WRONG_USAGE = {"unknown_indicator", "unknown_dimension", "unknown_key"}


class Command(BaseCommand):
    help = "Computes figures. Status: 0 done, 1 refused, 2 wrong usage."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--code", nargs="+", action="extend", help="codes; without: all")
        parser.add_argument("--org", required=True, help="code of the organisation")
        parser.add_argument("--period", required=True, help="2021, 2021-Q3, 2021-07, day..day")
        parser.add_argument("--by", help="child, month, or a dimension of the dataset")
        parser.add_argument("--rows", action="store_true", help="with the ids of the rows behind")
        parser.add_argument("--json", action="store_true", help="a list for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            period = Period.parse(options["period"])
        except ValueError as error:
            raise CommandError(str(error), returncode=2) from error
        organisation = Organisation.objects.filter(code=options["org"]).first()
        if organisation is None:
            raise CommandError(f"没有编码为“{options['org']}”的工会。", returncode=2)
        by = options["by"]
        try:
            with indicators.snapshot():
                codes = options["code"] or list(indicators.catalogue())
                figures = indicators.compute(codes, organisation=organisation, period=period, by=by)
                lines = [self.line(figure) for figure in figures]
                if options["rows"]:
                    for line, figure in zip(lines, figures, strict=True):
                        line["behind"] = self.behind(figure, period, by)
        except Refused as error:
            status = 2 if error.code in WRONG_USAGE else 1
            raise CommandError(str(error), returncode=status) from error
        if options["json"]:
            self.stdout.write(json.dumps(lines, ensure_ascii=False, indent=1))
            return
        self.stdout.write(f"{organisation}　{period}")
        for line, figure in zip(lines, figures, strict=True):
            self.stdout.write(self.sentence(line, figure))

    @staticmethod
    def line(figure: indicators.Figure) -> dict[str, Any]:
        """One figure for programs: a whole number as such, money and percentages with a point."""
        value = figure.value
        return {
            "code": figure.code,
            "label": figure.label,
            "value": float(value) if isinstance(value, Decimal) else value,
            "unit": str(figure.unit),
            "org": figure.organisation.code,
            "period": figure.period.key,
            "key": figure.key,
            "rows": figure.rows,
        }

    @staticmethod
    def behind(figure: indicators.Figure, period: Period, by: str | None) -> list[dict[str, Any]]:
        """The rows of each indicator that the figure is made of."""
        return [
            {
                "code": part.code,
                "period": when.key,
                **indicators.identities(
                    part.code,
                    organisation=figure.organisation,
                    period=when,
                    by=by,
                    key=key,
                ),
            }
            for part, when, key in indicators.opens(
                figure.code, period=period, by=by, key=figure.key
            )
        ]

    @staticmethod
    def sentence(line: dict[str, Any], figure: indicators.Figure) -> str:
        value = "—" if figure.value is None else f"{figure.value:,}{figure.unit}"
        parts = [figure.code, figure.label, figure.key_label, value, f"{figure.rows} 行"]
        if figure.note:
            parts.append(figure.note)
        if "behind" in line:
            found = [pk for part in line["behind"] for pk in part.get("ids", ())]
            parts.append("行号 " + "、".join(map(str, found[:20])) + ("…" if found[20:] else ""))
        return "　".join(part for part in parts if part)
