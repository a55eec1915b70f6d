"""Papers that users hand in: told by their content, and without what hides in a picture."""

import io

import pytest
from PIL import Image

from core.errors import Refused
from core.services import files

pytestmark = pytest.mark.django_db
PLACE, ORIENTATION, DESCRIPTION = 0x8825, 0x0112, 0x010E


def photograph(kind="JPEG", size=(40, 20)):
    """A picture that lies on its side and tells where and of whom it was taken."""
    data = Image.Exif()
    data[ORIENTATION], data[DESCRIPTION] = 6, "王建国家"
    data.get_ifd(PLACE)[1] = "N"
    written = io.BytesIO()
    Image.new("RGB", size, "red").save(written, kind, exif=data, comment=b"hidden words")
    return written


def receive(world, stream, name="照片.jpg"):
    return files.receive(
        stream,
        name=name,
        permission="core.view_job",
        organisation=world.own,
        by=world.builder,
    )


def read(kept):
    with kept.content.open() as stream:
        return stream.read()


@pytest.mark.parametrize(("kind", "ending"), [("JPEG", ".jpg"), ("PNG", ".png")])
def test_a_picture_keeps_nothing_but_the_picture(world, kind, ending):
    kept = receive(world, photograph(kind), name="入户.exe")
    content = read(kept)
    with Image.open(io.BytesIO(content)) as picture:
        assert picture.size == (20, 40)
        assert not picture.getexif()
        assert "comment" not in picture.info
    assert "王建国".encode() not in content
    assert b"hidden words" not in content
    assert kept.name == f"入户{ending}"
    assert kept.media_type == f"image/{kind.lower()}"


def test_a_pdf_is_kept_as_it_is(world):
    content = b"%PDF-1.7\n..."
    kept = receive(world, io.BytesIO(content), name="证明")
    assert (read(kept), kept.name) == (content, "证明.pdf")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_kind"),
        (b"MZ\x90\x00 a program", "file_kind"),
        (b"<svg onload='alert(1)'/>", "file_kind"),
        (photograph().getvalue()[:200], "file_kind"),
        (b"%PDF-" + bytes(files.LARGEST_DOCUMENT), "file_too_large"),
    ],
)
def test_anything_else_is_refused(world, content, code):
    with pytest.raises(Refused) as refusal:
        receive(world, io.BytesIO(content))
    assert refusal.value.code == code


def test_a_picture_that_would_fill_the_memory_is_refused_unread(world, monkeypatch):
    monkeypatch.setattr(files, "LARGEST_PICTURE", 799)
    with pytest.raises(Refused, match="像素过多"):
        receive(world, photograph())
