"""申诉: filed by the unit that is rated, decided by somebody not party to it, with a ground that is published."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from wenming.common import clock
from wenming.common.errors import Conflict, DomainError, NotAllowed
from wenming.ground.notices import actions as notices
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.units.models import Unit
from wenming.ledger import accounts, posting
from wenming.ledger.posting import Line, Voucher
from wenming.outcomes.appraisals import deed, queries, rules, states
from wenming.outcomes.appraisals.actions.computing import store
from wenming.outcomes.appraisals.models import Appeal, Round, Sheet
from wenming.outcomes.scoring import amounts


def appeal(
    *, sheet: Sheet, line: int | str, ground: str, by: Person, at: datetime, key: uuid.UUID | None = None
) -> Appeal:
    """申诉 against a line of one's own sheet, within the days of appeal: its number (from 0), or its `line_key`, so
    that a sheet computed anew meanwhile never turns the appeal against another line.

    The same `key` sent twice is one appeal. Raises NotAllowed; DomainError: line_unknown, line_without_events,
    appeal_late, ground_missing; Conflict: line_appealed.
    """
    there = Appeal.objects.filter(uuid=key).first() if key else None
    if there is not None:
        return there
    ground = deed.require(ground, "ground", "请写申诉理由：哪里不对，有什么依据。", most=500)
    with deed.on(sheet.round, "appeal", by=by) as where:
        sheet = _fresh(sheet)
        _must_be_own(by, sheet)
        _must_be_in_time(where, at)
        chosen = _line(sheet, line)
        if Appeal.objects.filter(round=where, subject=sheet.subject, state=states.OPEN, title=chosen["title"], events=chosen["events"]).exists():  # fmt: skip
            raise Conflict("line_appealed", "这一行已经申诉，正等裁定，不用再提。")
        scorer = queries.scorer(chosen["events"])
        made = Appeal.objects.create(
            uuid=key or uuid.uuid4(), round=where, subject=sheet.subject, unit=sheet.unit, scorer=scorer,
            rule=chosen["rule"], title=chosen["title"], formula=chosen["formula"], points=chosen["points"],
            events=chosen["events"], ground=ground, filed_by=by, filed_at=at,
        )  # fmt: skip
        sheet.agreed_by = sheet.agreed_at = None
        sheet.save(update_fields=["agreed_by", "agreed_at"])
        words = f"{sheet.name}对「{chosen['title']}」{chosen['points']} 分申诉：{ground}"
        deed.done(where, "appeal", by=by, at=at, sentence=words[:400], appeal=str(made.uuid))
        asked = f"{where}：{sheet.name}对「{chosen['title']}」{_points(made)} 分申诉，请裁定"
        deed.tell(where, deed.office(where.town, P.SCORE_DECIDE, at), at, asked)
        _post(made, [accounts.SCORE_APPEALED], at)
    return made


def withdraw_appeal(*, appeal: Appeal, by: Person, at: datetime) -> Appeal:
    """撤回 one's own appeal before it is decided: it no longer counts as one."""
    with deed.on(appeal.round, "withdraw_appeal", by=by) as where:
        row = _open_appeal(appeal)
        if row.filed_by_id != by.pk:
            raise NotAllowed("appraisal_not_allowed", "只有提交申诉的人可以撤回。")
        row.state = states.WITHDRAWN
        row.save(update_fields=["state"])
        deed.done(
            where, "withdraw_appeal", by=by, at=at, sentence=f"撤回申诉「{row.title}」", appeal=str(row.uuid)
        )
        posting.reverse(voucher=Voucher(deed.APPEAL, row.uuid), at=at)
    return row


def agree(*, sheet: Sheet, by: Person, at: datetime) -> Sheet:
    """确认无异议: the unit, or the contractor, agrees with its sheet. Not asked of anybody; silence counts as well."""
    with deed.on(sheet.round, "agree", by=by) as where:
        sheet = _fresh(sheet)
        _must_be_own(by, sheet)
        if Appeal.objects.filter(round=where, subject=sheet.subject, state=states.OPEN).exists():
            raise DomainError("appeal_open", "还有申诉没有裁定，请先撤回申诉，或等裁定后再确认。")
        sheet.agreed_by, sheet.agreed_at = by, at
        sheet.save(update_fields=["agreed_by", "agreed_at"])
        deed.done(where, "agree", by=by, at=at, sentence=f"{sheet.name}对成绩单确认无异议")
    return sheet


