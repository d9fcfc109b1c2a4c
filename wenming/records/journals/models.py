"""工作台账: kinds of record as packs give them, records, and what was decided at meetings.

A record is one voucher. It is never changed: a correction is a new record in the place of the old one, whose
entries are taken back (红字冲销). Its history is in `audit`, its photos in `evidence`.
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.places.models import Place
from wenming.ground.standards.models import PackVersion
from wenming.ground.units.models import Unit
from wenming.records.cases.models import Case
from wenming.records.journals import states
from wenming.records.journals.kinds import Kind


class JournalKind(models.Model):
    """One kind in one version of its pack. Written when the pack is loaded, never changed."""

    pack = models.ForeignKey(PackVersion, models.PROTECT, related_name="journal_kinds", verbose_name="出处")
    # The town or county that made the kind for itself; empty for everybody.
    owner = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+", verbose_name="自设单位")
    code = models.CharField("类目代码", max_length=40)
    name = models.CharField("类目", max_length=40)
    group = models.CharField("分组", max_length=20)
    position = models.PositiveIntegerField("次序")
    spec = models.JSONField("写法")

    class Meta:
        verbose_name = "台账类目"
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["pack", "code"], name="journals_kind_once")]

    def __str__(self) -> str:
        return self.name

    def read(self) -> Kind:
        """The kind as the room works with it."""
        known: Kind | None = self.__dict__.get("_read")
        if known is None:
            known = self.__dict__["_read"] = Kind.from_json(
                self.spec, code=self.code, name=self.name, group=self.group, pk=self.pk, owner=self.owner_id
            )  # fmt: skip
        return known


class OwnPack(models.Model):
    """The text of a pack that a town or county made at the desk: to be downloaded, and to be made anew from."""

    pack = models.OneToOneField(PackVersion, models.PROTECT, related_name="+", verbose_name="规则包")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name="单位")
    text = models.TextField("内容")

    class Meta:
        verbose_name = "自设类目包"
        ordering = ["pk"]

    def __str__(self) -> str:
        return str(self.pack)


# Their people see what their own unit entered; those of communities see all of it by other permissions.
_BESIDE = (states.STATION, states.PARTNER)


class JournalQuerySet(models.QuerySet["Journal"]):
    def visible_to(self, person: Person) -> "JournalQuerySet":
        """Records the person may open: his own, those of his scope as keeper or reader of the ledger, those of his
        station or partner unit."""
        paths = {*person.paths(P.JOURNAL_MANAGE), *person.paths(P.LEDGER_READ)}
        seen = Q(entered_by=person)
        own = [
            post.unit_id
            for post in person.posts_now()
            if P.JOURNAL_ENTER in post.permissions and states.GROUP_OF.get(post.unit.kind) in _BESIDE
        ]
        if own:
            seen |= Q(unit_id__in=own)
        if paths:
            seen |= _inside(person, sorted(paths))
        return self.filter(seen)

    def standing(self) -> "JournalQuerySet":
        """Records that count: neither corrected nor struck out."""
        return self.filter(state=states.ENTERED)


def _inside(person: Person, paths: list[str]) -> Q:
    """Records of units under the prefixes, whole towns by their own indexed column; asked once a request."""
    known: dict[tuple[str, ...], Q] = person.__dict__.setdefault("_journal_scopes", {})
    if tuple(paths) in known:
        return known[tuple(paths)]
    rows = list(Unit.objects.in_paths(paths).values_list("pk", "town_id", "kind"))
    towns = {pk for pk, _, kind in rows if kind in ("town", "county")}
    rest = {pk for pk, town, _ in rows if town not in towns}
    found = Q(town_id__in=sorted(towns)) if towns else Q(pk__in=[])
    if rest:
        found |= Q(unit_id__in=sorted(rest))
    known[tuple(paths)] = found
    return found


class Journal(models.Model):
    # The form makes the uuid when it is opened: the same form sent twice is one record.
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.ForeignKey(
        JournalKind, models.PROTECT, db_index=False, related_name="+", verbose_name="类目"
    )
    code = models.CharField("类目代码", max_length=40)
    town = models.ForeignKey(Unit, models.PROTECT, db_index=False, related_name="+", verbose_name="镇")
    unit = models.ForeignKey(Unit, models.PROTECT, db_index=False, related_name="+", verbose_name="单位")
    party = models.ForeignKey(
        Unit, models.PROTECT, null=True, db_index=False, related_name="+", verbose_name="经办单位"
    )
    place = models.ForeignKey(
        Place, models.PROTECT, null=True, db_index=False, related_name="+", verbose_name="点位"
    )
    occurred_on = models.DateField("发生日期")
    title = models.CharField("摘要", max_length=120)
    fields = models.JSONField("内容", default=dict)
    # Account → number as text, as it stands in the ledger.
    quantities = models.JSONField("数量", default=dict)
    state = models.CharField("状态", max_length=10, choices=states.STATES, default=states.ENTERED)
    way = models.CharField("填报方式", max_length=6, choices=states.WAYS, default=states.FORM)
    late = models.BooleanField("补录", default=False)
    late_reason = models.CharField("补录原因", max_length=200, blank=True)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+", verbose_name="填报人"
    )
    entered_at = models.DateTimeField("填报时间")
    # The day the fact was first entered: a correction is not late because it comes later.
    recorded_on = models.DateField("首次填报日期")
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="replaced_by", verbose_name="更正自"
    )
    closed_at = models.DateTimeField("更正或冲销时间", null=True)
    ground = models.CharField("更正或冲销依据", max_length=200, blank=True)

    objects = JournalQuerySet.as_manager()

    class Meta:
        verbose_name = "工作台账"
        constraints = [
            models.CheckConstraint(
                condition=Q(late=False) | ~Q(late_reason=""), name="journals_late_with_reason"
            ),
            models.CheckConstraint(
                condition=Q(state=states.ENTERED, closed_at__isnull=True)
                | Q(state__in=[states.CORRECTED, states.STRUCK], closed_at__isnull=False) & ~Q(ground=""),
                name="journals_closed_with_ground",
            ),
            models.CheckConstraint(
                condition=Q(replaces__isnull=True) | ~Q(replaces=F("id")), name="journals_not_itself"
            ),
        ]
        indexes = [
            # The list walks down from the newest: who sees what is an OR, for which no other index keeps the order.
            models.Index(fields=["-occurred_on", "-id"], name="journals_in_order"),
            models.Index(fields=["town", "-occurred_on", "-id"], name="journals_newest"),
            models.Index(fields=["unit", "-occurred_on"], name="journals_by_unit"),
            models.Index(fields=["code", "town", "-occurred_on"], name="journals_by_kind"),
            models.Index(fields=["entered_by", "-entered_at"], name="journals_by_person"),
            models.Index(fields=["place", "-occurred_on"], condition=Q(place__isnull=False), name="journals_by_place"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title if self.title == self.kind.name else f"{self.kind.name} {self.title}"

    @property
    def state_label(self) -> str:
        return states.LABELS[self.state]


class DecisionQuerySet(models.QuerySet["Decision"]):
    def visible_to(self, person: Person) -> "DecisionQuerySet":
        """Decisions of the meetings one may open, and those for one's own unit."""
        own = [post.unit_id for post in person.posts_now()]
        return self.filter(Q(journal__in=Journal.objects.visible_to(person)) | Q(unit_id__in=own))

    def open(self) -> "DecisionQuerySet":
        return self.filter(state=states.OPEN)


