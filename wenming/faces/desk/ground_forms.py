"""How a form of the ground pages is run: one deed, 303 on success, the form again with 422 on refusal."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from wenming.common.errors import DomainError, NotAllowed
from wenming.faces.desk import links
from wenming.faces.kit.forms import refuse


def run(
    request: HttpRequest, form: forms.BaseForm, deed: Callable[[dict[str, Any]], str], target: Any
) -> HttpResponse | None:
    """Run `deed` with what was typed; it returns the sentence to show. None: show the form (again).

    `target` is where to go afterwards: an address, or a function that gives one after the deed. A person
    who may not do it at all gets the page of the refusal (403) and not the form.
    """
    if request.method != "POST" or not form.is_valid():
        return None
    try:
        said = deed(form.cleaned_data)
    except NotAllowed:
        raise
    except DomainError as error:
        refuse(form, error)
        return None
    messages.success(request, said)
    return links.see_other(target() if callable(target) else target)


def page(
    request: HttpRequest,
    form: forms.BaseForm,
    *,
    title: str,
    submit: str,
    back: str,
    hint: str = "",
    template: str = "desk/ground_form.html",
    careful: bool = False,
    **more: Any,
) -> HttpResponse:
    """The page of a form; what was typed and the form's key stay when it is shown again."""
    context = {
        "form": form, "title": title, "submit": submit, "back": back, "hint": hint, "careful": careful,
        "key": request.POST.get("key", ""), **more,
    }  # fmt: skip
    return render(request, template, context, status=422 if form.is_bound and form.errors else 200)
