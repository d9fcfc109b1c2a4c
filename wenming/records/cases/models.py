"""Cases: one problem, one row. Its history is in `audit`, its photos in `evidence`, its effect in the ledger.

Columns that follow from the history (`due_at`, `warn_at`, `sign_due_at`) are a projection for lists to sort
and filter by. They are rebuilt from the whole history in every deed, never patched; `deed.project` is
the one place that computes them, and `wenming check` proves them.
"""

import uuid
from typing import Any

from django.conf import settings
from django.db import connection, models
from django.db.models import Q

from wenming.common import clock
from wenming.common.errors import Conflict
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.places.models import Place
from wenming.ground.units.models import Unit
from wenming.records.cases import states


class CaseQuerySet(models.QuerySet["Case"]):
    def visible_to(self, person: Person) -> "CaseQuerySet":
        """Cases the person may open. Covert finds stay hidden from the inspected until published.

        Every branch of the condition has an index, so that the database can join them bit by bit or walk
        through the newest cases, whichever is less.
        """
        home = Q(reporter=person) | Q(handler=person)
        read = person.paths(P.CASE_READ)
        wide = _scope_of(person, read)
        own = [post.unit_id for post in person.posts_now() if P.CASE_READ_OWN in post.permissions]
        seen = home
        if wide is not None:
            seen |= wide
        if own:
            seen |= Q(lead_unit_id__in=own) | among(_helped_by(own))
        uncover = person.paths(P.CASE_COVERT)
        if not own and set(read) <= set(uncover):
            # Whoever may see covert finds wherever he may read has nothing hidden from him.
            return self.filter(seen)
        covert = _scope_of(person, uncover)
        hidden = Q(covert=False) | home
        return self.filter(seen, hidden if covert is None else hidden | covert)

    def open(self) -> "CaseQuerySet":
        return self.filter(state__in=states.OPEN)


def scope(paths: list[str]) -> Q | None:
    """Cases that lie in, or are led by, units under the path prefixes; None when there are none.

    A town's people select by the town column, which is indexed with the time: no join, no list of units.
    """
    if not paths:
        return None
    units = Unit.objects.in_paths(paths).values_list("id", "town_id", "kind")
    rows = list(units)
    towns = {pk for pk, _, kind in rows if kind in ("town", "county")}
    rest = {pk for pk, town, _ in rows if town not in towns}
    found = Q(town_id__in=sorted(towns)) if towns else Q(pk__in=[])
    if rest:
        found |= Q(unit_id__in=sorted(rest)) | Q(lead_unit_id__in=sorted(rest))
    return found


def _scope_of(person: Person, paths: list[str]) -> Q | None:
    """`scope` of the person, asked once: a person object lives as long as its request, like its posts."""
    known: dict[tuple[str, ...], Q | None] = person.__dict__.setdefault("_case_scopes", {})
    key = tuple(paths)
    if key not in known:
        # Posts come with their units and towns: for a town's people nothing has to be read.
        near = [unit for post in person.posts_now() for unit in (post.unit, post.unit.town) if unit]
        towns = {unit.path: unit.pk for unit in near if unit.kind == "town"}
        rest = scope([path for path in paths if path not in towns])
        found = Q(town_id__in=sorted(towns[path] for path in paths if path in towns))
        known[key] = rest if not set(paths) & set(towns) else found | rest if rest is not None else found
    return known[key]


def _helped_by(units: list[int]) -> models.QuerySet[Any]:
    """Keys of the cases that the units assist in."""
    return Case.assist_units.through.objects.filter(unit_id__in=units).values("case_id")


class _AnyOf(models.Subquery):
    template = "ANY(ARRAY(%(subquery)s))"


def among(keys: models.QuerySet[Any]) -> Q:
    """The case is one of `keys`. PostgreSQL looks an array up in the index; a subquery in an OR it tries on every row."""
    if connection.vendor != "postgresql":
        return Q(pk__in=keys)
    same = models.Func(
        models.F("pk"), _AnyOf(keys), template="%(expressions)s", arg_joiner=" = ",
        output_field=models.BooleanField(),
    )  # fmt: skip
    return Q(same)


