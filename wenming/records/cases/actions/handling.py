"""Dispatch to rectification: dispatch, sign, return, assign, hand in, extension, suspension."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from wenming.common import clock, money
from wenming.common.errors import Conflict, DomainError
from wenming.ground.audit import queries as history
from wenming.ground.calendar.arithmetic import Term
from wenming.ground.evidence import actions as evidence
from wenming.ground.evidence.models import Photo
from wenming.ground.notices import actions as notices
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.standards import queries as standards
from wenming.ground.units import states as kinds
from wenming.ground.units.models import Unit
from wenming.ledger import accounts
from wenming.records.cases import booking, deed, states, timing
from wenming.records.cases.actions.reporting import check_quantities
from wenming.records.cases.models import Case


def dispatch(
    *,
    case: Case,
    by: Person,
    at: datetime,
    lead: Unit,
    assist: Sequence[Unit] = (),
    term: Term | None = None,
    path: str = "",
    note: str = "",
) -> Case:
    """派遣 to a lead unit with assisting units. `term` overrides the category's (创城督办可整体覆盖).

    A matter that needs enforcement power is never led by a community (handbook D10).
    """
    with deed.on(case, "dispatch", by=by) as case:
        kind = standards.category(case.category, clock.local_date(at))
        _check_lead(case, lead, can_community_lead=kind.can_community_lead)
        case.lead_unit, case.dispatched_at, case.signed_at, case.handler = lead, at, None, None
        case.self_found = (
            case.source in states.OWN_EYES and case.found_by is not None and lead.contains(case.found_by)
        )
        case.extended, case.pending = False, None
        if path:
            deed.choice(path, states.LATER_PATHS, "path", "请选择社区整或集中整；随手整只在当场整改时记录。")
            case.path = path
        if assist:
            case.assist_units.set(assist)
        chosen = term or kind.deadline
        helpers = "，协办：" + "、".join(unit.label for unit in assist) if assist else ""
        data = {
            "lead": str(lead.pk),
            "lead_name": lead.name,
            "term": timing.term_data(chosen),
            "sign_term": timing.term_data(kind.sign),
        }
        lines = [booking.led(case, accounts.CASE_DISPATCHED, at), booking.led(case, accounts.CASE_OPEN, at)]
        deed.done(
            case,
            "dispatch",
            by=by,
            at=at,
            sentence=f"派遣给{lead.label}{helpers}，时限{chosen.text}{deed.aside(note)}",
            data=data,
            lines=lines,
        )
        _tell_lead(case, "dispatch", f"新派单 {case.number}：{case.where}，{case.category_name}", at)
    return case


def sign(*, case: Case, by: Person, at: datetime) -> Case:
    """签收 for the unit."""
    with deed.on(case, "sign", by=by) as case:
        case.signed_at = at
        deed.done(case, "sign", by=by, at=at, sentence="签收")
    return case


def assign(*, case: Case, by: Person, at: datetime, to: Person) -> Case:
    """交办 to one of the unit's own people; signs for the case if nobody has."""
    with deed.on(case, "assign", by=by) as case:
        lead = case.lead_unit
        if lead is None or not any(
            lead.contains(post.unit) and P.CASE_HANDLE in post.permissions for post in to.posts_now()
        ):
            raise DomainError("assign_outside", f"{to.name} 不是本单位的处置人员，请另选。", field="to")
        case.signed_at = case.signed_at or at
        case.handler = to
        deed.done(case, "assign", by=by, at=at, sentence=f"交给{to.name}办理", data={"handler": to.pk})
        deed.tell(
            case, [to.pk], "assign", f"{case.number} 交给您办理：{case.where}，{case.category_name}", at
        )
    return case


