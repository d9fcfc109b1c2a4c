"""Looking at an uploaded file before anything opens it: what it is, how large it would grow, what hides in it.

A workbook is read by a library that lays the sheet out as one rectangle, so two cells far apart would take all
memory. One pass over the XML finds the true extent first, and with it formulas and merged cells, which
that library cannot tell.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from xml.parsers import expat

from wenming.common.errors import DomainError

LARGEST_BYTES = 20 * 1024 * 1024
LARGEST_ROWS = 20_000
# Title lines above the heading and a foot below the data do not count as rows.
_SLACK_ROWS = 50
_WIDEST = 200
# 20,000 rows of a wide table take some 30 MB unpacked.
_LARGEST_UNPACKED = 200 * 1024 * 1024
_MOST_MEMBERS = 2000
# A text that many cells share stands in the file once, and is laid out anew for every cell that is read.
_MOST_TEXT = 30_000_000
_MOST_CELLS = 1_000_000
_SHARED = "xl/sharedstrings.xml"
XLSX, XLS, CSV = "xlsx", "xls", "csv"
SWOLLEN = "表里的文字异常地多，不像是正常的表格，已拒绝打开。"
SAVE_AS = "请用 WPS 或 Excel 打开，另存为 .xlsx 后再导入。"


def refuse(code: str, sentence: str) -> DomainError:
    return DomainError(f"sheet_{code}", sentence, field="file")


def kind_of(data: bytes, name: str) -> str:
    """XLSX, XLS or CSV. Raises DomainError for everything that is not a table or must not be opened."""
    if not data:
        raise refuse("empty", "文件是空的（0 字节），请重新选择文件。")
    if len(data) > LARGEST_BYTES:
        raise refuse(
            "large", f"文件有 {len(data) / 1024 / 1024:.0f} MB，最多 20 MB；请拆成几个文件分别导入。"
        )
    if data[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return _zip_kind(data)
    if data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        return _ole_kind(data)
    head = data[:2000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"<head")):
        raise refuse("disguised", f"这个文件其实是网页格式的表（有的系统导出时这样），{SAVE_AS}")
    if name.lower().endswith((".xlsx", ".xls", ".xlsm", ".et")):
        raise refuse("disguised", f"「{name}」不是真正的 Excel 文件，或者已损坏；{SAVE_AS}")
    if head.startswith((b"%pdf", b"\x89png", b"\xff\xd8\xff", b"gif8", b"{\\rtf", b"rar!")):
        raise refuse("disguised", f"「{name}」不是表格文件，请选择 .xlsx、.xls 或 .csv。")
    if data[:2] not in (b"\xff\xfe", b"\xfe\xff") and b"\x00" in data[:10_000]:
        raise refuse("disguised", f"「{name}」不是表格文件，请选择 .xlsx、.xls 或 .csv。")
    return CSV


def _ole_kind(data: bytes) -> str:
    if "EncryptedPackage".encode("utf-16le") in data:
        raise refuse("locked", "文件设了打开口令，请在 WPS 或 Excel 里取消口令后再导入。")
    if "_VBA_PROJECT".encode("utf-16le") in data:
        raise refuse("macros", "文件带有宏，不能导入；请另存为不带宏的 .xlsx 后再导入。")
    return XLS


def _zip_kind(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            refuse_bomb(members)
            names = {member.filename for member in members}
            _refuse_kind(archive, names)
            for member in members:
                # Reading everything once checks the sums: a member that lies about its size ends here.
                with archive.open(member) as stream:
                    while stream.read(1 << 20):
                        pass
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError):
        raise refuse("broken", f"文件已损坏，打不开；{SAVE_AS}") from None
    return XLSX


def refuse_bomb(members: list[zipfile.ZipInfo]) -> None:
    """Raises DomainError for an archive that would unpack beyond all measure."""
    if len(members) > _MOST_MEMBERS or sum(member.file_size for member in members) > _LARGEST_UNPACKED:
        raise refuse("bomb", "文件解开后异常地大，不像是正常的表格，已拒绝打开。")


def _refuse_kind(archive: zipfile.ZipFile, names: set[str]) -> None:
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise refuse("macros", "文件带有宏（.xlsm），不能导入；请另存为 .xlsx 后再导入。")
    if "xl/workbook.xml" not in names or "[Content_Types].xml" not in names:
        raise refuse("disguised", f"这不是 Excel 工作簿（.xlsx）；{SAVE_AS}")
    if b"macroEnabled" in archive.read("[Content_Types].xml"):
        raise refuse("macros", "文件是带宏的工作簿（.xlsm），不能导入；请另存为 .xlsx 后再导入。")


@dataclass
class Scan:
    """What one sheet holds: (row, column) of formulas, and merged ranges (row, column, row, column), from 0."""

    formulas: set[tuple[int, int]] = field(default_factory=set)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)


def scan(data: bytes, sheet: str) -> Scan:
    """Walk one sheet of an .xlsx. Raises DomainError for too many rows, columns, cells or words, and for broken XML."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        path = _path_of(archive, sheet)
        if path is None:
            return Scan()
        walker = _Walker(_shared_lengths(archive))
        with archive.open(path) as stream:
            _parse(stream.read(), walker.start, end=walker.end, text=walker.words)
    if walker.last_row > LARGEST_ROWS + _SLACK_ROWS:
        raise too_many_rows()
    if walker.last_column >= _WIDEST:
        raise refuse("wide", f"工作表「{sheet}」的内容超出 {_WIDEST} 列，请删掉多余的列后再导入。")
    return walker.scan


