"""数据包: from the county to a town and back, with what people do to files on the way.

Both offices are played in one database: what the other office has written is taken back before this one begins.
"""

import io
import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from tests import factories
from tests.factories import NOW
from wenming.cli import main
from wenming.common import clock
from wenming.common.errors import DomainError, NotAllowed
from wenming.ground.audit import queries as history
from wenming.ground.audit.models import Record
from wenming.ground.calendar.arithmetic import Term, TermUnit
from wenming.ground.evidence.models import Photo
from wenming.ledger.models import Entry
from wenming.records.cases import actions as cases
from wenming.records.cases.models import Case
from wenming.records.journals.models import SuperiorList
from wenming.records.parcels import models, receiving, sealing, sending
from wenming.records.parcels.models import Answer, Parcel
from wenming.records.parcels.receiving import Received

WORD = "桂花开在东门桥外"
AT = NOW + timedelta(hours=6)
KEYS = [uuid.UUID(int=n) for n in (1, 2)]


@contextmanager
def elsewhere() -> Iterator[None]:
    """What is written inside belongs to the other office's machine."""
    mark = transaction.savepoint_create()
    yield
    transaction.savepoint_rollback(mark)


def found_by_county(t: SimpleNamespace) -> list[Case]:
    """Two problems of the county, the first with a photo at a known place."""
    made = []
    for key, where in zip(KEYS, (t.lane, None), strict=True):
        photos = [factories.photo(t.county_clerk, t.town)] if where else []
        case = cases.report(
            at=NOW, by=t.county_clerk, key=key, category="06010", description="=巷口垃圾未清", unit=t.east, place=where,
            source="county", address="" if where else "东门桥头", photos=photos,
        )  # fmt: skip
        made.append(case)
    return made


def problems(t: SimpleNamespace, word: str = WORD) -> bytes:
    out = io.BytesIO()
    with elsewhere():
        found_by_county(t)
        sending.send_problems(town=t.town, by=t.county_clerk, at=AT, word=word, out=out)
    return out.getvalue()


def receive(data: bytes, by: Any, word: str = WORD) -> Received:
    return receiving.receive(file=io.BytesIO(data), word=word, by=by, at=AT)


def code_of(act: Callable[[], Any]) -> str:
    with pytest.raises(DomainError) as caught:
        act()
    assert caught.value.message.endswith(("。", "？"))
    return caught.value.code


# ---- there and back ----


def test_problems_become_cases_once(town: SimpleNamespace) -> None:
    data = problems(town)
    done = receive(data, town.clerk)
    assert (str(done), done.parcel.other_name, done.parcel.rows) == ("新收 2 件", "平川县", 2)
    first, second = Case.objects.order_by("pk")
    assert [first.uuid, second.uuid] == KEYS
    assert (first.place, first.source, first.state, first.description) == (
        town.lane,
        "county",
        "reported",
        "=巷口垃圾未清",
    )
    assert (second.place, second.address, second.reported_at) == (None, "东门桥头", NOW)
    assert Photo.objects.filter(subject_uuid=first.uuid, role="before").count() == 1
    assert [line.case for line in SuperiorList.objects.get().lines.all()] == [first, second]
    # The county's own numbers go with them: the answer is read beside its list.
    assert all(line.number.startswith("〔2026〕") for line in SuperiorList.objects.get().lines.all())
    before = (Record.objects.count(), Entry.objects.count(), Photo.objects.count())
    again = receive(data, town.clerk)
    assert (again.created, again.unchanged, Parcel.objects.count()) == (0, 2, 1)
    assert (Record.objects.count(), Entry.objects.count(), Photo.objects.count()) == before


# ---- 县下发 → 镇反馈 → 县核查 ----


def handled(t: SimpleNamespace, *, at: datetime, measures: str = "已清运，落实每日两扫") -> Case:
    """The first problem, handled in the town and handed in with a photo."""
    case = Case.objects.get(uuid=KEYS[0])
    if case.state == "reported":
        case = cases.register(case=case, by=t.clerk, at=at)
        case = cases.dispatch(case=case, by=t.clerk, at=at, lead=t.east, term=Term(3, TermUnit.WORK_DAY))
        case = cases.sign(case=case, by=t.secretary, at=at + timedelta(minutes=10))
    shot = factories.photo(t.secretary, t.town, at=at)
    return cases.hand_in(
        case=case, by=t.secretary, at=at + timedelta(hours=1), photos=[shot], measures=measures
    )


