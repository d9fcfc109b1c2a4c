"""The page of one round: places, what is undecided, appeals, consequences, what a correction changes; and its steps."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from wenming.common import clock
from wenming.common.errors import Conflict, DomainError, NotAllowed
from wenming.faces.desk import appraisal_lines, links
from wenming.faces.desk.appraisal_forms import FORMS
from wenming.faces.kit.forms import refuse
from wenming.faces.kit.once import once
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.audit import queries as history
from wenming.ground.audit.models import Record
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ledger import figures
from wenming.ledger.metrics import Value
from wenming.outcomes.appraisals import deed, queries, rules, states
from wenming.outcomes.appraisals.models import Appeal, Outcome, Round, Sheet
from wenming.outcomes.scoring import amounts, wording

# Done by a button on the page; the others ask for words first.
ONE_CLICK = ("show", "publish", "recompute")
# Of these the history is told to everybody; what units said of their own sheets stays with them and the office.
_TOLD = {f"appraisal.{code}" for code in ("show", "take_back", "publish", "correct", "compute")}


@dataclass(frozen=True)
class Standing:
    """One line of the standings."""

    sheet: Sheet
    score: str
    change: str
    change_places: str
    note: str
    url: str
    open_appeals: int


@dataclass(frozen=True)
class Undecided:
    """A question that only a person can answer, with whose sheet it holds up."""

    name: str
    url: str
    where: str
    question: str


def visible(person: Person, key: uuid.UUID) -> Round:
    """The round, if the person may see it; Http404 otherwise."""
    found = Round.objects.visible_to(person).select_related("book", "town", "corrects__book", "computed_by", "shown_by", "published_by")  # fmt: skip
    where = found.filter(uuid=key).first()
    if where is None:
        raise Http404
    return where


@require_GET
def detail(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """GET the page of a round."""
    return page(request, visible(request.user, key))


def page(request: StaffRequest, where: Round, *, told: str = "", status: int = 200) -> HttpResponse:
    """The page as things stand now; `told` is said at its top (somebody else was first)."""
    if told:
        messages.warning(request, told)
    context = _context(request.user, where, clock.now())
    return render(request, "desk/appraisals/round.html", context, status=status)


def _context(person: Person, where: Round, now: datetime) -> dict[str, Any]:
    reads_all = queries.reads_all(person, where)
    appeals = list(
        Appeal.objects.visible_to(person).filter(round=where).select_related("unit", "filed_by", "decided_by")
    )
    names = dict(where.sheets.values_list("subject", "name"))
    steps = [
        step for step in states.STEPS.values() if step.code in FORMS and rules.may(person, step.code, where)
    ]
    corrects, consequences = where.corrects, outcomes(person, where)
    may_settle = rules.may(person, "settle", where)
    return {
        "where": where, "now": now, "reads_all": reads_all, "reads_places": queries.reads_places(person, where),
        "groups": standings(person, where, appeals), "undecided": undecided(where) if reads_all else [],
        "appeals": [(appeal, names.get(appeal.subject, appeal.subject)) for appeal in appeals],
        "outcomes": consequences, "may_settle": may_settle,
        "to_settle": sum(row.outcome is not None and row.outcome.state == states.PROPOSED for row in consequences) if may_settle else 0,
        "may_clear": rules.may(person, "clear", where), "steps": steps, "one_click": ONE_CLICK, "hints": _hints(where, now, appeals),
        "changes": queries.changes(corrects, where) if corrects and reads_all else [],
        "corrections": list(Round.objects.visible_to(person).filter(corrects=where).exclude(state=states.DROPPED)),
        "history": _history(person, where), "figure": _figure(person, where, now),
        "private": where.book.rated != "unit", "contractor": where.book.rated == "contractor",
    }  # fmt: skip


def standings(
    person: Person, where: Round, appeals: list[Appeal] | None = None
) -> list[tuple[str, list[Standing]]]:
    """Places by group: all of them, or the person's own sheets only while the others are not told."""
    mine = {sheet.pk for sheet in queries.sheets_for(person, where)}
    everything = queries.reads_places(person, where)
    waiting: dict[str, int] = {}
    for appeal in appeals or []:
        if appeal.state == states.OPEN:
            waiting[appeal.subject] = waiting.get(appeal.subject, 0) + 1
    groups = []
    for group, sheets in queries.standings(where):
        rows = [
            standing(sheet, sheet.pk in mine, waiting) for sheet in sheets if everything or sheet.pk in mine
        ]
        if rows:
            groups.append((group, rows))
    return groups


def standing(sheet: Sheet, mine: bool, waiting: dict[str, int]) -> Standing:
    data = sheet.data
    change = "" if data["change"] is None else amounts.signed(Decimal(data["change"]))
    moved = data["change_places"]
    note = [data["not_ranked"]] if data["not_ranked"] else []
    note += [f"等次：{data['grade']}"] if data["grade"] else []
    if sheet.unit_id is None:
        # A post has no place among others; what its mark comes to is said instead.
        note = [
            wording.plainly(each["why"]) for each in data["proposals"] if each["amount"] is not None
        ] or note
    note += [wording.plainly(veto) for veto in data["vetoes"]] + list(data["flag_notes"])
    return Standing(
        sheet=sheet,
        score=appraisal_lines.mark(sheet.total),
        change="持平" if change == "0" else change,
        change_places="" if not moved else f"{'↑' if moved > 0 else '↓'} {abs(moved)} 名",
        note="；".join(note),
        url=links.to("desk:appraisal-sheet", sheet.uuid) if mine else "",
        open_appeals=waiting.get(sheet.subject, 0),
    )


