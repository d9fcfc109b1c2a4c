"""Units from a table. The key is the code: a unit already there is corrected, never doubled."""

from datetime import date, datetime
from typing import Any

from django.db import transaction

from wenming.common import clock, sheets
from wenming.common.errors import DomainError
from wenming.common.sheets import Checked, Column, Done, Row, Template
from wenming.ground.audit import actions as audit
from wenming.ground.units import actions, codes, states
from wenming.ground.units.models import Unit

_KINDS = {label: code for code, label in states.KINDS} | {
    "县": "county", "区": "county", "镇": "town", "街道": "town", "乡": "town", "居委会": "community", "村委会": "village",
    "行政村": "village", "保洁公司": "contractor", "单位": "department",
}  # fmt: skip
TEMPLATE = Template(
    kind="units",
    title="单位导入表",
    columns=(
        Column("code", "编码", required=True, kind="code", longest=20, example="350599100001",
               help="区划单位填区划代码：县 6 位、镇 9 位、社区（村）12 位、网格 15 位；其他单位自编，不要重复。",
               aliases=("区划代码", "单位编码", "代码")),
        Column("name", "名称", required=True, longest=60, example="东门社区", aliases=("单位名称", "单位")),
        Column("kind", "类别", required=True, example="社区", choices=_KINDS, listed=len(states.KINDS),
               aliases=("单位类别", "类型")),
        Column("parent", "上级", longest=60, example="350599100", help="上级单位的编码或名称；县一级不填。",
               aliases=("上级单位", "上级编码", "所属单位")),
        Column("short_name", "简称", longest=30, example="东门"),
        Column("dept", "职能代码", kind="code", longest=30, help="部门、站所管哪一行，如 urban_mgmt；见「标准与规则」。"),
        Column("credit_code", "统一社会信用代码", kind="code", longest=18),
        Column("population", "常住人口", kind="integer", example="5200", aliases=("人口",)),
        Column("partner_of", "挂钩社区", longest=60, help="共建单位挂钩的社区，填编码或名称。"),
        Column("valid_from", "启用日期", kind="date", example="2020-01-01", help="不填按导入当天。"),
    ),
    notes=("上级单位可以在同一张表里，先后不论。", "编码已有的单位：名称、简称、职能代码、人口、挂钩社区以表为准更新；类别和上级不能改。"),
)  # fmt: skip
_CHANGED = ("name", "short_name", "dept", "population", "partner_of")


class _Tree:
    """Units that exist and units of the table, found by code or by a name that only one of them has."""

    def __init__(self, rows: list[Row]) -> None:
        self.units = {unit.code: unit for unit in Unit.objects.select_related("parent", "partner_of")}
        self.rows = {_full_code(row): row for row in rows}
        self.names: dict[str, set[str]] = {}
        for unit in self.units.values():
            for name in {unit.name, unit.short_name} - {""}:
                self.names.setdefault(name, set()).add(unit.code)
        for code, row in self.rows.items():
            if row["name"]:
                self.names.setdefault(row["name"], set()).add(code)

    def find(self, text: str) -> tuple[str, str]:
        """(code, "") or ("", reason)."""
        for code in (text, _padded(text)):
            if code in self.units or code in self.rows:
                return code, ""
        found = self.names.get(text, set())
        if len(found) == 1:
            return next(iter(found)), ""
        if found:
            return "", f"有 {len(found)} 个单位叫「{text}」，请改填编码。"
        return "", f"找不到单位「{text}」，请先录入它，或者核对编码。"

    def kind(self, code: str) -> str:
        return self.units[code].kind if code in self.units else self.rows[code]["kind"] or ""


def check(checked: Checked, *, by: Any = None) -> Checked:
    """预检: adds the faults that only the tree of units can tell. `by` limits the table to his own ground."""
    checked.refuse_repeats(["code"])
    tree = _Tree(checked.rows)
    for row in checked.rows:
        if row["kind"] and row["code"]:
            parent = _check_parent(checked, row, tree)
            _check_codes(checked, row, parent)
            _check_existing(checked, row, tree, parent)
            if by is not None:
                _check_scope(checked, row, tree, parent, by)
        if row["population"] is not None and row["population"] < 0:
            checked.fault(row, "population", "人口不能是负数。")
        if row["partner_of"]:
            code, reason = tree.find(row["partner_of"])
            row.found["partner_of"] = code
            if reason:
                checked.fault(row, "partner_of", reason)
    _follow_faults(checked, tree)
    return checked


def _follow_faults(checked: Checked, tree: _Tree) -> None:
    """A row that stands on a wrong row of the same table cannot be written either."""
    wrong = {row.number for row in checked.bad}
    moved = True
    while moved:
        moved = False
        for row in checked.rows:
            for key in ("parent", "partner_of"):
                base = tree.rows.get(row.found.get(key, ""))
                needed = base is not None and base.number in wrong and base.found.get("unit") is None
                if row.number not in wrong and needed and base is not None:
                    checked.fault(row, key, f"第 {base.number} 行的「{base['name']}」有错，请一并改好。")
                    wrong.add(row.number)
                    moved = True


