from pathlib import Path

import system_parts


def program(path: Path, text: str = "echo 1.0") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_find_chromium_skips_one_that_does_not_run(tmp_path: Path) -> None:
    # Ubuntu's chromium-browser is such a stand-in: it only says that a snap is needed.
    program(tmp_path / "bin/chromium-browser", "exit 1")
    chrome = program(tmp_path / "bin/google-chrome")
    environ = {"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path)}
    assert system_parts.find_chromium(environ, tmp_path) == str(chrome)


def test_find_chromium_in_the_applications_of_macos(tmp_path: Path) -> None:
    chrome = program(tmp_path / "Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
    assert system_parts.find_chromium({"PATH": "", "HOME": str(tmp_path)}, tmp_path) == str(chrome)


def test_find_chromium_takes_the_newest_of_playwright(tmp_path: Path) -> None:
    program(tmp_path / ".cache/ms-playwright/chromium-999/chrome-linux/chrome")
    newest = program(tmp_path / ".cache/ms-playwright/chromium-1200/chrome-linux/chrome")
    assert system_parts.find_chromium({"PATH": "", "HOME": str(tmp_path)}, tmp_path) == str(newest)


def test_find_chromium_takes_the_named_one_first(tmp_path: Path) -> None:
    program(tmp_path / "bin/chromium")
    mine = program(tmp_path / "我的 浏览器")
    environ = {"PATH": str(tmp_path / "bin"), "WENMING_CHROMIUM": str(mine)}
    assert system_parts.find_chromium(environ, tmp_path) == str(mine)


def test_find_chromium_where_there_is_none(tmp_path: Path) -> None:
    assert system_parts.find_chromium({"PATH": "", "HOME": str(tmp_path)}, tmp_path) is None


def test_find_soffice_on_the_path_and_in_macos(tmp_path: Path) -> None:
    mac = program(tmp_path / "Applications/LibreOffice.app/Contents/MacOS/soffice")
    assert system_parts.find_soffice({"PATH": ""}, tmp_path) == str(mac)
    libre = program(tmp_path / "bin/libreoffice")
    assert system_parts.find_soffice({"PATH": str(tmp_path / "bin")}, tmp_path) == str(libre)
    assert system_parts.find_soffice({"PATH": "", "WENMING_SOFFICE": "/nowhere/soffice"}, tmp_path) is None


def postgres(folder: Path, version: str) -> Path:
    for name in ("initdb", "pg_ctl"):
        program(folder / name)
    program(folder / "postgres", f"echo 'postgres (PostgreSQL) {version}'")
    return folder


def test_find_postgres_takes_the_newest_complete_one(tmp_path: Path) -> None:
    postgres(tmp_path / "usr/lib/postgresql/9/bin", "9.6.24")
    wanted = postgres(tmp_path / "usr/lib/postgresql/16/bin", "16.4 (Debian 16.4-1)")
    program(tmp_path / "usr/lib/postgresql/17/bin/pg_ctl")
    assert system_parts.find_postgres({"PATH": ""}, tmp_path) == {"kind": "system", "bin": str(wanted)}


def test_find_postgres_falls_back_to_the_wheel(tmp_path: Path) -> None:
    postgres(tmp_path / "usr/lib/postgresql/14/bin", "14.1")
    found = system_parts.find_postgres({"PATH": ""}, tmp_path)
    assert found is not None
    assert found["kind"] == "embedded"
    assert system_parts.answers(f"{found['bin']}/postgres") is not None


def test_read_parts_of_a_broken_file_is_empty(tmp_path: Path) -> None:
    (tmp_path / "parts.json").write_text("{", encoding="utf-8")
    assert system_parts.read_parts(tmp_path) == {}
    assert system_parts.read_parts(tmp_path / "nowhere") == {}
