"""Packs as rows. Rows of a pack are written once, when it is loaded, and never changed."""

import uuid
from typing import Any

from django.db import models

from wenming.ground.calendar.arithmetic import Term, TermUnit
from wenming.ground.standards.states import UNITS, Family, Level, Method, PlaceKind, Severity

UNIT_CHOICES = list(UNITS.items())


class PackVersion(models.Model):
    """One version of one pack. `facts` holds what the pack says about itself: legends, grading rules."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField("种类", max_length=40)
    code = models.CharField("包名", max_length=40)
    version = models.CharField("版本", max_length=40)
    title = models.CharField("标题", max_length=120)
    in_force = models.DateField("施行日期")
    sample = models.BooleanField("样例", default=False)
    digest = models.CharField("文件摘要", max_length=64)
    facts = models.JSONField("说明", default=dict)
    loaded_at = models.DateTimeField("装入时间")
    loaded_by = models.CharField("装入人", max_length=60, blank=True)

    class Meta:
        verbose_name = "规则包"
        constraints = [
            models.UniqueConstraint(fields=["kind", "code", "version"], name="standards_pack_version_once")
        ]
        indexes = [models.Index(fields=["kind", "in_force"], name="standards_pack_by_day")]

    def __str__(self) -> str:
        return f"{self.title} {self.version}"


class Department(models.Model):
    """Who is answerable by default. Units of the town are matched to these codes."""

    pack = models.ForeignKey(PackVersion, on_delete=models.PROTECT, related_name="departments")
    code = models.CharField("代码", max_length=40)
    name = models.CharField("名称", max_length=60)
    enforces = models.BooleanField("有执法权", default=False)
    order = models.PositiveIntegerField("次序")

    class Meta:
        verbose_name = "责任部门"
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["pack", "code"], name="standards_department_once")]

    def __str__(self) -> str:
        return self.name


class EventCategory(models.Model):
    """One kind of problem, with its default deadline and the words people use for it."""

    pack = models.ForeignKey(PackVersion, on_delete=models.PROTECT, related_name="categories")
    code = models.CharField("代码", max_length=8)
    name = models.CharField("名称", max_length=60)
    family = models.CharField("来源", max_length=10, choices=Family.choices)
    component = models.CharField("部件", max_length=60, blank=True)
    class_code = models.CharField("大类代码", max_length=4)
    class_name = models.CharField("大类", max_length=40)
    legacy_code = models.CharField("旧标准代码", max_length=8, blank=True)
    legacy_confirmed = models.BooleanField("旧码已核", default=False)
    dept = models.CharField("责任部门", max_length=40)
    level = models.CharField("级别", max_length=10, choices=Level.choices)
    safety = models.BooleanField("安全类", default=False)
    deadline_value = models.PositiveSmallIntegerField("时限")
    deadline_unit = models.CharField("时限单位", max_length=10, choices=UNIT_CHOICES)
    basis = models.CharField("时限依据", max_length=10)
    sign_value = models.PositiveSmallIntegerField("签收时限")
    sign_unit = models.CharField("签收时限单位", max_length=10, choices=UNIT_CHOICES)
    urgent_value = models.PositiveSmallIntegerField("紧急时限", null=True)
    urgent_unit = models.CharField("紧急时限单位", max_length=10, choices=UNIT_CHOICES, blank=True)
    urgent_basis = models.CharField("紧急时限依据", max_length=10, blank=True)
    urgent_when = models.CharField("何时按紧急", max_length=120, blank=True)
    alt_deadlines = models.JSONField("别处口径", default=list)
    register_if = models.CharField("立案条件", max_length=200)
    close_if = models.CharField("结案条件", max_length=200)
    aliases = models.JSONField("别名", default=list)
    words = models.JSONField("口头说法", default=list)
    excludes = models.JSONField("排除词", default=list)
    # handbook D10: a matter that only a body with enforcement power can settle is never led by a community.
    can_community_lead = models.BooleanField("社区可主办")
    active = models.BooleanField("启用", default=True)
    order = models.PositiveIntegerField("次序")

    class Meta:
        verbose_name = "问题类别"
        ordering = ["order"]
        constraints = [
            models.UniqueConstraint(fields=["pack", "code"], name="standards_category_once"),
            models.CheckConstraint(
                condition=models.Q(deadline_value__gt=0, sign_value__gt=0), name="standards_category_terms"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def deadline(self) -> Term:
        """Time for putting it right, from dispatch, as the calendar reckons it."""
        return Term(self.deadline_value, TermUnit(self.deadline_unit))

    @property
    def sign(self) -> Term:
        """Time for signing, from dispatch."""
        return Term(self.sign_value, TermUnit(self.sign_unit))

    @property
    def urgent(self) -> Term | None:
        """Time for making it safe when persons are in danger (`urgent_when`)."""
        return Term(self.urgent_value, TermUnit(self.urgent_unit)) if self.urgent_value else None


class Exemption(models.Model):
    """When a problem must not be registered (handbook §2.4). `applies_to` lists codes, or "*" for all."""

    pack = models.ForeignKey(PackVersion, on_delete=models.PROTECT, related_name="exemptions")
    code = models.CharField("编号", max_length=8)
    applies_to = models.JSONField("适用事项", default=list)
    text = models.CharField("情形", max_length=200)
    source = models.CharField("出处", max_length=120, blank=True)
    order = models.PositiveIntegerField("次序")

    class Meta:
        verbose_name = "不立案情形"
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["pack", "code"], name="standards_exemption_once")]

    def __str__(self) -> str:
        return self.text

    def covers(self, code: str) -> bool:
        """Whether it speaks about the category `code`."""
        applies: list[Any] = self.applies_to
        return "*" in applies or code in applies


class PointType(models.Model):
    """A kind of place that assessments visit (handbook §2.2)."""

    pack = models.ForeignKey(PackVersion, on_delete=models.PROTECT, related_name="point_types")
    code = models.CharField("代码", max_length=40)
    name = models.CharField("名称", max_length=60)
    group = models.CharField("分组", max_length=20)
    kind = models.CharField("性质", max_length=12, choices=PlaceKind.choices)
    sampling = models.CharField("抽样", max_length=120)
    note = models.CharField("说明", max_length=300, blank=True)
    order = models.PositiveIntegerField("次序")

    class Meta:
        verbose_name = "点位类型"
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["pack", "code"], name="standards_point_type_once")]

    def __str__(self) -> str:
        return self.name


class CheckItem(models.Model):
    """One line of the check list of a point type. Weights of a type add up to 100."""

    point_type = models.ForeignKey(PointType, on_delete=models.PROTECT, related_name="items")
    code = models.CharField("编号", max_length=48)
    text = models.CharField("检查内容", max_length=300)
    category = models.CharField("方面", max_length=20)
    weight = models.PositiveSmallIntegerField("权重")
    severity = models.CharField("严重程度", max_length=10, choices=Severity.choices)
    dept = models.CharField("责任部门", max_length=40)
    method = models.CharField("方法", max_length=10, choices=Method.choices)
    event_code = models.CharField("对应问题类别", max_length=8)
    source = models.CharField("依据", max_length=10)
    order = models.PositiveIntegerField("次序")

    class Meta:
        verbose_name = "检查项"
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["point_type", "code"], name="standards_item_once")]

    def __str__(self) -> str:
        return self.text
