"""`wenming export`: lists as xlsx, or everything as CSV, JSON lines and photos (handbook D25: 数据可带走)."""

import argparse
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from wenming.cli import people as who
from wenming.cli import tables
from wenming.cli.terminal import progress, say, size
from wenming.common import clock, sheets
from wenming.common.errors import DomainError
from wenming.ground.evidence import vault
from wenming.ground.evidence.models import Photo
from wenming.ground.places.models import Place
from wenming.ground.units.models import Unit
from wenming.ledger.models import Entry
from wenming.outcomes.documents.models import IssuedFile
from wenming.outcomes.forms.models import FilledForm, FormVersion
from wenming.records.cases.models import Case

_CHUNK = 2000
# What nobody outside may have: passwords, sessions, half-done work of the machine.
_LEFT_OUT = {"people.person": {"password", "last_login"}}
_OURS = (
    "units",
    "people",
    "calendar",
    "standards",
    "places",
    "evidence",
    "audit",
    "ledger",
    "cases",
    "journals",
    "parcels",
    "appraisals",
    "documents",
    "forms",
)


def run(args: argparse.Namespace) -> dict[str, Any]:
    out = Path(args.out)
    if out.exists() and not args.force:
        raise DomainError("file_exists", f"{out} 已存在；要覆盖请加 --force。")
    if args.kind == "all":
        return _everything(out)
    unit = who.unit(args.unit) if args.unit else None
    title, headings, rows = _LISTS[args.kind](unit)
    part = out.with_name(out.name + ".part")
    try:
        with part.open("w+b") as file:
            count = sheets.write(
                file,
                title=title,
                headings=headings,
                rows=rows,
                unit=unit.name if unit else "全部",
                at=clock.now(),
            )
            written = file.seek(0, 2)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    say(f"导出 {count} 条到 {out}（{size(written)}）。")
    return {"file": str(out), "rows": count}


List = tuple[str, list[str], Iterator[list[Any]]]


def _cases(unit: Unit | None) -> List:
    found = Case.objects.select_related("unit", "lead_unit", "place", "town").order_by("id")
    if unit:
        found = found.filter(unit__path__startswith=unit.path)
    headings = [
        "编号", "状态", "来源", "发现时间", "社区（村）", "点位", "具体位置", "类别代码", "类别", "存在问题", "责任单位", "整改期限",
        "反馈时间", "结案时间", "结案原因", "按期", "返工次数", "整改措施", "挂账预计完成", "挂账请谁解决", "所需资金（元）",
    ]  # fmt: skip
    rows = (
        [
            case.number, case.state_label, case.get_source_display(), case.reported_at, case.unit.name,
            case.place.name if case.place else "", case.address, case.category, case.category_name, case.description,
            case.lead_unit.name if case.lead_unit else "", case.due_at, case.handed_in_at, case.closed_at,
            case.get_close_reason_display(), case.in_time, case.rework_count, case.measures,
            case.suspended_until, case.suspended_to, case.needs_yuan,
        ]
        for case in found.iterator(_CHUNK)
    )  # fmt: skip
    return "问题台账", headings, rows


def _entries(unit: Unit | None) -> List:
    found = Entry.objects.select_related("account", "unit", "place", "party").order_by("id")
    if unit:
        found = found.filter(unit__path__startswith=unit.path)
    headings = [
        "账簿", "号", "发生日期", "记账时间", "科目代码", "科目", "单位", "点位", "类别", "来源", "数量", "计量", "当事单位", "凭证种类", "凭证", "冲销",
    ]  # fmt: skip
    rows = (
        [
            entry.book_id, entry.number, entry.occurred_on, entry.posted_at, entry.account.code, entry.account.name,
            entry.unit.name, entry.place.name if entry.place else "", entry.category, entry.source, entry.quantity,
            entry.account.measure, entry.party.name if entry.party else "", entry.voucher_kind, entry.voucher_uuid,
            "红字" if entry.reverses_id else "",
        ]
        for entry in found.iterator(_CHUNK)
    )  # fmt: skip
    return "一本账分录", headings, rows


def _units(unit: Unit | None) -> List:
    found = Unit.objects.select_related("parent", "partner_of", "successor").order_by("path")
    if unit:
        found = found.below(unit)
    headings = [
        "编码",
        "名称",
        "类别",
        "上级",
        "简称",
        "职能代码",
        "统一社会信用代码",
        "常住人口",
        "挂钩社区",
        "启用日期",
        "停用日期",
        "并入",
    ]
    rows = (
        [
            each.code, each.name, each.get_kind_display(), each.parent.code if each.parent else "", each.short_name, each.dept,
            each.credit_code, each.population, each.partner_of.name if each.partner_of else "", each.valid_from,
            each.valid_to, each.successor.name if each.successor else "",
        ]
        for each in found.iterator(_CHUNK)
    )  # fmt: skip
    return "单位", headings, rows


