"""The reader of packs: what it gives, and where it points when a file is wrong."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from wenming.common import packs
from wenming.common.errors import PackError

HEAD = "kind: songs\nid: choir\nversion: 2026\ntitle: 歌单\nin_force: 2026-07-01\n"


def pack(folder: Path, text: str | bytes) -> packs.Pack:
    path = folder / "songs.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return packs.load(path)


def refusal(folder: Path, text: str | bytes) -> str:
    with pytest.raises(PackError) as caught:
        pack(folder, text)
    return caught.value.message


def test_head_is_read(tmp_path: Path) -> None:
    head = pack(tmp_path, HEAD)
    assert (head.kind, head.id, head.version, head.title, head.in_force, head.sample, head.path) == (
        "songs", "choir", "2026", "歌单", date(2026, 7, 1), False, "songs.yaml",
    )  # fmt: skip
    assert len(head.digest) == 64


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "songs.yaml 第 1 行：文件最外层应当是键值"),
        ("[1, 2]", "songs.yaml 第 1 行：文件最外层应当是键值"),
        ("id: a\n", "songs.yaml 第 1 行：缺少「kind」"),
        (HEAD + "songs: [甲\n", "songs.yaml 第 7 行：YAML 写法不对（expected ',' or ']', but got '<stream end>'）"),
        (HEAD + "kind: x\n", "songs.yaml 第 6 行：同一个键写了两次"),
        (HEAD + "a: *b\n", "songs.yaml 第 6 行：YAML 写法不对（found undefined alias 'b'）"),
        (HEAD + "a: \x07\n", "songs.yaml 第 6 行：有看不见的控制字符，请删掉"),
        (HEAD.replace("2026-07-01", "2026-02-30"), "songs.yaml 第 5 行：日期不存在"),
        (HEAD.replace("2026-07-01", "明年"), "songs.yaml 第 5 行：「in_force」应当是日期，如 2026-07-01，现在是「明年」"),
        (HEAD.replace("2026\n", "1.10\n"), "songs.yaml 第 3 行：「version」写成了数字，开头或末尾的零会丢，请加引号"),
        (HEAD.replace("2026\n", "007\n"), "songs.yaml 第 3 行：「version」写成了数字，开头或末尾的零会丢，请加引号"),
        (HEAD.replace("歌单", "true"), "songs.yaml 第 4 行：「title」应当是文字，现在是 true 或 false，请加引号"),
        (HEAD.replace("歌单", '"a\\0b"'), "songs.yaml 第 4 行：「title」里有看不见的控制字符，请删掉"),
        (HEAD.replace("歌单", "{a: 1}"), "songs.yaml 第 4 行：「title」应当是文字"),
        (HEAD.replace("歌单", ""), "songs.yaml 第 4 行：「title」应当是文字"),
        (HEAD + "sample: 是\n", "songs.yaml 第 6 行：「sample」应当是 true 或 false，现在是「是」"),
        (HEAD.encode() + "备注".encode("gb18030"), "songs.yaml 第 6 行：不是 UTF-8 文字，请另存为 UTF-8"),
        (HEAD + "a: " + "[" * 5000, "songs.yaml 第 6 行：YAML 写法不对（层次太深，或括号没有配对）"),
    ],
)  # fmt: skip
def test_wrong_file_is_told_with_its_line(tmp_path: Path, text: str | bytes, message: str) -> None:
    assert refusal(tmp_path, text) == message


def test_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(PackError) as caught:
        packs.load(tmp_path / "nowhere.yaml")
    assert caught.value.message == "nowhere.yaml：打不开文件（没有这个路径）"


def test_huge_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "photo.yaml"
    path.write_bytes(b"a" * (packs.LARGEST + 1))
    with pytest.raises(PackError) as caught:
        packs.load(path)
    assert caught.value.message == "photo.yaml：文件超过 5 MB，不像是规则包"


def test_wrong_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "songs.yaml"
    path.write_text(HEAD, encoding="utf-8")
    with pytest.raises(PackError) as caught:
        packs.load(path, kind="accounts", label="choir/songs.yaml")
    assert caught.value.message == "choir/songs.yaml 第 1 行：这里要的是「accounts」包，文件里写的是「songs」"


def test_digest_does_not_see_the_editor(tmp_path: Path) -> None:
    plain = pack(tmp_path, HEAD)
    windows = pack(tmp_path, b"\xef\xbb\xbf" + HEAD.replace("\n", "\r\n").encode())
    assert (windows.digest, windows.kind) == (plain.digest, "songs")
    assert pack(tmp_path, HEAD + "# 说明\n").digest != plain.digest


def test_getters_give_typed_values(tmp_path: Path) -> None:
    body = pack(
        tmp_path, HEAD + "n: 3\nd: 0.66\nlist: [甲, 7]\nwhen: 2026-01-02\nlegend: {A: 甲, 2: 乙}\n"
    ).body
    assert body.integer("n") == 3
    assert body.decimal("d") == Decimal("0.66")
    assert body.texts("list") == ["甲", "7"]
    assert body.day("when") == date(2026, 1, 2)
    assert body.table("legend") == {"A": "甲", "2": "乙"}
    assert body.choice("kind", ["songs"]) == "songs"
    assert (body.text("no", default=""), body.texts("no", default=[]), body.table("no", default={})) == (
        "",
        [],
        {},
    )
    body.done()


@pytest.mark.parametrize(
    ("line", "getter", "message"),
    [
        ("x: 1.5", "integer", "「x」应当是整数，现在是「1.5」"),
        ("x: true", "integer", "「x」应当是整数，现在是「True」"),
        ("x: 甲", "decimal", "「x」应当是数字，现在是「甲」"),
        ("x: .inf", "decimal", "「x」应当是数字，现在是「inf」"),
        ("x: true", "decimal", "「x」应当是数字，现在是「True」"),
        ("x: 甲", "texts", "「x」应当是一列文字"),
        ("x: [甲, [乙]]", "texts", "「x」的第 2 项应当是文字"),
        ("x: [甲, 01]", "texts", "「x」的第 2 项写成了数字，开头或末尾的零会丢，请加引号"),
        ("x: 甲", "table", "「x」应当是一组键值"),
        ("x: {a: [1]}", "table", "「a」应当是文字"),
        ("x: 甲", "child", "「x」应当是一组键值"),
    ],
)
def test_getter_refuses_with_the_line(tmp_path: Path, line: str, getter: str, message: str) -> None:
    body = pack(tmp_path, HEAD + line + "\n").body
    with pytest.raises(PackError) as caught:
        getattr(body, getter)("x")
    assert caught.value.message == f"songs.yaml 第 6 行：{message}"


def test_each_reads_a_list_of_mappings(tmp_path: Path) -> None:
    body = pack(tmp_path, HEAD + "songs:\n  - {name: 甲}\n  - name: 乙\n  - 丙\n").body
    songs = body.each("songs")
    assert [(entry.text("name"), entry.line()) for entry in (next(songs), next(songs))] == [
        ("甲", 7),
        ("乙", 8),
    ]
    with pytest.raises(PackError) as caught:
        next(songs)
    assert caught.value.message == "songs.yaml 第 9 行：「songs」的第 3 项应当是一组键值"


def test_unasked_key_is_refused(tmp_path: Path) -> None:
    body = pack(tmp_path, HEAD + "titel: 歌\n").body
    with pytest.raises(PackError) as caught:
        body.done()
    assert caught.value.message == "songs.yaml 第 6 行：不认识的键「titel」"