def return_(*, case: Case, by: Person, at: datetime, reason: str, ground: str) -> Case:
    """退单 as not ours, with a ground; the office arbitrates within 4 working hours. The clock stops."""
    label = deed.choice(reason, states.RETURN_GROUNDS, "reason", "请选择退单理由。")
    ground = deed.require(ground, "ground", "退单要写明依据，例如职责文件或辖区界线。")
    with deed.on(case, "return", by=by) as case:
        lines = [booking.led(case, accounts.CASE_RETURNED, at)]
        deed.done(
            case,
            "return",
            by=by,
            at=at,
            sentence=f"退单：{label}（{ground}）",
            data={"reason": reason, "ground": ground},
            lines=lines,
        )
        office = notices.holders(case.town, P.CASE_ARBITRATE, at, above=True)
        deed.tell(case, office, "return", f"{case.number} 被{case.lead_unit}退单，请裁定：{label}", at)
    return case


def uphold_return(*, case: Case, by: Person, at: datetime, ground: str = "") -> Case:
    """同意退单: back to the office for another dispatch."""
    with deed.on(case, "uphold_return", by=by) as case:
        lines = [booking.led(case, accounts.CASE_OPEN, at, -1)]
        left = case.lead_unit
        case.lead_unit = case.handler = None
        # A case that waits for dispatch has no helpers, so that the dispatch need not look for them.
        case.assist_units.clear()
        case.dispatched_at = case.signed_at = None
        deed.done(
            case,
            "uphold_return",
            by=by,
            at=at,
            sentence=f"同意{left}退单{deed.aside(ground)}",
            data={"left": str(left.pk if left else "")},
            lines=lines,
        )
    return case


def overrule_return(*, case: Case, by: Person, at: datetime, ground: str) -> Case:
    """维持派遣, with a ground: the unit has to handle it, the clock goes on."""
    ground = deed.require(ground, "ground", "维持派遣要写明理由。")
    with deed.on(case, "overrule_return", by=by) as case:
        case.signed_at = case.signed_at or at
        deed.done(
            case, "overrule_return", by=by, at=at, sentence=f"维持派遣：{ground}", data={"ground": ground}
        )
        _tell_lead(case, "overrule_return", f"{case.number} 退单未获同意，请继续办理：{ground}", at)
    return case


def hand_in(
    *,
    case: Case,
    by: Person,
    at: datetime,
    photos: Sequence[Photo] = (),
    measures: str = "",
    quantities: dict[str, Any] | None = None,
    no_photo: str = "",
) -> Case:
    """处置反馈 with an after-photo and quantities. Without a photo, say why: the verifier then goes there (D3)."""
    if not photos and not no_photo.strip():
        raise DomainError(
            "photo_after_missing",
            "请上传一张整改后的照片；确实拍不了的，请写明原因，由核查人到场确认。",
            field="photos",
        )
    clean = check_quantities(quantities or {})
    with deed.on(case, "hand_in", by=by) as case:
        case.signed_at = case.signed_at or at
        case.handed_in_at, case.handler = at, by  # whether that is 按期, the history says (`deed.project`)
        case.measures, case.quantities, case.pending = measures.strip()[:300], clean, None
        if photos:
            evidence.attach(
                photos=photos, subject_kind="case", subject_uuid=case.uuid, role="after", by=by, at=at
            )
        told = f"处置反馈{deed.aside(measures)}" + (f"，未拍照：{no_photo.strip()}" if not photos else "")
        deed.done(
            case,
            "hand_in",
            by=by,
            at=at,
            sentence=told,
            data={"photos": len(photos), "no_photo": no_photo.strip(), "quantities": clean},
        )
    return case


def ask_extension(*, case: Case, by: Person, at: datetime, term: Term, ground: str) -> Case:
    """申请延期, once, before the deadline (handbook §3.2: 延期一次为限)."""
    ground = deed.require(ground, "ground", "申请延期要写明原因。")
    with deed.on(case, "ask_extension", by=by) as case:
        if case.extended:
            raise Conflict("extended_already", "已经延期过一次，不能再延；确实办不了的可以申请挂账。")
        due = deed.due(case)
        if due is not None and at > due:
            raise Conflict("extension_late", "已经超过期限，不能再申请延期，请尽快整改或申请挂账。")
        _no_pending(case)
        case.pending = {
            "kind": "extension",
            "term": timing.term_data(term),
            "label": term.text,
            "ground": ground,
            "at": at.isoformat(),
        }
        deed.done(
            case,
            "ask_extension",
            by=by,
            at=at,
            sentence=f"申请延期{term.text}：{ground}",
            data={"asked": timing.term_data(term)},
        )
    return case


