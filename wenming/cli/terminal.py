"""What the command line says: results to standard output, everything else to standard error."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, OperationalError
from tqdm import tqdm

from wenming.common.errors import reason
from wenming.common.sheets import Progress

_state: dict[str, bool] = {"json": False}


def json_mode(*, on: bool) -> None:
    """With --json, words for people go to standard error and leave the output to the JSON object."""
    _state["json"] = on


def wants_json() -> bool:
    return _state["json"]


def say(text: str = "") -> None:
    """A line of the result."""
    print(text, file=sys.stderr if wants_json() else sys.stdout, flush=True)


def complain(text: str) -> None:
    """A line about what went wrong."""
    print(text, file=sys.stderr, flush=True)


def explain(error: Exception) -> str:
    """An unexpected error in one Chinese sentence with what to do next."""
    if isinstance(error, ImproperlyConfigured):
        return f"配置有误：{error}"
    if isinstance(error, OperationalError):
        first = str(error).strip().splitlines()[:1]
        return f"数据库连不上或正忙（{''.join(first)}）。请检查 WENMING_DATABASE 和数据库服务，再运行一次。"
    if isinstance(error, DatabaseError) and ("no such table" in str(error) or "does not exist" in str(error)):
        return "数据库里还没有表，请先运行 wenming init。"
    if isinstance(error, OSError) and error.strerror:
        return f"文件操作失败：{error.filename or ''}（{reason(error)}）。请检查路径、权限和磁盘空间。"
    return f"出错了：{type(error).__name__} {error}。"


@contextmanager
def progress(label: str) -> Iterator[Progress]:
    """A bar on standard error (none when nobody watches); yields a function (done, total)."""
    with tqdm(desc=label, file=sys.stderr, disable=None, unit="条", leave=False) as bar:

        def tell(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield tell


def size(count: int) -> str:
    """Bytes as people say them: 3.2 MB."""
    amount: Any = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000 or unit == "GB":
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return ""
