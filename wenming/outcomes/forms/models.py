"""上级表格: a superior's own xlsx, what stands in which of its cells, and every file that was filled from it.

A version is the file with its mapping. It may be changed until the first file is filled from it; then it is kept as
it is and the next change makes a new version. Filled files are kept byte for byte and never change.
"""

import uuid
from typing import Any

from django.conf import settings
from django.db import models

from wenming.common.clock import local_date
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.units.models import Unit
from wenming.ledger import periods
from wenming.ledger.models import Figure
from wenming.ledger.periods import Period
from wenming.outcomes.forms import states

PERIOD_KINDS = [
    (kind, periods.KINDS[kind])
    for kind in (periods.WEEK, periods.MONTH, periods.CUSTOM, periods.QUARTER, periods.HALF, periods.YEAR)
]
_SEE = (P.DOCUMENT_DRAFT, P.DOCUMENT_CHECK, P.DOCUMENT_SIGN)


def _towns(person: Person) -> Any:
    """Towns for which the person drafts, checks or signs papers."""
    return Unit.objects.in_paths(sorted({path for need in _SEE for path in person.paths(need)}))


class SuperiorFormQuerySet(models.QuerySet["SuperiorForm"]):
    def visible_to(self, person: Person) -> "SuperiorFormQuerySet":
        """Forms of the towns for which the person drafts, checks or signs."""
        return self.filter(town__in=_towns(person))


class SuperiorForm(models.Model):
    # Made when the page is opened: the same upload sent twice is one form.
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    town = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name="镇")
    name = models.CharField("表名", max_length=80)
    sender = models.CharField("制表单位", max_length=60)
    period_kind = models.CharField("报送周期", max_length=10, choices=PERIOD_KINDS)
    state = models.CharField("状态", max_length=10, choices=states.STATES, default=states.IN_USE)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="上传人"
    )
    added_at = models.DateTimeField("上传时间")

    objects = SuperiorFormQuerySet.as_manager()

    class Meta:
        verbose_name = "上级表格"
        ordering = ["state", "name", "pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def state_label(self) -> str:
        return states.LABELS[self.state]

    @property
    def current(self) -> "FormVersion":
        """The version that is filled now."""
        found = self.versions.order_by("number").last()
        assert found is not None  # noqa: S101 -- a form and its first version are made in one deed
        return found


class FormVersion(models.Model):
    """The file as it was uploaded with its mapping (`mapping.Mapping` reads it)."""

    form = models.ForeignKey(SuperiorForm, models.PROTECT, related_name="versions", verbose_name="表格")
    number = models.PositiveIntegerField("版次")
    file_name = models.CharField("文件名", max_length=200)
    key = models.CharField("存储位置", max_length=200)
    sha256 = models.CharField("SHA-256", max_length=64)
    bytes = models.PositiveIntegerField("字节数")
    # What the file holds that a filled file will not hold, in words.
    lost = models.JSONField("填表后不保留的内容", default=list, blank=True)
    mapping = models.JSONField("对应", default=list, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="对表人"
    )
    made_at = models.DateTimeField("时间")

    class Meta:
        verbose_name = "表格版本"
        ordering = ["form", "number"]
        constraints = [models.UniqueConstraint(fields=["form", "number"], name="forms_version_once")]

    def __str__(self) -> str:
        return f"{self.form}第{self.number}版"

    @property
    def used(self) -> bool:
        """Has a file been filled from it? Then it does not change any more."""
        return self.filled.exists()


class FilledFormQuerySet(models.QuerySet["FilledForm"]):
    def visible_to(self, person: Person) -> "FilledFormQuerySet":
        """Filled files of the towns for which the person drafts, checks or signs."""
        return self.filter(version__form__town__in=_towns(person))


class FilledForm(models.Model):
    """One filled file. Written once; the database refuses any change."""

    # Made when the page is opened: the same order sent twice is one file.
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    version = models.ForeignKey(FormVersion, models.PROTECT, related_name="filled", verbose_name="表格版本")
    period_kind = models.CharField("期间种类", max_length=10)
    period_start = models.DateField("自")
    period_end = models.DateField("至")
    name = models.CharField("文件名", max_length=200)
    key = models.CharField("存储位置", max_length=200)
    sha256 = models.CharField("SHA-256", max_length=64)
    bytes = models.PositiveIntegerField("字节数")
    # Under "words": cell, label, text; under "lists": cell, label, rows and the uuids of the cases in it.
    content = models.JSONField("填入的文字和清单", default=dict)
    filled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="填表人"
    )
    filled_at = models.DateTimeField("填表时间")

    objects = FilledFormQuerySet.as_manager()

    class Meta:
        verbose_name = "填好的表"
        ordering = ["-filled_at", "-pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def period(self) -> Period:
        return Period(self.period_start, self.period_end, self.period_kind)

    @property
    def early(self) -> bool:
        """Filled before its period was over: the figures go up to the day of filling."""
        return local_date(self.filled_at) < self.period_end


class FilledFigure(models.Model):
    """A figure of a filled file: which cell it stands in, and the kept figure with its entries."""

    filled = models.ForeignKey(FilledForm, models.PROTECT, related_name="figures", verbose_name="填好的表")
    cell = models.CharField("格", max_length=60)
    label = models.CharField("名称", max_length=120)
    figure = models.ForeignKey(Figure, models.PROTECT, related_name="+", verbose_name="数字")
    position = models.PositiveIntegerField("次序")

    class Meta:
        verbose_name = "表里的数字"
        ordering = ["filled", "position"]
        constraints = [models.UniqueConstraint(fields=["filled", "cell"], name="forms_figure_once")]

    def __str__(self) -> str:
        return f"{self.cell} {self.label}"
