"""Deeds on units: create, change, dissolve or merge."""

from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from wenming.common.errors import Conflict, DomainError
from wenming.ground.audit import actions as audit
from wenming.ground.units import codes, states
from wenming.ground.units.models import Unit


def create(
    *,
    name: str,
    kind: str,
    code: str,
    parent: Unit | None,
    at: datetime,
    by: audit.Actor | None = None,
    valid_from: date,
    short_name: str = "",
    dept: str = "",
    credit_code: str = "",
    population: int | None = None,
    partner_of: Unit | None = None,
) -> Unit:
    """Add a unit under `parent`. Raises DomainError for a wrong code, place in the tree, or double."""
    if kind not in states.BELOW:
        raise DomainError("unit_kind", f"不认识的单位类别「{kind}」。", field="kind")
    if parent is None and kind not in (states.COUNTY, states.TOWN):
        raise DomainError(
            "unit_parent", "只有县（市、区）和镇（街道）可以没有上级，请选择上级单位。", field="parent"
        )
    if parent is not None and kind not in states.BELOW[parent.kind]:
        labels = dict(states.KINDS)
        raise DomainError(
            "unit_parent",
            f"{labels[kind]}不能放在{labels[parent.kind]}下面，请重新选择上级单位。",
            field="parent",
        )
    code = codes.check_division(
        code.strip(), kind, parent.code if parent is not None and parent.kind in states.TERRITORIAL else ""
    )
    if credit_code:
        credit_code = codes.check_credit(credit_code)
    if Unit.objects.filter(code=code).exists():
        raise Conflict("unit_code_taken", f"编码 {code} 已经有单位在用，请核对后再录。", field="code")
    with transaction.atomic():
        unit = Unit(
            name=name.strip(), short_name=short_name.strip(), kind=kind, code=code, parent=parent, dept=dept,
            credit_code=credit_code, population=population, partner_of=partner_of, valid_from=valid_from,
        )  # fmt: skip
        try:
            with transaction.atomic():
                unit.save(force_insert=True)
        except IntegrityError:
            raise Conflict(
                "unit_code_taken", f"编码 {code} 刚刚被别人用了，请核对后再录。", field="code"
            ) from None
        # The path needs the row's own key, so it is written right after.
        unit.path = f"{parent.path if parent else '/'}{unit.pk}/"
        unit.depth = parent.depth + 1 if parent else 0
        unit.town = unit if kind in (states.COUNTY, states.TOWN) else (parent.town if parent else unit)
        unit.save(update_fields=["path", "depth", "town"])
        audit.record(
            deed="unit.create", subject=("unit", unit.uuid), at=at, by=by, chain=unit.chain,
            sentence=f"新增{unit.get_kind_display()}「{unit.name}」（{code}）", data={"code": code, "kind": kind},
        )  # fmt: skip
    return unit


def change(*, unit: Unit, by: audit.Actor | None, at: datetime, **fields: Any) -> Unit:
    """Change name, short name, dept, population or partner of a unit."""
    allowed = {
        "name": "名称",
        "short_name": "简称",
        "dept": "职能代码",
        "population": "常住人口",
        "partner_of": "挂钩社区",
    }
    with transaction.atomic():
        unit = Unit.objects.select_for_update(no_key=True).get(pk=unit.pk)
        changed = {}
        for field, value in fields.items():
            if field not in allowed:
                raise DomainError("unit_field", f"这一项不能直接修改：{field}。")
            if getattr(unit, field) != value:
                changed[field] = [str(getattr(unit, field) or ""), str(value or "")]
                setattr(unit, field, value)
        if not changed:
            return unit
        unit.save(update_fields=list(changed))
        told = "，".join(f"{allowed[field]}由「{old}」改为「{new}」" for field, (old, new) in changed.items())
        audit.record(deed="unit.change", subject=("unit", unit.uuid), at=at, by=by, chain=unit.chain,
                     sentence=f"修改单位「{unit.name}」：{told}", data=changed)  # fmt: skip
    return unit


def dissolve(
    *, unit: Unit, on: date, by: audit.Actor | None, at: datetime, successor: Unit | None = None
) -> Unit:
    """Dissolve a unit from `on`, merged into `successor` if given. Its history and entries stay."""
    with transaction.atomic():
        unit = Unit.objects.select_for_update(no_key=True).get(pk=unit.pk)
        if unit.valid_to is not None:
            raise Conflict("unit_dissolved", f"「{unit.name}」已于 {unit.valid_to} 停用，不必再办。")
        if unit.children.filter(valid_to__isnull=True).exists():
            raise DomainError("unit_has_children", f"「{unit.name}」下面还有在用的单位，请先处理下级单位。")
        if successor is not None and successor.pk == unit.pk:
            raise DomainError("unit_successor", "不能并入自己，请另选单位。", field="successor")
        unit.valid_to, unit.successor = on, successor
        unit.save(update_fields=["valid_to", "successor"])
        into = f"，并入「{successor.name}」" if successor else ""
        audit.record(deed="unit.dissolve", subject=("unit", unit.uuid), at=at, by=by, chain=unit.chain,
                     sentence=f"停用单位「{unit.name}」{into}", data={"on": on, "successor": successor.code if successor else ""})  # fmt: skip
    return unit
