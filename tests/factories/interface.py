"""Programs for tests: who speaks to the interface, as a person with a session or by a key."""

import datetime

from django.test import Client
from django.utils import timezone

from core.models import MachineKey
from core.services import machines


class Program:
    """Sends and gets JSON. A person's session carries the token of the site."""

    def __init__(self, user=None, key=None, **headers):
        self.client = Client(enforce_csrf_checks=True, raise_request_exception=False)
        self.headers = dict(headers)
        if key:
            self.headers["Authorization"] = f"Key {key}"
        elif user:
            self.client.force_login(user)
            self.client.get("/password/")
            self.headers["X-CSRFToken"] = self.client.cookies["csrftoken"].value

    def ask(self, method, path, data=None, **headers):
        """The answer; `.json()` is what it says."""
        more = {} if data is None else {"data": data, "content_type": "application/json"}
        send = getattr(self.client, method)
        return send(f"/api/{path}", headers=self.headers | headers, **more)

    def get(self, path, **headers):
        return self.ask("get", path, **headers)

    def post(self, path, data=None, **headers):
        return self.ask("post", path, {} if data is None else data, **headers)

    def patch(self, path, data, **headers):
        return self.ask("patch", path, data, **headers)

    def delete(self, path, **headers):
        return self.ask("delete", path, **headers)

    def upload(self, path, data, **headers):
        return self.client.post(f"/api/{path}", data, headers=self.headers | headers)


def issue(user, *, by, party="", days=30):
    """A key as it is handed out: its row and its text."""
    until = timezone.localdate() + datetime.timedelta(days=days)
    key = MachineKey(user=user, label="联调", party=party, expires_on=until)
    return key, machines.issue(key, by=by)


def codes(response):
    """What was wrong: (code, field) of each error."""
    return [(error["code"], error["field"]) for error in response.json()["errors"]]
