"""The audit trail as people read it: Chinese sentences of what was done to a row."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db import models
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from core import workflow
from core.models import AuditEvent, User
from core.scope import visible_rows

# By the last part of an action's code, or by the whole code where verb and noun do not make
# a phrase. An app adds its own in its `apps.py`.
VERBS = {
    "add": "新增",
    "begin": "建立",
    "change": "修改",
    "close": "撤销",
    "deactivate": "停用",
    "delete": "删除",
    "done": "办结",
    "download": "下载",
    "end": "终止",
    "enqueue": "发起",
    "establish": "建立",
    "export": "导出",
    "failed": "未完成",
    "finish": "办完",
    "import": "导入",
    "move": "调整隶属关系：",
    "password": "修改密码：",
    "reactivate": "重新启用",
    "reset": "重置密码：",
    "retry": "重新办理",
    "reveal": "查看完整号码：",
    "revoke": "收回",
    "sign_off": "签发",
    "turned_away": "应当回避，未予办理：",
    "undo": "撤销",
    "withdraw": "作废",
    "core.assignment.delegate": "委托代办",
    "core.calendarday.remove": "移除节假日安排",
    "core.calendarday.withdraw": "撤销节假日安排导入",
    "core.objection.receive": "收到公示异议",
    "core.objection.investigate": "受理公示异议",
    "core.objection.report": "提交异议调查结果",
    "core.objection.uphold": "认定异议成立",
    "core.objection.dismiss": "认定异议不成立",
    "core.publicity.post": "发布公示",
    "core.publicity.passed": "公示期满通过",
    "core.publicity.upheld": "因异议成立终止公示",
    "core.publicity.withdrawn": "提前撤下公示",
    "core.publicity.prolong": "按新的节假日安排顺延公示",
    "core.publicity.held": "公示期满未能进入下一环节",
    "core.publicity.take_down": "按期撤下公示名单",
    "core.organisation.withdraw": "撤销工会组织登记",
    "core.sheetimport.drop_row": "选择不导入一行：",
    "core.sheetimport.go_on": "确认导入改正后的表格：",
    "core.sheetimport.mend_row": "改正一行：",
    "core.sheetimport.open_row": "查看一行：",
    "core.auditblock.accept_head": "认可现有封条链",
    "core.machinekey.revoke": "吊销接口密钥",
    "core.user.denied": "被拒绝的访问",
    "core.user.login": "登录",
    "core.user.login_failed": "登录失败",
    "core.user.logout": "退出登录",
}
# Names in `changes` that are no field of the row.
NAMES = {
    "codes": "编码",
    "dropped": "不导入",
    "mended": "已改正",
    "outcome": "结果",
    "row": "行号",
    "sheet_import": "后续导入",
    "count": "数量",
    "on": "生效日期",
    "parameters": "参数",
    "parent": "上级工会",
    "code": "原因代码",
    "reference": "编号",
    "method": "请求方式",
    "path": "访问地址",
}
# The words of codes in fields that hold a list of them, by `app.Model.field`; see `apps.py`.
CODES: dict[str, dict[str, str]] = {}
LONGEST = 200  # entries of one page

Change = tuple[str, str, str]


@dataclass(frozen=True)
class Entry:
    """One act: when, who, what, why, and the fields it changed as (name, before, after)."""

    at: datetime.datetime
    actor: str
    act: str
    reason: str
    changes: list[Change]


def label(action: str) -> str:
    """`core.user.add` → 新增账号."""
    if action in VERBS:
        return VERBS[action]
    where, _, verb = action.rpartition(".")
    model = _model(where)
    procedure = workflow.registry.get(model)
    if procedure and verb in procedure.transitions:
        return procedure.transitions[verb].label
    return f"{VERBS.get(verb, verb)}{model._meta.verbose_name if model else ''}"


def _model(name: str) -> type[models.Model] | None:
    try:
        return apps.get_model(name)
    except (LookupError, ValueError):
        return None


def of(row: models.Model, *, reader: User) -> list[Entry]:
    """The latest acts on a row, newest first. Other rows are named only if the reader sees them."""
    events = AuditEvent.objects.filter(object_type=row._meta.label, object_id=str(row.pk))
    events = list(events.order_by("-id")[:LONGEST])
    names = _names(type(row), events, reader)
    return [
        Entry(event.at, event.actor, label(event.action), event.reason, changes(event, names))
        for event in events
    ]


def changes(event: AuditEvent, names: dict[tuple[str, Any], str] | None = None) -> list[Change]:
    """The fields that an act changed. `names` are texts of related rows by (field, number)."""
    model = _model(event.object_type)
    told = []
    for name, change in event.changes.items():
        pair = change if isinstance(change, list) and len(change) == 2 else [None, change]
        if name != "id" and any(value not in (None, "", [], {}) for value in pair):
            field = _field(model, name)
            title = str(field.verbose_name) if field is not None else NAMES.get(name, name)
            told.append((title, *(_text(field, name, value, names) for value in pair)))
    return told


def _field(model: type[models.Model] | None, name: str) -> models.Field | None:
    fields = model._meta.concrete_fields if model else []
    return next((field for field in fields if name in (field.attname, field.name)), None)


def _names(
    model: type[models.Model], events: Iterable[AuditEvent], reader: User
) -> dict[tuple[str, Any], str]:
    """Texts of the related rows that the changes name by number, those in the reader's scope."""
    wanted: dict[str, set[int]] = {}
    for event in events:
        for name, change in event.changes.items():
            field = _field(model, name)
            if field is not None and field.is_relation and isinstance(change, list):
                keys = {value for value in change if isinstance(value, int)}
                wanted.setdefault(name, set()).update(keys)
    names = {}
    for name, keys in wanted.items():
        rows = _field(model, name).remote_field.model._default_manager.filter(pk__in=keys)
        names |= {(name, row.pk): str(row) for row in visible_rows(rows, reader)}
    return names


def _text(
    field: models.Field | None, name: str, value: Any, names: dict[tuple[str, Any], str] | None
) -> str:
    if value in (None, "", []):
        return "（空）"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, dict):
        return f"（{len(value)} 项，从略）"
    if isinstance(value, list):
        words = CODES.get(str(field), {})
        return "、".join(str(words.get(each, each)) for each in value)
    if name == "object_type" and (model := _model(value)):
        return str(model._meta.verbose_name)
    if field is not None and field.is_relation:
        return f"编号 {value}" if names is None else names.get((name, value), "（本人无权查看）")
    if field is not None and field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, str) and isinstance(field, models.DateTimeField):
        at = parse_datetime(value)
        return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else value
    if isinstance(field, models.DecimalField):
        return f"{Decimal(str(value)):,}"
    return str(value)
