"""What was answered to a form, so that the same form sent twice is answered the same (peers 16–19)."""

from django.db import models


class Receipt(models.Model):
    key = models.UUIDField(primary_key=True)
    person_id = models.BigIntegerField(null=True)
    path = models.CharField(max_length=200)
    content = models.CharField("所填内容的摘要", max_length=64, blank=True, default="")
    location = models.CharField(max_length=300, blank=True)
    body = models.JSONField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = "表单回执"
        indexes = [models.Index(fields=["created_at"], name="kit_receipts_by_age")]

    def __str__(self) -> str:
        return str(self.key)
