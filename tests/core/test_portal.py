"""The portal: first page, long work, files, the own account."""

import io

import pytest
from django.urls import reverse

from core import workflow
from core.models import AuditEvent, Job, Notice, User
from core.services import files
from tests.factories.core import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def chair(world, client):
    """Logged in: the chair of one union."""
    user = world.user("chair", world.own)
    client.force_login(user)
    return user


@pytest.mark.parametrize(("role", "door"), [("clerk", "admin:index"), ("chair", "home")])
def test_each_role_goes_on_where_it_works(world, client, role, door):
    user = world.user(role, world.own)
    answer = client.post(reverse("login"), {"username": user.username, "password": PASSWORD})
    assert answer.url == reverse(door)


def test_first_page_asks_once_for_each_thing_it_shows(
    chair, client, monkeypatch, django_assert_num_queries
):
    monkeypatch.setattr(workflow, "registry", {})  # one more for each procedure
    client.get(reverse("home"))
    page = 3  # session, account, grants
    shown = 5  # tables to mend, stopped jobs, notices, jobs under way, re-checks that fall due
    procedures = [
        any(chair.has_perm(step.permission) for step in procedure.transitions.values())
        for procedure in workflow.registry.values()
    ]
    with django_assert_num_queries(page + shown + sum(procedures)):
        client.get(reverse("home"))


def test_portal_role_has_no_way_into_the_admin(client, chair):
    assert client.get(reverse("admin:index")).status_code == 403


def test_admin_has_no_login_page_of_its_own(client, db):
    answer = client.get("/admin/login/", follow=True)
    assert answer.redirect_chain[-1][0].startswith(reverse("login"))


def test_new_account_must_change_its_password_first(world, client):
    user = world.user("chair", world.own, must_change_password=True)
    client.force_login(user)
    assert client.get(reverse("home")).url == reverse("password_change")
    new = "a much longer one 2026"
    answer = client.post(
        reverse("password_change"), {"old": PASSWORD, "new": new, "again": new}, follow=True
    )
    assert "密码已修改" in answer.content.decode()
    user = User.objects.get(pk=user.pk)
    assert user.check_password(new)
    assert not user.must_change_password
    assert AuditEvent.objects.filter(action="core.user.password", object_id=user.pk).exists()


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"old": "wrong"}, "原密码不正确"),
        ({"again": "other"}, "不一致"),
        ({"new": "short", "again": "short"}, "至少需要 12 个字符"),
        ({"new": PASSWORD, "again": PASSWORD}, "不能与原密码相同"),
    ],
)
def test_bad_new_password_is_refused(client, chair, sent, said):
    new = "a much longer one 2026"
    answer = client.post(
        reverse("password_change"), {"old": PASSWORD, "new": new, "again": new} | sent
    )
    assert answer.status_code == 200
    assert said in answer.content.decode()


def test_home_shows_notices_and_opening_one_marks_it_read(client, chair):
    notice = Notice.objects.create(user=chair, text="导入已完成", url="/jobs/")
    assert "导入已完成" in client.get(reverse("home")).content.decode()
    assert client.post(reverse("notice", args=[notice.pk])).url == "/jobs/"
    notice.refresh_from_db()
    assert notice.read_at


def test_notice_of_another_user_is_missing(world, client, chair):
    notice = Notice.objects.create(user=world.user(), text="他人的通知")
    assert client.post(reverse("notice", args=[notice.pk])).status_code == 404


def job_of(user, **state):
    row = Job.objects.create(
        kind="tests.page", label="导入会员", organisation=user.organisation, requested_by=user
    )
    Job.objects.filter(pk=row.pk).update(**state)
    return row


def test_job_page_asks_again_until_the_job_is_finished(client, chair):
    row = job_of(chair, state="running", done=30, total=120)
    page = client.get(reverse("job", args=[row.pk])).content.decode()
    assert "已完成 30 / 120" in page
    url = reverse("job_progress", args=[row.pk])
    assert f'hx-get="{url}"' in page
    Job.objects.filter(pk=row.pk).update(state="done", result={"summary": "导入 120 人"})
    fragment = client.get(url).content.decode()
    assert "导入 120 人" in fragment
    assert "hx-get" not in fragment
    assert "<html" not in fragment


def test_stopped_job_out_of_scope_does_not_wait(client, chair, world):
    row = job_of(chair, state="failed", error="编号 A1", finished_at="2026-01-01T00:00Z")
    Job.objects.filter(pk=row.pk).update(organisation=world.foreign)
    assert "任务未完成" not in client.get(reverse("home")).content.decode()


def test_stopped_job_waits_in_the_inbox_and_is_done_again(client, chair):
    row = job_of(chair, state="failed", error="编号 A1", finished_at="2026-01-01T00:00Z")
    assert "任务未完成" in client.get(reverse("home")).content.decode()
    answer = client.post(reverse("job_retry", args=[row.pk]), follow=True)
    assert "已重新提交" in answer.content.decode()
    row.refresh_from_db()
    assert row.state == Job.State.QUEUED


def test_job_of_another_scope_is_missing(world, client, chair):
    row = job_of(world.user("chair", world.foreign))
    for name in ("job", "job_progress", "job_retry"):
        foreign = client.get(reverse(name, args=[row.pk]))
        missing = client.get(reverse(name, args=[10**9]))
        assert foreign.status_code == missing.status_code == 404
        assert foreign.content == missing.content


def store(world, organisation, permission="core.view_organisation"):
    return files.store(
        io.BytesIO("内容".encode()),
        name='名册 "2026".xlsx',
        media_type="application/vnd.ms-excel",
        permission=permission,
        organisation=organisation,
        by=world.builder,
    )


def test_file_leaves_by_its_name_and_leaves_a_trace(world, client, chair):
    file = store(world, world.child)
    answer = client.get(reverse("file", args=[file.token]))
    assert b"".join(answer.streaming_content) == "内容".encode()
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''%E5%90%8D")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert AuditEvent.objects.filter(action="core.storedfile.download", actor_id=chair.pk).exists()


@pytest.mark.parametrize("why", ["foreign", "permission", "expired"])
def test_file_that_is_not_for_the_user_is_missing(world, client, chair, why):
    file = store(
        world,
        world.foreign if why == "foreign" else world.own,
        "core.view_auditevent" if why == "permission" else "core.view_organisation",
    )
    if why == "expired":
        type(file).objects.filter(pk=file.pk).update(expires_at="2020-01-01T00:00Z")
    refused = client.get(reverse("file", args=[file.token]))
    missing = client.get(reverse("file", args=["00000000-0000-0000-0000-000000000000"]))
    assert refused.status_code == missing.status_code == 404
    assert refused.content == missing.content
    assert not AuditEvent.objects.filter(action="core.storedfile.download").exists()


def test_account_page_names_roles_and_their_reach(client, chair):
    page = client.get(reverse("account")).content.decode()
    assert "基层工会主席" in page
    assert "甲厂工会委员会及其下级" in page
