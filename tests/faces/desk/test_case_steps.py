"""Every step through its form: it changes the state, once; what is refused keeps words and photos."""

import uuid
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.factories import Life, photo, picture
from wenming.common import clock
from wenming.faces.desk.step_forms import FORMS
from wenming.ground.audit import queries as history
from wenming.ground.evidence import queries as photos
from wenming.ground.evidence.models import Photo
from wenming.ground.standards import queries as standards
from wenming.records.cases import states
from wenming.records.cases.models import Case, Order

FUTURE = f"{clock.local_date(clock.now()) + timedelta(days=40):%Y-%m-%d}"


def url(case: Case, step: str = "") -> str:
    return f"/desk/cases/{case.uuid}/" + (f"{step}/" if step else "")


def image(name: str = "后.jpg", seed: int = 7) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, picture("后", seed=seed), "image/jpeg")


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


# state to start from, who, step, what is typed, state after
WORDS: list[tuple[str, str, str, dict[str, str], str]] = [
    ("reported", "clerk", "register", {"category": "06036", "description": "堆放杂物", "path": "community"}, "registered"),
    ("reported", "clerk", "refuse", {"reason": "not_true"}, "refused"),
    ("registered", "clerk", "split", {"category_1": "06010", "description_1": "垃圾", "category_2": "乱堆杂物", "description_2": "杂物"}, "split"),
    ("registered", "director", "close", {"reason": "exempt", "ground": "划线区内"}, "closed"),
    ("dispatched", "secretary", "sign", {}, "handling"),
    ("dispatched", "clerk", "remind", {}, "dispatched"),
    ("handling", "secretary", "return", {"reason": "not_duty", "ground": "属环卫"}, "returned"),
    ("returned", "director", "uphold_return", {}, "registered"),
    ("returned", "director", "overrule_return", {"ground": "在辖区内"}, "handling"),
    ("handling", "secretary", "hand_in", {"no_photo": "井下拍不到", "measures": "已疏通"}, "verifying"),
    ("handling", "secretary", "ask_extension", {"term_value": "2", "term_unit": "work_day", "ground": "等配件"}, "handling"),
    ("handling", "secretary", "ask_suspension", {"reason": "needs_project", "ground": "需改造", "takes_over": "县住建局", "until": FUTURE}, "handling"),
    ("suspended", "director", "resume", {}, "handling"),
    ("verifying", "inspector", "accept", {"note": "到位"}, "closed"),
    ("verifying", "inspector", "send_back", {"ground": "墙角未清"}, "handling"),
    ("closed", "inspector", "revisit", {"relapsed": "no"}, "closed"),
]  # fmt: skip


@pytest.mark.parametrize(("state", "who", "step", "data", "after"), WORDS)
def test_step_changes_state_once(
    life: Life,
    town: SimpleNamespace,
    log_in: Any,
    state: str,
    who: str,
    step: str,
    data: dict[str, str],
    after: str,
) -> None:
    case = life.in_state(state)
    client = log_in(getattr(town, who))
    known = history.of(case.uuid).count()
    if step not in ("sign", "remind"):
        assert client.get(url(case, step)).status_code == 200
        assert client.get(url(case, step), headers={"HX-Request": "true"}).status_code == 200
    sent = {"key": str(uuid.uuid4()), **data}
    first = client.post(url(case, step), sent)
    assert first.status_code == 303, first.content.decode()
    assert fresh(case).state == after
    rows = list(history.of(case.uuid))[known:]
    assert [row.deed for row in rows] == [f"case.{step}"]
    again = client.post(url(case, step), sent)
    assert (again.status_code, again.headers["Location"]) == (302, first.headers["Location"])
    assert history.of(case.uuid).count() == known + 1


def test_every_step_with_a_permission_has_a_form() -> None:
    """But for those that only a parcel takes."""
    people_take = {step.code for step in states.STEPS.values() if step.permission is not None}
    assert set(FORMS) == people_take - states.BY_PARCEL


