from django.apps import AppConfig


class ProceduresConfig(AppConfig):
    name = "tests.procedures"
    label = "procedures"
    verbose_name = "测试许可"
