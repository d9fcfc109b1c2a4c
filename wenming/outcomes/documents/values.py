"""The figures of a document: live from the daily totals while it is written, kept figures once it is signed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from wenming.common.errors import DomainError
from wenming.ground.units.models import Unit
from wenming.ledger import figures, periods, provenance, wording
from wenming.ledger.metrics import Filters, Value, plain
from wenming.ledger.models import Figure
from wenming.outcomes.documents import tokens
from wenming.outcomes.documents.models import Document, DocumentFigure
from wenming.outcomes.documents.tokens import Token

Specs = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure as it can be printed. `figure` is the kept one, None while the document is a draft."""

    key: str
    label: str
    metric: str
    number: Decimal | None
    text: str
    parts: str
    measure: str
    scope: Unit
    period: periods.Period
    figure: Figure | None = None
    # The step of its 约数, 0: it has none.
    about: int = 0

    @property
    def period_text(self) -> str:
        """「week:2026-11-16:2026-11-22」, for addresses."""
        return f"{self.period.kind}:{self.period.start}:{self.period.end}"


def questions(
    document: Document, keys: Iterable[str]
) -> dict[str, tuple[str, Unit, periods.Period, Filters, tuple[str, ...]]]:
    """What each key asks the ledger: (metric, scope, period, filters, within). Unknown keys are left out."""
    specs: Specs = document.body["figures"]
    wanted = [key for key in dict.fromkeys(keys) if key in specs]
    codes = {specs[key]["unit"] for key in wanted if specs[key].get("unit")}
    units = {unit.code: unit for unit in Unit.objects.filter(code__in=codes)} if codes else {}
    within = paths(chosen(document))
    asked = {}
    for key in wanted:
        spec = specs[key]
        unit = units.get(spec.get("unit", ""))
        if spec.get("unit") and unit is None:
            continue  # a unit that is gone has no figure; it never falls back to the whole town
        filters = Filters(category=spec.get("category", ""), sources=tuple(spec.get("sources", ())))
        period = period_for(document.period, spec["period"])
        asked[key] = (spec["metric"], unit or document.town, period, filters, () if unit else within)
    return asked


def period_for(period: periods.Period, which: str) -> periods.Period:
    """The period a figure is asked for: this, the one before, the same a year earlier, the year up to its end."""
    match which:
        case "previous":
            return periods.previous(period)
        case "year":
            return periods.year_before(period)
        case "to_date":
            return periods.between(date(period.end.year, 1, 1), period.end)
    return period


def chosen(document: Document) -> list[Unit]:
    """The units the document deals with; empty: the whole town."""
    return list(Unit.objects.filter(pk__in=document.units).order_by("path")) if document.units else []


def paths(units: Iterable[Unit]) -> tuple[str, ...]:
    """Path prefixes of units, those inside another left out, so that nothing counts twice."""
    found: list[str] = []
    for path in sorted(unit.path for unit in units):
        if not any(path.startswith(outer) for outer in found):
            found.append(path)
    return tuple(found)


def live(document: Document, keys: Iterable[str], *, at: datetime) -> dict[str, Shown]:
    """Present values, in four statements however many figures and entries there are."""
    asked = questions(document, keys)
    metrics = figures.metrics(metric for metric, *_ in asked.values())
    values = figures.answer(
        [
            figures.Question(metrics[metric], scope, period, filters, within)
            for metric, scope, period, filters, within in asked.values()
        ],
        at=at,
    ) if asked else []  # fmt: skip
    found = {}
    for (key, (metric, scope, period, _filters, _within)), value in zip(asked.items(), values, strict=True):
        label = document.body["figures"][key]["label"]
        found[key] = Shown(
            key,
            label,
            metric,
            value.number,
            _text(value.number, value.measure, value.text),
            _parts(value),
            value.measure,
            scope,
            period,
            about=document.body["figures"][key].get("about", 0),
        )
    return found


_WHOLE = (Decimal(0), Decimal(100))


def comparable(document: Document, shown: Mapping[str, Shown]) -> dict[str, Shown]:
    """The values, without those of an earlier period of which the books know less than half.

    Kept on paper until last November, a year of two months would make everything 「比上年增加」 out of nothing.
    """
    earlier = {one.period for one in shown.values() if one.period.end < document.period.start}
    unknown = {
        period
        for period in earlier
        if not figures.kept_by(document.town, period.start + (period.end - period.start) / 2)
    }
    return {
        key: replace(one, number=None, text="") if one.period in unknown else one
        for key, one in shown.items()
    }


