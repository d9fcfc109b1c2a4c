"""An .xls is read in a process of its own with little memory.

Cells of an .xls share their texts, and the library lays each out anew: a file of some megabytes can grow to more than
a machine holds. The format cannot be walked beforehand as an .xlsx is, so the process that swells is ended by the system.
"""

import io
import pickle
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from wenming.common.sheets.inspection import SAVE_AS, SWOLLEN, refuse

# (name, cells from A1 on, merged ranges) of a visible sheet.
Sheet = tuple[str, list[list[Any]], list[tuple[int, int, int, int]]]
MOST_MEMORY, MOST_SECONDS = 1 << 30, 30
MOST_SHEETS = 10
_ROOT = Path(__file__).parents[3]
_BROKEN, _SWOLLEN = 3, 4


def sheets(data: bytes) -> list[Sheet]:
    """The visible sheets. Raises DomainError sheet_broken, sheet_bomb."""
    command = [sys.executable, "-m", "wenming.common.sheets.old_excel"]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=2 * MOST_SECONDS, cwd=_ROOT)  # noqa: S603, PLW1510 -- our own module, and its code is looked at
    except subprocess.TimeoutExpired:
        raise refuse("bomb", SWOLLEN) from None
    if done.returncode == _BROKEN:
        raise refuse("broken", f"文件已损坏或设了口令，打不开；{SAVE_AS}")
    if done.returncode != 0:
        raise refuse("bomb", SWOLLEN)
    found: list[Sheet] = pickle.loads(done.stdout)  # noqa: S301 -- written by our own process just now
    return found


def _read(data: bytes) -> list[Sheet]:
    found: list[Sheet] = []
    with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
        for sheet in book.sheets_metadata[:MOST_SHEETS]:
            if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible:
                opened = book.get_sheet_by_name(sheet.name)
                merged = [(*first, *last) for first, last in opened.merged_cell_ranges or ()]
                found.append((sheet.name, opened.to_python(skip_empty_area=False), merged))
    return found


def main() -> int:
    """Read an .xls from standard input; its sheets go to standard output."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    try:
        sys.stdout.buffer.write(pickle.dumps(_read(sys.stdin.buffer.read())))
    except MemoryError:
        return _SWOLLEN
    except (CalamineError, OSError, ValueError):
        return _BROKEN
    return 0


if __name__ == "__main__":
    sys.exit(main())
