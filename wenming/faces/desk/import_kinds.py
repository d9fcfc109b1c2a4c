"""What can be imported at the desk: the room's importer, what it is called, who may, how many rows."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404

from wenming.common import clock, sheets
from wenming.common.errors import DomainError
from wenming.common.sheets import Checked
from wenming.faces.desk import import_files
from wenming.ground.people import importing as people
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.places import importing as places
from wenming.ground.units import importing as units
from wenming.records.cases import importing as cases
from wenming.records.journals import importing as journals
from wenming.records.journals import states as ways

# Written in one transaction while the person waits, some 5 ms a row: more would keep everybody else's saving waiting.
MOST_ROWS = 2000
# Written in batches by the worker.
MOST_IN_BATCHES = 20_000
JOURNAL = "journal-"


@dataclass(frozen=True)
class Found:
    """One kind of table; `back` is the list to go back to."""

    importer: Any
    label: str
    back: str
    batches: bool = False

    @property
    def most(self) -> int:
        return MOST_IN_BATCHES if self.batches else MOST_ROWS

    def read(self, data: bytes, name: str) -> Checked:
        """The table by its template. Raises DomainError import_long, sheet_…."""
        checked = sheets.read(data, name, self.importer.TEMPLATE)
        if len(checked.rows) > self.most:
            raise DomainError(
                "import_long",
                f"有 {len(checked.rows):,} 行，网页上一次最多 {self.most:,} 行；请分几次，或请管理员用命令行导入。",
                field="file",
            )
        return checked


_KINDS: dict[str, tuple[Found, P]] = {
    "units": (Found(units, "单位", "desk:unit-list"), P.UNITS_EDIT),
    "people": (Found(people, "人员岗位", "desk:person-list"), P.PEOPLE_EDIT),
    "places": (Found(places, "点位", "desk:place-list"), P.PLACES_EDIT),
    "cases": (Found(cases, "问题清单", "desk:case-list", batches=True), P.CASE_REGISTER),
}


def find(person: Person, name: str, file_name: str = "") -> Found:
    """The kind as the person may use it. 404 for an unknown kind, 403 for whoever may not.

    `file_name` tells whether the table was pasted: work logs keep how they were entered.
    """
    if name.startswith(JOURNAL):
        way = ways.PASTE if file_name == import_files.PASTED else ways.SHEET
        importer = journals.importer(
            person, name.removeprefix(JOURNAL), on=clock.local_date(clock.now()), way=way
        )
        if importer is None:
            raise Http404
        return Found(importer, f"{importer.kind.name}台账", "desk:work-list", batches=True)
    if name not in _KINDS:
        raise Http404
    found, permission = _KINDS[name]
    if not person.may(permission):
        raise PermissionDenied
    return found


def refuse_faults(checked: Checked, *, partial: bool) -> None:
    """With faults only the good rows may be written, and only when that was asked for. Raises DomainError."""
    if checked.faults and not (partial and checked.good):
        raise DomainError("import_faults", "表里还有错误，没有导入。请改好后重新上传，或者只导入没有错的行。")
