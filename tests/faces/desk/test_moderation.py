"""公众上报审核: who may, what is queued, rectangles, preview, publishing, withdrawing."""

import io
import uuid
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from tests.factories import Life, photo
from wenming.ground.evidence import queries as photos
from wenming.ground.evidence.models import Photo
from wenming.records.cases import actions as cases
from wenming.records.cases.models import Case


def closed(t: SimpleNamespace, life: Life) -> Case:
    return life.closed(photos=[photo(t.inspector, t.town)])


def shown(case: Case, role: str) -> Photo:
    return photos.of(case.uuid).get(role=role)


def publish(client: Any, case: Case, *pictures: Photo, note: str = "巷口已清理。", **more: Any) -> Any:
    data = {"key": str(uuid.uuid4()), "note": note, "show": [str(p.uuid) for p in pictures]} | more
    return client.post(f"/desk/moderation/{case.uuid}/", data)


@pytest.mark.parametrize(
    ("who", "status"),
    [("clerk", 200), ("director", 200), ("secretary", 403), ("inspector", 403), ("leader", 403),
     ("worker", 403), ("county_clerk", 403), ("admin", 403)],
)  # fmt: skip
def test_who_may_moderate(town: SimpleNamespace, log_in: Any, life: Life, who: str, status: int) -> None:
    client, case = log_in(getattr(town, who)), closed(town, life)
    assert client.get("/desk/moderation/").status_code == status
    assert client.get(f"/desk/moderation/{case.uuid}/").status_code == status


def test_three_queues(town: SimpleNamespace, log_in: Any, life: Life) -> None:
    waiting = cases.report(
        at=life.tick(), by=None, source="public", category="06010", description="公厕旁", unit=town.east
    )
    fixed, client = closed(town, life), log_in(town.clerk)
    page = client.get("/desk/moderation/").content.decode()
    assert waiting.number in page
    assert fixed.number not in page
    assert "群众上报待受理 1 件" in page
    assert "可以公开的结果 1 件" in page
    worth = client.get("/desk/moderation/?tab=worth").content.decode()
    assert f"/desk/moderation/{fixed.uuid}/" in worth
    publish(client, fixed, shown(fixed, "after"))
    assert fixed.number in client.get("/desk/moderation/?tab=public").content.decode()
    assert fixed.number not in client.get("/desk/moderation/?tab=worth").content.decode()


def test_publish_covers_what_was_marked(town: SimpleNamespace, log_in: Any, life: Life) -> None:
    case, client = closed(town, life), log_in(town.clerk)
    after = shown(case, "after")
    boxes = ["10", "20", "30", "40", "", "", "", ""]
    answer = publish(client, case, after, **{f"box_{after.uuid}": boxes})
    assert (answer.status_code, answer["Location"]) == (303, "/desk/moderation/?tab=public")
    case = Case.objects.get(pk=case.pk)
    assert (case.public, case.public_note) == (True, "巷口已清理。")
    assert [pytest.approx(box) for box in shown(case, "after").masks] == [[0.1, 0.2, 0.3, 0.4]]
    assert shown(case, "after").public_state == "approved"
    assert shown(case, "before").public_state == "hidden"


def test_second_publishing_withdraws_what_is_not_ticked(
    town: SimpleNamespace, log_in: Any, life: Life
) -> None:
    case, client = closed(town, life), log_in(town.clerk)
    before, after = shown(case, "before"), shown(case, "after")
    publish(client, case, before, after)
    publish(client, case, after, note="巷口已清理干净。")
    assert [shown(case, role).public_state for role in ("before", "after")] == ["hidden", "approved"]


@pytest.mark.parametrize(
    ("note", "told"),
    [
        ("", "请写一句公开说明"),
        ("王芳书记带队清理。", "有姓名「王芳」"),
        ("电话 13912345678", "电话或证件号码"),
        ("闽A12345 已驶离", "有车牌号"),
    ],
)
def test_note_with_personal_data_is_refused(
    town: SimpleNamespace, log_in: Any, life: Life, note: str, told: str
) -> None:
    case, client = closed(town, life), log_in(town.clerk)
    after = shown(case, "after")
    answer = publish(client, case, after, note=note, **{f"box_{after.uuid}": ["1", "2", "3", "4"]})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert told in page
    # What was typed and drawn is still there.
    assert 'value="3"' in page
    assert f'value="{after.uuid}" checked' in page
    assert Case.objects.get(pk=case.pk).public is False
    assert shown(case, "after").public_state == "hidden"


