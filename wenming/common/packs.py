"""Reading packs: YAML files with a head (kind, id, version, in_force, title, sample) and a body.

A pack is data that a clerk may edit, so every complaint names file and line. Rooms describe what they
expect with a `Reader`; they never walk raw dictionaries.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

from wenming.common.errors import PackError, reason

_MISSING: Any = object()
LARGEST = 5 * 1024 * 1024
"""Bytes. A pack is written by hand; anything larger is another file taken by mistake."""
DEEPEST = 100


def _not_text(value: Any) -> str:
    """Why `value` cannot be read as text, or an empty string.

    YAML turns `06001` into the number 6001 and `1.10` into 1.1: codes and versions must be quoted, and the
    clerk must hear it, because the lost zero would be noticed only much later.
    """
    if value is None or isinstance(value, (CommentedMap, CommentedSeq, list, dict)):
        return "应当是文字"
    if isinstance(value, bool):
        return "应当是文字，现在是 true 或 false，请加引号"
    if isinstance(value, float) or getattr(value, "_width", None) is not None:
        return "写成了数字，开头或末尾的零会丢，请加引号"
    if "\x00" in str(value):
        return "里有看不见的控制字符，请删掉"
    return ""


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

    def line_of(self, key: str, index: int) -> int:
        """Line number of the item `index` (from 0) of the list under `key`."""
        value = self.node[key]
        return int(value.lc.item(index)[0]) + 1 if isinstance(value, CommentedSeq) else self.line(key)

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
        problem = _not_text(value)
        if problem:
            raise self.fail(f"「{key}」{problem}", key)
        return str(value)

    def integer(self, key: str, default: Any = _MISSING) -> int:
        value = self.raw(key, default)
        if isinstance(value, bool) or not isinstance(value, int):  # 1.0 and "1" are somebody's slip
            raise self.fail(f"「{key}」应当是整数，现在是「{value}」", key)
        return value

    def decimal(self, key: str, default: Any = _MISSING) -> Decimal:
        value = self.raw(key, default)
        try:
            number = Decimal("NaN") if isinstance(value, bool) else Decimal(str(value))
            if not number.is_finite():
                raise InvalidOperation
            return number
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
        for index, item in enumerate(value):
            problem = _not_text(item)
            if problem:
                line = self.line_of(key, index)
                raise PackError(f"「{key}」的第 {index + 1} 项{problem}", path=self.path, line=line)
        return [str(item) for item in value]

    def table(self, key: str, default: Any = _MISSING) -> dict[str, str]:
        """A mapping of names to texts, such as a legend of sources. Every key is accepted."""
        if default is not _MISSING and key not in self.node:
            self._seen.add(key)
            return dict(default)
        child = self.child(key)
        return {str(name): child.text(name) for name in child.node}

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
    """One pack file. `digest` is the SHA-256 of the file, so that equal versions can be told apart; `text` is what
    stands in it.
    """

    kind: str
    id: str
    version: str
    title: str
    in_force: date
    sample: bool
    body: Reader
    path: str
    digest: str
    text: str


def load(path: Path, *, kind: str | None = None, label: str | None = None) -> Pack:
    """Read a pack file. `kind`, when given, is what the caller expects.

    `label` is how complaints name the file (the bare file name when left out). Raises PackError.
    """
    name = label or path.name
    return parse(_bytes(path, name), kind=kind, name=name)


def parse(data: bytes, *, name: str, kind: str | None = None) -> Pack:
    """The same from the bytes of a file, for packs that are kept in the database. Raises PackError."""
    tree = _tree(data, name)
    if not isinstance(tree, CommentedMap):
        raise PackError("文件最外层应当是键值", path=name, line=1)
    body = Reader(tree, name)
    pack = Pack(
        kind=body.text("kind"),
        id=body.text("id"),
        version=body.text("version"),
        title=body.text("title"),
        in_force=body.day("in_force"),
        sample=body.flag("sample", default=False),
        body=body,
        path=name,
        digest=hashlib.sha256(data).hexdigest(),
        text=data.decode(),
    )
    if kind is not None and pack.kind != kind:
        raise body.fail(f"这里要的是「{kind}」包，文件里写的是「{pack.kind}」", "kind")
    return pack


def _bytes(path: Path, name: str) -> bytes:
    """The file, without the mark and the line ends that only Windows editors add.

    They are taken away before the digest, so that the same text is the same pack on every machine.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise PackError("文件超过 5 MB，不像是规则包", path=name, line=None)
        data = path.read_bytes()
    except OSError as error:
        raise PackError(f"打不开文件（{reason(error)}）", path=name, line=None) from None
    return data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")


def _tree(data: bytes, name: str) -> Any:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise PackError("不是 UTF-8 文字，请另存为 UTF-8", path=name, line=line) from None
    _refuse_depth(text, name)
    try:
        return YAML(typ="rt").load(text)
    except DuplicateKeyError as error:
        mark = error.problem_mark
        raise PackError("同一个键写了两次", path=name, line=mark.line + 1 if mark else None) from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise PackError(
            f"YAML 写法不对（{error.problem}）", path=name, line=mark.line + 1 if mark else None
        ) from None
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise PackError("有看不见的控制字符，请删掉", path=name, line=line) from None
    except ValueError:
        raise PackError("日期不存在", path=name, line=_line_of_bad_date(text)) from None
    except (YAMLError, RecursionError):
        raise PackError("YAML 写法不对", path=name, line=None) from None


def _refuse_depth(text: str, name: str) -> None:
    """No pack nests brackets deeper than a handful; thousands of them would keep the parser busy for minutes."""
    depth = 0
    for found in re.finditer(r"[\[\]{}]", text):
        depth = depth + 1 if found.group() in "[{" else max(depth - 1, 0)
        if depth > DEEPEST:
            line = text.count("\n", 0, found.start()) + 1
            raise PackError("YAML 写法不对（层次太深，或括号没有配对）", path=name, line=line)


def _line_of_bad_date(text: str) -> int | None:
    """The first line with a date such as 2026-02-30: the parser refuses it without saying where."""
    for number, line in enumerate(text.splitlines(), start=1):
        for found in re.finditer(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b", line):
            try:
                date(*map(int, found.groups()))
            except ValueError:
                return number
    return None