class Case(models.Model):
    # The phone makes the uuid when the form is opened: the same report sent twice is one case.
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # Foreign keys carry no index of their own here: Meta lists those that lists and rules need, each once.
    number = models.CharField("编号", max_length=20)
    town = models.ForeignKey(Unit, models.PROTECT, db_index=False, related_name="+", verbose_name="镇")
    state = models.CharField("状态", max_length=12, choices=states.STATES, default=states.REPORTED)
    path = models.CharField("整改方式", max_length=10, choices=states.PATHS, default=states.COMMUNITY)

    source = models.CharField("来源", max_length=10, choices=states.SOURCES)
    # The visit on which it was found; cases of one tour share it. Empty: the day and the finder stand for it.
    inspection = models.UUIDField("督查批次", null=True, blank=True)
    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        db_index=False,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="上报人",
    )
    found_by = models.ForeignKey(
        Unit, models.PROTECT, db_index=False, null=True, blank=True, related_name="+", verbose_name="发现单位"
    )
    self_found = models.BooleanField("自查", default=False)
    covert = models.BooleanField("暗访未公开", default=False)

    unit = models.ForeignKey(Unit, models.PROTECT, db_index=False, related_name="+", verbose_name="所在单位")
    place = models.ForeignKey(
        Place, models.PROTECT, db_index=False, null=True, blank=True, related_name="+", verbose_name="点位"
    )
    address = models.CharField("具体位置", max_length=120, blank=True)
    lat = models.FloatField("纬度", null=True, blank=True)
    lng = models.FloatField("经度", null=True, blank=True)
    accuracy_m = models.FloatField("精度（米）", null=True, blank=True)

    category = models.CharField("类别代码", max_length=8)
    category_name = models.CharField("类别", max_length=60)
    safety = models.BooleanField("安全类", default=False)
    description = models.CharField("存在问题", max_length=300)

    lead_unit = models.ForeignKey(
        Unit, models.PROTECT, db_index=False, null=True, blank=True, related_name="+", verbose_name="责任单位"
    )
    assist_units = models.ManyToManyField(Unit, blank=True, related_name="+", verbose_name="协办单位")
    handler = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        db_index=False,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="处置人",
    )
    measures = models.CharField("整改措施", max_length=300, blank=True)
    # Quantities handed in with the rectification: account code → number as text; booked on acceptance.
    quantities = models.JSONField("整改数量", default=dict, blank=True)
    # A request of the handler that waits for the office: {"kind": "extension" | "suspension", …}.
    pending = models.JSONField("待批申请", null=True, blank=True)
    suspended_until = models.DateField("挂账预计完成", null=True, blank=True)
    suspended_to = models.CharField("挂账请谁解决", max_length=60, blank=True)
    needs_yuan = models.DecimalField("所需资金（元）", max_digits=12, decimal_places=2, null=True, blank=True)

    reported_at = models.DateTimeField("上报时间")
    dispatched_at = models.DateTimeField("派遣时间", null=True, blank=True)
    signed_at = models.DateTimeField("签收时间", null=True, blank=True)
    handed_in_at = models.DateTimeField("反馈时间", null=True, blank=True)
    closed_at = models.DateTimeField("结案时间", null=True, blank=True)
    close_reason = models.CharField("结案原因", max_length=12, blank=True, choices=states.CLOSINGS)
    in_time = models.BooleanField("按期", null=True, blank=True)

    due_at = models.DateTimeField("整改期限", null=True, blank=True)
    warn_at = models.DateTimeField("转黄时间", null=True, blank=True)
    sign_due_at = models.DateTimeField("签收期限", null=True, blank=True)

    # The day on which the ledger now counts this case as 应整改; empty while its clock is stopped.
    booked_due = models.DateField("入账期限日", null=True, blank=True)

    rework_count = models.PositiveSmallIntegerField("返工次数", default=0)
    extended = models.BooleanField("已延期", default=False)
    contested = models.BooleanField("群众退回过", default=False)
    relapse_of = models.ForeignKey(
        "self",
        models.PROTECT,
        db_index=False,
        null=True,
        blank=True,
        related_name="relapses",
        verbose_name="反弹自",
    )
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        db_index=False,
        null=True,
        blank=True,
        related_name="merged",
        verbose_name="并入",
    )
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        db_index=False,
        null=True,
        blank=True,
        related_name="parts",
        verbose_name="拆分自",
    )

    # Residents follow their report by this code; empty for reports of staff.
    follow_code = models.CharField("查询码", max_length=12, blank=True)
    public = models.BooleanField("公开", default=False)
    public_note = models.CharField("公开说明", max_length=200, blank=True)
    contact = models.CharField("联系方式", max_length=60, blank=True)
    updated_at = models.DateTimeField("更新时间")

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = "问题"
        constraints = [
            models.UniqueConstraint(fields=["town", "number"], name="cases_number_once"),
            models.CheckConstraint(
                condition=Q(lat__isnull=True, lng__isnull=True)
                | Q(lat__gte=-90, lat__lte=90, lng__gte=-180, lng__lte=180),
                name="cases_on_the_planet",
            ),
            models.CheckConstraint(
                condition=~Q(state="closed") | Q(closed_at__isnull=False) & ~Q(close_reason=""),
                name="cases_closed_with_reason",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["dispatched", "handling", "verifying"]) | Q(lead_unit__isnull=False),
                name="cases_led_by_someone",
            ),
            models.CheckConstraint(
                condition=Q(needs_yuan__isnull=True) | Q(needs_yuan__gt=0), name="cases_needs_money_or_none"
            ),
            models.CheckConstraint(
                condition=~Q(state="merged") | Q(merged_into__isnull=False), name="cases_merged_into_one"
            ),
        ]
        indexes = [
            # Who may see a case is an OR over town, unit, finder and handler, so lists walk these without a town.
            models.Index(fields=["-reported_at", "-id"], name="cases_newest"),
            models.Index(fields=["state", "-reported_at"], name="cases_by_state"),
            models.Index(fields=["lead_unit", "state", "due_at"], name="cases_by_lead"),
            models.Index(fields=["unit", "-reported_at"], name="cases_by_unit"),
            models.Index(fields=["place", "category", "-reported_at"], name="cases_same_spot"),
            models.Index(fields=["category", "-reported_at"], name="cases_by_category"),
            models.Index(
                fields=["due_at"], condition=Q(state__in=["dispatched", "handling"]), name="cases_running"
            ),
            models.Index(fields=["reported_at"], condition=Q(pending__isnull=False), name="cases_pending"),
            models.Index(fields=["due_at", "-reported_at", "-id"], name="cases_by_due"),
            models.Index(fields=["reported_at"], condition=Q(rework_count__gt=0), name="cases_reworked"),
            models.Index(fields=["reporter", "-reported_at"], name="cases_by_reporter"),
            models.Index(fields=["handler", "-reported_at"], name="cases_by_handler"),
            models.Index(fields=["follow_code"], name="cases_by_code"),
            models.Index(fields=["relapse_of"], condition=Q(relapse_of__isnull=False), name="cases_relapsed"),
            models.Index(fields=["merged_into"], condition=Q(merged_into__isnull=False), name="cases_merged"),
            models.Index(fields=["parent"], condition=Q(parent__isnull=False), name="cases_parts"),
            models.Index(fields=["lat", "lng"], name="cases_by_position"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def state_label(self) -> str:
        return states.LABELS[self.state]

    @property
    def position(self) -> tuple[float, float] | None:
        """(lat, lng) where the finder stood, when the phone told."""
        return None if self.lat is None or self.lng is None else (self.lat, self.lng)

    @property
    def where(self) -> str:
        """Place and address in one phrase."""
        name = self.place.name if self.place else ""
        return f"{name} {self.address}".strip() or self.unit.name


class Revisit(models.Model):
    """A planned look back after closing (handbook §5.1 step 7)."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="revisits")
    due_date = models.DateField("应回访日期")
    done_at = models.DateTimeField("回访时间", null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    relapsed = models.BooleanField("反弹", null=True, blank=True)
    note = models.CharField("说明", max_length=200, blank=True)

    class Meta:
        verbose_name = "回头看"
        constraints = [models.UniqueConstraint(fields=["case", "due_date"], name="revisits_once")]
        indexes = [
            models.Index(fields=["due_date"], condition=Q(done_at__isnull=True), name="revisits_waiting")
        ]

    def __str__(self) -> str:
        return f"{self.case} {self.due_date}"


class OrderQuerySet(models.QuerySet["Order"]):
    def visible_to(self, person: Person) -> "OrderQuerySet":
        """Orders of one's scope; the unit concerned sees its orders once they are issued."""
        wide = Unit.objects.in_paths(person.paths(P.CASE_SUPERVISE))
        units = Unit.objects.in_paths(sorted({*person.paths(P.CASE_READ), *person.paths(P.CASE_READ_OWN)}))
        issued = ~Q(state__in=[states.DRAFT, states.DROPPED])
        return self.filter(Q(town__in=wide) | issued & Q(unit__in=units))


class Order(models.Model):
    """督办单: drafted by the machine or a person, issued by a person, numbered without holes."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    town = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name="镇")
    # Given at issue, so that dropped drafts leave no hole.
    year = models.PositiveSmallIntegerField("年份", null=True, blank=True)
    serial = models.PositiveIntegerField("序号", null=True, blank=True)
    state = models.CharField("状态", max_length=10, choices=states.ORDER_STATES, default=states.DRAFT)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name="承办单位")
    case = models.ForeignKey(Case, models.PROTECT, related_name="orders", verbose_name="问题")
    earlier = models.ForeignKey(
        Case, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="前一次问题"
    )
    reason = models.CharField("事由", max_length=10, choices=states.ORDER_REASONS)
    matter = models.CharField("督办事项", max_length=120)
    facts = models.TextField("事实与依据")
    demands = models.TextField("整改要求")
    due_date = models.DateField("办结期限", null=True, blank=True)
    drafted_at = models.DateTimeField("起草时间")
    issued_at = models.DateTimeField("下发时间", null=True, blank=True)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="签发人",
    )
    signed_at = models.DateTimeField("签收时间", null=True, blank=True)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="签收人",
    )
    answer = models.TextField("办理情况", blank=True)
    answered_at = models.DateTimeField("答复时间", null=True, blank=True)
    opinion = models.TextField("核查意见", blank=True)
    checked_at = models.DateTimeField("销号时间", null=True, blank=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = "督办单"
        ordering = ["-drafted_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["town", "year", "serial"], name="orders_number_once"),
            models.UniqueConstraint(
                fields=["case", "earlier"], condition=Q(reason="twice"), name="orders_twice_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "dropped"])
                | Q(serial__isnull=False, issued_at__isnull=False),
                name="orders_issued_with_number",
            ),
        ]

    def __str__(self) -> str:
        return self.number or f"督办单（{self.matter}）"

    @property
    def number(self) -> str:
        """〔2026〕8号, empty before issue (handbook §6.2: no 第, no leading zeros)."""
        return f"督〔{self.year}〕{self.serial}号" if self.serial else ""


class PlaceCheckQuerySet(models.QuerySet["PlaceCheck"]):
    def visible_to(self, person: Person) -> "PlaceCheckQuerySet":
        """Checks on the ground whose ledger one reads; unpublished covert ones only where one may see covert work."""
        ground = Unit.objects.in_paths(person.paths(P.LEDGER_READ))
        covert = Unit.objects.in_paths(person.paths(P.CASE_COVERT))
        return self.filter(Q(covert=False) | Q(unit__in=covert), unit__in=ground)


class PlaceCheck(models.Model):
    """检查点位: somebody of a unit was at a place on a day, whatever he found. The voucher of `place.checked`.

    One row however many people came and however much was found (`checks.py` writes it). Whether anything was
    found, the cases of the day say. No person stands here: places are counted, nobody's walks (handbook D4).
    """

    # Follows from place, day and party, so that the row need not be read to post to the ledger.
    uuid = models.UUIDField(unique=True, editable=False)
    place = models.ForeignKey(
        Place, models.PROTECT, db_index=False, related_name="checks", verbose_name="点位"
    )
    unit = models.ForeignKey(Unit, models.PROTECT, db_index=False, related_name="+", verbose_name="所在单位")
    party = models.ForeignKey(Unit, models.PROTECT, db_index=False, related_name="+", verbose_name="检查单位")
    day = models.DateField("日期")
    source = models.CharField("来源", max_length=10, choices=states.SOURCES)
    inspection = models.UUIDField("督查批次", null=True, blank=True)
    covert = models.BooleanField("暗访未公开", default=False)

    objects = PlaceCheckQuerySet.as_manager()

    class Meta:
        verbose_name = "检查点位"
        constraints = [
            models.UniqueConstraint(fields=["place", "day", "party"], name="placechecks_once"),
            # What waits to be published must belong to a visit, which is published as a whole.
            models.CheckConstraint(
                condition=Q(covert=False) | Q(inspection__isnull=False), name="placechecks_covert_of_a_visit"
            ),
        ]
        indexes = [
            models.Index(fields=["inspection"], condition=Q(covert=True), name="placechecks_covert"),
        ]

    def __str__(self) -> str:
        return f"{self.place} {self.day} {self.party}"


class Suggestion(models.Model):
    """意见与投诉 about the system itself: goes straight to the county, the town cannot see it (handbook D23)."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    text = models.TextField("内容")
    contact = models.CharField("联系方式", max_length=60, blank=True)
    created_at = models.DateTimeField("提交时间")
    answer = models.TextField("答复", blank=True)
    answered_at = models.DateTimeField("答复时间", null=True, blank=True)

    class Meta:
        verbose_name = "意见与投诉"
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.text[:20]


def stale(case: Case, wanted: str, last: Any) -> Conflict:
    """The refusal told to the second of two people: who did what when, and what state it is in now."""
    happened = f"{last.by_name}已于 {clock.show_time(last.at)}办理：{last.sentence}。" if last else ""
    return Conflict(
        "case_state",
        f"{happened}这个问题现在是「{case.state_label}」，不能再「{wanted}」，请看最新情况后再办。",
    )
