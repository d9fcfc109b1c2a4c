"""A clerk copies a kind, changes it, is told what is wrong by line, tries it, adopts it; documents follow."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from tests.factories import NOW
from tests.outcomes.documents import kinds_of_town as own
from tests.outcomes.documents.kinds_of_town import LATER, WEEK
from wenming.common.errors import Conflict, DomainError, NotAllowed, PackError
from wenming.ground.audit.models import Record
from wenming.outcomes.documents import actions as documents
from wenming.outcomes.documents import compose, kinds, queries
from wenming.outcomes.documents.layout.spec import plain
from wenming.outcomes.documents.models import Document, KindText

ADDED = """      - id: smoke
        lead: 禁烟方面，
        phrases:
          - 设置禁烟标识{{figure:no_smoking_signs}}
"""


def copied(t: Any, kind: str = "weekly") -> str:
    return documents.copied(kind=kind, town=t.town, at=NOW)


def changed(t: Any) -> str:
    """The weekly report with a paragraph of the town's own."""
    text = copied(t)
    mark = "      - id: volunteers\n"
    assert mark in text
    return text.replace(mark, ADDED + mark, 1)


def adopted(t: Any, text: str) -> KindText:
    row = documents.write_kind(town=t.town, text=text, by=t.clerk, at=NOW)
    return documents.adopt_kind(draft=row, by=t.clerk, at=NOW)


def said(document: Document, at: Any = LATER) -> str:
    doc = compose.official(queries.ingredients(document, at=at))
    return "\n".join(plain(getattr(block, "runs", ())) for block in doc.blocks)


def test_a_copy_is_the_shipped_text_with_a_head_of_its_own(town: SimpleNamespace) -> None:
    text = copied(town)
    shipped = KindText.objects.get(code="weekly", town=None).text
    differing = [
        pair for pair in zip(shipped.splitlines(), text.splitlines(), strict=True) if pair[0] != pair[1]
    ]
    assert [new for _old, new in differing] == ['version: "2026.1"', "in_force: 2026-11-16"]


def test_town_drafts_by_its_own_version_and_other_towns_do_not(town: SimpleNamespace) -> None:
    t = town
    row = adopted(t, changed(t))
    assert row.code == "weekly@350599100000"
    own.log(t, [("no_smoking_signs", 15)], NOW.date())
    mine = documents.draft(kind="weekly", town=t.town, period=WEEK, at=LATER, by=t.clerk)
    assert (mine.kind, mine.pack, mine.series) == ("weekly", row.pack, "issue-weekly")
    assert "禁烟方面，设置禁烟标识15个。" in said(mine)
    assert kinds.of("weekly", LATER.date(), t.other_town).code == "weekly"
    assert [one.code for one in queries.offered(LATER, t.town)].count("weekly@350599100000") == 1


def test_county_version_holds_in_its_towns_until_a_town_has_one(town: SimpleNamespace) -> None:
    t = town
    county = documents.write_kind(town=t.county, text=copied(t), by=t.county_clerk, at=NOW)
    documents.adopt_kind(draft=county, by=t.county_clerk, at=NOW)
    assert kinds.of("weekly", NOW.date(), t.town).code == "weekly@350599000000"
    adopted(t, changed(t))
    assert kinds.of("weekly", NOW.date(), t.town).code == "weekly@350599100000"
    assert kinds.of("weekly", NOW.date(), t.other_town).code == "weekly@350599000000"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("{{figure:no_smoking_signs}}", "{{figure:no_smoking_sings}}", "没有取数键「no_smoking_sings」"),
        ("{{figure:no_smoking_signs}}", "{{figure:no_smoking_signs:about}}", "没有写 about"),
        ("{{figure:no_smoking_signs}}", "{{figure:unit_found}}", "各单位自己的数"),
        ("lead: 禁烟方面，", 'lead: "{nobody}方面，"', "不认识的词「{nobody}」"),
    ],
)
def test_wrong_text_is_kept_but_not_adopted_and_the_line_is_named(
    old: str, new: str, message: str, town: SimpleNamespace
) -> None:
    t = town
    good = changed(t)
    text = good.replace(ADDED, ADDED.replace(old, new))
    row = documents.write_kind(town=t.town, text=text, by=t.clerk, at=NOW)
    with pytest.raises(PackError) as refused:
        documents.adopt_kind(draft=row, by=t.clerk, at=NOW)
    wanted = next(n for n, line in enumerate(text.splitlines(), 1) if new in line)
    assert message in refused.value.message
    assert refused.value.line == wanted
    row.refresh_from_db()
    assert (row.state, row.text) == ("writing", text)


