"""后台任务: what waits, what failed and why in plain words, and once more."""

import re
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_POST

from wenming.common import clock
from wenming.faces.desk import links, paging
from wenming.faces.desk.access import needs
from wenming.faces.kit.once import once
from wenming.faces.kit.staff import StaffRequest
from wenming.ground.jobs import actions, states
from wenming.ground.jobs.models import Job
from wenming.ground.people.permissions import P

KINDS = {
    "cases.climb": "督办升级检查", "cases.reproject": "重新计算期限", "evidence.derive": "生成照片缩略图",
    "evidence.sweep": "清理没用上的照片", "notices.digest": "汇总通知", "ledger.verify": "校验历史与账簿", "documents.pdf": "生成公文 PDF", "imports.write": "导入表格", "upkeep.verify": "每夜校验账目与历史", "upkeep.tidy": "每夜清理", "appraisals.refresh": "每夜重算考核", "appraisals.clear_boards": "整改完的下黑榜",
}  # fmt: skip
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
# The kind of error at the end of a traceback → what it means for the administrator.
WORDS = [
    (r"OperationalError|InterfaceError", "数据库忙或连不上；稍后会自动重试，一直不行请检查数据库。"),
    (r"IntegrityError", "数据互相矛盾，没有写入；请把下面的技术信息发给维护人员。"),
    (r"FileNotFoundError|SuspiciousFileOperation|NoSuchKey", "要处理的文件找不到了，请检查照片和附件目录。"),
    (r"PermissionError", "程序没有权限读写目录，请检查目录权限。"),
    (r"No space left|OSError: \[Errno 28\]", "磁盘满了，请先清出空间再重试。"),
    (
        r"ConnectionError|Timeout|URLError|gaierror|EndpointConnection",
        "连不上外部服务（群机器人、存储等），请检查网络和地址。",
    ),
    (r"MemoryError", "内存不够，请减少同时运行的任务或增加内存。"),
    (r"DoesNotExist", "要处理的记录已经不在了；不用重试。"),
    (r"KeyError: '", "任务种类或内容不认识，可能是程序升级前留下的；不用重试。"),
]


@dataclass(frozen=True)
class Row:
    job: Job
    kind: str
    why: str


def why(error: str) -> str:
    """The error of a job in plain words: our own refusals as they are, others by their kind."""
    if not error:
        return ""
    last = error.strip().splitlines()[-1]
    _kind, _, said = last.partition(": ")
    if _CHINESE.search(said):
        return said
    for pattern, words in WORDS:
        if re.search(pattern, last):
            return words
    return "程序出错，请把下面的技术信息发给维护人员。"


@require_GET
@needs(P.JOBS_MANAGE)
def job_list(request: StaffRequest) -> HttpResponse:
    """Failed jobs first, then what waits or runs; how much is done."""
    now = clock.now()
    counts = dict(Job.objects.order_by().values_list("state").annotate(Count("pk")))
    open_jobs = Job.objects.filter(state__in=states.OPEN).order_by("run_at", "id")
    failed = Job.objects.filter(state=states.FAILED).order_by("-finished_at", "-id")
    failed_page, open_page = paging.page(request, failed, 20), paging.page(request, open_jobs, 20, "open")
    context: dict[str, Any] = {
        "failed": failed_page, "open": open_page, "now": now, "failed_rows": _rows(list(failed_page.object_list)),
        "open_rows": _rows(list(open_page.object_list)), "counts": [(label, counts.get(code, 0)) for code, label in states.STATES],
    }  # fmt: skip
    oldest = open_jobs.filter(state=states.WAITING, attempts=0).first()
    # A worker that is up takes what is due within seconds.
    context["asleep"] = oldest is not None and (now - oldest.run_at).total_seconds() > 600
    return render(request, "desk/jobs/list.html", context)


def _rows(jobs: list[Job]) -> list[Row]:
    return [Row(job, KINDS.get(job.kind, job.kind), why(job.error)) for job in jobs]


@require_POST
@needs(P.JOBS_MANAGE)
@once
def retry(request: StaffRequest, pk: int) -> HttpResponse:
    """Send a failed job round again."""
    job = get_object_or_404(Job, pk=pk)
    actions.retry(job=job, at=clock.now())
    messages.success(request, f"「{KINDS.get(job.kind, job.kind)}」已重新排队，请过一会儿再看结果。")
    return links.see_other(links.to("desk:jobs"))
