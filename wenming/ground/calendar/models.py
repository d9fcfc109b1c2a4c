"""What the office enters: exceptional days, office hours, announced years, market days of towns.

One installation is one county (architecture §5), so a day, a year and a set of hours exist once; only market
days belong to a town.
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from wenming.ground.calendar import states


class Changed(models.Model):
    """Who changed a row last, and when. `changed_by` is empty for the system itself."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="修改人"
    )
    changed_at = models.DateTimeField("修改时间")

    class Meta:
        abstract = True


class CalendarDay(Changed):
    """A day that differs from "Monday to Friday, usual hours"."""

    day = models.DateField("日期", unique=True)
    kind = models.CharField("类别", max_length=4, choices=states.DAY_KINDS)
    name = models.CharField("名称", max_length=20)
    # A list like ["08:30-12:00"]; null means the usual hours of that date.
    spans = models.JSONField("时段", null=True, blank=True)
    # The pack the row came from; empty once a person has set the day, and then no pack touches it again.
    pack = models.CharField("来源包", max_length=40, blank=True)

    class Meta:
        verbose_name = "日历日"
        ordering = ["day"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=[states.WORK, states.OFF]), name="calendar_day_kind"),
            models.CheckConstraint(
                condition=Q(kind=states.WORK) | Q(spans__isnull=True), name="calendar_no_hours_when_off"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"


class OfficeHours(Changed):
    """The usual office hours from `valid_from` on, until the next row: summer and winter hours."""

    valid_from = models.DateField("启用日期", unique=True)
    spans = models.JSONField("时段")
    pack = models.CharField("来源包", max_length=40, blank=True)

    class Meta:
        verbose_name = "作息时间"
        verbose_name_plural = "作息时间"
        ordering = ["valid_from"]

    def __str__(self) -> str:
        return f"{self.valid_from} 起 {'、'.join(self.spans)}"


class CalendarYear(Changed):
    """Whether the State Council's arrangement for a year is out and entered here."""

    year = models.PositiveSmallIntegerField("年份", unique=True)
    announced = models.BooleanField("已公布并录入", default=False)

    class Meta:
        verbose_name = "日历年度"
        ordering = ["year"]

    def __str__(self) -> str:
        return f"{self.year} 年"


class MarketDay(Changed):
    """On which days a town holds its market. `numbers` are endings 0–9 or weekdays 1–7, as `kind` says."""

    town = models.OneToOneField("units.Unit", models.CASCADE, related_name="+", verbose_name="镇")
    kind = models.CharField("规则", max_length=8, choices=states.MARKET_KINDS)
    numbers = models.JSONField("逢日")

    class Meta:
        verbose_name = "赶集日"

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.numbers}"


class CalendarState(models.Model):
    """One row: the version of everything above. Updating it locks the calendar for one writer at a time.

    `token` is new with every change. Processes compare it instead of the number, because a number given out
    in a transaction that is rolled back is given out again.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    version = models.PositiveIntegerField("版本", default=0)
    token = models.UUIDField(default=uuid.uuid4)
    roll_natural_days = models.BooleanField("自然日逢休息日顺延", default=True)

    class Meta:
        verbose_name = "日历版本"
        constraints = [models.CheckConstraint(condition=Q(id=1), name="calendar_state_once")]

    def __str__(self) -> str:
        return f"第 {self.version} 版"


class CalendarChange(models.Model):
    """One row a version: from which day on deadlines may have moved. Market days move none and leave no row."""

    version = models.PositiveIntegerField("版本", primary_key=True)
    at = models.DateTimeField("时间")
    first_day = models.DateField("影响起始日")
    last_day = models.DateField("影响截止日", null=True)

    class Meta:
        verbose_name = "日历变更"
        ordering = ["version"]

    def __str__(self) -> str:
        return f"第 {self.version} 版，{self.first_day} 起"
