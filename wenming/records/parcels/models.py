"""Parcels that were sent or received, what a town answered to each problem, and its own problems as it reported them."""

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models

from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.units.models import Unit
from wenming.records.cases.models import Case

PROBLEMS, ANSWERS, RECORDS = "problems", "answers", "records"
KINDS = [(PROBLEMS, "问题下发"), (ANSWERS, "整改回复"), (RECORDS, "台账上报")]
SENT, RECEIVED = "out", "in"
DIRECTIONS = [(SENT, "发出"), (RECEIVED, "收到")]


class ParcelQuerySet(models.QuerySet["Parcel"]):
    def visible_to(self, person: Person) -> "ParcelQuerySet":
        """Parcels about towns whose cases the person registers, or supervises from the county."""
        paths = [*person.paths(P.CASE_REGISTER), *person.paths(P.CASE_SUPERVISE)]
        return self.filter(town__in=Unit.objects.in_paths(paths)) if paths else self.none()


class Parcel(models.Model):
    # The uuid travels with the file: the same parcel received twice is one row.
    uuid = models.UUIDField(default=uuid.uuid4, editable=False)
    direction = models.CharField("收发", max_length=3, choices=DIRECTIONS)
    kind = models.CharField("内容", max_length=8, choices=KINDS)
    town = models.ForeignKey(Unit, models.PROTECT, db_index=False, related_name="+", verbose_name="镇")
    other_code = models.CharField("对方代码", max_length=20)
    other_name = models.CharField("对方单位", max_length=60)
    made_at = models.DateTimeField("封包时间")
    rows = models.PositiveIntegerField("件数")
    # What could not be taken in, a sentence each; receiving the same file again tries them once more.
    skipped = models.JSONField("没有收下的", default=list)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="经办人")
    at = models.DateTimeField("经办时间")

    objects = ParcelQuerySet.as_manager()

    class Meta:
        verbose_name = "数据包"
        ordering = ["-at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["uuid", "direction"], name="parcels_once")]
        indexes = [models.Index(fields=["town", "-at"], name="parcels_newest")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}（{self.other_name}，{self.rows} 件）"


class Answer(models.Model):
    """What a town says of one problem of the county: its state there, measures, days; photos by the answer's uuid."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    parcel = models.ForeignKey(Parcel, models.PROTECT, related_name="answers", verbose_name="数据包")
    case = models.ForeignKey(Case, models.PROTECT, related_name="+", verbose_name="问题")
    said = models.JSONField("回复", default=dict)

    class Meta:
        verbose_name = "整改回复"
        ordering = ["parcel", "pk"]
        constraints = [models.UniqueConstraint(fields=["parcel", "case"], name="parcels_answer_once")]

    def __str__(self) -> str:
        return f"{self.case} {self.said.get('state', '')}"

    @property
    def handed_in_at(self) -> datetime | None:
        """When the town's unit handed in, by the town's clock."""
        told = self.said.get("handed_in")
        return datetime.fromisoformat(told) if told else None


class TownRecord(models.Model):
    """A problem of a town as it stood when the town sent it: its facts, its history, its entries; photos by the uuid.

    It is to be read, not handled: the case lives in the town, and no book of this machine counts it.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    parcel = models.ForeignKey(Parcel, models.PROTECT, related_name="records", verbose_name="数据包")
    case_uuid = models.UUIDField("镇里的问题")
    said = models.JSONField("内容", default=dict)
    # Under each: what happened, when, who (name and post).
    history = models.JSONField("经过", default=list)
    # Under each: account, its name, unit, day, quantity, measure, and whether it takes another back.
    entries = models.JSONField("分录", default=list)

    class Meta:
        verbose_name = "镇里上报的问题"
        ordering = ["parcel", "pk"]
        constraints = [models.UniqueConstraint(fields=["parcel", "case_uuid"], name="parcels_record_once")]

    def __str__(self) -> str:
        return str(self.said.get("number", self.case_uuid))
