"""Deeds on places: register, change, close; give and end duty."""

import secrets
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from wenming.common.errors import Conflict, DomainError
from wenming.ground.audit import actions as audit
from wenming.ground.people.models import Person
from wenming.ground.places import states
from wenming.ground.places.models import Duty, Place
from wenming.ground.units.models import Unit

_SHAPES = {"Point": 0, "LineString": 1, "Polygon": 2}


def check_position(lat: float | None, lng: float | None) -> tuple[float | None, float | None]:
    """Both or none, on the planet, not the 0/0 of a failed fix. Raises DomainError."""
    if lat is None and lng is None:
        return None, None
    if lat is None or lng is None:
        raise DomainError("position_half", "经度和纬度要么都填，要么都不填。", field="lat")
    if not (-90 <= lat <= 90 and -180 <= lng <= 180):
        raise DomainError(
            "position_range",
            f"坐标（{lng}, {lat}）不在地球上：纬度在 -90 到 90 之间，经度在 -180 到 180 之间，请核对是否填反。",
            field="lat",
        )
    if lat == 0 and lng == 0:
        return None, None
    return lat, lng


def check_geometry(geometry: dict[str, Any] | None) -> dict[str, Any] | None:
    """A GeoJSON Point, LineString or Polygon in WGS-84. Raises DomainError."""
    if not geometry:
        return None
    depth = _SHAPES.get(str(geometry.get("type")))
    if depth is None:
        raise DomainError(
            "geometry_kind",
            "图形只能是点、线、面（GeoJSON 的 Point、LineString、Polygon）。",
            field="geometry",
        )
    points: list[Any] = [geometry.get("coordinates")]
    try:
        for _ in range(depth):
            points = [inner for outer in points for inner in outer]
        for lng, lat in points:
            check_position(float(lat), float(lng))
    except (TypeError, ValueError):
        raise DomainError("geometry_broken", "图形的坐标写法不对，请重新画。", field="geometry") from None
    return geometry


