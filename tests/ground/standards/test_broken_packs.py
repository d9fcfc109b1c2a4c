"""Every way a clerk can spoil a pack is told with file and line, and nothing is written."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from wenming.common.errors import PackError
from wenming.ground.audit.models import Record
from wenming.ground.standards import actions
from wenming.ground.standards.models import PackVersion

AT = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_house", "small")]

# (kind of pack, text to replace, what with, line, start of the complaint)
BROKEN = [
    ("departments", "name: 城管", "nmae: 城管", 8, "缺少「name」"),
    ("departments", "enforces: true", "enforce: true", 8, "不认识的键「enforce」"),
    ("departments", "enforces: true", "enforces: yes", 8, "「enforces」应当是 true 或 false，现在是「yes」"),
    ("departments", "code: urban_mgmt", "code: community", 8, "部门代码「community」重复"),
    ("departments", "title: 责任部门", "title: 责任部门\nnote: 多余", 5, "不认识的键「note」"),
    ("departments", "name: 城管", "name: " + "管" * 61, 8, "「名称」有 61 个字，最多 60 个"),
    ("departments", "title: 责任部门", "title: " + "部" * 121, 4, "「标题」有 121 个字，最多 120 个"),
    ("matters", "deadline: 15 work_day", "deadline: 15 work_week", 14, "「deadline」不认识单位「work_week」"),
    ("matters", "deadline: 15 work_day", "deadline: 15", 14, "「deadline」不认识单位「」"),
    ("matters", "deadline: 15 work_day", "deadline: 0 work_day", 14, "「deadline」的数应当是 1 到 9999 的整数，现在是「0」"),
    ("matters", "deadline: 15 work_day", "deadline: 1.5 work_day", 14, "「deadline」的数应当是 1 到 9999 的整数，现在是「1.5」"),
    ("matters", "safety: 1 hour", "safety: 1 小时", 8, "「safety」不认识单位「小时」"),
    ("matters", "GEN 30 day", "GEN 三十天", 14, "「alt」应当写「依据 [阶段] 数 单位」"),
    ("matters", "GEN 30 day", "XX 30 day", 14, "「alt」应当写「依据 [阶段] 数 单位」"),
    ("matters", 'code: "06010", name', 'code: "06001", name', 15, "事项代码「06001」重复"),
    ("matters", 'code: "06010", name', "code: 06010, name", 15, "「code」写成了数字"),
    ("matters", 'code: "06010", name', 'code: "6010", name', 15, "代码「6010」不对，应当是五位数字"),
    ("matters", 'code: "06010", name', 'code: "07010", name', 15, "大类 07 在 classes 里没有"),
    ("matters", 'code: "01037"', 'code: "06037"', 29, "代码「06037」不属于大类 01"),
    ("matters", "code: L0101", "code: X0101", 31, "代码「X0101」不对，应当是L 加四位数字"),
    ("matters", "aliases: [垃圾堆]", "aliases: [违建]", 15, "「违建」已经是 06001 的名称或别名"),
    ("matters", "aliases: [垃圾堆]", "aliases: [私搭乱建]", 15, "「私搭乱建」已经是 06001 的名称或别名"),
    ("matters", "name: 飞线充电", "name: 违 建", 31, "「违 建」已经是 06001 的名称或别名"),
    ("matters", "component: 路灯", "component: 供水井盖", 29, "「供水井盖异常」已经是 01001 的名称或别名"),
    ("matters", "words: [垃圾+堆/满地]", "words: [垃圾+]", 15, "「words」里的「垃圾+」写法不对"),
    ("matters", "words: [垃圾+堆/满地]", "words: [脏, 脏]", 15, "「words」里有重复的词"),
    ("matters", "excludes: [渣土]", "excludes: [渣土+车]", 15, "「excludes」里的「渣土+车」写法不对"),
    ("matters", "excludes: [渣土]", "excludes: 渣土", 15, "「excludes」应当是一列文字"),
    ("matters", "excludes: [渣土]", "excludes: [{a: 1}]", 15, "「excludes」的第 1 项应当是文字"),
    ("matters", "dept: urban_mgmt, level: complex", "dept: police, level: complex", 14, "部门表里没有「police」"),
    ("matters", "dept: urban_mgmt, level: complex", "dept: community, level: complex", 14, "「私搭乱建」要有执法权"),
    ("matters", "level: complex", "level: hard", 14, "「level」不认识「hard」，只能是：quick、normal、complex"),
    ("matters", "15 work_day, basis: GEN", "15 work_day, basis: ABC", 14, "「basis」写的「ABC」在 bases 里没有说明"),
    ("matters", 'applies_to: ["06010"]', 'applies_to: ["06099"]', 33, "「applies_to」里的事项代码不存在：06099"),
    ("matters", 'applies_to: ["06010"]', "applies_to: []", 33, "「applies_to」里的事项代码不存在：（空）"),
    ("matters", "code: X2", "code: X1", 34, "不立案情形编号「X1」重复"),
    ("matters", '{code: L, name', '{code: "01", name', 12, "大类代码「01」重复"),
    ("matters", "urgent_when: 危及人身安全", "urgent_wen: 危及人身安全", 17, "缺少「urgent_when」"),
    ("matters", "    close_if: 恢复完好", "    close_if: 恢复完好\n    remark: 无", 27, "不认识的键「remark」"),
    ("points", 'event: "06010"', 'event: "06099"', 19, "问题类别里没有「06099」"),
    ("points", "dept: community", "dept: communty", 19, "部门表里没有「communty」"),
    ("points", "method: count", "method: guess", 19, "「method」不认识「guess」"),
    ("points", "severity: major", "severity: huge", 20, "「severity」不认识「huge」"),
    ("points", "category: 公共环境", "category: 市容", 19, "「category」不认识「市容」，只能是：公共环境、公共秩序"),
    ("points", "weight: 40", "weight: 39", 18, "「主次干道」的权重合计是 99，应当是 100"),
    ("points", "weight: 40", "weight: 四十", 20, "「weight」应当是整数，现在是「四十」"),
    ("points", "weight: 40", "weight: -40", 20, "「weight」应当在 1 到 100 之间，现在是「-40」"),
    ("points", "code: road-02", "code: road-01", 20, "代码「road-01」重复"),
    ("points", "code: road-02", "code: road", 20, "代码「road」重复"),
    ("points", 'event: "06001", source: G', 'event: "06001", source: H', 20, "「source」写的「H」在 sources 里没有说明"),
    ("points", "op: pass_fail", "op: pass_or_fail", 8, "「op」不认识「pass_or_fail」，只能是：grade_by_count、pass_fail、leave_out"),
    ("points", '{grade: D, rate: "0.00"}', '{max: 9, grade: D, rate: "0.00"}', 7, "最后一级不写 max"),
    ("points", "max: 1, grade: B", "max: 0, grade: B", 7, "各级的 max 应当由小到大"),
    ("points", 'rate: "0.66"', 'rate: "66"', 7, "「rate」应当在 0 到 1 之间，现在是「66」"),
    ("points", "kind: public", "kind: private", 16, "「kind」不认识「private」"),
]  # fmt: skip


@pytest.mark.parametrize("spoilt", BROKEN, ids=[f"{row[0]}-{row[3]}-{row[2][:20]}" for row in BROKEN])
def test_broken_pack_names_file_and_line(
    write: Callable[..., Path], texts: dict[str, str], spoilt: tuple[str, str, str, int, str]
) -> None:
    kind, old, new, line, message = spoilt
    text = texts[kind].replace('version: "1"', 'version: "2"')
    path = write(f"{kind}-2.yaml", text, old, new)
    packs, deeds = PackVersion.objects.count(), Record.objects.count()
    with pytest.raises(PackError) as caught:
        actions.load_pack(path=path, at=AT)
    said = caught.value.message
    start = f"{kind}-2.yaml 第 {line} 行：{message}"
    assert said[: len(start)] == start
    assert (PackVersion.objects.count(), Record.objects.count()) == (packs, deeds)
