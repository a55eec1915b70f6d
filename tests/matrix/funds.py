"""The rows of funds: pools, what is owed, batches and payments, the books.

The steps of a batch have their rows from its table (`tests.matrix.procedures`).
"""

from decimal import Decimal

from django.db.models import Sum
from django.utils import timezone

from core.models import Organisation
from funds.models import (
    Account,
    BankLayout,
    BankResult,
    JournalEntry,
    Payable,
    Payment,
    Pool,
    Rebate,
    RebateScheme,
    SizeReturn,
)
from funds.services import books
from tests.factories import funds as money
from tests.factories import rebates
from tests.factories.members import employer
from tests.matrix.rows import AUDIT, FINANCE, REASON, Maker, Row

EVERYWHERE = ("own", "child", "sibling", "parent", "other")
LAYOUT = {
    "code": "other",
    "label": "他行格式",
    "format": "csv",
    "encoding": "utf-8",
    "amount_style": "yuan",
    "columns": '[["reference", "号"], ["payee", "户名"], ["account", "账号"], ["amount", "金额"]]',
    "header": "[]",
    "footer": "[]",
}


GRANTERS = "aid_approver honours_clerk honours_approver competitions_clerk"
SEE_POOLS = f"{FINANCE} {GRANTERS}"  # out of which grants are approved


def reads(model: str, subject: str | None = None, who: str = FINANCE) -> dict[str, Row]:
    """The list of a model, and of the records of a subject their pages."""
    name = f"admin:funds_{model}"
    return {
        f"{name}_changelist": Row(who),
        f"{name}_change": Row(who, subject or model),
        f"{name}_history": Row(who, subject or model),
    }


def _batch(world):
    layout = BankLayout.objects.get(code="text")
    return {"organisation": world.own.pk, "title": "新批次", "layout": layout.pk}


def _pool(world):
    return {
        "organisation": world.own.pk,
        "source": "union",
        "year": 2026,
        "purpose": "送温暖",
        "document_number": "江工发〔2026〕900号",
        "amount": "100.00",
    }


def _entry(world):
    return {
        "organisation": world.own.pk,
        "direction": "raise",
        "campaign": "cool",
        "purpose": "condolence",
        "source": "donation",
        "amount": "100.00",
        "entry_on": "2026-07-01",
        "counterparty": "江城市慈善总会",
    }


def _budget(world):
    account = Account.objects.get(role="grant")
    return {
        "organisation": world.own.pk,
        "year": 2026,
        "account": account.pk,
        "item": "困难职工帮扶",
        "budget": "500.00",
    }


def _transfer(world):
    return {
        "organisation": world.own.pk,
        "year": 2026,
        "units_due": 8,
        "units_covered": 6,
        "amount": "100.00",
    }


def _finding(world):
    return {
        "organisation": world.own.pk,
        "auditor": world.own.pk,
        "kind": "own",
        "year": 2025,
        "document_number": "江工经审〔2026〕9号",
        "number": 1,
        "finding": "会费未及时入账",
        "amount": "100.00",
        "advice": "补记入账",
        "found_on": "2026-03-10",
        "rectify_by": "2099-12-31",
    }


def _months(world):
    return {"organisation": world.own.pk, "year": timezone.localdate().year, "first": 1, "last": 12}


LOOKS_ON = "finance_checker finance_approver finance_payer"


def scheme(world, year):
    return {
        "organisation": world.own.pk,
        "name": "小额缴费返还",
        "document_number": f"江工发〔{year}〕9号",
        "valid_from": f"{year}-01-01",
        "valid_to": f"{year}-12-31",
        "eligibility": "small_payer",
        "threshold": "10000.00",
        "percent": "100",
        "base": ["municipal"],
        "cycle": "year",
        "due_days": "30",
    }


def claimed(world):
    """A claim for an employer that has paid, with the amount that was shown."""
    firm = rebates.firm(world.own)
    rebates.paid(firm, "1000.00", by=None, collector=world.city)
    return {
        "employer": firm.pk,
        "scheme": rebates.current(world.own).pk,
        "year": "2024",
        "quarter": "",
        "amount": "400.00",
    }


def shown(world, state):
    """What the page of a decision on many shows of them."""
    rows = Rebate.objects.within(world.own).filter(state=state)
    return {"count": rows.count(), "total": rows.aggregate(total=Sum("amount"))["total"]}


