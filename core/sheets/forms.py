"""Input of the sheet pages."""

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Q
from django.utils import timezone

from core.errors import Refused
from core.forms import ScopedForm
from core.models import Organisation
from core.sheets import limits, mapping
from core.sheets.admission import refuse_at_sight, refuse_large
from core.sheets.engine import Sheet

TEXTS = (".csv", ".tsv", ".txt")
ENDINGS = (".xlsx", ".xls", ".ods", *TEXTS)
Level = Organisation.Level
FEDERATIONS = [Level.MUNICIPAL, Level.DISTRICT, Level.INDUSTRY, Level.TOWN]


class SheetForm(ScopedForm):
    """Where a table comes from or goes to. `row` is the sheet.

    Offered are the unions where the user holds the right, and the federations below them: a table
    of a single union below is brought in by its federation. Every union in reach is accepted, so
    that a link may name one.
    """

    asks = "permission"  # the attribute of the sheet that names the right

    organisation = forms.ModelChoiceField(Organisation.objects.none(), label="办理工会")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        permission = getattr(self.row, self.asks)
        reach = Organisation.objects.visible_to(self.user, permission)
        reach = reach.in_force(timezone.localdate())
        named = self.initial.get("organisation") or self.user.organisation_id
        seats = Q(path__in=self.user.paths_with(permission))
        offered = list(reach.filter(seats | Q(level__in=FEDERATIONS) | Q(pk=named)))
        top = min((place.depth for place in offered), default=0)
        field = self.fields["organisation"]
        field.queryset = reach
        field.choices = [
            (place.pk, f"{'　' * (place.depth - top)}{place.name}") for place in offered
        ]
        if offered:
            own = named if named in {place.pk for place in offered} else offered[0].pk
            self.initial["organisation"] = own


class UploadForm(SheetForm):
    """A filled-in table and what is to happen when a part of it is wrong."""

    MODES = {
        "strict": "全部通过才写入：有一行不对，整份都不写入，改好后再传",
        "partial": "先写入正确的行：不对的行退回，改好后再传，已写入的不会重复",
    }

    file = forms.FileField(
        label="表格文件",
        help_text=f"可以是 {'、'.join(ENDINGS)}，"
        f"工作簿不超过 {limits.MAX_WORKBOOK_BYTES // limits.MIB} MB，"
        f"文本不超过 {limits.MAX_TEXT_BYTES // limits.MIB} MB。",
        widget=forms.FileInput(attrs={"accept": ",".join(ENDINGS)}),
        error_messages={
            "required": "请选择要上传的表格。",
            "empty": "这份文件没有内容，请核对后重新选择。",
        },
    )
    mode = forms.ChoiceField(
        label="写入方式", choices=list(MODES.items()), initial="strict", widget=forms.RadioSelect
    )

    def clean_file(self) -> UploadedFile:
        file = self.cleaned_data["file"]
        ending = PurePath(file.name).suffix.lower()
        if ending not in ENDINGS:
            raise forms.ValidationError(
                f"不能读取这种文件（{ending or '没有扩展名'}）。"
                "请用 Excel 或 WPS 打开表格，另存为 .xlsx 后再上传。"
            )
        limit = limits.MAX_TEXT_BYTES if ending in TEXTS else limits.MAX_WORKBOOK_BYTES
        try:
            refuse_large(file.size, limit)
            refuse_at_sight(file.file, name=file.name)
        except Refused as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        return file


class MappingForm(ScopedForm):
    """Which column of a file is which of ours. `row` is the sheet.

    Every column of the sheet is a field that offers the file's headings; a required one that the
    file may lack has a second field for the text that stands for all rows.
    """

    def __init__(
        self,
        *args: Any,
        headings: Sequence[str],
        guessed: Mapping[str, int],
        constants: Mapping[str, str],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        sheet: Sheet = self.row
        places = [
            (str(place), f"{_letter(place)} 列：{heading or '（没有列名）'}")
            for place, heading in enumerate(headings)
        ]
        for name, column in sorted(sheet.incoming, key=lambda pair: not pair[1].required):
            self.fields[f"place_{name}"] = forms.ChoiceField(
                label=column.heading,
                choices=[("", "文件中没有这一列"), *places],
                required=column.required and not mapping.may_be_constant(sheet, name),
                initial=guessed.get(name, ""),
                error_messages={"required": "请选择文件中的一列。"},
            )
            if mapping.may_be_constant(sheet, name):
                self.fields[f"constant_{name}"] = forms.CharField(
                    label=f"文件中没有“{column.heading}”时，每行都填",
                    max_length=120,
                    required=False,
                    initial=constants.get(name, ""),
                )

    @property
    def needed(self) -> list[forms.BoundField]:
        """What must be said, and what seems to be in the file."""
        return [self[name] for name in self.fields if self._comes_first(name)]

    @property
    def others(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if not self._comes_first(name)]

    def _comes_first(self, field: str) -> bool:
        is_said = self[field].value() not in (None, "")
        return is_said or bool(self.errors.get(field)) or self._column(field).required

    def _column(self, field: str) -> Any:
        return self.row.fields[field.partition("_")[2]]

    def clean(self) -> dict[str, Any]:
        """The two arguments of `core.sheets.mapping.remember`: places and constants."""
        given = super().clean() or self.cleaned_data
        places, constants = {}, {}
        for name, _ in self.row.incoming:
            if given.get(f"place_{name}"):
                places[name] = int(given[f"place_{name}"])
            elif text := given.get(f"constant_{name}", "").strip():
                constants[name] = text
            elif f"constant_{name}" in self.fields:
                self.add_error(f"place_{name}", "请选择文件中的一列，或填写每行都相同的内容。")
        return {"places": places, "constants": constants}


def _letter(place: int) -> str:
    """The name of a column as a spreadsheet shows it: A, B … Z, AA."""
    name = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


class ExportForm(SheetForm):
    """Whose rows go out, and what for."""

    asks = "export_permission"
    ENDINGS = {
        ".xlsx": f"Excel 工作簿（.xlsx）：不超过 {limits.MAX_ROWS:,} 行",
        ".csv": "文本（.csv）：行数不限，号码前带撇号，以免表格软件改动",
    }

    ending = forms.ChoiceField(
        label="格式", choices=list(ENDINGS.items()), initial=".xlsx", widget=forms.RadioSelect
    )
    purpose = forms.CharField(
        label="用途",
        min_length=4,
        max_length=200,
        help_text="不少于四个字，写入导出的表格，并记入审计记录。",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