def answers(t: SimpleNamespace, at: datetime) -> bytes:
    out = io.BytesIO()
    sending.send_answers(town=t.town, by=t.clerk, at=at, word=WORD, out=out)
    return out.getvalue()


def sent_by_county(t: SimpleNamespace, at: datetime = AT) -> bytes:
    out = io.BytesIO()
    sending.send_problems(town=t.town, by=t.county_clerk, at=at, word=WORD, out=out)
    return out.getvalue()


def carried_on(t: SimpleNamespace) -> tuple[bytes, Case]:
    """The county has taken the town's answer in: (the parcel, the county's case)."""
    data = problems(t)
    with elsewhere():
        receive(data, t.clerk)
        handled(t, at=AT)
        back = answers(t, AT + timedelta(hours=2))
    found_by_county(t)
    sent_by_county(t)
    done = receiving.receive(file=io.BytesIO(back), word=WORD, by=t.county_clerk, at=AT + timedelta(days=1))
    assert (str(done), done.skipped, done.parcel.other_name) == ("新收 2 件，转入待核查 1 件", [], "安和镇")
    return back, Case.objects.get(uuid=KEYS[0])


def test_an_answer_brings_the_county_s_case_to_its_check(town: SimpleNamespace) -> None:
    back, case = carried_on(town)
    assert (case.state, case.lead_unit, case.measures, case.handler) == (
        "verifying", town.east, "已清运，落实每日两扫", None,
    )  # fmt: skip
    # Moments are the town's own, and so is the term it set: 按期 is judged by them.
    assert (case.dispatched_at, case.handed_in_at, case.in_time) == (AT, AT + timedelta(hours=1), True)
    told = [(row.deed, row.at, row.posted_at, row.by_name) for row in history.of(case.uuid)]
    told = [row for row in told if row[0].startswith("case.")][1:]
    taken_in = AT + timedelta(days=1)
    assert told == [
        ("case.register", AT, taken_in, "何县办"), ("case.dispatch", AT, taken_in, "何县办"),
        ("case.sign", AT + timedelta(minutes=10), taken_in, "何县办"),
        ("case.hand_in", AT + timedelta(hours=1), taken_in, "何县办"),
    ]  # fmt: skip
    last = history.of(case.uuid).last()
    assert last is not None
    assert last.sentence == "处置反馈（已清运，落实每日两扫；安和镇，镇里编号 〔2026〕督-0001，王芳办理）"
    answer = Answer.objects.get(case=case)
    assert (answer.said["state_name"], answer.said["lead"], answer.handed_in_at) == (
        "待核查", "东门社区", case.handed_in_at,
    )  # fmt: skip
    assert Photo.objects.filter(subject_kind="parcel", subject_uuid=answer.uuid).count() == 1
    assert Photo.objects.filter(subject_kind="case", subject_uuid=case.uuid, role="after").count() == 1
    # The other problem has not been begun in the town, and waits here, too.
    assert Case.objects.get(uuid=KEYS[1]).state == "reported"
    before = (Record.objects.count(), Entry.objects.count(), Photo.objects.count())
    again = receive(back, town.county_clerk)
    assert (again.created, again.unchanged, Answer.objects.count()) == (0, 2, 2)
    assert (Record.objects.count(), Entry.objects.count(), Photo.objects.count()) == before


def test_the_county_accepts_what_came_by_parcel(town: SimpleNamespace) -> None:
    _, case = carried_on(town)
    case = cases.accept(case=case, by=town.county_clerk, at=AT + timedelta(days=2))
    assert (case.state, case.close_reason) == ("closed", "fixed")
    posted = {entry.account.code for entry in Entry.objects.filter(voucher_uuid=case.uuid)}
    assert {"case.registered", "case.dispatched", "case.fixed", "case.fixed_in_time"} <= posted


