"""记台账 on the phone: few fields, the numbers first, the rest in a fold."""

import uuid
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests import factories
from wenming.common import clock
from wenming.ground.evidence import queries as evidence
from wenming.records.journals.models import Journal

TODAY = clock.local_date(clock.now())


def test_a_grid_worker_enters_what_was_handed_out(town: SimpleNamespace, log_in: Any) -> None:
    client = log_in(town.worker)
    assert reverse("field:work") in client.get(reverse("field:home")).content.decode()
    assert "宣传品发放" in client.get(reverse("field:work")).content.decode()
    url = reverse("field:work-enter", args=["handout"])
    page = client.get(url).content.decode()
    assert str(town.east.uuid) in page
    said = {
        "key": str(uuid.uuid4()), "occurred_on": str(TODAY), "unit": str(town.east.uuid), "f_flyers": "60",
        "photos": SimpleUploadedFile("a.jpg", factories.picture(), "image/jpeg"),
    }  # fmt: skip
    answer = client.post(url, said)
    row = Journal.objects.get()
    assert (answer.status_code, answer.url, row.way, row.unit) == (
        303,
        reverse("field:work"),
        "phone",
        town.east,
    )
    assert evidence.of(row.uuid).count() == 1
    assert "常记的" in client.get(reverse("field:work")).content.decode()


def test_the_script_gets_a_receipt_and_faults_by_field(town: SimpleNamespace, log_in: Any) -> None:
    client, url = log_in(town.worker), reverse("field:work-enter", args=["handout"])
    said = {
        "key": str(uuid.uuid4()),
        "occurred_on": str(TODAY),
        "unit": str(town.east.uuid),
        "f_flyers": "六十",
    }
    refused = client.post(url, said, headers={"accept": "application/json"})
    assert refused.status_code == 422
    assert refused.json()["errors"]["f_flyers"] == ["「宣传单」应填数字，现在是「六十」。"]
    sent = client.post(url, said | {"f_flyers": "60"}, headers={"accept": "application/json"})
    assert (sent.status_code, sent.json()["next"]) == (201, reverse("field:work"))
    again = client.post(url, said | {"f_flyers": "60"}, headers={"accept": "application/json"})
    assert (again.json(), Journal.objects.count()) == (sent.json(), 1)


@pytest.mark.parametrize(
    ("who", "code", "status"),
    [
        ("worker", "meeting", 404),
        ("secretary", "meeting", 200),
        ("cleaner", "handout", 404),
        ("clerk", "campaign", 200),
    ],
)
def test_forms_are_there_for_those_who_enter(
    who: str, code: str, status: int, town: SimpleNamespace, log_in: Any
) -> None:
    assert log_in(getattr(town, who)).get(reverse("field:work-enter", args=[code])).status_code == status


def test_a_community_s_worker_cannot_enter_for_another(town: SimpleNamespace, log_in: Any) -> None:
    said = {
        "key": str(uuid.uuid4()),
        "occurred_on": str(TODAY),
        "unit": str(town.west.uuid),
        "f_flyers": "60",
    }
    answer = log_in(town.worker).post(reverse("field:work-enter", args=["handout"]), said)
    assert answer.status_code == 422
    assert Journal.objects.count() == 0
