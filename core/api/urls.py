"""Every address of the interface, found in the `api.py` of the apps; and what describes them."""

from django.urls import path
from django.utils.module_loading import autodiscover_modules

from core.api import organisations  # noqa: F401 - registers them
from core.api.routes import router
from core.api.schema import Schema

autodiscover_modules("api")
app_name = "api"

urlpatterns = [*router.urls, path("schema/", Schema.as_view(), name="schema")]
