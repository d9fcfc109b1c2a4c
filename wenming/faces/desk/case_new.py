"""新增: the office enters a report that came in another way: hotline, media, a superior's bulletin, a visit."""

import uuid
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from wenming.common import clock
from wenming.common.errors import DomainError
from wenming.faces.desk import forms as parts
from wenming.faces.desk import links, photo_forms
from wenming.faces.kit.forms import offer, refuse
from wenming.faces.kit.once import key_of, once
from wenming.faces.kit.photos import Taken
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.places.models import Place, PlaceQuerySet
from wenming.ground.standards.models import EventCategory
from wenming.ground.units import states as kinds
from wenming.ground.units.models import Unit
from wenming.records.cases import actions as cases
from wenming.records.cases import queries, states
from wenming.records.cases.models import Case


class ReportForm(parts.DeskForm):
    """At most three of these are required: category, description, and a place or a unit (handbook D1)."""

    source = parts.choice("来源", states.SOURCES, required=False)
    place = parts.text(
        "点位", required=False, longest=90, help_text="填编号或名称；表里没有的，选下面的所在单位。"
    )
    unit = parts.choice("所在单位", [], required=False)
    address = parts.text("具体位置", required=False, longest=120)
    category = parts.text("问题类别", longest=60, help_text="可填代码、名称或口头说法。")
    description = parts.text("存在问题", rows=2, help_text="位置 + 对象 + 状态，10—25 字。")
    found_at = forms.DateTimeField(
        label="发现时间",
        required=False,
        help_text="不填为现在。",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    contact = parts.text("反映人联系方式", required=False, longest=60, help_text="只用于回复，不公开。")
    covert = forms.BooleanField(label="暗访问题（公开前不让被查单位看到）", required=False)
    another = forms.BooleanField(label="确实是另一处问题，仍要上报", required=False)

    def __init__(self, *args: Any, person: Person, at: datetime, **kwargs: Any) -> None:
        self.person, self.at = person, at
        super().__init__(*args, **kwargs)
        paths = person.paths(P.CASE_REPORT)
        ground = (
            Unit.objects.in_paths(paths)
            .in_force()
            .filter(kind__in=kinds.TERRITORIAL - {kinds.GRID, kinds.COUNTY})
            .select_related("town")
        )
        self.units = {str(unit.uuid): unit for unit in ground}
        offer(self, "unit", [("", "请选择"), *parts.grouped(self.units.values())])
        for name, options in (("place", "places"), ("category", "categories")):
            self.fields[name].widget.attrs |= {"list": options, "autocomplete": "off"}
        if not person.may(P.CASE_COVERT):
            del self.fields["covert"]

    @property
    def known_places(self) -> PlaceQuerySet:
        return Place.objects.in_force().in_paths(self.person.paths(P.PLACES_READ)).select_related("unit")

    @property
    def places(self) -> PlaceQuerySet:
        """The list to choose from: read only where the form is shown."""
        return self.known_places[:2000]

    def clean_place(self) -> Place | None:
        said = str(self.cleaned_data["place"]).strip()
        if not said:
            return None
        head, _, rest = said.partition(" ")
        named = Q(name=said) | Q(number=said) | Q(number=head, name=rest.strip())
        found = list(self.known_places.filter(named).select_related("unit__town", "unit__parent")[:10])
        found = found or list(self.known_places.filter(number=head).select_related("unit__town")[:10])
        if not found:
            raise forms.ValidationError(f"没有点位「{said}」，请从列表里选，或改选所在单位。")
        if len(found) > 1:
            numbers = "、".join(one.number for one in found)
            raise forms.ValidationError(f"有 {len(found)} 个点位叫「{said}」，请填编号：{numbers}。")
        return found[0]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and not data.get("place") and not data.get("unit"):
            self.add_error("place", "请填点位，或选所在单位。")
        return data

    def kind(self) -> EventCategory:
        """The category meant. Raises DomainError."""
        return parts.read_category(self.cleaned_data["category"], self.at)

    def similar(self, kind: EventCategory) -> list[Case]:
        """Open cases that may be the same problem, unless the person has said it is another."""
        data = self.cleaned_data
        place = data["place"]
        if data["another"] or place is None or place.unit.town is None:
            return []
        return queries.nearby_open(place.unit.town, kind.code, place.pk, place.lat, place.lng)


@require_http_methods(["GET", "POST"])
@once
def new(request: StaffRequest) -> HttpResponse:
    """GET the form; POST reports. Similar open cases nearby are shown first and have to be answered."""
    person = request.user
    if not person.may(P.CASE_REPORT):
        raise PermissionDenied
    form = ReportForm(request.POST if request.method == "POST" else None, person=person, at=clock.now())
    taken = photo_forms.take(
        request, town=person.town, covert="covert" in request.POST and "covert" in form.fields
    )
    similar: list[Case] = []
    if request.method == "POST" and form.is_valid() and not taken.errors:
        try:
            kind = form.kind()
            similar = form.similar(kind)
            if not similar:
                case = _report(form, kind, taken, key_of(request))
                messages.success(request, f"已上报，编号 {case.number}。")
                return links.see_other("desk:case-detail", case.uuid)
        except DomainError as error:
            refuse(form, error)
    context = {
        "form": form, "taken": taken, "similar": similar, "key": request.POST.get("key", ""), "now": form.at,
        "categories": parts.category_options(form.at), "places": form.places,
    }  # fmt: skip
    return render(request, "desk/cases/new.html", context, status=422 if request.method == "POST" else 200)


def _report(form: ReportForm, kind: EventCategory, taken: Taken, key: uuid.UUID | None) -> Case:
    data = form.cleaned_data
    return cases.report(
        at=form.at, by=form.person, key=key, category=kind.code, description=data["description"], source=data["source"],
        place=data["place"], unit=form.units.get(data["unit"]), address=data["address"], found_at=data["found_at"],
        contact=data["contact"], covert=data.get("covert", False), photos=taken.photos,
        lat=data["place"].lat if data["place"] else None, lng=data["place"].lng if data["place"] else None,
    )  # fmt: skip
