"""The reports as Django knows them."""

from django.apps import AppConfig

# Acts whose codes do not read as verb and noun; see `core.timeline`.
ACTS = {
    "reports.reportdefinition.define": "修改章节",
    "reports.reportrun.start": "发起编制",
    "reports.reportrun.freeze": "固化数据",
    "reports.reportrun.checked": "核对报告",
    "reports.reportrun.signed": "签发报告",
    "reports.reportrun.published": "发布报告",
    "reports.figure.export": "导出数据明细",
}


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = "报告"

    def ready(self) -> None:
        from core import timeline

        timeline.VERBS.update(ACTS)