def _check_parent(checked: Checked, row: Row, tree: _Tree) -> str | None:
    """The code of the parent, "" for none, None when it is wrong."""
    kind, text = row["kind"], row.text("parent")
    if not text:
        row.found["parent"] = ""
        if kind in (states.COUNTY, states.TOWN) or _full_code(row) in tree.units:
            return ""
        checked.fault(row, "parent", "请填上级单位的编码或名称。")
        return None
    code, reason = tree.find(text)
    labels = dict(states.KINDS)
    if not reason and tree.kind(code) and kind not in states.BELOW[tree.kind(code)]:
        reason = f"{labels[kind]}不能放在{labels[tree.kind(code)]}下面。"
    if reason:
        checked.fault(row, "parent", reason)
        return None
    row.found["parent"] = code
    return code


def _check_codes(checked: Checked, row: Row, parent: str | None) -> None:
    above = parent if parent and parent.isdigit() and len(parent) == 12 else ""
    try:
        codes.check_division(row["code"], row["kind"], above)
    except DomainError as error:
        checked.fault(row, "code", error.message)
    if row["credit_code"]:
        try:
            codes.check_credit(row["credit_code"])
        except DomainError as error:
            checked.fault(row, "credit_code", error.message)


def _check_existing(checked: Checked, row: Row, tree: _Tree, parent: str | None) -> None:
    unit = tree.units.get(_full_code(row))
    row.found["unit"] = unit
    if unit is None:
        return
    if unit.kind != row["kind"]:
        checked.fault(row, "kind", f"这个编码已经是{unit.get_kind_display()}「{unit.name}」，类别不能改。")
    if parent and (unit.parent is None or unit.parent.code != parent):
        here = unit.parent.name if unit.parent else "（无）"
        checked.fault(row, "parent", f"「{unit.name}」的上级是「{here}」，不能用导入改；请停用后另建。")
    if unit.valid_to is not None:
        checked.fault(row, "code", f"「{unit.name}」已于 {unit.valid_to} 停用，不能再导入。")


def _check_scope(checked: Checked, row: Row, tree: _Tree, parent: str | None, by: Any) -> None:
    """Below one's own units only; a parent in the same table is judged by its own row."""
    own = row.found.get("unit") or (tree.units.get(parent) if parent else None)
    paths = by.paths("units.edit")
    inside = own is not None and any(own.path.startswith(path) for path in paths)
    new_top = own is None and not parent
    if (own is not None and not inside) or (new_top and parent == ""):
        checked.fault(row, "code", "不在您维护的单位范围内，请由上级管理员导入。")


def run(
    checked: Checked,
    *,
    by: audit.Actor | None,
    at: datetime,
    progress: sheets.Progress = sheets.no_progress,
) -> Done:
    """Write the good rows in one transaction, parents first. Raises DomainError naming the row; then nothing
    is written."""
    done, rows = Done(), _parents_first(checked.good)
    today = clock.local_date(at)
    with transaction.atomic():
        for number, row in enumerate(rows, start=1):
            try:
                _write(row, done, by, at, today)
            except DomainError as error:
                raise DomainError(error.code, f"第 {row.number} 行：{error.message}", field="file") from error
            progress(number, len(rows))
    return done


def _write(row: Row, done: Done, by: audit.Actor | None, at: datetime, today: date) -> None:
    unit = Unit.objects.filter(code=_full_code(row)).first()
    partner = _unit(row.found.get("partner_of", ""))
    if unit is None:
        actions.create(
            name=row["name"], kind=row["kind"], code=row["code"], parent=_unit(row.found.get("parent", "")), at=at, by=by,
            valid_from=row["valid_from"] or today, short_name=row.text("short_name"), dept=row.text("dept"),
            credit_code=row.text("credit_code"), population=row["population"], partner_of=partner,
        )  # fmt: skip
        done.created += 1
        return
    wanted = {"partner_of": partner} | {name: row[name] for name in _CHANGED if name != "partner_of"}
    # An empty cell leaves what is there.
    fields = {name: value for name, value in wanted.items() if value not in (None, "")}
    if all(getattr(unit, name) == value for name, value in fields.items()):
        done.unchanged += 1
        return
    actions.change(unit=unit, by=by, at=at, **fields)
    done.changed += 1


def _unit(code: str) -> Unit | None:
    if not code:
        return None
    found = Unit.objects.select_related("town").filter(code=code).first()
    if found is None:
        raise DomainError("unit_missing", f"上级或挂钩单位 {code} 的那一行没有通过检查，请一并改好。")
    return found


def _full_code(row: Row) -> str:
    code: str = row.text("code")
    return _padded(code) if row["kind"] in (states.COUNTY, states.TOWN) else code


def _padded(code: str) -> str:
    """A county of 6 or a town of 9 digits as it is kept: with 12."""
    return code.ljust(12, "0") if code.isdigit() and len(code) in (6, 9) else code


def _parents_first(rows: list[Row]) -> list[Row]:
    rank = {
        kind: n
        for n, kind in enumerate((states.COUNTY, states.TOWN, *sorted(states.RESIDENTIAL), states.GRID))
    }
    # Partners come last: they may point to a community of the same table.
    return sorted(rows, key=lambda row: (rank.get(row["kind"], len(rank)), row.number))
