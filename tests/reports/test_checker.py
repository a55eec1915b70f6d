"""The checker passes the right page and catches those that are wrong on purpose."""

import hashlib
import io

import pytest
from pypdf import PdfWriter

from reports import checker, layout, rendering
from tests.reports import samples
from tests.reports.conftest import FIGURES


def spoiled(faces, *changes, document=None):
    """The findings about the sample report after changes of its page."""
    page = layout.page(document or samples.report(), faces)
    for before, after in changes:
        assert before in page
        page = page.replace(before, after)
    pdf, _ = rendering.render_page(page, faces.all())
    return "\n".join(checker.check(pdf, faces))


def test_the_right_report_has_no_finding(faces, rendered):
    digest = hashlib.sha256(FIGURES).hexdigest()
    found = checker.measure(
        rendered.pdf,
        faces,
        substituted=rendered.substituted,
        attachments={"figures.json": digest},
    )
    assert found.findings == ()
    assert found.pages == rendered.pages >= 4
    assert set(found.substituted) == set(samples.NAMES)


def test_full_pages_hold_22_lines_of_28_characters(faces, rendered):
    lines = checker.measure(rendered.pdf, faces).lines[1][:-1]
    assert len(lines) == 22
    widest = max(line.right - line.left for line in lines)
    assert widest / lines[0].size == pytest.approx(28, abs=0.05)
    assert lines[0].left == pytest.approx(28 * checker.MM, abs=0.5)
    assert lines[-1].y < (297 - 35) * checker.MM


@pytest.mark.parametrize(
    ("before", "after", "finding"),
    [
        ("37mm 26mm 35mm 28mm", "37mm 26mm 35mm 20mm", "左边距只有 20.0 毫米"),
        ("37mm 26mm 35mm 28mm", "30mm 26mm 35mm 28mm", "上边距为 30"),
        ("37mm 26mm 35mm 28mm", "37mm 20mm 35mm 28mm", "右边距只有"),
        ("size: A4", "size: 210mm 290mm", "应为 A4"),
        ("28.9pt", "30.2pt", "行距为 30.2 磅"),
        ("orphans: 1; widows: 1", "orphans: 2; widows: 2", "排了 21 行，应排 22 行"),
        ("15.79pt", "16pt", "每行排 27 字，应排 28 字"),
        ("u { line-height: 0", "u { line-height: inherit", "行距为"),
        (":right {", ":nothing {", "应有一个页码"),
        ("@bottom-right", "@bottom-left", "不在外侧，应居右"),
        ("400 14pt", "400 12pt", "12.0 磅，应为 4 号"),
        ("padding-top: 4.5mm", "padding-top: 0", "应为 7 毫米"),
        ("counter(page)", "counter(pages)", "页码印成了"),
        ("FandolSong-Regular", "FandolHei-Regular", "应为宋体"),
    ],
)
def test_what_is_wrong_on_purpose_is_caught(faces, before, after, finding):
    assert finding in spoiled(faces, (before, after))


def test_an_undeclared_face_is_caught(faces, rendered):
    class Fewer:
        """The same faces without the helping ones."""

        song = fang = faces.fang

        def all(self):
            return tuple(face for face in faces.all() if face not in faces.helpers())

        def helpers(self):
            return ()

    found = "\n".join(checker.check(rendered.pdf, Fewer()))
    assert "规定以外的字体“NotoSerifCJKsc-Regular”" in found


def test_an_empty_box_is_caught(faces):
    found = spoiled(faces, ("现在，我向", "现在，\U00031352\U0010fffd我向"))
    assert "2 个字没有字形" in found


def test_synthetic_bold_is_caught(faces, rendered):
    writer = PdfWriter(clone_from=io.BytesIO(rendered.pdf))
    page = writer.pages[0]
    contents = page.get_contents()
    contents.set_data(b"2 Tr " + contents.get_data())
    page.replace_contents(contents)
    changed = io.BytesIO()
    writer.write(changed)
    assert "第 1 页有人为加粗的字，应改用规定字体。" in checker.check(changed.getvalue(), faces)


def test_an_unannounced_substitute_is_caught(faces, rendered):
    found = checker.check(rendered.pdf, faces, substituted="堃喆镕赟玥昇珺翀")
    assert found == ["“䶮”由后备字体印出，事先没有说明。"]


def test_a_missing_or_changed_attachment_is_caught(faces, rendered):
    wanted = {"figures.json": "0" * 64, "other.json": "0" * 64}
    assert checker.check(rendered.pdf, faces, attachments=wanted) == [
        "附在文件中的“figures.json”与原件不一致。",
        "缺少附在文件中的“other.json”。",
    ]


def test_a_file_that_is_no_pdf_is_told(faces):
    assert checker.check(b"nothing", faces)[0].startswith("文件无法读取")
