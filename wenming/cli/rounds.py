"""`wenming score adopt`, `compute` and `verify`: books and rounds of a town, from its own ledger."""

import argparse
from pathlib import Path
from typing import Any

from wenming.cli import people as who
from wenming.cli.terminal import progress, say
from wenming.common import clock
from wenming.common.errors import DomainError
from wenming.ground.units import states as kinds
from wenming.ground.units.models import Unit
from wenming.ledger import periods
from wenming.outcomes.appraisals import actions as appraisals
from wenming.outcomes.appraisals import queries, states
from wenming.outcomes.appraisals.actions.computing import open_questions
from wenming.outcomes.appraisals.models import Round, Sheet
from wenming.outcomes.scoring import amounts


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Raises DomainError, BadInput (every fault of a book with its line)."""
    return {"adopt": _adopt, "compute": _compute, "verify": _verify}[args.deed](args)


def _adopt(args: argparse.Namespace) -> dict[str, Any]:
    book, new = appraisals.enact(
        town=_town(args.unit), text=_text(args.book), by=who.named(args.by), at=clock.now()
    )
    since = clock.show_date(book.in_force)
    say(
        f"{book.town.label}{'采用' if new else '已经采用'}《{book}》，{since}起施行{'' if new else '，没有变动'}。"
    )
    return {
        "book": book.code, "version": book.version, "title": book.title, "unit": book.town.code, "changed": new,
        "in_force": book.in_force.isoformat(), "digest": book.digest, "state": book.state,
    }  # fmt: skip


def _compute(args: argparse.Namespace) -> dict[str, Any]:
    where = appraisals.compute(
        town=_town(args.unit), code=args.book, period=periods.parse(args.period), by=who.named(args.by), at=clock.now()
    )  # fmt: skip
    say(f"{where.town.label}{where}：{where.state_label}，账截至 {clock.show_time(where.as_of)}")
    sheets = list(where.sheets.all())
    for sheet in sheets:
        say(f"{sheet.group} {sheet.name}：{_total(sheet)}  {_place(sheet)}".strip())
    questions = open_questions(where)
    for question in questions:
        say(f"待定 {question}")
    return {
        "round": where.uuid, "book": where.code, "version": where.book.version, "period": where.period.key,
        "unit": where.town.code, "state": where.state, "as_of": where.as_of.isoformat(), "undecided": questions,
        "sheets": [_row(sheet) for sheet in sheets],
    }  # fmt: skip


def _verify(args: argparse.Namespace) -> dict[str, Any]:
    """Every published round, those corrected later as well: computed once more and compared."""
    rounds = Round.objects.filter(state__in=states.FINAL).select_related("book", "town")
    if args.unit:
        rounds = rounds.filter(town__path__startswith=_ground(args.unit).path)
    rounds = rounds.order_by("town__path", "period_start", "pk")
    faults: list[dict[str, Any]] = []
    with progress("重算考核") as tell:
        found = list(rounds)
        for number, where in enumerate(found, start=1):
            faults += _faults(where)
            tell(number, len(found))
    for fault in faults:
        say(f"✗ {fault['unit']}{fault['title']}：{fault['reason']}")
    count = Sheet.objects.filter(round__in=rounds).count()
    if not faults:
        say(f"✓ {len(found)} 期考核、{count} 张成绩单，用当时的规则书和账重算，结果一致。")
    return {"ok": not faults, "rounds": len(found), "sheets": count, "faults": faults}


def _faults(where: Round) -> list[dict[str, Any]]:
    """At most one: the names whose sheets differ, or why it cannot be computed any more."""
    try:
        names = queries.replayed(where)
        reason = f"{'、'.join(names)}的成绩单与重算不一致" if names else ""
    except DomainError as error:
        names, reason = [], f"不能重算：{error.message}"
    if not reason:
        return []
    return [{
        "round": where.uuid, "unit": where.town.label, "title": str(where), "period": where.period.key, "names": names,
        "reason": reason,
    }]  # fmt: skip


def _row(sheet: Sheet) -> dict[str, Any]:
    return {
        "unit": sheet.subject, "name": sheet.name, "group": sheet.group, "place": sheet.rank,
        "total": None if sheet.total is None else amounts.plain(sheet.total), "not_ranked": sheet.data["not_ranked"],
    }  # fmt: skip


def _total(sheet: Sheet) -> str:
    if sheet.total is None:
        return "待定" if sheet.data["undecided"] else "—"
    return amounts.text(sheet.total)


def _place(sheet: Sheet) -> str:
    if sheet.rank is None:
        return str(sheet.data["not_ranked"])
    return f"第 {sheet.rank} 名（共 {sheet.data['ranked']}）"


def _text(name: str) -> str:
    try:
        return Path(name).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise DomainError("book_encoding", f"{name} 不是 UTF-8 文本，请用 UTF-8 编码另存后再采用。") from None


def _town(code: str) -> Unit:
    """The town of this code. Raises DomainError: a book belongs to a town, not to its parts."""
    found = who.unit(code)
    if found.kind != kinds.TOWN:
        raise DomainError("town_wrong", f"{found.label}不是镇（街道），规则书和考核按镇管理，请写镇的编码。")
    return found


def _ground(code: str) -> Unit:
    found = who.unit(code)
    if found.kind not in (kinds.TOWN, kinds.COUNTY):
        raise DomainError("town_wrong", f"{found.label}不是镇（街道）或县，请写镇或县的编码。")
    return found
