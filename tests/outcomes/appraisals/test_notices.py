"""Who is told what in the life of a score, in which words, and that the line leads to the round."""

from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.urls import reverse

from tests import factories
from tests.outcomes.appraisals.conftest import AFTER, CLOSED, MONTH, seed_book
from wenming.ground.notices import actions as notices
from wenming.ground.notices.models import Digest, Notice
from wenming.ground.people.models import Person
from wenming.outcomes.appraisals import actions as appraisals
from wenming.outcomes.appraisals import deed
from wenming.outcomes.appraisals.models import Appeal, Outcome, Round, RuleBook, Sheet

TITLE = "社区创城月考核（样例） 2026年10月"
LATER = datetime(2026, 11, 12, 1, 0, tzinfo=UTC)


def told(person: Person) -> list[str]:
    """What the person was told about appraisals, oldest first."""
    return list(
        Notice.objects.filter(person=person, kind="appraisal")
        .order_by("pk")
        .values_list("sentence", flat=True)
    )


def appealed(where: Round, t: SimpleNamespace, line: int = 1) -> Appeal:
    sheet = Sheet.objects.get(round=where, unit=t.east)
    return appraisals.appeal(sheet=sheet, line=line, ground="不是我社区地界", by=t.secretary, at=AFTER)


def test_nobody_is_told_of_what_is_only_computed(computed: Round, october: SimpleNamespace) -> None:
    assert not Notice.objects.filter(kind="appraisal").exists()


def test_shown_round_tells_every_unit_its_own_result_and_until_when_it_may_appeal(
    shown: Round, october: SimpleNamespace
) -> None:
    t = october.t
    assert told(t.secretary) == [
        f"{TITLE}公示：东门社区 97 分，第 2 名。有异议请在 11月5日 周四 18:00 前申诉"
    ]
    assert told(t.west_secretary) == [
        f"{TITLE}公示：西街社区 100 分，第 1 名。有异议请在 11月5日 周四 18:00 前申诉"
    ]
    assert {each: told(getattr(t, each)) for each in ("outsider", "worker", "cleaner", "leader", "clerk")} == {
        "outsider": [], "worker": [], "cleaner": [], "leader": [], "clerk": [],
    }  # fmt: skip


def test_unit_that_is_not_assessed_is_told_so_never_zero(computed: Round, october: SimpleNamespace) -> None:
    t = october.t
    appraisals.leave_out(where=computed, subject=t.east.code, ground="整体拆迁", by=t.clerk, at=AFTER)
    appraisals.show(where=computed, by=t.clerk, at=AFTER)
    assert told(t.secretary) == [f"{TITLE}公示：东门社区 本期未考核。有异议请在 11月5日 周四 18:00 前申诉"]


def test_showing_that_is_taken_back_is_told_with_its_ground_and_without_a_link(
    shown: Round, october: SimpleNamespace
) -> None:
    t = october.t
    appraisals.take_back(where=shown, ground="用错了规则", by=t.clerk, at=AFTER)
    last = Notice.objects.filter(person=t.secretary, kind="appraisal").latest("pk")
    assert (last.sentence, last.subject_uuid) == (f"{TITLE}的公示已收回，将重新计算：用错了规则", None)


def test_appeal_goes_to_those_who_decide_and_its_answer_to_the_whole_unit(
    shown: Round, october: SimpleNamespace
) -> None:
    t = october.t
    deputy = factories.person("林副书记", "13800000041", ("community_secretary", t.east))
    made = appealed(shown, t)
    asked = f"{TITLE}：东门社区对「发现问题」−2 分申诉，请裁定"
    assert {each.name: told(each)[-1:] for each in (t.director, t.leader, t.west_secretary)} == {
        "李建国": [asked], "孙明": [asked], "马丽": told(t.west_secretary)[:1],
    }  # fmt: skip
    appraisals.decide(appeal=made, upheld=True, decision="界址属石桥镇", by=t.director, at=AFTER)
    answer = f"{TITLE}：对「发现问题」的申诉成立，−2 分不再计。理由：界址属石桥镇"
    assert (told(t.secretary)[-1], told(deputy)) == (answer, [answer])
    second = appealed(shown, t, line=0)
    appraisals.decide(appeal=second, upheld=False, decision="照片为证", by=t.director, at=AFTER)
    assert told(t.secretary)[-1] == f"{TITLE}：对「发现问题」的申诉维持原评。理由：照片为证"


