"""What a cell may refer to, and what is asked of the register for it."""

import pytest

from core.models import Organisation
from core.services import organisations
from core.sheets.columns import OR, CellError, Column, Mended
from core.sheets.lookups import AMBIGUOUS, Lookup, LookupWidget


@pytest.fixture
def table(world):
    """A look-up of the unions that `below` puts under the town."""

    def below(*named):
        made = [
            Organisation(code=code, name=name, short_name=short, level="grassroots")
            for code, name, short in named
        ]
        pairs = [(one, world.town) for one in made]
        organisations.establish_many(pairs, by=world.builder)
        rows = Organisation.objects.filter(pk__in=[one.pk for one in made])
        return Lookup(rows, code="code", names=["name", "short_name"]), *made

    return below


def clean(lookup, text):
    class Context:
        lookups = {"organisation": lookup}

    widget = LookupWidget("organisation", "工会")
    value = Column("所在工会", widget=widget).clean_cell(text, Context)
    return value.value if isinstance(value, Mended) else value


def test_codes_and_names_are_known_and_what_is_ambiguous_is_refused(table):
    lookup, first, second, third = table(
        ("A1", "甲厂工会委员会", ""), ("A2", "乙厂（总）工会", ""), ("A3", "乙厂(总)工会", "A1")
    )
    for text in ("甲厂工会委员会", "甲厂 工会委员会", "A1", "Ａ１", "a1", " a 1 "):
        assert clean(lookup, text) == first
    assert [clean(lookup, "A2"), clean(lookup, "A3")] == [second, third]
    codes = {}
    for text in ("乙厂（总）工会", "甲厂工会委会"):
        with pytest.raises(CellError) as caught:
            clean(lookup, text)
        codes[caught.value.code] = caught.value.suggestion
    assert codes == {"ambiguous": None, "unknown_organisation": "甲厂工会委员会"}


def test_codes_that_differ_by_case_stay_apart(table):
    lookup, small, great, other = table(("a1", "甲", ""), ("A1", "乙", ""), ("b1", "丙", ""))
    assert (lookup.find("a1"), lookup.find("A1")) == (small, great)
    assert (lookup.find("B1"), "b 1" in lookup, "c1" in lookup) == (other, True, False)


def test_up_to_three_are_named_that_may_be_meant_each_once(table):
    named = [(f"A{n}", f"江城第{n}机械厂工会", f"{n}机厂") for n in range(5)]
    lookup, *_ = table(*named, ("B1", "丙厂工会", ""))
    assert lookup.nearest("江城第机械厂工会").split(OR) == [
        f"江城第{n}机械厂工会" for n in (4, 3, 2)
    ]
    assert lookup.nearest("Ｂ2").split(OR)[0] == "B1"
    assert lookup.nearest("完全不同") is None


def test_a_batch_of_codes_is_one_question(table, django_assert_num_queries):
    lookup, *made = table(*[(f"A{n}", f"第{n}厂工会", f"{n}厂") for n in range(30)])
    with django_assert_num_queries(1):
        lookup.learn([f"A{n}" for n in range(30)])
        assert [lookup.find(f"A{n}") for n in range(30)] == made


def test_names_are_read_once_and_asked_for_by_number(table, django_assert_num_queries):
    lookup, first, second, third = table(
        ("A1", "甲厂工会", "甲"), ("A2", "乙厂工会", "甲"), ("A3", "丙厂工会", "丙")
    )
    with django_assert_num_queries(3):  # no code; all names; the rows
        lookup.learn(["甲厂工会", "甲", "丁"])
    assert [lookup.find(text) for text in ("甲厂工会", "甲", "丁")] == [first, AMBIGUOUS, None]
    with django_assert_num_queries(2):
        lookup.learn(["乙厂工会", "丙", "丁"])
    assert [lookup.find(text) for text in ("乙厂工会", "丙", "丁")] == [second, third, None]


def test_few_rows_are_offered_many_are_not(table):
    lookup, *made = table(("A1", "甲", ""), ("A2", "乙", ""))
    assert (lookup.few(2), lookup.few(1)) == (made, [])
