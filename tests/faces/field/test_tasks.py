"""One case in the street: sign, return, ask, hand in, verify, look back; by role, by stranger, twice."""

import re
import uuid
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from tests.faces.field.conftest import JSON, upload
from tests.factories import Life, photo
from wenming.common import clock
from wenming.ground.evidence.models import Photo
from wenming.records.cases import actions as cases
from wenming.records.cases import states
from wenming.records.cases.models import Case


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def key() -> str:
    return str(uuid.uuid4())


def test_task_page_tells_what_where_until_when(town: SimpleNamespace, log_in: Any, life: Life) -> None:
    case = life.dispatched(photos=[photo(town.inspector, town.town)])
    page = log_in(town.secretary).get(f"/field/case/{case.uuid}/").content.decode()
    for text in (case.number, "建设巷", "暴露垃圾", "为什么是这个期限", "签收", "退单", "整改前照片 1"):
        assert text in page
    assert "申请延期" not in page  # only after signing


@pytest.mark.parametrize("who", ["outsider", "west_secretary", "cleaner", "worker"])
def test_strangers_get_404(town: SimpleNamespace, log_in: Any, life: Life, who: str) -> None:
    case = life.handling()
    client = log_in(getattr(town, who))
    paths = ["", "hand-in/", "check/", "revisit/"]
    assert [client.get(f"/field/case/{case.uuid}/{p}").status_code for p in paths] == [404] * 4
    posts = ["sign/", "return/", "hand-in/", "check/", "revisit/", "ask-extension/", "ask-suspension/"]
    assert [client.post(f"/field/case/{case.uuid}/{p}", {"key": key()}).status_code for p in posts] == [
        404
    ] * 7
    assert fresh(case).state == states.HANDLING


def test_sign_with_one_tap_and_a_second_is_told(town: SimpleNamespace, log_in: Any, life: Life) -> None:
    case, client = life.dispatched(), log_in(town.secretary)
    assert client.post(f"/field/case/{case.uuid}/sign/", {"key": key()}).status_code == 303
    assert fresh(case).state == states.HANDLING
    second = client.post(f"/field/case/{case.uuid}/sign/", {"key": key()})
    assert second.status_code == 409
    assert "王芳已于" in second.content.decode()


def test_return_with_reason_and_ground(town: SimpleNamespace, log_in: Any, life: Life) -> None:
    case, client = life.handling(), log_in(town.secretary)
    refused = client.post(
        f"/field/case/{case.uuid}/return/", {"key": key(), "reason": "not_duty", "ground": ""}
    )
    assert refused.status_code == 422
    assert '<details class="fold" open><summary>退单' in refused.content.decode()
    client.post(
        f"/field/case/{case.uuid}/return/", {"key": key(), "reason": "not_duty", "ground": "属环卫中心"}
    )
    assert fresh(case).state == states.RETURNED


def test_extension_is_asked_in_working_days(town: SimpleNamespace, log_in: Any, life: Life) -> None:
    life.at = clock.now()
    case, client = life.handling(), log_in(town.secretary)
    Case.objects.filter(pk=case.pk).update(due_at=clock.now() + timedelta(days=3))
    client.post(f"/field/case/{case.uuid}/ask-extension/", {"key": key(), "days": "2", "ground": "等配件"})
    pending = fresh(case).pending
    assert pending
    assert (pending["kind"], pending["term"]) == ("extension", {"value": "2", "unit": "work_day"})


def test_late_extension_keeps_what_was_typed(town: SimpleNamespace, log_in: Any, life: Life) -> None:
    """The case of NOW is overdue by the time of the real clock: refused with the reason, text kept."""
    case, client = life.handling(), log_in(town.secretary)
    Case.objects.filter(pk=case.pk).update(due_at=clock.now() - timedelta(hours=1))
    answer = client.post(
        f"/field/case/{case.uuid}/ask-extension/", {"key": key(), "days": "2", "ground": "等配件"}
    )
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "已经超过期限，不能再申请延期" in page
    assert 'value="等配件"' in page


def test_suspension_needs_who_takes_over(town: SimpleNamespace, log_in: Any, life: Life) -> None:
    case, client = life.handling(), log_in(town.secretary)
    until = (clock.local_date(clock.now()) + timedelta(days=40)).isoformat()
    given = {"key": key(), "reason": "needs_project", "ground": "需改造", "until": until}
    assert client.post(f"/field/case/{case.uuid}/ask-suspension/", given).status_code == 422
    given |= {"takes_over": "县住建局"}
    wrong = client.post(
        f"/field/case/{case.uuid}/ask-suspension/", given | {"key": key(), "needs_yuan": "六万"}
    )
    assert (wrong.status_code, "金额应填正数，单位是元，现在是「六万」。" in wrong.content.decode()) == (
        422,
        True,
    )
    client.post(f"/field/case/{case.uuid}/ask-suspension/", given | {"key": key(), "needs_yuan": "60000"})
    pending = fresh(case).pending
    assert pending
    found = (pending["kind"], pending["takes_over"], pending["needs_yuan"])
    assert found == ("suspension", "县住建局", "60000.00")


def test_hand_in_shows_the_before_photo_and_keeps_quantities(
    town: SimpleNamespace, log_in: Any, life: Life
) -> None:
    case = life.handling(photos=[photo(town.inspector, town.town)])
    client, path = log_in(town.secretary), f"/field/case/{case.uuid}/hand-in/"
    before = Photo.objects.of(case.uuid).get()
    assert f"/photo/{before.uuid}/page.jpg" in client.get(path).content.decode()
    answer = client.post(
        path, {"key": key(), "photos": upload(5), "measures": "已清运", "q_garbage_loads": "2"}, headers=JSON
    )
    assert (answer.status_code, answer.json()["next"]) == (201, "/field/tasks/")
    done = fresh(case)
    assert (done.state, done.measures, done.quantities) == (
        states.VERIFYING,
        "已清运",
        {"garbage_loads": "2"},
    )
    assert [p.role for p in Photo.objects.of(case.uuid)] == ["before", "after"]


