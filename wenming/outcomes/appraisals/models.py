"""Appraisals: rule books of a town, rounds with their score sheets, appeals, consequences."""

import hashlib
import json
import uuid
from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.places.models import Place
from wenming.ground.units.models import Unit
from wenming.ledger.periods import Period
from wenming.outcomes.appraisals import states
from wenming.outcomes.scoring import amounts, reading
from wenming.outcomes.scoring.book import Book


def _person(label: str) -> models.ForeignKey:  # type: ignore[type-arg]
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=label
    )


class RuleBookQuerySet(models.QuerySet["RuleBook"]):
    def visible_to(self, person: Person) -> "RuleBookQuerySet":
        """Adopted books can be read by everybody rated in the town (handbook D16); drafts by those who write them."""
        managed = Unit.objects.in_paths(person.paths(P.SCORE_MANAGE))
        return self.filter(Q(town__in=managed) | Q(town__in=_towns(person)) & ~Q(state=states.WRITING))

    def in_force(self, town: Unit, code: str, period: Period) -> "RuleBook | None":
        """The version that explains the period: the latest adopted one in force when it began."""
        found = self.filter(town=town, code=code, in_force__lte=period.start, period=period.kind)
        return found.exclude(state=states.WRITING).order_by("-in_force", "-adopted_at", "-id").first()


def _towns(person: Person) -> list[int]:
    """Keys of the towns in which the person holds a post that deals with scores."""
    needs = {P.SCORE_READ, P.SCORE_APPEAL, P.SCORE_MANAGE, P.SCORE_DECIDE, P.SCORE_CONFIRM}
    found = {post.unit.town_id or post.unit_id for post in person.posts_now() if needs & post.permissions}
    county = [post.scope for post in person.posts_now() if needs & post.permissions and post.unit.kind in ("county", "office")]  # fmt: skip
    return sorted(found | set(Unit.objects.in_paths(county).filter(kind="town").values_list("pk", flat=True)))


class RuleBook(models.Model):
    """One version of one rule book of a town, as text. Once adopted the text never changes (handbook D16)."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    town = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name="镇")
    code = models.CharField("代号", max_length=20)
    version = models.CharField("版本", max_length=40)
    title = models.CharField("标题", max_length=120)
    in_force = models.DateField("施行日期")
    rated = models.CharField("考核对象", max_length=12)
    period = models.CharField("考核期", max_length=10)
    text = models.TextField("规则书")
    digest = models.CharField("摘要", max_length=64)
    state = models.CharField("状态", max_length=10, choices=states.BOOK_STATES, default=states.WRITING)
    written_by, written_at = _person("起草人"), models.DateTimeField("起草时间")
    adopted_by, adopted_at = _person("采用人"), models.DateTimeField("采用时间", null=True, blank=True)

    objects = RuleBookQuerySet.as_manager()

    class Meta:
        verbose_name = "规则书"
        ordering = ["code", "-in_force", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["town", "code", "version"], name="appraisals_book_version_once"),
            models.CheckConstraint(
                condition=Q(state=states.WRITING, adopted_at__isnull=True)
                | Q(~Q(state=states.WRITING), adopted_at__isnull=False),
                name="appraisals_book_adopted_with_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.version}"

    @cached_property
    def book(self) -> Book:
        """The book as the engine reads it. Raises BadInput (a draft may be broken)."""
        return reading.read_text(self.text, label=f"{self.code} {self.version}")


class RoundQuerySet(models.QuerySet["Round"]):
    def visible_to(self, person: Person) -> "RoundQuerySet":
        """The office sees all of its towns; others what was told in theirs. A contractor's settlement is seen by
        himself, the office and the town's leaders only."""
        managed = Unit.objects.in_paths(person.paths(P.SCORE_MANAGE) + person.paths(P.SCORE_DECIDE))
        told = Q(state__in=states.TOLD, town__in=_towns(person))
        own = _own_units(person)
        private = ~Q(book__rated="unit") & ~Q(sheets__unit__in=own) & ~Q(sheets__place__unit__in=own)
        if person.may(P.SCORE_CONFIRM):
            private = Q(pk__in=[])
        return self.filter(Q(town__in=managed) | told & ~private).distinct()

    def live(self) -> "RoundQuerySet":
        return self.exclude(state__in=(states.DROPPED, states.SUPERSEDED))


