"""History: one row for every deed, in a sentence people can read, chained by hashes, never changed.

There are no foreign keys here: history must never block a deletion, nor be changed by one. It lies below
people and units, and so keeps the names as they were at the time.
"""

from django.db import models


class Chain(models.Model):
    """The head of one town's chain. Locked while a deed of that town is being written."""

    key = models.CharField("链", max_length=40, unique=True)
    head = models.CharField("链头", max_length=64, blank=True)
    count = models.PositiveBigIntegerField("条数", default=0)

    def __str__(self) -> str:
        return self.key


class Record(models.Model):
    chain = models.CharField("链", max_length=40)
    number = models.PositiveBigIntegerField("链内序号")
    deed = models.CharField("事项", max_length=60)
    subject_kind = models.CharField("对象种类", max_length=40)
    subject_uuid = models.UUIDField("对象", null=True)
    at = models.DateTimeField("发生时间")
    posted_at = models.DateTimeField("记录时间")
    by_id = models.BigIntegerField("人员编号", null=True)
    by_name = models.CharField("人员", max_length=60, blank=True)
    by_post = models.CharField("岗位", max_length=120, blank=True)
    sentence = models.TextField("说明")
    data = models.JSONField("数据", default=dict)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = "历史记录"
        constraints = [models.UniqueConstraint(fields=["chain", "number"], name="audit_number_once")]
        indexes = [
            models.Index(fields=["subject_uuid", "id"], name="audit_by_subject"),
            models.Index(fields=["by_id", "-id"], name="audit_by_person"),
            models.Index(fields=["-posted_at"], name="audit_by_time"),
        ]

    def __str__(self) -> str:
        return self.sentence
