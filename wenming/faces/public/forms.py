"""Forms for residents: one screen, few fields, plain words."""

from typing import Any

from django import forms
from django.db.models import Prefetch

from wenming.common import clock
from wenming.faces.kit.answers import Number
from wenming.ground.places import queries as places
from wenming.ground.places.models import Place
from wenming.ground.standards import queries as standards
from wenming.ground.units import states as kinds
from wenming.ground.units.models import Unit
from wenming.records.cases import residents

# A resident stands near what he photographs; farther places say nothing about the community.
NEAR_M = 1500


def towns() -> list[Unit]:
    """Towns in force, each with its communities and villages in `.homes`."""
    homes = Unit.objects.in_force().filter(kind__in=kinds.RESIDENTIAL).order_by("path")
    found = Unit.objects.in_force().filter(kind=kinds.TOWN).order_by("path")
    return list(found.prefetch_related(Prefetch("children", homes, to_attr="homes")))


def ground_near(lat: float, lng: float) -> Unit | None:
    """The community of the nearest registered place, or None."""
    if not (-90 <= lat <= 90 and -180 <= lng <= 180):
        return None
    for place, _ in places.nearest(lat, lng, within_m=NEAR_M, limit=5):
        if place.unit.kind in kinds.RESIDENTIAL:
            return place.unit
    return None


class ReportForm(forms.Form):
    """`clean()` leaves the ground in `self.ground`, the place of a QR code in `self.spot`."""

    text = forms.CharField(
        label="什么问题",
        max_length=300,
        error_messages={"required": "请写一句是什么问题，例如「巷口垃圾没人清」。"},
    )
    unit = forms.CharField(label="在哪个社区（村）", required=False, max_length=40)
    place = forms.CharField(required=False, max_length=22)
    address = forms.CharField(label="具体位置", required=False, max_length=120)
    category = forms.CharField(label="是哪一类", required=False, max_length=8)
    contact = forms.CharField(label="联系方式", required=False, max_length=60)
    # Left empty by people, who cannot see it; filled in by robots.
    website = forms.CharField(required=False)
    lat, lng, accuracy_m = Number(required=False), Number(required=False), Number(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ground: Unit | None = None
        self.spot: Place | None = None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        self._find_ground(data)
        if not data.get("category") and data.get("text"):
            known = standards.suggest(data["text"], on=clock.local_date(clock.now()), limit=1)
            if known:
                data["category"] = known[0][0].code
            else:
                self.add_error("category", "没认出是哪一类问题，请从下面选一类最接近的。")
        return data

    def _find_ground(self, data: dict[str, Any]) -> None:
        if data.get("place"):
            self.spot = Place.objects.in_force().select_related("unit").filter(token=data["place"]).first()
        if self.spot is not None:
            self.ground = self.spot.unit
            return
        homes = Unit.objects.in_force().filter(kind__in=kinds.RESIDENTIAL)
        if data.get("unit"):
            self.ground = homes.filter(code=data["unit"]).select_related("town").first()
        elif data.get("lat") is not None and data.get("lng") is not None:
            self.ground = ground_near(data["lat"], data["lng"])
        if self.ground is None:
            self.add_error("unit", "请选择在哪个社区（村）。")


class FollowForm(forms.Form):
    code = forms.CharField(label="查询码", max_length=20)


class ContestForm(forms.Form):
    note = forms.CharField(
        label="哪里没有整改好", max_length=200, error_messages={"required": "请写一句哪里没有整改好。"}
    )


class RateForm(forms.Form):
    rating = forms.ChoiceField(label="评价", choices=residents.RATINGS)


class SuggestForm(forms.Form):
    text = forms.CharField(
        label="意见、建议或投诉",
        max_length=2000,
        widget=forms.Textarea,
        error_messages={"required": "请写下您的意见或投诉。"},
    )
    contact = forms.CharField(label="联系方式", required=False, max_length=60)
    website = forms.CharField(required=False)
