"""Units: the tree county → town → community/village → grid, with departments and partners beside it."""

import uuid

from django.db import models
from django.db.models import F, Q

from wenming.ground.units import states


class UnitQuerySet(models.QuerySet["Unit"]):
    def below(self, unit: "Unit") -> "UnitQuerySet":
        """The unit itself and everything under it."""
        return self.filter(path__startswith=unit.path)

    def in_force(self) -> "UnitQuerySet":
        """Units that have not been dissolved or merged."""
        return self.filter(valid_to__isnull=True)

    def in_paths(self, paths: list[str]) -> "UnitQuerySet":
        """Units under any of the path prefixes (from `Person.paths`)."""
        condition = Q(pk__in=[])
        for path in paths:
            condition |= Q(path__startswith=path)
        return self.filter(condition)


class Unit(models.Model):
    """`path` is the row keys from the root, "/1/5/12/": everything below a unit shares its prefix."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField("名称", max_length=60)
    short_name = models.CharField("简称", max_length=30, blank=True)
    kind = models.CharField("类别", max_length=12, choices=states.KINDS)
    # 12 digits for territorial units, 15 for a grid; own short codes for the others (handbook §9.1).
    code = models.CharField("编码", max_length=20, unique=True)
    credit_code = models.CharField("统一社会信用代码", max_length=18, blank=True)
    dept = models.CharField("职能代码", max_length=30, blank=True)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name="上级"
    )
    path = models.CharField(max_length=120, db_index=True, editable=False)
    depth = models.PositiveSmallIntegerField(default=0, editable=False)
    # The town (or the county itself) whose books this unit belongs to.
    town = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="所属镇"
    )
    population = models.PositiveIntegerField("常住人口", null=True, blank=True)
    partner_of = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="partners", verbose_name="挂钩社区"
    )
    sort_key = models.CharField("排序键", max_length=120, blank=True)
    valid_from = models.DateField("启用日期")
    valid_to = models.DateField("停用日期", null=True, blank=True)
    successor = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="并入"
    )

    objects = UnitQuerySet.as_manager()

    class Meta:
        verbose_name = "单位"
        ordering = ["path"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="units_dates_in_order",
            ),
        ]

    def __str__(self) -> str:
        return self.short_name or self.name

    @property
    def label(self) -> str:
        """Short name where there is one."""
        return self.short_name or self.name

    @property
    def chain(self) -> str:
        """Key of the history chain and of the book this unit writes into."""
        return f"town-{self.town_id or self.pk}"

    def contains(self, other: "Unit") -> bool:
        """True for the unit itself and everything below it."""
        return other.path.startswith(self.path)


class Series(models.Model):
    """The last number given in a series of a unit and year. Locked until the deed that took it is written."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=40)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = "编号序列"
        constraints = [models.UniqueConstraint(fields=["unit", "kind", "year"], name="units_series_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.year} {self.last}"
