"""Computing a round from the ledger, and again as long as nobody has been told of it."""

from datetime import datetime

from django.db import IntegrityError, transaction

from wenming.common import clock
from wenming.common.errors import Conflict, DomainError, NotAllowed
from wenming.ground.notices import actions as notices
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.places.models import Place
from wenming.ground.units.models import Unit
from wenming.ledger.periods import Period
from wenming.outcomes.appraisals import arithmetic, deed, rules, states
from wenming.outcomes.appraisals.models import Round, RuleBook, Sheet, Uncomputed

MOST_REASON = 110


def compute(*, town: Unit, code: str, period: Period, by: Person | None, at: datetime) -> Round:
    """计算: a new round of the book `code` for `period`, or the open one computed again. `by` None: nightly.

    Raises NotAllowed; DomainError `book_missing` (no version in force then), `period_not_begun`; Conflict
    `round_told` when the period is shown or published already (correct it instead); BadInput.
    """
    if by is not None and not by.may(P.SCORE_MANAGE, town):
        raise NotAllowed("appraisal_not_allowed", rules.NOT_YOURS)
    book = RuleBook.objects.in_force(town, code, period)
    if book is None:
        raise DomainError(
            "book_missing",
            f"{period.label}没有施行中的规则书「{code}」，请先采用一版（施行日期不晚于 {clock.show_date(period.start)}）。",
        )
    if clock.local_date(at) < period.start:
        raise DomainError("period_not_begun", f"{period.label}还没有开始，不能计算。")
    there = Round.objects.filter(
        town=town, code=code, period_kind=period.kind, period_start=period.start
    ).live()
    told = there.exclude(state=states.COMPUTED).first()
    if told is not None:
        raise Conflict(
            "round_told", f"{period.label}{told.state_label}，不能重新计算；已公布的请用「更正」。"
        )
    found = there.first()
    if found is not None:
        return recompute(where=found, by=by, at=at)
    with transaction.atomic():
        where = Round(
            town=town, book=book, code=code, period_kind=period.kind, period_start=period.start,
            period_end=period.end, as_of=at, computed_by=by, computed_at=at,
        )  # fmt: skip
        _open(where)
        store(where)
        deed.done(where, "compute", by=by, at=at, sentence=f"计算{where}")
        _no_longer_uncomputed(where)
    return where


def recompute(*, where: Round, by: Person | None, at: datetime) -> Round:
    """重新计算 with the books as they stand now; only before the round is shown."""
    with deed.on(where, "recompute", by=by) as where:
        book = RuleBook.objects.in_force(where.town, where.code, where.period)
        if book is not None and where.corrects is None:
            where.book = book
        read_anew(where, at)
        where.computed_by = by
        changed = store(where)
        _no_longer_uncomputed(where)
        if by is None:
            # The nightly look at the books is nobody's deed.
            where.save()
        else:
            deed.done(where, "recompute", by=by, at=at, sentence=f"重新计算{where}", changed=changed)
    return where


def could_not(*, book: RuleBook, period: Period, reason: str, at: datetime) -> None:
    """The night could not compute `period` by `book`: kept with its reason, and the office is told, once.

    It is shown on the page of the appraisals until the period has been computed.
    """
    with transaction.atomic():
        row, new = Uncomputed.objects.select_for_update().get_or_create(
            book=book, period_start=period.start,
            defaults={"code": book.code, "period_kind": period.kind, "period_end": period.end, "reason": reason,
                      "first_at": at, "last_at": at},
        )  # fmt: skip
        if new:
            sentence = f"{row}昨夜没有算出来：{_short(reason)}请到「考核」页看原因，改好后点「计算一期」。"
            notices.post(
                to=deed.office(book.town, P.SCORE_MANAGE, at), kind=notices.APPRAISAL, sentence=sentence, at=at,
                subject=(deed.BOOK, book.uuid),
            )  # fmt: skip
        else:
            Uncomputed.objects.filter(pk=row.pk).update(reason=reason, last_at=at)


