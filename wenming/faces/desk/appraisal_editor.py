"""Writing a rule book: the text with all its faults by line, a trial against real entries, and a small form without
YAML for the knobs most towns turn."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from wenming.common import clock
from wenming.common.errors import Conflict, DomainError, NotAllowed, PackError
from wenming.faces.desk import access, appraisal_books, appraisal_forms, appraisal_lines, links
from wenming.faces.desk import forms as parts
from wenming.faces.kit.forms import refuse
from wenming.faces.kit.once import once
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.people.permissions import P
from wenming.ground.units.models import Unit
from wenming.ledger import periods
from wenming.ledger.periods import Period
from wenming.outcomes.appraisals import actions as appraisals
from wenming.outcomes.appraisals import queries
from wenming.outcomes.appraisals.models import RuleBook
from wenming.outcomes.appraisals.queries import Compared
from wenming.outcomes.scoring import amounts, describe, editing, reading, wording
from wenming.outcomes.scoring.book import Book
from wenming.outcomes.scoring.editing import Knobs
from wenming.outcomes.scoring.faults import BadInput

OFFERED_PERIODS = 6
# Lines of the difference shown for one unit; the sheet itself shows them all once it is computed.
MOST_LINES = 12


@dataclass(frozen=True)
class Found:
    """A fault: its line, what stands there, what is wrong."""

    line: int
    text: str
    message: str


@dataclass(frozen=True)
class Trial:
    """试算: the period, what it is compared with, and every unit that has a sheet."""

    period: Period
    against: RuleBook | None
    rows: list["TrialRow"]

    @property
    def changed(self) -> int:
        return sum(bool(row.words) for row in self.rows)


@dataclass(frozen=True)
class TrialRow:
    """One unit: old and new mark and place, and the lines that only one of the two books has."""

    name: str
    group: str
    old: str
    new: str
    words: str
    gone: list[tuple[str, str, str]]
    added: list[tuple[str, str, str]]
    more: int
    undecided: list[str]


def faults_in(text: str) -> list[Found]:
    """Every fault of the text by line; empty when the book is sound."""
    try:
        reading.read_text(text, label="规则书")
    except BadInput as error:
        return [_found(text, fault.line, fault.message) for fault in error.faults]
    except PackError as error:
        return [_found(text, error.line or 0, error.message.partition("：")[2] or error.message)]
    return []


def _found(text: str, line: int, message: str) -> Found:
    lines = text.splitlines()
    return Found(line, lines[line - 1].strip() if 0 < line <= len(lines) else "", message)


def tried(*, book: Book, town: Unit, period: Period, at: datetime) -> Trial:
    """What the book would have given, beside the one in force then. Raises DomainError, BadInput."""
    row = RuleBook.objects.in_force(town, book.id, period)
    against = row.book if row is not None else None
    found = queries.preview(book=book, town=town, period=period, at=at, against=against)
    return Trial(period, row, [_row(each) for each in found])


def _row(each: Compared) -> TrialRow:
    gone, added = [_line(line) for line in each.gone], [_line(line) for line in each.added]
    more = max(len(gone) - MOST_LINES, 0) + max(len(added) - MOST_LINES, 0)
    return TrialRow(
        name=each.name, group=each.group, old=_mark(each.old), new=_mark(each.new), words=each.words if each.old else "",
        gone=gone[:MOST_LINES], added=added[:MOST_LINES], more=more,
        undecided=[f"{question.where}：{wording.plainly(question.text)}" for question in each.new.undecided],
    )  # fmt: skip


def _line(line: Any) -> tuple[str, str, str]:
    return line.title, wording.plainly(line.formula), amounts.signed(line.points)


def _mark(sheet: Any) -> str:
    if sheet is None:
        return "—"
    place = f"，第 {sheet.place} 名" if sheet.place else f"，{sheet.not_ranked}" if sheet.not_ranked else ""
    return f"{appraisal_lines.mark(sheet.total)}{place}"


def offered(kind: str) -> list[tuple[str, str]]:
    """Past periods a book of that kind can be tried on, the newest first."""
    if kind not in periods.KINDS or kind == periods.RANGE:
        return []
    last = periods.previous(periods.of(kind, appraisal_forms.today()))
    return [(each.key, each.label) for each in reversed(periods.last(last, OFFERED_PERIODS))]


class TextForm(parts.DeskForm):
    text = forms.CharField(
        label="规则书（YAML）", strip=False, max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 32, "wrap": "off", "spellcheck": "false", "data-lines": "", "translate": "no"}),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@access.needs(P.SCORE_MANAGE)
@once
def edit(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """The editor. Whatever button is pressed, what was typed comes back."""
    if request.method != "POST":
        row = appraisal_books.draft(request.user, key)
        return _editor(request, row, TextForm(initial={"text": row.text}), seen=row.digest)
    form = TextForm(request.POST)
    seen = request.POST.get("seen", "")
    try:
        row = appraisal_books.draft(request.user, key)
    except Conflict as error:
        messages.warning(request, error.message)
        return _editor(request, appraisal_books.visible(request.user, key), form, seen=seen, status=409)
    if not form.is_valid():
        return _editor(request, row, form, seen=seen, status=422)
    text = form.cleaned_data["text"].replace("\r\n", "\n")
    do = request.POST.get("do", "save")
    if do == "check":
        faults = faults_in(text)
        return _editor(request, row, form, seen=seen, faults=faults, checked=True)
    if do == "try":
        return _try(request, row, form, text, seen)
    return _save(request, row, form, text, seen, adopting=do == "adopt")


def _try(request: StaffRequest, row: RuleBook, form: TextForm, text: str, seen: str) -> HttpResponse:
    try:
        book = reading.read_text(text, label="规则书")
        period = appraisal_forms.period_of(
            request.POST.get("period", ""), book.period, appraisal_forms.today()
        )
        trial = tried(book=book, town=row.town, period=period, at=clock.now())
    except (BadInput, PackError) as error:
        faults = faults_in(text) or [Found(0, "", error.message)]
        return _editor(request, row, form, seen=seen, faults=faults, status=422)
    except DomainError as error:
        return _editor(request, row, form, seen=seen, faults=[Found(0, "", error.message)], status=422)
    return _editor(request, row, form, seen=seen, trial=trial)


def _save(
    request: StaffRequest, row: RuleBook, form: TextForm, text: str, seen: str, *, adopting: bool
) -> HttpResponse:
    """Keep the draft; with `adopting` also put it in force. A draft with faults is kept all the same."""
    now = clock.now()
    try:
        row = appraisals.write_book(town=row.town, text=text, by=request.user, at=now, draft=row, seen=seen)
    except Conflict as error:
        messages.warning(request, error.message)
        # Whoever saves once more has been told, and means it.
        fresh = RuleBook.objects.get(pk=row.pk).digest if error.code == "book_changed" else seen
        return _editor(request, row, form, seen=fresh, status=409)
    except NotAllowed:
        raise
    except (BadInput, PackError):
        faults = faults_in(text)
        messages.warning(request, "开头（代号、版本、施行日期……）还读不出来，没有存；您的文字还在下面。")
        return _editor(request, row, form, seen=seen, faults=faults, status=422)
    if not adopting:
        messages.success(request, "草稿已存。")
        return links.see_other("desk:appraisal-book-edit", row.uuid)
    try:
        done = appraisals.adopt(draft=row, by=request.user, at=now)
    except NotAllowed:
        raise
    except DomainError as error:
        faults = faults_in(text) or [Found(0, "", error.message)]
        messages.warning(request, "草稿已存，但还不能采用。")
        return _editor(request, row, form, seen=row.digest, faults=faults, status=422)
    messages.success(request, f"已采用《{done}》，{clock.show_date(done.in_force)}起施行。")
    return links.see_other("desk:appraisal-book", done.uuid)


def _editor(
    request: StaffRequest, row: RuleBook, form: TextForm, *, seen: str, status: int = 200,
    faults: Sequence[Found] = (), trial: Trial | None = None, checked: bool = False,
) -> HttpResponse:  # fmt: skip
    typed = str(form["text"].value() or "")
    context = {
        "row": row, "form": form, "seen": seen, "faults": faults, "trial": trial, "sound": checked and not faults,
        "periods": offered(row.period), "period": request.POST.get("period", ""), "described": _said(typed) if checked and not faults else None,
        "knobs": editing.knobs(row.text) is not None, "key": request.POST.get("key", "") if status == 422 else "",
    }  # fmt: skip
    return render(request, "desk/appraisals/book_edit.html", context, status=status)


def _said(text: str) -> Any:
    book = reading.read_text(text.replace("\r\n", "\n"), label="规则书")
    return describe.described(book, appraisal_lines.kind_names())


class KnobForm(parts.DeskForm):
    """The knobs of a book of the seed's shape. Deductions are typed as positive numbers; an empty field changes nothing."""

    def __init__(self, *args: Any, knobs: Knobs, **kwargs: Any) -> None:
        self.knobs = knobs
        super().__init__(*args, initial=self._initial(), **kwargs)
        self.fields = self._fields()
        for field in self.fields.values():
            parts.dress(field)

    def _fields(self) -> dict[str, forms.Field]:
        found: dict[str, forms.Field] = {}
        for level in editing.LEVELS:
            more = "0 是不扣。" if level in self.knobs.levels else "不填就不单列。"
            found[f"level_{level}"] = _number(
                f"{wording.LEVELS[level]}发现，每件扣几分", 0, 1000, help_text=more
            )
        if self.knobs.otherwise is not None:
            found["otherwise"] = _number(
                "其他（群众、热线、媒体等）发现，每件扣几分", 0, 1000, help_text="0 是不扣。"
            )
        found["on_spot"] = _number("当场整改的，按几成扣", 0, 1, help_text="0.5 是减半，0 是不扣，1 是照扣。")
        found["cap"] = _number("最多扣几分", "0.01", 10_000)
        found["days"] = _whole("几天内同一处同类问题再发算重复", 1100)
        found["repeated"] = _number("重复的乘几", 1, 100)
        found["last"] = _whole("后几名算末位", 100)
        for number in range(len(self.knobs.steps)):
            found[f"times_{number}"] = _whole(f"第 {number + 1} 级：末位第几次", 100)
            found[f"action_{number}"] = forms.CharField(
                label=f"第 {number + 1} 级：做什么", max_length=100, required=False
            )
        return found

    def _initial(self) -> dict[str, Any]:
        knobs = self.knobs
        found: dict[str, Any] = {
            f"level_{name}": amounts.plain(value) for name, value in knobs.levels.items()
        }
        found |= {"on_spot": amounts.plain(knobs.on_spot), "days": knobs.days, "repeated": amounts.plain(knobs.repeated),
                  "cap": amounts.plain(knobs.cap), "last": knobs.last}  # fmt: skip
        if knobs.otherwise is not None:
            found["otherwise"] = amounts.plain(knobs.otherwise)
        for number, (times, action) in enumerate(knobs.steps):
            found |= {f"times_{number}": times, f"action_{number}": action}
        return found

    def _steps(self, data: Mapping[str, Any]) -> tuple[tuple[int, str], ...]:
        return tuple(
            (data.get(f"times_{number}") or times, data.get(f"action_{number}") or action)
            for number, (times, action) in enumerate(self.knobs.steps)
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        steps = self._steps(data)
        for number in range(1, len(steps)):
            if steps[number][0] <= steps[number - 1][0]:
                self.add_error(f"times_{number}", "要比前一级的次数多。")
        return data

    @property
    def turned(self) -> Knobs:
        """The knobs as they were typed."""
        data, knobs = self.cleaned_data, self.knobs
        typed = {level: data.get(f"level_{level}") for level in editing.LEVELS}
        levels = {level: value for level, value in typed.items() if value is not None}

        def given(name: str) -> Any:
            return getattr(knobs, name) if data.get(name) is None else data[name]

        return Knobs(
            levels={**knobs.levels, **levels}, otherwise=given("otherwise"), on_spot=given("on_spot"), days=given("days"),
            repeated=given("repeated"), cap=given("cap"), last=given("last"), steps=self._steps(data),
        )  # fmt: skip


def _number(label: str, least: int | str, most: int, **more: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        required=False,
        min_value=Decimal(least),
        max_value=most,
        max_digits=8,
        decimal_places=2,
        **more,
    )


def _whole(label: str, most: int) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=1, max_value=most)