def test_grants_and_denials(life: Life, town: SimpleNamespace, post: Any, log_in: Any) -> None:
    term = {"term_value": "1", "term_unit": "work_day", "ground": "等配件"}
    hang = {"reason": "needs_money", "ground": "缺经费", "takes_over": "镇财政所", "until": FUTURE}
    case = life.handling()
    post(town.secretary, url(case, "ask_extension"), term)
    assert "等配件" in log_in(town.director).get(url(case)).content.decode()
    assert post(town.director, url(case, "deny_extension"), {"ground": "时间够用"}).status_code == 303
    post(town.secretary, url(case, "ask_extension"), term)
    assert post(town.director, url(case, "grant_extension")).status_code == 303
    assert fresh(case).extended is True
    post(town.secretary, url(case, "ask_suspension"), hang)
    assert post(town.director, url(case, "deny_suspension"), {"ground": "已安排经费"}).status_code == 303
    post(town.secretary, url(case, "ask_suspension"), hang | {"needs_yuan": "125,000"})
    asked = log_in(town.director).get(f"/desk/cases/{case.uuid}/").content.decode()
    assert "需 12.5 万元，由镇财政所接手" in asked
    assert post(town.director, url(case, "grant_suspension")).status_code == 303
    hung = fresh(case)
    assert (hung.state, hung.suspended_to, hung.needs_yuan) == ("suspended", "镇财政所", Decimal("125000.00"))
    page = log_in(town.director).get(f"/desk/cases/{case.uuid}/").content.decode()
    assert "<b>挂账停表</b>，需 12.5 万元，请镇财政所解决，预计" in page
    assert "批准挂账：需经费，需 12.5 万元，由镇财政所接手" in page
    assert post(town.director, url(case, "resume"), {"note": "钱到了"}).status_code == 303
    back = fresh(case)
    assert (back.suspended_to, back.needs_yuan, back.suspended_until) == ("", None, None)


def test_dispatch_preselects_shows_deadline_and_dispatches(
    life: Life, town: SimpleNamespace, log_in: Any, post: Any
) -> None:
    case = life.registered()
    page = log_in(town.clerk).get(url(case, "dispatch"))
    form = page.context["form"]
    assert form["lead"].value() == str(town.east.uuid)
    assert "现在派遣，整改期限为" in page.content.decode()
    data = {"lead": str(town.chengguan.uuid), "assist": [str(town.east.uuid)], "term_value": "3", "term_unit": "work_day",
            "note": "请先围挡"}  # fmt: skip
    preview = post(town.clerk, url(case, "dispatch"), {**data, "preview": "1"})
    assert (preview.status_code, fresh(case).state) == (200, "registered")
    assert preview.context["form"].deadline.at > form.deadline.at
    assert preview.context["form"]["note"].value() == "请先围挡"
    assert post(town.clerk, url(case, "dispatch"), data).status_code == 303
    case = fresh(case)
    assert (case.lead_unit, list(case.assist_units.all())) == (town.chengguan, [town.east])
    assert abs(case.due_at - preview.context["form"].deadline.at) < timedelta(minutes=1)


def test_dispatch_of_a_matter_with_power_is_not_led_by_a_community(
    life: Life, town: SimpleNamespace, log_in: Any, post: Any
) -> None:
    today = clock.local_date(clock.now())
    kind = next(
        row for row in standards.categories(today) if not row.can_community_lead and row.dept == "urban_mgmt"
    )
    case = life.registered(category=kind.code)
    assert log_in(town.clerk).get(url(case, "dispatch")).context["form"]["lead"].value() == str(
        town.chengguan.uuid
    )
    data = {"lead": str(town.east.uuid), "note": "写好的话", "term_value": "1", "term_unit": "work_day"}
    refused = post(town.clerk, url(case, "dispatch"), data)
    assert refused.status_code == 422
    assert refused.context["form"].errors["lead"][0].startswith(f"「{kind.name}」需要执法权限")
    assert refused.context["form"]["note"].value() == "写好的话"


