"""A figure as it was taken: its permanent address. The issued value stays; what the books say now stands beside it."""

import uuid

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from wenming.common import clock
from wenming.faces.desk import paging, vouchers
from wenming.faces.desk.ledger import metric_url
from wenming.faces.desk.ledger_journal import rows
from wenming.faces.desk.ledger_metric import formula, proofs
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ledger import provenance, queries
from wenming.ledger.metrics import Metric
from wenming.ledger.models import Figure
from wenming.outcomes.documents.models import Document

VOUCHERS = 12


@require_GET
def figure_page(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """Value as issued, definition then, entries then, digest, and 「现为 …」. 404 for strangers."""
    figure = get_object_or_404(Figure.objects.select_related("scope"), uuid=key)
    if not may_open(request.user, figure):
        raise Http404
    now = clock.now()
    metric = Metric.from_json(figure.query["metric"])
    period = provenance.period_of(figure)
    behind = provenance.entries(figure)
    page = paging.page(request, queries.with_names(behind))
    proof_page = paging.page(request, queries.vouchers(behind, metric), VOUCHERS, "proofs")
    context = {
        "figure": figure, "metric": metric, "period": period, "formula": formula(metric),
        "present": provenance.changed(figure, at=now), "intact": provenance.intact(figure),
        "page": page, "rows": rows(request.user, list(page.object_list)), "proof_page": proof_page,
        "proofs": proofs(request.user, list(proof_page.object_list)), "units_count": len(figure.query["units"]),
        "metric_url": metric_url(figure.metric, figure.scope, period) if request.user.may(P.LEDGER_READ, figure.scope) else "",
        "document": _document(request.user, figure),
    }  # fmt: skip
    return render(request, "desk/ledger/figure.html", context)


def may_open(person: Person, figure: Figure) -> bool:
    """Who reads the ledger of the unit, or the document in which the figure is printed."""
    if person.may(P.LEDGER_READ, figure.scope):
        return True
    if figure.document_uuid is None:
        return False
    return Document.objects.visible_to(person).filter(uuid=figure.document_uuid).exists()


def _document(person: Person, figure: Figure) -> vouchers.Ticket | None:
    if figure.document_uuid is None:
        return None
    key = ("document", figure.document_uuid)
    return vouchers.tickets(person, [key])[key]