def decide(*, appeal: Appeal, upheld: bool, decision: str, by: Person, at: datetime) -> Appeal:
    """裁定: `upheld` takes the events out of the score (everybody's place is computed again); either way the ground
    is published with the sheet. Raises NotAllowed (party to it), Conflict (decided meanwhile), DomainError."""
    decision = deed.require(decision, "decision", "裁定要写明理由，理由会随成绩单公开。", most=500)
    with deed.on(appeal.round, "decide", by=by) as where:
        row = _open_appeal(appeal)
        refused = rules.decision_refusal(by, row, queries.vouchers_of(row.events))
        if refused:
            raise NotAllowed("appeal_party", refused)
        row.state = states.UPHELD if upheld else states.REJECTED
        row.decided_by, row.decided_at, row.decision = by, at, decision
        row.save(update_fields=["state", "decided_by", "decided_at", "decision"])
        if upheld:
            store(where)
        words = f"裁定「{row.title}」的申诉：{'成立' if upheld else '维持原评'}（{decision}）"
        deed.done(where, "decide", by=by, at=at, sentence=words[:400], appeal=str(row.uuid), upheld=upheld)
        _answer(where, row, at)
        if upheld:
            _post(row, [accounts.SCORE_OVERTURNED], at)
    return row


def _answer(where: Round, row: Appeal, at: datetime) -> None:
    """The decision with its ground to who filed it and to those who speak for the unit now."""
    result = f"成立，{_points(row)} 分不再计" if row.state == states.UPHELD else "维持原评"
    to = notices.holders(row.unit, P.SCORE_APPEAL, at) if row.unit else []
    to += [row.filed_by_id] if row.filed_by_id else []
    deed.tell(where, to, at, f"{where}：对「{row.title}」的申诉{result}。理由：{row.decision}")


def _points(row: Appeal) -> str:
    return amounts.text(Decimal(row.points))


def _fresh(sheet: Sheet) -> Sheet:
    return (
        Sheet.objects.select_for_update(of=("self",)).select_related("unit", "place__unit").get(pk=sheet.pk)
    )


def _open_appeal(appeal: Appeal) -> Appeal:
    row = Appeal.objects.select_for_update(of=("self",)).select_related("unit", "scorer", "round__town").get(pk=appeal.pk)  # fmt: skip
    if row.state != states.OPEN:
        told = f"，理由：{row.decision}" if row.decision else ""
        raise Conflict("appeal_decided", f"这件申诉{row.get_state_display()}{told}，不用再办。")
    return row


def _must_be_own(by: Person, sheet: Sheet) -> None:
    if refused := rules.own_sheet_refusal(by, sheet):
        raise NotAllowed("appraisal_not_allowed", refused)


def _must_be_in_time(where: Round, at: datetime) -> None:
    if where.appeals_until is not None and at > where.appeals_until:
        raise DomainError(
            "appeal_late",
            f"申诉期到 {clock.show_time(where.appeals_until)} 为止，已经过了；公布后发现有误，请向镇创城办提出更正。",
        )


def _line(sheet: Sheet, which: int | str) -> dict[str, Any]:
    lines = dict(enumerate(sheet.lines)) | sheet.keyed_lines
    if which not in lines:
        raise DomainError("line_unknown", "成绩单已经变动，请刷新页面后再选要申诉的那一行。")
    if not lines[which]["events"]:
        raise DomainError(
            "line_without_events", "这一行是按规则算出来的，没有单独的事件；请对它上面的具体扣分行申诉。"
        )
    return lines[which]


def _post(row: Appeal, codes: Sequence[str], at: datetime) -> None:
    """申诉 and 改判 on their days, charged to the unit that appealed (a post: to the town), party: who scored."""
    charged: Unit = row.unit or row.round.town
    line = [
        Line(account=code, unit=charged, quantity=1, occurred_on=clock.local_date(at), party=row.scorer)
        for code in codes
    ]
    posting.post(town=row.round.town, lines=line, voucher=Voucher(deed.APPEAL, row.uuid), at=at)
