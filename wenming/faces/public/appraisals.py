"""For residents: red list, black list until it is cleared, the rule books, and when the next appraisal is."""

import uuid
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from wenming.common import clock
from wenming.ground.units.models import Unit
from wenming.ledger.models import Account
from wenming.outcomes.appraisals import open_lists
from wenming.outcomes.scoring import describe


@login_not_required
@require_GET
def lists(request: HttpRequest) -> HttpResponse:
    """红黑榜. `?town=` the code of a town; without it the first that has rules or results."""
    towns, today = open_lists.towns(), clock.local_date(clock.now())
    town = _chosen(towns, request.GET.get("town", ""))
    context: dict[str, Any] = {"towns": towns, "town": town, "today": today}
    if town is not None:
        context |= {
            "red": open_lists.red(town),
            "black": open_lists.black(town),
            "versions": open_lists.versions(town, today),
            "upcoming": open_lists.upcoming(town, today),
        }
    return render(request, "public/appraisals.html", context)


@login_not_required
@require_GET
def rules(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """A rule book as a table in plain words, with the day from which it is in force."""
    book = open_lists.readable(key)
    if book is None:
        raise Http404
    context = {
        "book": book,
        "described": describe.described(book.book, dict(Account.objects.values_list("code", "name"))),
        "ahead": book.in_force > clock.local_date(clock.now()),
    }
    return render(request, "public/rules.html", context)


def _chosen(towns: list[Unit], code: str) -> Unit | None:
    """The town of the code, the first one without it, None where there is none. 404 for a wrong code."""
    if not code:
        return towns[0] if towns else None
    found = next((town for town in towns if town.code == code), None)
    if found is None:
        raise Http404
    return found
