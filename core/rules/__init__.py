"""Values as people write them, a module for each subject: certificates of persons, plain text.

Pure functions, no Django. What rules of any floor refuse they refuse with `Invalid`; what is only
odd comes back as a `Remark`. No message holds a whole number of a person.
"""

from dataclasses import dataclass, field
from typing import NamedTuple


class Invalid(ValueError):
    """A value that a rule refuses.

    `code` is stable (snake case, never reused), `message` a Chinese sentence that says what is
    wrong and how to mend it, `suggestion` a value that was perhaps meant, or "". The suggestion is
    clear text: whoever shows it masks it.
    """

    def __init__(self, code: str, message: str, *, suggestion: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.suggestion = suggestion


class Remark(NamedTuple):
    """Something odd that does not stop a row: a stable code and a Chinese sentence."""

    code: str
    message: str


@dataclass(slots=True)  # not frozen: an import makes millions of them
class Checked:
    """A value in its one true form.

    `mended` says that the form differs from what was written (blanks, full-width characters, lower
    case); `remarks` are what somebody should look at. The representation leaves the value out,
    so that no log holds it.
    """

    value: str = field(repr=False)
    mended: bool = False
    remarks: tuple[Remark, ...] = ()
