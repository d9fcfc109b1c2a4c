"""Reading packs: YAML files with a head (kind, id, version, in_force, title, sample) and a body.

A pack is data that a clerk may edit, so every complaint names file and line. Rooms describe what they
expect with a `Reader`; they never walk raw dictionaries.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError

from wenming.common.errors import PackError

_MISSING: Any = object()


class Reader:
    """Typed access to one mapping of a pack. Every getter raises PackError with file and line."""

    def __init__(self, node: CommentedMap, path: str) -> None:
        self.node = node
        self.path = path
        self._seen: set[str] = set()

    def line(self, key: str | None = None) -> int:
        """Line number (from 1) of `key`, or of the mapping itself."""
        if key is not None and key in self.node:
            return int(self.node.lc.key(key)[0]) + 1
        return int(self.node.lc.line) + 1

    def fail(self, message: str, key: str | None = None) -> PackError:
        """The error to raise about `key`."""
        return PackError(message, path=self.path, line=self.line(key))

    def raw(self, key: str, default: Any = _MISSING) -> Any:
        self._seen.add(key)
        if key in self.node:
            return self.node[key]
        if default is _MISSING:
            raise self.fail(f"缺少「{key}」")
        return default

    def text(self, key: str, default: Any = _MISSING) -> str:
        value = self.raw(key, default)
        if value is None or isinstance(value, (CommentedMap, CommentedSeq)):
            raise self.fail(f"「{key}」应当是文字", key)
        return str(value)

    def integer(self, key: str, default: Any = _MISSING) -> int:
        value = self.raw(key, default)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.fail(f"「{key}」应当是整数，现在是「{value}」", key)
        return value

    def decimal(self, key: str, default: Any = _MISSING) -> Decimal:
        value = self.raw(key, default)
        try:
            if isinstance(value, bool):
                raise InvalidOperation
            return Decimal(str(value))
        except InvalidOperation:
            raise self.fail(f"「{key}」应当是数字，现在是「{value}」", key) from None

    def flag(self, key: str, default: Any = _MISSING) -> bool:
        value = self.raw(key, default)
        if not isinstance(value, bool):
            raise self.fail(f"「{key}」应当是 true 或 false，现在是「{value}」", key)
        return value

    def day(self, key: str, default: Any = _MISSING) -> date:
        value = self.raw(key, default)
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            raise self.fail(f"「{key}」应当是日期，如 2026-07-01，现在是「{value}」", key) from None

    def choice(
        self,
        key: str,
        allowed: Iterator[str] | list[str] | set[str] | tuple[str, ...] | dict[str, Any],
        default: Any = _MISSING,
    ) -> str:
        value = self.text(key, default)
        names = list(allowed)
        if value not in names:
            raise self.fail(f"「{key}」不认识「{value}」，只能是：{'、'.join(names)}", key)
        return value

    def texts(self, key: str, default: Any = _MISSING) -> list[str]:
        value = self.raw(key, default)
        if not isinstance(value, (CommentedSeq, list, tuple)):
            raise self.fail(f"「{key}」应当是一列文字", key)
        return [str(item) for item in value]

    def child(self, key: str, default: Any = _MISSING) -> "Reader":
        value = self.raw(key, default)
        if not isinstance(value, CommentedMap):
            raise self.fail(f"「{key}」应当是一组键值", key)
        return Reader(value, self.path)

    def each(self, key: str, default: Any = _MISSING) -> Iterator["Reader"]:
        """Readers of the mappings in the list under `key`."""
        value = self.raw(key, default)
        if value is None or isinstance(value, (str, CommentedMap)):
            raise self.fail(f"「{key}」应当是一个列表", key)
        for index, item in enumerate(value):
            if not isinstance(item, CommentedMap):
                line = value.lc.item(index)[0] + 1
                raise PackError(f"「{key}」的第 {index + 1} 项应当是一组键值", path=self.path, line=line)
            yield Reader(item, self.path)

    def done(self) -> None:
        """Refuse keys nobody asked for: a misspelt key must not be silently ignored."""
        for key in self.node:
            if key not in self._seen:
                raise self.fail(f"不认识的键「{key}」", key)


@dataclass(frozen=True)
class Pack:
    """One pack file. `digest` is the SHA-256 of the file, so that equal versions can be told apart."""

    kind: str
    id: str
    version: str
    title: str
    in_force: date
    sample: bool
    body: Reader
    path: str
    digest: str


def load(path: Path, *, kind: str | None = None) -> Pack:
    """Read a pack file. `kind`, when given, is what the caller expects. Raises PackError."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise PackError(f"打不开文件（{error.strerror}）", path=path.name, line=None) from None
    try:
        tree = YAML(typ="rt").load(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise PackError("不是 UTF-8 文字，请另存为 UTF-8", path=path.name, line=None) from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise PackError(
            f"YAML 写法不对（{error.problem}）", path=path.name, line=mark.line + 1 if mark else None
        ) from None
    if not isinstance(tree, CommentedMap):
        raise PackError("文件最外层应当是键值", path=path.name, line=1)
    body = Reader(tree, path.name)
    pack = Pack(
        kind=body.text("kind"),
        id=body.text("id"),
        version=body.text("version"),
        title=body.text("title"),
        in_force=body.day("in_force"),
        sample=body.flag("sample", default=False),
        body=body,
        path=path.name,
        digest=hashlib.sha256(data).hexdigest(),
    )
    if kind is not None and pack.kind != kind:
        raise body.fail(f"这里要的是「{kind}」包，文件里写的是「{pack.kind}」", "kind")
    return pack