def test_assign_offers_the_units_own_people(
    life: Life, town: SimpleNamespace, log_in: Any, post: Any
) -> None:
    case = life.handling()
    form = log_in(town.secretary).get(url(case, "assign")).context["form"]
    assert sorted(label for _, label in form.fields["to"].choices) == ["刘强", "吴巷长", "王芳", "请选择"]
    assert post(town.secretary, url(case, "assign"), {"to": str(town.worker.uuid)}).status_code == 303
    assert fresh(case).handler == town.worker
    stranger = post(town.secretary, url(case, "assign"), {"to": str(town.outsider.uuid)})
    assert stranger.status_code == 422


def test_hand_in_with_photo_and_quantities(life: Life, town: SimpleNamespace, log_in: Any, post: Any) -> None:
    case = life.handling()
    form = log_in(town.secretary).get(url(case, "hand_in")).context["form"]
    account = form.fields["account_1"].choices[1][1][0][0]
    data = {"measures": "已清理", "account_1": account, "quantity_1": "2", "photos": image()}
    assert post(town.secretary, url(case, "hand_in"), data).status_code == 303
    assert fresh(case).quantities == {account: "2"}
    assert [one.role for one in photos.of(case.uuid)] == ["after"]


def test_refused_form_keeps_words_and_photos(life: Life, town: SimpleNamespace, log_in: Any) -> None:
    case = life.handling()
    client = log_in(town.secretary)
    key = str(uuid.uuid4())
    broken = SimpleUploadedFile("坏.jpg", b"\xff\xd8 not a picture", "image/jpeg")
    first = client.post(
        url(case, "hand_in"), {"key": key, "measures": "已清理干净", "photos": [image(), broken]}
    )
    assert (first.status_code, fresh(case).state) == (422, "handling")
    text = first.content.decode()
    assert "已清理干净" in text
    assert "「坏.jpg」" in text
    assert f'name="key" value="{key}"' in text
    [kept] = Photo.objects.filter(by=town.secretary, subject_uuid__isnull=True)
    assert f'name="photos_kept" value="{kept.uuid}"' in text
    again = client.post(
        url(case, "hand_in"), {"key": key, "measures": "已清理干净", "photos_kept": [str(kept.uuid)]}
    )
    assert (again.status_code, fresh(case).state) == (303, "verifying")
    assert list(photos.of(case.uuid)) == [kept]


@pytest.mark.parametrize(
    ("state", "who", "step", "data", "field"),
    [("reported", "clerk", "register", {"category": "什么都不是呀", "description": "x", "path": "community"}, "category"),
     ("reported", "clerk", "register", {"category": "", "description": "", "path": ""}, "path"),
     ("reported", "clerk", "refuse", {"reason": "moon"}, "reason"),
     ("reported", "clerk", "merge", {"into": "9999"}, "into"),
     ("registered", "clerk", "split", {"category_1": "06010", "description_1": "x", "category_2": "没有这类", "description_2": "y"}, "category_2"),
     ("handling", "secretary", "hand_in", {"measures": "好了"}, "__all__"),
     ("handling", "secretary", "hand_in", {"no_photo": "x", "quantity_1": "3"}, "quantity_1"),
     ("handling", "secretary", "return", {"reason": "not_duty", "ground": " "}, "ground"),
     ("handling", "secretary", "ask_suspension", {"reason": "cannot", "ground": "x", "takes_over": "y", "until": "2020-01-01"}, "until"),
     ("handling", "secretary", "ask_suspension", {"reason": "needs_money", "ground": "x", "takes_over": "y", "until": FUTURE, "needs_yuan": "十万"}, "needs_yuan"),
     ("handling", "secretary", "ask_extension", {"term_value": "0.5", "term_unit": "work_day", "ground": "x"}, "term_value"),
     ("handling", "secretary", "ask_extension", {"term_value": "NaN", "term_unit": "year", "ground": "x"}, "term_unit"),
     ("verifying", "inspector", "send_back", {"ground": ""}, "ground"),
     ("closed", "inspector", "revisit", {"relapsed": "yes"}, "__all__"),
     ("registered", "director", "close", {"reason": "fixed", "ground": "x"}, "reason")],
)  # fmt: skip
def test_bad_input_is_said_at_its_field(
    life: Life,
    town: SimpleNamespace,
    post: Any,
    state: str,
    who: str,
    step: str,
    data: dict[str, str],
    field: str,
) -> None:
    case = life.in_state(state)
    known = history.of(case.uuid).count()
    response = post(getattr(town, who), url(case, step), data)
    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert history.of(case.uuid).count() == known


