"""WallToken: the address of a big screen that nobody logs in to."""

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models

from wenming.common import clock
from wenming.ground.units.models import Unit


class WallToken(models.Model):
    """Opens the totals of one unit, read-only, until it expires or is revoked.

    The token is kept in clear so that the office can open the screen again; all it opens are totals and
    nameless points, and it is written into no history.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    token = models.CharField("口令", max_length=43, unique=True, editable=False)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name="范围")
    label = models.CharField("放在哪里", max_length=40)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="建立人"
    )
    created_at = models.DateTimeField("建立时间")
    expires_on = models.DateField("有效期至")
    revoked_at = models.DateTimeField("停用时间", null=True, blank=True)

    class Meta:
        verbose_name = "大屏链接"
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.label

    @property
    def revoked(self) -> bool:
        return self.revoked_at is not None

    def live(self, at: datetime) -> bool:
        """May the screen be shown now? The last day counts in whole."""
        return not self.revoked and clock.local_date(at) <= self.expires_on
