"""记台账 on the phone: few fields, the numbers first, the rest in a fold."""

import uuid
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import factories
from wenming.common import clock
from wenming.ground.evidence import queries as evidence
from wenming.records.journals import actions as journals
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


def _visit(town: SimpleNamespace, topic: str, **more: Any) -> Journal:
    given = {"by": town.secretary, "unit": town.east, "occurred_on": TODAY, "at": clock.now()} | more
    return journals.enter(
        kind="door_visit", fields={"topic": topic, "households": "3", "with": town.partner_unit}, **given
    )


def test_what_was_typed_lately_is_offered_and_stands_open(town: SimpleNamespace, log_in: Any) -> None:
    client, url = log_in(town.secretary), reverse("field:work-enter", args=["door_visit"])
    form = client.get(url).context["form"]
    assert "f_with" not in [field.name for field in form.first]
    assert "data-phrases" not in client.get(url).content.decode()
    _visit(town, "垃圾分类入户")
    _visit(town, "反诈宣传")
    page = client.get(url)
    assert "f_with" in [field.name for field in page.context["form"].first]
    text = page.content.decode()
    row = '<p class="phrases" data-phrases="f_topic" data-joint=""><button type="button" class="phrase">反诈宣传</button><button type="button" class="phrase">垃圾分类入户</button></p>'
    assert row in text
    # A refused form comes back as it was sent, without offers.
    refused = client.post(url, {"key": str(uuid.uuid4()), "occurred_on": "", "unit": str(town.east.uuid)})
    assert refused.status_code == 422


def test_people_are_offered_one_by_one_the_most_frequent_first(town: SimpleNamespace, log_in: Any) -> None:
    for present in ("李建国、陈小雨", "陈小雨、王芳"):
        journals.enter(
            kind="meeting", unit=town.east, by=town.secretary, occurred_on=TODAY, at=clock.now(),
            fields={"type": "weekly", "topic": "例会", "present": present},
        )  # fmt: skip
    form = log_in(town.secretary).get(reverse("field:work-enter", args=["meeting"])).context["form"]
    assert form.fields["f_present"].offered["words"][0] == "陈小雨"
    assert set(form.fields["f_present"].offered["words"]) == {"陈小雨", "李建国", "王芳"}
    assert form.fields["f_present"].offered["joint"] == "、"


def test_words_of_another_community_are_not_offered(town: SimpleNamespace, log_in: Any) -> None:
    _visit(town, "东门的事")
    url = reverse("field:work-enter", args=["door_visit"])
    assert "东门的事" not in log_in(town.west_secretary).get(url).content.decode()
    assert "东门的事" in log_in(town.secretary).get(url).content.decode()


def test_offers_cost_the_same_at_one_record_and_at_many(town: SimpleNamespace, log_in: Any) -> None:
    client, url = log_in(town.secretary), reverse("field:work-enter", args=["door_visit"])
    counts = []
    for more in (1, 6):
        for number in range(more):
            _visit(town, f"第 {number} 次")
        client.get(url)
        with CaptureQueriesContext(connection) as seen:
            client.get(url)
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_many_kinds_are_folded_by_group_below_what_i_entered_last(town: SimpleNamespace, log_in: Any) -> None:
    _visit(town, "反诈宣传")
    page = log_in(town.secretary).get(reverse("field:work"))
    text = page.content.decode()
    assert page.context["folded"]
    assert text.index("常记的") < text.index("我最近记的") < text.index("全部类目")
    assert not log_in(town.worker).get(reverse("field:work")).context["folded"]


def test_the_answer_says_what_was_counted(town: SimpleNamespace, log_in: Any) -> None:
    client = log_in(town.worker)
    said = {
        "key": str(uuid.uuid4()),
        "occurred_on": str(TODAY),
        "unit": str(town.east.uuid),
        "f_flyers": "60",
        "f_topic": "集市",
    }
    text = client.post(reverse("field:work-enter", args=["handout"]), said, follow=True).content.decode()
    assert f"已记账：宣传品发放 集市，宣传单 60份（东门社区，{clock.show_date(TODAY)}）" in text
