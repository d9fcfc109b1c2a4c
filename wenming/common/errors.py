"""Refusals. A deed that must not happen raises a DomainError; `faces/kit` alone turns it into a page."""

import errno


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


_REASONS = {
    errno.ENOENT: "没有这个路径", errno.EACCES: "没有权限", errno.EPERM: "没有权限", errno.EROFS: "那里只读",
    errno.ENOTDIR: "它或它的上级不是文件夹", errno.EEXIST: "已有同名的文件", errno.EISDIR: "这是文件夹，不是文件",
    errno.ENOSPC: "磁盘满了", errno.EDQUOT: "磁盘配额用完了", errno.EMFILE: "打开的文件太多", errno.EIO: "磁盘读写出错",
    errno.ENAMETOOLONG: "名字太长", errno.EADDRINUSE: "已有程序在用", errno.EADDRNOTAVAIL: "本机没有这个地址",
}  # fmt: skip


def reason(error: OSError) -> str:
    """Why the system refused, in Chinese; what is rare stays in its own words."""
    return _REASONS.get(error.errno or 0) or error.strerror or str(error)
