"""Places: streets, lanes, estates, points of the 42 types, zones; and who has duty there."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from wenming.ground.places import states
from wenming.ground.units.models import Unit


class PlaceQuerySet(models.QuerySet["Place"]):
    def in_force(self) -> "PlaceQuerySet":
        return self.filter(closed_on__isnull=True)

    def in_paths(self, paths: list[str]) -> "PlaceQuerySet":
        """Places of units under any of the path prefixes."""
        condition = Q(pk__in=[])
        for path in paths:
            condition |= Q(unit__path__startswith=path)
        return self.filter(condition)


class Place(models.Model):
    """Coordinates are WGS-84 (≈ CGCS2000); `geometry` is a GeoJSON Point, LineString or Polygon."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField("编号", max_length=20, unique=True)
    name = models.CharField("名称", max_length=60)
    kind = models.CharField("类别", max_length=10, choices=states.KINDS)
    # Code of the point type in the pack (road_main, market …); empty where none fits.
    point_type = models.CharField("点位类型", max_length=40, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="places", verbose_name="所在单位")
    # The unit that runs the place (a market company, a school), when it is not the community itself.
    manager = models.ForeignKey(
        Unit, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="管理单位"
    )
    address = models.CharField("地址", max_length=120, blank=True)
    lat = models.FloatField("纬度", null=True, blank=True)
    lng = models.FloatField("经度", null=True, blank=True)
    geometry = models.JSONField("图形", null=True, blank=True)
    position_source = models.CharField("坐标来源", max_length=10, choices=states.SOURCES, default="none")
    accuracy_m = models.FloatField("精度（米）", null=True, blank=True)
    # Two finds within this many metres are at the same spot, for streets a shorter stretch of it.
    same_radius_m = models.PositiveSmallIntegerField("同点半径（米）", default=50)
    token = models.CharField("二维码口令", max_length=22, unique=True, editable=False)
    sort_key = models.CharField("排序键", max_length=120, blank=True)
    closed_on = models.DateField("停用日期", null=True, blank=True)

    objects = PlaceQuerySet.as_manager()

    class Meta:
        verbose_name = "点位"
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(
                condition=Q(lat__isnull=True, lng__isnull=True)
                | Q(lat__gte=-90, lat__lte=90, lng__gte=-180, lng__lte=180),
                name="places_on_the_planet",
            ),
        ]
        indexes = [models.Index(fields=["lat", "lng"], name="places_by_position")]

    def __str__(self) -> str:
        return self.name

    @property
    def position(self) -> tuple[float, float] | None:
        """(lat, lng), where it is known."""
        return None if self.lat is None or self.lng is None else (self.lat, self.lng)


class Duty(models.Model):
    """Person ↔ place, from–to, with hours and deputy."""

    place = models.ForeignKey(Place, models.CASCADE, related_name="duties", verbose_name="点位")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="duties", verbose_name="责任人"
    )
    kind = models.CharField("责任", max_length=15, choices=states.DUTIES)
    deputy = models.BooleanField("代理", default=False)
    hours = models.CharField("责任时段", max_length=60, blank=True)
    from_date = models.DateField("起")
    to_date = models.DateField("止", null=True, blank=True)

    class Meta:
        verbose_name = "点位责任"
        constraints = [
            models.CheckConstraint(
                condition=Q(to_date__isnull=True) | Q(to_date__gte=F("from_date")),
                name="duties_dates_in_order",
            ),
            models.UniqueConstraint(fields=["place", "person", "kind", "from_date"], name="duties_once"),
        ]

    def __str__(self) -> str:
        return f"{self.place} {self.get_kind_display()} {self.person}"
