"""The pack of point types and their check items."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from wenming.common.packs import Pack, Reader
from wenming.ground.standards import references
from wenming.ground.standards.models import CheckItem, PackVersion, PointType
from wenming.ground.standards.references import Departments, fits, legend
from wenming.ground.standards.states import Method, Operator, PlaceKind, Severity

KIND = "point_types"
WEIGHT_SUM = 100


@dataclass
class Content:
    """What one file says, not yet saved."""

    facts: dict[str, Any] = field(default_factory=dict)
    types: list[PointType] = field(default_factory=list)
    items: list[CheckItem] = field(default_factory=list)


@dataclass
class _Desk:
    departments: Departments
    events: set[str] | None
    sources: dict[str, str]
    aspects: list[str]
    codes: set[str] = field(default_factory=set)


def read(pack: Pack) -> Content:
    """Rows of the whole file, checked against the newest departments and event categories. Raises PackError."""
    body = pack.body
    desk = _Desk(
        departments=Departments.loaded(),
        events=references.categories(),
        sources=body.table("sources"),
        aspects=body.texts("categories"),
    )
    grading = body.child("grading")
    facts = {
        "sources": desk.sources,
        "categories": desk.aspects,
        "grading": {key: _grading(grading.child(key)) for key in grading.node},
    }
    content = Content(facts=facts)
    for entry in body.each("point_types"):
        _point_type(entry, desk, content)
    if not content.types:
        raise body.fail("一个点位类型也没有", "point_types")
    body.done()
    return content


def facts(content: Content) -> dict[str, Any]:
    """Legend of sources, aspects and grading rules, for `PackVersion.facts`."""
    return content.facts


def save(row: PackVersion, content: Content) -> None:
    """Write the rows under `row`."""
    for point_type in content.types:
        point_type.pack = row
    PointType.objects.bulk_create(content.types)
    for item in content.items:
        item.point_type = item.point_type  # copies the key that bulk_create has just given
    CheckItem.objects.bulk_create(content.items)


def _point_type(entry: Reader, desk: _Desk, content: Content) -> None:
    code = entry.text("code")
    if code in desk.codes:
        raise entry.fail(f"代码「{code}」重复", "code")
    desk.codes.add(code)
    point_type = PointType(
        code=code,
        name=entry.text("name"),
        group=entry.text("group"),
        kind=entry.choice("kind", PlaceKind.values),
        sampling=entry.text("sampling"),
        note=entry.text("note", default=""),
        order=len(content.types) + 1,
    )
    items = [_item(line, desk, point_type) for line in entry.each("items")]
    for order, item in enumerate(items, start=1):
        item.order = order
    total = sum(item.weight for item in items)
    if total != WEIGHT_SUM:
        raise entry.fail(f"「{point_type.name}」的权重合计是 {total}，应当是 {WEIGHT_SUM}", "items")
    fits(entry, point_type)
    entry.done()
    content.types.append(point_type)
    content.items += items


def _item(entry: Reader, desk: _Desk, point_type: PointType) -> CheckItem:
    code, event = entry.text("code"), entry.text("event")
    if code in desk.codes:
        raise entry.fail(f"代码「{code}」重复", "code")
    desk.codes.add(code)
    if desk.events is None:
        raise entry.fail("还没有装事项包，请先装问题类别（kind: event_categories）", "event")
    if event not in desk.events:
        raise entry.fail(f"问题类别里没有「{event}」", "event")
    weight = entry.integer("weight")
    if not 0 < weight <= WEIGHT_SUM:
        raise entry.fail(f"「weight」应当在 1 到 100 之间，现在是「{weight}」", "weight")
    item = CheckItem(
        point_type=point_type,
        code=code,
        text=entry.text("text"),
        category=entry.choice("category", desk.aspects),
        weight=weight,
        severity=entry.choice("severity", Severity.values),
        dept=desk.departments.check(entry),
        method=entry.choice("method", Method.values),
        event_code=event,
        source=legend(entry, "source", desk.sources, "sources"),
    )
    fits(entry, item)
    entry.done()
    return item


def _grading(rule: Reader) -> dict[str, Any]:
    """One grading rule as plain JSON; rates are texts, to be read as Decimal."""
    op = rule.choice("op", Operator.values)
    said: dict[str, Any] = {"op": op}
    if op == Operator.GRADE_BY_COUNT:
        said["steps"] = _steps(rule)
    elif op == Operator.PASS_FAIL:
        said |= {key: str(_rate(rule, key)) for key in ("pass", "fail")}
    rule.done()
    return said


def _steps(rule: Reader) -> list[dict[str, Any]]:
    """Rising `max`; only the last step has none, so that every count falls into exactly one step."""
    steps: list[dict[str, Any]] = []
    entries = list(rule.each("steps"))
    for number, entry in enumerate(entries, start=1):
        last = number == len(entries)
        if last == ("max" in entry.node):
            raise entry.fail("最后一级不写 max，其余各级都要写 max", "max")
        top = None if last else entry.integer("max")
        if top is not None and steps and top <= steps[-1]["max"]:
            raise entry.fail("各级的 max 应当由小到大", "max")
        steps.append({"max": top, "grade": entry.text("grade"), "rate": str(_rate(entry, "rate"))})
        entry.done()
    if not steps:
        raise rule.fail("一级也没有", "steps")
    return steps


def _rate(entry: Reader, key: str) -> Decimal:
    rate = entry.decimal(key)
    if not 0 <= rate <= 1:
        raise entry.fail(f"「{key}」应当在 0 到 1 之间，现在是「{rate}」", key)
    return rate