def grant_extension(*, case: Case, by: Person, at: datetime) -> Case:
    """批准延期: counted on from the end of the term."""
    with deed.on(case, "grant_extension", by=by) as case:
        pending = _pending(case, "extension")
        # The new deadline is booked together with 延期, even when it falls on the same day.
        booking.undue(case, at)
        case.extended, case.pending = True, None
        deed.done(
            case,
            "grant_extension",
            by=by,
            at=at,
            sentence=f"批准延期{pending['label']}",
            data={"term": pending["term"]},
        )
        _tell_lead(case, "grant_extension", f"{case.number} 已批准延期{pending['label']}", at)
    return case


def deny_extension(*, case: Case, by: Person, at: datetime, ground: str) -> Case:
    ground = deed.require(ground, "ground", "不予延期要写明理由。")
    with deed.on(case, "deny_extension", by=by) as case:
        _pending(case, "extension")
        case.pending = None
        deed.done(case, "deny_extension", by=by, at=at, sentence=f"不予延期：{ground}")
        _tell_lead(case, "deny_extension", f"{case.number} 未批准延期：{ground}", at)
    return case


def ask_suspension(
    *,
    case: Case,
    by: Person,
    at: datetime,
    reason: str,
    ground: str,
    takes_over: str,
    until: date,
    needs_yuan: Any = None,
) -> Case:
    """申请挂账: reason, who above is asked to solve it, expected date, and the money wanted where it is money.

    An honest state (handbook D9). The leaders' board says how much is wanted of whom.
    """
    label = deed.choice(reason, states.SUSPENSIONS, "reason", "请选择挂账原因。")
    ground = deed.require(ground, "ground", "申请挂账要写明情况。")
    takes_over = deed.require(takes_over, "takes_over", "挂账要写明由谁接手（上级单位或责任人）。")
    wanted = money.amount(needs_yuan, field="needs_yuan")
    if until <= clock.local_date(at):
        raise DomainError("suspend_until", "预计完成日期要在今天之后。", field="until")
    with deed.on(case, "ask_suspension", by=by) as case:
        _no_pending(case)
        case.pending = {
            "kind": "suspension", "reason": reason, "label": label, "ground": ground, "takes_over": takes_over,
            "until": until.isoformat(), "at": at.isoformat(), "needs_yuan": str(wanted) if wanted else "",
        }  # fmt: skip
        costs = f"需 {money.shown(wanted)}，" if wanted else ""
        deed.done(
            case,
            "ask_suspension",
            by=by,
            at=at,
            sentence=f"申请挂账：{label}，{ground}，{costs}由{takes_over}接手，预计 {until}",
            data={"reason": reason},
        )
    return case


def grant_suspension(*, case: Case, by: Person, at: datetime) -> Case:
    """批准挂账: the clock stops, nothing is due."""
    with deed.on(case, "grant_suspension", by=by) as case:
        pending = _pending(case, "suspension")
        case.pending, case.suspended_until = None, date.fromisoformat(pending["until"])
        case.suspended_to = pending["takes_over"][:60]
        # A request made before amounts were asked for has none.
        case.needs_yuan = money.amount(pending.get("needs_yuan"), field="needs_yuan")
        costs = f"，需 {money.shown(case.needs_yuan)}" if case.needs_yuan else ""
        lines = [
            booking.led(case, accounts.CASE_SUSPENDED, at),
            booking.led(case, accounts.CASE_OPEN, at, -1),
        ]
        deed.done(case, "grant_suspension", by=by, at=at, lines=lines, data=pending,
                  sentence=f"批准挂账：{pending['label']}{costs}，由{pending['takes_over']}接手，预计 {pending['until']}")  # fmt: skip
        _tell_lead(case, "grant_suspension", f"{case.number} 已批准挂账，停止计时", at)
    return case


