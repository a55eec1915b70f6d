"""What the audit trail says in words."""

import pytest

from core import timeline
from core.models import AuditEvent

BATCH = "funds.PaymentBatch"
TYPES = {"amount": "funds.Payable"}


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("amount", "385482.67", "385,482.67"),
        ("created_at", "2026-11-22T03:08:43.357Z", "2026-11-22 11:08"),
        ("layout_used", {"format": "csv", "encoding": "gb18030"}, "（2 项，从略）"),
        ("title", "2026年11月经费返还", "2026年11月经费返还"),
    ],
)
def test_a_value_is_told_as_pages_tell_it(name, value, told):
    event = AuditEvent(object_type=TYPES.get(name, BATCH), changes={name: [None, value]})
    assert timeline.changes(event)[0][2] == told


def test_a_name_that_is_no_field_is_chinese():
    event = AuditEvent(object_type="funds.Distribution", changes={"amount": [None, "2000.00"]})
    assert timeline.changes(event)[0][0] == "金额（元）"