def _places(unit: Unit | None) -> List:
    found = Place.objects.select_related("unit", "manager").order_by("number")
    if unit:
        found = found.filter(unit__path__startswith=unit.path)
    headings = [
        "编号",
        "名称",
        "类别",
        "点位类型",
        "所在单位",
        "管理单位",
        "地址",
        "经度",
        "纬度",
        "同点半径",
        "坐标来源",
        "停用日期",
    ]
    rows = (
        [
            each.number, each.name, each.get_kind_display(), each.point_type, each.unit.name,
            each.manager.name if each.manager else "", each.address, each.lng, each.lat, each.same_radius_m,
            each.get_position_source_display(), each.closed_on,
        ]
        for each in found.iterator(_CHUNK)
    )  # fmt: skip
    return "点位", headings, rows


_LISTS: dict[str, Callable[[Unit | None], List]] = {
    "cases": _cases,
    "ledger": _entries,
    "units": _units,
    "places": _places,
}


def _everything(out: Path) -> dict[str, Any]:
    """One ZIP: data/<table>.csv, data/<table>.jsonl, photos/<uuid>.<format> (originals), files/<place in the storage>
    (issued papers, superiors' forms as they came and as they were filled). Written whole or not at all."""
    half = out.with_name(out.name + ".part")
    counts: dict[str, int] = {}
    try:
        with zipfile.ZipFile(half, "w", zipfile.ZIP_DEFLATED) as archive:
            for model in tables.in_order():
                if model._meta.app_label in _OURS:
                    counts[model._meta.label_lower] = _table(archive, model)
            photos, missing = _photos(archive)
            files, gone = _files(archive)
        half.replace(out)
    finally:
        half.unlink(missing_ok=True)
    if missing:
        say(f"有 {missing} 张照片的文件不在存储里，没有导出。")
    if gone:
        say(f"有 {gone} 份公文、表格的文件不在存储里，没有导出。")
    rows = sum(counts.values())
    say(
        f"导出 {len(counts)} 张表、{rows:,} 行、{photos} 张照片、{files} 份文件到 {out}（{size(out.stat().st_size)}）。"
    )
    return {
        "file": str(out), "tables": counts, "rows": rows, "photos": photos, "photos_missing": missing, "files": files,
        "files_missing": gone,
    }  # fmt: skip


def _table(archive: zipfile.ZipFile, model: type[models.Model]) -> int:
    label = model._meta.label_lower
    hidden = _LEFT_OUT.get(label, set())
    names = [field.attname for field in model._meta.concrete_fields if field.attname not in hidden]
    rows = list(model._default_manager.order_by("pk").values_list(*names))
    with archive.open(f"data/{label}.jsonl", "w", force_zip64=True) as file:
        for row in rows:
            text = json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False, cls=DjangoJSONEncoder)
            file.write(text.encode() + b"\n")
    plain = ([_cell(value) for value in row] for row in rows)
    archive.writestr(f"data/{label}.csv", sheets.csv_text(names, plain))
    return len(rows)


def _cell(value: Any) -> Any:
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, cls=DjangoJSONEncoder)
    return value


def _photos(archive: zipfile.ZipFile) -> tuple[int, int]:
    found, done, missing = Photo.objects.order_by("pk"), 0, 0
    total = found.count()
    with progress("照片") as tell:
        for photo in found.iterator(_CHUNK):
            try:
                data = vault.get(photo.original)
            except DomainError:
                missing += 1
                continue
            # Pictures are packed already.
            archive.writestr(f"photos/{photo.uuid}.{photo.format}", data, zipfile.ZIP_STORED)
            done += 1
            tell(done + missing, total)
    return done, missing


def _files(archive: zipfile.ZipFile) -> tuple[int, int]:
    """Every file that a table names by its `key`: several rows may name the same one."""
    keys: dict[str, None] = {}
    for model in (IssuedFile, FormVersion, FilledForm):
        keys |= dict.fromkeys(model._default_manager.order_by("pk").values_list("key", flat=True))
    missing = 0
    for key in keys:
        try:
            archive.writestr(f"files/{key}", vault.get(key), zipfile.ZIP_STORED)
        except DomainError:
            missing += 1
    return len(keys) - missing, missing
