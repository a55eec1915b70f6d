"""Three years of receipts in the synthetic city, written by statements over whole tables.

36 months of 100,000 employers, as the services would have left them: split, due, 90 % returned
quarter by quarter, and in the books. `SPLIT` is the plain way of splitting, which the floors use
as well.
"""

import datetime
from typing import Any

from django.db import connection, transaction

from demo.synthetic import loading_postgresql

PAYERS, MONTHS = 100_000, 36
FIRST = datetime.date(2023, 1, 1)
LAST_DAY = datetime.date(2026, 1, 31)  # on which the tables are asked for
LEVELS = ("grassroots", "town", "district", "municipal", "provincial", "national", "held")
# Of each rule: kind, from, and the percentages of the levels.
RULES = [
    ("dues", "2020-01-01", "2024-06-30", (60, 5, 10, 10, 10, 5, 0)),
    ("dues", "2024-07-01", None, (65, 3, 9.5, 9.5, 8, 5, 0)),
    ("preparation", "2020-01-01", None, (0, 0, 0, 0, 0, 0, 100)),
    ("released", "2020-01-01", None, (60, 5, 10, 10, 10, 5, 0)),
]
EASED = ("2025-01-01", "2026-12-31", 20)
TABLES = (
    "funds_collectionbatch",
    "funds_collectionline",
    "funds_distribution",
    "funds_allocation",
    "funds_due",
    "funds_return",
    "funds_payable",
    "funds_paymentbatch",
    "funds_payment",
    "funds_bankresult",
    "funds_journalentry",
    "funds_posting",
)


