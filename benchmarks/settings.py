"""Settings of the benchmarks: those of the site, with fixed keys, so that a city that was made by
one run is read by the next, and by the suite's settings."""

import base64
import os
import tempfile

os.environ.setdefault("SECRET_KEY", "tests-only-" + "0123456789abcdefghij" * 3)
os.environ.setdefault("DATA_KEYS", "t1:" + base64.b64encode(b"d" * 32).decode())
os.environ.setdefault("INDEX_KEY", base64.b64encode(b"i" * 32).decode())
os.environ.setdefault("AUDIT_KEY", base64.b64encode(b"a" * 32).decode())
os.environ.setdefault("DATA_DIR", tempfile.mkdtemp(prefix="unionhub-bench-"))

from unionhub.settings import *  # noqa: E402, F403
