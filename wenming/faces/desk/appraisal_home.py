"""考核: what waits for this person, the rounds of his towns, and computing one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from wenming.common import clock
from wenming.common.errors import DomainError, NotAllowed
from wenming.faces.desk import access, appraisal_lines, links, paging
from wenming.faces.desk.appraisal_forms import ComputeForm, FilterForm, choice_of, towns_of
from wenming.faces.kit.forms import refuse
from wenming.faces.kit.once import once
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.outcomes.appraisals import actions as appraisals
from wenming.outcomes.appraisals import queries, states
from wenming.outcomes.appraisals.models import Appeal, Outcome, Round, RuleBook, Sheet, Uncomputed

MAY = (P.SCORE_READ, P.SCORE_APPEAL, P.SCORE_MANAGE, P.SCORE_DECIDE, P.SCORE_CONFIRM)
# Appeals that end within this time are told to the office beforehand.
SOON = timedelta(days=1)
MOST_TASKS = 20


@dataclass(frozen=True)
class Task:
    """One thing that waits: which kind, about what, until when, and the page where it is done."""

    label: str
    words: str
    small: str
    due: datetime | None
    url: str
    button: str


@dataclass(frozen=True)
class RoundRow:
    """A round in the list. `first`, `last`: names with their marks, where places are told to the person."""

    round: Round
    rated: int
    appeals: int
    open_appeals: int
    first: str
    last: str


@require_GET
@access.needs(*MAY)
def home(request: StaffRequest) -> HttpResponse:
    """The rounds, newest first, under what waits for the person."""
    person, now = request.user, clock.now()
    form = FilterForm(request.GET, person=person)
    found = form.apply(Round.objects.visible_to(person).select_related("book", "town"))
    page = paging.page(request, found.order_by("-period_end", "code", "-id"), 20)
    manages = person.may(P.SCORE_MANAGE)
    context = {
        "form": form, "page": page, "rows": rows(person, list(page.object_list)), "tasks": tasks(person, now), "now": now,
        "manages": manages, "has_book": not manages or RuleBook.objects.visible_to(person).exclude(state=states.WRITING).exists(),
        "contractors": RuleBook.objects.visible_to(person).filter(rated="contractor").exists(),
        "filtered": any(request.GET.get(name) for name in ("book", "state", "year")),
    }  # fmt: skip
    return render(request, "desk/appraisals/home.html", context)


def rows(person: Person, rounds: Sequence[Round]) -> list[RoundRow]:
    """The rounds with their counts and who stands first and last, in two statements."""
    sheets: dict[int, list[Sheet]] = {}
    for sheet in Sheet.objects.filter(round__in=rounds).only("round_id", "name", "group", "total", "rank"):
        sheets.setdefault(sheet.round_id, []).append(sheet)
    appeals: dict[int, dict[str, int]] = {}
    counted = Appeal.objects.filter(round__in=rounds).order_by().values_list("round_id", "state").annotate(n=Count("pk"))  # fmt: skip
    for key, state, number in counted:
        appeals.setdefault(key, {})[state] = number
    return [_row(person, each, sheets.get(each.pk, []), appeals.get(each.pk, {})) for each in rounds]


def _row(person: Person, where: Round, sheets: list[Sheet], appeals: dict[str, int]) -> RoundRow:
    first = last = ""
    if queries.reads_places(person, where) and where.book.rated == "unit":
        first, last = _ends(sheets, first=True), _ends(sheets, first=False)
    told = sum(number for state, number in appeals.items() if state != states.WITHDRAWN)
    return RoundRow(where, len(sheets), told, appeals.get(states.OPEN, 0), first, last)


def _ends(sheets: Iterable[Sheet], *, first: bool) -> str:
    """The first (or last) of every group: 「西街社区 100」; nothing where all stand equal."""
    groups: dict[str, list[Sheet]] = {}
    for sheet in sheets:
        if sheet.rank is not None:
            groups.setdefault(sheet.group, []).append(sheet)
    said = []
    for group in groups.values():
        places = {sheet.rank for sheet in group if sheet.rank is not None}
        if len(places) < 2:
            continue
        wanted = min(places) if first else max(places)
        there = [sheet for sheet in group if sheet.rank == wanted]
        names = "、".join(sheet.name for sheet in there[:3]) + ("等" if len(there) > 3 else "")
        said.append(f"{names} {appraisal_lines.mark(there[0].total)}")
    return "；".join(said)


def tasks(person: Person, now: datetime) -> list[Task]:
    """What waits, the most urgent kind first: decisions, publishing, consequences, one's own sheets."""
    found = [
        *_to_decide(person),
        *_to_compute(person),
        *_to_run(person, now),
        *_to_settle(person),
        *_own(person, now),
    ]
    return found[:MOST_TASKS]


