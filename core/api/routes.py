"""The addresses of the interface: apps register theirs at the end of their `api.py`."""

from rest_framework.routers import SimpleRouter

router = SimpleRouter(use_regex_path=False)