def deny_suspension(*, case: Case, by: Person, at: datetime, ground: str) -> Case:
    ground = deed.require(ground, "ground", "不予挂账要写明理由。")
    with deed.on(case, "deny_suspension", by=by) as case:
        _pending(case, "suspension")
        case.pending = None
        deed.done(case, "deny_suspension", by=by, at=at, sentence=f"不予挂账：{ground}")
        _tell_lead(case, "deny_suspension", f"{case.number} 未批准挂账：{ground}", at)
    return case


def resume(*, case: Case, by: Person, at: datetime, note: str = "") -> Case:
    """恢复办理: the obstacle is gone, the clock runs on."""
    with deed.on(case, "resume", by=by) as case:
        case.suspended_until, case.suspended_to, case.needs_yuan = None, "", None
        lines = [
            booking.led(case, accounts.CASE_SUSPENDED, at, -1),
            booking.led(case, accounts.CASE_OPEN, at),
        ]
        deed.done(case, "resume", by=by, at=at, sentence=f"恢复办理{deed.aside(note)}", lines=lines)
        _tell_lead(case, "resume", f"{case.number} 恢复办理，请按期整改", at)
    return case


def remind(*, case: Case, by: Person, at: datetime) -> Case:
    """催办, at most twice a day (peers 52)."""
    with deed.on(case, "remind", by=by) as case:
        today = clock.local_date(at)
        done = [
            row
            for row in history.of(case.uuid).filter(deed="case.remind")
            if clock.local_date(row.at) == today
        ]
        if len(done) >= 2:
            raise Conflict("remind_enough", "今天已经催办两次，请电话联系或改用督办单。")
        deed.done(case, "remind", by=by, at=at, sentence=f"催办第 {len(done) + 1} 次")
        _tell_lead(case, "remind", f"催办：{case.number} {case.where}，{case.category_name}", at)
    return case


def _check_lead(case: Case, lead: Unit, *, can_community_lead: bool) -> None:
    if lead.valid_to is not None:
        raise DomainError("lead_dissolved", f"「{lead.name}」已停用，请另选责任单位。", field="lead")
    if lead.kind in (kinds.RESIDENTIAL | {kinds.GRID}) and not can_community_lead:
        raise DomainError(
            "lead_no_power",
            f"「{case.category_name}」需要执法权限，社区（村）不能作主办，请派给有执法权的部门，社区可作协办。",
            field="lead",
        )
    elsewhere = lead.kind == kinds.TOWN and lead.pk != case.town_id
    if elsewhere or (lead.town_id != case.town_id and lead.parent_id != case.town.parent_id):
        raise DomainError("lead_elsewhere", f"「{lead.name}」不在本镇（县），请另选责任单位。", field="lead")


def _pending(case: Case, kind: str) -> dict[str, Any]:
    if not case.pending or case.pending["kind"] != kind:
        word = "延期" if kind == "extension" else "挂账"
        raise Conflict("nothing_pending", f"这个问题没有待批的{word}申请，可能已经批过，请看最新情况。")
    return dict(case.pending)


def _no_pending(case: Case) -> None:
    if case.pending:
        raise Conflict("pending_already", "已有一项申请等待审批，请等创城办批复后再提。")


def _tell_lead(case: Case, kind: str, sentence: str, at: datetime) -> None:
    assert case.lead_unit is not None  # noqa: S101 -- only called in led states
    to = [case.handler_id] if case.handler_id else notices.holders(case.lead_unit, P.CASE_HANDLE, at)
    deed.tell(case, to, kind, sentence, at)