def test_a_return_travels_to_the_town_and_the_second_answer_back(town: SimpleNamespace) -> None:
    """The whole round between two machines; each one's rows are taken back while the other is played."""
    later = AT + timedelta(days=2)
    with elsewhere():
        back, case = carried_on(town)
        cases.send_back(case=case, by=town.county_clerk, at=later, ground="墙角仍有残留")
        returned = sent_by_county(town, later)
    with elsewhere():
        receive(problems(town), town.clerk)
        mine = handled(town, at=AT)
        cases.accept(case=mine, by=town.clerk, at=AT + timedelta(hours=3))
        done = receiving.receive(file=io.BytesIO(returned), word=WORD, by=town.clerk, at=later)
        assert (str(done), done.skipped) == ("退回重办 1 件，以前已有 1 件", [])
        mine = Case.objects.get(uuid=KEYS[0])
        assert (mine.state, mine.rework_count, mine.closed_at, mine.handed_in_at) == (
            "handling",
            1,
            None,
            None,
        )
        last = history.of(mine.uuid).last()
        assert last is not None
        assert last.sentence == "平川县退回返工（第 1 次）：墙角仍有残留"
        # The same parcel again: the return has been taken note of.
        again = receiving.receive(file=io.BytesIO(returned), word=WORD, by=town.clerk, at=later)
        assert (again.moved, again.unchanged) == (0, 2)
        handled(town, at=later, measures="墙角已冲洗")
        second = answers(town, later + timedelta(hours=2))
        # And after the second hand-in an old parcel sends nothing back.
        receiving.receive(file=io.BytesIO(returned), word=WORD, by=town.clerk, at=later + timedelta(hours=3))
        assert Case.objects.get(uuid=KEYS[0]).state == "verifying"
    back, case = carried_on(town)
    case = cases.send_back(case=case, by=town.county_clerk, at=later, ground="墙角仍有残留")
    # An answer that was made before the return does not undo it.
    Answer.objects.all().delete()
    assert receive(back, town.county_clerk).moved == 0
    done = receiving.receive(
        file=io.BytesIO(second), word=WORD, by=town.county_clerk, at=later + timedelta(days=1)
    )
    assert done.moved == 1
    case = Case.objects.get(uuid=KEYS[0])
    assert (case.state, case.measures, case.rework_count) == ("verifying", "墙角已冲洗", 1)


def test_a_file_never_hands_in_for_a_town_that_works_here(town: SimpleNamespace) -> None:
    """Where the county has not sent the problems out by parcel, an answer is only to be read."""
    data = problems(town)
    with elsewhere():
        receive(data, town.clerk)
        handled(town, at=AT)
        back = answers(town, AT + timedelta(hours=2))
    found_by_county(town)
    done = receive(back, town.county_clerk)
    assert (done.created, done.moved) == (2, 0)
    assert Case.objects.get(uuid=KEYS[0]).state == "reported"


def test_an_office_s_own_parcel_never_moves_its_own_case(town: SimpleNamespace) -> None:
    """County and town on one machine: an answer sealed before the county returned the case does not undo that."""
    found_by_county(town)
    receive(sent_by_county(town), town.clerk)
    case = handled(town, at=AT)
    back = answers(town, AT + timedelta(hours=2))
    cases.send_back(case=case, by=town.county_clerk, at=AT + timedelta(hours=3), ground="仍有残留")
    assert receive(back, town.county_clerk).moved == 0
    assert Case.objects.get(uuid=KEYS[0]).state == "handling"


def test_a_closing_for_another_reason_is_not_a_rectification(town: SimpleNamespace) -> None:
    data = problems(town)
    with elsewhere():
        receive(data, town.clerk)
        case = cases.register(case=Case.objects.get(uuid=KEYS[0]), by=town.clerk, at=AT)
        cases.close(case=case, by=town.clerk, at=AT, reason="outside", ground="在邻镇界内")
        back = answers(town, AT + timedelta(hours=2))
    found_by_county(town)
    sent_by_county(town)
    assert receive(back, town.county_clerk).moved == 0
    assert Answer.objects.get(case__uuid=KEYS[0]).said["reason"] == "不属本辖区"
    assert Case.objects.get(uuid=KEYS[0]).state == "reported"


