"""From what was typed into a form to plain JSON values with every error at once, and back to words."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from wenming.common import clock, quantities
from wenming.ground.places.models import Place
from wenming.ground.units.models import Unit
from wenming.records.journals import states
from wenming.records.journals.kinds import Field, Kind

LONGEST = {states.TEXT: 120, states.LONG: 5000}
MOST_PEOPLE = 200
LONGEST_NAME = 20
_LARGEST = Decimal(10) ** 9
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_BETWEEN_NAMES = re.compile(r"[、,，;；\s]+")
YEARS = range(1950, 2151)


class Unfit(Exception):
    """The value does not fit its field; the text says why and what to do."""


def clean(kind: Kind, raw: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """(values, complaint by field). Empty fields are left out of the values; units and places come as objects."""
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for field in kind.fields:
        given = raw.get(field.code)
        if given in (None, "", [], ()):
            if field.required:
                errors[field.code] = f"请填「{field.name}」。"
            continue
        try:
            value = _READ[field.kind](field, given)
        except Unfit as error:
            errors[field.code] = str(error)
            continue
        if value not in ("", []):
            values[field.code] = value
        elif field.required:
            errors[field.code] = f"请填「{field.name}」。"
    return values, errors


def shown(field: Field, value: Any) -> str:
    """The value as people read it; empty for nothing."""
    if value in (None, "", []):
        return ""
    if field.kind in states.COUNTABLE:
        return f"{number(value)}{field.measure}"
    if field.kind == states.CHOICE:
        return dict(field.options).get(value, str(value))
    if field.kind == states.CHOICES:
        names = dict(field.options)
        return "、".join(names.get(one, one) for one in value)
    if field.kind == states.PEOPLE:
        return "、".join(value)
    if field.kind in (states.UNIT, states.PLACE):
        return str(value["name"])
    if field.kind == states.DATE:
        return clock.show_date(date.fromisoformat(value))
    return str(value)


def counted(kind: Kind, values: Mapping[str, Any]) -> str:
    """What a record counts, in words: 「劝导人数 5人次，宣传单 60份」."""
    said = [(field.name, shown(field, values.get(field.code))) for field in kind.of_kind(*states.COUNTABLE)]
    return "，".join(f"{name} {number}" for name, number in said if number)


def cell(field: Field, value: Any) -> Any:
    """The value as a table takes it: numbers and dates of their own kind, all else as words."""
    if value in (None, "", []):
        return None
    if field.kind in states.COUNTABLE:
        return Decimal(value)
    if field.kind == states.DATE:
        return date.fromisoformat(value)
    return shown(field, value)


def number(text: Any) -> str:
    """Without zeros that say nothing: 12.0 → 12."""
    return f"{Decimal(str(text)).normalize():f}"


def _text(field: Field, given: Any) -> str:
    text = re.sub(r"\s+", " ", _CONTROL.sub("", str(given))).strip()
    return _short_enough(field, text)


def _long(field: Field, given: Any) -> str:
    return _short_enough(field, _CONTROL.sub("", str(given)).replace("\r\n", "\n").strip())


def _short_enough(field: Field, text: str) -> str:
    longest = field.longest or LONGEST[field.kind]
    if len(text) > longest:
        raise Unfit(f"「{field.name}」最多 {longest} 个字，现在是 {len(text)} 个字。")
    return text


def _number(field: Field, given: Any) -> str:
    try:
        value = quantities.read(str(given), field.measure)
    except quantities.NoNumber as error:
        raise Unfit(f"「{field.name}」{error}，现在是「{str(given)[:20]}」。") from None
    if not value.is_finite():
        raise Unfit(f"「{field.name}」应填数字，现在是「{str(given)[:20]}」。")
    if value < 0:
        raise Unfit(f"「{field.name}」不能是负数；要减去的，请在前面的选项里选撤除、报损一类。")
    if value >= _LARGEST:
        raise Unfit(f"「{field.name}」的数过大，请核对单位。")
    if value != round(value, field.decimals):
        allowed = f"最多 {field.decimals} 位小数" if field.decimals else "只能是整数"
        raise Unfit(f"「{field.name}」{f'按{field.measure}计，' if field.measure else ''}{allowed}。")
    return number(value) if value else "0"


def _date(field: Field, given: Any) -> str:
    if isinstance(given, datetime):
        given = given.date()
    try:
        day = given if isinstance(given, date) else date.fromisoformat(str(given).strip())
    except ValueError:
        raise Unfit(f"「{field.name}」应填日期，如 2026-11-22。") from None
    if day.year not in YEARS:
        raise Unfit(f"「{field.name}」的年份不对，请核对。")
    return day.isoformat()


def _time(field: Field, given: Any) -> str:
    found = re.fullmatch(r"(\d{1,2})[:：](\d{2})(?::\d{2})?", str(given).strip())
    try:
        return time(int(found[1]), int(found[2])).strftime("%H:%M") if found else _no_time(field)
    except ValueError:
        return _no_time(field)


def _no_time(field: Field) -> str:
    raise Unfit(f"「{field.name}」应填时间，如 14:30。")


def _option(field: Field, given: Any) -> str:
    said = str(given).strip()
    for code, name in field.options:
        if said in (code, name):
            return code
    names = "、".join(name for _, name in field.options)
    raise Unfit(f"「{field.name}」只能选：{names}。")


def _options(field: Field, given: Any) -> list[str]:
    said = _BETWEEN_NAMES.split(given.strip()) if isinstance(given, str) else list(given)
    chosen = {_option(field, one) for one in said if one}
    return [code for code, _ in field.options if code in chosen]


def _people(field: Field, given: Any) -> list[str]:
    said = _BETWEEN_NAMES.split(_CONTROL.sub("", given)) if isinstance(given, str) else list(given)
    names = list(dict.fromkeys(str(one).strip() for one in said if str(one).strip()))
    if len(names) > MOST_PEOPLE:
        raise Unfit(f"「{field.name}」最多 {MOST_PEOPLE} 人，人多时只填人数。")
    for name in names:
        if len(name) > LONGEST_NAME:
            raise Unfit(f"「{field.name}」里的「{name[:LONGEST_NAME]}…」太长，姓名之间请用顿号隔开。")
    return names


def _reference(wanted: type[Unit] | type[Place]) -> Callable[[Field, Any], dict[str, str]]:
    def read(field: Field, given: Any) -> dict[str, str]:
        if not isinstance(given, wanted):
            raise Unfit(f"「{field.name}」里没有「{str(given)[:20]}」，请从列表里选。")
        return {"uuid": str(given.uuid), "name": given.name}

    return read


_READ: dict[str, Callable[[Field, Any], Any]] = {
    states.TEXT: _text, states.LONG: _long, states.NUMBER: _number, states.MONEY: _number, states.DATE: _date,
    states.TIME: _time, states.CHOICE: _option, states.CHOICES: _options, states.PEOPLE: _people,
    states.UNIT: _reference(Unit), states.PLACE: _reference(Place),
}  # fmt: skip
