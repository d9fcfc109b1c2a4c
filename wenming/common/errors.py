"""Refusals. A deed that must not happen raises a DomainError; `faces/kit` alone turns it into a page."""


class DomainError(Exception):
    """A refusal in words of the trade.

    `code` is stable and English (tests and the API match it), `message` is a Chinese sentence that says
    what is wrong and what to do next, `field` names the form field it belongs to, when there is one.
    """

    def __init__(self, code: str, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field

    def __reduce__(self) -> tuple[type["DomainError"], tuple[str, str]]:
        return (type(self), (self.code, self.message))


class NotAllowed(DomainError):
    """The person may see the thing, but not do this to it (a 403)."""


class Conflict(DomainError):
    """Somebody else was first, or the state does not allow the step (a 409)."""


class PackError(DomainError):
    """A pack file is wrong. The message names file and line."""

    def __init__(self, message: str, *, path: str, line: int | None) -> None:
        where = f"{path} 第 {line} 行" if line else path
        super().__init__("pack_invalid", f"{where}：{message}")
        self.path = path
        self.line = line

    def __reduce__(self) -> tuple[type["DomainError"], tuple[str, str]]:  # pickled between test processes
        return (DomainError, (self.code, self.message))