def _short(reason: str) -> str:
    """The first of the reasons, short enough for a line in an in-box."""
    first = reason.splitlines()[0].rstrip("。") if reason else "原因不明"
    return (first if len(first) <= MOST_REASON else f"{first[:MOST_REASON]}……") + "。"


def _no_longer_uncomputed(where: Round) -> None:
    Uncomputed.objects.filter(
        book__town=where.town, code=where.code, period_kind=where.period_kind, period_start=where.period_start
    ).delete()


def leave_out(*, where: Round, subject: str, ground: str, by: Person, at: datetime) -> Round:
    """本期不考核: shown, not ranked, never zero. An empty ground takes the unit in again."""
    ground = ground.strip()[:200]
    with deed.on(where, "leave_out", by=by) as where:
        row = where.sheets.filter(subject=subject).first()
        if row is None:
            raise DomainError("subject_unknown", "这一期没有这个单位，请刷新页面再选。", field="subject")
        left_out = {key: value for key, value in where.left_out.items() if key != subject}
        where.left_out = left_out | ({subject: ground} if ground else {})
        read_anew(where, at)
        store(where)
        words = f"{row.name}本期不考核：{ground}" if ground else f"{row.name}恢复考核"
        deed.done(where, "leave_out", by=by, at=at, sentence=words)
    return where


def drop(*, where: Round, by: Person, at: datetime) -> Round:
    """作废 a round that nobody has been told of."""
    with deed.on(where, "drop", by=by) as where:
        deed.done(where, "drop", by=by, at=at, sentence=f"作废{where}")
    return where


def read_anew(where: Round, at: datetime) -> None:
    """From now on the books, the units and the terms count as they stand at `at`."""
    where.as_of = where.computed_at = at
    where.roster = {}


def store(where: Round) -> int:
    """Write the sheets that the engine gives now; returns how many differ from those that were there. The round gets
    its roster, which the deed saves with it.

    A sheet keeps its uuid over all computations of its round, so that addresses of lines stay good.
    """
    answer, kept = arithmetic.taken(where)
    where.roster = kept.data()
    before = {row.subject: row for row in where.sheets.all()}
    units = {unit.code: unit for unit in Unit.objects.filter(code__in=[each.unit for each in answer])}
    places = {
        place.number: place for place in Place.objects.filter(number__in=[each.unit for each in answer])
    }
    changed = 0
    rows = []
    for each in answer:
        row = before.pop(each.unit, None) or Sheet(round=where, subject=each.unit)
        data = each.data()
        digest = arithmetic.digest(data)
        if row.digest != digest:
            changed += 1
            row.agreed_by = row.agreed_at = None
        row.name, row.group, row.data, row.digest = each.name, each.group, data, digest
        row.total, row.rank = each.total, each.place
        row.unit, row.place = units.get(each.unit), None if each.unit in units else places.get(each.unit)
        rows.append(row)
    changed += len(before)
    Sheet.objects.filter(pk__in=[row.pk for row in before.values()]).delete()
    new = [row for row in rows if row.pk is None]
    Sheet.objects.bulk_create(new)
    Sheet.objects.bulk_update(
        [row for row in rows if row not in new],
        ["name", "group", "data", "digest", "total", "rank", "unit", "place", "agreed_by", "agreed_at"],
    )
    return changed


def _open(where: Round) -> None:
    try:
        with transaction.atomic():
            where.save()
    except IntegrityError as error:
        raise Conflict("round_there", "另一位同志刚刚计算了这一期，请刷新后再看。") from error


def open_questions(where: Round) -> list[str]:
    """Sentences of what the engine could not decide; nothing may be published over them."""
    return [
        f"{row.name}：{question['where']}——{question['question']}"
        for row in where.sheets.all()
        for question in row.data["undecided"]
    ]