def test_figure_of_a_unit_elsewhere_is_out_of_scope(town: SimpleNamespace) -> None:
    t = town
    key = "  - {key: overdue, metric: overdue, label: 超期未整改数}\n"
    assert key in copied(t)

    def with_unit(code: str) -> str:
        line = f'  - {{key: bridge, metric: found, label: 某处发现数, unit: "{code}"}}\n'
        return copied(t).replace(key, key + line)

    with pytest.raises(PackError) as refused:
        documents.try_kind(town=t.town, text=with_unit(t.elsewhere.code), period=WEEK, at=LATER)
    assert f"取数范围「{t.elsewhere.code}」不在安和镇" in refused.value.message
    tried = documents.try_kind(town=t.town, text=with_unit(t.east.code), period=WEEK, at=LATER)
    assert tried.body["figures"]["bridge"]["unit"] == t.east.code


def test_trial_writes_nothing(town: SimpleNamespace) -> None:
    t = town
    own.log(t, [("no_smoking_signs", 15)], NOW.date())
    before = (Document.objects.count(), KindText.objects.count(), Record.objects.count())
    tried = documents.try_kind(town=t.town, text=changed(t), period=WEEK, at=LATER)
    assert "禁烟方面，设置禁烟标识15个。" in said(tried)
    assert queries.review(tried, queries.ingredients(tried, at=LATER), at=LATER) is not None
    assert (Document.objects.count(), KindText.objects.count(), Record.objects.count()) == before
    assert tried.pk is None


def test_adopted_text_does_not_change_and_documents_keep_theirs(town: SimpleNamespace) -> None:
    t = town
    row = adopted(t, changed(t))
    draft = documents.draft(kind="weekly", town=t.town, period=WEEK, at=LATER, by=t.clerk)
    with pytest.raises(Conflict):
        documents.write_kind(town=t.town, text=copied(t), by=t.clerk, at=NOW, draft=row)
    with pytest.raises(Conflict) as taken:
        documents.write_kind(town=t.town, text=changed(t).replace("2026.2", "2026.1"), by=t.clerk, at=NOW)
    assert taken.value.code == "kind_version_taken"
    documents.drop_kind(draft=row, by=t.clerk, at=LATER)
    assert kinds.of("weekly", LATER.date(), t.town).code == "weekly"
    draft.refresh_from_db()
    assert draft.pack == row.pack
    again = documents.draft_again(document=draft, by=t.clerk, at=LATER, version=draft.version)
    assert again.pack == row.pack


def test_second_copy_takes_the_next_version(town: SimpleNamespace) -> None:
    t = town
    adopted(t, changed(t))
    assert 'version: "2026.2"' in copied(t)
    assert "禁烟方面" in copied(t)


def test_draft_is_dropped_and_what_was_typed_stays_in_history(town: SimpleNamespace) -> None:
    t = town
    row = documents.write_kind(town=t.town, text=changed(t), by=t.clerk, at=NOW)
    documents.drop_kind(draft=row, by=t.clerk, at=NOW + timedelta(hours=1))
    assert not KindText.objects.filter(town=t.town).exists()
    assert "禁烟方面" in Record.objects.get(deed="document_kind.drop").data["text"]


@pytest.mark.parametrize("name", ["secretary", "leader", "outsider", "inspector", "admin"])
def test_only_those_who_draft_write_kinds(name: str, town: SimpleNamespace) -> None:
    with pytest.raises(NotAllowed):
        documents.write_kind(town=town.town, text=copied(town), by=getattr(town, name), at=NOW)


def test_unreadable_head_is_refused_at_once(town: SimpleNamespace) -> None:
    for text in (
        "nonsense",
        "kind: metrics\nid: x\nversion: '1'\ntitle: t\nin_force: 2026-01-01\n",
        "a: [\n",
    ):
        with pytest.raises(DomainError):
            documents.write_kind(town=town.town, text=text, by=town.clerk, at=NOW)
