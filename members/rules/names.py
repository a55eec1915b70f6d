"""Names of persons."""

import re
import unicodedata

from core.rules import Checked, Invalid
from core.rules.text import HALF_WIDTH, UNSEEN

_HAN = (
    "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0002ebef\U0002ebf0-\U0002ee5f\U0002f800-\U0002fa1f\U00030000-\U000323af"
)
# What keyboards and old systems produce instead of the middle dot U+00B7.
_DOTS = str.maketrans(dict.fromkeys("•・‧∙⋅●．.｡●･", "·"))
_HAN_NAME = re.compile(rf"[{_HAN}]+(·[{_HAN}]+)*")
_USUAL_NAME = re.compile("[\u4e00-\u9fff]{2,4}")  # nothing in it to bring into another form
_LATIN_NAME = re.compile(r"[^\W\d_]+([ '’.·,-]+[^\W\d_]+)*\.?")


def person_name(text: str, *, foreign: bool = False) -> Checked:
    """A person's name of 2 to 50 characters; the middle dot of minority names is kept.

    `foreign` admits names in letters, as passports and permanent residence cards have them.
    """
    if _USUAL_NAME.fullmatch(text):
        return Checked(text)
    value = unicodedata.normalize("NFC", text.translate(UNSEEN))
    is_latin = foreign and not re.search(rf"[{_HAN}]", value)
    if is_latin:
        value = " ".join(value.translate(HALF_WIDTH).split())
    else:
        value = "".join(value.split()).translate(_DOTS)
    if re.search(r"[\ue000-\uf8ff\U000f0000-\U0010ffff]", value):
        raise Invalid(
            "name_private_character",
            "姓名含有造字程序生成的字，其他电脑无法显示，请改用国家标准字库中的字。",
        )
    if "\ufffd" in value or "?" in value.translate(HALF_WIDTH):
        raise Invalid("name_lost_character", "姓名含有问号或乱码，可能是生僻字丢失，请重新填写。")
    if not 2 <= len(value) <= 50:
        raise Invalid("name_length", "姓名应为 2 至 50 个字，请核对。")
    if not (_LATIN_NAME if is_latin else _HAN_NAME).fullmatch(value):
        raise Invalid(
            "name_characters", "姓名只能是汉字，少数民族姓名可用间隔号“·”，请去掉其他字符。"
        )
    return Checked(value, value != text)
