from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from wenming.common.errors import DomainError, PackError
from wenming.common.packs import Pack
from wenming.ground.audit.models import Record
from wenming.ground.standards import actions, queries
from wenming.ground.standards.loaders import LOADERS, Loader, in_order
from wenming.ground.standards.models import CheckItem, Department, EventCategory, PackVersion, PointType

AT = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
Write = Callable[..., Path]
Texts = dict[str, str]


@dataclass
class Somebody:
    pk: int
    name: str


DIRECTOR_LI = Somebody(7, "李主任")


@pytest.mark.django_db
@pytest.mark.usefixtures("empty_house")
def test_load_keeps_head_rows_and_history(write: Write, texts: Texts) -> None:
    path = write("departments.yaml", texts["departments"])
    row, created = actions.load_pack(path=path, at=AT, by=DIRECTOR_LI)
    assert created is True
    assert (row.kind, row.code, row.version, row.title, row.in_force, row.sample, row.loaded_at, row.loaded_by) == (
        "departments", "county", "1", "责任部门", date(2026, 1, 1), False, AT, "李主任",
    )  # fmt: skip
    assert list(row.departments.values_list("code", "name", "enforces")) == [
        ("community", "社区", False),
        ("urban_mgmt", "城管", True),
    ]
    deed = Record.objects.get()
    assert (deed.deed, deed.subject_uuid, deed.by_name) == ("standards.load_pack", row.uuid, "李主任")
    assert deed.sentence == "装入规则包《责任部门》1 版，2026-01-01 起施行"


@pytest.mark.usefixtures("small")
def test_load_reads_every_field_of_a_category() -> None:
    on = date(2026, 11, 22)
    assert [row.code for row in queries.categories(on)] == ["06001", "06010", "01001", "01037", "L0101"]
    lamp = queries.category("01037", on)
    assert (lamp.name, lamp.component, lamp.class_name, lamp.deadline.text, lamp.sign.text) == (
        "路灯异常", "路灯", "市政公用设施类", "1 个自然日", "2 个自然时",
    )  # fmt: skip
    cover = queries.category("01001", on)
    assert (cover.deadline.text, cover.sign.text, cover.urgent and cover.urgent.text, cover.urgent_when) == (
        "3 个工作日", "1 个自然时", "2 个工作时", "危及人身安全",
    )  # fmt: skip
    assert queries.category("06001", on).alt_deadlines == [
        {"basis": "GEN", "stage": "拆除", "value": 20, "unit": "work_day"},
        {"basis": "GEN", "stage": "", "value": 30, "unit": "day"},
    ]
    assert queries.category("06010", on).can_community_lead is True


@pytest.mark.usefixtures("small")
def test_load_again_changes_nothing(write: Write, texts: Texts) -> None:
    models = (PackVersion, Department, EventCategory, PointType, CheckItem, Record)
    before = [list(model.objects.order_by("pk").values()) for model in models]
    for name, text in texts.items():
        row, created = actions.load_pack(
            path=write(f"{name}.yaml", text), at=datetime.now(UTC), by=DIRECTOR_LI
        )
        assert (row.version, created) == ("1", False)
    assert [list(model.objects.order_by("pk").values()) for model in models] == before


@pytest.mark.usefixtures("small")
def test_load_same_version_with_other_content_is_refused(write: Write, texts: Texts) -> None:
    path = write("other.yaml", texts["departments"], "name: 城管", "name: 综合执法队")
    with pytest.raises(DomainError) as caught:
        actions.load_pack(path=path, at=AT)
    assert (caught.value.code, caught.value.message) == (
        "pack_changed",
        "other.yaml：《责任部门》1 版已经装过，内容不同。请改版本号（version）再装，旧版要留着解释过去。",
    )
    assert Department.objects.get(code="urban_mgmt").name == "城管"


@pytest.mark.django_db
@pytest.mark.usefixtures("empty_house")
def test_load_takes_windows_line_ends_as_the_same_file(tmp_path: Path, texts: Texts) -> None:
    unix, windows = tmp_path / "unix.yaml", tmp_path / "windows.yaml"
    unix.write_bytes(texts["departments"].encode())
    windows.write_bytes(b"\xef\xbb\xbf" + texts["departments"].replace("\n", "\r\n").encode())
    first, _ = actions.load_pack(path=unix, at=AT)
    assert actions.load_pack(path=windows, at=AT) == (first, False)


@pytest.mark.django_db
@pytest.mark.usefixtures("empty_house")
def test_load_without_departments_says_what_to_load_first(write: Write, texts: Texts) -> None:
    with pytest.raises(PackError) as caught:
        actions.load_pack(path=write("matters.yaml", texts["matters"]), at=AT)
    assert caught.value.message == "matters.yaml 第 14 行：还没有装部门表，请先装部门包（kind: departments）"


