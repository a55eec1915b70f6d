"""The admin as its users see it: pages of rows, buttons pressed, and the traces they leave."""

import re

from django.test import Client
from django.urls import reverse

from core.models import AuditEvent, DeclaredKin


def browser(user):
    client = Client()
    client.force_login(user)
    return client


def page(row, name="change"):
    return reverse(f"admin:{row._meta.label_lower.replace('.', '_')}_{name}", args=[row.pk])


def text(response):
    return response.content.decode()


def press(user, row, name, **data):
    """The page after a button was pressed: the record, or the form with what is in the way."""
    return text(browser(user).post(page(row, name), data, follow=True))


def ticked(form, name):
    """How many of the boxes of that name are ticked beforehand."""
    boxes = re.findall(rf'<input[^>]*name="{name}"[^>]*>', form)
    return sum(bool(re.search(r"\schecked[\s>]", box)) for box in boxes)


def again(row):
    return type(row).objects.get(pk=row.pk)


def told(action, row):
    """That exactly one trace of the act is there."""
    return AuditEvent.objects.filter(action=action, object_id=str(row.pk)).count() == 1


def related(user, case):
    """Makes the user kin of the household."""
    DeclaredKin.objects.create(
        user=user,
        name="王小明",
        relation="child",
        certificate_number=case.members.order_by("pk").last().certificate_number.clear(),
    )
