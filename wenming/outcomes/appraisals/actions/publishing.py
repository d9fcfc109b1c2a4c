"""公示 → 公布 → 更正: the score leaves the office, is posted to the ledger, and is put right in the open."""

import uuid
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import IntegrityError, transaction

from wenming.common import clock
from wenming.common.errors import Conflict, DomainError
from wenming.ground.calendar import queries as calendar
from wenming.ground.calendar.arithmetic import Term, TermUnit, deadline
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ledger import accounts, posting
from wenming.ledger.posting import Line, Voucher
from wenming.outcomes.appraisals import deed, queries, states
from wenming.outcomes.appraisals.actions.computing import open_questions, read_anew, store
from wenming.outcomes.appraisals.models import Appeal, Outcome, Round, Sheet


def show(*, where: Round, by: Person, at: datetime) -> Round:
    """公示: the units see their sheets and may appeal until the set working days are over (handbook §4.2).

    The books are read once more, as they stand now, and then stand still. Raises DomainError: period_running.
    """
    with deed.on(where, "show", by=by) as where:
        if clock.local_date(at) <= where.period_end and where.corrects is None:
            raise DomainError(
                "period_running",
                f"{where.period.label}到 {clock.show_date(where.period_end)} 才结束，结束后再公示。",
            )
        read_anew(where, at)
        store(where)
        where.shown_by, where.shown_at = by, at
        days = where.book.book.appeal_days
        ends = deadline(calendar.calendar(), at, Term(days, TermUnit.WORK_DAY)).at
        assert ends is not None  # noqa: S101 -- a term without a pause always ends
        where.appeals_until, until = ends, clock.show_time(ends)
        deed.done(where, "show", by=by, at=at, sentence=f"公示{where}，申诉到 {until} 为止")
        for sheet in where.sheets.select_related("unit", "place__unit"):
            words = f"{where}公示：{sheet.name} {deed.told(sheet)}。有异议请在 {until} 前申诉"
            deed.tell_rated(where, sheet, at, words)
    return where


def take_back(*, where: Round, ground: str, by: Person, at: datetime) -> Round:
    """收回公示 to compute again (wrong book, a case booked late). Appeals stay, those upheld keep counting."""
    ground = deed.require(ground, "ground", "收回公示要写明理由。")
    with deed.on(where, "take_back", by=by) as where:
        where.shown_by = where.shown_at = where.appeals_until = None
        deed.done(where, "take_back", by=by, at=at, sentence=f"收回{where}的公示：{ground}")
        for sheet in where.sheets.select_related("unit", "place__unit"):
            deed.tell_rated(where, sheet, at, f"{where}的公示已收回，将重新计算：{ground}", link=False)
    return where


def publish(*, where: Round, by: Person, at: datetime) -> Round:
    """公布: frozen, posted to the ledger, its proposals laid before those who confirm them.

    A round that corrects another one takes its place: the old entries are reversed in the same go, and whoever's
    score or place changed is told (更正通知). Raises DomainError: appeals_running, appeals_open, undecided.
    """
    with deed.on(where, "publish", by=by) as where:
        _must_be_ready(where, at)
        where.published_by, where.published_at = by, at
        old = where.corrects
        if old is not None:
            old = Round.objects.select_for_update(of=("self",)).select_related("book", "town").get(pk=old.pk)
            if old.state != states.PUBLISHED:
                raise deed.stale(old, "更正")
            old.state, old.superseded_at = states.SUPERSEDED, at
            old.save()
        words = f"公布{where}" if old is None else f"更正{where}：{where.correction_ground}"
        deed.done(where, "publish", by=by, at=at, sentence=words)
        gone = _propose(where, old)
        _tell(where, old, at)
        if old is not None:
            for sheet in old.sheets.all():
                posting.reverse(voucher=Voucher(deed.SHEET, sheet.uuid), at=at)
        for outcome in gone:
            posting.reverse(voucher=Voucher(deed.OUTCOME, outcome.uuid), at=at)
        for sheet in where.sheets.select_related("unit", "place__unit"):
            _post(where, sheet, at)
    return where


def correct(*, where: Round, ground: str, by: Person, at: datetime) -> Round:
    """更正 a published round: a new round by the book of then, from the books as they stand now.

    It goes the same way (shown, appealed, published); until it is published the old one stands.
    """
    ground = deed.require(ground, "ground", "更正要写明理由，理由会写进更正通知。")
    with deed.on(where, "correct", by=by) as where:
        new = Round(
            town=where.town, book=where.book, code=where.code, period_kind=where.period_kind,
            period_start=where.period_start, period_end=where.period_end, as_of=at, computed_by=by, computed_at=at,
            left_out=where.left_out, corrects=where, correction_ground=ground,
        )  # fmt: skip
        try:
            with transaction.atomic():
                new.save()
        except IntegrityError as error:
            raise Conflict("correction_there", "这一期的更正已经在办，请到考核页办完它。") from error
        store(new)
        deed.done(where, "correct", by=by, at=at, sentence=f"起草更正：{ground}", correction=str(new.uuid))
        deed.done(new, "compute", by=by, at=at, sentence=f"计算{new}（更正）")
    return new