def test_the_page_of_the_case_opens_the_town_s_answer(town: SimpleNamespace, log_in: Any) -> None:
    _, case = carried_on(town)
    answer = Answer.objects.get(case=case)
    client = log_in(town.county_clerk)
    page = client.get(reverse("desk:case-detail", args=[case.uuid])).content.decode()
    link = f"{reverse('desk:parcel', args=[answer.parcel.uuid])}#answer-{answer.pk}"
    assert f'<a href="{link}">安和镇：待核查</a>' in page
    parcel = client.get(link).content.decode()
    assert f'<tr id="answer-{answer.pk}">' in parcel
    assert "原图留在镇里" in parcel
    [digest] = answer.said["originals"]
    assert f'<small class="g-hash">{digest}</small>' in parcel
    # The town's own people see the case; the county's parcels about it only its office.
    other = log_in(town.secretary).get(reverse("desk:case-detail", args=[case.uuid])).content.decode()
    assert "镇里的回复" not in other


def test_a_photo_keeps_its_moment_and_its_doubts_without_its_original(town: SimpleNamespace) -> None:
    """The clean copy tells nothing of the phone; what the checker needs travels beside it (handbook D8, §9.4)."""
    out = io.BytesIO()
    with elsewhere():
        found_by_county(town)
        Photo.objects.update(taken_at=NOW, lat=24.95, lng=118.38, source="album", software="美图秀秀")
        original = Photo.objects.get().sha256
        sending.send_problems(town=town.town, by=town.county_clerk, at=AT, word=WORD, out=out)
    receive(out.getvalue(), town.clerk)
    photo = Photo.objects.get()
    assert (photo.taken_at, photo.source, photo.software, photo.lat) == (NOW, "album", "美图秀秀", 24.95)
    assert (photo.device, photo.sha256 == original) == ("", False)


def test_what_cannot_be_taken_in_is_told_and_tried_again(town: SimpleNamespace) -> None:
    out = io.BytesIO()
    with elsewhere():
        found_by_county(town)
        Case.objects.filter(uuid=KEYS[1]).update(category="99999")
        sending.send_problems(town=town.town, by=town.county_clerk, at=AT, word=WORD, out=out)
    done = receive(out.getvalue(), town.clerk)
    assert (done.created, len(done.skipped)) == (1, 1)
    assert "第 2 件" in done.skipped[0]
    assert done.parcel.skipped == done.skipped
    assert Case.objects.count() == 1


class Died(BaseException):
    """The process ends here; nobody catches it."""


