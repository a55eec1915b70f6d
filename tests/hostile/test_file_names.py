"""Whatever a file is called: its place on disk is ours, and its name does no harm anywhere."""

import re
import unicodedata
from email.message import EmailMessage

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from core.models import SheetImport, StoredFile
from core.services.files import plain_name
from tests.core import department_sheet  # noqa: F401 - registers the sheet of the engine's tests

CONTENT = "所属工会,部门编码,部门名称\ncity,01,组织部\n".encode()
NAMES = [
    "../../etc/passwd.csv", "..\\..\\windows\\system32\\a.csv", "/etc/cron.d/a.csv", "C:\\a.csv",
    "\\\\server\\share\\a.csv", "a\r\nSet-Cookie: x=1.csv", "a\nb.csv", "a\x00b.csv",
    "\x1b[31ma.csv", "名册\u202exslx.csv", "a\u200b\u2066b.csv", "长" * 300 + ".csv", "a" * 700 + ".csv",
    "CON.csv", "nul.csv", "com1.csv", ".csv", "....csv", ".htaccess.csv", "a.html.csv",
    '"; filename="b.exe.csv', "<script>alert(1)<script>.csv", "=cmd|' /C calc'!A0.csv",
    "{{ settings.SECRET_KEY }}.csv", "%00%2e%2e%2f.csv", "a;b=c, d.csv", "🦊名册 (1).csv",
]  # fmt: skip


def assert_harmless(name):
    assert 0 < len(name) <= 200
    assert name.endswith("csv")
    assert not re.search(r'[/\\<>:"|?*]', name)
    assert not re.match(r"(con|nul|com1)\.", name, re.IGNORECASE)
    assert all(unicodedata.category(char)[0] != "C" for char in name)
    assert not name.startswith(".")


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_made_plain(name):
    assert_harmless(plain_name(name))
    assert plain_name(plain_name(name)) == plain_name(name)


@pytest.mark.parametrize("name", ["", ".", "..", "/", "\x00", "\u202e", "   "])
def test_a_name_of_nothing_is_still_a_name(name):
    assert plain_name(name) == "文件"


@pytest.mark.parametrize("name", NAMES)
def test_an_upload_of_any_name_is_kept_under_our_own(name, world, client):
    client.force_login(world.user("clerk"))
    file = SimpleUploadedFile("a.csv", CONTENT)
    file._name = name.replace("\r", "").replace("\n", "").replace("\x00", "")  # as sent
    address = reverse("sheet_upload", args=["test_departments"])
    answer = client.post(address, {"organisation": world.city.pk, "mode": "strict", "file": file})
    if not SheetImport.objects.exists():  # refused, with a sentence in the form
        assert answer.status_code == 200
        assert "invalid-feedback" in answer.content.decode() or "文件" in answer.content.decode()
        assert not StoredFile.objects.exists()
        return
    upload = SheetImport.objects.get().upload
    assert_harmless(upload.name)
    assert re.fullmatch(r"\d{4}/\d\d/[0-9a-f]{32}", upload.content.name)
    page = client.get(answer.url)
    assert "<script>alert" not in page.content.decode()
    sent = client.get(reverse("file", args=[upload.token]))
    header = sent["Content-Disposition"]
    message = EmailMessage()
    message["Content-Disposition"] = header
    assert message.get_content_disposition() == "attachment"
    assert message.get_filename().replace("?", "") != ""
    assert not re.search(r"[\x00-\x1f\x7f]", header)
    assert sent["Content-Type"] == "application/octet-stream"
    assert b"".join(sent.streaming_content) == CONTENT
