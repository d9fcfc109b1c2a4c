"""Notices: a line in somebody's in-box. Nobody else can see whether it was read (handbook D14)."""

from django.conf import settings
from django.db import models


class Notice(models.Model):
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices", verbose_name="收件人"
    )
    kind = models.CharField("种类", max_length=40)
    sentence = models.CharField("内容", max_length=200)
    subject_kind = models.CharField("对象种类", max_length=40, blank=True)
    subject_uuid = models.UUIDField("对象", null=True, blank=True)
    urgent = models.BooleanField("安全类", default=False)
    created_at = models.DateTimeField("产生时间")
    # Outside office hours a notice waits until the next opening; safety cases do not wait (handbook D11).
    show_at = models.DateTimeField("送达时间")
    read_at = models.DateTimeField("读过", null=True, blank=True)

    class Meta:
        verbose_name = "通知"
        indexes = [
            models.Index(fields=["person", "-show_at"], name="notices_inbox"),
            models.Index(fields=["person"], condition=models.Q(read_at__isnull=True), name="notices_unread"),
        ]

    def __str__(self) -> str:
        return self.sentence


class Digest(models.Model):
    """One summary a day and person, made by the worker (handbook D14: at most one push a day)."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="digests", verbose_name="收件人"
    )
    day = models.DateField("日期")
    sentence = models.TextField("内容")
    created_at = models.DateTimeField("产生时间")

    class Meta:
        verbose_name = "每日摘要"
        constraints = [models.UniqueConstraint(fields=["person", "day"], name="digests_one_a_day")]

    def __str__(self) -> str:
        return f"{self.person} {self.day}"