def test_a_receipt_that_was_cut_off_becomes_whole_and_is_told_once(
    town: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = problems(town)

    def dies(*_: Any) -> None:
        raise Died

    with monkeypatch.context() as cut, pytest.raises(Died):
        cut.setattr(receiving, "_finish", dies)
        receive(data, town.clerk)
    for _ in range(2):
        assert receive(data, town.clerk).unchanged == 2
        told = Record.objects.filter(deed="parcel.receive")
        assert [row.sentence for row in told] == ["收数据包：平川县的问题下发，新收 0 件，以前已有 2 件"]


# ---- who ----


def test_only_the_county_sends_problems_and_only_the_town_takes_them(town: SimpleNamespace) -> None:
    data = problems(town)
    for who in (town.outsider, town.secretary, town.inspector):
        with pytest.raises(NotAllowed):
            receive(data, who)
    for who in (town.clerk, town.director, town.secretary):
        with pytest.raises(NotAllowed):
            sending.send_problems(town=town.town, by=who, at=AT, word=WORD, out=io.BytesIO())
    assert code_of(
        lambda: sending.send_answers(town=town.town, by=town.clerk, at=AT, word=WORD, out=io.BytesIO())
    ) == "parcel_empty"  # fmt: skip


def test_covert_and_refused_finds_and_the_town_s_own_do_not_travel(town: SimpleNamespace) -> None:
    cases.report(
        at=NOW,
        by=town.inspector,
        category="06010",
        description="暗访所见",
        place=town.lane,
        covert=True,
        source="covert",
    )
    own = cases.report(
        at=NOW, by=town.clerk, category="06010", description="自己的", place=town.lane, source="town"
    )
    county = cases.report(
        at=NOW, by=town.county_clerk, category="06010", description="不属实", place=town.lane, source="county"
    )
    cases.refuse(case=county, by=town.clerk, at=NOW, reason="not_true", note="现场没有")
    cases.register(case=own, by=town.clerk, at=NOW)

    def send() -> None:
        sending.send_problems(town=town.town, by=town.county_clerk, at=AT, word=WORD, out=io.BytesIO())

    assert code_of(send) == "parcel_empty"
    assert Parcel.objects.count() == 0


# ---- the desk and the command line ----


def test_a_clerk_receives_at_the_desk(town: SimpleNamespace, log_in: Any) -> None:
    data, client = problems(town), log_in(town.clerk)
    from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: PLC0415

    def send(word: str) -> Any:
        file = SimpleUploadedFile("问题.wmparcel", data)
        return client.post(reverse("desk:parcel-receive"), {"file": file, "word": word})

    wrong = send("不是这个口令呀")
    assert (wrong.status_code, "口令不对" in wrong.content.decode()) == (422, True)
    done = send(WORD)
    assert done.status_code == 303
    page = client.get(done.url).content.decode()
    assert "平川县" in page
    assert "逐条看办到哪一步" in page
    assert "问题下发" in client.get(reverse("desk:parcel-list")).content.decode()
    assert log_in(town.outsider).get(reverse("desk:parcel-list")).status_code == 403


def test_the_county_downloads_and_sees_the_answers(town: SimpleNamespace, log_in: Any) -> None:
    found_by_county(town)
    client = log_in(town.county_clerk)
    said = {
        "town": str(town.town.uuid),
        "kind": "problems",
        "word": WORD,
        "since": str(clock.local_date(NOW)),
    }
    short = client.post(reverse("desk:parcel-send"), said | {"word": "短"})
    assert (short.status_code, "至少 8 个字符" in short.content.decode()) == (422, True)
    answer = client.post(reverse("desk:parcel-send"), said)
    data = b"".join(answer.streaming_content)
    assert answer["Content-Disposition"].startswith("attachment")
    assert sealing.unseal(io.BytesIO(data), word=WORD).manifest["rows"] == 2
    row = Parcel.objects.get(direction=models.SENT)
    assert client.get(reverse("desk:parcel", args=[row.uuid])).status_code == 200
    assert log_in(town.outsider).get(reverse("desk:parcel", args=[row.uuid])).status_code == 403


def test_the_command_line(
    town: SimpleNamespace, tmp_path: Any, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "问题.wmparcel"
    monkeypatch.delenv("WENMING_PARCEL_WORD", raising=False)
    out = [
        "parcel",
        "out",
        str(file),
        "--kind",
        "problems",
        "--unit",
        "350599100",
        "--by",
        town.county_clerk.phone,
        "--json",
    ]
    with elsewhere():
        found_by_county(town)
        assert main(out) == 1
        monkeypatch.setenv("WENMING_PARCEL_WORD", WORD)
        assert main([*out, "--since", "昨天"]) == 1
        assert main([*out, "--since", "2026-01-01"]) == 0
        assert main([*out, "--since", "2026-01-01"]) == 1  # the file is there
    assert json.loads(capsys.readouterr().out.splitlines()[2])["rows"] == 2
    word = tmp_path / "口令.txt"
    word.write_text(WORD + "\n", encoding="utf-8")
    take = ["parcel", "in", str(file), "--by", town.clerk.phone, "--word-file", str(word), "--json"]
    assert main(take) == 0
    assert main(take) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    assert [(one["created"], one["unchanged"]) for one in told] == [(2, 0), (0, 2)]


def test_pages_ask_as_often_for_one_as_for_three(
    town: SimpleNamespace, log_in: Any, django_assert_num_queries: Any
) -> None:
    client: Client = log_in(town.clerk)
    from django.db import connection  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert client.get(reverse("desk:parcel-list")).status_code == 200
        return len(seen)

    def one() -> None:
        Parcel.objects.create(
            direction="in",
            kind="problems",
            town=town.town,
            other_code="350599",
            other_name="平川县",
            made_at=AT,
            rows=1,
            by=town.clerk,
            at=AT,
        )

    asked()
    one()
    first = asked()
    one()
    one()
    assert asked() == first
