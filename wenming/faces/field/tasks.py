"""My tasks, and what is done about one case in the street: sign, hand in, return, ask, verify, look back."""

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from wenming.common import clock
from wenming.common.errors import Conflict, DomainError, NotAllowed
from wenming.faces.field import forms
from wenming.faces.field.access import worker
from wenming.faces.field.today import HERE
from wenming.faces.kit import answers, once
from wenming.faces.kit.forms import faults, refuse
from wenming.faces.kit.photos import Taken
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.audit import queries as history
from wenming.ground.evidence import queries as photos
from wenming.ground.people.permissions import P
from wenming.records.cases import actions as cases
from wenming.records.cases import queries as case_queries
from wenming.records.cases import rules, states
from wenming.records.cases.models import Case

# Steps that have their own page with photos; the others are folds on the case page.
PAGES = {"hand_in": "field:hand-in", "accept": "field:check", "revisit": "field:revisit"}


@worker
@require_GET
def tasks(request: StaffRequest) -> HttpResponse:
    """Everything that waits for me and can be done here, most urgent first."""
    groups = [
        group for group in case_queries.to_do(request.user, clock.now(), limit=50) if group.step in HERE
    ]
    return render(request, "field/tasks.html", {"groups": groups})


@worker
@require_GET
def case(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    return case_page(request, _case(request, key))


def _case(request: StaffRequest, key: uuid.UUID) -> Case:
    found = case_queries.get(request.user, key)
    if found is None:
        raise Http404
    return found


def _pictures(case: Case) -> dict[str, Any]:
    """Before and after, and whatever else was taken."""
    found = list(photos.of(case.uuid))
    return {
        "before": [p for p in found if p.role == "before"],
        "after": [p for p in found if p.role == "after"],
        "others": [p for p in found if p.role not in ("before", "after")],
    }


def case_page(
    request: StaffRequest, case: Case, *, failed: tuple[str, Form] | None = None, status: int = 200
) -> HttpResponse:
    """The task page; `failed` is the fold (step code) whose form was refused."""
    steps = {step.code: step for step in case_queries.allowed_steps(request.user, case)}
    folds: dict[str, Form] = {
        "return": forms.ReturnForm(),
        "ask_extension": forms.ExtensionForm(),
        "ask_suspension": forms.SuspensionForm(),
    }
    if failed:
        folds[failed[0]] = failed[1]
    context = {
        "case": case,
        "steps": steps,
        "main": next(
            ((code, reverse(PAGES[code], args=[case.uuid])) for code in PAGES if code in steps), None
        ),
        "folds": [(code, steps[code], form) for code, form in folds.items() if code in steps],
        "failed": failed[0] if failed else "",
        "why": case_queries.why(case) if case.due_at else None,
        "timeline": history.whole(case.uuid)[-6:],
        "phrases": forms.RETURN_PHRASES,
        **_pictures(case),
    }
    return render(request, "field/case.html", context, status=status)


Deed = Callable[[Case, Any], Any]


def _status(error: DomainError) -> int:
    return 409 if isinstance(error, Conflict) else 422


def _fold(
    request: StaffRequest, key: uuid.UUID, code: str, *, form: Form, deed: Deed, told: str
) -> HttpResponse:
    """One of the folds of the case page: clean, do, back to the case."""
    found = _case(request, key)
    status = 422
    if form.is_valid():
        try:
            deed(found, form)
        except NotAllowed:
            raise
        except DomainError as error:
            refuse(form, error)
            status = _status(error)
            found = _case(request, key)
        else:
            messages.success(request, told)
            return answers.done(request, reverse("field:case", args=[key]))
    return case_page(request, found, failed=(code, form), status=status)


@worker
@require_POST
@once.once
def sign(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """签收 with one tap."""
    found = _case(request, key)
    cases.sign(case=found, by=request.user, at=clock.now())
    messages.success(request, "已签收。")
    return answers.done(request, reverse("field:case", args=[key]))


@worker
@require_POST
@once.once
def return_(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    def deed(case: Case, form: Any) -> None:
        cases.return_(case=case, by=request.user, at=clock.now(), **form.cleaned_data)

    form = forms.ReturnForm(request.POST)
    return _fold(request, key, "return", form=form, deed=deed, told="已退单，等创城办裁定。")


@worker
@require_POST
@once.once
def ask_extension(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    def deed(case: Case, form: Any) -> None:
        cases.ask_extension(
            case=case, by=request.user, at=clock.now(), term=form.term(), ground=form.cleaned_data["ground"]
        )

    form = forms.ExtensionForm(request.POST)
    return _fold(request, key, "ask_extension", form=form, deed=deed, told="延期申请已送出，等创城办批复。")


@worker
@require_POST
@once.once
def ask_suspension(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    def deed(case: Case, form: Any) -> None:
        cases.ask_suspension(case=case, by=request.user, at=clock.now(), **form.cleaned_data)

    form = forms.SuspensionForm(request.POST)
    return _fold(request, key, "ask_suspension", form=form, deed=deed, told="挂账申请已送出，等创城办批复。")


# --- pages with photos -----------------------------------------------------------------------------------


def _photo_page(
    request: StaffRequest, key: uuid.UUID, code: str, send: Callable[..., HttpResponse]
) -> HttpResponse:
    found = _case(request, key)
    if request.method == "POST":
        return send(request, key, answers.take(request, "photos", town=found.town)["photos"])
    if not rules.may(request.user, code, found):
        refused = rules.refusal(request.user, states.step(code), found)
        if refused is not None:
            raise NotAllowed("case_not_allowed", refused)
        messages.warning(request, f"这个问题现在是「{found.state_label}」，请看最新情况。")
        return answers.done(request, reverse("field:case", args=[key]))
    return _photo_form(request, found, code, None, Taken())


def _photo_form(
    request: StaffRequest, case: Case, code: str, form: Form | None, taken: Taken, *, status: int = 200
) -> HttpResponse:
    template = {
        "hand_in": "field/hand_in.html",
        "accept": "field/check.html",
        "revisit": "field/revisit.html",
    }
    context: dict[str, Any] = {
        "case": case,
        "form": form,
        "taken": taken,
        "key": request.POST.get("key") or str(uuid.uuid4()),
        **_pictures(case),
    }
    if code == "hand_in":
        accounts = forms.counted_accounts()
        context |= {
            "measures": forms.MEASURES,
            "accounts": [(a, request.POST.get(f"q_{a.code}", "")) for a in accounts],
        }
    if code == "accept":
        context["doubts"] = _doubts(request, case, context["after"])
    return render(request, template[code], context, status=status)


def _doubts(request: StaffRequest, case: Case, after: list[Any]) -> list[str]:
    """疑点 of the after-photos: for a person to look at, never decided by the machine (handbook D8)."""
    where = (case.lat, case.lng) if case.lat is not None and case.lng is not None else None
    covert = request.user.may(P.CASE_COVERT, case.town)
    found: dict[str, None] = {}
    for photo in after:
        for doubt in photos.doubts(photo, place=where, case_opened_at=case.reported_at, covert=covert):
            found[doubt.sentence] = None
    return list(found)


def _with_photos(
    request: StaffRequest, key: uuid.UUID, code: str, *, form: Form, taken: Taken, deed: Deed
) -> HttpResponse:
    """Do the deed, or show the form again with everything that was typed and taken."""
    found = _case(request, key)
    for sentence in taken.errors:
        form.add_error(None, sentence)
    status = 422
    if form.is_valid():
        try:
            told, url = deed(found, form)
        except NotAllowed:
            raise
        except DomainError as error:
            refuse(form, error)
            status = _status(error)
        else:
            messages.success(request, told)
            return answers.done(request, url, message=told)
    if answers.by_script(request):
        return answers.refused(faults(form), status=status)
    return _photo_form(request, _case(request, key), code, form, taken, status=status)


@worker
@require_http_methods(["GET", "POST"])
def hand_in(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """处置反馈: the after-photo from the same spot, a phrase, quantities if there are any."""
    return _photo_page(request, key, "hand_in", _hand_in)


@once.once
def _hand_in(request: StaffRequest, key: uuid.UUID, taken: Taken) -> HttpResponse:
    def deed(case: Case, form: Any) -> tuple[str, str]:
        cases.hand_in(
            case=case, by=request.user, at=clock.now(), photos=taken.photos, quantities=form.quantities(),
            **form.cleaned_data,
        )  # fmt: skip
        return f"{case.number} 已反馈，等待核查。", reverse("field:tasks")

    return _with_photos(request, key, "hand_in", form=forms.HandInForm(request.POST), taken=taken, deed=deed)


@worker
@require_http_methods(["GET", "POST"])
def check(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """核查: before and after large, doubts beside them, 通过 or 退回."""
    return _photo_page(request, key, "accept", _check)


@once.once
def _check(request: StaffRequest, key: uuid.UUID, taken: Taken) -> HttpResponse:
    def deed(case: Case, form: Any) -> tuple[str, str]:
        common: dict[str, Any] = {"case": case, "by": request.user, "at": clock.now(), "photos": taken.photos}
        ground = form.cleaned_data["ground"]
        if form.cleaned_data["verdict"] == "accept":
            cases.accept(**common, note=ground)
            return f"{case.number} 核查通过，已结案。", reverse("field:tasks")
        cases.send_back(**common, ground=ground)
        return f"{case.number} 已退回返工。", reverse("field:tasks")

    return _with_photos(request, key, "accept", form=forms.CheckForm(request.POST), taken=taken, deed=deed)


@worker
@require_http_methods(["GET", "POST"])
def revisit(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """回头看: 未反弹 with one tap, 反弹 with a photo of now."""
    return _photo_page(request, key, "revisit", _revisit)


@once.once
def _revisit(request: StaffRequest, key: uuid.UUID, taken: Taken) -> HttpResponse:
    def deed(case: Case, form: Any) -> tuple[str, str]:
        relapsed = form.cleaned_data["verdict"] == "relapsed"
        new = cases.revisit(
            case=case, by=request.user, at=clock.now(), relapsed=relapsed, note=form.cleaned_data["note"],
            photos=taken.photos,
        )  # fmt: skip
        if new is None:
            return f"{case.number} 回头看：未反弹。", reverse("field:tasks")
        return f"{case.number} 反弹，已立新号 {new.number}。", reverse("field:case", args=[new.uuid])

    return _with_photos(request, key, "revisit", form=forms.RevisitForm(request.POST), taken=taken, deed=deed)
