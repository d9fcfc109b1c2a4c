"""Official documents: the text with its live figures, the register of numbers, the issued files byte for byte."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from wenming.common import clock
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.standards.models import PackVersion
from wenming.ground.units import states as kinds
from wenming.ground.units.models import Unit
from wenming.ledger.models import Figure
from wenming.ledger.periods import Period
from wenming.outcomes.documents import states
from wenming.records.cases.models import Case


class Letterhead(models.Model):
    """What a town prints at head and foot. Whether its office may issue at all, and under which code word, is
    for 党政办 to decide: the code word is therefore empty until somebody fills it in (handbook §6.5).
    """

    town = models.OneToOneField(Unit, models.PROTECT, related_name="+", verbose_name="镇")
    issuer = models.CharField("发文机关标志", max_length=60, blank=True)
    suffix = models.CharField("标志后缀", max_length=6, blank=True)
    signature = models.CharField("署名", max_length=60, blank=True)
    code_word = models.CharField("发文代字", max_length=20, blank=True)
    addressee = models.CharField("主送", max_length=200, blank=True)
    cc = models.JSONField("抄送", default=list, blank=True)
    printed_by = models.CharField("印发机关", max_length=60, blank=True)
    sealed = models.BooleanField("加盖印章", default=True)
    digits = models.CharField(
        "数字字体",
        max_length=8,
        default="fangsong",
        choices=[("fangsong", "仿宋"), ("times", "Times New Roman")],
    )

    class Meta:
        verbose_name = "公文版头"

    def __str__(self) -> str:
        return f"{self.town}版头"


class DocumentQuerySet(models.QuerySet["Document"]):
    def visible_to(self, person: Person) -> "DocumentQuerySet":
        """Those who draft or check see all of their towns, a leader all of his own level; readers see what was printed
        in theirs; a unit sees what was sent to it."""
        work = Unit.objects.in_paths(
            sorted({path for need in (P.DOCUMENT_DRAFT, P.DOCUMENT_CHECK) for path in person.paths(need)})
        )  # fmt: skip
        reading = [post.unit for post in person.posts_now() if P.DOCUMENT_READ in post.permissions]
        towns = [unit.town_id or unit.pk for unit in reading]
        wide = Unit.objects.in_paths(person.paths(P.DOCUMENT_READ))
        sent = Receipt.objects.filter(unit__in=receiving(person)).values("document_id")
        printed = Q(state__in=states.PRINTED) & (Q(town_id__in=towns) | Q(town__in=wide) | Q(pk__in=sent))
        signs = Q(town__path__in=person.paths(P.DOCUMENT_SIGN))
        return self.filter(Q(town__in=work) | signs | printed)


def receiving(person: Person) -> list[int]:
    """Keys of the units for which the person signs: that of the post itself, and the town of a town's office.

    Not the units below: an office that may write for all communities does not sign in their place.
    """
    found = set()
    for post in person.posts_now():
        if P.DOCUMENT_RECEIVE in post.permissions:
            unit = post.unit
            found.add(unit.parent_id if unit.kind == kinds.OFFICE and unit.parent_id else unit.pk)
    return sorted(found)


def _person(label: str) -> models.ForeignKey:  # type: ignore[type-arg]
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=label
    )


class Document(models.Model):
    """`body` is {"blocks": […], "figures": {key: …}, "removed": […]}; `material` the lists as signed."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    town = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name="镇")
    kind = models.CharField("文种", max_length=40)
    pack = models.ForeignKey(PackVersion, models.PROTECT, related_name="+", verbose_name="模板")
    state = models.CharField("状态", max_length=10, choices=states.STATES, default=states.DRAFT)
    title = models.CharField("标题", max_length=120)
    period_kind = models.CharField("期间种类", max_length=10)
    period_start = models.DateField("自")
    period_end = models.DateField("至")
    # Keys of the units it deals with; empty: the whole town.
    units = models.JSONField("单位范围", default=list, blank=True)
    # What only the clerk could say, under the keys that the kind asks for.
    given = models.JSONField("起草时填写", default=dict, blank=True)
    # Keys of the units that have to sign for it.
    receivers = models.JSONField("送达单位", default=list, blank=True)
    # The day the text names for answers; None where the kind wants none.
    answer_due = models.DateField("回复期限", null=True, blank=True)
    corrects = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="corrections", verbose_name="更正"
    )

    # Number of the register and number of the issue: both are given at issue, so that drafts leave no hole.
    series = models.CharField("编号序列", max_length=40)
    code_word = models.CharField("发文代字", max_length=20, blank=True)
    year = models.PositiveSmallIntegerField("年份", null=True, blank=True)
    serial = models.PositiveIntegerField("序号", null=True, blank=True)
    issue_no = models.PositiveIntegerField("期数", null=True, blank=True)

    addressee = models.CharField("主送", max_length=200, blank=True)
    cc = models.JSONField("抄送", default=list, blank=True)
    head = models.JSONField("签发时的版头", null=True, blank=True)
    body = models.JSONField("正文")
    material = models.JSONField("签发时的清单", null=True, blank=True)
    version = models.PositiveIntegerField("稿次", default=1)

    drafted_by, drafted_at = _person("起草人"), models.DateTimeField("起草时间")
    submitted_by, submitted_at = _person("送审人"), models.DateTimeField("送审时间", null=True, blank=True)
    checked_by, checked_at = _person("审核人"), models.DateTimeField("审核时间", null=True, blank=True)
    signed_by, signed_at = _person("签发人"), models.DateTimeField("签发时间", null=True, blank=True)
    issued_by, issued_at = _person("印发人"), models.DateTimeField("印发时间", null=True, blank=True)
    sent_back = models.CharField("退回意见", max_length=300, blank=True)
    withdrawn_at = models.DateTimeField("撤销时间", null=True, blank=True)
    withdrawn_ground = models.CharField("撤销理由", max_length=300, blank=True)
    updated_at = models.DateTimeField("更新时间")

    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = "公文"
        ordering = ["-drafted_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["town", "series", "year", "serial"], name="documents_number_once"
            ),
            models.UniqueConstraint(fields=["town", "kind", "year", "issue_no"], name="documents_issue_once"),
            models.CheckConstraint(
                condition=Q(period_end__gte=F("period_start")), name="documents_period_in_order"
            ),
            # Numbers and time of issue come together, and only at issue.
            models.CheckConstraint(
                condition=Q(
                    state__in=states.PRINTED,
                    year__isnull=False,
                    serial__isnull=False,
                    issue_no__isnull=False,
                    issued_at__isnull=False,
                )
                | Q(
                    ~Q(state__in=states.PRINTED),
                    year__isnull=True,
                    serial__isnull=True,
                    issue_no__isnull=True,
                    issued_at__isnull=True,
                ),
                name="documents_issued_with_number",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=states.FROZEN)
                | Q(signed_at__isnull=False, material__isnull=False, head__isnull=False),
                name="documents_signed_whole",
            ),
            models.CheckConstraint(
                condition=Q(checked_by__isnull=True)
                | Q(drafted_by__isnull=True)
                | ~Q(checked_by=F("drafted_by")),
                name="documents_checked_by_another",
            ),
            models.CheckConstraint(
                condition=Q(signed_by__isnull=True)
                | Q(drafted_by__isnull=True)
                | ~Q(signed_by=F("drafted_by")),
                name="documents_signed_by_another",
            ),
        ]
        indexes = [
            # The list walks down from the newest: who sees what is an OR, for which no other index keeps the order.
            models.Index(fields=["-drafted_at", "-id"], name="documents_in_order"),
            models.Index(fields=["town", "-drafted_at"], name="documents_newest"),
            models.Index(fields=["town", "kind", "state"], name="documents_by_kind"),
        ]

    def __str__(self) -> str:
        return self.number or self.title

    @property
    def number(self) -> str:
        """安创城办〔2026〕7号; empty before issue or where the office has no code word (handbook §6.2)."""
        return f"{self.code_word}〔{self.year}〕{self.serial}号" if self.serial and self.code_word else ""

    @property
    def issue_label(self) -> str:
        """2026年第12期; empty before issue, and where the kind is not numbered at all."""
        return f"{self.year}年第{self.issue_no}期" if self.issue_no and self.counted else ""

    @property
    def counted(self) -> bool:
        """Whether the kind has a number of any sort (责任书、总结 and 工作方案 have none)."""
        return not self.series.startswith("none-")

    @property
    def by_issue(self) -> bool:
        """Numbered by issues of its own (周报、每日情况、纪要), not in the common register."""
        return self.series.startswith("issue-")

    @property
    def shown_title(self) -> str:
        """The title with its number of issue, as far as that is given."""
        return self.title.replace("{{issue}}", str(self.issue_no) if self.issue_no else "（印发时编）")

    @property
    def period(self) -> Period:
        return Period(self.period_start, self.period_end, self.period_kind)

    @property
    def state_label(self) -> str:
        return states.LABELS[self.state]

    @property
    def frozen(self) -> bool:
        return self.state in states.FROZEN