ROWS: dict[str, Row] = {
    **reads("auditfinding", "funds.auditfinding:found", who=f"{FINANCE} {AUDIT}"),
    "admin:funds_auditfinding_add": Row(AUDIT, writes=AUDIT, post=_finding),
    "admin:funds_auditfinding_change": Row(
        f"{FINANCE} {AUDIT}",
        "funds.auditfinding:found",
        sees=FINANCE,
        writes=AUDIT,
        post=lambda world: _finding(world) | {"number": 77},
    ),
    **reads("budgetline"),
    "admin:funds_budgetline_add": Row("finance_maker", writes="finance_maker", post=_budget),
    "admin:funds_budgetline_change": Row(
        FINANCE,
        "budgetline",
        sees=LOOKS_ON,
        writes="finance_maker",
        post={"budget": "500.00"},
    ),
    "admin:funds_budgetline_adjust": Row(
        "finance_approver",
        "budgetline",
        sees="finance_maker finance_checker finance_payer",
        writes="finance_approver",
        post={"amount": "10.00", "document_number": "江工发〔2026〕9号", **REASON},
    ),
    **reads("fiscaltransfer"),
    "admin:funds_fiscaltransfer_add": Row("finance_maker", writes="finance_maker", post=_transfer),
    "admin:funds_fiscaltransfer_change": Row(
        FINANCE,
        "fiscaltransfer",
        sees=LOOKS_ON,
        writes="finance_maker",
        post={"units_due": 9, "units_covered": 6, "amount": "100.00"},
    ),
    **reads("fundentry"),
    "admin:funds_fundentry_add": Row("finance_maker", writes="finance_maker", post=_entry),
    "admin:funds_fundentry_change": Row(
        FINANCE,
        "fundentry",
        sees=LOOKS_ON,
        writes="finance_maker",
        post=_entry,
    ),
    **reads("pool", who=SEE_POOLS),
    "admin:funds_pool_add": Row("finance_maker", writes="finance_maker", post=_pool),
    "admin:funds_pool_change": Row(
        SEE_POOLS,
        "pool",
        sees=f"finance_checker finance_approver finance_payer {GRANTERS}",
        writes="finance_maker",
        post=lambda world: _pool(world) | {"amount": "2000.00"},
    ),
    **reads("payable"),
    "admin:funds_payable_reveal": Row(
        "finance_maker finance_checker",
        "payable",
        sees="finance_approver finance_payer",
        args={"field": "account"},
        writes="finance_maker finance_checker",
        post=REASON,
    ),
    "admin:funds_payable_cancel": Row(
        "finance_maker",
        "payable",
        sees="finance_checker finance_approver finance_payer",
        writes="finance_maker",
        post=REASON,
    ),
    "admin:funds_payable_correct_account": Row(
        "finance_maker",
        "bounced_payable",
        sees="finance_checker finance_approver finance_payer",
        writes="finance_maker",
        post={"bank": "江城银行", "account": "9558800000000001", **REASON},
    ),
    **reads("paymentbatch", "funds.paymentbatch:draft"),
    "admin:funds_paymentbatch_make": Row("finance_maker", writes="finance_maker", post=_batch),
    "admin:funds_paymentbatch_include": Row(
        "finance_maker",
        "funds.paymentbatch:draft",
        sees="finance_checker finance_approver finance_payer",
        writes="finance_maker",
        post={"pool": "", "kind": "", "until": "2099-01-01"},
    ),
    "admin:funds_paymentbatch_take_out": Row(
        "finance_maker",
        "funds.paymentbatch:draft",
        sees="finance_checker finance_approver finance_payer",
        writes="finance_maker",
        post={"line": "1"},
    ),
    "admin:funds_paymentbatch_confirm_account": Row(
        "finance_checker",
        "sharing_batch",
        sees="finance_maker finance_approver finance_payer",
        writes="finance_checker",
        post=lambda world: {
            "account": Payable._meta.get_field("account_index").index(SHARED).hex(),
            **REASON,
        },
    ),
    **reads("payment"),
    "admin:funds_payment_reveal": Row(
        "finance_checker",
        "payment",
        sees="finance_maker finance_approver finance_payer",
        args={"field": "account"},
        writes="finance_checker",
        post=REASON,
    ),
    "admin:funds_payment_bounce": Row(
        "finance_maker finance_checker",
        "done_payment",
        sees="finance_approver finance_payer",
        writes="finance_maker finance_checker",
        post={"on": "2026-11-20", **REASON},
    ),
    "admin:funds_bankresult_changelist": Row("finance_maker finance_checker"),
    "admin:funds_bankresult_change": Row("finance_maker finance_checker", "bankresult"),
    "admin:funds_bankresult_history": Row("finance_maker finance_checker", "bankresult"),
    **reads("journalentry"),
    "admin:funds_journalentry_trial_balance": Row(FINANCE, post=_months),
    "admin:funds_journalentry_voucher_book": Row(FINANCE, writes=FINANCE, post=_months),
    **reads("rebate", "funds.rebate:claimed"),
    "admin:funds_rebate_list_entitled": Row(
        "finance_maker",
        writes="finance_maker",
        post=lambda world: {
            "scheme": rebates.current(world.own).pk,
            "year": "2024",
            "quarter": "",
            "within": world.own.pk,
        },
    ),
    # Without rows in the address: all that the actor sees, at the union and below it.
    "admin:funds_rebate_check_many": Row(
        "finance_checker", writes="finance_checker", post=lambda world: shown(world, "claimed")
    ),
    "admin:funds_rebate_approve_many": Row(
        "finance_approver", writes="finance_approver", post=lambda world: shown(world, "checked")
    ),
    "funds:rebates": Row(f"{FINANCE} chair"),
    "funds:rebate": Row(f"{FINANCE} chair", "funds.rebate:claimed"),
    "funds:rebate_new": Row("finance_maker chair", writes="finance_maker chair", post=claimed),
    **reads("rebatescheme"),
    "admin:funds_rebatescheme_add": Row(
        "finance_approver", writes="finance_approver", post=lambda world: scheme(world, "2018")
    ),
    "admin:funds_rebatescheme_change": Row(
        FINANCE,
        "rebatescheme",
        sees="finance_maker finance_checker finance_payer",
        writes="finance_approver",
        post=lambda world: scheme(world, "2017"),
    ),
    "admin:funds_rebatescheme_load_examples": Row("finance_approver"),
    **reads("sizereturn"),
    "admin:funds_sizereturn_change": Row(
        FINANCE,
        "sizereturn",
        sees="finance_checker finance_approver finance_payer",
        writes="finance_maker",
        post={"trade": "other", "employees": "12"},
    ),
    # The chart and the layouts belong to the installation: everybody who sees one sees all.
    "admin:funds_account_changelist": Row(FINANCE),
    "admin:funds_account_add": Row(
        "finance_approver", writes="finance_approver", post={"code": "900", "name": "新科目"}
    ),
    "admin:funds_account_change": Row(
        FINANCE,
        args={"object_id": "1"},
        writes="finance_approver",
        post={"code": "10201", "name": "银行存款", "role": "bank"},
    ),
    "admin:funds_account_history": Row(FINANCE, "account", reach=EVERYWHERE),
    "admin:funds_banklayout_changelist": Row(FINANCE),
    "admin:funds_banklayout_add": Row("finance_approver", writes="finance_approver", post=LAYOUT),
    "admin:funds_banklayout_change": Row(
        FINANCE, args={"object_id": "1"}, writes="finance_approver", post=LAYOUT
    ),
    "admin:funds_banklayout_history": Row(FINANCE, "banklayout", reach=EVERYWHERE),
}
SHARED = "9558800000000999"


