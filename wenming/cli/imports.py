"""`wenming import`: 预检, then the ordinary deeds."""

import argparse
from pathlib import Path
from typing import Any

from wenming.cli import people as who
from wenming.cli.arguments import IMPORTS
from wenming.cli.terminal import complain, progress, say
from wenming.common import clock, sheets
from wenming.common.errors import DomainError
from wenming.common.sheets import Checked
from wenming.ground.people import importing as people
from wenming.ground.people.models import Person
from wenming.ground.places import importing as places
from wenming.ground.units import importing as units
from wenming.records.cases import importing as cases
from wenming.records.journals import importing as journals
from wenming.records.journals import queries as journal_kinds

IMPORTERS: dict[str, Any] = {"units": units, "people": people, "places": places, "cases": cases}
_SHOWN = 200


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Raises DomainError for a file that is no table; faults of rows are listed, all of them."""
    by = who.named(args.by)
    importer, path = _importer(args, by), Path(args.file)
    if args.template:
        path.write_bytes(sheets.template_file(importer.TEMPLATE))
        say(f"模板已写到 {path}")
        return {"template": str(path)}
    if args.kind == "cases" and by is None:
        raise DomainError("by_missing", "导入问题要写明上报人：--by 手机号（有受理权限的干事）。")
    checked = importer.check(sheets.read(_bytes(path), path.name, importer.TEMPLATE), by=by)
    _report(checked)
    if args.bad and checked.bad:
        Path(args.bad).write_bytes(sheets.given_back(checked))
        say(f"有错的 {len(checked.bad)} 行写到了 {args.bad}，改好后可以直接再导入。")
    said = {
        "kind": args.kind, "good": len(checked.good), "bad": len(checked.bad), "dry_run": args.dry_run,
        "faults": [fault.to_json() for fault in checked.in_order()], "notes": checked.notes,
    }  # fmt: skip
    if args.dry_run:
        return said | {"ok": not checked.faults}
    if checked.faults and not (args.partial and checked.good):
        complain("预检没有通过，没有导入任何一行。改好后再导入，或者加 --partial 只导入没有错的行。")
        return said | {"ok": False}
    return said | _write(importer, checked, by, IMPORTS[args.kind])


def _importer(args: argparse.Namespace, by: Person | None) -> Any:
    """The importer asked for; of work logs that of one kind. Raises DomainError."""
    if args.kind != "journals":
        return IMPORTERS[args.kind]
    if by is None:
        raise DomainError("by_missing", "导入工作台账要写明填报人：--by 手机号。")
    today = clock.local_date(clock.now())
    mine = journal_kinds.for_person(by, today)
    code = next((kind.code for kind in mine if args.journal in (kind.code, kind.name)), "")
    found = journals.importer(by, code, on=today)
    if found is None:
        names = "、".join(f"{kind.code} {kind.name}" for kind in mine) or "没有"
        raise DomainError("journal_missing", f"请用 --journal 写明类目，{by.name}可填：{names}。")
    return found


def _bytes(path: Path) -> bytes:
    # Looked at before it is read, so that a disk image given by mistake does not fill the memory.
    if path.exists() and path.stat().st_size > sheets.LARGEST_BYTES:
        raise DomainError("sheet_large", "文件超过 20 MB，请拆成几个文件分别导入。")
    return path.read_bytes()


def _report(checked: Checked) -> None:
    for note in checked.notes:
        say(note)
    faults = checked.in_order()
    for fault in faults[:_SHOWN]:
        say(f"✗ {fault}" + (f"（现在是「{fault.value}」）" if fault.value else ""))
    if len(faults) > _SHOWN:
        say(f"…… 还有 {len(faults) - _SHOWN} 处，用 --bad 文件 导出全部。")
    say(f"预检：{len(checked.good)} 行可以导入，{len(checked.bad)} 行有错。")


def _write(importer: Any, checked: Checked, by: Person | None, label: str) -> dict[str, Any]:
    with progress(f"导入{label}") as tell:
        done = importer.run(checked, by=by, at=clock.now(), progress=tell)
    say(f"导入完成：{done}。")
    for told in done.told:
        say("　".join(("新账号", *told[:2], f"初始口令 {told[2]}（只显示这一次）")))
    made: dict[str, Any] = done.to_json()
    return made | {"told": [list(told) for told in done.told]}
