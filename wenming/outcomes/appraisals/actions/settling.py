"""Consequences: confirmed or refused by a person with a ground; black lists end."""

from datetime import datetime
from decimal import Decimal

from wenming.common.errors import Conflict, DomainError
from wenming.ground.people.models import Person
from wenming.ledger import accounts, posting
from wenming.ledger.posting import Line, Voucher
from wenming.outcomes.appraisals import deed, states
from wenming.outcomes.appraisals.models import Outcome
from wenming.outcomes.scoring.consequences import BOARDS

_BOARD_ACCOUNTS = {"red": accounts.SCORE_RED, "black": accounts.SCORE_BLACK}


def settle(*, outcome: Outcome, confirmed: bool, ground: str, by: Person, at: datetime) -> Outcome:
    """定后果: 确认 or 不予采纳 one proposal, with a ground. The amount is the book's: who finds it wrong has the
    score corrected. Raises NotAllowed, Conflict, DomainError."""
    ground = deed.require(ground, "ground", "请写决定的依据：为什么采纳或不采纳。")
    with deed.on(outcome.round, "settle", by=by) as where:
        row = _locked(outcome)
        if row.state != states.PROPOSED:
            raise Conflict(
                "outcome_settled", f"「{row.title}」{row.get_state_display()}，理由：{row.ground}，不用再定。"
            )
        row.state = states.CONFIRMED if confirmed else states.REFUSED
        row.settled_by, row.settled_at, row.ground = by, at, ground
        row.save()
        verb = "确认" if confirmed else "不予采纳"
        money = f"，{row.amount} 元" if row.amount is not None else ""
        words = f"{verb}{row.sheet.name}「{row.title}」：{row.action}{money}（{ground}）"
        deed.done(where, "settle", by=by, at=at, sentence=words[:400], outcome=str(row.uuid))
        if confirmed:
            told = f"{where}：{row.sheet.name}「{row.title}」已确认：{row.action}{money}。依据：{ground}"
            deed.tell_rated(where, row.sheet, at, told)
            _post(row, at)
    return row


def clear(*, outcome: Outcome, ground: str, by: Person | None, at: datetime) -> Outcome:
    """下黑榜, because its problems are proved fixed (the nightly job, `by` None) or by a person with a ground (D17)."""
    ground = deed.require(ground, "ground", "下榜要写明理由，例如问题已全部整改核查通过。")
    with deed.on(outcome.round, "clear", by=by) as where:
        row = _locked(outcome)
        if row.board != "black" or row.state != states.CONFIRMED:
            raise DomainError("not_on_board", "它不在黑榜上，不用下榜。")
        if row.cleared_at is not None:
            raise Conflict("board_cleared", f"已经下榜，理由：{row.cleared_ground}。")
        row.cleared_at, row.cleared_ground = at, ground
        row.save(update_fields=["cleared_at", "cleared_ground"])
        words = f"{row.sheet.name}下黑榜：{ground}"
        deed.done(where, "clear", by=by, at=at, sentence=words, outcome=str(row.uuid))
        deed.tell_rated(where, row.sheet, at, f"{where}：{words}")
    return row


def _locked(outcome: Outcome) -> Outcome:
    return (
        Outcome.objects.select_for_update(of=("self",))
        .select_related("sheet__unit", "sheet__place__unit", "round__town")
        .get(pk=outcome.pk)
    )


def _post(row: Outcome, at: datetime) -> None:
    """红榜、黑榜 and money settled with contractors, on the last day of the period."""
    unit = row.sheet.unit or (row.sheet.place.unit if row.sheet.place else None)
    if unit is None:
        return
    told: list[tuple[str, Decimal | int]] = []
    if row.board in BOARDS:
        told.append((_BOARD_ACCOUNTS[row.board], 1))
    if row.amount:
        told.append((accounts.SCORE_SETTLED_YUAN, row.amount))
    lines = [
        Line(
            account=code,
            unit=unit,
            quantity=quantity,
            occurred_on=row.round.period_end,
            category=row.round.code,
        )
        for code, quantity in told
    ]
    if lines:
        posting.post(town=row.round.town, lines=lines, voucher=Voucher(deed.OUTCOME, row.uuid), at=at)
