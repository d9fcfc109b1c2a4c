"""督办单: drafted where the rule says so, issued by a person, signed for, answered, checked."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q

from wenming.common import clock
from wenming.common.errors import Conflict, NotAllowed
from wenming.ground.audit import actions as audit
from wenming.ground.audit import queries as history
from wenming.ground.evidence import actions as evidence
from wenming.ground.evidence.models import Photo
from wenming.ground.notices import actions as notices
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.places.queries import distance_m
from wenming.ground.units import numbers
from wenming.ledger import accounts, posting
from wenming.ledger.posting import Line, Voucher
from wenming.records.cases import deed, rules, sameness, settings, states
from wenming.records.cases.models import Case, Order, stale

SUBJECT = "order"
_WORDS = dict(states.ORDER_REASONS)


def as_find(case: Case) -> sameness.Find:
    """The case as the judgement of sameness sees it."""
    visit = (
        str(case.inspection)
        if case.inspection
        else f"{clock.local_date(case.reported_at)}-{case.source}-{case.found_by_id}"
    )
    return sameness.Find(
        category=case.category, source=case.source, found_at=case.reported_at, inspection=visit,
        place=str(case.place_id or ""), position=(case.lat, case.lng) if case.lat is not None and case.lng is not None else None,
        accuracy_m=case.accuracy_m or 0, state=case.state, close_reason=case.close_reason, closed_at=case.closed_at,
        due_at=deed.due(case) if case.state in states.RUNNING else None,
    )  # fmt: skip


def earlier_same(case: Case) -> tuple[Case, sameness.Verdict] | None:
    """The newest earlier case that `case` repeats in the sense of 两次即督办, with the reason."""
    if case.source not in states.INSPECTIONS:
        return None
    rule = settings.current(clock.local_date(case.reported_at)).twice
    near = Q(place_id=case.place_id) if case.place_id else Q(pk__in=[])
    if case.lat is not None and case.lng is not None:
        # A box generous enough for radius and accuracy; the judgement measures exactly.
        reach = (rule.radius_m + 200) / 80_000
        near |= Q(
            lat__range=(case.lat - reach, case.lat + reach), lng__range=(case.lng - reach, case.lng + reach)
        )
    since = case.reported_at - timedelta(days=rule.window_days * 2)
    found = (
        Case.objects.filter(
            near,
            town_id=case.town_id,
            category=case.category,
            reported_at__gte=since,
            reported_at__lt=case.reported_at,
        )
        .exclude(pk=case.pk)
        .filter(covert=False)
        .order_by("-reported_at")[:50]
    )
    second = as_find(case)
    for first in found:
        verdict = sameness.judge(as_find(first), second, rule)
        if verdict.same:
            return first, verdict
    return None


def draft_if_twice(*, case: Case, at: datetime, instead_of: Case | None = None) -> Order | None:
    """Called when a case is registered: the second find of the same problem drafts an order.

    A part of a split case (`instead_of`) drafts none where the whole already has.
    """
    pair = earlier_same(case)
    if pair is None:
        return None
    if instead_of is not None and Order.objects.filter(case=instead_of, earlier=pair[0]).exists():
        return None
    return draft(case=case, reason="twice", at=at, by=None, earlier=pair[0], why=pair[1].reason)


def draft(
    *,
    case: Case,
    reason: str,
    at: datetime,
    by: Person | None,
    earlier: Case | None = None,
    why: str = "",
    matter: str = "",
    demands: str = "",
) -> Order:
    """Draft an order about a case. The same reason for the same case is drafted once (the draft is returned)."""
    with transaction.atomic():
        case = deed.locked(case)
        known = (
            Order.objects.filter(case=case, reason=reason, earlier=earlier)
            .exclude(state=states.DROPPED)
            .first()
        )
        if known is not None:
            return known
        step = states.STEPS["supervise"]
        if case.state not in step.from_states:
            raise stale(case, step.name, history.of(case.uuid).last())
        if by is not None:
            refused = rules.refusal(by, step, case)
            if refused:
                raise NotAllowed("case_not_allowed", refused)
        unit = (earlier.lead_unit if earlier and earlier.lead_unit else None) or case.lead_unit or case.unit
        order = Order(
            town=case.town, unit=unit, case=case, earlier=earlier, reason=reason, drafted_at=at,
            matter=(matter or f"{case.where}{case.category_name}问题")[:120],
            facts=_facts(case, reason, earlier, why), demands=demands or _demands(case),
        )  # fmt: skip
        order.save(force_insert=True)
        _history(order, "draft", by=by, at=at, sentence=f"拟督办单：{order.matter}（{_WORDS[reason]}）")
        office = notices.holders(case.town, P.CASE_SUPERVISE, at, above=True)
        notices.post(
            to=office,
            kind="order.draft",
            sentence=f"待签发督办单：{order.matter}（{_WORDS[reason]}）",
            at=at,
            subject=(SUBJECT, order.uuid),
        )
    return order


def edit(
    *, order: Order, by: Person, at: datetime, matter: str, facts: str, demands: str, due_date: date | None
) -> Order:
    """Put the draft into words before it is issued."""
    with transaction.atomic():
        order = _locked(order.pk)
        if order.state != states.DRAFT:
            raise Conflict("order_state", f"{order} 已经{order.get_state_display()}，不能再修改。")
        if not by.may(P.CASE_SUPERVISE, order.town):
            raise NotAllowed("order_not_allowed", rules.NOT_YOURS)
        order.matter = deed.require(matter, "matter", "请填督办事项。")[:120]
        order.facts = deed.require(facts, "facts", "请写明事实与依据。")
        order.demands = deed.require(demands, "demands", "请写明整改要求。")
        order.due_date = due_date
        order.save(update_fields=["matter", "facts", "demands", "due_date"])
        _history(order, "edit", by=by, at=at, sentence=f"修改督办单稿：{order.matter}")
    return order


def issue(*, order: Order, by: Person, at: datetime) -> Order:
    """签发: only now it gets its number, so that the register has no holes and no doubles."""
    with _on(order, "issue", by=by) as order:
        year = clock.local(at).year
        order.year, order.serial = year, numbers.take(unit=order.town, kind="order", year=year)
        order.issued_at, order.issued_by = at, by
        if order.due_date is None:
            order.due_date = clock.local_date(at) + timedelta(
                days=settings.current(clock.local_date(at)).answer_days
            )
        lines = [_line(order, accounts.ORDER_ISSUED, at)]
        _done(
            order,
            "issue",
            by=by,
            at=at,
            sentence=f"签发督办单 {order.number} 给{order.unit.label}",
            lines=lines,
        )
        notices.post(to=notices.holders(order.unit, P.CASE_HANDLE, at), kind="order.issue", at=at,
                     sentence=f"收到督办单 {order.number}：{order.matter}，请签收", subject=(SUBJECT, order.uuid))  # fmt: skip
    return order


def drop(*, order: Order, by: Person, at: datetime, ground: str) -> Order:
    """Decide not to issue, with a ground."""
    ground = deed.require(ground, "ground", "不下发要写明理由。")
    with _on(order, "drop", by=by) as order:
        order.opinion = ground
        _done(order, "drop", by=by, at=at, sentence=f"决定不下发督办单：{ground}")
    return order


def sign(*, order: Order, by: Person, at: datetime) -> Order:
    """签收 by the unit concerned."""
    with _on(order, "sign", by=by) as order:
        order.signed_at, order.signed_by = at, by
        _done(order, "sign", by=by, at=at, sentence=f"{order.unit.label}签收督办单 {order.number}")
    return order


def answer(*, order: Order, by: Person, at: datetime, text: str, photos: Sequence[Photo] = ()) -> Order:
    """书面答复 of the unit, with photos."""
    text = deed.require(text, "text", "请写明办理情况。")
    with _on(order, "answer", by=by) as order:
        order.answer, order.answered_at = text, at
        if photos:
            evidence.attach(
                photos=photos, subject_kind=SUBJECT, subject_uuid=order.uuid, role="after", by=by, at=at
            )
        _done(
            order,
            "answer",
            by=by,
            at=at,
            sentence=f"{order.unit.label}答复督办单 {order.number}：{text[:60]}",
        )
        notices.post(to=notices.holders(order.town, P.CASE_SUPERVISE, at, above=True), kind="order.answer", at=at,
                     sentence=f"督办单 {order.number} 已答复，请核查", subject=(SUBJECT, order.uuid))  # fmt: skip
    return order


def check(*, order: Order, by: Person, at: datetime, opinion: str) -> Order:
    """核查销号 with an opinion. Not by somebody who answered it."""
    opinion = deed.require(opinion, "opinion", "请写核查意见。")
    with _on(order, "check", by=by) as order:
        order.opinion, order.checked_at = opinion, at
        _done(
            order,
            "check",
            by=by,
            at=at,
            sentence=f"督办单 {order.number} 核查销号：{opinion[:60]}",
            lines=[_line(order, accounts.ORDER_CLOSED, at)],
        )
    return order


def send_back(*, order: Order, by: Person, at: datetime, opinion: str) -> Order:
    """退回重办 with an opinion."""
    opinion = deed.require(opinion, "opinion", "请写明哪里没有办到位。")
    with _on(order, "send_back", by=by) as order:
        order.opinion, order.answered_at = opinion, None
        _done(order, "send_back", by=by, at=at, sentence=f"督办单 {order.number} 退回重办：{opinion[:60]}")
        notices.post(to=notices.holders(order.unit, P.CASE_HANDLE, at), kind="order.send_back", at=at,
                     sentence=f"督办单 {order.number} 退回重办：{opinion[:60]}", subject=(SUBJECT, order.uuid))  # fmt: skip
    return order


def _locked(pk: int) -> Order:
    return (
        Order.objects.select_for_update(of=("self",), no_key=True)
        .select_related("town", "unit", "case", "earlier")
        .get(pk=pk)
    )


@contextmanager
def _on(order: Order, code: str, *, by: Person) -> Iterator[Order]:
    step = states.ORDER_STEPS[code]
    with transaction.atomic():
        fresh = _locked(order.pk)
        if fresh.state not in step.from_states:
            last = history.of(fresh.uuid).last()
            told = f"{last.by_name}已办理：{last.sentence}。" if last else ""
            raise Conflict(
                "order_state", f"{told}督办单现在是「{fresh.get_state_display()}」，不能再「{step.name}」。"
            )
        refused = rules.order_refusal(by, step, fresh)
        if refused:
            raise NotAllowed("order_not_allowed", refused)
        if code == "check" and history.of(fresh.uuid).filter(deed="order.answer").latest("id").by_id == by.pk:
            raise NotAllowed("order_not_allowed", "答复的人不能核查自己的答复，请由另一位同志核查。")
        yield fresh


def _done(
    order: Order, code: str, *, by: Person, at: datetime, sentence: str, lines: Sequence[Line] = ()
) -> None:
    order.state = states.ORDER_STEPS[code].to_state or order.state
    order.save()
    _history(order, code, by=by, at=at, sentence=sentence)
    posting.post(town=order.town, lines=list(lines), voucher=Voucher(SUBJECT, order.uuid), at=at)


def _history(order: Order, code: str, *, by: Person | None, at: datetime, sentence: str) -> None:
    audit.record(
        deed=f"order.{code}", subject=(SUBJECT, order.uuid), at=at, by=by, post=by.title(order.town) if by else "",
        sentence=sentence, data={"to": order.state}, chain=order.town.chain,
    )  # fmt: skip


def _line(order: Order, account: str, at: datetime) -> Line:
    return Line(
        account=account, unit=order.unit, quantity=1, occurred_on=clock.local_date(at), place_id=order.case.place_id,
        category=order.case.category, source=order.case.source,
    )  # fmt: skip


def _facts(case: Case, reason: str, earlier: Case | None, why: str) -> str:
    told = f"{clock.show_full(case.reported_at)}，{dict(states.SOURCES)[case.source]}发现{case.where}{case.description}（{case.number}）。"
    if earlier is not None:
        apart = ""
        if case.position and earlier.position and case.place_id != earlier.place_id:
            apart = f"，两处相距约 {distance_m(case.position, earlier.position):.0f} 米"
        told = (
            f"{clock.show_full(earlier.reported_at)}督查发现{earlier.where}{earlier.description}（{earlier.number}）。"
            + told
            + f"{why}{apart}。"
        )
    elif reason == "rework":
        told += f"已返工 {case.rework_count} 次仍未整改到位。"
    elif reason == "overdue" and (due := deed.due(case)):
        told += f"整改期限为{clock.show_full(due)}，至今未完成整改。"
    return told


def _demands(case: Case) -> str:
    return f"请立即整改{case.where}{case.category_name}问题，查明反复的原因，落实长效管护措施，举一反三排查同类问题，并在期限内书面答复，附整改前后照片。"
