"""Nightly work on the installation itself: prove the books, forget what is no longer needed."""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.management import call_command

from wenming.cli import schedule
from wenming.common import clock
from wenming.faces.desk import import_files
from wenming.ground.audit import queries as audit
from wenming.ground.jobs import actions as jobs
from wenming.ground.jobs import states
from wenming.ground.jobs.models import Job
from wenming.ground.notices import actions as notices
from wenming.ground.people import roles
from wenming.ground.people.models import Post
from wenming.ground.people.permissions import P
from wenming.ledger import verify as books

log = logging.getLogger(__name__)
_KEPT = timedelta(days=30)


def verify(_payload: dict[str, Any], at: datetime) -> None:
    """Prove ledger and history; when something does not hold, tell the audit administrators at once."""
    faults = [str(fault) for fault in books.verify().faults]
    faults += [f"历史 {each.chain} 第 {each.number} 条：{each.reason}" for each in audit.verify()]
    if not faults:
        return
    log.error("ledger or history do not hold: %s", faults)
    holding = [role.code for role in roles.ROLES.values() if P.AUDIT_READ in role.permissions]
    posts = Post.objects.filter(role__in=holding, person__is_active=True).select_related("unit")
    to = [post.person_id for post in posts if post.held_on(clock.local_date(at))]
    sentence = f"账目或历史校验不通过（{len(faults)} 处）：{faults[0]}"
    notices.post(to=to, kind="upkeep.verify", sentence=sentence, at=at, urgent=True)


def tidy(_payload: dict[str, Any], at: datetime) -> None:
    """Sessions that ended, jobs that are done, tables uploaded for an import that was never confirmed."""
    if settings.SESSION_ENGINE.endswith((".db", ".cached_db")):
        call_command("clearsessions")
    jobs.forget_done(before=at - _KEPT)
    Job.objects.filter(
        state=states.DONE, kind__in=schedule.PERIODIC, finished_at__lt=at - _KEPT, key__isnull=False
    ).delete()
    import_files.purge(at=at)


HANDLERS = {"upkeep.verify": verify, "upkeep.tidy": tidy}