def test_published_round_tells_results_and_lays_proposals_before_the_leader(
    published: Round, october: SimpleNamespace
) -> None:
    t = october.t
    assert told(t.secretary)[-1] == f"{TITLE}已公布：东门社区 97 分，第 2 名"
    assert told(t.leader) == [f"{TITLE}已公布，3 条后果建议请您定"]
    assert told(t.clerk) == []


def test_confirmed_lists_are_told_to_the_unit_and_refused_ones_are_not(
    published: Round, october: SimpleNamespace
) -> None:
    t = october.t
    found = {row.proposal: row for row in Outcome.objects.filter(round=published)}
    before = len(told(t.secretary))
    appraisals.settle(
        outcome=found["last"], confirmed=False, ground="首次，口头提醒过", by=t.leader, at=CLOSED
    )
    assert len(told(t.secretary)) == before
    black = appraisals.settle(
        outcome=found["black"], confirmed=True, ground="办法第八条", by=t.leader, at=CLOSED
    )
    assert told(t.secretary)[-1] == f"{TITLE}：东门社区「黑榜」已确认：列入黑榜。依据：办法第八条"
    appraisals.clear(outcome=black, ground="问题已全部整改", by=t.clerk, at=CLOSED)
    assert told(t.secretary)[-1] == f"{TITLE}：东门社区下黑榜：问题已全部整改"


def test_correction_is_told_to_those_for_whom_something_changed(
    published: Round, october: SimpleNamespace
) -> None:
    t = october.t
    new = appraisals.correct(where=published, ground="第二处在石桥镇", by=t.clerk, at=CLOSED)
    new = appraisals.show(where=new, by=t.clerk, at=CLOSED)
    sheet = Sheet.objects.get(round=new, unit=t.east)
    made = appraisals.appeal(sheet=sheet, line=1, ground="在石桥镇", by=t.secretary, at=CLOSED)
    appraisals.decide(appeal=made, upheld=True, decision="属实", by=t.director, at=CLOSED)
    west = told(t.west_secretary)
    appraisals.publish(where=new, by=t.clerk, at=LATER)
    assert told(t.secretary)[-1] == f"更正通知：{TITLE}，东门社区得分由 97 改为 99。第二处在石桥镇"
    assert told(t.west_secretary) == west


def test_cleaners_post_tells_the_unit_of_its_ground(book: RuleBook, october: SimpleNamespace) -> None:
    t = october.t
    text = seed_book().partition("\nconsequences:")[0].replace("id: seed", "id: posts")
    text = text.replace("{kind: unit, groups: [社区]}", "{kind: post}").partition("\nranking:")[0]
    appraisals.enact(town=t.town, text=text, by=t.clerk, at=AFTER)
    where = appraisals.compute(town=t.town, code="posts", period=MONTH, by=t.clerk, at=AFTER)
    where = appraisals.show(where=where, by=t.clerk, at=AFTER)
    appraisals.publish(where=where, by=t.clerk, at=CLOSED)
    assert [each.partition("：")[2][:5] for each in told(t.secretary)] == ["建设巷 9", "建设巷 9"]


def test_line_in_the_in_box_leads_to_the_round(
    published: Round, october: SimpleNamespace, log_in: Any
) -> None:
    t = october.t
    Notice.objects.update(show_at=AFTER)
    url = reverse("desk:appraisal-round", args=[published.uuid])
    client = log_in(t.secretary)
    assert f'href="{url}"' in client.get(reverse("kit:inbox")).content.decode()
    assert client.get(url).status_code == 200


def test_digest_names_appraisals_because_appeals_do_not_wait(shown: Round, october: SimpleNamespace) -> None:
    t = october.t
    Notice.objects.filter(person=t.secretary).exclude(kind="appraisal").delete()
    notices.post(to=[t.secretary.pk], kind="x", sentence="一件事", at=AFTER, urgent=True)
    notices.make_digests(at=AFTER)
    said = Digest.objects.get(person=t.secretary).sentence
    assert said == "您有 2 条未看的事项，其中安全类 1 条、考核 1 条，最早的一条是 11月2日 周一 09:00。"


@pytest.mark.parametrize(
    ("total", "rank", "why", "asked", "said"),
    [
        (None, None, "", ["?"], "有待定的问题"),
        (None, None, "", [], "没有得分"),
        (Decimal(96), None, "样本 2 个，少于 3 个", [], "96 分，不排名"),
    ],
)
def test_result_is_never_called_zero(total: Any, rank: Any, why: str, asked: list[str], said: str) -> None:
    assert deed.told(Sheet(total=total, rank=rank, data={"not_ranked": why, "undecided": asked})) == said
