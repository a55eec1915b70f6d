"""`manage.py synth --members N`: a synthetic city of any size, in a fresh installation.

Exit status 0 done, 1 refused. The same members and seed give the same city.
"""

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from core import seals
from core.errors import Refused
from demo import accounts
from demo.management.commands.demo import aligned
from demo.synthetic.building import build
from demo.synthetic.plan import Synthetic


class Command(BaseCommand):
    help = "Builds a synthetic city in a fresh installation. Status: 0 done, 1 refused."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--members", type=int, required=True, help="how many people")
        parser.add_argument("--seed", type=int, default=1, help="another one, another city")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("合成城市不能建在正式运行的系统中。", returncode=1)
        begun = time.monotonic()

        def tell(done: str) -> None:
            self.stdout.write(f"{time.monotonic() - begun:6.1f} 秒　{done}")
            self.stdout.flush()

        try:
            build(Synthetic(options["members"], options["seed"]), tell)
            seals.seal()  # where no beat runs, nobody else would
        except Refused as refused:
            raise CommandError(str(refused), returncode=1) from refused
        tell("已建成")
        heading = ("账号", "角色", "范围", "密码", "登录地址")
        for line in aligned([heading, *accounts.table(settings.SITE_URL)]):
            self.stdout.write(line)
