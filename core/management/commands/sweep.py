"""`manage.py sweep`: send a message for each job that is free and has none."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from kombu.exceptions import OperationalError

from core import jobs


class Command(BaseCommand):
    help = "补发遗漏的任务消息：消息丢失的、超过占用期限的任务将重新送出。"

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            sent = jobs.sweep()
        except OperationalError as error:
            raise CommandError(f"消息队列连接不上，稍后再试：{error}") from error
        self.stdout.write(f"补发 {sent} 项任务。")