class KindText(models.Model):
    """The text of a kind, shipped or of a town's (county's) own. Once adopted it never changes (handbook D16);
    `pack` is what documents are drafted by.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    town = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="镇（县）"
    )
    # As the pack is called: `weekly` as shipped, `weekly@350599100` where it is the town's own.
    code = models.CharField("代号", max_length=40)
    version = models.CharField("版本", max_length=40)
    title = models.CharField("名称", max_length=120)
    in_force = models.DateField("施行日期")
    text = models.TextField("写法")
    digest = models.CharField("摘要", max_length=64)
    state = models.CharField("状态", max_length=10, choices=states.KIND_STATES, default=states.WRITING)
    pack = models.OneToOneField(
        PackVersion, models.PROTECT, null=True, blank=True, related_name="kind_text", verbose_name="规则包"
    )
    written_by, written_at = _person("起草人"), models.DateTimeField("起草时间")
    adopted_by, adopted_at = _person("采用人"), models.DateTimeField("采用时间", null=True, blank=True)

    class Meta:
        verbose_name = "文种写法"
        ordering = ["code", "-in_force", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="documents_kind_version_once"),
            models.CheckConstraint(
                condition=Q(state=states.WRITING, adopted_at__isnull=True, pack__isnull=True)
                | Q(~Q(state=states.WRITING), adopted_at__isnull=False, pack__isnull=False),
                name="documents_kind_adopted_with_pack",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.version}"


class Receipt(models.Model):
    """签收 and 回复 of one unit that a document is addressed to."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    document = models.ForeignKey(Document, models.CASCADE, related_name="receipts", verbose_name="公文")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name="送达单位")
    state = models.CharField("状态", max_length=10, choices=states.RECEIPT_STATES, default=states.SENT)
    sent_at = models.DateTimeField("送达时间")
    # Whether a written answer is wanted, and by when.
    wanted = models.BooleanField("要求回复", default=False)
    answer_due = models.DateField("回复期限", null=True, blank=True)
    signed_by, signed_at = _person("签收人"), models.DateTimeField("签收时间", null=True, blank=True)
    # A unit without an account signs on paper: the office says so, and where the paper is.
    paper = models.CharField("纸质签收说明", max_length=120, blank=True)
    answer = models.TextField("回复", blank=True)
    answered_by, answered_at = _person("回复人"), models.DateTimeField("回复时间", null=True, blank=True)
    sent_back = models.CharField("退回意见", max_length=300, blank=True)

    class Meta:
        verbose_name = "公文签收"
        ordering = ["unit__path"]
        constraints = [
            models.UniqueConstraint(fields=["document", "unit"], name="documents_receipt_once"),
            models.CheckConstraint(
                condition=Q(state=states.SENT, signed_at__isnull=True)
                | Q(~Q(state=states.SENT), signed_at__isnull=False),
                name="documents_receipt_signed_with_time",
            ),
            models.CheckConstraint(
                condition=~Q(state=states.ANSWERED) | Q(answered_at__isnull=False) & ~Q(answer=""),
                name="documents_receipt_answered_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["unit", "state"], name="documents_receipt_waiting"),
            models.Index(fields=["unit", "-sent_at", "-id"], name="documents_receipt_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.get_state_display()}"

    @property
    def done(self) -> bool:
        """Nothing more is asked of the unit."""
        return self.state == states.ANSWERED or (self.state == states.SIGNED_FOR and not self.wanted)

    @property
    def late(self) -> bool:
        """Answered after the day that was set."""
        return bool(
            self.answer_due and self.answered_at and clock.local_date(self.answered_at) > self.answer_due
        )


class DocumentFigure(models.Model):
    """A figure as it stands in a signed document: key in the text → kept figure of the ledger."""

    document = models.ForeignKey(Document, models.CASCADE, related_name="figures")
    key = models.CharField("取数键", max_length=60)
    label = models.CharField("名称", max_length=60)
    figure = models.ForeignKey(Figure, models.PROTECT, related_name="+")
    position = models.PositiveIntegerField("次序")

    class Meta:
        verbose_name = "公文数字"
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["document", "key"], name="documents_figure_once")]

    def __str__(self) -> str:
        return f"{self.label} {self.figure.text}"


class DocumentCase(models.Model):
    """A problem that an issued document lists: the next one does not list it again (handbook D15)."""

    document = models.ForeignKey(Document, models.CASCADE, related_name="cases")
    case = models.ForeignKey(Case, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "通报的问题"
        constraints = [models.UniqueConstraint(fields=["document", "case"], name="documents_case_once")]

    def __str__(self) -> str:
        return f"{self.document} {self.case}"


class IssuedFile(models.Model):
    """A file as it went out. It is kept and served byte for byte; `sha256` proves it."""

    document = models.ForeignKey(Document, models.PROTECT, related_name="files")
    format = models.CharField("格式", max_length=4, choices=states.FORMATS)
    name = models.CharField("文件名", max_length=160)
    key = models.CharField("存储键", max_length=160)
    sha256 = models.CharField("SHA-256", max_length=64)
    bytes = models.PositiveIntegerField("大小（字节）")
    made_at = models.DateTimeField("生成时间")

    class Meta:
        verbose_name = "印发文件"
        constraints = [models.UniqueConstraint(fields=["document", "format"], name="documents_file_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def short_name(self) -> str:
        """「Word」, 「PDF」, 「问题清单」, for a list."""
        return states.SHORT[self.format]