@pytest.mark.parametrize("box", [["10", "20", "30", ""], ["a", "1", "1", "1"], ["90", "90", "0", "5"]])
def test_half_a_rectangle_is_refused(town: SimpleNamespace, log_in: Any, life: Life, box: list[str]) -> None:
    case, client = closed(town, life), log_in(town.clerk)
    after = shown(case, "after")
    answer = publish(client, case, after, **{f"box_{after.uuid}": box})
    assert answer.status_code == 422
    assert "遮挡框" in answer.content.decode()
    assert Case.objects.get(pk=case.pk).public is False


def test_preview_covers_and_stores_nothing(town: SimpleNamespace, log_in: Any, life: Life) -> None:
    case, client = closed(town, life), log_in(town.clerk)
    after = shown(case, "after")
    path = f"/desk/moderation/{case.uuid}/photos/{after.uuid}/preview/"
    plain = client.post(path)
    covered = client.post(path, {f"box_{after.uuid}": ["0", "0", "100", "100"]})
    assert [a["Content-Type"] for a in (plain, covered)] == ["image/jpeg"] * 2
    few = Image.open(io.BytesIO(covered.content)).convert("RGB").resize((40, 30)).getcolors(1200) or []
    many = Image.open(io.BytesIO(plain.content)).convert("RGB").resize((40, 30)).getcolors(1200) or []
    assert len(few) < len(many)
    assert Photo.objects.get(pk=after.pk).public == ""
    assert log_in(town.secretary).post(path).status_code == 403
    foreign = shown(closed(town, life), "after")
    assert client.post(f"/desk/moderation/{case.uuid}/photos/{foreign.uuid}/preview/").status_code == 404


def test_covert_and_other_towns_cases_are_404(town: SimpleNamespace, log_in: Any, life: Life) -> None:
    case, client = closed(town, life), log_in(town.clerk)
    Case.objects.filter(pk=case.pk).update(covert=True)
    assert client.get(f"/desk/moderation/{case.uuid}/").status_code == 404
    Case.objects.filter(pk=case.pk).update(
        covert=False, town=town.other_town, unit=town.elsewhere, lead_unit=None
    )
    assert client.get(f"/desk/moderation/{case.uuid}/").status_code == 404


@pytest.mark.parametrize("state", ["reported", "refused", "merged", "split"])
def test_case_not_taken_on_cannot_be_published(
    town: SimpleNamespace, log_in: Any, life: Life, state: str
) -> None:
    case = life.in_state(state)
    answer = publish(log_in(town.clerk), case)
    assert answer.status_code == 409
    assert Case.objects.get(pk=case.pk).public is False


def test_withdraw_and_a_second_is_told(town: SimpleNamespace, log_in: Any, life: Life) -> None:
    case, client = closed(town, life), log_in(town.clerk)
    publish(client, case, shown(case, "after"))
    path = f"/desk/moderation/{case.uuid}/withdraw/"
    assert client.post(path, {"key": str(uuid.uuid4())}).status_code == 303
    assert Case.objects.get(pk=case.pk).public is False
    assert shown(case, "after").public_state == "hidden"
    assert client.post(path, {"key": str(uuid.uuid4())}).status_code == 409


@pytest.mark.parametrize("tab", ["reports", "worth", "public"])
def test_queue_costs_the_same_at_one_and_three_rows(
    town: SimpleNamespace, log_in: Any, life: Life, tab: str
) -> None:
    client, counts = log_in(town.clerk), []
    for more in (1, 2):
        for _ in range(more):
            closed(town, life)
            cases.report(
                at=life.tick(), by=None, source="public", category="06010", description="x", unit=town.east
            )
            done = closed(town, life)
            publish(client, done, shown(done, "after"))
        client.get(f"/desk/moderation/?tab={tab}")
        with CaptureQueriesContext(connection) as asked:
            client.get(f"/desk/moderation/?tab={tab}")
        counts.append(len(asked))
    assert counts[0] == counts[1]