@require_http_methods(["GET", "POST"])
@access.needs(P.SCORE_MANAGE)
@once
def guide(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """The knobs as a form; only for a book of the seed's shape."""
    row = appraisal_books.draft(request.user, key)
    found = editing.knobs(row.text)
    if found is None:
        messages.info(request, "这本规则书的写法不同，请直接改文字。")
        return links.see_other("desk:appraisal-book-edit", row.uuid)
    posted = request.method == "POST"
    form = KnobForm(request.POST if posted else None, knobs=found)
    if posted and form.is_valid():
        try:
            text = editing.turned(row.text, form.turned)
            appraisals.write_book(
                town=row.town, text=text, by=request.user, at=clock.now(), draft=row, seen=request.POST.get("seen", "")
            )  # fmt: skip
        except Conflict as error:
            messages.warning(request, error.message)
            row.refresh_from_db()
            return _guide(request, row, form, status=409)
        except NotAllowed:
            raise
        except DomainError as error:
            refuse(form, error)
        else:
            messages.success(request, "草稿已存，请核对下面的表，没有问题就采用。")
            return links.see_other("desk:appraisal-book", row.uuid)
    return _guide(request, row, form, status=422 if posted else 200)


def _guide(request: StaffRequest, row: RuleBook, form: KnobForm, *, status: int) -> HttpResponse:
    context = {
        "row": row,
        "form": form,
        "seen": row.digest,
        "key": request.POST.get("key", "") if status == 422 else "",
    }
    return render(request, "desk/appraisals/book_guide.html", context, status=status)
