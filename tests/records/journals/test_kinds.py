"""Kinds are data: shipped in packs, made at the desk, and at once countable and reportable."""

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.factories import NOW
from tests.records.journals.conftest import TODAY, WEEKLY
from wenming.common.errors import DomainError, NotAllowed, PackError
from wenming.ground.standards import actions as standards
from wenming.ground.standards import queries as packs
from wenming.ledger import figures, periods
from wenming.ledger.models import Account, MetricRow
from wenming.outcomes.packs import LOADERS
from wenming.records.journals import actions as journals
from wenming.records.journals import queries, reading
from wenming.records.journals.actions.kinds import Item, Plan, is_simple, plan_of
from wenming.records.journals.models import Journal, JournalKind, OwnPack

SMOKE = Plan(
    name="禁烟劝导", group="执法劝导",
    items=(Item("劝导人数", "number", measure="人次"), Item("场所", "choice", options=("车站", "医院"), needed_by="创城周报")),
)  # fmt: skip
MONTH = periods.parse("2026-11")


def define(town: SimpleNamespace, plan: Plan = SMOKE, **more: Any) -> Any:
    given = {"unit": town.town, "by": town.clerk, "at": NOW} | more
    return journals.kinds.define(plan=plan, **given)


def codes(model: Any, unit: Any) -> set[str]:
    return set(model.objects.known_to(unit).values_list("code", flat=True))


def test_a_kind_made_by_a_clerk_is_countable_at_once(town: SimpleNamespace, enter: Any) -> None:
    kind = define(town)
    assert (kind.code, kind.accounts) == ("own-350599100000-1", ("own.350599100000.1",))
    account = Account.objects.get(code=kind.accounts[0])
    assert (account.name, account.measure, account.group, account.nature) == (
        "禁烟劝导",
        "人次",
        "执法劝导",
        "flow",
    )
    for people in ("3", "4", "5"):
        enter(kind.code, unit=town.east, f1=people, f2="车站")
    value = figures.value(account.code, scope=town.town, period=MONTH, at=NOW)
    assert (value.text, value.metric.name) == ("12人次", "禁烟劝导")
    assert MetricRow.objects.get(code=account.code).group == "执法劝导"
    row = Journal.objects.latest("pk")
    assert row.fields == {"f1": "5", "f2": "o1"}


def test_each_record_can_count_one(town: SimpleNamespace, enter: Any) -> None:
    kind = define(
        town, Plan("文明餐桌检查", "执法劝导", (Item("检查店数", "number", measure="家"),), each="次")
    )
    names = dict(Account.objects.filter(code__in=kind.accounts).values_list("name", "measure"))
    assert names == {"文明餐桌检查": "次", "文明餐桌检查（检查店数）": "家"}
    row = enter(kind.code, f1="6")
    assert sorted(row.quantities.values()) == ["1", "6"]


@pytest.mark.parametrize(
    ("group", "accounts"),
    [("宣传报道", "宣传"), ("经费与基数", "经费"), ("执法劝导", "执法劝导"), ("控烟", "控烟")],
)
def test_what_a_kind_counts_lies_with_what_its_neighbours_count(
    group: str, accounts: str, town: SimpleNamespace
) -> None:
    kind = define(town, Plan("短视频", group, (), each="条"))
    assert kind.group == group
    assert MetricRow.objects.get(code=kind.accounts[0]).group == accounts
    again = define(town, Plan("短视频推送", "控烟", (), each="条"), code=kind.code)
    assert Account.objects.get(code=again.accounts[0]).group == "控烟"


def test_a_kind_can_count_on_an_account_that_is_there(town: SimpleNamespace, enter: Any) -> None:
    kind = define(town, Plan("夜市宣传", "宣传报道", (Item("发宣传单", "number", account="flyers"),)))
    enter(kind.code, f1="200")
    assert figures.value("flyers", scope=town.town, period=MONTH, at=NOW).text == "200份"
    assert not Account.objects.filter(code__startswith="own.").exists()


def test_a_town_s_kind_is_not_there_for_other_towns(town: SimpleNamespace) -> None:
    kind = define(town)
    assert kind.code in queries.kinds(town.town, TODAY)
    assert kind.code not in queries.kinds(town.other_town, TODAY)
    assert kind.code not in {each.code for each in queries.for_person(town.outsider, TODAY)}
    for model in (Account, MetricRow):
        knows = {
            unit: kind.accounts[0] in codes(model, unit)
            for unit in (town.town, town.east, town.county, town.other_town)
        }
        assert knows == {town.town: True, town.east: True, town.county: True, town.other_town: False}
    county = define(town, Plan("县级巡讲", "活动讲堂", (), each="场"), unit=town.county, by=town.county_clerk)
    assert county.code in queries.kinds(town.town, TODAY)
    assert county.code in queries.kinds(town.other_town, TODAY)
    assert county.accounts[0] in codes(MetricRow, town.other_town)


