"""Rule books of a town: written, adopted from a day on, never changed afterwards (handbook D16)."""

from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction

from wenming.common import clock
from wenming.common.errors import Conflict, DomainError, NotAllowed
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.units.models import Unit
from wenming.outcomes.appraisals import deed, rules, states
from wenming.outcomes.appraisals.models import Round, RuleBook, Term
from wenming.outcomes.scoring import reading
from wenming.outcomes.scoring.book import Book

_LONGEST = 20


def write_book(
    *, town: Unit, text: str, by: Person | None, at: datetime, draft: RuleBook | None = None, seen: str = ""
) -> RuleBook:
    """Keep a draft, sound or not: nothing typed is lost. The head (id, version …) must be readable.

    `by` None here and in `adopt`: the operator at the machine's own command line. `seen`: digest of the draft that
    was opened; another one kept meanwhile is not written over.

    Raises NotAllowed; Conflict (adopted or changed meanwhile, version taken); BadInput or PackError when even the head
    cannot be read.
    """
    _must(by, P.SCORE_MANAGE, town)
    head = reading.head(text, label="规则书")
    with transaction.atomic():
        if draft is None:
            row = RuleBook(town=town, written_by=by, written_at=at)
        else:
            row = RuleBook.objects.select_for_update().get(pk=draft.pk)
            if row.state != states.WRITING:
                raise Conflict(
                    "book_adopted",
                    "这一版已经采用，不能再改；请换一个版本号另存为新版本（规则改动不溯及既往）。",
                )
            if seen and seen != row.digest:
                raise Conflict(
                    "book_changed",
                    "这份草稿刚被另一位同志改过。您的文字还在下面；请先看现在的草稿，确定要用您的，再存一次。",
                )
        row.code, row.version, row.title, row.in_force = head.id, head.version, head.title, head.in_force
        row.text, row.digest = text, head.digest
        row.rated, row.period = head.rated, head.period
        _save(row)
        deed.record(town, "rule_book.write", (deed.BOOK, row), by=by, at=at, sentence=f"起草规则书《{row}》", data={"digest": row.digest})  # fmt: skip
    return row


def adopt(*, draft: RuleBook, by: Person | None, at: datetime) -> RuleBook:
    """采用: from its day of force on the book scores. Raises BadInput with every fault, DomainError where it would
    reach back behind a period that is already published (handbook D16: 不溯及既往)."""
    _must(by, P.SCORE_MANAGE, draft.town)
    with transaction.atomic():
        row = RuleBook.objects.select_for_update(of=("self",)).select_related("town").get(pk=draft.pk)
        if row.state != states.WRITING:
            raise Conflict("book_adopted", f"《{row}》已经采用过了，不用再采用。")
        book = reading.read_text(row.text, label=f"{row.code} {row.version}")
        _refuse_long(book)
        _refuse_backwards(row)
        row.state, row.adopted_by, row.adopted_at = states.ADOPTED, by, at
        row.save()
        words = f"采用规则书《{row}》，{clock.show_date(row.in_force)}起施行"
        deed.record(row.town, "rule_book.adopt", (deed.BOOK, row), by=by, at=at, sentence=words, data={"digest": row.digest})  # fmt: skip
    return row


def enact(*, town: Unit, text: str, by: Person | None, at: datetime) -> tuple[RuleBook, bool]:
    """颁行: written and adopted in one go, all or nothing. Returns the book and whether anything is new.

    The same text a second time changes nothing; a draft of the same text is the one adopted. Raises what
    `write_book` and `adopt` raise; Conflict: `book_version_taken` when the version stands with another text,
    `book_retired` when it was in use once.
    """
    _must(by, P.SCORE_MANAGE, town)
    head = reading.head(text, label="规则书")
    with transaction.atomic():
        there = RuleBook.objects.filter(town=town, code=head.id, version=head.version).first()
        if there is None or there.digest != head.digest:
            there = write_book(town=town, text=text, by=by, at=at)
        elif there.state == states.RETIRED:
            raise Conflict("book_retired", f"《{there}》已经停用，再用请换一个版本号（version）。")
        elif there.state == states.ADOPTED:
            return there, False
        return adopt(draft=there, by=by, at=at), True


def drop_book(*, draft: RuleBook, by: Person, at: datetime) -> None:
    """作废 a draft, or retire an adopted book: later periods are no longer computed by it."""
    _must(by, P.SCORE_MANAGE, draft.town)
    with transaction.atomic():
        row = RuleBook.objects.select_for_update(of=("self",)).select_related("town").get(pk=draft.pk)
        adopted = row.state == states.ADOPTED
        words = f"{'停用' if adopted else '删除草稿'}规则书《{row}》"
        deed.record(row.town, "rule_book.drop", (deed.BOOK, row), by=by, at=at, sentence=words, data={"text": "" if adopted else row.text})  # fmt: skip
        if row.state == states.WRITING:
            row.delete()
        else:
            row.state = states.RETIRED
            row.save()


def set_term(
    *, unit: Unit, name: str, value: Decimal, from_date: date, ground: str, by: Person, at: datetime
) -> Term:
    """登记 a fact about a unit that a book asks for (合同月服务费, 两委人数 …), in force from a day on."""
    town = unit.town or unit
    _must(by, P.SCORE_MANAGE, town)
    ground = deed.require(ground, "ground", "请写依据，例如合同第几条、哪份文件。", most=200)
    name = deed.require(name, "name", "请写项目的代号，和规则书里 attrs 后面的一样。", most=40)
    if not value.is_finite() or abs(value) >= 10**12:
        raise DomainError("term_too_large", "数值过大，请核对单位。", field="value")
    with transaction.atomic():
        row, _ = Term.objects.update_or_create(
            unit=unit, name=name, from_date=from_date,
            defaults={"value": value, "ground": ground, "set_by": by, "set_at": at},
        )  # fmt: skip
        words = f"登记「{unit.label}」{name}：{value}（{ground}），{clock.show_date(from_date)}起"
        deed.record(town, "appraisal.set_term", ("unit", unit), by=by, at=at, sentence=words, data={"value": str(value)})  # fmt: skip
    return row


def _must(by: Person | None, need: P, town: Unit) -> None:
    if by is not None and not by.may(need, town):
        raise NotAllowed("appraisal_not_allowed", rules.NOT_YOURS)


def _save(row: RuleBook) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise Conflict(
            "book_version_taken", f"「{row.code}」的版本 {row.version} 已经有了，请换一个版本号（version）。"
        ) from error


def _refuse_long(book: Book) -> None:
    if len(book.id) > _LONGEST:
        raise DomainError(
            "book_code_too_long", f"规则书代号（id）最多 {_LONGEST} 个字符，现在 {len(book.id)} 个。"
        )


def _refuse_backwards(row: RuleBook) -> None:
    later = Round.objects.filter(
        town=row.town, code=row.code, state__in=states.FINAL, period_start__gte=row.in_force
    ).order_by("period_start")
    told = later.first()
    if told is not None:
        raise DomainError(
            "book_reaches_back",
            f"{told.period.label}已经按原来的规则公布，新版本不能从 {clock.show_date(row.in_force)} 起施行；"
            f"请把施行日期（in_force）改到 {clock.show_date(later.last().period_end)} 以后。",  # type: ignore[union-attr]
        )
