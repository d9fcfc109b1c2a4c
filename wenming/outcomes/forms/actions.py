"""Deeds on superiors' forms: upload, map, new file, retire, fill."""

import hashlib
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from wenming.common import clock
from wenming.common.errors import Conflict, DomainError, NotAllowed
from wenming.ground.audit import actions as audit
from wenming.ground.evidence import vault
from wenming.ground.people.models import Person
from wenming.ground.units.models import Unit
from wenming.ledger import figures
from wenming.ledger.periods import Period
from wenming.outcomes.forms import filling, mapping, narrowing, rules, states, workbook
from wenming.outcomes.forms.filling import Filling
from wenming.outcomes.forms.mapping import Item
from wenming.outcomes.forms.models import PERIOD_KINDS, FilledFigure, FilledForm, FormVersion, SuperiorForm

SUBJECT = "form"
FOLDER = "forms"


def add(
    *, key: uuid.UUID, town: Unit, name: str, sender: str, period_kind: str, data: bytes, file_name: str,
    by: Person, at: datetime,
) -> SuperiorForm:  # fmt: skip
    """Take a superior's form (.xlsx) into use; the same `key` again gives the form it made.

    Effects: the file in the storage, the form with its first version, history.
    Raises DomainError (`sheet_…` for the file, name_missing, period_invalid, storage_…), NotAllowed.
    """
    if known := SuperiorForm.objects.filter(uuid=key, added_by=by).first():
        return known
    if not rules.may_keep(by, town):
        raise NotAllowed("form_not_allowed", rules.NOT_YOURS)
    if not name.strip():
        raise DomainError("name_missing", "请写出表名，例如「创城工作周报表」。", field="name")
    if period_kind not in dict(PERIOD_KINDS):
        raise DomainError("period_invalid", "请选择多久报一次。", field="period_kind")
    workbook.safe(data, file_name)
    with transaction.atomic(), _stored(data, town, at) as stored:
        form = SuperiorForm.objects.create(
            uuid=key, town=town, name=name.strip()[:80], sender=sender.strip()[:60], period_kind=period_kind,
            added_by=by, added_at=at,
        )  # fmt: skip
        _version(form, number=1, data=data, file_name=file_name, key=stored, items=[], by=by, at=at)
        _record(form, "add", f"上传上级表格《{form.name}》（{form.sender or '未写制表单位'}）", by, at)
    return form


def map_item(*, form: SuperiorForm, item: Item, by: Person, at: datetime) -> FormVersion:
    """Say what stands in a cell, or in the rows of a list; what stood there before is replaced.

    A version that was filled is left as it is: the change makes the next one. Raises DomainError (`form_…`,
    metric_unknown), NotAllowed, Conflict (retired).
    """
    with _on(form, by) as form:
        version = form.current
        item = _known(form, version, item, at)
        items = mapping.with_item(mapping.read(version.mapping), item)
        return _remap(form, version, items, sentence=f"对表：{item.sheet}!{item.cell}", by=by, at=at)


def clear_item(
    *, form: SuperiorForm, sheet: str, cell: str, rows: bool, by: Person, at: datetime
) -> FormVersion:
    """Take the mapping of a cell (or of a list that begins there) away; the cell is then left as it is in the form."""
    with _on(form, by) as form:
        version = form.current
        before = mapping.read(version.mapping)
        items = mapping.without(before, sheet=sheet, cell=cell, rows=rows)
        if len(items) == len(before):
            return version
        return _remap(form, version, items, sentence=f"取消对应：{sheet}!{cell}", by=by, at=at)


def replace_file(*, form: SuperiorForm, data: bytes, file_name: str, by: Person, at: datetime) -> FormVersion:
    """The superior sent a new edition: a new version with the mapping of the last, as far as its sheets are there.

    Raises DomainError (`sheet_…`), NotAllowed, Conflict.
    """
    book = workbook.safe(data, file_name)
    sheets = {sheet.title for sheet in book.worksheets}
    with _on(form, by) as form, _stored(data, form.town, at) as stored:
        last = form.current
        kept = [row for row in last.mapping if row["sheet"] in sheets]
        version = _version(
            form, number=last.number + 1, data=data, file_name=file_name, key=stored, items=kept, by=by, at=at
        )
        dropped = len(last.mapping) - len(kept)
        said = f"换用新表样（第{version.number}版）" + (
            f"，{dropped} 处对应因工作表不在而取消" if dropped else ""
        )
        _record(form, "revise", said, by, at)
    return version


