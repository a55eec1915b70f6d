"""Text as people type it, without what keyboards and workbooks put into it."""

import re

from core.rules import Invalid

# Full-width ASCII (！ to ～) lies at a fixed distance from ASCII.
HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
# Blanks and marks that are seen by nobody: zero-width characters, byte order mark, soft hyphen.
UNSEEN = dict.fromkeys([0x00AD, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2060, 0xFEFF])


def normalise_code(text: str) -> str:
    """An identifier without blanks, in half-width capitals: ` ３３０…x` becomes `330…X`."""
    return "".join(text.translate(HALF_WIDTH).translate(UNSEEN).split()).upper()


def normalise_digits(text: str) -> str:
    """A number as people group it (blanks, dashes of every kind) without the grouping."""
    return re.sub(r"[-‐‑‒–—―−－]", "", normalise_code(text))


def normalise_line(text: str) -> str:
    """A line in half-width characters, with one blank where there are any."""
    return " ".join(text.translate(HALF_WIDTH).translate(UNSEEN).split())


_SCIENTIFIC = re.compile(r"\d(\.\d+)?E\+?\d+")


def refuse_scientific(value: str) -> None:
    """Refuse a number that a workbook has shown as 3.306E+17: its last digits are lost."""
    if _SCIENTIFIC.fullmatch(value):
        raise Invalid(
            "number_scientific",
            "号码变成了科学计数，后几位已丢失，请把该列设为文本格式后重新填写。",
        )
