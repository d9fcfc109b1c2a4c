"""One row for every picture that was handed in. The original file is never changed and never served."""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q

from wenming.ground.evidence import states

# A photo of a form that failed waits this long for the form to be sent again.
KEPT_FOR = timedelta(days=7)


class PhotoQuerySet(models.QuerySet["Photo"]):
    def of(self, subject_uuid: uuid.UUID) -> "PhotoQuerySet":
        """Photos of one record, in the order they are shown."""
        return self.filter(subject_uuid=subject_uuid).order_by("order", "id")

    def kept(self) -> "PhotoQuerySet":
        """Photos that belong to no record yet."""
        return self.filter(subject_uuid__isnull=True)

    def kept_too_long(self, at: datetime) -> "PhotoQuerySet":
        """Photos whose form was never sent."""
        return self.kept().filter(received_at__lt=at - KEPT_FOR)


class Photo(models.Model):
    """`subject_kind`, `subject_uuid` name the record (voucher) the photo proves; no key points upward."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    subject_kind = models.CharField("所属记录种类", max_length=40, blank=True)
    subject_uuid = models.UUIDField("所属记录", null=True, blank=True)
    role = models.CharField("用途", max_length=8, choices=states.ROLES, default=states.OTHER)
    order = models.PositiveSmallIntegerField("次序", default=0)

    name = models.CharField("原文件名", max_length=200, blank=True)
    format = models.CharField("格式", max_length=5, choices=states.FORMATS)
    width = models.PositiveIntegerField("宽（像素）")
    height = models.PositiveIntegerField("高（像素）")
    bytes = models.PositiveIntegerField("大小（字节）")
    sha256 = models.CharField("SHA-256", max_length=64, db_index=True)
    # Empty for a picture without features (lens covered): such pictures are like each other and prove nothing.
    dhash = models.CharField("感知哈希", max_length=16, blank=True)
    band1 = models.PositiveIntegerField(null=True, editable=False)
    band2 = models.PositiveIntegerField(null=True, editable=False)
    band3 = models.PositiveIntegerField(null=True, editable=False)
    band4 = models.PositiveIntegerField(null=True, editable=False)

    # Keys in the storage. Each is a fresh random name: knowing one copy's key tells nothing of another's.
    original = models.CharField("原图存储键", max_length=120)
    published = models.CharField("展示图存储键", max_length=120, blank=True)
    thumb = models.CharField("缩略图存储键", max_length=120, blank=True)
    public = models.CharField("公开图存储键", max_length=120, blank=True)

    source = models.CharField("来源", max_length=8, choices=states.SOURCES, default=states.UNKNOWN)
    taken_at = models.DateTimeField("拍摄时间", null=True, blank=True)
    lat = models.FloatField("纬度（WGS-84）", null=True, blank=True)
    lng = models.FloatField("经度（WGS-84）", null=True, blank=True)
    accuracy_m = models.FloatField("定位误差（米）", null=True, blank=True)
    located_by = models.CharField("定位来源", max_length=8, choices=states.LOCATED_BY, blank=True)
    device = models.CharField("设备", max_length=100, blank=True)
    software = models.CharField("软件", max_length=100, blank=True)
    doubts = models.JSONField("读取时的疑点", default=list, blank=True)

    received_at = models.DateTimeField("收到时间")
    # Empty for a citizen who reports without an account.
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="上传人",
    )
    town = models.ForeignKey(
        "units.Unit", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="所属镇"
    )
    covert = models.BooleanField("暗访", default=False)
    public_state = models.CharField("公开", max_length=8, choices=states.PUBLIC_STATES, default=states.HIDDEN)
    masks = models.JSONField("遮挡框", default=list, blank=True)

    objects = PhotoQuerySet.as_manager()

    class Meta:
        verbose_name = "照片"
        constraints = [
            models.CheckConstraint(
                condition=Q(lat__isnull=True, lng__isnull=True)
                | Q(
                    # Said aloud: a check that comes out as NULL lets the row pass.
                    lat__isnull=False,
                    lng__isnull=False,
                    lat__gte=-90,
                    lat__lte=90,
                    lng__gte=-180,
                    lng__lte=180,
                ),
                name="evidence_place_on_earth",
            ),
            models.CheckConstraint(
                condition=Q(subject_uuid__isnull=True, subject_kind="")
                | (Q(subject_uuid__isnull=False) & ~Q(subject_kind="")),
                name="evidence_subject_whole",
            ),
            models.CheckConstraint(
                condition=Q(width__gt=0, height__gt=0, bytes__gt=0), name="evidence_size_positive"
            ),
            # What the public sees is a copy of its own that a person approved, and never covert.
            models.CheckConstraint(
                condition=Q(public_state=states.HIDDEN)
                | (Q(public_state=states.APPROVED, covert=False) & ~Q(public="")),
                name="evidence_public_has_copy",
            ),
            # The same picture twice in one use adds nothing; as before *and* after it is a doubt worth keeping.
            models.UniqueConstraint(
                fields=["subject_uuid", "sha256", "role"],
                condition=Q(subject_uuid__isnull=False),
                name="evidence_once_in_subject",
            ),
        ]
        indexes = [
            models.Index(fields=["subject_uuid", "order", "id"], name="evidence_by_subject"),
            models.Index(
                fields=["received_at"], condition=Q(subject_uuid__isnull=True), name="evidence_kept_by_time"
            ),
            # Band and hash together: candidates are read from the index alone.
            *(models.Index(fields=[f"band{n}", "dhash"], name=f"evidence_band{n}") for n in (1, 2, 3, 4)),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()}照片 {self.check_code}"

    @property
    def check_code(self) -> str:
        """Eight digits that tie a printed copy to its original."""
        return self.sha256[:8]

    @property
    def ratio(self) -> float:
        """Width ÷ height, so that a page keeps room before the picture is there."""
        return self.width / self.height