def middle(geometry: dict[str, Any]) -> tuple[float, float]:
    """(lat, lng) of a representative point: the point, the middle vertex of a line, the mean of a polygon."""
    coordinates = geometry["coordinates"]
    if geometry["type"] == "Point":
        return float(coordinates[1]), float(coordinates[0])
    if geometry["type"] == "LineString":
        half = coordinates[len(coordinates) // 2]
        return float(half[1]), float(half[0])
    ring = coordinates[0]
    return sum(float(p[1]) for p in ring) / len(ring), sum(float(p[0]) for p in ring) / len(ring)


def register(
    *,
    name: str,
    kind: str,
    unit: Unit,
    at: datetime,
    by: audit.Actor | None = None,
    number: str = "",
    point_type: str = "",
    manager: Unit | None = None,
    address: str = "",
    lat: float | None = None,
    lng: float | None = None,
    geometry: dict[str, Any] | None = None,
    position_source: str = "none",
    accuracy_m: float | None = None,
    same_radius_m: int = 50,
) -> Place:
    """Put a place into the register. Raises DomainError, Conflict (number taken)."""
    if kind not in dict(states.KINDS):
        raise DomainError("place_kind", f"不认识的点位类别「{kind}」。", field="kind")
    if not name.strip():
        raise DomainError("place_name", "请填点位名称。", field="name")
    lat, lng = check_position(lat, lng)
    geometry = check_geometry(geometry)
    if geometry and lat is None:
        lat, lng = middle(geometry)
    with transaction.atomic():
        number = number.strip() or _next_number(unit)
        place = Place(
            number=number, name=name.strip(), kind=kind, point_type=point_type, unit=unit, manager=manager, address=address,
            lat=lat, lng=lng, geometry=geometry, position_source=position_source if lat is not None else "none",
            accuracy_m=accuracy_m, same_radius_m=same_radius_m, token=secrets.token_urlsafe(12),
        )  # fmt: skip
        try:
            with transaction.atomic():
                place.save(force_insert=True)
        except IntegrityError:
            raise Conflict(
                "place_number_taken", f"点位编号 {number} 已经在用，请换一个编号。", field="number"
            ) from None
        audit.record(deed="place.register", subject=("place", place.uuid), at=at, by=by, chain=unit.chain,
                     sentence=f"登记点位「{place.name}」（{number}，{unit.name}）")  # fmt: skip
    return place


def _next_number(unit: Unit) -> str:
    stem = f"{unit.code[6:12]}-" if unit.code[:12].isdigit() else f"{unit.code}-"
    Unit.objects.select_for_update(no_key=True).get(pk=unit.pk)
    used = Place.objects.filter(number__startswith=stem).count()
    return f"{stem}{used + 1:03d}"


_CHANGEABLE = {
    "name": "名称", "kind": "类别", "point_type": "点位类型", "unit": "所在单位", "manager": "管理单位", "address": "地址",
    "lat": "纬度", "lng": "经度", "geometry": "图形", "position_source": "坐标来源", "accuracy_m": "精度", "same_radius_m": "同点半径",
}  # fmt: skip


def change(*, place: Place, at: datetime, by: audit.Actor | None, **fields: Any) -> Place:
    """Change fields of a place (see `_CHANGEABLE`). Raises DomainError."""
    if "lat" in fields or "lng" in fields:
        fields["lat"], fields["lng"] = check_position(
            fields.get("lat", place.lat), fields.get("lng", place.lng)
        )
    if "geometry" in fields:
        fields["geometry"] = check_geometry(fields["geometry"])
    with transaction.atomic():
        place = Place.objects.select_for_update(no_key=True).get(pk=place.pk)
        changed = []
        for field, value in fields.items():
            if field not in _CHANGEABLE:
                raise DomainError("place_field", f"这一项不能修改：{field}。")
            if getattr(place, field) != value:
                setattr(place, field, value)
                changed.append(field)
        if changed:
            place.save(update_fields=changed)
            told = "、".join(_CHANGEABLE[field] for field in changed)
            audit.record(deed="place.change", subject=("place", place.uuid), at=at, by=by, chain=place.unit.chain,
                         sentence=f"修改点位「{place.name}」的{told}")  # fmt: skip
    return place


def close(*, place: Place, on: date, at: datetime, by: audit.Actor | None) -> Place:
    """Take a place out of use; its cases and entries stay."""
    with transaction.atomic():
        place = Place.objects.select_for_update(no_key=True).get(pk=place.pk)
        if place.closed_on:
            raise Conflict("place_closed", f"「{place.name}」已于 {place.closed_on} 停用。")
        place.closed_on = on
        place.save(update_fields=["closed_on"])
        audit.record(
            deed="place.close",
            subject=("place", place.uuid),
            at=at,
            by=by,
            chain=place.unit.chain,
            sentence=f"停用点位「{place.name}」",
        )
    return place


def give_duty(
    *,
    place: Place,
    person: Person,
    kind: str,
    from_date: date,
    at: datetime,
    by: audit.Actor | None = None,
    to_date: date | None = None,
    deputy: bool = False,
    hours: str = "",
) -> Duty:
    """Give a person duty at a place. Raises DomainError, Conflict."""
    if kind not in dict(states.DUTIES):
        raise DomainError("duty_kind", f"不认识的责任类别「{kind}」。", field="kind")
    if to_date is not None and to_date < from_date:
        raise DomainError("duty_dates", "责任的止日早于起日，请核对。", field="to_date")
    with transaction.atomic():
        try:
            with transaction.atomic():
                duty = Duty.objects.create(
                    place=place,
                    person=person,
                    kind=kind,
                    from_date=from_date,
                    to_date=to_date,
                    deputy=deputy,
                    hours=hours,
                )
        except IntegrityError:
            raise Conflict(
                "duty_taken", f"{person.name} 在「{place.name}」已有这项责任。", field="person"
            ) from None
        audit.record(
            deed="duty.give", subject=("place", place.uuid), at=at, by=by, chain=place.unit.chain,
            sentence=f"{person.name} 任「{place.name}」{duty.get_kind_display()}{'（代理）' if deputy else ''}，自 {from_date}",
        )  # fmt: skip
    return duty


def end_duty(*, duty: Duty, on: date, at: datetime, by: audit.Actor | None = None) -> Duty:
    """End a duty on `on` (its last day)."""
    if on < duty.from_date:
        raise DomainError("duty_dates", "责任的止日早于起日，请核对。", field="to_date")
    with transaction.atomic():
        duty.to_date = on
        duty.save(update_fields=["to_date"])
        audit.record(deed="duty.end", subject=("place", duty.place.uuid), at=at, by=by, chain=duty.place.unit.chain,
                     sentence=f"{duty.person.name} 不再任「{duty.place.name}」{duty.get_kind_display()}，至 {on}")  # fmt: skip
    return duty
