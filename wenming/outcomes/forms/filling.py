"""What stands in the cells of a form in a period: figures from the ledger, words, rows of units and of problems.

Figures are kept figures (`ledger.provenance`), so that each opens to its entries for ever; problems come through the
same gathering as those of official documents, covert finds left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from wenming.common import clock
from wenming.common.errors import DomainError
from wenming.ground.people.models import Person
from wenming.ground.units import queries as units
from wenming.ground.units.models import Unit
from wenming.ledger import periods, provenance
from wenming.ledger.models import Figure
from wenming.ledger.periods import Period
from wenming.outcomes.documents import material
from wenming.outcomes.documents.material import Problem, Wanted
from wenming.outcomes.documents.problem_list import COLUMNS
from wenming.outcomes.forms import mapping, narrowing, workbook
from wenming.outcomes.forms.mapping import (
    FIGURE,
    PERIOD_NAMES,
    PROBLEMS,
    UNITS,
    WORD,
    WORD_NAMES,
    Column,
    Item,
)
from wenming.outcomes.forms.workbook import Block, Put

_FIELDS = {name: value for name, _width, value in COLUMNS}


@dataclass(frozen=True)
class Around:
    """What everything in a form is filled from."""

    town: Unit
    period: Period
    by: Person
    at: datetime
    # Names of the categories that figures are narrowed to.
    names: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Place:
    """Where something stands in the form; `line` counts the rows of a list from its own first row."""

    sheet: str
    letter: str
    row: int
    line: int = 0


@dataclass
class Filling:
    """Everything that goes into the file; `placed` tells what a place is called there."""

    puts: list[Put] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    figures: list[tuple[Place, str, Figure]] = field(default_factory=list)
    words: list[tuple[Place, str, str]] = field(default_factory=list)
    lists: list[tuple[Place, dict[str, Any]]] = field(default_factory=list)

    def placed(self, place: Place) -> str:
        """「周报!B7」: a cell below a list has moved by the rows that were put in; a line of a list only by lists above."""
        row = workbook.moved(self.blocks, place.sheet, place.row) + place.line
        return f"{place.sheet}!{place.letter}{row}"


def gather(items: Sequence[Item], around: Around) -> Filling:
    """Read everything that the mapping asks for. Raises DomainError for a unit or metric that is gone."""
    filling = Filling()
    scopes = _scopes(items, around.town)
    around = replace(around, names=narrowing.names(items, clock.local_date(around.at)))
    for item in items:
        if item.kind == FIGURE:
            figure = _figure(item, scopes[item.unit], around)
            label = _label(figure, item, around)
            filling.puts.append(_number(item.sheet, item.cell, figure, append=item.append))
            filling.figures.append((_place(item), label, figure))
        elif item.kind == WORD:
            value = word(item, around)
            filling.puts.append(Put(item.sheet, item.cell, value, append=item.append))
            filling.words.append((_place(item), WORD_NAMES[item.word].partition("，")[0], _said(value)))
        elif item.list == UNITS:
            _units(item, around, filling)
        elif item.list == PROBLEMS:
            _problems(item, around, filling)
    return filling


def _scopes(items: Sequence[Item], town: Unit) -> dict[str, Unit]:
    codes = {item.unit for item in items if item.unit}
    found = {unit.code: unit for unit in Unit.objects.filter(code__in=codes, path__startswith=town.path)}
    for item in items:
        if item.unit and item.unit not in found:
            words = f"{item.sheet}!{item.cell} 对的单位（{item.unit}）已不在，请重新对这一格再填表。"
            raise DomainError("form_unit", words, field="unit")
    return {"": town, **found}


def _figure(one: Item | Column, scope: Unit, around: Around) -> Figure:
    period = mapping.period_for(around.period, one.period)
    return provenance.take(
        metric=one.metric, scope=scope, period=period, at=around.at, filters=narrowing.of(one)
    )


def _label(figure: Figure, one: Item | Column, around: Around) -> str:
    """「安和镇发现问题（市容环境，本期）」."""
    said = [narrowing.words(one, around.names), PERIOD_NAMES[one.period].partition("（")[0]]
    return f"{figure.scope.label}{figure.name}（{'，'.join(part for part in said if part)}）"


def _number(sheet: str, address: str, figure: Figure, *, append: bool = False) -> Put:
    """The figure as a number; in words where there is nothing to divide by (「无应整改」)."""
    if figure.value is None:
        return Put(sheet, address, figure.text, append=append)
    return Put(sheet, address, plain(figure.value), figure.measure, append)


def plain(number: Decimal) -> Decimal:
    """Without trailing zeros, and never as 1E+2."""
    return Decimal(f"{number.normalize():f}")


def word(item: Item, around: Around) -> str | date:
    """The word of a cell."""
    period, today = around.period, clock.local_date(around.at)
    home = around.by.home_unit
    said: Mapping[str, str | date] = {
        "town": around.town.label,
        "office": home.label if home else around.town.label,
        "person": around.by.name,
        "phone": around.by.phone,
        "period": period.label,
        "since": period.start,
        "until": period.end,
        "today": today,
        "year": str(period.end.year),
        "month": str(period.end.month),
        "week": str(period.end.isocalendar().week),
        "fixed": item.text,
    }
    return said[item.word]


def _said(value: str | date) -> str:
    return value if isinstance(value, str) else f"{value.year}年{value.month}月{value.day}日"


def _units(item: Item, around: Around, filling: Filling) -> None:
    """One row a community or village, in the order of the tree."""
    block = Block(item.sheet, item.row, item.last_row, list(item.columns))
    rows = list(units.residential(around.town).order_by("path"))
    for index, unit in enumerate(rows):
        line: dict[str, Put] = {}
        for letter, column in item.columns.items():
            if not column.metric:
                line[letter] = _text(item.sheet, _unit_field(column.field, unit, index))
                continue
            figure = _figure(column, unit, around)
            line[letter] = _number(item.sheet, "", figure)
            place = Place(item.sheet, letter, item.row, index)
            filling.figures.append((place, _label(figure, column, around), figure))
        block.lines.append(line)
    _kept(filling, item, block, f"各社区（村），{len(rows)} 行", [])


def _unit_field(code: str, unit: Unit, index: int) -> str | Decimal:
    return Decimal(index + 1) if code == "serial" else unit.label if code == "name" else unit.code


def _problems(item: Item, around: Around, filling: Filling) -> None:
    wanted = Wanted(
        take=item.take, sources=(item.source,) if item.source else (), only=(item.mark,) if item.mark else ()
    )
    found = material.gather(
        kind="", town=around.town, period=around.period, units=[], at=around.at, wanted=wanted
    )
    if len(found) > mapping.MOST_LINES:
        raise DomainError(
            "form_long",
            f"符合条件的问题有 {len(found)} 处，一张表最多填 {mapping.MOST_LINES} 处；请把清单的条件收窄后再填。",
        )
    block = Block(item.sheet, item.row, item.last_row, list(item.columns))
    for index, one in enumerate(found):
        block.lines.append(
            {
                letter: _text(item.sheet, problem_field(column, one, index))
                for letter, column in item.columns.items()
            }
        )
    _kept(filling, item, block, f"问题清单，{len(found)} 处", [one.uuid for one in found])


def problem_field(column: Column, one: Problem, index: int) -> str | Decimal:
    """What a column of the problem list says of one problem."""
    return Decimal(index + 1) if column.field == "serial" else _FIELDS[column.field](one)


def _text(sheet: str, value: str | Decimal) -> Put:
    return Put(sheet, "", value)


def _kept(filling: Filling, item: Item, block: Block, label: str, cases: list[str]) -> None:
    filling.blocks.append(block)
    filling.lists.append((_place(item), {"label": label, "rows": len(block.lines), "cases": cases}))


def _place(item: Item) -> Place:
    return Place(item.sheet, mapping.letters_of(item.cell), item.row)


def latest(kind: str, at: datetime) -> list[Period]:
    """The periods a form is filled for: the present one, then the last eleven, newest first."""
    return periods.last(periods.of(kind, clock.local_date(at)), 12)[::-1]
