"""Forms of places and duties. A shape is drawn on the map or typed; both fill the same fields."""

import json
from typing import Any

from django import forms
from django.db.models import Q, QuerySet

from wenming.common import clock
from wenming.common.errors import DomainError
from wenming.faces.desk import access
from wenming.faces.desk import forms as parts
from wenming.faces.kit.forms import offer
from wenming.ground.people.models import Person
from wenming.ground.places import actions, states
from wenming.ground.places.models import Duty, Place
from wenming.ground.standards import queries as standards
from wenming.ground.units import states as kinds
from wenming.ground.units.models import Unit


class FilterForm(parts.DeskForm):
    q = forms.CharField(label="名称、编号、地址", required=False, max_length=60)
    unit = forms.ChoiceField(label="单位（含下级）", required=False)
    kind = forms.ChoiceField(label="类别", choices=[("", "不限"), *states.KINDS], required=False)
    point_type = forms.ChoiceField(label="点位类型", required=False)
    only = forms.ChoiceField(
        label="只看", required=False,
        choices=[("", "全部在用"), ("no_duty", "没有责任人"), ("no_position", "没有坐标"), ("closed", "已停用")],
    )  # fmt: skip

    def __init__(self, *args: Any, own: list[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.own = own
        ground = [unit for unit in own if unit.kind in kinds.TERRITORIAL]
        offer(self, "unit", [("", "不限"), *parts.grouped(ground)])
        offer(self, "point_type", [("", "不限"), ("-", "没有定类型"), *_types()])

    def apply(self, found: QuerySet[Place]) -> QuerySet[Place]:
        """Narrow the places; a field with an error narrows nothing."""
        self.is_valid()
        data = self.cleaned_data
        for word in data.get("q", "").split():
            found = found.filter(
                Q(name__icontains=word) | Q(number__icontains=word) | Q(address__icontains=word)
            )
        if data.get("unit"):
            found = found.filter(unit__path__startswith=access.pick(self.own, data["unit"]).path)
        if data.get("kind"):
            found = found.filter(kind=data["kind"])
        if data.get("point_type"):
            found = found.filter(point_type="" if data["point_type"] == "-" else data["point_type"])
        only = data.get("only")
        if only == "no_duty":
            today = clock.local_date(clock.now())
            held = Duty.objects.filter(from_date__lte=today).filter(
                Q(to_date__isnull=True) | Q(to_date__gte=today)
            )
            found = found.exclude(pk__in=held.values("place_id"))
        if only == "no_position":
            found = found.filter(lat__isnull=True)
        return found.filter(closed_on__isnull=only != "closed")


class PlaceForm(parts.DeskForm):
    name = parts.text("名称", longest=60)
    kind = forms.ChoiceField(label="类别", choices=[("", "请选择"), *states.KINDS])
    unit = forms.ChoiceField(label="所在单位")
    point_type = forms.ChoiceField(
        label="点位类型", required=False, help_text="决定检查哪些内容；街巷、小区也可以选。"
    )
    number = parts.text("编号", required=False, longest=20, help_text="不填自动编号。")
    manager = forms.ChoiceField(label="管理单位（不是社区自管的填）", required=False)
    address = parts.text("地址", required=False, longest=120)
    same_radius_m = forms.IntegerField(
        label="同点半径（米）",
        min_value=5,
        max_value=500,
        initial=50,
        help_text="相距多近算同一处，街道可填小些。",
    )
    position_source = forms.ChoiceField(
        label="坐标来源",
        choices=[row for row in states.SOURCES if row[0] != "none"],
        required=False,
        initial="map",
    )
    lng = forms.FloatField(label="经度", required=False, widget=forms.NumberInput(attrs={"step": "any"}))
    lat = forms.FloatField(label="纬度", required=False, widget=forms.NumberInput(attrs={"step": "any"}))
    geometry = forms.CharField(
        label="线或面（GeoJSON）",
        required=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
        help_text="在地图上画线、画面时自动填写，也可以粘贴。坐标用 WGS-84（手机定位、天地图）。",
    )

    def __init__(self, *args: Any, own: list[Unit], changing: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.own = [unit for unit in own if unit.valid_to is None]
        ground = [unit for unit in self.own if unit.kind in (*kinds.TERRITORIAL,)]
        others = [unit for unit in self.own if unit.kind not in kinds.TERRITORIAL]
        offer(self, "unit", [("", "请选择"), *parts.grouped(ground)])
        offer(self, "manager", [("", "无"), *parts.grouped(others)])
        offer(self, "point_type", [("", "不定"), *_types()])
        if changing:
            del self.fields["number"]

    def clean_unit(self) -> Unit:
        return access.pick(self.own, self.cleaned_data["unit"])

    def clean_manager(self) -> Unit | None:
        said = self.cleaned_data["manager"]
        return access.pick(self.own, said) if said else None

    def clean_geometry(self) -> dict[str, Any] | None:
        """The drawn or pasted shape; the places' own check looks at its coordinates."""
        said = self.cleaned_data["geometry"].strip()
        if not said:
            return None
        try:
            found = json.loads(said)
        except ValueError:
            raise forms.ValidationError("图形写法不完整，请重新画，或重新复制 GeoJSON。") from None
        found = found.get("geometry", found) if isinstance(found, dict) else None
        if not isinstance(found, dict) or found.get("type") not in ("Point", "LineString", "Polygon"):
            raise forms.ValidationError("图形只能是一个点、一条线或一个面。")
        return found

    def clean(self) -> dict[str, Any]:
        """A shape without numbers gives them: its middle is where the place is."""
        data = super().clean() or {}
        shape = data.get("geometry")
        if shape and data.get("lat") is None and data.get("lng") is None:
            try:
                data["lat"], data["lng"] = actions.middle(actions.check_geometry(shape) or {})
            except DomainError as error:
                self.add_error("geometry", error.message)
        return data

    @classmethod
    def shown(cls, place: Place) -> dict[str, Any]:
        """What the form shows of a place."""
        plain = {
            name: getattr(place, name) for name in ("name", "kind", "point_type", "address", "same_radius_m")
        }
        return plain | {
            "unit": place.unit.uuid, "manager": place.manager.uuid if place.manager else "", "lat": place.lat, "lng": place.lng,
            "geometry": json.dumps(place.geometry) if place.geometry else "",
            "position_source": place.position_source if place.lat is not None else "map",
        }  # fmt: skip


class DutyForm(parts.DeskForm):
    person = forms.ModelChoiceField(
        Person.objects.none(), label="责任人", empty_label="请选择", to_field_name="uuid"
    )
    kind = forms.ChoiceField(label="责任", choices=[("", "请选择"), *states.DUTIES])
    from_date = parts.day("起")
    to_date = parts.day("止（长期的不填）", required=False)
    hours = parts.text("责任时段", required=False, longest=60, help_text="如「早 8:00—10:00」。")
    deputy = forms.BooleanField(label="代理", required=False)

    def __init__(self, *args: Any, people: QuerySet[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = people  # type: ignore[attr-defined]


class CloseForm(parts.DeskForm):
    on = parts.day("停用日期")


def _types() -> list[tuple[str, list[tuple[str, str]]]]:
    """Point types in force as options of a list, by group."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for row in standards.point_types(clock.local_date(clock.now())):
        groups.setdefault(row.group, []).append((row.code, row.name))
    return list(groups.items())