def _must_be_ready(where: Round, at: datetime) -> None:
    if where.appeals_until is not None and at <= where.appeals_until:
        agreed = not where.sheets.filter(agreed_at__isnull=True).exists()
        if not agreed:
            raise DomainError(
                "appeals_running",
                f"申诉期到 {clock.show_time(where.appeals_until)} 为止，还没有过；全部单位都确认无异议的可以提前公布。",
            )
    waiting = Appeal.objects.filter(round=where, state=states.OPEN).count()
    if waiting:
        raise DomainError("appeals_open", f"还有 {waiting} 件申诉没有裁定，请先裁定。")
    questions = open_questions(where)
    if questions:
        listed = "；".join(questions[:5])
        more = f"；等 {len(questions)} 处" if len(questions) > 5 else ""
        raise DomainError(
            "undecided",
            f"还有待定的问题：{listed}{more}。请补上缺的数，或把该单位列为本期不考核，重新计算后再公布。",
        )


def _propose(where: Round, old: Round | None) -> list[Outcome]:
    """Lay the proposals before those who decide. What was decided already about the same proposal stays decided;
    returns the decisions of the old round that nothing in the new one carries on."""
    decided: dict[tuple[str, str, Decimal | None], Outcome] = {}
    if old is not None:
        settled = old.outcomes.select_related("sheet").exclude(state=states.PROPOSED)
        decided = {(row.sheet.subject, row.proposal, row.amount): row for row in settled}
    rows = []
    for sheet in where.sheets.all():
        for each in sheet.data["proposals"]:
            row = _outcome(where, sheet, each)
            before = decided.pop((sheet.subject, row.proposal, row.amount), None)
            if before is not None:
                # The decision goes on under its own uuid: its entries in the ledger are those of this row now.
                row.uuid, before.uuid = before.uuid, uuid.uuid4()
                row.state, row.ground = before.state, before.ground
                row.settled_by, row.settled_at = before.settled_by, before.settled_at
                row.cleared_at, row.cleared_ground = before.cleared_at, before.cleared_ground
                before.save(update_fields=["uuid"])
            rows.append(row)
    Outcome.objects.bulk_create(rows)
    return list(decided.values())


def _outcome(where: Round, sheet: Sheet, said: dict[str, Any]) -> Outcome:
    amount = Decimal(said["amount"]).quantize(Decimal("0.01")) if said["amount"] is not None else None
    return Outcome(
        round=where, sheet=sheet, proposal=said["id"], title=said["title"], action=said["action"][:300],
        why=said["why"][:500], basis=said["ground"][:300], amount=amount, formula=said["formula"],
        board=said.get("board", ""),
    )  # fmt: skip


def _tell(where: Round, old: Round | None, at: datetime) -> None:
    """Published: everybody his own result; corrected: those for whom something changed (更正通知)."""
    waiting = where.outcomes.filter(state=states.PROPOSED).count()
    if waiting:
        words = f"{where}已公布，{waiting} 条后果建议请您定"
        deed.tell(where, deed.office(where.town, P.SCORE_CONFIRM, at), at, words)
    changed = {each.subject: each.words for each in queries.changes(old, where)} if old is not None else {}
    for sheet in where.sheets.select_related("unit", "place__unit"):
        if old is None:
            deed.tell_rated(where, sheet, at, f"{where}已公布：{sheet.name} {deed.told(sheet)}")
        elif sheet.subject in changed:
            words = f"更正通知：{where}，{sheet.name}{changed[sheet.subject]}。{where.correction_ground}"
            deed.tell_rated(where, sheet, at, words)


def _post(where: Round, sheet: Sheet, at: datetime) -> None:
    """考核得分 on the last day of the period, charged to the unit, filed under the book; a post: at its place."""
    unit = sheet.unit or (sheet.place.unit if sheet.place else None)
    if unit is None or sheet.total is None:
        return
    told: dict[str, Decimal | int] = {accounts.SCORE_SHEETS: 1}
    total = sheet.total.quantize(Decimal("0.001"), rounding=ROUND_HALF_UP)
    if total:
        told[accounts.SCORE_TOTAL] = total
    lines = [
        Line(account=code, unit=unit, quantity=quantity, occurred_on=where.period_end, category=where.code,
             place_id=sheet.place_id)
        for code, quantity in told.items()
    ]  # fmt: skip
    posting.post(town=where.town, lines=lines, voucher=Voucher(deed.SHEET, sheet.uuid), at=at)
