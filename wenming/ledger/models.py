"""一本账: accounts, books, entries, daily totals, metrics, figures.

Entries are append-only (the database refuses anything else) and chained by hashes, one chain per book, so
that towns do not wait for each other. Daily totals are a derived table: they can be rebuilt from the entries.
"""

import uuid
from datetime import date
from typing import Any

from django.db import models
from django.db.models import Q

from wenming.ground.people.permissions import P
from wenming.ground.places.models import Place
from wenming.ground.standards.models import PackVersion
from wenming.ground.units import states
from wenming.ground.units.models import Unit
from wenming.ledger.metrics import EXACT, LATEST, SUM, Metric, Term

FLOW = "flow"
STOCK = "stock"
NATURES = [(FLOW, "发生数"), (STOCK, "时点数")]
# For a stock account the balance over all days is kept under this day, so that "how many now" costs one row.
ALL_DAYS = date(9999, 12, 31)


class RowQuerySet(models.QuerySet[Any]):
    """Rows of packs: accounts and metrics."""

    def known_to(self, unit: Unit) -> "RowQuerySet":
        """In use, without what an office elsewhere made for itself: a unit knows what is for everybody, what it and
        the units above it made, and what those below it made (a town is counted in its county)."""
        above = [int(key) for key in unit.path.strip("/").split("/")]
        family = Unit.objects.filter(Q(pk__in=above) | Q(path__startswith=unit.path))
        offices = family.filter(kind__in=(states.COUNTY, states.TOWN))
        mine = ["", *offices.values_list("code", flat=True)]
        elsewhere = PackVersion.objects.filter(facts__has_key="unit").exclude(facts__unit__in=mine)
        return self.filter(active=True).exclude(pack__in=elsewhere)


class Account(models.Model):
    """科目: what is counted, in which unit of measure, by which definition. Rows of a pack."""

    code = models.CharField("科目代码", max_length=60, unique=True)
    name = models.CharField("科目名称", max_length=40)
    measure = models.CharField("计量单位", max_length=10)
    nature = models.CharField("性质", max_length=5, choices=NATURES)
    decimals = models.PositiveSmallIntegerField("小数位", default=0)
    definition = models.TextField("口径")
    group = models.CharField("分组", max_length=20)
    position = models.PositiveIntegerField("次序", default=0)
    pack = models.ForeignKey(PackVersion, models.PROTECT, related_name="+", verbose_name="出处")
    active = models.BooleanField("在用", default=True)

    objects = RowQuerySet.as_manager()

    class Meta:
        verbose_name = "科目"
        ordering = ["position", "code"]
        constraints = [
            models.CheckConstraint(condition=Q(decimals__lte=3), name="account_decimals"),
            models.CheckConstraint(condition=Q(nature__in=[FLOW, STOCK]), name="account_nature"),
        ]

    def __str__(self) -> str:
        return self.name

    def metric(self) -> Metric:
        """The account read as a metric of its own: what happened in the period, or the balance at its end."""
        return Metric(
            code=self.code,
            name=self.name,
            kind=LATEST if self.nature == STOCK else SUM,
            measure=self.measure,
            decimals=self.decimals,
            definition=self.definition,
            numerator=(Term(self.code),),
        )


class Book(models.Model):
    """账簿: one for each town or county. Its row is locked, last in a deed, while entries are appended."""

    unit = models.OneToOneField(Unit, models.PROTECT, related_name="book", verbose_name="单位")
    entry_count = models.PositiveBigIntegerField("分录数", default=0)
    head_hash = models.CharField("末条哈希", max_length=64, blank=True)

    class Meta:
        verbose_name = "账簿"

    def __str__(self) -> str:
        return f"{self.unit.label}账簿"


def of_category(wanted: str) -> Q:
    """Entries that a filter on categories takes in (`metrics.in_category`, for the database)."""
    if wanted.startswith(EXACT):
        return Q(category=wanted.removeprefix(EXACT))
    return Q(category__startswith=wanted) if wanted else Q()


def counted_by(term: Term) -> Q:
    """Entries that a term counts (`Term.matches`, for the database)."""
    found = Q(account__code=term.account) & of_category(term.category)
    if term.sources:
        found &= Q(source__in=term.sources)
    if term.party:
        found &= Q(party_id=term.party)
    return found


class EntryQuerySet(models.QuerySet["Entry"]):
    def visible_to(self, person: Any) -> "EntryQuerySet":
        """Entries of the units for which `person` may read the ledger today."""
        condition = Q(pk__in=[])
        for path in person.paths(P.LEDGER_READ):
            condition |= Q(unit__path__startswith=path)
        return self.filter(condition)

    def of_voucher(self, voucher_uuid: uuid.UUID) -> "EntryQuerySet":
        """All entries of one record, in the order of posting."""
        return self.filter(voucher_uuid=voucher_uuid).order_by("id")

    def live(self) -> "EntryQuerySet":
        """Without the reversed entries and the reversals."""
        return self.filter(reverses__isnull=True, reversed_by__isnull=True)