def payable(place: Organisation, token: str) -> Payable:
    return money.owed(place, token)


def bounced_payable(place: Organisation, token: str) -> Payable:
    made = money.owed(place, token)
    made.state = Payable.State.BOUNCED
    made.save()
    return made


def sharing_batch(place: Organisation, token: str):
    made = money.batch(place, token, "checking")
    for line in made.lines():
        for row in (line, line.payable):
            row.account = SHARED
            row.save()
    return made


def payment(place: Organisation, token: str) -> Payment:
    return money.batch(place, token).lines()[0]


def done_payment(place: Organisation, token: str) -> Payment:
    made = money.batch(place, token, "settled").lines()[0]
    made.result, made.result_on = Payment.Result.DONE, "2026-11-19"
    made.save()
    return made


def bankresult(place: Organisation, token: str) -> BankResult:
    made = money.answered(money.batch(place, token).lines()[0])
    BankResult.objects.filter(pk=made.pk).update(reason=token)
    return made


def journalentry(place: Organisation, token: str) -> JournalEntry:
    owed = money.owed(place, token)
    books.commit([owed], by=None)
    return owed.entries.get()


def sizereturn(place: Organisation, token: str) -> SizeReturn:
    firm = employer(place, f"甲厂{token}")
    return SizeReturn.objects.create(
        organisation=place, employer=firm, year=2023, trade="other", employees=9
    )


def rebatescheme(place: Organisation, token: str) -> RebateScheme:
    """Of a year of its own, though it overlaps with those of the places above and below.

    What holds at a superior is known to those below, who list and claim by it.
    """
    return RebateScheme.objects.create(
        organisation=place,
        name="返还" if place.level == Organisation.Level.TOWN else f"返还{token}",
        document_number="江工发〔2016〕1号",
        valid_from="2016-01-01",
        valid_to="2016-12-31",
        eligibility="small_micro",
        base=["municipal"],
    )


def pool(place: Organisation, token: str) -> Pool:
    made = money.pool(place, purpose=token)
    Pool.objects.filter(pk=made.pk).update(amount=Decimal(1000))
    return made


SUBJECTS: dict[str, Maker] = {
    "fundentry": money.entry,
    "budgetline": money.budget_line,
    "fiscaltransfer": money.transfer,
    "account": lambda place, token: Account.objects.get(role="bank"),
    "banklayout": lambda place, token: BankLayout.objects.get(code="text"),
    "pool": pool,
    "payable": payable,
    "bounced_payable": bounced_payable,
    "sharing_batch": sharing_batch,
    "payment": payment,
    "done_payment": done_payment,
    "bankresult": bankresult,
    "journalentry": journalentry,
    "sizereturn": sizereturn,
    "rebatescheme": rebatescheme,
}