def undecided(where: Round) -> list[Undecided]:
    """Questions of the engine: nothing is published over them."""
    return [
        Undecided(
            sheet.name, links.to("desk:appraisal-sheet", sheet.uuid), each["where"], wording.plainly(each["question"])
        )
        for sheet in where.sheets.all()
        for each in sheet.data["undecided"]
    ]  # fmt: skip


@dataclass(frozen=True)
class OutcomeRow:
    """A consequence: proposed only (before publication), or laid before those who confirm it."""

    name: str
    title: str
    action: str
    why: str
    basis: str
    amount: str
    formula: str
    outcome: Outcome | None


def outcomes(person: Person, where: Round) -> list[OutcomeRow]:
    """Consequences the person may see; before publication what the book would propose, for the office."""
    if where.state in states.FINAL:
        found = Outcome.objects.visible_to(person).filter(round=where).select_related("sheet", "settled_by")
        return [outcome_row(each) for each in found]
    if not queries.reads_all(person, where):
        return []
    return [
        OutcomeRow(
            sheet.name, each["title"], each["action"], wording.plainly(each["why"]), each["ground"],
            appraisal_lines.mark(each["amount"]) if each["amount"] is not None else "", each["formula"], None,
        )
        for sheet in where.sheets.all()
        for each in sheet.data["proposals"]
    ]  # fmt: skip


def outcome_row(each: Outcome) -> OutcomeRow:
    return OutcomeRow(
        each.sheet.name, each.title, each.action, wording.plainly(each.why), each.basis,
        appraisal_lines.mark(each.amount) if each.amount is not None else "", each.formula, each,
    )  # fmt: skip


def _hints(where: Round, now: datetime, appeals: list[Appeal]) -> list[str]:
    """What stands between this round and its next step, in words."""
    if where.state != states.SHOWN or where.appeals_until is None:
        return []
    said = []
    if where.appeals_until > now:
        said.append(
            f"申诉期到 {clock.show_time(where.appeals_until)} 为止；全部单位都确认无异议的可以提前公布。"
        )
    waiting = sum(appeal.state == states.OPEN for appeal in appeals)
    if waiting:
        said.append(f"还有 {waiting} 件申诉没有裁定，裁定后才能公布。")
    return said


def _history(person: Person, where: Round) -> list[Record]:
    rows = list(history.of(where.uuid))
    return rows if queries.reads_all(person, where) else [row for row in rows if row.deed in _TOLD]


def _figure(person: Person, where: Round, now: datetime) -> tuple[Value, str] | None:
    """The town's mean from the ledger with the page of its entries, once it is posted there."""
    if (
        where.state != states.PUBLISHED
        or where.book.rated != "unit"
        or not person.may(P.LEDGER_READ, where.town)
    ):
        return None
    value = figures.value("score", scope=where.town, period=where.period, at=now)
    return value, links.to("desk:metric", "score", unit=str(where.town.uuid), period=where.period.key)


@require_http_methods(["GET", "POST"])
@once
def step(request: StaffRequest, key: uuid.UUID, code: str) -> HttpResponse:
    """One step of one round; 409 with the fresh page when somebody else was first."""
    where = visible(request.user, key)
    if code not in FORMS:
        raise Http404
    row = states.step(code)
    refused = rules.refusal(request.user, row, where)
    if refused:
        raise NotAllowed("appraisal_not_allowed", refused)
    if where.state not in row.from_states:
        told = deed.stale(where, row.name).message
        if request.method == "POST":
            return page(request, where, told=told, status=409)
        messages.warning(request, told)
        return redirect("desk:appraisal-round", where.uuid)
    return _step_form(request, where, row)


def _step_form(request: StaffRequest, where: Round, row: states.Step) -> HttpResponse:
    posted = request.method == "POST"
    form = FORMS[row.code](request.POST if posted else None, where=where)
    if posted and form.is_valid():
        try:
            done = form.act(by=request.user, at=clock.now())
        except Conflict as error:
            return page(request, visible(request.user, where.uuid), told=error.message, status=409)
        except NotAllowed:
            raise
        except DomainError as error:
            refuse(form, error)
        else:
            messages.success(request, form.done)
            return links.see_other("desk:appraisal-round", done.uuid)
    context = {"form": form, "step": row, "where": where, "key": request.POST.get("key", "")}
    return render(request, "desk/appraisals/step.html", context, status=422 if posted else 200)


def appeals_of(person: Person, sheet: Sheet) -> list[Appeal]:
    """Appeals against a sheet, also those of the rounds that its round corrects: they keep counting."""
    rounds, before = [sheet.round_id], sheet.round.corrects
    while before is not None:
        rounds.append(before.pk)
        before = before.corrects
    found = Appeal.objects.visible_to(person).filter(Q(round__in=rounds), subject=sheet.subject)
    return list(found.select_related("unit", "filed_by", "decided_by", "round__book"))