def test_a_new_version_keeps_old_records_readable(town: SimpleNamespace, enter: Any) -> None:
    first = define(town)
    row = enter(first.code, unit=town.east, f1="3", f2="医院")
    plan = plan_of(first)
    assert is_simple(first)
    places = Item("场所", "choice", options=("医院", "学校"), needed_by="创城周报", code="f2")
    changed = Plan(
        "控烟劝导",
        "执法劝导",
        (plan.items[0], places, Item("收缴烟具", "number", measure="件")),
        by=("office", "grid"),
    )
    second = define(town, changed, code=first.code, at=NOW + timedelta(days=1))
    assert (second.code, second.pk != first.pk, len(second.accounts)) == (first.code, True, 2)
    assert queries.kinds(town.town, TODAY + timedelta(days=1))[first.code] == second
    # The old record keeps the form it was entered with, the account its entries under a new name.
    assert Journal.objects.get(pk=row.pk).kind.read().field("f2").options == (("o1", "车站"), ("o2", "医院"))
    assert dict(second.field("f2").options) == {"o2": "医院", "o3": "学校"}
    assert Account.objects.get(code=first.accounts[0]).name == "控烟劝导（劝导人数）"
    assert figures.value(first.accounts[0], scope=town.town, period=MONTH, at=NOW).number == 3
    texts = [own.text for own in OwnPack.objects.all()]
    assert ["控烟劝导" in text for text in texts] == [False, True]


def test_the_yaml_of_a_kind_loads_elsewhere(town: SimpleNamespace, tmp_path: Path) -> None:
    define(town)
    define(town, Plan("文明餐桌检查", "执法劝导", (), each="次"))
    text = OwnPack.objects.latest("pk").text
    other = text.replace("own-350599100000", "next-door").replace("own.350599100000", "next.door")
    other = other.replace("350599100000", "350599101000")
    path = tmp_path / "next.yaml"
    path.write_text(other, encoding="utf-8")
    assert standards.load_pack(path=path, at=NOW, loaders=LOADERS)[1]
    names = {kind.name for kind in queries.kinds(town.other_town, TODAY).values()}
    assert {"禁烟劝导", "文明餐桌检查"} <= names


def test_a_retired_kind_is_gone_and_its_records_stay(town: SimpleNamespace, enter: Any) -> None:
    kind = define(town)
    row = enter(kind.code, f1="3", f2="车站")
    journals.kinds.retire(unit=town.town, code=kind.code, by=town.clerk, at=NOW)
    assert kind.code not in queries.kinds(town.town, TODAY)
    assert figures.value(kind.accounts[0], scope=town.town, period=MONTH, at=NOW).number == 3
    assert Account.objects.get(code=kind.accounts[0]).active is False
    with pytest.raises(DomainError):
        enter(kind.code, f1="3", f2="车站")
    assert journals.strike(journal=row, by=town.clerk, at=NOW, ground="试填").state == "struck"
    # Numbers are never given again.
    assert define(town, Plan("再来一个", "执法劝导", (), each="次")).accounts == ("own.350599100000.2",)


@pytest.mark.parametrize("who", ["secretary", "leader", "inspector", "county_clerk", "outsider"])
def test_only_the_office_makes_kinds(who: str, town: SimpleNamespace) -> None:
    with pytest.raises(NotAllowed):
        define(town, by=getattr(town, who))
    assert not OwnPack.objects.exists()


@pytest.mark.parametrize(
    ("plan", "code", "field"),
    [
        (Plan("", "执法劝导", (), each="次"), "name_missing", "name"),
        (Plan("劝导", " ", (), each="次"), "group_missing", "group"),
        (Plan("劝导", "执法劝导", (Item("说明", "text"),)), "counts_missing", "each"),
        (Plan("劝导", "执法劝导", (Item("人数", "number"),)), "item_unfit", "items"),
        (
            Plan("劝导", "执法劝导", (Item("场所", "choice", options=("车站",)),), each="次"),
            "item_unfit",
            "items",
        ),
        (
            Plan("劝导", "执法劝导", (Item("人", "text"), Item("人", "long")), each="次"),
            "item_unfit",
            "items",
        ),
        (Plan("劝导", "执法劝导", (Item("人", "colour"),), each="次"), "item_unfit", "items"),
    ],
)
def test_a_plan_that_cannot_be_counted_is_refused(
    plan: Plan, code: str, field: str, town: SimpleNamespace
) -> None:
    with pytest.raises(DomainError) as error:
        define(town, plan)
    assert (error.value.code, error.value.field) == (code, field)


def test_the_same_name_twice_is_refused(town: SimpleNamespace) -> None:
    define(town)
    with pytest.raises(DomainError) as error:
        define(town)
    assert error.value.code == "name_taken"