def _to_decide(person: Person) -> list[Task]:
    towns = towns_of(person, P.SCORE_DECIDE)
    if not towns:
        return []
    waiting = Appeal.objects.filter(state=states.OPEN, round__town__in=towns).select_related("round__book", "unit", "filed_by")  # fmt: skip
    return [
        Task("申诉待裁定", f"{each.unit.label if each.unit else each.subject}对「{each.title}」{each.signed} 分申诉", f"{each.round}：{each.ground[:60]}",
             each.filed_at, links.to("desk:appraisal-appeal", each.uuid), "裁定")
        for each in waiting.order_by("filed_at")[:MOST_TASKS]
    ]  # fmt: skip


def _to_compute(person: Person) -> list[Task]:
    """Periods that the night could not score, until somebody has mended what was wrong and they are computed."""
    if not person.may(P.SCORE_MANAGE):
        return []
    found = Uncomputed.objects.visible_to(person).select_related("book")
    return [
        Task("没算出来", f"{each}", each.reason, each.first_at,
             links.to("desk:appraisal-compute", what=choice_of(each.book.town_id, each.code, each.period)), "再算")
        for each in found[:MOST_TASKS]
    ]  # fmt: skip


def _to_run(person: Person, now: datetime) -> list[Task]:
    towns = towns_of(person, P.SCORE_MANAGE)
    if not towns:
        return []
    open_ = Round.objects.filter(town__in=towns, state__in=(states.COMPUTED, states.SHOWN)).select_related(
        "book"
    )
    found = []
    for each in open_.order_by("period_end", "pk"):
        url = links.to("desk:appraisal-round", each.uuid)
        if each.state == states.SHOWN:
            assert each.appeals_until is not None  # noqa: S101 -- the database holds this for shown rounds
            if each.appeals_until <= now:
                found.append(
                    Task("公示已满", f"{each}", "没有待裁定的申诉就可以公布", each.appeals_until, url, "公布")
                )
            elif each.appeals_until <= now + SOON:
                found.append(
                    Task(
                        "公示将满", f"{each}", "到时还没有裁定的申诉要先裁定", each.appeals_until, url, "查看"
                    )
                )
        elif each.period_end < clock.local_date(now) or each.corrects_id:
            found.append(Task("待公示", f"{each}", "已计算，各单位还看不到", each.computed_at, url, "核对"))
    return found


def _to_settle(person: Person) -> list[Task]:
    towns = towns_of(person, P.SCORE_CONFIRM)
    if not towns:
        return []
    waiting = Outcome.objects.filter(
        state=states.PROPOSED, round__town__in=towns, round__state=states.PUBLISHED
    )
    counts = dict(waiting.order_by().values_list("round_id").annotate(n=Count("pk")))
    rounds = Round.objects.filter(pk__in=counts).select_related("book").order_by("published_at")
    return [
        Task("后果待定", f"{each}", f"{counts[each.pk]} 条建议等您定", each.published_at,
             links.to("desk:appraisal-round", each.uuid) + "#outcomes", "办理")
        for each in rounds
    ]  # fmt: skip


def _own(person: Person, now: datetime) -> list[Task]:
    if not person.may(P.SCORE_APPEAL):
        return []
    sheets = Sheet.objects.visible_to(person).filter(round__state=states.SHOWN, round__appeals_until__gt=now, agreed_at__isnull=True)  # fmt: skip
    if person.may(P.SCORE_MANAGE):
        return []
    return [
        Task("公示中", f"{sheet.name}：{sheet.round}", "请看本单位成绩单；有异议在截止前申诉", sheet.round.appeals_until,
             links.to("desk:appraisal-sheet", sheet.uuid), "查看")
        for sheet in sheets.select_related("round__book").order_by("round__appeals_until", "pk")[:MOST_TASKS]
    ]  # fmt: skip


@require_http_methods(["GET", "POST"])
@access.needs(P.SCORE_MANAGE)
@once
def compute(request: StaffRequest) -> HttpResponse:
    """计算一期: a book and a period."""
    posted = request.method == "POST"
    now = clock.now()
    form = ComputeForm(
        request.POST if posted else None, person=request.user, today=clock.local_date(now),
        initial={"what": request.GET.get("what", "")},
    )  # fmt: skip
    if posted and form.is_valid():
        town, code, period = form.chosen
        try:
            where = appraisals.compute(town=town, code=code, period=period, by=request.user, at=now)
        except NotAllowed:
            raise
        except DomainError as error:
            refuse(form, error)
        else:
            messages.success(request, f"已计算{where}，请核对后公示。")
            return links.see_other("desk:appraisal-round", where.uuid)
    context: dict[str, Any] = {"form": form, "key": request.POST.get("key", "")}
    return render(request, "desk/appraisals/compute.html", context, status=422 if posted else 200)
