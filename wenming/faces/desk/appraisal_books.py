"""规则书: the list with versions, a book as a readable table, its source, a new one from a sample, a new version."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wenming.common import clock
from wenming.common.errors import Conflict, DomainError, NotAllowed, PackError
from wenming.faces.desk import access, appraisal_lines, links
from wenming.faces.desk import forms as parts
from wenming.faces.desk.appraisal_forms import towns_of
from wenming.faces.desk.appraisal_home import MAY
from wenming.faces.kit.forms import refuse
from wenming.faces.kit.once import once
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.audit import queries as history
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.units.models import Unit
from wenming.ledger import periods
from wenming.outcomes.appraisals import actions as appraisals
from wenming.outcomes.appraisals import states
from wenming.outcomes.appraisals.models import Round, RuleBook, Uncomputed
from wenming.outcomes.scoring import describe, editing, reading
from wenming.outcomes.scoring.book import RATED, Book
from wenming.outcomes.scoring.describe import Described
from wenming.outcomes.scoring.faults import BadInput, Fault


@dataclass(frozen=True)
class Kept:
    """All versions of one book of a town, the newest first."""

    code: str
    title: str
    town: Unit
    rated: str
    period: str
    versions: list[RuleBook]


@dataclass(frozen=True)
class Sample:
    """A sample book that came with the program."""

    name: str
    title: str
    rated: str
    period: str
    rules: Sequence[str]
    text: str
    book: Book


def visible(person: Person, key: uuid.UUID) -> RuleBook:
    """The version of a book, if the person may read it; Http404 otherwise."""
    found = RuleBook.objects.visible_to(person).select_related("town", "written_by", "adopted_by")
    row = found.filter(uuid=key).first()
    if row is None:
        raise Http404
    return row


def draft(person: Person, key: uuid.UUID) -> RuleBook:
    """A draft that the person may change. Raises Http404; NotAllowed; Conflict when it has been adopted."""
    row = visible(person, key)
    if not person.may(P.SCORE_MANAGE, row.town):
        raise NotAllowed("appraisal_not_allowed", "规则书由镇创城办起草和采用。")
    if row.state != states.WRITING:
        raise Conflict(
            "book_adopted", f"《{row}》已经采用，不能再改；要改请「换新版本」，规则改动不溯及既往。"
        )
    return row


@require_GET
@access.needs(*MAY)
def book_list(request: StaffRequest) -> HttpResponse:
    """Books with their versions; drafts only for those who write them."""
    person = request.user
    kept: dict[tuple[int, str], list[RuleBook]] = {}
    rows = (
        RuleBook.objects.visible_to(person).select_related("town", "adopted_by", "written_by").defer("text")
    )
    for row in rows.order_by("town__path", "code", "-in_force", "-pk"):
        kept.setdefault((row.town_id, row.code), []).append(row)
    books = [
        Kept(code, each[0].title, each[0].town, RATED.get(each[0].rated, each[0].rated), periods.KINDS.get(each[0].period, each[0].period), each)
        for (_town, code), each in kept.items()
    ]  # fmt: skip
    manages = {town.pk for town in towns_of(person, P.SCORE_MANAGE)}
    context = {"books": books, "manages": manages, "today": clock.local_date(clock.now())}
    return render(request, "desk/appraisals/books.html", context)


@require_GET
@access.needs(*MAY)
def detail(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """One version as a table in Chinese; a draft with faults shows them instead."""
    return page(request, visible(request.user, key))


def page(
    request: StaffRequest, row: RuleBook, *, told: str = "", status: int = 200, **more: Any
) -> HttpResponse:
    """The page as it stands now."""
    if told:
        messages.warning(request, told)
    manages = request.user.may(P.SCORE_MANAGE, row.town)
    found, faults = _read(row)
    versions = RuleBook.objects.visible_to(request.user).filter(town=row.town, code=row.code).defer("text")
    context = {
        "row": row, "described": found, "faults": faults, "manages": manages, "versions": list(versions.order_by("-in_force", "-pk")),
        "history": list(history.of(row.uuid)) if manages else [], "knobs": manages and row.state == states.WRITING and editing.knobs(row.text) is not None,
        "rounds": list(Round.objects.visible_to(request.user).filter(book=row).select_related("book").order_by("-period_end")[:12]),
        "uncomputed": list(Uncomputed.objects.visible_to(request.user).filter(book=row).select_related("book")),
        "today": clock.local_date(clock.now()),
    }  # fmt: skip
    return render(request, "desk/appraisals/book.html", context | more, status=status)


def _read(row: RuleBook) -> tuple[Described | None, list[Fault]]:
    try:
        return describe.described(row.book, appraisal_lines.kind_names()), []
    except BadInput as error:
        return None, error.faults
    except PackError as error:
        return None, [Fault("", error.line or 0, error.message)]


@require_GET
@access.needs(*MAY)
def source(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """The text as it was written, with line numbers."""
    row = visible(request.user, key)
    return render(request, "desk/appraisals/book_source.html", {"row": row, "lines": row.text.splitlines()})


def samples() -> list[Sample]:
    """The sample books that can be computed from the ledger, the seed's rule first."""
    folder = Path(settings.PACKS_DIR) / "scoring" / "samples"
    found = [_sample(path, path.stat().st_mtime_ns) for path in sorted(folder.glob("*.yaml"))]
    usable = [each for each in found if each is not None and each.book.rated != "account"]
    return sorted(usable, key=lambda each: (editing.knobs(each.text) is None, each.name))