def test_more_than_five_required_fields_are_refused(town: SimpleNamespace) -> None:
    items = tuple(Item(f"第{n}项", "text", needed_by="周报") for n in range(6))
    with pytest.raises(PackError) as error:
        define(town, Plan("劝导", "执法劝导", items, each="次"))
    assert "必填 6 项" in error.value.message


# ---- packs ----

PACK = """kind: journals
id: county
version: "1"
title: 本县台账
in_force: 2026-01-01
kinds:
  - group: 宣传
    items:
      - code: drum
        name: 锣鼓宣传
        fields:
          - {code: movement, name: 增减, kind: choice, options: {new: 新增, gone: 撤除}}
          - {code: pieces, name: 场次, kind: number}
        counts:
          - {account: activities, field: pieces, when: {movement: [new]}}
"""
WRONG = [
    ("account: activities", "account: drums", 15, "没有科目「drums」"),
    ("account: activities", "account: case.fixed", 15, "由系统自己记账"),
    ("field: pieces", "field: people", 15, "「field」写的「people」"),
    ("field: pieces", "field: movement", 15, "「field」写的「movement」"),
    ("[new]}}", "[old]}}", 15, "「when」写的「old」"),
    ("when: {movement", "when: {pieces", 15, "「when」写的「pieces」"),
    (", when: {movement: [new]}", ", minus: {movement: [gone]}", 15, "是发生数，不能减"),
    ("kind: number", "kind: number, required: true", 13, "哪份文书要用"),
    ("kind: number", "kind: number, measure: 块", 15, "按块计，科目「activities」按场计"),
    ("kind: number", "kind: words", 13, "只能是"),
    ("code: pieces", "code: Pieces", 13, "字段代码「Pieces」"),
    ("code: pieces", "code: unit", 13, "字段代码「unit」"),
    ("code: pieces", "code: movement", 13, "字段代码「movement」重复"),
    (", options: {new: 新增, gone: 撤除}", "", 12, "要写「options」"),
    ("{new: 新增", "{New: 新增", 12, "选项代码「New」"),
    ("code: drum\n", "code: Drum\n", 9, "类目代码「Drum」"),
    ("name: 锣鼓宣传", "name: 锣鼓宣传\n        by: [police]", 11, "「by」不认识「police」"),
    ("name: 锣鼓宣传", "name: 锣鼓宣传\n        title: pieces", 11, "「title」写的「pieces」"),
    ("name: 锣鼓宣传", "name: 锣鼓宣传\n        late_days: 900", 11, "0 到 366"),
    ("name: 锣鼓宣传", "name: 锣鼓宣传\n        colour: red", 11, "不认识的键「colour」"),
    ("in_force: 2026-01-01", 'in_force: 2026-01-01\nunit: "999"', 6, "没有编码为「999」的县或镇"),
]


@pytest.mark.parametrize(("good", "bad", "line", "said"), WRONG)
def test_a_pack_that_is_wrong_is_refused_with_its_line(
    good: str, bad: str, line: int, said: str, town: SimpleNamespace, tmp_path: Path
) -> None:
    assert good in PACK
    path = tmp_path / "county.yaml"
    path.write_text(PACK.replace(good, bad, 1), encoding="utf-8")
    with pytest.raises(PackError) as error:
        standards.load_pack(path=path, at=NOW, loaders=reading.LOADERS)
    assert (error.value.line, said in error.value.message) == (line, True), error.value.message
    assert not JournalKind.objects.filter(code="drum").exists()


def test_a_pack_that_counts_nothing_is_refused(town: SimpleNamespace, tmp_path: Path) -> None:
    path = tmp_path / "county.yaml"
    path.write_text(PACK.split("        counts:", maxsplit=1)[0] + "        counts: []\n", encoding="utf-8")
    with pytest.raises(PackError, match="至少要数一样东西"):
        standards.load_pack(path=path, at=NOW, loaders=reading.LOADERS)


def test_a_county_s_pack_goes_before_the_shipped_one(
    town: SimpleNamespace, tmp_path: Path, enter: Any
) -> None:
    path = tmp_path / "county.yaml"
    own = PACK.replace("in_force: 2026-01-01", f'in_force: 2026-01-01\nunit: "{town.county.code}"')
    path.write_text(own.replace("code: drum", "code: meeting"), encoding="utf-8")
    standards.load_pack(path=path, at=NOW, loaders=reading.LOADERS)
    packs.forget()
    assert queries.kinds(town.town, TODAY)["meeting"].name == "锣鼓宣传"
    with pytest.raises(DomainError):
        enter("meeting", **WEEKLY)
    assert enter("meeting", movement="new", pieces="2").quantities == {"activities": "2"}