class Entry(models.Model):
    """分录. `unit` is who is charged; `party` who found or did it; `hash` covers every field and the hash before."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    book = models.ForeignKey(Book, models.PROTECT, related_name="entries", db_index=False)
    number = models.PositiveBigIntegerField("序号")
    account = models.ForeignKey(Account, models.PROTECT, related_name="entries", db_index=False)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", db_index=False, verbose_name="单位")
    place = models.ForeignKey(
        Place, models.PROTECT, null=True, related_name="+", db_index=False, verbose_name="点位"
    )
    category = models.CharField("类别", max_length=20, blank=True)
    source = models.CharField("来源", max_length=20, blank=True)
    party = models.ForeignKey(
        Unit, models.PROTECT, null=True, related_name="+", db_index=False, verbose_name="经办单位"
    )
    occurred_on = models.DateField("发生日期")
    posted_at = models.DateTimeField("入账时间")
    quantity = models.DecimalField("数量", max_digits=14, decimal_places=3)
    voucher_kind = models.CharField("凭证种类", max_length=20)
    voucher_uuid = models.UUIDField("凭证")
    # One-to-one: an entry can be reversed only once.
    reverses = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="reversed_by", verbose_name="冲销"
    )
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = "分录"
        constraints = [
            models.UniqueConstraint(fields=["book", "number"], name="entry_number_once"),
            models.CheckConstraint(condition=~Q(quantity=0), name="entry_quantity_not_zero"),
        ]
        indexes = [
            models.Index(fields=["account", "unit", "occurred_on"], name="entry_by_account"),
            models.Index(fields=["voucher_uuid"], name="entry_by_voucher"),
        ]

    def __str__(self) -> str:
        return f"{self.book_id}-{self.number}"


class DailyTotal(models.Model):
    """Count and sum of one account, unit, category, source, party and day in one book.

    `party` is the key of a unit, 0 for none: both engines treat NULLs in a unique key as different.
    The unique key leads with what figures ask for, so it is also their index.
    """

    book = models.ForeignKey(Book, models.PROTECT, related_name="+", db_index=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", db_index=False)
    day = models.DateField("日期")
    category = models.CharField("类别", max_length=20, blank=True)
    source = models.CharField("来源", max_length=20, blank=True)
    party = models.BigIntegerField("经办单位", default=0)
    # Entries less reversals: a reversed entry no longer counts.
    count = models.BigIntegerField("笔数")
    total = models.DecimalField("合计", max_digits=18, decimal_places=3)

    class Meta:
        verbose_name = "日合计"
        constraints = [
            models.UniqueConstraint(
                fields=["account", "unit", "day", "category", "source", "party", "book"],
                name="dailytotal_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.unit_id} {self.day}: {self.total}"


class MetricRow(models.Model):
    """指标: a named expression over accounts, as the pack gives it (`metrics.Metric` reads `spec`)."""

    code = models.CharField("指标代码", max_length=60, unique=True)
    name = models.CharField("指标名称", max_length=40)
    spec = models.JSONField("算式")
    group = models.CharField("分组", max_length=20)
    position = models.PositiveIntegerField("次序", default=0)
    pack = models.ForeignKey(PackVersion, models.PROTECT, related_name="+", verbose_name="出处")
    active = models.BooleanField("在用", default=True)

    objects = RowQuerySet.as_manager()

    class Meta:
        verbose_name = "指标"
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return self.name


class Figure(models.Model):
    """A number as it was taken: what was asked, what came out, and a digest of the entries behind it."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    metric = models.CharField("指标代码", max_length=60)
    name = models.CharField("指标名称", max_length=40)
    definition = models.TextField("当时口径")
    scope = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name="范围")
    period_kind = models.CharField("期间种类", max_length=10)
    period_start = models.DateField("自")
    period_end = models.DateField("至")
    as_of = models.DateTimeField("截至时间")
    value = models.DecimalField("数值", max_digits=21, decimal_places=3, null=True)
    numerator = models.DecimalField("分子", max_digits=18, decimal_places=3, null=True)
    denominator = models.DecimalField("分母", max_digits=18, decimal_places=3, null=True)
    measure = models.CharField("单位", max_length=10)
    text = models.CharField("显示", max_length=40)
    # Metric, units and book heads at the time: enough to find the same entries again for ever.
    query = models.JSONField("取数条件")
    digest = models.CharField("分录摘要", max_length=64)
    entry_count = models.PositiveBigIntegerField("分录数")
    taken_at = models.DateTimeField("取数时间")
    document_uuid = models.UUIDField("公文", null=True, db_index=True)

    class Meta:
        verbose_name = "数字"

    def __str__(self) -> str:
        return f"{self.name} {self.text}"
