"""Background work as rows: written in the same transaction as the deed that wants it, so never lost.

A worker takes a job by a lease. If the worker dies (kill -9, power), the lease runs out and another
worker takes the job again; handlers are therefore idempotent.
"""

from django.db import models

from wenming.ground.jobs import states


class Job(models.Model):
    kind = models.CharField("种类", max_length=60)
    payload = models.JSONField("内容", default=dict)
    # Two jobs with one key are one job: a digest per person and day, one PDF per document.
    key = models.CharField("去重键", max_length=120, null=True, blank=True, unique=True)
    state = models.CharField("状态", max_length=10, choices=states.STATES, default=states.WAITING)
    run_at = models.DateTimeField("最早执行时间")
    attempts = models.PositiveSmallIntegerField("已试次数", default=0)
    leased_until = models.DateTimeField("租约到期", null=True, blank=True)
    worker = models.CharField("执行者", max_length=60, blank=True)
    error = models.TextField("最近一次错误", blank=True)
    created_at = models.DateTimeField("创建时间")
    finished_at = models.DateTimeField("完成时间", null=True, blank=True)
    # How far a long job is, for the page of whoever waits for it, and what it has to say at the end.
    done = models.PositiveIntegerField("已办数", default=0)
    total = models.PositiveIntegerField("总数", default=0)
    said = models.CharField("结果", max_length=300, blank=True)

    class Meta:
        verbose_name = "后台任务"
        indexes = [
            models.Index(
                fields=["run_at"], condition=models.Q(state__in=states.OPEN), name="jobs_open_by_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.get_state_display()}"