@pytest.mark.django_db
@pytest.mark.usefixtures("empty_house")
def test_load_without_categories_says_what_to_load_first(write: Write, texts: Texts) -> None:
    actions.load_pack(path=write("departments.yaml", texts["departments"]), at=AT)
    with pytest.raises(PackError) as caught:
        actions.load_pack(path=write("points.yaml", texts["points"]), at=AT)
    assert caught.value.message == (
        "points.yaml 第 19 行：还没有装事项包，请先装问题类别（kind: event_categories）"
    )


@pytest.mark.django_db
@pytest.mark.usefixtures("empty_house")
def test_load_of_an_unknown_kind_is_refused(write: Write, texts: Texts) -> None:
    path = write("x.yaml", texts["departments"], "kind: departments", "kind: departmnts")
    with pytest.raises(PackError) as caught:
        actions.load_pack(path=path, at=AT)
    assert caught.value.message == (
        "x.yaml 第 1 行：不认识的种类「departmnts」，只能是：departments、event_categories、point_types"
    )


@pytest.mark.django_db
@pytest.mark.usefixtures("empty_house")
def test_load_takes_kinds_of_other_rooms(write: Write) -> None:
    kept: list[tuple[str, list[str]]] = []

    def read(pack: Pack) -> list[str]:
        songs = pack.body.texts("songs")
        pack.body.done()
        return songs

    def save(row: PackVersion, content: Any) -> None:
        kept.append((row.code, content))

    loaders: Mapping[str, Loader] = {**LOADERS, "songs": Loader(read=read, save=save)}
    text = 'kind: songs\nid: choir\nversion: "1"\ntitle: 歌单\nin_force: 2026-01-01\nsongs: [甲, 乙]\n'
    row, created = actions.load_pack(path=write("songs.yaml", text), at=AT, loaders=loaders)
    assert (row.kind, created, kept) == ("songs", True, [("choir", ["甲", "乙"])])


@pytest.mark.django_db
@pytest.mark.usefixtures("empty_house")
def test_load_folder_finds_the_order_by_itself(write: Write, texts: Texts, tmp_path: Path) -> None:
    for name, text in zip(("c", "b", "a"), texts.values(), strict=True):
        write(f"{name}.yaml", text)
    loaded = actions.load_folder(folder=tmp_path, at=AT)
    assert [(row.kind, created) for row, created in loaded] == [
        ("departments", True),
        ("event_categories", True),
        ("point_types", True),
    ]
    assert [created for _, created in actions.load_folder(folder=tmp_path, at=AT)] == [False, False, False]


@pytest.mark.django_db
@pytest.mark.usefixtures("empty_house")
def test_load_folder_is_all_or_nothing_and_names_the_file(write: Write, texts: Texts, tmp_path: Path) -> None:
    (tmp_path / "points").mkdir()
    write("departments.yaml", texts["departments"])
    write("matters.yaml", texts["matters"])
    write("points/2026.yaml", texts["points"], "weight: 40", "weight: 41")
    with pytest.raises(PackError) as caught:
        actions.load_folder(folder=tmp_path, at=AT)
    assert caught.value.message == "points/2026.yaml 第 18 行：「主次干道」的权重合计是 101，应当是 100"
    assert PackVersion.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.usefixtures("empty_house")
def test_load_folder_without_packs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PackError) as caught:
        actions.load_folder(folder=tmp_path, at=AT)
    assert caught.value.message == f"{tmp_path}：目录里没有规则包（*.yaml）"


@pytest.mark.django_db
@pytest.mark.usefixtures("empty_house")
def test_load_writes_nothing_when_saving_fails(write: Write, texts: Texts) -> None:
    def save(row: PackVersion, content: Any) -> None:
        LOADERS["departments"].save(row, content)
        raise OSError("磁盘满了")

    loaders = {"departments": Loader(read=LOADERS["departments"].read, save=save)}
    with pytest.raises(OSError, match="磁盘满了"), transaction.atomic():
        actions.load_pack(path=write("d.yaml", texts["departments"]), at=AT, loaders=loaders)
    assert (PackVersion.objects.count(), Department.objects.count(), Record.objects.count()) == (0, 0, 0)


def test_in_order_puts_what_is_referred_to_first() -> None:
    assert in_order(["point_types", "songs", "event_categories", "departments"], LOADERS) == [
        "departments", "event_categories", "point_types", "songs",
    ]  # fmt: skip
