"""到点位查看: 「无问题」 in one tap, and the publication of what a covert visit looked at and found clean."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from wenming.common import clock
from wenming.common.errors import Conflict, DomainError, NotAllowed
from wenming.ground.audit import actions as audit
from wenming.ground.audit.models import Record
from wenming.ground.people.models import Person
from wenming.ground.people.permissions import P
from wenming.ground.places.models import Place
from wenming.ground.places.rules import may_look
from wenming.ground.units.models import Unit
from wenming.ledger import posting
from wenming.ledger.posting import Voucher
from wenming.records.cases import checks, finders
from wenming.records.cases.models import PlaceCheck

CLEAR = "place.clear"


def confirm_clear(
    *,
    places: Sequence[Place],
    by: Person,
    at: datetime,
    source: str = "",
    inspection: uuid.UUID | None = None,
    covert: bool = False,
) -> int:
    """「无问题」: somebody looked at these places and found nothing. Returns at how many he had not said so today.

    A line of history at most once a person, place and day; 检查点位 at most once a unit, place and day. Nobody
    has to, nobody is counted (handbook D4, D5). On a covert visit nothing shows before `publish_visit`.
    Raises NotAllowed, Conflict for a place out of use, DomainError for an unknown source.
    """
    party = by.home_unit
    if party is None or not all(may_look(by, place) for place in places):
        raise NotAllowed("place_not_allowed", "这个点位不在您的工作范围内，请联系镇创城办。")
    level = finders.source(source, by, covert=covert) if covert or by.may(P.CASE_REPORT) else "self"
    with transaction.atomic():
        fresh = _locked(places)
        said = _said_today(fresh, party, by, at)
        new = [place for place in fresh if place.pk not in said]
        for town in sorted({_town(place) for place in new}, key=lambda unit: unit.pk):
            here = [place for place in new if _town(place) == town]
            _looked(here, party=party, by=by, at=at, source=level, inspection=inspection, covert=covert)
    return len(new)


def _locked(places: Sequence[Place]) -> list[Place]:
    """The places with their units, locked in one order."""
    keys = [place.pk for place in places]
    found = Place.objects.select_for_update(of=("self",), no_key=True).select_related(
        "unit__parent", "unit__town"
    )
    fresh = list(found.filter(pk__in=keys).order_by("pk"))
    for place in fresh:
        if place.closed_on:
            raise Conflict(
                "place_closed",
                f"「{place.name}」已于 {clock.show_date(place.closed_on)} 停用，请刷新后再选。",
            )
    return fresh


def _town(place: Place) -> Unit:
    return place.unit.town or place.unit


def _said_today(places: Sequence[Place], party: Unit, by: Person, at: datetime) -> set[int]:
    """Places at which the person has said so today, openly or on a covert visit."""
    day = clock.local_date(at)
    begin = clock.at_local(day)
    unit = finders.answering(party)
    subjects = {place.uuid: place.pk for place in places}
    subjects |= {checks.key(place, unit, day): place.pk for place in places}
    told = Record.objects.filter(
        subject_uuid__in=list(subjects),
        deed=CLEAR,
        by_id=by.pk,
        at__gte=begin,
        at__lt=begin + timedelta(days=1),
    )
    return {subjects[key] for key in told.values_list("subject_uuid", flat=True) if key}


def _looked(
    places: Sequence[Place],
    *,
    party: Unit,
    by: Person,
    at: datetime,
    source: str,
    inspection: uuid.UUID | None,
    covert: bool,
) -> None:
    """History first, then the checks, then the books of one town: the order of every deed."""
    day, unit = clock.local_date(at), finders.answering(party)
    for place in places:
        # What a covert visit saw is kept under the check, where nobody who opens the place comes upon it.
        subject = (checks.KIND, checks.key(place, unit, day)) if covert else ("place", place.uuid)
        audit.record(
            deed=CLEAR, subject=subject, at=at, by=by, post=by.title(place.unit), chain=place.unit.chain,
            sentence=f"到「{place.name}」查看，未发现问题",
        )  # fmt: skip
    lines = [
        line
        for place in places
        for line in checks.looked(
            place=place, unit=finders.answering(place.unit), party=unit, day=day, source=source,
            inspection=inspection, covert=covert,
        )
    ]  # fmt: skip
    if lines:
        posting.post(town=places[0].unit, lines=lines, voucher=_voucher(lines[0]), at=at)


def _voucher(line: posting.Line) -> Voucher:
    assert line.voucher is not None  # noqa: S101 -- every line of a check names its own
    return line.voucher


def publish_visit(*, inspection: uuid.UUID, by: Person, at: datetime) -> int:
    """公开暗访的检查点位: the places of a covert visit count from now on. Returns how many.

    The finds of the visit are published before, one by one (`publish_covert`): a clean place that is known
    tells that somebody was about. Raises NotAllowed, DomainError `covert_finds_left`, Conflict (nothing waits).
    """
    with transaction.atomic():
        found = PlaceCheck.objects.select_for_update(of=("self",), no_key=True).select_related(
            "place__unit__town", "unit", "party"
        )
        rows = list(found.filter(inspection=inspection, covert=True).order_by("pk"))
        if not rows:
            raise Conflict("visit_published", "这次暗访的查看记录已经公开，请刷新。")
        if not all(by.may(P.CASE_COVERT, row.unit) for row in rows):
            raise NotAllowed("case_not_allowed", "只有督查人员可以公开暗访的查看记录。")
        left = checks.finds_left([inspection])
        if left:
            raise DomainError(
                "covert_finds_left", f"这次暗访还有 {left[inspection]} 处问题没有公开，请先逐件公开。"
            )
        for town in sorted({_town(row.place) for row in rows}, key=lambda unit: unit.pk):
            _publish([row for row in rows if _town(row.place) == town], by=by, at=at)
    return len(rows)


def _publish(rows: Sequence[PlaceCheck], *, by: Person, at: datetime) -> None:
    for row in rows:
        audit.record(
            deed="check.publish", subject=(checks.KIND, row.uuid), at=at, by=by, post=by.title(row.unit),
            chain=row.place.unit.chain,
            sentence=f"公开暗访：{clock.show_date(row.day)}{row.party.label}到「{row.place.name}」查看",
        )  # fmt: skip
    PlaceCheck.objects.filter(pk__in=[row.pk for row in rows]).update(covert=False)
    lines = [checks.line(row) for row in rows]
    posting.post(town=rows[0].place.unit, lines=lines, voucher=_voucher(lines[0]), at=at)