def retire(*, form: SuperiorForm, by: Person, at: datetime) -> SuperiorForm:
    """停用: it is filled no more; what was filled stays. Raises NotAllowed, Conflict."""
    with _on(form, by) as form:
        form.state = states.RETIRED
        form.save(update_fields=["state"])
        _record(form, "retire", f"停用上级表格《{form.name}》", by, at)
    return form


def fill(*, key: uuid.UUID, form: SuperiorForm, period: Period, by: Person, at: datetime) -> FilledForm:
    """Make the filled file of a period from the ledger and keep it; the same `key` again gives the file it made.

    Effects: kept figures, the file in the storage, history. Raises DomainError (form_empty, form_period,
    form_future, form_unit, form_long, storage_…), NotAllowed, Conflict.
    """
    if known := FilledForm.objects.filter(uuid=key, filled_by=by).first():
        return known
    with _on(form, by) as form:
        _must_fit(form, period, at)
        version = form.current
        items = mapping.read(version.mapping)
        if not items:
            raise DomainError("form_empty", "这张表还没有对过一格，请先「对表」再填。")
        found = filling.gather(items, filling.Around(form.town, period, by, at))
        data = workbook.fill(content(version), found.puts, found.blocks)
        with _stored(data, form.town, at) as stored:
            filled = FilledForm.objects.create(
                uuid=key, version=version, period_kind=period.kind, period_start=period.start, period_end=period.end,
                name=f"{form.name}（{period.label}）.xlsx"[:200], key=stored, sha256=hashlib.sha256(data).hexdigest(),
                bytes=len(data), content=_content(found), filled_by=by, filled_at=at,
            )  # fmt: skip
            _keep_figures(filled, found)
            said = f"填报《{form.name}》{period.label}：{len(found.figures)} 个数字，{len(data)} 字节"
            _record(form, "fill", said, by, at, filled=str(filled.uuid), sha256=filled.sha256)
    return filled


def content(version: FormVersion) -> bytes:
    """The form as it was uploaded. Raises DomainError file_missing or file_changed."""
    return _read(version.key, version.sha256, version.file_name)


def file_of(filled: FilledForm) -> bytes:
    """The filled file as it was kept. Raises DomainError file_missing or file_changed: a changed file is never served."""
    return _read(filled.key, filled.sha256, filled.name)


def _read(key: str, sha256: str, name: str) -> bytes:
    try:
        data = vault.get(key)
    except DomainError as error:
        raise DomainError("file_missing", f"「{name}」不在存储里，请管理员从备份恢复。") from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise DomainError("file_changed", f"「{name}」与存入时不一致，已停止使用，请管理员从备份恢复。")
    return data


@contextmanager
def _on(form: SuperiorForm, by: Person) -> Iterator[SuperiorForm]:
    """Lock the form; refuse whoever does not keep it, and a form that is retired."""
    with transaction.atomic():
        fresh = (
            SuperiorForm.objects.select_for_update(of=("self",), no_key=True)
            .select_related("town")
            .get(pk=form.pk)
        )
        if not rules.may_keep(by, fresh.town):
            raise NotAllowed("form_not_allowed", rules.NOT_YOURS)
        if fresh.state == states.RETIRED:
            raise Conflict("form_retired", f"《{fresh.name}》已停用，请重新上传表样后再办。")
        yield fresh


@contextmanager
def _stored(data: bytes, town: Unit, at: datetime) -> Iterator[str]:
    """Put a file into the storage, and take it out again when the deed fails."""
    try:
        key = vault.put(data, kind=FOLDER, day=clock.local_date(at), shard=str(town.pk), suffix="xlsx")
    except DomainError as error:
        words = "磁盘空间不足" if error.code == "storage_full" else "文件存储暂时连不上"
        raise DomainError(error.code, f"{words}，表格没有存上，请联系管理员后重试。", field="file") from error
    try:
        yield key
    except BaseException:
        vault.drop(key)
        raise


