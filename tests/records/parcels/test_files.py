"""数据包: files that were changed, cut, sealed by others or of a later version."""

import io
import json
import uuid
import zipfile
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest

from tests.factories import NOW
from tests.records.parcels.test_parcels import (
    KEYS,
    WORD,
    code_of,
    problems,
    receive,
)
from wenming.ground.audit import queries as history
from wenming.records.cases import actions as cases
from wenming.records.cases.models import Case
from wenming.records.journals.models import SuperiorList
from wenming.records.parcels import sealing
from wenming.records.parcels.models import Parcel


def changed(data: bytes, name: str, new: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as box:
        for info in old.infolist():
            box.writestr(info.filename, new if info.filename == name else old.read(info.filename))
        if name not in old.namelist():
            box.writestr(name, new)
    return out.getvalue()


def test_a_parcel_can_be_read_by_people(town: SimpleNamespace) -> None:
    data = problems(town)
    with zipfile.ZipFile(io.BytesIO(data)) as box:
        sheet = openpyxl.load_workbook(io.BytesIO(box.read(sealing.SHEET))).worksheets[0]
        told = json.loads(box.read(sealing.MANIFEST))
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert rows[0][0].startswith("填报单位：平川县　　日期：")
    assert rows[1][:5] == ["序号", "编号", "发现日期", "来源", "社区"]
    assert [row[8] for row in rows[2:4]] == ["=巷口垃圾未清", "=巷口垃圾未清"]
    assert (sheet.cell(4, 9).data_type, sheet.freeze_panes) == ("s", "A4")
    assert (told["from"]["name"], told["to"]["name"], told["rows"]) == ("平川县", "安和镇", 2)


@pytest.mark.parametrize("name", [sealing.ROWS, sealing.SHEET, "photos/extra", sealing.MANIFEST])
def test_a_changed_byte_is_refused_and_nothing_taken(name: str, town: SimpleNamespace) -> None:
    data = problems(town)
    with zipfile.ZipFile(io.BytesIO(data)) as box:
        new = box.read(name).replace(b"350599", b"350598") if name in box.namelist() else b"x"
        new = new if name != sealing.SHEET else new + b"x"
    code = code_of(lambda: receive(changed(data, name, new), town.clerk))
    assert code == ("parcel_word" if name == sealing.MANIFEST else "parcel_changed")
    assert (Case.objects.count(), Parcel.objects.count()) == (0, 0)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 broken", b"\xff" * 4000])
def test_what_is_no_parcel_is_said_plainly(data: bytes, town: SimpleNamespace) -> None:
    assert code_of(lambda: receive(data, town.clerk)) == "parcel_broken"


def test_half_a_parcel_another_zip_and_a_wrong_word(town: SimpleNamespace) -> None:
    data = problems(town)
    assert code_of(lambda: receive(data[: len(data) // 2], town.clerk)) == "parcel_broken"
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as box:
        box.writestr("公文.txt", "督查通报")
    assert code_of(lambda: receive(other.getvalue(), town.clerk)) == "parcel_broken"
    assert code_of(lambda: receive(data, town.clerk, "桂花开在西门桥外")) == "parcel_word"
    assert code_of(lambda: problems(town, "短")) == "parcel_word_short"


def resealed(data: bytes, change: Callable[[list[dict[str, Any]]], None], **told: Any) -> bytes:
    """The parcel with other records, sealed with the right word: by an office that means harm, or whose program errs."""
    with zipfile.ZipFile(io.BytesIO(data)) as box:
        rows = [json.loads(line) for line in box.read(sealing.ROWS).decode().splitlines()]
        manifest = json.loads(box.read(sealing.MANIFEST)) | told
        rest = [(name, box.read(name)) for name in manifest["files"] if name != sealing.ROWS]
    change(rows)
    new = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()
    out = io.BytesIO()
    sealing.seal(out, manifest=manifest, files=[(sealing.ROWS, new), *rest], word=WORD)
    return out.getvalue()


def test_a_stick_that_lost_bytes_is_told_plainly(town: SimpleNamespace) -> None:
    """Damage inside what is packed small shows itself in another way than a wrong sum."""
    data = bytearray(problems(town))
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as box:
        at = box.getinfo(sealing.ROWS).header_offset + 30 + len(sealing.ROWS)
    data[at : at + 40] = b"\xff" * 40
    assert code_of(lambda: receive(bytes(data), town.clerk)) == "parcel_changed"
    # The mark of an encrypted archive on every file of its list.
    locked = bytearray(problems(town))
    for mark in (b"PK\x03\x04", b"PK\x01\x02"):
        start = 0
        while (start := locked.find(mark, start)) >= 0:
            locked[start + (6 if mark == b"PK\x03\x04" else 8)] |= 1
            start += 4
    assert code_of(lambda: receive(bytes(locked), town.clerk)) == "parcel_broken"
    assert (Case.objects.count(), Parcel.objects.count()) == (0, 0)


def test_a_file_that_would_fill_the_memory_is_not_read(town: SimpleNamespace) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as box:
        for name in (sealing.MANIFEST, sealing.SEAL):
            box.writestr(name, "{}")
        with box.open(sealing.ROWS, "w", force_zip64=True) as rows:
            for _ in range(200):
                rows.write(bytes(1 << 20))
    assert len(out.getvalue()) < 1 << 20
    assert code_of(lambda: receive(out.getvalue(), town.clerk)) == "parcel_large"


def test_records_that_make_no_sense_do_not_stop_the_others(town: SimpleNamespace) -> None:
    def spoil(rows: list[dict[str, Any]]) -> None:
        del rows[0]["category"]
        rows.insert(1, {"case": "x"})
        rows.insert(2, {**rows[2], "case": str(uuid.uuid4()), "found_at": 5})

    done = receive(resealed(problems(town), spoil), town.clerk)
    assert (done.created, len(done.skipped)) == (1, 3)
    assert done.skipped[0] == "第 1 件：缺少内容或写法不对，请对方升级后重新封包。"
    assert [case.uuid for case in Case.objects.all()] == [KEYS[1]]


def test_a_parcel_cannot_touch_a_case_of_another_town(town: SimpleNamespace) -> None:
    theirs = cases.report(
        at=NOW,
        by=town.outsider,
        category="06010",
        description="石桥的问题",
        unit=town.other_town,
        source="town",
    )

    def point(rows: list[dict[str, Any]]) -> None:
        rows[0]["case"] = str(theirs.uuid)

    before = list(history.of(theirs.uuid).values_list("hash", flat=True))
    done = receive(resealed(problems(town), point), town.clerk)
    assert (done.created, len(done.skipped)) == (1, 1)
    assert "不在安和镇" in done.skipped[0]
    assert theirs.pk not in SuperiorList.objects.get().lines.values_list("case_id", flat=True)
    assert list(history.of(theirs.uuid).values_list("hash", flat=True)) == before


def test_a_later_version_is_not_guessed_at(town: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "VERSION", 2)
    data = problems(town)
    monkeypatch.setattr(sealing, "VERSION", 1)
    assert code_of(lambda: receive(data, town.clerk)) == "parcel_new"