@lru_cache(maxsize=64)
def _sample(path: Path, _changed: int) -> Sample | None:
    try:
        text = path.read_text(encoding="utf-8")
        book = reading.read_text(text, label=path.name)
    except (OSError, UnicodeDecodeError, BadInput, PackError):
        return None
    said = describe.described(book)
    rules = [f"{row.title}：{row.how}" for item in said.items for row in item.rules]
    return Sample(
        path.stem, book.title, RATED[book.rated], periods.KINDS[book.period], tuple(rules), text, book
    )


class HeadForm(parts.DeskForm):
    """The head of a new book or version."""

    title = forms.CharField(label="标题", max_length=120)
    code = forms.RegexField(
        r"^[\w-]{1,20}$",
        label="代号",
        max_length=20,
        help_text="换版本时不变。字母、数字、汉字或短横线，最多 20 个。",
    )
    version = forms.CharField(
        label="版本", max_length=40, help_text="如 2026.1，采用以后不能再改，只能换版本。"
    )
    in_force = parts.day("施行日期", help_text="从哪天开始的考核期起用它；已经公布的考核期不受影响。")


class VersionForm(parts.DeskForm):
    version = forms.CharField(label="新版本号", max_length=40)
    in_force = parts.day("施行日期", help_text="已经公布的考核期照旧，不溯及既往。")


@require_http_methods(["GET", "POST"])
@access.needs(P.SCORE_MANAGE)
@once
def new(request: StaffRequest) -> HttpResponse:
    """从样例新建: choose a sample, give it a head of its own, and a draft is there."""
    offered = samples()
    name = request.POST.get("sample") or request.GET.get("sample", "")
    chosen = next((each for each in offered if each.name == name), None)
    if chosen is None:
        return render(request, "desk/appraisals/book_new.html", {"samples": offered})
    posted = request.method == "POST"
    towns = towns_of(request.user, P.SCORE_MANAGE)
    form = HeadForm(request.POST if posted else None, initial=_start(towns[0], chosen))
    if posted and form.is_valid():
        data, now = form.cleaned_data, clock.now()
        try:
            text = editing.head(chosen.text, **data)
            row = appraisals.write_book(town=_town(request, towns), text=text, by=request.user, at=now)
        except NotAllowed:
            raise
        except DomainError as error:
            refuse(form, _at_version(error))
        else:
            messages.success(request, "草稿已建好，改成本镇的办法后采用。")
            page_ = "desk:appraisal-book-guide" if editing.knobs(text) else "desk:appraisal-book-edit"
            return links.see_other(page_, row.uuid)
    context = {"form": form, "sample": chosen, "towns": towns, "key": request.POST.get("key", "")}
    return render(request, "desk/appraisals/book_head.html", context, status=422 if posted else 200)


