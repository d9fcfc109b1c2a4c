import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import document_fonts
import pytest


def mapping(text: str) -> dict[str, list[str]]:
    """name → stand-ins, read back from a fontconfig file."""
    return {
        match.findtext("test/string") or "": [family.text or "" for family in match.findall("edit/string")]
        for match in ET.fromstring(text).findall("match")  # noqa: S314 (our own text)
    }


def test_fontconfig_maps_the_fonts_of_official_documents() -> None:
    found = mapping(document_fonts.fontconfig(Path("/var/fonts"), Path("/var/cache"), frozenset()))
    assert found["仿宋_GB2312"] == ["FandolFang", "Noto Serif CJK SC"]
    assert found["方正小标宋简体"] == ["FandolSong", "Noto Serif CJK SC"]
    assert found["楷体_GB2312"] == ["FandolKai", "Noto Serif CJK SC"]
    assert found["黑体"] == ["FandolHei", "Noto Sans CJK SC"]


def test_fontconfig_leaves_a_font_alone_that_the_machine_has() -> None:
    found = mapping(document_fonts.fontconfig(Path("/f"), Path("/c"), frozenset({"仿宋_GB2312"})))
    assert "仿宋_GB2312" not in found
    assert "楷体_GB2312" in found


def test_fontconfig_with_a_path_full_of_signs() -> None:
    text = document_fonts.fontconfig(Path("/a & <b>/字 体"), Path("/c"), frozenset())
    assert ET.fromstring(text).findtext("dir") == "/a & <b>/字 体"  # noqa: S314 (our own text)


def filled(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name in document_fonts.FANDOL:
        (folder / name).write_bytes(name.encode())
    return folder


def test_prepare_copies_from_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document_fonts, "TEX_FOLDERS", ())
    filled(tmp_path / "cache/wenming/fonts")
    var = tmp_path / "var"
    assert document_fonts.prepare(var, {"XDG_CACHE_HOME": str(tmp_path / "cache")}, fetch=False) is True
    assert sorted(path.name for path in (var / "fonts").iterdir()) == sorted(document_fonts.FANDOL)
    assert mapping((var / "fonts.conf").read_text(encoding="utf-8")) != {}


def test_prepare_without_any_source_still_writes_the_mapping(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document_fonts, "TEX_FOLDERS", ())
    var = tmp_path / "var"
    assert document_fonts.prepare(var, {"XDG_CACHE_HOME": str(tmp_path / "cache")}, fetch=False) is False
    assert list((var / "fonts").iterdir()) == []
    assert (var / "fonts.conf").exists()


def test_prepare_takes_out_a_cut_that_would_win_over_the_bold(tmp_path: Path) -> None:
    fonts = filled(tmp_path / "var/fonts")
    (fonts / "FandolSong-Regular.otf").write_bytes(b"")
    assert document_fonts.prepare(tmp_path / "var", {}, fetch=False) is True
    assert not (fonts / "FandolSong-Regular.otf").exists()


@pytest.mark.skipif(shutil.which("fc-match") is None, reason="没有 fontconfig")
def test_fontconfig_is_understood_by_fontconfig(tmp_path: Path) -> None:
    (tmp_path / "fonts").mkdir()
    conf = tmp_path / "fonts.conf"
    conf.write_text(
        document_fonts.fontconfig(tmp_path / "fonts", tmp_path / "cache", frozenset()), encoding="utf-8"
    )
    done = subprocess.run(
        ["fc-match", "--format=%{family}", "宋体"],
        env={"FONTCONFIG_FILE": str(conf), "PATH": "/usr/bin:/bin:/opt/homebrew/bin:/usr/local/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    if document_fonts.has_chinese_font() and "Noto Serif CJK SC" in document_fonts.installed_families():
        assert done.stdout == "Noto Serif CJK SC"
