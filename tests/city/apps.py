from django.apps import AppConfig


class CityConfig(AppConfig):
    name = "tests.city"
    label = "city"
    verbose_name = "测试业务"
