"""Only the values change: comments, order and layout of a book stay as they were written."""

import difflib
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from tests.outcomes.scoring.conftest import SAMPLES
from wenming.common.errors import PackError
from wenming.outcomes.scoring import editing, reading
from wenming.outcomes.scoring.editing import Knobs

D = Decimal
SEED = (SAMPLES / "seed.yaml").read_text(encoding="utf-8")


def changed(before: str, after: str) -> list[str]:
    """Lines that are new in `after`."""
    return [
        line[2:] for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line.startswith("+ ")
    ]


def test_head_is_rewritten_and_the_mark_of_a_sample_taken_out() -> None:
    text = editing.head(
        SEED, code="my-book", version="2026.2", title="安和镇: 月考核", in_force=date(2026, 12, 1)
    )
    assert changed(SEED, text) == [
        "id: my-book", 'version: "2026.2"', 'title: "安和镇: 月考核"', "in_force: 2026-12-01",
    ]  # fmt: skip
    book = reading.read_text(text, label="规则书")
    assert (book.id, book.version, book.title, book.in_force, book.sample) == (
        "my-book", "2026.2", "安和镇: 月考核", date(2026, 12, 1), False,
    )  # fmt: skip


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_sample_can_be_taken_over_and_stays_sound(path: object) -> None:
    text = path.read_text(encoding="utf-8")  # type: ignore[attr-defined]
    taken = editing.head(text, code="own", version="1", title="本镇办法", in_force=date(2026, 1, 1))
    assert reading.read_text(taken, label="规则书").title == "本镇办法"


def test_seed_has_knobs() -> None:
    assert editing.knobs(SEED) == Knobs(
        levels={"self": D(0), "town": D(1), "county": D(2), "city": D(2), "province": D(2), "national": D(2)}, otherwise=D(0), on_spot=D("0.5"), days=30, repeated=D(2),
        cap=D(20), last=1, steps=((1, "提醒"), (2, "约谈主要负责人")),
    )  # fmt: skip


def test_turning_knobs_changes_exactly_those_places() -> None:
    found = editing.knobs(SEED)
    assert found is not None
    to = replace(
        found, levels={**found.levels, "town": D("1.5"), "city": D(3)}, otherwise=D("0.5"), on_spot=D(0), days=60,
        repeated=D(3), cap=D(30), last=2, steps=((2, "提醒: 书面"), (6, "约谈")),
    )  # fmt: skip
    text = editing.turned(SEED, to)
    assert changed(SEED, text) == [
        "        points: {by: by_level, map: {self: 0, town: -1.5, county: -2, city: -3, province: -2, national: -2}, otherwise: -0.5}   # 群众、媒体等别处发现的不扣",
        "          - {title: 当场整改减半, if: attrs.spot, times: 0}",
        "          - {title: 30 天内重复加倍, repeat: {days: 60, same: [place, category]}, times: 3}",
        "        cap: 30",
        "    if: {last: 2}",
        "    memory: {count: running, periods: 5, not_assessed: skip}",
        '      - {times: 2, action: "提醒: 书面"}',
        "      - {times: 6, action: 约谈}",
    ]
    assert editing.knobs(text) == to
    assert reading.read_text(text, label="规则书").items[0].rules[0].cap == D(30)


def test_same_knobs_leave_the_text_as_it_is() -> None:
    found = editing.knobs(SEED)
    assert found is not None
    assert editing.turned(SEED, found) == SEED


def test_levels_written_line_by_line_get_a_line_of_their_own() -> None:
    flow = "points: {by: by_level, map: {self: 0, town: -1, county: -2, city: -2, province: -2, national: -2}, otherwise: 0}   # 群众、媒体等别处发现的不扣"
    assert flow in SEED
    block = SEED.replace(
        flow,
        "points:\n          by: by_level\n          map:\n            self: 0   # 自查\n            town: -1\n          otherwise: 0",
    )
    found = editing.knobs(block)
    assert found is not None
    text = editing.turned(block, replace(found, levels={**found.levels, "county": D(2)}))
    assert changed(block, text) == ["            county: -2"]
    assert editing.knobs(text) == replace(found, levels={**found.levels, "county": D(2)})


@pytest.mark.parametrize(
    "text",
    ["", "kind: [", "- 1", "kind: scoring", SEED.replace("attrs.spot,", "attrs.other,"), SEED.replace("by: by_level", "by: category"),
     SEED.replace("cap: 20", "note: 没有封顶"), SEED.replace("if: {last: 1}", "if: {below: 60}"), SEED.replace("days: 30", "days: 一月")],
)  # fmt: skip
def test_other_shapes_have_no_knobs(text: str) -> None:
    assert editing.knobs(text) is None


def test_other_samples_have_no_knobs() -> None:
    found = [
        path.stem
        for path in sorted(SAMPLES.glob("*.yaml"))
        if editing.knobs(path.read_text(encoding="utf-8"))
    ]
    assert found == ["seed"]


def test_refusals_name_what_is_lacking() -> None:
    with pytest.raises(PackError, match="缺少「title」"):
        editing.head(
            "kind: scoring\nid: a\nversion: '1'\n",
            code="b",
            version="2",
            title="t",
            in_force=date(2026, 1, 1),
        )
    with pytest.raises(PackError, match="YAML 写法不对"):
        editing.head("kind: [", code="b", version="2", title="t", in_force=date(2026, 1, 1))
    found = editing.knobs(SEED)
    assert found is not None
    with pytest.raises(PackError, match="写法不同"):
        editing.turned("kind: scoring", found)
