"""台账上报: the town's own problems with history, entries and photos, to be read at the county."""

import io
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.urls import reverse

from tests import factories
from tests.factories import Life
from tests.records.parcels.test_parcels import AT, WORD, code_of, elsewhere, receive
from wenming.common.errors import DomainError, NotAllowed
from wenming.ground.audit import queries as history
from wenming.ground.evidence.models import Photo
from wenming.ledger.models import Entry
from wenming.records.cases.models import Case
from wenming.records.parcels import models, sending
from wenming.records.parcels.models import Parcel, TownRecord

LATER = AT + timedelta(hours=6)


def own(t: SimpleNamespace) -> tuple[Case, Case]:
    """A problem of the town put right, with both photos, and one that waits; a covert and a refused one beside them."""
    life = Life(t)
    fixed = life.closed(photos=[factories.photo(t.inspector, t.town)])
    waiting = life.registered(description="=路灯不亮", place=t.market)
    life.reported(covert=True, source="covert", description="暗访发现")
    life.refused(description="不属实")
    return Case.objects.get(pk=fixed.pk), waiting


def parcel(t: SimpleNamespace, **more: Any) -> tuple[bytes, dict[str, Any]]:
    """A sealed parcel of the town's machine, and what that machine said of the first problem."""
    out = io.BytesIO()
    with elsewhere():
        fixed, _ = own(t)
        told = {
            "number": fixed.number, "key": fixed.uuid, "steps": [row.sentence for row in history.of(fixed.uuid)],
            "entries": list(Entry.objects.of_voucher(fixed.uuid).values_list("account__code", flat=True)),
        }  # fmt: skip
        sending.send_records(town=t.town, by=t.clerk, at=LATER, word=WORD, out=out, **more)
    return out.getvalue(), told


def test_records_are_read_at_the_county_with_history_entries_and_photos(town: SimpleNamespace) -> None:
    data, told = parcel(town)
    done = receive(data, town.county_clerk)
    assert (done.created, done.skipped, done.parcel.kind, done.parcel.other_name) == (
        2,
        [],
        "records",
        "安和镇",
    )
    record = TownRecord.objects.get(case_uuid=told["key"])
    assert (record.said["number"], record.said["state"]) == (told["number"], "closed")
    assert [step["sentence"] for step in record.history] == told["steps"]
    assert [entry["account"] for entry in record.entries] == told["entries"]
    roles = Photo.objects.filter(subject_kind="parcel", subject_uuid=record.uuid).order_by("role")
    assert list(roles.values_list("role", flat=True)) == ["after", "before"]
    # They are to be read: nothing has become a case, and no book counts them twice.
    assert (Case.objects.count(), Entry.objects.count()) == (0, 0)


def test_records_a_second_time_change_nothing(town: SimpleNamespace) -> None:
    data, _ = parcel(town)
    receive(data, town.county_clerk)
    before = (TownRecord.objects.count(), Photo.objects.count(), Parcel.objects.count())
    again = receive(data, town.county_clerk)
    assert (again.created, again.unchanged) == (0, 2)
    assert (TownRecord.objects.count(), Photo.objects.count(), Parcel.objects.count()) == before


def test_records_leave_covert_and_refused_finds_in_the_town(town: SimpleNamespace) -> None:
    receive(parcel(town)[0], town.county_clerk)
    assert {record.said["description"] for record in TownRecord.objects.all()} == {
        "巷口两处垃圾未清",
        "=路灯不亮",
    }


def test_records_since_a_day(town: SimpleNamespace) -> None:
    assert code_of(lambda: parcel(town, since=LATER)) == "parcel_empty"


def test_records_with_a_changed_byte_are_refused(town: SimpleNamespace) -> None:
    data = bytearray(parcel(town)[0])
    at = data.find(b"photos/") + 200
    data[at] ^= 1
    with pytest.raises(DomainError):
        receive(bytes(data), town.county_clerk)
    assert not TownRecord.objects.exists()


@pytest.mark.parametrize("who", ["clerk", "outsider", "secretary"])
def test_records_are_taken_in_by_the_county_only(town: SimpleNamespace, who: str) -> None:
    data, _ = parcel(town)
    with pytest.raises(NotAllowed):
        receive(data, getattr(town, who))
    assert not TownRecord.objects.exists()


@pytest.mark.parametrize("who", ["secretary", "outsider", "leader"])
def test_records_are_sent_by_the_town_s_office_only(town: SimpleNamespace, who: str) -> None:
    own(town)
    with pytest.raises(NotAllowed):
        sending.send_records(town=town.town, by=getattr(town, who), at=LATER, word=WORD, out=io.BytesIO())


def test_records_are_sent_and_seen_at_the_desk(town: SimpleNamespace, log_in: Any) -> None:
    own(town)
    said = {"town": str(town.town.uuid), "kind": "records", "word": WORD, "since": "2026-11-01"}
    answer = log_in(town.clerk).post(reverse("desk:parcel-send"), said)
    assert answer["Content-Disposition"].startswith("attachment")
    data = b"".join(answer.streaming_content)
    receive(data, town.county_clerk)
    row = Parcel.objects.get(direction=models.RECEIVED)
    client = log_in(town.county_clerk)
    page = client.get(reverse("desk:parcel", args=[row.uuid])).content.decode()
    assert "=路灯不亮" in page
    assert "不计入本系统的数" in page
    photo = Photo.objects.filter(subject_kind="parcel").first()
    assert photo is not None
    url = reverse("kit:photo", args=[photo.uuid, "page"])
    assert client.get(url).status_code == 200
    assert log_in(town.outsider).get(url).status_code == 404


def test_page_of_records_asks_as_often_for_one_as_for_three(
    town: SimpleNamespace, log_in: Any, django_assert_max_num_queries: Any
) -> None:
    client = log_in(town.county_clerk)
    out = io.BytesIO()
    with elsewhere():
        life = Life(town)
        for number in range(3):
            life.registered(description=f"第{number}处", place=town.market)
        sending.send_records(town=town.town, by=town.clerk, at=LATER, word=WORD, out=out)
    receive(out.getvalue(), town.county_clerk)
    row = Parcel.objects.get(direction=models.RECEIVED)
    url = reverse("desk:parcel", args=[row.uuid])
    client.get(url)
    with django_assert_max_num_queries(100) as three:
        client.get(url)
    TownRecord.objects.filter(pk__gt=TownRecord.objects.earliest("pk").pk).delete()
    with django_assert_max_num_queries(100) as one:
        client.get(url)
    assert len(three) == len(one)


def test_town_that_was_written_by_a_later_version_is_not_guessed_at(
    town: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "RECORDS", "novelty")
    data, _ = parcel(town)
    assert code_of(lambda: receive(data, town.county_clerk)) == "parcel_new"
