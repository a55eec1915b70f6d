"""Font files: found, told apart, and never guessed."""

import pytest
from fontTools.ttLib import TTFont

from reports import faces

NAMES = "堃喆镕赟玥昇珺翀䶮"


@pytest.fixture(scope="module")
def installed():
    return faces.find()


def test_the_free_faces_stand_in(installed):
    assert [installed.pair(role).first.name for role in faces.ROLES] == [
        "FandolSong-Bold",
        "FandolHei-Regular",
        "FandolKai-Regular",
        "FandolFang-Regular",
        "FandolSong-Regular",
    ]
    assert installed.fang.second.name == "NotoSerifCJKsc-Regular"
    assert installed.hei.second.name == "NotoSansCJKsc-Regular"
    assert len(installed.all()) == 8


def test_rare_names_come_from_the_helping_face(installed):
    assert installed.substituted(f"主席赵{NAMES}", "fang") == NAMES
    assert installed.missing(NAMES) == ""


def test_a_character_that_no_face_has_is_told(installed):
    assert installed.missing("甲\u3000乙 \n\U00031352\U0010fffdⅧ") == "\U00031352\U0010fffd"


def test_the_customers_file_wins(tmp_path, installed):
    font = TTFont(str(installed.song.first.path))
    font["name"].names = []
    for kind, name in ((1, "仿宋_GB2312"), (4, "仿宋_GB2312"), (6, "FangSongGB2312")):
        font["name"].setName(name, kind, 3, 1, 0x804)
    font.save(str(tmp_path / "body.otf"))
    font.close()
    found = faces.find(tmp_path)
    assert found.fang.first.name == "FangSongGB2312"
    assert found.fang.first.path == tmp_path / "body.otf"
    assert found.kai == installed.kai


def test_a_broken_customer_file_is_named(tmp_path):
    (tmp_path / "楷体.ttf").write_bytes(b"not a font")
    with pytest.raises(faces.FacesMissing, match=r"楷体\.ttf.*无法读取"):
        faces.find(tmp_path)


def test_missing_packages_are_named(monkeypatch, tmp_path):
    faces._installed.cache_clear()
    monkeypatch.setattr(faces, "_FOLDERS", ())
    monkeypatch.setattr(faces, "_listed", lambda filename: None)
    try:
        with pytest.raises(faces.FacesMissing, match="texlive-lang-chinese 和 fonts-noto-cjk"):
            faces.find()
    finally:
        faces._installed.cache_clear()


def test_fc_list_finds_what_the_usual_folders_lack(monkeypatch):
    faces._installed.cache_clear()
    monkeypatch.setattr(faces, "_FOLDERS", ())
    try:
        assert faces._installed("NotoSerifCJK-Regular.ttc", "NotoSerifCJKsc-Regular")
    finally:
        faces._installed.cache_clear()