def too_many_rows() -> DomainError:
    return refuse("long", f"超过 {LARGEST_ROWS:,} 行，请拆成几个文件分别导入。")


class _Walker:
    """Counts rows and columns of cells that hold something; cells may leave out their own address."""

    def __init__(self, lengths: list[int]) -> None:
        self.scan = Scan()
        self.row, self.column = -1, -1
        self.last_row, self.last_column = 0, 0
        # Of the shared texts; the one being read; how much all cells say together, and how many they are.
        self.lengths, self.index, self.shared = lengths, "", False
        self.said, self.cells = 0, 0

    def start(self, tag: str, attrs: dict[str, str]) -> None:
        tag = tag.rpartition(":")[2]
        if tag == "row":
            self.row = int(attrs["r"]) - 1 if attrs.get("r", "").isdecimal() else self.row + 1
            self.column = -1
        elif tag == "c":
            self.column += 1
            self.shared = attrs.get("t") == "s"
            if "r" in attrs:
                self.row, self.column = position(attrs["r"])
        elif tag in ("v", "is", "f"):
            self.index = ""
            self.cells += tag != "f"
            self._refuse_swollen()
            self.last_row = max(self.last_row, self.row + 1)
            self.last_column = max(self.last_column, self.column)
            if tag == "f":
                self.scan.formulas.add((self.row, self.column))
        elif tag == "mergeCell" and ":" in attrs.get("ref", ""):
            first, last = attrs["ref"].split(":")
            self.scan.merged.append((*position(first), *position(last)))

    def words(self, text: str) -> None:
        if self.shared:
            self.index += text[:10]

    def end(self, tag: str) -> None:
        if not tag.endswith("v") or not self.shared:
            return
        at = int(self.index) if self.index.isdecimal() else -1
        self.said += self.lengths[at] if 0 <= at < len(self.lengths) else 0
        self.index = ""
        self._refuse_swollen()

    def _refuse_swollen(self) -> None:
        if self.said > _MOST_TEXT or self.cells > _MOST_CELLS:
            raise refuse("bomb", SWOLLEN)


def _shared_lengths(archive: zipfile.ZipFile) -> list[int]:
    """How long each text is that cells share, in the order of the file."""
    name = next((name for name in archive.namelist() if name.lower() == _SHARED), None)
    lengths: list[int] = []
    if name is None:
        return lengths

    def start(tag: str, _attrs: dict[str, str]) -> None:
        if tag.rpartition(":")[2] == "si":
            lengths.append(0)

    def words(text: str) -> None:
        if lengths:
            lengths[-1] += len(text)

    _parse(archive.read(name), start, text=words)
    return lengths


def refuse_doctypes(data: bytes) -> None:
    """Walk every XML part of an .xlsx for the sake of libraries that would expand entities. Raises DomainError."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            if name.lower().endswith((".xml", ".rels")):
                _parse(archive.read(name), lambda _tag, _attrs: None)


_ADDRESS = re.compile(r"^([A-Z]{1,3})(\d{1,7})$")


def position(address: str) -> tuple[int, int]:
    """`B7` → (6, 1)."""
    found = _ADDRESS.match(address)
    if not found:
        raise refuse("broken", f"文件已损坏，打不开；{SAVE_AS}")
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    return int(found[2]) - 1, column - 1


def letters(column: int) -> str:
    """0 → A, 27 → AB."""
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def _path_of(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """The member that holds the sheet of this name."""
    ids: dict[str, str] = {}
    targets: dict[str, str] = {}

    def sheets(tag: str, attrs: dict[str, str]) -> None:
        if tag.rpartition(":")[2] == "sheet":
            link = next((value for key, value in attrs.items() if key.endswith(":id")), "")
            ids[attrs.get("name", "")] = link

    def links(tag: str, attrs: dict[str, str]) -> None:
        if tag.rpartition(":")[2] == "Relationship":
            targets[attrs.get("Id", "")] = attrs.get("Target", "")

    names = set(archive.namelist())
    _parse(archive.read("xl/workbook.xml"), sheets)
    if "xl/_rels/workbook.xml.rels" in names:
        _parse(archive.read("xl/_rels/workbook.xml.rels"), links)
    target = targets.get(ids.get(sheet, ""), "")
    path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return path if path in names else None


def _parse(
    data: bytes,
    start: Callable[[str, dict[str, str]], None],
    *,
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Expat without any document type: no workbook has one, and entities could grow without bound."""
    parser = expat.ParserCreate()

    def no_doctype(*_args: object) -> None:
        raise refuse("disguised", f"文件里有不该有的内容（DTD），已拒绝打开；{SAVE_AS}")

    parser.StartDoctypeDeclHandler = no_doctype
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    try:
        parser.Parse(data, True)
    except expat.ExpatError:
        raise refuse("broken", f"文件已损坏，打不开；{SAVE_AS}") from None
