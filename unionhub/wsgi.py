"""The site as gunicorn serves it."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "unionhub.settings")
# A page wants few rows soon: compiling a query costs it more than it spares, and so do helpers for
# a query that would be short without them. PostgreSQL's library reads this; jobs keep its defaults.
os.environ.setdefault("PGOPTIONS", "-c jit=off -c parallel_setup_cost=10000")
application = get_wsgi_application()