def _start(town: Unit, chosen: Sample) -> dict[str, Any]:
    """A head that is free: the sample's name where no book of the town has it yet."""
    today = clock.local_date(clock.now())
    taken = set(RuleBook.objects.filter(town=town).values_list("code", flat=True))
    codes = [chosen.book.id, *(f"{chosen.book.id[:17]}-{number}" for number in range(2, 100))]
    code = next(each for each in codes if each not in taken)
    return {
        "title": chosen.title.replace("（样例）", ""), "code": code, "version": f"{today.year}.1",
        "in_force": periods.of(chosen.book.period, today).start,
    }  # fmt: skip


def _town(request: StaffRequest, towns: list[Unit]) -> Unit:
    said = request.POST.get("town", "")
    return access.pick(towns, said) if said else towns[0]


def _at_version(error: DomainError) -> DomainError:
    """A version that is taken is a fault of the field."""
    if error.code == "book_version_taken":
        error.field = "version"
    return error


@require_http_methods(["GET", "POST"])
@access.needs(P.SCORE_MANAGE)
@once
def version(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """换新版本: a copy under the next version and its day of force, to be changed and adopted."""
    row = visible(request.user, key)
    if not request.user.may(P.SCORE_MANAGE, row.town):
        raise NotAllowed("appraisal_not_allowed", "规则书由镇创城办起草和采用。")
    posted = request.method == "POST"
    form = VersionForm(
        request.POST if posted else None, initial={"version": _next(row.version), "in_force": _after(row)}
    )
    if posted and form.is_valid():
        data = form.cleaned_data
        try:
            text = editing.head(row.text, code=row.code, title=row.title, **data)
            made = appraisals.write_book(town=row.town, text=text, by=request.user, at=clock.now())
        except NotAllowed:
            raise
        except DomainError as error:
            refuse(form, _at_version(error))
        else:
            messages.success(request, f"{made.version} 版的草稿已建好，改好后采用；以前的考核期照旧。")
            page_ = "desk:appraisal-book-guide" if editing.knobs(text) else "desk:appraisal-book-edit"
            return links.see_other(page_, made.uuid)
    context = {"form": form, "row": row, "key": request.POST.get("key", "")}
    return render(request, "desk/appraisals/book_version.html", context, status=422 if posted else 200)


def _next(version: str) -> str:
    """2026.1 → 2026.2; other versions get a 「.2」."""
    head, dot, tail = version.rpartition(".")
    return f"{head}.{int(tail) + 1}" if dot and tail.isdecimal() else f"{version}.2"


def _after(row: RuleBook) -> date:
    """The first day of the next period, which is where a change of rules begins."""
    today = max(clock.local_date(clock.now()), row.in_force)
    if row.period not in periods.KINDS or row.period == periods.RANGE:
        return today
    return periods.following(periods.of(row.period, today)).start


@require_POST
@access.needs(P.SCORE_MANAGE)
@once
def adopt(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """采用 the draft as it is kept."""
    row = visible(request.user, key)
    try:
        done = appraisals.adopt(draft=row, by=request.user, at=clock.now())
    except Conflict as error:
        return page(request, visible(request.user, key), told=error.message, status=409)
    except NotAllowed:
        raise
    except DomainError as error:
        return page(request, row, told=error.message, status=422)
    messages.success(
        request,
        f"已采用《{done}》，{clock.show_date(done.in_force)}起施行。每晚自动计算，也可以马上「计算一期」。",
    )
    return links.see_other("desk:appraisal-book", done.uuid)


@require_POST
@access.needs(P.SCORE_MANAGE)
@once
def drop(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """删除 a draft, or 停用 an adopted book."""
    row = visible(request.user, key)
    adopted = row.state == states.ADOPTED
    if row.state == states.RETIRED:
        return page(request, row, told=f"《{row}》已经停用。", status=409)
    appraisals.drop_book(draft=row, by=request.user, at=clock.now())
    if adopted:
        messages.success(request, f"《{row}》已停用，以后不再计算；以前的考核期照旧。")
        return links.see_other("desk:appraisal-book", row.uuid)
    messages.success(request, f"草稿《{row}》已删除，文字留在历史里。")
    return links.see_other("desk:appraisal-books")
