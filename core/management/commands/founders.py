"""manage.py founders: the root organisation and the three first administrators, once."""

import secrets
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand
from django.db import IntegrityError, transaction

from core import audit, roles
from core.errors import Refused
from core.models import Organisation, User
from core.services import accounts, organisations

OPTIONS = {"system": "system_admin", "security": "security_admin", "audit": "auditor"}


class Command(BaseCommand):
    help = "新装系统时建立市总工会和三员（系统、安全、审计管理员）账号，只能执行一次"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--name", help="市总工会全称，组织树已有根节点时不填")
        parser.add_argument("--code", help="市总工会编码，组织树已有根节点时不填")
        for option, code in OPTIONS.items():
            parser.add_argument(
                f"--{option}",
                nargs=4,
                required=True,
                metavar=("账号", "姓名", "手机号", "身份证号"),
                help=roles.table()[code].label,
            )

    def handle(self, **options: Any) -> None:
        try:
            with audit.origin():
                made = self._found(options)
        except Refused as refusal:
            self._fail(str(refusal))
        except ValidationError as error:
            self._fail("；".join(error.messages))
        except IntegrityError:
            self._fail("同时还有另一次建立，本次未做任何改动。")
        for label, username, password in made:
            self.stdout.write(f"{label}  账号 {username}  初始密码 {password}")
        self.stdout.write("初始密码只显示这一次，首次登录时必须修改。")

    @transaction.atomic
    def _found(self, options: dict[str, Any]) -> list[tuple[str, str, str]]:
        root = self._root(options["name"], options["code"])
        people = {code: options[option] for option, code in OPTIONS.items()}
        if len({number for *_, number in people.values()}) < len(people):
            raise Refused("三员须由三个不同的人担任，身份证号不能相同。", code="same_person")
        users, made = {}, []
        for code, (username, name, phone, number) in people.items():
            password = secrets.token_urlsafe(15)
            user = User(
                username=username,
                display_name=name,
                phone=phone,
                certificate_number=number,
                organisation=root,
            )
            users[code] = (user, password)
            made.append((roles.table()[code].label, username, password))
        accounts.found(users=users)
        return made

    def _root(self, name: str | None, code: str | None) -> Organisation:
        root = Organisation.objects.filter(depth=1).first()
        if root:
            return root
        if not (name and code):
            raise Refused("组织树尚无根节点，请用 --name 和 --code 填写市总工会。", code="no_root")
        level = Organisation.Level.MUNICIPAL
        return organisations.plant(Organisation(name=name, code=code, level=level))

    def _fail(self, sentence: str) -> None:
        self.stderr.write(sentence)
        raise SystemExit(1)
