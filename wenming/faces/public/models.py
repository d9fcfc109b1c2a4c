"""How often an address has written or guessed today: a count in the database, seen by all server processes.

A cache in the memory of one process would count only its own share, and a cache server is one more thing
to run. The address itself is not kept: only a keyed hash that changes every day (handbook §9.4).
"""

from django.db import models


class Tally(models.Model):
    kind = models.CharField(max_length=10)
    address = models.CharField(max_length=32)
    day = models.DateField(db_index=True)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = "公众提交次数"
        constraints = [
            models.UniqueConstraint(fields=["kind", "address", "day"], name="public_tally_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.day} {self.count}"