def _version(
    form: SuperiorForm, *, number: int, data: bytes, file_name: str, key: str, items: list[dict[str, object]], by: Person,
    at: datetime,
) -> FormVersion:  # fmt: skip
    return FormVersion.objects.create(
        form=form, number=number, file_name=file_name[:200], key=key, sha256=hashlib.sha256(data).hexdigest(),
        bytes=len(data), lost=workbook.losses(data), mapping=items, made_by=by, made_at=at,
    )  # fmt: skip


def _remap(
    form: SuperiorForm,
    version: FormVersion,
    items: Sequence[Item],
    *,
    sentence: str,
    by: Person,
    at: datetime,
) -> FormVersion:
    """Save the mapping: in place while nothing was filled from the version, else as the next version."""
    rows = [item.to_json() for item in items]
    if version.used:
        version = FormVersion.objects.create(
            form=form, number=version.number + 1, file_name=version.file_name, key=version.key, sha256=version.sha256,
            bytes=version.bytes, lost=version.lost, mapping=rows, made_by=by, made_at=at,
        )  # fmt: skip
    else:
        version.mapping, version.made_by, version.made_at = rows, by, at
        version.save(update_fields=["mapping", "made_by", "made_at"])
    _record(form, "map", f"{sentence}（第{version.number}版）", by, at, mapping=rows)
    return version


def _known(form: SuperiorForm, version: FormVersion, item: Item, at: datetime) -> Item:
    """The item at the cell that stands for its merged area, with metrics and units that are there."""
    mapping.check(item)
    figures.metrics({one.metric for one in item.asked})
    for one in item.asked:
        narrowing.check(one, clock.local_date(at))
    if item.unit and not Unit.objects.filter(code=item.unit, path__startswith=form.town.path).exists():
        raise DomainError("form_unit", "没有这个单位，请从列表里选。", field="unit")
    sheet = workbook.sheet_of(workbook.load(content(version)), item.sheet)
    rows, columns = workbook.extent(sheet)
    cell = workbook.anchor(sheet, item.cell) if item.kind != mapping.ROWS else sheet[item.cell]
    if cell.row > rows + mapping.MOST_LINES or cell.column > columns + 50:
        raise DomainError("form_cell", f"{item.cell} 在表外很远，请在表上重新点一格。", field="cell")
    if item.kind != mapping.ROWS and cell.data_type == "f":
        raise DomainError(
            "form_formula",
            f"{cell.coordinate} 是表里自带的公式，打开时自己会算，不用对；要改请先换掉表样。",
            field="cell",
        )
    return replace(item, cell=cell.coordinate)


def _must_fit(form: SuperiorForm, period: Period, at: datetime) -> None:
    if period.kind != form.period_kind:
        raise DomainError(
            "form_period",
            f"《{form.name}》按{form.get_period_kind_display()}报，请重新选择期间。",
            field="period",
        )
    if period.start > clock.local_date(at):
        raise DomainError(
            "form_future", f"{period.label}还没有开始，没有数可填；请选择已开始的期间。", field="period"
        )


def _content(found: Filling) -> dict[str, object]:
    return {
        "words": [
            {"cell": found.placed(place), "label": label, "text": text} for place, label, text in found.words
        ],
        "lists": [{"cell": found.placed(place), **said} for place, said in found.lists],
    }


def _keep_figures(filled: FilledForm, found: Filling) -> None:
    FilledFigure.objects.bulk_create(
        FilledFigure(
            filled=filled, cell=found.placed(place)[:60], label=label[:120], figure=figure, position=position
        )
        for position, (place, label, figure) in enumerate(found.figures)
    )


def _record(form: SuperiorForm, code: str, sentence: str, by: Person, at: datetime, **data: object) -> None:
    audit.record(
        deed=f"form.{code}", subject=(SUBJECT, form.uuid), at=at, by=by, post=by.title(form.town), sentence=sentence,
        chain=form.town.chain, data=data,
    )  # fmt: skip
