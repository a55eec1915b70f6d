"""What the house refuses. Every refusal carries a stable code and a Chinese sentence for people."""


class Refused(Exception):  # noqa: N818 - a refusal is an answer, not a malfunction
    """A request that a rule of the house turns down.

    `str(error)` is the sentence shown to the user: where, what, and how to mend it.
    `code` is stable and read by programs.
    """

    code = "refused"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        if code:
            self.code = code


class OutOfScope(Refused):
    """The row does not exist for this user: the door answers 404, as for a missing one."""

    code = "out_of_scope"


class NotPermitted(Refused):
    """The row is seen, the act is not granted: the door answers 403."""

    code = "not_permitted"
