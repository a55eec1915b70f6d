"""`manage.py sweep`: what beat does by itself: lost messages are sent, publicities end."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from kombu.exceptions import OperationalError

from core import audit, jobs
from core.services import publicity


class Command(BaseCommand):
    help = "结束期满的公示，补发遗漏的任务消息（消息丢失的、超过占用期限的任务重新送出）。"

    def handle(self, *args: Any, **options: Any) -> None:
        with audit.origin():
            self.stdout.write(f"结束公示 {publicity.close_due()} 项。")
        try:
            sent = jobs.sweep()
        except OperationalError as error:
            raise CommandError(f"消息队列连接不上，稍后再试：{error}") from error
        self.stdout.write(f"补发 {sent} 项任务。")