def _own_units(person: Person) -> list[int]:
    """Keys of the units that the person speaks for: his own and what lies below it, as a cleaners' post in a grid does."""
    return list(Unit.objects.in_paths(person.paths(P.SCORE_APPEAL)).values_list("pk", flat=True))


class Round(models.Model):
    """One period scored by one book: computed → shown → published; a correction is a round of its own."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    town = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name="镇")
    book = models.ForeignKey(RuleBook, models.PROTECT, related_name="rounds", verbose_name="规则书")
    code = models.CharField("规则书代号", max_length=20)
    period_kind = models.CharField("期间种类", max_length=10)
    period_start = models.DateField("自")
    period_end = models.DateField("至")
    state = models.CharField("状态", max_length=12, choices=states.STATES, default=states.COMPUTED)
    # Entries posted until then count; the same books at the same moment give the same sheets for ever.
    as_of = models.DateTimeField("账截至")
    # {code of a unit: ground}: shown, not ranked, never zero.
    left_out = models.JSONField("本期不考核", default=dict, blank=True)
    # Who was rated and what places were called when the books were read: see `roster`. Empty: not read yet.
    roster = models.JSONField("当时的考核对象", default=dict, blank=True, editable=False)
    computed_by, computed_at = _person("计算人"), models.DateTimeField("计算时间")
    shown_by, shown_at = _person("公示人"), models.DateTimeField("公示时间", null=True, blank=True)
    appeals_until = models.DateTimeField("申诉截止", null=True, blank=True)
    published_by, published_at = _person("公布人"), models.DateTimeField("公布时间", null=True, blank=True)
    superseded_at = models.DateTimeField("更正时间", null=True, blank=True)
    corrects = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="corrections", verbose_name="更正"
    )
    correction_ground = models.CharField("更正理由", max_length=300, blank=True)

    objects = RoundQuerySet.as_manager()

    class Meta:
        verbose_name = "考核期"
        ordering = ["-period_end", "code", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(period_end__gte=F("period_start")), name="appraisals_period_in_order"
            ),
            models.UniqueConstraint(
                fields=["town", "code", "period_kind", "period_start"],
                condition=Q(state__in=[states.COMPUTED, states.SHOWN]),
                name="appraisals_one_open_round",
            ),
            models.UniqueConstraint(
                fields=["town", "code", "period_kind", "period_start"],
                condition=Q(state=states.PUBLISHED),
                name="appraisals_one_published_round",
            ),
            models.CheckConstraint(
                condition=Q(state__in=states.TOLD, shown_at__isnull=False, appeals_until__isnull=False)
                | ~Q(state__in=states.TOLD),
                name="appraisals_shown_with_time",
            ),
            models.CheckConstraint(
                condition=Q(state__in=states.FINAL, published_at__isnull=False)
                | Q(~Q(state__in=states.FINAL), published_at__isnull=True),
                name="appraisals_published_with_time",
            ),
        ]
        indexes = [models.Index(fields=["town", "-period_end"], name="appraisals_newest")]

    def __str__(self) -> str:
        return f"{self.book.title} {self.period.label}"

    @property
    def period(self) -> Period:
        return Period(self.period_start, self.period_end, self.period_kind)

    @property
    def state_label(self) -> str:
        return states.LABELS[self.state]


class UncomputedQuerySet(models.QuerySet["Uncomputed"]):
    def visible_to(self, person: Person) -> "UncomputedQuerySet":
        """Whoever runs the appraisals of the town can mend it."""
        return self.filter(book__town__in=Unit.objects.in_paths(person.paths(P.SCORE_MANAGE)))


class Uncomputed(models.Model):
    """没算出来: a period that the nightly computation could not score, and why; gone when it has been computed.

    The office is told once, when the row is made. No history: nobody did anything.
    """

    book = models.ForeignKey(RuleBook, models.CASCADE, related_name="+", verbose_name="规则书")
    code = models.CharField("规则书代号", max_length=20)
    period_kind = models.CharField("期间种类", max_length=10)
    period_start = models.DateField("自")
    period_end = models.DateField("至")
    reason = models.TextField("原因")
    first_at = models.DateTimeField("第一次没算出来")
    last_at = models.DateTimeField("最近一次")

    objects = UncomputedQuerySet.as_manager()

    class Meta:
        verbose_name = "没算出来的考核期"
        ordering = ["-period_end", "code"]
        constraints = [
            models.UniqueConstraint(fields=["book", "period_start"], name="appraisals_uncomputed_once")
        ]

    def __str__(self) -> str:
        return f"{self.book.title} {self.period.label}"

    @property
    def period(self) -> Period:
        return Period(self.period_start, self.period_end, self.period_kind)


def _office(person: Person) -> models.Q:
    """Rounds of the towns whose appraisals the person runs, judges or draws the consequences of."""
    runs = Unit.objects.in_paths(person.paths(P.SCORE_MANAGE) + person.paths(P.SCORE_DECIDE))
    confirms = Unit.objects.in_paths(person.paths(P.SCORE_CONFIRM))
    return Q(round__town__in=runs) | Q(round__town__in=confirms, round__state__in=states.TOLD)


def _told_to_all(person: Person) -> models.Q:
    """Published rounds of units: what was decided in them is told to everybody who is rated in the town."""
    return Q(round__state__in=states.FINAL, round__book__rated="unit", round__town__in=_towns(person))


class SheetQuerySet(models.QuerySet["Sheet"]):
    def visible_to(self, person: Person) -> "SheetQuerySet":
        """Sheets that the person may open line by line: the office and the leaders all, others their own."""
        own = _own_units(person)
        mine = Q(round__state__in=states.TOLD) & (Q(unit__in=own) | Q(place__unit__in=own))
        return self.filter(_office(person) | mine)


class Sheet(models.Model):
    """成绩单 of one who is rated: `data` is the engine's answer (`scoring.sheet.Sheet.data`), `digest` its SHA-256."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    round = models.ForeignKey(Round, models.CASCADE, related_name="sheets")
    subject = models.CharField("编码", max_length=40)
    name = models.CharField("名称", max_length=60)
    group = models.CharField("组", max_length=40, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+", verbose_name="单位")
    place = models.ForeignKey(Place, models.PROTECT, null=True, related_name="+", verbose_name="路段")
    total = models.DecimalField("得分", max_digits=18, decimal_places=6, null=True)
    rank = models.PositiveIntegerField("名次", null=True)
    data = models.JSONField("成绩单")
    digest = models.CharField("摘要", max_length=64)
    agreed_by, agreed_at = _person("确认人"), models.DateTimeField("确认时间", null=True, blank=True)

    objects = SheetQuerySet.as_manager()

    class Meta:
        verbose_name = "成绩单"
        ordering = ["group", F("rank").asc(nulls_last=True), "subject"]
        constraints = [models.UniqueConstraint(fields=["round", "subject"], name="appraisals_sheet_once")]
        indexes = [models.Index(fields=["unit", "round"], name="appraisals_sheet_by_unit")]

    def __str__(self) -> str:
        return f"{self.name} {self.total}"

    @property
    def lines(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.data["lines"]
        return found

    @property
    def keyed_lines(self) -> dict[str, dict[str, Any]]:
        """Lines by a key that stays the same however often the sheet is computed, as long as the line says the same."""
        return {line_key(line): line for line in self.lines}


def line_key(line: Mapping[str, Any]) -> str:
    """Ten hexadecimal digits out of rule, events and formula: the permanent address of a line within its sheet."""
    said = json.dumps([line["rule"], line["title"], line["events"], line["formula"]], ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()[:10]


class AppealQuerySet(models.QuerySet["Appeal"]):
    def visible_to(self, person: Person) -> "AppealQuerySet":
        """One's own and those one runs or judges; after publication the decisions, as their grounds are public."""
        mine = Q(round__state__in=states.TOLD) & (Q(unit__in=_own_units(person)) | Q(filed_by=person))
        decided = Q(state__in=(states.UPHELD, states.REJECTED)) & _told_to_all(person)
        return self.filter(_office(person) | mine | decided)


class Appeal(models.Model):
    """申诉 against one line of a sheet. It names the events of the line, so it survives a new computation."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    round = models.ForeignKey(Round, models.CASCADE, related_name="appeals")
    subject = models.CharField("编码", max_length=40)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+", verbose_name="单位")
    # The unit that found what is appealed against; the rate at which it is overturned is a metric.
    scorer = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+", verbose_name="评分单位")
    rule = models.CharField("规则", max_length=60, blank=True)
    title = models.CharField("规则名称", max_length=120)
    formula = models.TextField("算式")
    points = models.CharField("分数", max_length=40)
    events = models.JSONField("事件", default=list)
    ground = models.CharField("申诉理由", max_length=500)
    filed_by, filed_at = _person("申诉人"), models.DateTimeField("申诉时间")
    state = models.CharField("状态", max_length=10, choices=states.APPEAL_STATES, default=states.OPEN)
    decided_by, decided_at = _person("裁定人"), models.DateTimeField("裁定时间", null=True, blank=True)
    decision = models.CharField("裁定理由", max_length=500, blank=True)

    objects = AppealQuerySet.as_manager()

    class Meta:
        verbose_name = "申诉"
        ordering = ["filed_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    state__in=[states.UPHELD, states.REJECTED],
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                )
                | Q(
                    state__in=[states.OPEN, states.WITHDRAWN],
                    decided_by__isnull=True,
                    decided_at__isnull=True,
                ),
                name="appraisals_appeal_decided_whole",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("filed_by")),
                name="appraisals_appeal_decided_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.get_state_display()}"

    @property
    def signed(self) -> str:
        """The points of the line as they are shown: −2."""
        return amounts.signed(Decimal(self.points))


class OutcomeQuerySet(models.QuerySet["Outcome"]):
    def visible_to(self, person: Person) -> "OutcomeQuerySet":
        """Those of sheets one may open; of units what is confirmed is told to everybody."""
        own = _own_units(person)
        mine = Q(sheet__unit__in=own) | Q(sheet__place__unit__in=own)
        return self.filter(_office(person) | mine | Q(state=states.CONFIRMED) & _told_to_all(person))


class Outcome(models.Model):
    """后果 that the book proposes for one sheet. Only what a person confirmed with a ground is in force."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    round = models.ForeignKey(Round, models.CASCADE, related_name="outcomes")
    sheet = models.ForeignKey(Sheet, models.CASCADE, related_name="outcomes")
    proposal = models.CharField("代号", max_length=60)
    title = models.CharField("名称", max_length=120)
    action = models.CharField("建议", max_length=300)
    why = models.CharField("事由", max_length=500)
    basis = models.CharField("依据条款", max_length=300, blank=True)
    amount = models.DecimalField("金额（元）", max_digits=14, decimal_places=2, null=True)
    formula = models.TextField("算式", blank=True)
    board = models.CharField("榜", max_length=5, blank=True)
    state = models.CharField("状态", max_length=10, choices=states.OUTCOME_STATES, default=states.PROPOSED)
    settled_by, settled_at = _person("决定人"), models.DateTimeField("决定时间", null=True, blank=True)
    ground = models.CharField("决定理由", max_length=300, blank=True)
    # A black list ends when its problems are proved fixed, or by a person with a ground (handbook D17).
    cleared_at = models.DateTimeField("下榜时间", null=True, blank=True)
    cleared_ground = models.CharField("下榜理由", max_length=300, blank=True)

    objects = OutcomeQuerySet.as_manager()

    class Meta:
        verbose_name = "考核后果"
        ordering = ["sheet__group", "sheet__rank", "id"]
        constraints = [
            models.UniqueConstraint(fields=["sheet", "proposal"], name="appraisals_outcome_once"),
            models.CheckConstraint(
                condition=Q(state=states.PROPOSED, settled_at__isnull=True, settled_by__isnull=True)
                | Q(~Q(state=states.PROPOSED), settled_at__isnull=False, settled_by__isnull=False),
                name="appraisals_outcome_settled_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}：{self.action}"


class Term(models.Model):
    """A fact about a unit that books ask for and no record says: contract fee, number of cadres, opening balance.

    A new value is a new row from its day on; old periods keep theirs.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name="单位")
    name = models.CharField("项目", max_length=40)
    value = models.DecimalField("数值", max_digits=14, decimal_places=2)
    from_date = models.DateField("起")
    ground = models.CharField("依据", max_length=200)
    set_by, set_at = _person("登记人"), models.DateTimeField("登记时间")

    class Meta:
        verbose_name = "考核参数"
        ordering = ["unit", "name", "-from_date"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "name", "from_date"], name="appraisals_term_once")
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.name} {self.value}"