def test_hand_in_without_photo_needs_the_reason(town: SimpleNamespace, log_in: Any, life: Life) -> None:
    case, client = life.handling(), log_in(town.secretary)
    path = f"/field/case/{case.uuid}/hand-in/"
    refused = client.post(path, {"key": key(), "measures": "已清运"})
    assert refused.status_code == 422
    assert "请上传一张整改后的照片" in refused.content.decode()
    assert 'value="已清运"' in refused.content.decode()
    client.post(path, {"key": key(), "no_photo": "夜间施工，光线不足"})
    assert fresh(case).state == states.VERIFYING


def test_hand_in_with_a_wrong_quantity_keeps_photo_and_numbers(
    town: SimpleNamespace, log_in: Any, life: Life
) -> None:
    case, client = life.handling(), log_in(town.secretary)
    path, form_key = f"/field/case/{case.uuid}/hand-in/", key()
    refused = client.post(path, {"key": form_key, "photos": upload(6), "q_vehicles": "两"})
    page = refused.content.decode()
    assert refused.status_code == 422
    assert "应填正数" in page
    assert 'name="q_vehicles" inputmode="decimal" value="两"' in page
    kept = re.search(r'name="photos_kept" value="([0-9a-f-]{36})"', page)
    assert kept
    client.post(path, {"key": form_key, "photos_kept": kept[1], "q_vehicles": "2"})
    assert fresh(case).state == states.VERIFYING
    assert [str(p.uuid) for p in Photo.objects.of(case.uuid)] == [kept[1]]


def test_same_hand_in_twice_is_one(town: SimpleNamespace, log_in: Any, life: Life) -> None:
    case, client, form_key = life.handling(), log_in(town.secretary), key()
    path = f"/field/case/{case.uuid}/hand-in/"
    answers = [client.post(path, {"key": form_key, "photos": upload(7)}, headers=JSON) for _ in range(2)]
    assert [a.status_code for a in answers] == [201, 201]
    assert Photo.objects.count() == 1


def test_check_shows_both_sides_and_doubts(town: SimpleNamespace, log_in: Any, life: Life) -> None:
    same = photo(town.inspector, town.town)
    case = life.handling(photos=[same])
    twin = Photo.objects.of(case.uuid).get()
    again = photo(town.secretary, town.town)
    Photo.objects.filter(pk=again.pk).update(sha256=twin.sha256, dhash=twin.dhash)
    case = cases.hand_in(case=case, by=town.secretary, at=life.tick(), photos=[again])
    page = log_in(town.inspector).get(f"/field/case/{case.uuid}/check/").content.decode()
    assert "疑点：整改前和整改后是同一张照片。" in page
    assert "整改前照片 1" in page
    assert "整改后照片 1" in page


def test_accept_and_send_back(town: SimpleNamespace, log_in: Any, life: Life) -> None:
    client = log_in(town.inspector)
    good, bad = life.verifying(), life.verifying(place=town.market)
    client.post(f"/field/case/{good.uuid}/check/", {"key": key(), "verdict": "accept"})
    empty = client.post(f"/field/case/{bad.uuid}/check/", {"key": key(), "verdict": "send_back"})
    assert empty.status_code == 422
    assert "退回返工要写明哪里没有整改到位" in empty.content.decode()
    client.post(
        f"/field/case/{bad.uuid}/check/", {"key": key(), "verdict": "send_back", "ground": "墙角还有"}
    )
    assert fresh(good).state == states.CLOSED
    assert (fresh(bad).state, fresh(bad).rework_count) == (states.HANDLING, 1)


def test_handler_cannot_check_his_own(town: SimpleNamespace, log_in: Any, life: Life) -> None:
    """书记王芳 may verify her grid's finds, but not what she handled herself."""
    case = life.verifying()
    answer = log_in(town.secretary).get(f"/field/case/{case.uuid}/check/")
    assert answer.status_code == 403
    posted = log_in(town.secretary).post(
        f"/field/case/{case.uuid}/check/", {"key": key(), "verdict": "accept"}
    )
    assert posted.status_code == 403
    assert fresh(case).state == states.VERIFYING


def test_page_of_a_step_that_is_over_leads_to_the_case(
    town: SimpleNamespace, log_in: Any, life: Life
) -> None:
    case = life.closed()
    answer = log_in(town.inspector).get(f"/field/case/{case.uuid}/check/")
    assert (answer.status_code, answer["Location"]) == (303, f"/field/case/{case.uuid}/")


def test_revisit_held_and_relapsed(town: SimpleNamespace, log_in: Any, life: Life) -> None:
    client, case = log_in(town.inspector), life.closed()
    path = f"/field/case/{case.uuid}/revisit/"
    client.post(path, {"key": key(), "verdict": "held"})
    assert case.revisits.filter(relapsed=False).count() == 1
    refused = client.post(path, {"key": key(), "verdict": "relapsed"})
    assert refused.status_code == 422
    assert "发现反弹请拍一张现在的照片" in refused.content.decode()
    answer = client.post(path, {"key": key(), "verdict": "relapsed", "photos": upload(8)})
    new = Case.objects.get(relapse_of=case)
    assert answer["Location"] == f"/field/case/{new.uuid}/"
