"""Reading superiors' forms and filled files for pages."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, QuerySet

from wenming.common.clock import local_date
from wenming.ground.people.models import Person
from wenming.ground.units.models import Unit
from wenming.ledger import figures, provenance
from wenming.ledger.metrics import Metric, Value
from wenming.ledger.models import MetricRow
from wenming.outcomes.forms import mapping, narrowing
from wenming.outcomes.forms.mapping import FIGURE, PROBLEMS, WORD, Item
from wenming.outcomes.forms.models import FilledFigure, FilledForm, SuperiorForm


def rows(person: Person) -> QuerySet[SuperiorForm]:
    """Forms the person may see, those in use first: with the last version, how often filled, when last."""
    return (
        SuperiorForm.objects.visible_to(person)
        .select_related("town")
        .annotate(
            last_version=Max("versions__number"), times=Count("versions__filled"), last_at=Max("versions__filled__filled_at")
        )
        .order_by("state", "town__path", "name", "pk")
    )  # fmt: skip


def form(person: Person, key: uuid.UUID) -> SuperiorForm | None:
    return SuperiorForm.objects.visible_to(person).filter(uuid=key).select_related("town", "added_by").first()


def filled(person: Person, key: uuid.UUID) -> FilledForm | None:
    found = FilledForm.objects.visible_to(person).filter(uuid=key)
    return found.select_related("version__form__town", "filled_by").first()


@dataclass(frozen=True)
class Standing:
    """A figure of a filled file; `now` is what the books say today where that is something else."""

    row: FilledFigure
    now: Value | None


def standing(one: FilledForm, *, at: datetime) -> list[Standing]:
    """All figures of a filled file with 「现为 …」, in three statements however many they are."""
    found = list(one.figures.select_related("figure__scope"))
    asked = [
        figures.Question(
            Metric.from_json(row.figure.query["metric"]), row.figure.scope, provenance.period_of(row.figure)
        )
        for row in found
    ]
    present = figures.answer(asked, at=at) if asked else []
    return [
        Standing(row, None if _same(row, value) else value) for row, value in zip(found, present, strict=True)
    ]


def _same(row: FilledFigure, value: Value) -> bool:
    kept = row.figure
    return (kept.value, kept.numerator, kept.denominator) == (
        value.number,
        value.numerator,
        value.denominator,
    )


@dataclass(frozen=True)
class Said:
    """An item of a mapping in words."""

    item: Item
    what: str


def described(items: Iterable[Item], at: datetime) -> list[Said]:
    """What stands in each mapped cell, in words; a few statements for all of them."""
    items = list(items)
    known = narrowing.names(items, local_date(at))
    metrics = dict(MetricRow.objects.values_list("code", "name"))
    codes = {item.unit for item in items if item.unit}
    units = {unit.code: unit.label for unit in Unit.objects.filter(code__in=codes)} if codes else {}
    return [Said(item, _words(item, metrics, units, known)) for item in items]


def _words(item: Item, metrics: Mapping[str, str], units: Mapping[str, str], known: dict[str, str]) -> str:
    if item.kind == FIGURE:
        scope = units.get(item.unit, item.unit) if item.unit else "本镇"
        narrow = f"（{said}）" if (said := narrowing.words(item, known)) else ""
        return f"{scope} · {metrics.get(item.metric, item.metric)}{narrow} · {_period(item.period)}"
    if item.kind == WORD:
        return (
            f"文字：{item.text}" if item.word == "fixed" else mapping.WORD_NAMES[item.word].partition("，")[0]
        )
    which = dict(mapping.LISTS)[item.list].partition("，")[0]
    if item.list == PROBLEMS:
        which += "（" + dict(mapping.TAKES)[item.take] + "）"
    return f"{which}，第 {item.row}—{item.last_row} 行：" + "、".join(
        f"{letter} {_column(column, metrics, known)}" for letter, column in item.columns.items()
    )


def _column(column: mapping.Column, metrics: Mapping[str, str], known: dict[str, str]) -> str:
    if column.metric:
        said = [narrowing.words(column, known), _period(column.period)]
        return f"{metrics.get(column.metric, column.metric)}（{'，'.join(part for part in said if part)}）"
    return dict(mapping.UNIT_FIELDS).get(column.field, column.field)


def _period(code: str) -> str:
    return mapping.PERIOD_NAMES[code].partition("（")[0]
