"""Tables in a .docx, read without opening it in anything: a superior's list often comes as a letter.

Only `word/document.xml` is looked at. Macros, bombs and document types are refused as for workbooks.
"""

import io
import zipfile
import zlib
from typing import Any
from xml.parsers import expat

from wenming.common.sheets import inspection
from wenming.common.sheets.inspection import refuse

DOCUMENT = "word/document.xml"
MOST_TABLES = 50
_LARGEST_TEXT = 60 * 1024 * 1024
_WIDEST = 100
SAVE_AS = "请用 WPS 或 Word 打开，另存为 .docx 后再上传。"


def is_word(data: bytes) -> bool:
    """Is this a .docx (or a .docm)? Anything that is no archive is not."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return DOCUMENT in archive.namelist()
    except (zipfile.BadZipFile, OSError):
        return False


def is_old_word(data: bytes) -> bool:
    """Is this a .doc of before 2007?"""
    return data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" and "WordDocument".encode("utf-16le") in data


def tables(data: bytes) -> list[list[list[str]]]:
    """The tables of a .docx from the top down, merged cells filled with their text.

    Raises DomainError (`sheet_…`, field "file").
    """
    text = _document(data)
    walker = _Walker()
    parser = expat.ParserCreate()

    def no_doctype(*_args: object) -> None:
        raise refuse("disguised", f"文件里有不该有的内容（DTD），已拒绝打开；{SAVE_AS}")

    parser.StartDoctypeDeclHandler = no_doctype
    parser.StartElementHandler, parser.EndElementHandler = walker.start, walker.end
    parser.CharacterDataHandler = walker.characters
    try:
        parser.Parse(text, True)
    except expat.ExpatError:
        raise refuse("broken", f"文件已损坏，打不开；{SAVE_AS}") from None
    return walker.found


def _document(data: bytes) -> bytes:
    if len(data) > inspection.LARGEST_BYTES:
        raise refuse("large", f"文件有 {len(data) / 1024 / 1024:.0f} MB，最多 20 MB；请删去图片后再上传。")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            inspection.refuse_bomb(archive.infolist())
            names = archive.namelist()
            if any(name.lower().endswith("vbaproject.bin") for name in names):
                raise refuse("macros", f"文件带有宏（.docm），不能打开；{SAVE_AS}")
            if "[Content_Types].xml" in names and b"macroEnabled" in archive.read("[Content_Types].xml"):
                raise refuse("macros", f"文件带有宏（.docm），不能打开；{SAVE_AS}")
            if archive.getinfo(DOCUMENT).file_size > _LARGEST_TEXT:
                raise refuse("bomb", "文件解开后异常地大，不像是正常的公文，已拒绝打开。")
            return archive.read(DOCUMENT)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, KeyError, OSError):
        raise refuse("broken", f"文件已损坏，打不开；{SAVE_AS}") from None


class _Walker:
    """Collects the outermost tables; the text of a table inside a cell belongs to the cell."""

    def __init__(self) -> None:
        self.found: list[list[list[str]]] = []
        self.depth = 0
        self.rows: list[list[str]] = []
        self.row: list[str] = []
        self.words: list[str] = []
        self.span, self.below, self.in_text = 1, False, False

    def start(self, tag: str, attrs: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "tbl":
            self._begin()
        elif name == "t":
            self.in_text = True
        elif name in ("br", "tab", "cr"):
            self.words.append(" ")
        elif self.depth == 1:
            self._layout(name, attrs)

    def _begin(self) -> None:
        self.depth += 1
        if self.depth > 1:
            return
        if len(self.found) >= MOST_TABLES:
            raise refuse("many", f"文件里的表超过 {MOST_TABLES} 张，请只留要导入的问题清单。")
        self.rows = []

    def _layout(self, name: str, attrs: dict[str, str]) -> None:
        """Rows and cells of the outermost table, and how far a cell reaches."""
        if name == "tr":
            self.row = []
        elif name == "gridBefore":
            self.row += [""] * _count(attrs)
        elif name == "tc":
            self.words, self.span, self.below = [], 1, False
        elif name == "gridSpan":
            self.span = _count(attrs)
        elif name == "vMerge":
            self.below = _value(attrs) != "restart"

    def end(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        if name == "t":
            self.in_text = False
        elif name == "p" and self.depth:
            self.words.append("\n")
        elif name == "tbl":
            self.depth -= 1
            if not self.depth:
                self.found.append(self.rows)
        elif self.depth == 1 and name == "tc":
            self._cell()
        elif self.depth == 1 and name == "tr":
            self.rows.append(self.row)
            if len(self.rows) > inspection.LARGEST_ROWS:
                raise inspection.too_many_rows()

    def characters(self, text: str) -> None:
        if self.in_text and self.depth:
            self.words.append(text)

    def _cell(self) -> None:
        text = "".join(self.words).strip()
        at = len(self.row)
        if self.below and self.rows and at < len(self.rows[-1]):
            text = self.rows[-1][at]
        if at + self.span > _WIDEST:
            raise refuse("wide", f"表格超出 {_WIDEST} 列，请删掉多余的列。")
        self.row += [text] * self.span


def _value(attrs: dict[str, str]) -> str:
    return next((value for key, value in attrs.items() if key.rpartition(":")[2] == "val"), "")


def _count(attrs: dict[str, Any]) -> int:
    said = _value(attrs)
    return min(max(int(said), 1), _WIDEST) if said.isdecimal() else 1
