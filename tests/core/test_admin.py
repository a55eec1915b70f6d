"""The working screens: what they show, offer and write."""

import pytest
from django.urls import reverse

from core.admin import Table
from core.models import AuditEvent, Department, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk(world, client):
    """Logged in: a clerk of the district."""
    user = world.user("clerk", world.district)
    client.force_login(user)
    return user


def test_list_shows_only_rows_in_scope(world, client, clerk):
    page = client.get(reverse("admin:core_organisation_changelist")).content.decode()
    assert "甲厂工会委员会" in page
    assert "丙厂工会委员会" not in page
    assert "共 6 条工会组织" in page


def test_foreign_row_answers_like_a_missing_one(world, client, clerk):
    foreign, missing = (
        client.get(reverse("admin:core_organisation_change", args=[pk]))
        for pk in (world.foreign.pk, 10**9)
    )
    assert foreign.status_code == missing.status_code == 404
    assert foreign.content == missing.content


def test_own_row_opens(world, client, clerk):
    answer = client.get(reverse("admin:core_organisation_change", args=[world.own.pk]))
    assert answer.status_code == 200


def test_autocomplete_is_scoped_and_ends(world, client, clerk):
    answer = client.get(
        reverse("admin:autocomplete"),
        {"app_label": "core", "model_name": "department", "field_name": "organisation"},
    ).json()
    names = [row["text"] for row in answer["results"]]
    assert "甲厂工会委员会" in names
    assert "丙厂工会委员会" not in names
    assert answer["pagination"] == {"more": False}


def test_a_table_tells_numbers_from_words():
    table = Table(
        "核对",
        ["项目", "人次", "移交", "账号", "事由（职务）"],
        [
            ["金额", "6", "20,801.34", "************0002", "城东区新桥街道中心片区联合工会委员会"],
            ["差额", None, "—", "2026-07 至 2026-09", "经费返还"],
        ],
        "",
    )
    assert [number for _, number in table.columns()] == [False, True, True, False, False]
    faces = [[face for _, face in row] for row in table.cells()]
    assert faces == [["", "number", "number", "", "long"], ["", "number", "number", "", ""]]


def test_a_table_tells_counts_by_their_cells():
    rows = [["甲", "1,438", "0.446", None, "2026"], ["乙", "300", "0.093", "—", "2025"]]
    table = Table("名额", ["工会", "依据数", "应得", "保底", "年度"], rows, "")
    assert [number for _, number in table.columns()] == [False, True, True, False, False]


def test_saving_leaves_a_trace_and_no_log_entry(world, client):
    admin = world.user("system_admin", world.city)
    client.force_login(admin)
    answer = client.post(
        reverse("admin:core_department_add"),
        {"organisation": world.district.pk, "code": "zzb", "name": "组织部"},
    )
    assert answer.status_code == 302, answer.context["errors"]
    department = Department.objects.get()
    event = AuditEvent.objects.get(action="core.department.add")
    assert event.object_id == str(department.pk)
    page = client.get(reverse("admin:core_department_history", args=[department.pk]))
    assert "新增部门" in page.content.decode()


def test_choice_out_of_scope_is_refused(world, client):
    admin = world.user("system_admin", world.district)
    client.force_login(admin)
    answer = client.post(
        reverse("admin:core_department_add"),
        {"organisation": world.foreign.pk, "code": "zzb", "name": "组织部"},
    )
    assert answer.status_code == 200
    assert "organisation" in answer.context["adminform"].form.errors
    assert "丙厂" not in answer.content.decode()
    assert not Department.objects.exists()


def test_untouched_mask_keeps_the_number(world, client):
    admin = world.user("system_admin", world.city)
    client.force_login(admin)
    user = world.user(at=world.own, phone="13800000001")
    url = reverse("admin:core_user_change", args=[user.pk])
    form = client.get(url).context["adminform"].form
    assert form.initial["phone"] == "138****0001"
    sent = {name: form.initial[name] or "" for name in form.fields}
    assert client.post(url, sent | {"display_name": "李四"}).status_code == 302
    user = User.objects.get(pk=user.pk)
    assert user.display_name == "李四"
    assert user.phone.clear() == "13800000001"


@pytest.mark.parametrize(
    "lookup", ["name__startswith", "password__startswith", "path", "_connector"]
)
def test_lookup_that_no_filter_declares_is_refused(world, client, clerk, lookup):
    answer = client.get(reverse("admin:core_organisation_changelist"), {lookup: "x"})
    assert answer.status_code == 400


def test_button_runs_the_service_and_says_what_comes_of_it(world, client):
    client.force_login(world.user("head", world.city))
    url = reverse("admin:core_organisation_close", args=[world.child.pk])
    page = client.get(url).content.decode()
    assert "不再计入工会组织数" in page
    answer = client.post(url, {"on": "2026-03-01", "reason": "车间合并"}, follow=True)
    assert "已于 2026-03-01 撤销" in answer.content.decode()
    assert str(world.organisation(world.child.code).closed_on) == "2026-03-01"


def test_refusal_of_a_service_is_an_error_of_the_form(world, client):
    client.force_login(world.user("head", world.city))
    url = reverse("admin:core_organisation_close", args=[world.own.pk])
    answer = client.post(url, {"on": "2026-03-01", "reason": "企业注销"})
    assert answer.status_code == 200
    assert "还有 1 个下级工会未撤销" in answer.content.decode()


def test_button_is_offered_and_open_by_permission_on_the_row(world, client, clerk):
    page = client.get(reverse("admin:core_organisation_change", args=[world.own.pk]))
    assert "撤销工会" in page.content.decode()
    assert "调整隶属关系" not in page.content.decode()
    move = client.get(reverse("admin:core_organisation_move", args=[world.own.pk]))
    assert move.status_code == 403
    foreign = client.get(reverse("admin:core_organisation_move", args=[world.foreign.pk]))
    assert foreign.status_code == 404


def test_new_organisation_stands_below_its_superior(world, client, clerk):
    answer = client.post(
        reverse("admin:core_organisation_add"),
        {"parent": world.town.pk, "code": "new", "name": "丁厂工会委员会", "level": "grassroots"},
    )
    assert answer.status_code == 302, answer.context["errors"]
    assert world.town.contains(world.organisation("new"))


def test_refusal_while_saving_is_an_error_of_the_form(world, client):
    security = world.user("security_admin", world.city)
    client.force_login(security)
    answer = client.post(
        reverse("admin:core_assignment_add"),
        {"user": security.pk, "role": "clerk", "organisation": world.city.pk, "until": ""},
    )
    assert answer.status_code == 200
    assert "不能给本人授权" in answer.content.decode()


def test_account_is_opened_with_a_password_to_be_changed(world, client):
    client.force_login(world.user("system_admin", world.city))
    answer = client.post(
        reverse("admin:core_user_add"),
        {
            "username": "lisi",
            "display_name": "李四",
            "organisation": world.own.pk,
            "password1": "correct horse 工会",
            "phone": "13800000001",
        },
    )
    assert answer.status_code == 302, answer.context["errors"]
    user = User.objects.get(username="lisi")
    assert user.must_change_password
    assert user.check_password("correct horse 工会")
    assert user.phone.clear() == "13800000001"