class Decision(models.Model):
    """议定事项: what a meeting decided, who does it, until when; done with a note."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    journal = models.ForeignKey(Journal, models.PROTECT, related_name="decisions", verbose_name="会议")
    number = models.PositiveSmallIntegerField("序号")
    what = models.CharField("议定事项", max_length=200)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name="落实单位")
    due_on = models.DateField("完成期限", null=True)
    state = models.CharField("状态", max_length=10, choices=states.DECISION_STATES, default=states.OPEN)
    note = models.CharField("落实情况", max_length=200, blank=True)
    closed_at = models.DateTimeField("办结时间", null=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="办结人"
    )

    objects = DecisionQuerySet.as_manager()

    class Meta:
        verbose_name = "议定事项"
        ordering = ["journal", "number"]
        constraints = [
            models.UniqueConstraint(fields=["journal", "number"], name="journals_decision_once"),
            models.CheckConstraint(
                condition=Q(state=states.OPEN, closed_at__isnull=True)
                | ~Q(state=states.OPEN) & Q(closed_at__isnull=False) & ~Q(note=""),
                name="journals_decision_closed_with_note",
            ),
        ]
        indexes = [
            models.Index(fields=["unit", "due_on"], condition=Q(state=states.OPEN), name="journals_decisions_open")
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.what

    @property
    def state_label(self) -> str:
        return dict(states.DECISION_STATES)[self.state]


class SuperiorList(models.Model):
    """上级清单: a problem list that was taken over, with how its columns were read (heading → key)."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    town = models.ForeignKey(Unit, models.PROTECT, db_index=False, related_name="+", verbose_name="镇")
    sender = models.CharField("来文单位", max_length=60)
    title = models.CharField("清单名称", max_length=120)
    source = models.CharField("来源", max_length=10)
    received_on = models.DateField("清单日期")
    columns = models.JSONField("各列对应", default=dict)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="接收人"
    )
    entered_at = models.DateTimeField("接收时间")

    class Meta:
        verbose_name = "上级清单"
        ordering = ["-received_on", "-pk"]
        indexes = [models.Index(fields=["town", "-entered_at"], name="journals_lists_newest")]

    def __str__(self) -> str:
        return f"{self.sender}{self.title}"


class ListedCase(models.Model):
    """One line of a superior's list and the case it has become, so that it can be answered line by line."""

    list = models.ForeignKey(SuperiorList, models.PROTECT, related_name="lines", verbose_name="清单")
    case = models.ForeignKey(Case, models.PROTECT, related_name="+", verbose_name="问题")
    number = models.CharField("清单编号", max_length=40, blank=True)
    position = models.PositiveIntegerField("行号")

    class Meta:
        verbose_name = "清单问题"
        ordering = ["list", "position", "pk"]
        constraints = [models.UniqueConstraint(fields=["list", "case"], name="journals_listed_once")]

    def __str__(self) -> str:
        return f"{self.list} {self.number or self.position}"
