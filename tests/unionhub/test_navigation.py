"""Where a page stands in the sidebar of the admin."""

import re

import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db
MARKED = re.compile(
    r'<a href="([^"]+)" class="[^"]*\bactive">\s*<span[^>]*>[^<]*</span>\s*<span>([^<]*)<'
)


@pytest.mark.parametrize(
    ("page", "place"),
    [
        ("index", "工作台"),
        ("funds_due_positions", "应返未返"),
        ("funds_due_control", "应返未返"),
        ("funds_due_bulletin", "应返未返"),
        ("funds_due_changelist", "应返台账"),
        ("funds_payment_changelist", "付款"),
        ("funds_return_claim", "返还单"),
    ],
)
def test_one_place_is_marked(client, world, page, place):
    client.force_login(world.user("finance_maker"))
    told = client.get(reverse(f"admin:{page}")).content.decode()
    assert [title for _, title in MARKED.findall(told)] == [place]