def _text(number: Decimal | None, measure: str, text: str) -> str:
    """As official documents write it: no commas, no empty decimals (236米, 2.5小时, 100%); other rates keep theirs
    (50.0%), so that a column of them stands in line."""
    if number is not None and measure == "%" and number in _WHOLE:
        return f"{plain(number)}%"
    if number is not None and measure != "%" and number == number.to_integral_value():
        return f"{plain(number)}{measure}"
    return text.replace(",", "")


def _parts(value: Value | Figure) -> str:
    return f"{plain(value.numerator)}/{plain(value.denominator)}" if value.denominator is not None else ""


def of_kept(link: DocumentFigure, specs: Specs | None = None) -> Shown:
    """A kept figure; `specs` are the figures of the document's body (its step of 约数 stands there)."""
    kept = link.figure
    spec = (specs or {}).get(link.key, {})
    return Shown(
        link.key, link.label, kept.metric, kept.value, _text(kept.value, kept.measure, kept.text), _parts(kept), kept.measure, kept.scope,
        provenance.period_of(kept), kept, spec.get("about", 0),
    )  # fmt: skip


def stored(document: Document) -> dict[str, Shown]:
    """The kept figures of a signed document."""
    links = document.figures.select_related("figure", "figure__scope")
    specs = document.body["figures"]
    return {link.key: of_kept(link, specs) for link in links}


# What the period before is called; a half year, a run of days and a cycle are followed by 「上期」.
_BEFORE = {
    periods.DAY: "前一日", periods.WEEK: "上周", periods.MONTH: "上月", periods.CUSTOM: "上月", periods.QUARTER: "上季度",
    periods.YEAR: "上年",
}  # fmt: skip


def printed(token: Token, found: Mapping[str, Shown]) -> str | None:
    """The words that stand for a token; None where the figure is unknown (the token then stays and stops signing)."""
    shown = found.get(token.key)
    if shown is None:
        return None
    if token.view in tokens.COMPARED:
        before = found.get(token.key + tokens.COMPARED[token.view])
        before_it = _BEFORE.get(shown.period.kind, "上期")
        than = "上年同期" if token.view == tokens.YOY else before_it
        return change(shown, before, than) if before is not None else None
    if token.view == tokens.PARTS:
        return shown.parts or None
    if token.view == tokens.NUMERATOR:
        return shown.parts.partition("/")[0] or None
    if token.view == tokens.NUMBER:
        return plain(shown.number)
    if token.view == tokens.WAN:
        return shown.text if shown.number is None else wording.in_wan(shown.number) + shown.measure
    if token.view == tokens.ABOUT:
        return about(shown) if shown.about else None
    return shown.text


def change(now: Shown, before: Shown, than: str = "上期") -> str:
    """「比上期增加3处」, 「与上期持平」, 「比上期上升1.8个百分点」: the difference of two kept figures."""
    return wording.change(now.number, before.number, now.measure, than)


def about(shown: Shown) -> str:
    """约数 by the step that the kind declares: 53 by steps of 10 is 「50余场」; it never exceeds the figure."""
    if shown.number is None or shown.number < shown.about:
        return shown.text
    return wording.about(shown.number, shown.about) + shown.measure


def keep(document: Document, keys: Iterable[str], *, at: datetime) -> dict[str, Shown]:
    """Take every figure from the books as they stand now, and tie it to the document.

    Raises DomainError `figure_empty` for a figure behind which there is no entry.
    """
    found = {}
    for position, (key, (metric, scope, period, filters, within)) in enumerate(
        questions(document, keys).items()
    ):
        kept = provenance.take(
            metric=metric,
            scope=scope,
            period=period,
            at=at,
            filters=filters,
            document=document.uuid,
            within=within,
        )
        label = document.body["figures"][key]["label"]
        if kept.entry_count == 0 or kept.value is None:
            raise no_entries(label)
        link = DocumentFigure(document=document, key=key, label=label, figure=kept, position=position)
        link.save(force_insert=True)
        found[key] = of_kept(link, document.body["figures"])
    return found


def no_entries(label: str) -> DomainError:
    words = f"「{label}」在账上没有一笔分录，不能当作数字写进公文；请改写或删去用到它的那一句，再签发。"
    return DomainError("figure_empty", words)


def without_entries(document: Document, keys: Iterable[str], *, at: datetime) -> list[str]:
    """Labels of the figures that nothing stands behind. Only those that say nothing or zero are looked up."""
    shown = live(document, keys, at=at)
    doubtful = [key for key, one in shown.items() if not one.number]
    empty = []
    for key, (metric, scope, period, filters, within) in questions(document, doubtful).items():
        asked = provenance.asking(
            metric=metric, scope=scope, period=period, at=at, filters=filters, within=within
        )
        if shown[key].number is None or not provenance.entries(asked).exists():
            empty.append(shown[key].label)
    return empty