def test_bad_quantity_is_refused_in_words(life: Life, town: SimpleNamespace, log_in: Any, post: Any) -> None:
    case = life.handling()
    account = (
        log_in(town.secretary)
        .get(url(case, "hand_in"))
        .context["form"]
        .fields["account_1"]
        .choices[1][1][0][0]
    )
    response = post(
        town.secretary, url(case, "hand_in"), {"no_photo": "x", "account_1": account, "quantity_1": "很多"}
    )
    assert response.status_code == 422
    assert "应填正数，现在是「很多」" in response.content.decode()


def test_second_of_two_people_is_told_and_sees_the_fresh_page(
    life: Life, town: SimpleNamespace, post: Any, log_in: Any
) -> None:
    case = life.verifying()
    assert post(town.inspector, url(case, "accept")).status_code == 303
    second = post(town.director, url(case, "accept"), {"note": "我也看了"})
    assert second.status_code == 409
    text = second.content.decode()
    assert "周正已于" in text
    assert "现在是「已结案」，不能再「核查通过」" in text
    assert second.context["case"].state == "closed"
    late = log_in(town.director).get(url(case, "accept"), follow=True)
    assert late.redirect_chain == [(url(case), 302)]
    assert "不能再「核查通过」" in late.content.decode()


@pytest.mark.parametrize(
    ("who", "step", "status"),
    [("outsider", "accept", 404), ("west_secretary", "accept", 404), ("secretary", "accept", 403), ("leader", "accept", 403),
     ("discipline", "send_back", 403), ("inspector", "fly", 404), ("inspector", "escalate", 404), ("inspector", "contest", 404),
     ("chief", "hand_in", 404), ("inspector", "hand_in", 403)],
)  # fmt: skip
def test_step_is_refused_to_strangers_and_readers(
    life: Life, town: SimpleNamespace, log_in: Any, post: Any, who: str, step: str, status: int
) -> None:
    case = life.verifying()
    person = getattr(town, who)
    assert log_in(person).get(url(case, step)).status_code == status
    assert post(person, url(case, step), {"note": "x", "ground": "x"}).status_code == status
    assert fresh(case).state == "verifying"


def test_whoever_fixed_it_may_not_accept_it(life: Life, town: SimpleNamespace, post: Any) -> None:
    case = life.handling()
    Case.objects.filter(pk=case.pk).update(handler=town.inspector, state="verifying")
    assert post(town.inspector, url(case, "accept")).status_code == 403


def test_doubts_are_shown_before_deciding(life: Life, town: SimpleNamespace, log_in: Any) -> None:
    shot = photo(town.inspector, town.town)
    case = life.verifying(photos=[shot])
    Photo.objects.filter(pk=shot.pk).update(source="album")
    for step in ("accept", "send_back"):
        assert "疑点：照片从相册选取" in log_in(town.inspector).get(url(case, step)).content.decode()


def test_register_shows_exemptions_suggestions_and_similar(
    life: Life, town: SimpleNamespace, log_in: Any
) -> None:
    other = life.handling()
    case = life.reported(description="墙上小广告")
    page = log_in(town.clerk).get(url(case, "register"))
    assert page.context["similar"] == [other]
    assert page.context["suggestions"][0][0].code == "07001"
    assert page.context["exemptions"]


def test_merge_by_number_and_by_digits(life: Life, town: SimpleNamespace, post: Any) -> None:
    into, first, second = life.registered(), life.reported(), life.reported()
    assert post(town.clerk, url(first, "merge"), {"into": into.number}).status_code == 303
    digits = str(int(into.number.rsplit("-", 1)[1]))
    assert post(town.clerk, url(second, "merge"), {"into": digits}).status_code == 303
    assert [fresh(case).merged_into for case in (first, second)] == [into, into]


