"""A long table is written by the worker: the page shows how far it is, and may be closed.

The importers that go this way write in batches with a key for every row, so that a worker who was killed goes on
where he stopped, and nothing is written twice.
"""

from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404

from wenming.common import clock
from wenming.common.errors import DomainError
from wenming.faces.desk import import_files, import_kinds
from wenming.ground.jobs import actions as jobs
from wenming.ground.jobs.models import Job
from wenming.ground.people.models import Person

KIND = "imports.write"
# Fewer rows are written while the person waits.
AT_ONCE = 500
GONE = "这份表格已经导入过，或者上传后超过一天；请重新上传。"


def key_of(token: str) -> str:
    return f"import-{token}"


def enqueue(*, person: Person, kind: str, token: str, partial: bool, rows: int, at: datetime) -> None:
    """Leave the table to the worker; confirmed twice it is written once."""
    payload = {"person": person.pk, "kind": kind, "token": token, "partial": partial, "rows": rows}
    jobs.enqueue(kind=KIND, payload=payload, at=at, key=key_of(token))


def of(person: Person, kind: str, token: str) -> Job | None:
    """The person's own job for an upload, None when there is none."""
    return Job.objects.filter(
        key=key_of(token), kind=KIND, payload__person=person.pk, payload__kind=kind
    ).first()


def write(payload: dict[str, Any], at: datetime) -> None:
    """Check the table anew and write it. What is wrong with it is said, not tried again."""
    person = Person.objects.get(pk=payload["person"])
    key, kept = key_of(payload["token"]), import_files.find(person=person, token=payload["token"])
    if kept is None:
        jobs.conclude(key=key, said=GONE)
        return
    try:
        found = import_kinds.find(person, payload["kind"], kept[1])
        checked = found.importer.check(found.read(*kept), by=person)
        import_kinds.refuse_faults(checked, partial=payload["partial"])
        done = found.importer.run(
            checked, by=person, at=at,
            progress=lambda done, total: jobs.tell(key=key, done=done, total=total, at=clock.now()),
        )  # fmt: skip
    except DomainError as error:
        jobs.conclude(key=key, said=error.message)
        return
    except (Http404, PermissionDenied):
        jobs.conclude(key=key, said="您现在没有导入这种表格的权限，没有导入。")
        return
    jobs.conclude(key=key, said=f"{found.label}导入完成：{done}。")
    import_files.drop(person=person, token=payload["token"])


HANDLERS = {KIND: write}
