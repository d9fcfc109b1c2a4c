"""检查点位: which places were looked at, so that a bulletin can say how many and a rate has its denominator.

It lives with the cases and not in a room of its own, because the two make each other: a find at a registered
place is also a check of it (nobody enters anything twice, handbook D1), the same words say who came from which
level, and a covert visit is published find by find. Nobody has to say 「无问题」 (D5): what was not said is not
counted.

Written after the history and before the ledger, while the deed holds the town's chain, so that two people at
one place never wait for each other in a ring.
"""

import uuid
from collections import Counter
from collections.abc import Collection
from datetime import date

from django.db import connection
from django.db.models import Q

from wenming.common import clock
from wenming.ground.places.models import Place
from wenming.ground.units.models import Unit
from wenming.ledger import accounts
from wenming.ledger.posting import Line, Voucher
from wenming.records.cases import finders, states
from wenming.records.cases.models import Case, PlaceCheck

KIND = "check"
_NAMESPACE = uuid.UUID("0f0b4a86-7d7c-5a57-9a2b-5c2f3a1de6c4")
_LONGEST = 20


def key(place: Place, party: Unit, day: date) -> uuid.UUID:
    """The uuid of the one check of a place by a unit on a day."""
    return uuid.uuid5(_NAMESPACE, f"{place.uuid}:{party.uuid}:{day}")


def by_find(case: Case) -> list[Line]:
    """A find is a check of its place: the line to post, or none (no such place, counted already, still covert)."""
    if case.place is None or case.found_by is None or case.source not in states.LOOKED:
        return []
    return looked(
        place=case.place, unit=case.unit, party=finders.answering(case.found_by),
        day=clock.local_date(case.reported_at), source=case.source, inspection=case.inspection,
        covert=case.covert,
    )  # fmt: skip


def looked(
    *,
    place: Place,
    unit: Unit,
    party: Unit,
    day: date,
    source: str,
    inspection: uuid.UUID | None = None,
    covert: bool = False,
) -> list[Line]:
    """Write the check unless it is there; the line to post when it counts from now on. One statement.

    A covert check is kept and not posted. An open check of the same day makes it count at once, under the name
    of the open one, which betrays nothing.
    """
    row = PlaceCheck(
        uuid=key(place, party, day), place=place, unit=unit, party=party, day=day, source=source,
        inspection=inspection or (_visit(party, day) if covert else None), covert=covert,
    )  # fmt: skip
    return [line(row)] if _written(row) and not covert else []


def _visit(party: Unit, day: date) -> uuid.UUID:
    """Stands for the visit where nobody said 开始督查: the unit and the day."""
    return uuid.uuid5(_NAMESPACE, f"{party.uuid}:{day}")


def finds_left(inspections: Collection[uuid.UUID]) -> dict[uuid.UUID, int]:
    """How many finds of these covert visits are not published yet; visits without any are left out."""
    found = Case.objects.filter(covert=True, state=states.REPORTED, found_by__isnull=False)
    hidden = found.filter(Q(inspection__in=inspections) | Q(inspection__isnull=True)).select_related(
        "found_by__parent"
    )
    visits: Counter[uuid.UUID] = Counter()
    for case in hidden:
        assert case.found_by is not None  # noqa: S101 -- selected above
        party = finders.answering(case.found_by)
        visits[case.inspection or _visit(party, clock.local_date(case.reported_at))] += 1
    return {visit: visits[visit] for visit in inspections if visits[visit]}


def this_month(place: Place, source: str, day: date) -> int:
    """How often the level has looked at the place in the month of `day`, covert visits of its own included."""
    return place.checks.filter(source=source, day__gte=day.replace(day=1), day__lte=day).count()


def line(check: PlaceCheck) -> Line:
    """What a check posts. Types of point with a code too long for the ledger go without."""
    kind = check.place.point_type
    return Line(
        account=accounts.PLACE_CHECKED, unit=check.unit, quantity=1, occurred_on=check.day, place_id=check.place_id,
        category=kind if len(kind) <= _LONGEST else "", source=check.source, party=check.party,
        voucher=Voucher(KIND, check.uuid),
    )  # fmt: skip


_FIELDS = [field for field in PlaceCheck._meta.concrete_fields if not field.primary_key]
_INSERT = """
    INSERT INTO cases_placecheck ({columns}) VALUES ({marks})
    ON CONFLICT (place_id, day, party_id) DO UPDATE
        SET covert = excluded.covert, source = excluded.source, inspection = excluded.inspection
        WHERE cases_placecheck.covert AND NOT excluded.covert""".format(  # noqa: S608 -- names of our own columns
    columns=", ".join(str(field.column) for field in _FIELDS), marks=", ".join(["%s"] * len(_FIELDS))
)


def _written(row: PlaceCheck) -> bool:
    """Whether the row is new, or was covert until now."""
    values = [field.get_db_prep_save(getattr(row, field.attname), connection) for field in _FIELDS]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, values)
        return bool(cursor.rowcount == 1)
