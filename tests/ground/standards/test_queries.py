from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.test.utils import CaptureQueriesContext

from wenming.common.errors import DomainError
from wenming.ground.standards import actions, queries
from wenming.ground.standards.models import PackVersion

AT = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
ON = date(2026, 11, 22)
Write = Callable[..., Path]
Texts = dict[str, str]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_house")]


def version(text: str, number: str, in_force: str, *, sample: bool = False, pack_id: str = "county") -> str:
    head = f'version: "{number}"' + ("\nsample: true" if sample else "")
    return (
        text.replace('version: "1"', head)
        .replace("in_force: 2026-01-01", f"in_force: {in_force}")
        .replace("id: county", f"id: {pack_id}")
    )


@pytest.fixture
def two_versions(small: None, write: Write, texts: Texts) -> None:
    """From 2026-07-01 on 暴露垃圾 has two working hours instead of four, and 飞线充电 is out of use."""
    text = version(texts["matters"], "2", "2026-07-01").replace(
        "level: quick, deadline: 4", "level: quick, deadline: 2"
    )
    text = text.replace("code: L0101,", "code: L0101, active: false,")
    actions.load_pack(path=write("matters-2.yaml", text), at=AT)


@pytest.mark.usefixtures("two_versions")
@pytest.mark.parametrize(
    ("on", "number", "hours"),
    [
        (date(2025, 5, 1), "1", 4),  # before the first version: read by the first
        (date(2026, 1, 1), "1", 4),
        (date(2026, 6, 30), "1", 4),
        (date(2026, 7, 1), "2", 2),
        (date(2027, 1, 1), "2", 2),
    ],
)
def test_a_day_is_read_by_the_version_of_then(on: date, number: str, hours: int) -> None:
    pack = queries.current_pack("event_categories", on)
    assert pack is not None
    assert pack.version == number
    row = queries.category("06010", on)
    assert (row.pack_id, row.deadline_value) == (pack.pk, hours)


@pytest.mark.usefixtures("two_versions")
def test_category_out_of_use_is_known_but_not_offered() -> None:
    assert queries.category("L0101", ON).active is False
    assert [row.code for row in queries.categories(ON)] == ["06001", "06010", "01001", "01037"]
    assert queries.suggest("飞线充电", on=ON) == []
    assert [row.code for row, _ in queries.suggest("飞线充电", on=date(2026, 6, 30))] == ["L0101"]


@pytest.mark.usefixtures("small")
def test_own_pack_goes_before_a_newer_sample(write: Write, texts: Texts) -> None:
    text = version(texts["matters"], "9", "2026-10-01", sample=True, pack_id="sample")
    actions.load_pack(path=write("sample.yaml", text), at=AT)
    pack = queries.current_pack("event_categories", ON)
    assert pack is not None
    assert (pack.code, pack.version) == ("county", "1")


def test_nothing_loaded_answers_with_nothing() -> None:
    assert queries.current_pack("event_categories", ON) is None
    assert queries.categories(ON) == []
    assert queries.departments(ON) == {}
    assert queries.point_types(ON) == []
    assert queries.suggest("垃圾", on=ON) == []
    assert queries.exemptions_for("06010", ON) == []


@pytest.mark.usefixtures("small")
def test_unknown_codes_are_refused() -> None:
    with pytest.raises(DomainError) as caught:
        queries.category("99999", ON)
    assert (caught.value.code, caught.value.message) == (
        "category_unknown",
        "没有问题类别「99999」，请从类别表里选一个。",
    )
    with pytest.raises(DomainError) as caught:
        queries.point_type("moon", ON)
    assert caught.value.code == "point_type_unknown"


@pytest.mark.usefixtures("small")
def test_lists_are_in_the_order_of_the_pack() -> None:
    assert list(queries.departments(ON)) == ["community", "urban_mgmt"]
    road = queries.point_type("road", ON)
    assert queries.point_types(ON) == [road]
    assert [(item.code, item.weight) for item in queries.check_items(road)] == [
        ("road-01", 60),
        ("road-02", 40),
    ]
    assert [row.code for row in queries.exemptions_for("06010", ON)] == ["X1", "X2"]
    assert [row.code for row in queries.exemptions_for("06001", ON)] == ["X2"]


@pytest.mark.usefixtures("small")
def test_suggestion_names_the_word() -> None:
    found = [(row.code, word) for row, word in queries.suggest("巷口垃圾满地", on=ON)]
    assert found == [("06010", "垃圾…满地")]


@pytest.mark.usefixtures("small")
def test_second_question_costs_no_statement(
    django_assert_num_queries: Callable[[int], CaptureQueriesContext],
) -> None:
    with django_assert_num_queries(2):  # the list of packs, the categories
        queries.category("06010", ON)
    with django_assert_num_queries(0):
        queries.categories(ON)
        queries.suggest("垃圾", on=ON)
        queries.category("06001", ON).pack.title.strip()


@pytest.mark.usefixtures("small")
def test_pack_loaded_by_another_process_is_seen_after_half_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = 1000.0
    monkeypatch.setattr(queries._shelf, "seconds", lambda: seconds)
    assert str(queries.current_pack("event_categories", ON)) == "事项 1"
    # What another process does: a row appears, and nobody here is told.
    PackVersion.objects.create(
        kind="event_categories",
        code="county",
        version="2",
        title="事项",
        in_force=ON,
        digest="d",
        loaded_at=AT,
    )
    seconds += queries.FRESH_FOR
    assert str(queries.current_pack("event_categories", ON)) == "事项 1"
    seconds += 0.1
    assert str(queries.current_pack("event_categories", ON)) == "事项 2"


@pytest.mark.usefixtures("two_versions")
def test_pack_versions_lists_all() -> None:
    assert [(pack.kind, pack.version) for pack in queries.pack_versions()] == [
        ("departments", "1"),
        ("event_categories", "2"),
        ("event_categories", "1"),
        ("point_types", "1"),
    ]
