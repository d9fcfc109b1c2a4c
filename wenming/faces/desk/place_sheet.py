"""Sheets of QR codes for places: twelve to a page of A4, each opening the place on the phone face."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from wenming.faces.desk import paging, places
from wenming.faces.desk.access import needs
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.people.permissions import P

A_PAGE = 12
# Drawing a code takes some milliseconds; twenty pages are enough for one printing.
AT_ONCE = A_PAGE * 20


@require_GET
@needs(P.PLACES_READ)
def sheet(request: StaffRequest) -> HttpResponse:
    """Codes of the filtered places, ready to print."""
    _form, found = places.filtered(request)
    page = paging.Capped(found, AT_ONCE).get_page(request.GET.get("page"))
    codes = [{"place": place, **places.place_code(request, place)} for place in page.object_list]
    context = {
        "page": page,
        "codes": codes,
        "sheets": [codes[n : n + A_PAGE] for n in range(0, len(codes), A_PAGE)],
    }
    return render(request, "desk/places/sheet.html", context)
