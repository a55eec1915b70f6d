"""The tree and its history: establishing, moving, closing."""

import datetime

import pytest
from django.utils import timezone

from core.errors import NotPermitted, OutOfScope, Refused
from core.models import AuditEvent, Lineage, Organisation
from core.services import organisations

DAY = datetime.date(2021, 7, 1)


def under(ancestor, day):
    return set(
        Lineage.objects.on(day).filter(ancestor=ancestor).values_list("descendant__code", flat=True)
    )


def test_tree_has_no_problems_and_lineage_mirrors_it(world):
    assert Organisation.objects.find_problems() == ([], [], [], [], [])
    for organisation in Organisation.objects.all():
        below = set(Organisation.objects.within(organisation).values_list("code", flat=True))
        assert under(organisation, DAY) == below
    assert under(world.town, DAY) == {"town", "own", "sibling", "child"}


def test_move_keeps_the_past_with_the_old_superior(world):
    moved = organisations.move(world.own, parent=world.foreign_town, on=DAY, by=world.builder)
    before = DAY - datetime.timedelta(days=1)
    assert under(world.district, before) >= {"own", "child"}
    assert under(world.district, DAY) == {"district", "town", "other_town", "sibling"}
    assert under(world.other_district, before) == {"other_district", "foreign_town", "foreign"}
    assert under(world.other_district, DAY) >= {"own", "child"}
    assert under(world.city, before) == under(world.city, DAY)
    assert Organisation.objects.get_parent(moved) == world.organisation("foreign_town")
    assert Organisation.objects.find_problems() == ([], [], [], [], [])


def test_a_path_that_was_left_and_taken_again_does_not_mix_the_histories(world):
    organisations.move(world.sibling, parent=world.foreign_town, on=DAY, by=world.builder)
    late = Organisation(code="late", name="丁厂工会委员会", level=Organisation.Level.GRASSROOTS)
    organisations.establish(late, parent=world.town, by=world.builder)
    assert late.path == world.sibling.path
    assert under(world.district, datetime.date(2021, 1, 1)) >= {"sibling", "late"}
    assert "sibling" not in under(world.district, DAY)


def test_back_and_forth_on_two_days(world):
    later = DAY + datetime.timedelta(days=10)
    organisations.move(world.own, parent=world.foreign_town, on=DAY, by=world.builder)
    organisations.move(world.own, parent=world.town, on=later, by=world.builder)
    assert "own" in under(world.town, DAY - datetime.timedelta(days=1))
    assert "own" not in under(world.town, DAY)
    assert "own" in under(world.town, later)


@pytest.mark.parametrize(
    ("what", "target", "code"),
    [
        ("city", "town", "root_moved"),
        ("town", "own", "move_into_self"),
        ("town", "town", "move_into_self"),
        ("own", "town", "move_nowhere"),
    ],
)
def test_impossible_moves_are_refused(world, what, target, code):
    with pytest.raises(Refused) as refusal:
        organisations.move(
            getattr(world, what), parent=getattr(world, target), on=DAY, by=world.builder
        )
    assert refusal.value.code == code


def test_move_before_the_last_move_is_refused(world):
    organisations.move(world.own, parent=world.foreign_town, on=DAY, by=world.builder)
    with pytest.raises(Refused) as refusal:
        organisations.move(
            world.own, parent=world.town, on=datetime.date(2021, 1, 1), by=world.builder
        )
    assert refusal.value.code == "move_before_last"


def test_mover_needs_the_right_at_both_parents(world):
    local = world.user("head", world.district)
    with pytest.raises((NotPermitted, OutOfScope)):
        organisations.move(world.own, parent=world.foreign_town, on=DAY, by=local)
    organisations.move(world.own, parent=world.other_town, on=DAY, by=local)


def test_establishing_elsewhere_is_refused_and_leaves_nothing(world):
    local = world.user("clerk", world.district)
    new = Organisation(code="new", name="戊厂工会委员会", level=Organisation.Level.GRASSROOTS)
    with pytest.raises(OutOfScope):
        organisations.establish(new, parent=world.foreign_town, by=local)
    assert not Organisation.objects.filter(code="new").exists()


def test_many_at_once_take_a_constant_number_of_statements(world, django_assert_max_num_queries):
    def grow(start, count):
        organisations.establish_many(
            [
                (
                    Organisation(code=f"n{n}", name=f"第{n}工会", level="grassroots"),
                    world.town if n % 2 else world.other_town,
                )
                for n in range(start, start + count)
            ],
            by=world.builder,
        )

    with django_assert_max_num_queries(25):
        grow(0, 5)
    with django_assert_max_num_queries(25):
        grow(5, 200)
    assert Organisation.objects.find_problems() == ([], [], [], [], [])
    assert world.organisation("town").numchild == 2 + 102


def test_closing_needs_an_empty_union_and_is_audited(world):
    with pytest.raises(Refused) as refusal:
        organisations.close(world.own, on=DAY, reason="单位注销", by=world.builder)
    assert refusal.value.code == "not_empty"
    organisations.close(world.child, on=DAY, reason="单位注销", by=world.builder)
    event = AuditEvent.objects.first()
    assert (event.action, event.object_label) == ("core.organisation.close", "甲厂一车间分会")
    assert event.reason == "单位注销"
    assert not Organisation.objects.in_force(DAY).filter(code="child").exists()
    assert Organisation.objects.in_force(timezone.localdate()).filter(code="own").exists()
