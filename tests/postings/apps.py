from django.apps import AppConfig


class PostingsConfig(AppConfig):
    name = "tests.postings"
    label = "postings"
    verbose_name = "测试公示"