def test_relapse_leads_to_the_new_case(life: Life, town: SimpleNamespace, post: Any) -> None:
    case = life.closed()
    response = post(town.inspector, url(case, "revisit"), {"relapsed": "yes", "photos": image()})
    again = Case.objects.get(relapse_of=case)
    assert response.headers["Location"] == url(again)


def test_supervise_drafts_an_order(life: Life, town: SimpleNamespace, post: Any) -> None:
    case = life.handling()
    response = post(
        town.director, url(case, "supervise"), {"reason": "manual", "matter": "建设巷垃圾", "demands": ""}
    )
    order = Order.objects.get()
    assert response.headers["Location"] == f"/desk/orders/{order.uuid}/"
    assert (order.matter, order.state) == ("建设巷垃圾", "draft")
    assert order.demands.startswith("请立即整改")


def test_publish_covert_asks_and_publishes(life: Life, town: SimpleNamespace, log_in: Any, post: Any) -> None:
    case = life.reported(covert=True)
    assert "被查单位能看到" in log_in(town.inspector).get(url(case, "publish_covert")).content.decode()
    assert post(town.secretary, url(case, "publish_covert")).status_code == 404
    assert post(town.inspector, url(case, "publish_covert")).status_code == 303
    assert fresh(case).covert is False


# --- 新增 -------------------------------------------------------------------------------------------------

NEW = "/desk/cases/new/"


def given(town: SimpleNamespace, **more: Any) -> dict[str, Any]:
    return {
        "source": "hotline",
        "place": "东门农贸市场",
        "category": "06010",
        "description": "东门外垃圾未清",
    } | more


@pytest.mark.parametrize(
    ("who", "status"), [("clerk", 200), ("secretary", 200), ("cleaner", 403), ("discipline", 403)]
)
def test_new_by_role(town: SimpleNamespace, log_in: Any, who: str, status: int) -> None:
    assert log_in(getattr(town, who)).get(NEW).status_code == status


def test_new_reports_once(town: SimpleNamespace, log_in: Any) -> None:
    client = log_in(town.clerk)
    data = given(town, key=str(uuid.uuid4()), contact="13900000000")
    first = client.post(NEW, {**data, "photos": image()})
    case = Case.objects.get()
    assert first.headers["Location"] == url(case)
    assert (case.source, case.place, case.unit, case.reporter) == (
        "hotline",
        town.market,
        town.east,
        town.clerk,
    )
    assert photos.of(case.uuid).count() == 1
    assert client.post(NEW, {**data, "photos": image()}).headers["Location"] == url(case)
    assert (Case.objects.count(), photos.of(case.uuid).count()) == (1, 1)


def test_new_asks_about_a_similar_one_nearby(life: Life, town: SimpleNamespace, post: Any) -> None:
    known = life.handling(place=town.market)
    asked = post(town.clerk, NEW, given(town))
    assert (asked.status_code, asked.context["similar"]) == (422, [known])
    assert Case.objects.count() == 1
    assert post(town.clerk, NEW, given(town, another="on")).status_code == 303


@pytest.mark.parametrize(
    ("more", "field"),
    [({"place": "没有的地方"}, "place"), ({"place": ""}, "place"), ({"category": "没有"}, "category"),
     ({"description": ""}, "description"), ({"found_at": "2999-01-01T10:00"}, "found_at"), ({"found_at": "昨天"}, "found_at"),
     ({"source": "moon"}, "source"), ({"unit": "x"}, "unit")],
)  # fmt: skip
def test_new_refuses_bad_input_and_keeps_the_photo(
    town: SimpleNamespace, post: Any, more: dict[str, str], field: str
) -> None:
    response = post(town.clerk, NEW, given(town, **more, photos=image()))
    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert len(response.context["taken"].photos) == 1
    assert not Case.objects.exists()


def test_new_covert_is_for_inspectors(town: SimpleNamespace, post: Any, log_in: Any) -> None:
    assert "covert" not in log_in(town.secretary).get(NEW).context["form"].fields
    post(town.secretary, NEW, given(town, covert="on"))
    post(town.inspector, NEW, given(town, covert="on", another="on", source="covert"))
    assert sorted(Case.objects.values_list("covert", "source")) == [(False, "self"), (True, "covert")]
