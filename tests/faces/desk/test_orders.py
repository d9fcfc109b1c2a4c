"""督办单: the register, both photo pairs, every step once, the printed form."""

import uuid
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import Life, photo, picture
from wenming.ground.evidence import queries as photos
from wenming.records.cases import actions as cases
from wenming.records.cases.models import Order

LIST = "/desk/orders/"


def url(order: Order, step: str = "") -> str:
    return f"/desk/orders/{order.uuid}/" + (f"{step}/" if step else "")


def fresh(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


@pytest.fixture
def order(life: Life, town: SimpleNamespace) -> Order:
    """A draft: the same problem found twice."""
    life.closed(photos=[photo(town.inspector, town.town)])
    life.tick(60 * 24)
    case = life.reported(photos=[photo(town.inspector, town.town)], inspection=uuid.uuid4())
    cases.register(case=case, by=town.clerk, at=life.tick())
    return Order.objects.get()


@pytest.fixture
def issued(order: Order, life: Life, town: SimpleNamespace) -> Order:
    return cases.orders.issue(order=order, by=town.director, at=life.tick())


@pytest.mark.parametrize(
    ("who", "draft", "sent"),
    [("director", 200, 200), ("clerk", 200, 200), ("county_clerk", 200, 200), ("secretary", 404, 200),
     ("west_secretary", 404, 404), ("outsider", 404, 404), ("leader", 404, 200), ("discipline", 404, 200),
     ("admin", 404, 404), ("auditor", 404, 404)],
)  # fmt: skip
def test_order_by_role(
    order: Order, life: Life, town: SimpleNamespace, log_in: Any, who: str, draft: int, sent: int
) -> None:
    client = log_in(getattr(town, who))
    assert [client.get(page).status_code for page in (url(order), url(order, "print"))] == [draft, draft]
    cases.orders.issue(order=order, by=town.director, at=life.tick())
    assert [client.get(page).status_code for page in (url(order), url(order, "print"))] == [sent, sent]


@pytest.mark.parametrize(
    ("who", "status"), [("director", 200), ("secretary", 200), ("admin", 403), ("auditor", 403)]
)
def test_list_by_role(town: SimpleNamespace, log_in: Any, who: str, status: int) -> None:
    assert log_in(getattr(town, who)).get(LIST).status_code == status


def test_page_shows_both_pairs(order: Order, town: SimpleNamespace, log_in: Any) -> None:
    page = log_in(town.director).get(url(order))
    told = [(which, case.pk, len(pairs)) for which, case, pairs, _ in page.context["cases"]]
    assert told == [("前一次", order.earlier_id, 1), ("再次发现", order.case_id, 1)]
    assert [step.code for step in page.context["steps"]] == ["edit", "issue", "drop"]


def test_whole_life_of_an_order(order: Order, town: SimpleNamespace, log_in: Any, post: Any) -> None:
    words = {
        "matter": "建设巷垃圾反复",
        "facts": "两次发现。",
        "demands": "立即整改。",
        "due_date": "2030-01-10",
    }
    assert post(town.clerk, url(order, "edit"), words).status_code == 303
    assert post(town.director, url(order, "issue")).status_code == 303
    assert fresh(order).number.endswith("〕1号")
    assert post(town.secretary, url(order, "sign")).status_code == 303
    image = SimpleUploadedFile("后.jpg", picture("后", seed=9), "image/jpeg")
    assert (
        post(town.secretary, url(order, "answer"), {"text": "已清理并加装桶。", "photos": image}).status_code
        == 303
    )
    assert photos.of(order.uuid).count() == 1
    assert post(town.director, url(order, "send_back"), {"opinion": "仍有散落"}).status_code == 303
    form = log_in(town.secretary).get(url(order, "answer")).context["form"]
    assert form["text"].value() == "已清理并加装桶。"
    assert post(town.secretary, url(order, "answer"), {"text": "已全部清理。"}).status_code == 303
    assert post(town.director, url(order, "check"), {"opinion": "到位"}).status_code == 303
    done = fresh(order)
    assert (done.state, done.matter, done.opinion, done.due_date.isoformat()) == (
        "checked", "建设巷垃圾反复", "到位", "2030-01-10",
    )  # fmt: skip
    paper = log_in(town.secretary).get(url(order, "print")).content.decode()
    for word in ("编号：", "签发人：李建国", "督办事项", "事实与依据", "整改要求", "时限", "反馈方式", "承办单位签收栏",
                 "办理情况栏", "核查意见栏", "2030年1月10日前"):  # fmt: skip
        assert word in paper


def test_same_key_twice_is_one_deed(order: Order, town: SimpleNamespace, log_in: Any) -> None:
    client, sent = log_in(town.director), {"key": str(uuid.uuid4())}
    assert client.post(url(order, "issue"), sent).status_code == 303
    assert client.post(url(order, "issue"), sent).headers["Location"] == url(order)
    assert fresh(order).serial == 1


def test_second_person_is_told(order: Order, town: SimpleNamespace, post: Any) -> None:
    post(town.director, url(order, "issue"))
    late = post(town.clerk, url(order, "drop"), {"ground": "x"})
    assert late.status_code == 409
    assert "现在是「已下发」，不能再「不下发」" in late.content.decode()


@pytest.mark.parametrize(
    ("who", "step", "status"),
    [("secretary", "issue", 403), ("leader", "sign", 403), ("west_secretary", "sign", 404), ("director", "sign", 403),
     ("director", "burn", 404)],
)  # fmt: skip
def test_step_is_refused(
    issued: Order, town: SimpleNamespace, post: Any, who: str, step: str, status: int
) -> None:
    assert post(getattr(town, who), url(issued, step)).status_code == status


def test_refused_answer_keeps_its_words_and_photos(
    issued: Order, life: Life, town: SimpleNamespace, post: Any
) -> None:
    cases.orders.sign(order=issued, by=town.secretary, at=life.tick())
    image = SimpleUploadedFile("后.jpg", picture("后", seed=9), "image/jpeg")
    response = post(town.secretary, url(issued, "answer"), {"text": "", "photos": image})
    assert response.status_code == 422
    assert len(response.context["taken"].photos) == 1
    broken = SimpleUploadedFile("坏.jpg", b"", "image/jpeg")
    response = post(town.secretary, url(issued, "answer"), {"text": "写好的答复", "photos": broken})
    assert response.status_code == 422
    assert "写好的答复" in response.content.decode()
    assert fresh(issued).state == "signed"


@pytest.mark.parametrize(
    ("query", "found"),
    [("", 1), ("state=issued", 1), ("state=draft", 0), ("reason=twice", 1), ("reason=manual", 0), ("words=建设巷", 1),
     ("words=1号", 1), ("words=2", 0), ("year=1999", 1), ("year=2001", 0), ("state=zzz", 1)],
)  # fmt: skip
def test_filter(issued: Order, town: SimpleNamespace, log_in: Any, query: str, found: int) -> None:
    assert len(log_in(town.director).get(f"{LIST}?{query}").context["page"].object_list) == found


def test_filter_by_unit(issued: Order, town: SimpleNamespace, log_in: Any) -> None:
    client = log_in(town.director)
    sums = [
        client.get(f"{LIST}?unit={unit.uuid}").context["page"].paginator.count
        for unit in (town.east, town.west)
    ]
    assert sums == [1, 0]


def test_list_costs_the_same_for_one_and_three(life: Life, town: SimpleNamespace, log_in: Any) -> None:
    client, counts = log_in(town.director), []
    for more in (1, 2):
        for _ in range(more):
            cases.orders.draft(case=life.handling(), reason="manual", by=town.director, at=life.tick())
        client.get(LIST)
        with CaptureQueriesContext(connection) as statements:
            client.get(LIST)
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 12, counts


def test_empty_register_says_when_orders_come(town: SimpleNamespace, log_in: Any) -> None:
    assert "同一问题两次督查都发现" in log_in(town.director).get(LIST).content.decode()
