"""What a figure of a form counts of its metric: one class or category, one source.

A metric of problems is narrowed by the categories of problems and by who found them, a metric of work logs by the
choices of the logs that post to it. What a metric knows nothing of is refused when the cell is mapped: a cell that can
only ever say 0 would be reported for years.
"""

from collections.abc import Iterable
from datetime import date

from wenming.common.errors import DomainError
from wenming.ground.standards import queries as standards
from wenming.ledger import figures
from wenming.ledger.metrics import EXACT, Filters, Metric
from wenming.outcomes.forms.mapping import Column, Item
from wenming.records.cases import states as case_states
from wenming.records.journals import queries as journals

_CASES = "case."


def of(one: Item | Column) -> Filters:
    """The filters of a mapped figure, or of a column of figures."""
    return Filters(category=one.category, sources=(one.source,) if one.source else ())


def offered(on: date) -> list[tuple[str, str]]:
    """(code, name) of everything a figure can be narrowed to: classes and categories of problems, choices of logs."""
    rows = standards.categories(on)
    found = dict.fromkeys((row.class_code, row.class_name) for row in rows)
    found |= dict.fromkeys((row.code, row.name) for row in rows)
    found |= dict.fromkeys(
        (f"{EXACT}{code}", f"{name}（{group}）") for group, code, name in journals.categories(on)
    )
    return list(found)


def shown(code: str, name: str) -> str:
    """「06 市容环境」; a choice of a log has no code that means anything to people."""
    return name if code.startswith(EXACT) else f"{code} {name}"


def read(said: str, on: date) -> str:
    """The code that is meant by a code, a name, or what `shown` says. Raises DomainError form_category."""
    said = said.strip()
    if not said:
        return ""
    for code, name in offered(on):
        if said in (code, name, shown(code, name)):
            return code
    raise DomainError("form_category", f"没有类别「{said}」，请从列表里选。", field="category")


def names(items: Iterable[Item], on: date) -> dict[str, str]:
    """Names of all categories that the items are narrowed to; nothing is read where none is."""
    wanted = {one.category for item in items for one in item.asked if one.category}
    # A choice of a log stands beside its metric: which log it is from need not be said again.
    return {
        code: name.partition("（")[0] if code.startswith(EXACT) else name
        for code, name in (offered(on) if wanted else ())
        if code in wanted
    }


def words(one: Item | Column, known: dict[str, str]) -> str:
    """「市容环境、县级督查」: what is counted of the metric; empty for all of it."""
    said = [known.get(one.category, one.category)] if one.category else []
    said += [case_states.SOURCE_LABELS[one.source]] if one.source else []
    return "、".join(said)


def check(one: Item | Column, on: date) -> None:
    """Raises DomainError (form_category, form_source, filters_conflict) where the metric knows nothing of it."""
    if not one.category and not one.source:
        return
    metric = figures.metric(one.metric)
    accounts = {term.account for _side, term in metric.sides}
    if one.source and (one.source not in case_states.SOURCE_LABELS or not _of_cases(accounts)):
        raise DomainError("form_source", f"「{metric.name}」不分来源，请把来源改回「全部」。", field="source")
    if one.category and not _has(one.category, accounts, on):
        raise DomainError(
            "form_category", f"「{metric.name}」不分这种类别，请换一个类别，或留空算全部。", field="category"
        )
    _narrow(metric, of(one))


def _narrow(metric: Metric, filters: Filters) -> None:
    try:
        metric.narrowed(filters)
    except DomainError as error:
        words = f"「{metric.name}」本身已经限定了一部分，不能再按这个筛；请留空，或换一个指标。"
        raise DomainError(error.code, words, field="category") from error


def _of_cases(accounts: Iterable[str]) -> bool:
    return all(account.startswith(_CASES) for account in accounts)


def _has(category: str, accounts: set[str], on: date) -> bool:
    if category.startswith(EXACT):
        return bool(journals.category_name(category.removeprefix(EXACT), accounts, on))
    known = {code for row in standards.categories(on) for code in (row.code, row.class_code)}
    return category in known and _of_cases(accounts)