def month_of(number: int) -> datetime.date:
    """The first day of the month with this number, 0 being the first."""
    months = FIRST.year * 12 + FIRST.month - 1 + number
    return datetime.date(months // 12, months % 12 + 1, 1)


def _parts() -> str:
    """The parts in cents of `cents`, by the millionths p0 to p6: cut off, and what is left over to
    the largest remainders, ties from below upwards."""
    places = range(len(LEVELS))
    cut = {n: f"cents * p{n} / 1000000" for n in places}
    rest = {n: f"cents * p{n} %% 1000000" for n in places}
    left = "cents - (" + " + ".join(f"f{n}" for n in places) + ")"
    floors = ", ".join(f"{cut[n]} AS f{n}, {rest[n]} AS r{n}" for n in places)
    before = {
        n: " + ".join(f"(r{m} {'>=' if m < n else '>'} r{n})::int" for m in places if m != n)
        for n in places
    }
    shares = ", ".join(f"f{n} + (({before[n]}) < {left})::int AS c{n}" for n in places)
    return f"SELECT *, {shares} FROM (SELECT *, {floors} FROM ruled OFFSET 0) cut_off"


def _eased() -> str:
    """What a measure leaves below: of each upper part a percentage, rounded half up."""
    cuts = ", ".join(
        f"CASE WHEN eased > 0 AND union_id IS NOT NULL"
        f" THEN (c{n} * 2 * eased + 1000000) / 2000000 ELSE 0 END AS e{n}"
        for n in range(1, 6)
    )
    return f"SELECT *, {cuts} FROM parts"


def _signed() -> str:
    """Whose each part is: what is a union's without one, and a town's of nobody known, is held."""
    stays = " + ".join(f"e{n}" for n in range(1, 6))
    mine = f"c0 + {stays}"
    lower = "c1 - e1 + c2 - e2"
    unowned = f"CASE WHEN union_id IS NULL THEN {mine} ELSE 0 END"
    unknown = f"CASE WHEN match = '' THEN {lower} ELSE 0 END"
    columns = [
        f"CASE WHEN union_id IS NULL THEN 0 ELSE {mine} END AS grassroots",
        *(f"CASE WHEN match = '' THEN 0 ELSE c{n} - e{n} END AS {LEVELS[n]}" for n in (1, 2)),
        *(f"c{n} - e{n} AS {LEVELS[n]}" for n in (3, 4, 5)),
        f"c6 + {unowned} + {unknown} AS held",
        f"{stays} AS support",
    ]
    return ", ".join(columns)


def _yuan(name: str) -> str:
    return f"sign * {name} / 100.0"


# Where each body stood since when; nobody moves often.
PLACES = """
    CREATE TEMPORARY TABLE place ON COMMIT DROP AS
    SELECT l.descendant_id AS place_id, l.since, l.until,
        max(o.id) FILTER (WHERE o.level = 'town') AS town_id,
        max(o.id) FILTER (WHERE o.level IN ('district', 'industry')) AS district_id
    FROM core_lineage l JOIN core_organisation o ON o.id = l.ancestor_id
    WHERE o.level IN ('town', 'district', 'industry') GROUP BY 1, 2, 3;
    ANALYZE place, funds_splitrule, funds_supportmeasure, funds_distribution
"""
# Splits the lines of the batches of %(batches)s by the distributions of these batches. OFFSET 0
# keeps each step from being written out into the next, and calculated a hundred times over.
SPLIT = f"""
    INSERT INTO funds_allocation (is_live, amount, {", ".join(LEVELS)}, support, union_id,
        town_union_id, district_union_id, line_id, distribution_id, rule_id, measure_id)
    WITH ruled AS (
        SELECT l.id AS line_id, l.amount, l.match, l.union_id, d.id AS distribution_id,
            sign(l.amount) AS sign, (abs(l.amount) * 100)::bigint AS cents,
            r.id AS rule_id, CASE WHEN l.union_id IS NOT NULL THEN m.id END AS measure_id,
            coalesce(m.percent * 10000, 0)::bigint AS eased, place.town_id, place.district_id,
            {", ".join(f"(r.{name} * 10000)::bigint AS p{n}" for n, name in enumerate(LEVELS))}
        FROM funds_collectionline l
        JOIN funds_distribution d ON d.batch_id = l.batch_id AND d.kind = 'collection'
        JOIN funds_splitrule r ON r.payer_class = 'general' AND r.valid_from <= l.period_first
            AND (r.valid_to IS NULL OR r.valid_to >= l.period_first)
            AND r.kind = CASE WHEN l.fund_kind = 'dues' THEN 'dues'
                WHEN l.union_id IS NULL THEN 'preparation' ELSE 'released' END
        LEFT JOIN funds_supportmeasure m
            ON l.period_first BETWEEN m.valid_from AND m.valid_to
        LEFT JOIN place ON place.place_id = l.organisation_id
            AND place.since <= l.period_first AND place.until > l.period_first
        WHERE l.batch_id = ANY(%(batches)s) OFFSET 0
    ), parts AS ({_parts()} OFFSET 0), eased AS ({_eased()} OFFSET 0),
    whose AS (SELECT *, {_signed()} FROM eased OFFSET 0)
    SELECT true, amount, {", ".join(_yuan(f"whose.{name}") for name in LEVELS)},
        {_yuan("support")}, union_id, town_id, district_id, line_id, distribution_id, rule_id,
        measure_id
    FROM whose
"""
# What becomes due by these distributions; nobody's town or district gets nothing.
DUES = """
    INSERT INTO funds_due (source, period, due_on, booked_on, amount, is_custody, distribution_id,
        organisation_id, payer_id)
    SELECT source, period, due_on, booked_on, sum(part), NOT p.has_own_account, distribution_id,
        payee, payer_id
    FROM (
        SELECT CASE r.kind WHEN 'released' THEN 'preparation' ELSE 'share' END AS source,
            date_trunc('month', l.period_first)::date AS period,
            (date_trunc('month', l.entry_on) + interval '2 months - 1 day')::date AS due_on,
            d."on" AS booked_on, d.id AS distribution_id, d.organisation_id AS payer_id,
            payee, part
        FROM funds_allocation a
        JOIN funds_distribution d ON d.id = a.distribution_id
        JOIN funds_collectionline l ON l.id = a.line_id
        JOIN funds_splitrule r ON r.id = a.rule_id
        CROSS JOIN LATERAL (VALUES (a.union_id, a.grassroots), (a.town_union_id, a.town),
            (a.district_union_id, a.district)) AS whose (payee, part)
        WHERE d.batch_id = ANY(%(batches)s) AND payee IS NOT NULL AND part <> 0
    ) parts
    JOIN members_unionprofile p ON p.organisation_id = payee
    GROUP BY source, period, due_on, booked_on, distribution_id, payee, payer_id,
        p.has_own_account
    HAVING sum(part) <> 0
"""
# The entry of each distribution: postings first, as the books are guarded.
POSTINGS = """
    INSERT INTO funds_posting (amount, entry_id, account_id, payee_id)
    SELECT sum(amount), %(shift)s + distribution_id, c.id, payee
    FROM (
        SELECT distribution_id, CASE WHEN is_custody THEN 'held' ELSE 'return' END AS role,
            organisation_id AS payee, -amount AS amount
        FROM funds_due WHERE distribution_id IN (
            SELECT id FROM funds_distribution WHERE batch_id = ANY(%(batches)s))
        UNION ALL
        SELECT distribution_id, role, NULL, part
        FROM (
            SELECT distribution_id, sum(amount) AS bank, sum(held) AS held,
                sum(provincial) AS provincial, sum(national) AS national,
                sum(municipal + CASE WHEN town_union_id IS NULL THEN town ELSE 0 END
                    + CASE WHEN district_union_id IS NULL THEN district ELSE 0 END) AS income
            FROM funds_allocation WHERE distribution_id IN (
                SELECT id FROM funds_distribution WHERE batch_id = ANY(%(batches)s))
            GROUP BY 1
        ) whole
        CROSS JOIN LATERAL (VALUES ('bank', bank), ('held', -held), ('income', -income),
            ('upper_provincial', -provincial), ('upper_national', -national)) AS one (role, part)
    ) amounts JOIN funds_account c ON c.role = amounts.role
    GROUP BY 2, 3, 4 HAVING sum(amount) <> 0
"""
ENTRIES = """
    INSERT INTO funds_journalentry (id, "on", kind, at, organisation_id, distribution_id)
    OVERRIDING SYSTEM VALUE
    SELECT %(shift)s + id, "on", 'distributed', now(), organisation_id, id
    FROM funds_distribution WHERE batch_id = ANY(%(batches)s)
"""
PAYER = """
    CREATE TEMPORARY TABLE payer ON COMMIT DROP AS
    SELECT row_number() OVER (ORDER BY id) AS n, id, credit_code, name, organisation_id,
        coalesce(employees, 20) AS employees
    FROM (SELECT * FROM members_employer ORDER BY id * 7919 %% 130957, id LIMIT %(payers)s) payers
"""
# One month: who paid is known by its code but for one in two hundred.
LINES = """
    INSERT INTO funds_collectionline (receipt_number, credit_code, payer_name, fund_kind,
        period_first, period_last, wage_base, amount, entry_on, tax_office, match, is_void,
        batch_id, employer_id, organisation_id, union_id)
    SELECT 'SP' || %(month)s || lpad(n::text, 6, '0'),
        CASE WHEN known THEN credit_code ELSE 'X' || n END, name,
        CASE WHEN union_id IS NULL AND known THEN 'preparation' ELSE 'dues' END,
        %(first)s, %(last)s, wages, round(wages * 0.02, 2),
        %(last)s + 10 + (n %% 15)::int, '第' || n %% 8 || '税务分局',
        CASE WHEN known THEN 'code' ELSE '' END, false, %(batch)s,
        CASE WHEN known THEN id END,
        CASE WHEN known THEN coalesce(union_id, organisation_id) ELSE %(city)s END,
        CASE WHEN known THEN union_id END
    FROM (
        SELECT p.*, n %% 200 <> 0 AS known, c.organisation_id AS union_id,
            round(employees * (5000
                + abs(hashint8(n * 37 + %(batch)s)::bigint) %% 400000 / 100.0), 2) AS wages
        FROM payer p LEFT JOIN members_coverage c ON c.employer_id = p.id
            AND c.since <= %(first)s AND (c.until IS NULL OR c.until > %(first)s)
    ) paid ORDER BY n
"""
# A quarter's dues of a union are one return. One union in five is not paid from some quarter on.
RETURNED = """
    CREATE TEMPORARY TABLE returned ON COMMIT DROP AS
    SELECT row_number() OVER (ORDER BY quarter, organisation_id) AS id, quarter, organisation_id,
        sum(amount) AS amount
    FROM (
        SELECT organisation_id, amount, (date_trunc('quarter', due_on)
            + interval '3 months - 1 day')::date AS quarter
        FROM funds_due WHERE NOT is_custody
    ) dues
    WHERE quarter < %(last_day)s AND NOT (organisation_id %% 5 = 0 AND quarter >= DATE '2023-03-31'
        + (interval '3 months' * (abs(hashint8(organisation_id)::bigint) %% 12)))
    GROUP BY quarter, organisation_id HAVING sum(amount) > 0
"""
PAID = [
    """
    INSERT INTO funds_paymentbatch (id, state_since, round, state, title, layout_used, count,
        total, sha256, sendings, created_at, layout_id, organisation_id)
    OVERRIDING SYSTEM VALUE
    SELECT dense_rank() OVER (ORDER BY quarter, part), now(), 1, 'settled',
        '经费返还 ' || quarter, '{}', count(*), sum(amount), '', 1, now(),
        (SELECT min(id) FROM funds_banklayout), %(city)s
    FROM (SELECT *, id / 5000 AS part FROM returned) rows GROUP BY quarter, part
    """,
    """
    INSERT INTO funds_payable (id, object_type, object_id, kind, reason, payee_kind, payee_name,
        certificate_type, payee_number, payee_index, bank, account, account_index, amount, state,
        approved_on, claimed_at, claimed_by_id, organisation_id)
    OVERRIDING SYSTEM VALUE
    SELECT r.id, 'funds.Return', r.id, 'return', '经费返还', 'union', left(o.name, 100),
        'resident', %(number)s, int8send(o.id), '江城银行', %(account)s, int8send(o.id), amount,
        'paid', quarter + 5, quarter + 5, %(clerk)s, o.id
    FROM returned r JOIN core_organisation o ON o.id = r.organisation_id
    """,
    """
    INSERT INTO funds_return (id, kind, until, amount, state, paid_on, made_on, by_id,
        organisation_id, payable_id, payer_id)
    OVERRIDING SYSTEM VALUE
    SELECT id, 'return', quarter, amount, 'paid', quarter + 10, quarter + 5, %(clerk)s,
        organisation_id, id, %(city)s FROM returned
    """,
    """
    UPDATE funds_due d SET returned_by_id = r.id FROM returned r
    WHERE r.organisation_id = d.organisation_id AND NOT d.is_custody AND r.quarter =
        (date_trunc('quarter', d.due_on) + interval '3 months - 1 day')::date
    """,
    """
    INSERT INTO funds_payment (id, line, reference, payee_name, bank, account, account_index,
        amount, result, bank_reason, result_on, organisation_id, payable_id, batch_id)
    OVERRIDING SYSTEM VALUE
    SELECT r.id, row_number() OVER (PARTITION BY batch_id ORDER BY r.id), 'FH' || r.id,
        p.payee_name, p.bank, p.account, p.account_index, r.amount, 'done', '', quarter + 10,
        r.organisation_id, r.id, batch_id
    FROM (SELECT *, dense_rank() OVER (ORDER BY quarter, id / 5000) AS batch_id FROM returned) r
    JOIN funds_payable p ON p.id = r.id
    """,
    """
    INSERT INTO funds_bankresult (amount, outcome, reason, "on", payment_id)
    SELECT amount, 'done', '', result_on, id FROM funds_payment
    """,
    """
    INSERT INTO funds_journalentry (id, "on", kind, at, organisation_id, payable_id, payment_id)
    OVERRIDING SYSTEM VALUE
    SELECT 3 * r.id + step, quarter + day, kind, now(), organisation_id, r.id,
        CASE WHEN step > 0 THEN r.id END
    FROM returned r CROSS JOIN (VALUES (0, 5, 'committed'), (1, 6, 'sent'), (2, 10, 'confirmed'))
        AS steps (step, day, kind)
    """,
    """
    INSERT INTO funds_posting (amount, entry_id, account_id, payee_id)
    SELECT side * r.amount, 3 * r.id + step, c.id,
        CASE WHEN c.role <> 'bank' THEN r.organisation_id END
    FROM returned r CROSS JOIN (VALUES (0, 1, 'return'), (0, -1, 'return_owed'),
        (1, 1, 'return_owed'), (1, -1, 'return_transit'), (2, 1, 'return_transit'),
        (2, -1, 'bank')) AS sides (step, side, role) JOIN funds_account c ON c.role = sides.role
    """,
]
ACCOUNTS = """
    UPDATE members_unionprofile SET has_own_account = organisation_id %% 20 <> 0,
        account_bank = '江城银行', account_name = '工会', account_number = %(own_account)s
"""
SHIFT = 10_000_000  # of the entries of distributions, after those of payments


def fill() -> None:
    """Write everything into the connected city, which has no receipts yet."""
    facts = _facts()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(ACCOUNTS, facts)
        _rules(cursor, facts["city"])
        cursor.execute(PAYER, {"payers": PAYERS})
        with loading_postgresql.bare(cursor, TABLES):
            for table in ("funds_journalentry", "funds_posting"):
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            cursor.execute("SET LOCAL work_mem = '256MB'")
            cursor.execute("SET LOCAL maintenance_work_mem = '1GB'")
            batches = [_month(cursor, number, facts["city"]) for number in range(MONTHS)]
            for table in ("funds_collectionline", "funds_distribution"):
                cursor.execute(f"ANALYZE {table}")
            cursor.execute(PLACES)
            for statement in (SPLIT, DUES, POSTINGS, ENTRIES):
                cursor.execute(statement, {"batches": batches, "shift": SHIFT})
                cursor.execute("ANALYZE funds_allocation, funds_due")
            cursor.execute(RETURNED, {"last_day": LAST_DAY})
            cursor.execute("ANALYZE returned")
            for statement in PAID:
                cursor.execute(statement, facts)
            for table in ("funds_journalentry", "funds_posting"):
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    with connection.cursor() as cursor:
        loading_postgresql.tidy(cursor, [*TABLES, "members_unionprofile"])


def _facts() -> dict[str, Any]:
    """What the statements name: the city, who signs, and sealed values, the same for all."""
    from core.fields import encrypt
    from core.models import Organisation, User

    return {
        "city": Organisation.objects.get(depth=1).pk,
        "clerk": User.objects.get(username="money1").pk,
        "number": encrypt("81420000MC00000000", bound_to="funds.payable.payee_number"),
        "account": encrypt("6222000000000000", bound_to="funds.payable.account"),
        "own_account": encrypt("6222000000000000", bound_to="members.unionprofile.account_number"),
    }


def _rules(cursor: Any, city: int) -> None:
    cursor.execute("DELETE FROM funds_splitrule; DELETE FROM funds_supportmeasure")
    for kind, since, until, percentages in RULES:
        cursor.execute(
            f"INSERT INTO funds_splitrule (kind, payer_class, valid_from, valid_to,"
            f" document_number, levy, tie_order, due_after, due_days, organisation_id,"
            f" {', '.join(LEVELS)}) VALUES (%s, 'general', %s, %s, '江工发〔2020〕1号', 2, 'up',"
            f" 'month', 0, %s, {', '.join(['%s'] * len(LEVELS))})",
            [kind, since, until, city, *percentages],
        )
    cursor.execute(
        "INSERT INTO funds_supportmeasure (name, document_number, valid_from, valid_to, percent,"
        " organisation_id) VALUES ('缓减 20%%', '江工发〔2025〕1号', %s, %s, %s, %s)",
        [*EASED, city],
    )


def _month(cursor: Any, number: int, city: int) -> int:
    """A batch with its lines and its distribution; its key."""
    first = month_of(number)
    last = month_of(number + 1) - datetime.timedelta(days=1)
    batch = open_batch(cursor, f"{first:%Y%m}", PAYERS, 0, city)
    known = {"month": f"{first:%Y%m}", "first": first, "last": last, "batch": batch, "city": city}
    cursor.execute(LINES, known)
    cursor.execute(
        "UPDATE funds_collectionbatch b SET declared_count = found.count, declared_total ="
        " found.sum FROM (SELECT count(*), sum(amount) FROM funds_collectionline"
        " WHERE batch_id = %s) found WHERE b.id = %s",
        [batch, batch],
    )
    open_distribution(cursor, batch, first, city)
    return batch


def open_batch(cursor: Any, number: str, count: int, total: Any, city: int) -> int:
    """A stored batch that is said to be distributed; its key."""
    cursor.execute(
        "INSERT INTO funds_collectionbatch (state_since, round, state, channel, number,"
        " declared_count, declared_total, note, difference_reason, organisation_id)"
        " VALUES (now(), 1, 'distributed', 'tax', %s, %s, %s, '', '', %s) RETURNING id",
        [number, count, total, city],
    )
    return cursor.fetchone()[0]


def open_distribution(cursor: Any, batch: int, first: datetime.date, city: int) -> None:
    cursor.execute(
        'INSERT INTO funds_distribution (kind, "on", reason, at, batch_id, organisation_id)'
        " VALUES ('collection', %s, %s, now(), %s, %s)",
        [first + datetime.timedelta(days=55), f"收缴批次“{first:%Y%m}”", batch, city],
    )


def distribute_plainly(batch: int) -> None:
    """The floor of a distribution: its parts, dues, postings and entry, with every index and
    guard of the database in force."""
    known = {"batches": [batch], "shift": 2 * SHIFT}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(PLACES)
        for statement in (SPLIT, DUES, POSTINGS, ENTRIES):
            cursor.execute(statement, known)
