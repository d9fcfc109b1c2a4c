"""What offices count by journal kinds of their own is told in weekly and annual papers without a template."""

from types import SimpleNamespace
from typing import Any

import pytest

from tests.factories import NOW, Life, person
from tests.outcomes.documents import kinds_of_town as own
from tests.outcomes.documents.kinds_of_town import LATER
from wenming.outcomes.documents import actions as documents
from wenming.outcomes.documents.models import Document
from wenming.records.journals import actions as journals
from wenming.records.journals.actions.kinds import Item, Plan
from wenming.records.journals.kinds import Kind

PEOPLE = Item("劝导人数", "number", measure="人次")


@pytest.fixture
def t(life: Life) -> SimpleNamespace:
    return own.busy(life)


def made(t: Any, group: str, *, name: str = "禁烟劝导", each: str = "", entries: int = 3) -> Kind:
    """A kind of 安和镇 with three entries of two persons each."""
    kind = journals.kinds.define(
        unit=t.town, by=t.clerk, at=NOW, plan=Plan(name, group, (PEOPLE,), each=each)
    )
    for _ in range(entries):
        journals.enter(
            kind=kind.code, unit=t.east, by=t.clerk, fields={"f1": "2"}, occurred_on=NOW.date(), at=NOW
        )
    return kind


def told(kind: str, t: Any) -> list[str]:
    return [block["text"] for block in own.drafted(kind, t).body["blocks"]]


@pytest.mark.parametrize("kind", ["weekly", "summary"])
@pytest.mark.parametrize("group", ["控烟", "宣传报道", "集中整治", "执法劝导", "监督问责", "经费与基数"])
def test_a_kind_of_one_s_own_is_told_whatever_its_group(kind: str, group: str, t: SimpleNamespace) -> None:
    code = made(t, group).accounts[0]
    said = [text for text in told(kind, t) if code in text]
    assert len(said) == 1
    assert f"禁烟劝导{{{{figure:metric@{code}:wan}}}}" in said[0]


def test_a_kind_beside_shipped_ones_is_told_in_their_paragraph(t: SimpleNamespace) -> None:
    code = made(t, "宣传报道", name="抖音短视频").accounts[0]
    [text] = [text for text in told("summary", t) if code in text]
    # The paragraph of boards, screens and signs: 宣传 stands there together.
    assert "{{figure:boards}}" in text


def test_a_kind_that_counts_twice_names_what_it_counts(t: SimpleNamespace) -> None:
    each, people = made(t, "控烟", each="次").accounts
    [text] = [text for text in told("summary", t) if each in text]
    assert f"禁烟劝导{{{{figure:metric@{each}:wan}}}}、劝导人数{{{{figure:metric@{people}:wan}}}}。" in text


def test_a_kind_of_another_town_is_not_told(t: SimpleNamespace) -> None:
    clerk = person("钱石桥", "13800000077", ("office_clerk", t.other_town))
    theirs = journals.kinds.define(
        unit=t.other_town, by=clerk, at=NOW, plan=Plan("禁烟劝导", "控烟", (PEOPLE,))
    )
    mine = made(t, "控烟")
    draft = _adding(own.drafted("weekly", t), t, "本周禁烟劝导{{禁烟劝导}}。")
    used = {spec["metric"] for spec in draft.body["figures"].values()}
    assert mine.accounts[0] in used
    assert theirs.accounts[0] not in used
    assert not any("（own." in spec["label"] for spec in draft.body["figures"].values())


def _adding(document: Document, t: Any, text: str) -> Document:
    last = document.body["blocks"][-1]["id"]
    return documents.edit_block(
        document=document, by=t.clerk, at=LATER, version=document.version, block=last, text=text
    )
